"""The outcome of one check. Knows what a verdict holds; not how one is reached or shown."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The six ways a check can end. Only PASSED counts."""

    PASSED = "passed"
    WRONG = "wrong"
    NOT_ATTEMPTED = "not attempted"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    UNAVAILABLE = "unavailable"

    @property
    def heading(self) -> str:
        """What a learner reads first."""
        return _HEADINGS[self]


_HEADINGS = {
    Status.PASSED: "Passed",
    Status.WRONG: "Not yet",
    Status.CRASHED: "It stopped",
    Status.NOT_ATTEMPTED: "Not started",
    Status.TIMED_OUT: "Too long",
    Status.UNAVAILABLE: "Not here",
}


@dataclass(frozen=True)
class Verdict:
    """What one check found, in words.

    Args:
        exercise: the exercise's name, as the learner typed it.
        status: how it ended.
        message: the sentence or two to read first.
        evidence: lines such as ``y: yours 0.21, expected 0.00``.
        look: what to look at next; empty when there is nothing honest to say.
        misconceptions: names of the known wrong answers that behave like this one.
        cases: how many seeds were run.
        printed: what the learner's code printed, cut to a readable length.
        notes: remarks about the session, such as a patched function.
    """

    exercise: str
    status: Status
    message: str = ""
    evidence: tuple[str, ...] = ()
    look: str = ""
    misconceptions: tuple[str, ...] = ()
    cases: int = 0
    printed: str = ""
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED
