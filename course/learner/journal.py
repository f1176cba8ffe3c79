"""The progress file: what was passed, tried, hinted, revealed and guessed.

One JSON file of the learner's, written atomically under a lock. Grading never reads it.
Knows no exercise: names are strings here.
"""

import datetime
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import filelock
import platformdirs

from course import files

VERSION = 1


def path() -> Path:
    """Where progress lives: in MLX_COURSE_HOME, or the platform's folder for user data."""
    home = os.environ.get("MLX_COURSE_HOME") or platformdirs.user_data_dir("mlx-course", False)
    return Path(home).expanduser() / "progress.json"


def read() -> tuple[dict[str, Any], str]:
    """(progress, a remark for the learner or ""). A missing file is empty progress.

    A file that is no progress file is kept aside under another name, and the remark says so.
    """
    progress, remark = _load()
    return progress or _empty(), remark


def _load() -> tuple[dict[str, Any] | None, str]:
    """(progress, remark); None for a file that must stay as it is."""
    try:
        progress = json.loads(path().read_text(encoding="utf-8"))
        if progress["version"] > VERSION:
            return None, (
                f"Your progress in {path()} was written by a newer version of the course. "
                "It is left as it is: upgrade the course to go on with it."
            )
        for part in (progress["exercises"], progress["predictions"]):
            if not all(isinstance(table, dict) for table in (part, *part.values())):
                raise ValueError("a part is no table")
        return progress, ""
    except FileNotFoundError:
        return _empty(), ""
    except OSError as error:
        return None, f"Your progress in {path()} could not be read: {error.strerror}."
    except (ValueError, KeyError, TypeError, AttributeError):
        aside = path().with_name(f"progress.damaged-{_now().replace(':', '')}.json")
        try:
            os.replace(path(), aside)
        except OSError as error:
            return None, f"{path()} is damaged and could not be moved: {error.strerror}."
        return _empty(), f"Your progress file was damaged. It is kept as {aside}; a new one starts."


def change(edit: Callable[[dict[str, Any]], None]) -> str:
    """Apply ``edit`` to the progress and save it. Returns a remark for the learner, or "".

    Two kernels may do this at once: the file is locked, read again, edited, and replaced whole.

    Args:
        edit: changes the progress that it is given.
    """
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(path().with_suffix(".lock"), timeout=5):
            progress, remark = _load()
            if progress is None:
                return remark
            edit(progress)
            files.write(path(), json.dumps(progress, indent=1, sort_keys=True))
            return remark
    except filelock.Timeout:
        return f"Your progress was not saved: another program holds {path()}."
    except OSError as error:
        reason = error.strerror or error
        return f"Your progress was not saved in {path()}: {reason}. The verdict itself is valid."


def record_check(id: str, status: str, misconceptions: tuple[str, ...]) -> str:
    """Note one check. Returns a remark, or "".

    Args:
        id: of the exercise, "slug.name".
        status: of the verdict, such as "passed".
        misconceptions: those that the answer may come from.
    """

    def edit(progress: dict[str, Any]) -> None:
        entry = progress["exercises"].setdefault(id, {})
        entry["checks"] = entry.get("checks", 0) + 1
        entry["last"] = str(status)
        for name in misconceptions:
            met = entry.setdefault("misconceptions", {})
            met[name] = met.get(name, 0) + 1
        if status == "passed":
            entry.setdefault("passed", _now())

    return change(edit)


def record(part: str, id: str, **facts: Any) -> str:
    """Set facts of one exercise or prediction. Returns a remark, or "".

    Args:
        part: "exercises" or "predictions".
        id: "slug.name".
        facts: name -> value, in place of what is there under that name.
    """
    return change(lambda progress: progress[part].setdefault(id, {}).update(facts))


def record_reveal(id: str) -> str:
    """Note that the answer was shown. Returns a remark, or ""."""
    return change(
        lambda progress: progress["exercises"].setdefault(id, {}).setdefault("revealed", _now())
    )


def _empty() -> dict[str, Any]:
    return {"version": VERSION, "exercises": {}, "predictions": {}}


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
