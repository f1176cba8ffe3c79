"""What a participant runs the day before: one screen, green or the sentence that mends it.

Knows what a workshop asks of a machine, and how to make one table of many. Each look is one small
function that returns what to do, or "" when there is nothing; none of them may take long.
"""

import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import course
from course.errors import UserError
from course.learner import display, doctor, journal

FORMAT = 1
DISK, MEMORY = 1e9, 2e9  # bytes free for notebooks and caches; bytes that a lesson may take
SECONDS = 15  # what MLX may take to be imported, and a kernel to start
# What a kernel has to do: MLX computes, a right answer passes, the browser gets its HTML.
_NOTEBOOK = """import course, mlx.core as mx
from course import check
assert (mx.ones((64, 64)) @ mx.ones((64, 64))).sum().item() == 64 ** 3
def row_means(x): return x.mean(axis=1)
check("row_means", row_means)"""


def preflight() -> dict[str, Any]:
    """Look at everything; some 10 s. Plain data: facts, and for each look its name and what to do.

    Nothing of the person's is in it: no name, no path but those in sentences of gaps.
    """
    begun = time.perf_counter()
    looks: list[dict[str, Any]] = []
    for name, look in LOOKS:
        broken = any(done["name"] == "MLX" and not done["ok"] for done in looks)
        try:
            says = "First mend MLX." if broken and name in OF_MLX else look()
        except Exception as error:  # what else can be wrong with a machine; it is said, not hidden
            says = f"This could not be looked at ({type(error).__name__}: {error})."
        looks.append({"name": name, "ok": not says, "says": says})
    return {
        "preflight": FORMAT,
        "course": course.__version__,
        "date": datetime.date.today().isoformat(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "mlx": doctor.version("mlx"),
        "backend": ", ".join(name for name in doctor.WHEELS if doctor.version(name)),
        "looks": looks,
        "seconds": round(time.perf_counter() - begun, 1),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """One screen of it."""
    width = max(len(look["name"]) for look in found["looks"])
    said = [f"mlx-course {found['course']}, Python {found['python']}, {found['system']}"]
    for look in found["looks"]:
        said.append(
            f"{'ok  ' if look['ok'] else 'MEND'}  {look['name']:{width}}  {look['says']}".rstrip()
        )
    bad = sum(not look["ok"] for look in found["looks"])
    todo = f"{bad} thing{'s' * (bad > 1)} to mend, above, then run this again."
    return [*said, f"{todo if bad else 'All green: you are ready.'} ({found['seconds']:.0f} s)"]


def collect(folder: Path) -> tuple[list[str], bool]:
    """One table of all participants' files, those with something to mend first; all ready?

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
    found = [(file.stem, *_read(file)) for file in files]
    usual = Counter(made["course"] for _, made, _ in found if made).most_common(1) or [("", 0)]
    rows = []
    for name, made, fault in found:
        said = [fault] if fault else []
        said += [look["says"] for look in made.get("looks", []) if not look["ok"]]
        if made and made["course"] != usual[0][0]:
            said.append(f"Has course {made['course']}; most have {usual[0][0]}.")
        facts = [made.get(fact, "") for fact in ("course", "python", "mlx", "system")]
        rows.append((name, "MEND" if said else "ok", *facts, said))
    rows.sort(key=lambda row: (not row[-1], row[0]))
    table = display.table(
        ("who", "", "course", "Python", "MLX", "system"), [row[:-1] for row in rows]
    )
    ready = sum(not row[-1] for row in rows)
    said = [line.removeprefix("    ") for line in table]
    said += ["", f"{ready} of {len(rows)} are ready."]
    for name, *_, todo in rows:
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
        return (
            {},
            "Is no file of `mlx-course preflight --json`, or was cut short: ask for it again.",
        )


# -- the looks -------------------------------------------------------------------------------------
def _one_course() -> str:
    """Two copies of the course: which one answers would depend on where one stands."""
    places = {Path(course.__file__).resolve().parent}
    for entry in sys.path:
        file = Path(entry or ".", "course", "__init__.py")
        if file.is_file() and "mlx-course" in file.read_text(encoding="utf-8", errors="ignore"):
            places.add(file.resolve().parent)
    if len(places) > 1:
        both = " and ".join(sorted(map(str, places)))
        return f"There are two copies of the course here, {both}. Remove or leave one of them."
    command = shutil.which("mlx-course")
    here = Path(sys.prefix).resolve()
    if command and here not in Path(command).absolute().parents:
        return (
            f"The command mlx-course is {command}, and this Python is {sys.executable}: two copies "
            "of the course. Remove one, or always call the same one."
        )
    return ""


def _mlx() -> str:
    """MLX computes something, in a process of its own: a broken one may take the process along."""
    code = "import course, mlx.core as mx; print((mx.ones(3) + 1).sum().item())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS
    )
    if done.stdout.strip() == "6.0":
        return ""
    gaps = doctor.gaps(doctor.facts(quick=True))
    last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return gaps[0] if gaps else f"MLX does not compute here: {last}. Install it anew."


def _blas() -> str:
    from course import machine

    found = machine.blas()
    return f"Matrix products are slow here: {found}." if "reference BLAS" in found else ""


def _compile() -> str:
    from course import machine

    return "" if machine.compiles() else f"mx.compile: it {machine.NEEDS['compile'][1]}"


def _memory() -> str:
    from course import machine

    size = machine.memory_bytes()
    if not size or size >= MEMORY:
        return ""
    return (
        f"{size / 1e9:.1f} GB of memory; lessons take up to {MEMORY / 1e9:.0f} GB. Close programs."
    )


def _disk() -> str:
    places = {Path.cwd(), journal.path().parent, Path(tempfile.gettempdir())}
    for place in places:
        while not place.exists():
            place = place.parent
        free = shutil.disk_usage(place).free
        if free < DISK:
            return f"{free / 1e6:.0f} MB are free for {place}; make room for {DISK / 1e6:.0f} MB."
    return ""


def _progress() -> str:
    """The progress file can be read and written, and is of a version that this course knows."""
    return journal.read()[1] or journal.change(lambda progress: None)


def _jupyterlab() -> str:
    version = doctor.version("jupyterlab")
    return "" if version else "JupyterLab is not installed: install the course anew."


def _browser() -> str:
    import webbrowser

    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
        return ""  # nothing is shown on this machine; `lab` prints the address
    try:
        webbrowser.get()
    except webbrowser.Error:
        return "No browser was found. Install one, or open the address that `lab` prints elsewhere."
    return ""


def _kernel() -> str:
    """A notebook's kernel starts, MLX computes in it, and a check answers."""
    import nbformat

    from course.learner import rerun

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "preflight.ipynb"
        cells = [nbformat.v4.new_code_cell(_NOTEBOOK)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        try:
            found = rerun.rerun(path, SECONDS, SECONDS)
        except UserError as mistake:
            return str(mistake).removeprefix(f"{path}: ")
    if found.passed:
        return ""
    said = (found.stopped or found.said or ["no check answered"])[0].splitlines()[0]
    return f"A notebook's kernel starts, and a check in it fails: {said}. Install the course anew."


OF_MLX = ("BLAS", "mx.compile", "memory", "a check in a kernel")
LOOKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("one course", _one_course),
    ("MLX", _mlx),
    ("BLAS", _blas),
    ("mx.compile", _compile),
    ("memory", _memory),
    ("disk", _disk),
    ("progress file", _progress),
    ("JupyterLab", _jupyterlab),
    ("browser", _browser),
    ("a check in a kernel", _kernel),
)
