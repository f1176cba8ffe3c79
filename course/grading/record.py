"""The results, as they are kept on disk and read by every report. Plain data."""

from pathlib import Path

import msgspec

from course import files
from course.checking.verdict import Status
from course.grading.protocol import Failed


class Mark(msgspec.Struct):
    """What one exercise of one submission came to.

    Args:
        exercise: its name.
        status: how the check ended.
        points: earned, out of ``of``.
        of: what the exercise is worth.
        message: what the student reads first.
        right: observation -> whether it was right on every seed.
        readings: those of them that were taken beside the submission's code.
        code: the cell that defines it, as submitted; "" where there is none.
        seconds: that it took.
        tries: 2 where a fresh process tried it again.
        lost: how its process ended, where that cost the exercise.
    """

    exercise: str
    status: Status
    points: float
    of: float
    message: str = ""
    evidence: list[str] = []
    look: str = ""
    misconceptions: list[str] = []
    right: dict[str, bool] = {}
    readings: list[str] = []
    printed: str = ""
    notes: list[str] = []
    code: str = ""
    seconds: float = 0.0
    tries: int = 1
    lost: str = ""


class Result(msgspec.Struct):
    """What one submission came to.

    Args:
        student: whose it is.
        file: its name, from the path that was given.
        lesson: its slug.
        fingerprint: of all that decides the result: a result with another one is out of date.
        handed_in: when its file was last changed, UTC.
        marks: of each exercise.
        failed: the cells that stopped.
        refused: why it is no submission at all; then there are no marks.
        seconds: that it took.
        cpu: seconds of CPU, the submission's own and the grader's.
        note: what was unusual about how it was run.
    """

    student: str
    file: str
    lesson: str
    fingerprint: str
    handed_in: str = ""
    marks: list[Mark] = []
    failed: list[Failed] = []
    refused: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    note: str = ""

    @property
    def points(self) -> float:
        """The sum of what was earned."""
        return round(sum(mark.points for mark in self.marks), 6)

    @property
    def of(self) -> float:
        """The sum of what the exercises are worth."""
        return round(sum(mark.of for mark in self.marks), 6)


class Task(msgspec.Struct):
    """One submission and all that is needed to grade it: it may be graded on another machine."""

    student: str
    file: str
    lesson: str
    fingerprint: str
    handed_in: str
    notebook: bytes
    seed: int
    seconds: float
    memory: int
    way: str
    points: str  # the TOML's text
    root: str  # the folder of lessons, "" for the course's own


def save(result: Result, path: Path) -> None:
    """Write a result whole or not at all.

    Args:
        result: what to keep.
        path: where.
    """
    write(path, msgspec.json.format(msgspec.json.encode(result), indent=1).decode() + "\n")


def load(path: Path) -> Result | None:
    """A result that was kept; None where none can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, so that a kill in the middle leaves the old one.

    Args:
        path: the file; its folder is made.
        text: what it holds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as new:  # no fsync: a lost result is graded again
        new.write_text(text, encoding="utf-8", newline="")
