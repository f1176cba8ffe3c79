"""What a participant runs the day before: one screen, green or the sentence that says what to mend.

Knows how the looks are taken, shown, and made into one table for all participants.
"""

import datetime
import json
import platform
import time
from collections import Counter
from pathlib import Path
from typing import Any

import course
from course.errors import UserError
from course.learner import doctor, tables
from course.workshop.looks import LOOKS, OF_MLX

FORMAT = 1


def preflight() -> dict[str, Any]:
    """Look at everything; some 10 s. Plain data: facts, and for each look its name and what to do.

    Nothing of the person's is in it: no name, no path but those in sentences of gaps.
    """
    begun = time.perf_counter()
    taken: list[dict[str, Any]] = []
    for name, look in LOOKS:
        broken = any(done["name"] == "MLX" and not done["ok"] for done in taken)
        try:
            says = "First mend MLX." if broken and name in OF_MLX else look()
        except Exception as error:  # what else can be wrong with a machine; it is said, not hidden
            says = f"This could not be looked at ({type(error).__name__}: {error})."
        taken.append({"name": name, "ok": not says, "says": says})
    return {
        "preflight": FORMAT,
        "course": course.__version__,
        "date": datetime.date.today().isoformat(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "mlx": doctor.version("mlx"),
        "backend": ", ".join(name for name in doctor.WHEELS if doctor.version(name)),
        "looks": taken,
        "seconds": round(time.perf_counter() - begun, 1),
    }


def lines(report: dict[str, Any]) -> list[str]:
    """One screen of what ``preflight`` returned."""
    rows = [("ok" if x["ok"] else "MEND", x["name"], x["says"]) for x in report["looks"]]
    bad = sum(not look["ok"] for look in report["looks"])
    todo = f"{bad} thing{'s' * (bad > 1)} to mend, above, then run this again."
    return [
        f"mlx-course {report['course']}, Python {report['python']}, {report['system']}",
        *tables.table(rows),
        f"{todo if bad else 'All green: you are ready.'} ({report['seconds']:.0f} s)",
    ]


def collect(folder: Path) -> tuple[list[str], bool]:
    """(lines, whether all are ready): one table of all participants, first those with a gap.

    Args:
        folder: files that `mlx-course preflight --json` wrote, one a participant, named for them.

    Raises:
        UserError: there is no such folder, or no such file in it.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder. Name the one with the participants' .json files.")
    files = sorted(folder.glob("*.json"))
    if not files:
        raise UserError(
            f"{folder} has no .json files. Each participant makes one: "
            "mlx-course preflight --json > NAME.json"
        )
    reports = [(file.stem, *_read(file)) for file in files]
    usual = Counter(made["course"] for _, made, _ in reports if made).most_common(1) or [("", 0)]
    rows = []
    for name, made, fault in reports:
        todo = [fault] if fault else []
        todo += [look["says"] for look in made.get("looks", []) if not look["ok"]]
        if made and made["course"] != usual[0][0]:
            todo.append(f"Has course {made['course']}; most have {usual[0][0]}.")
        facts = [made.get(fact, "") for fact in ("course", "python", "mlx", "system")]
        rows.append(((name, "MEND" if todo else "ok", *facts), todo))
    rows.sort(key=lambda row: (not row[1], row[0]))
    header = ("who", "", "course", "Python", "MLX", "system")
    ready = sum(not todo for _, todo in rows)
    said = tables.table([cells for cells, _ in rows], header)
    said += ["", f"{ready} of {len(rows)} are ready."]
    for (name, *_), todo in rows:
        said += [f"{name}: {sentence}" for sentence in todo]
    return said, ready == len(rows)


def _read(file: Path) -> tuple[dict[str, Any], str]:
    """(what a participant's file says, "") or ({}, why it cannot be read)."""
    try:
        made = json.loads(file.read_bytes())  # bytes: PowerShell's > writes UTF-16
        version = made["preflight"]
        if version != FORMAT:
            newer = "newer" if version > FORMAT else "older"
            return {}, (
                f"Written by a {newer} course ({made['course']}), in another form. Both sides "
                "should have the same version."
            )
        for look in made["looks"]:
            bool(look["ok"]), look["says"] + look["name"]
        made["course"] + made["python"] + made["mlx"] + made["system"]
        return made, ""
    except OSError as error:
        return {}, f"Cannot be read: {error.strerror}."
    except (ValueError, KeyError, TypeError, AttributeError):
        why = "Is no file of `mlx-course preflight --json`, or was cut short: ask for it again."
        return {}, why
