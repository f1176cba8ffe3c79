"""A notebook of the learner's, run again from its first cell in a kernel of its own: what holds?

Knows notebooks. The file and the learner's progress stay as they are.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from course.checking.verdict import Status
from course.errors import UserError
from course.learner import journal, kernels

CHECK = re.compile(r"^\s*(course\.)?check\(", re.M)
LARGEST = 50_000_000  # bytes; no notebook of a lesson comes near


@dataclass
class Rerun:
    """What one notebook came to.

    Args:
        statuses: exercise id -> the status of its last check.
        said: what the checks said, and how cells stopped.
        stopped: how cells stopped, alone.
    """

    statuses: dict[str, Status] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every check passed that can be done on this machine, and at least one did."""
        counted = set(self.statuses.values()) - {Status.UNAVAILABLE}
        return counted == {Status.PASSED}

    @property
    def summary(self) -> str:
        """Such as "4 of 5 passed; not started: 1"."""
        if not self.statuses:
            return "No check was run in it."
        count = Counter(self.statuses.values())
        passed = count.pop(Status.PASSED, 0)
        others = [f"{status.heading.lower()}: {n}" for status, n in count.items()]
        return "; ".join([f"{passed} of {len(self.statuses)} passed", *others]) + "."


def compare(reruns: list[tuple[Path, Rerun]]) -> tuple[list[str], bool]:
    """What of the noted progress still holds: sentences, and whether all of it does.

    An exercise that several notebooks check holds if it passes in one of them.

    Args:
        reruns: each notebook that was run again, and what it came to.
    """
    progress, remark = journal.read()
    noted = {
        id: entry["passed"] for id, entry in progress["exercises"].items() if "passed" in entry
    }
    now: dict[str, list[tuple[Path, Status]]] = {}
    for path, rerun in reruns:
        for id, status in rerun.statuses.items():
            now.setdefault(id, []).append((path, status))
    holds, lost, new = [], [], []
    for id in sorted(noted.keys() | now.keys()):
        runs = now.get(id, [])
        passed = any(status is Status.PASSED for _, status in runs)
        day = noted.get(id, "")[:10]
        if passed:
            (holds if day else new).append(id)
        elif day and not runs:
            lost.append(f"{id}: passed on {day}; none of these notebooks checks it.")
        elif day and {status for _, status in runs} == {Status.UNAVAILABLE}:
            lost.append(f"{id}: passed on {day}; it cannot be run on this machine.")
        elif day:
            path, status = runs[-1]
            lost.append(f"{id}: passed on {day}; now: {status.heading.lower()} ({path.name}).")
    said = [f"{len(holds)} of {len(noted)} noted as passed still pass.", *lost]
    said += [f"{id}: passes, and was not noted yet: run its check." for id in new]
    return [*said, *([remark] if remark else [])], not lost and not remark


def notebooks(paths: list[Path]) -> list[Path]:
    """The notebooks that these files and folders name.

    Args:
        paths: notebooks; folders of notebooks; copies of the course, whose exercises are meant.

    Raises:
        UserError: one is not there, is no notebook, or is a folder without any.
    """
    named = []
    for path in paths:
        inside = sorted(path.glob("*.ipynb")) or sorted(path.glob("exercises/*.ipynb"))
        if not path.exists():
            raise UserError(f"{path} is not there. Name a notebook, or a folder of notebooks.")
        if path.is_dir() and not inside:
            raise UserError(f"{path} has no notebooks in it.")
        if path.is_file() and path.suffix != ".ipynb":
            raise UserError(f"{path} is no notebook: its name does not end in .ipynb.")
        named += inside if path.is_dir() else [path]
    return named


def rerun(path: Path, seconds: float = 120, startup: int = 60) -> Rerun:
    """Run every code cell; a cell that fails does not stop the others.

    Args:
        path: a notebook; it is read and not written.
        seconds: a cell that takes longer is interrupted.
        startup: seconds that the kernel has until it answers.

    Raises:
        UserError: no notebook can be read there, the kernel did not start, or it died.
    """
    notebook = _read(path)
    with kernels.kernel(notebook, path, seconds, startup, go_on=True) as (client, env):
        client.execute(env=env)
        file = Path(env[kernels.HOME]) / journal.path().name
        progress = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    entries = progress.get("exercises", {})
    statuses = {id: Status(entry["last"]) for id, entry in entries.items() if "last" in entry}
    said, stopped = [], []
    for cell in notebook.cells:
        errors = [_stopped(out) for out in cell.get("outputs", []) if "ename" in out]
        said += [*_shown(cell), *errors]
        stopped += errors
    return Rerun(statuses, said, stopped)


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{path} has over {LARGEST // 1_000_000} MB: clear its outputs first.")
        return nbformat.read(path, 4)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}.") from None
    except Exception as error:  # nbformat raises what it likes on a damaged file
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} cannot be read as a notebook ({type(error).__name__}).") from None


def _shown(cell: Any) -> list[str]:
    """What the checks in this cell displayed."""
    outputs = cell.get("outputs", []) if CHECK.search(cell["source"]) else []
    return [out["data"].get("text/plain", "") for out in outputs if "data" in out]


def _stopped(output: Any) -> str:
    first = str(output["evalue"]).partition("\n")[0]
    return f"A cell stopped with {output['ename']}: {first}"
