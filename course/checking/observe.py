"""Using an answer once, and telling answers apart by what was observed.

Knows how to run an answer on a seed and to compare two runs. Does not know verdicts. A run is plain
data, so that it can come from another process.
"""

import linecache
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import mlx.core as mx
import numpy as np

from course.checking import arguments, compare, isolate
from course.checking.arguments import Call, Watch
from course.checking.isolate import TimeLimit
from course.checking.values import Seen, see
from course.exercise import Exercise, Misconception


@dataclass
class Run:
    """One answer, used once, on one seed.

    Args:
        seen: the observations; empty where it crashed.
        crash: (type, message without addresses, line of `use` or the observation being read).
        said: the exception's message.
        ended: "exit", "interrupt" or "recursion" where the exception was one of these.
        where: (number, text) of the answer's own line that stopped, where there is one.
        missing: the stub's message, when some of the answer has not been written yet.
        changed: arguments whose arrays the answer wrote to, though the exercise does not allow it.
        given: the small arguments of its first call, as "x = [1, 2], k = 3".
        returned: what its last call gave back, in words.
    """

    seen: dict[str, Seen] = field(default_factory=dict)
    crash: tuple[str, str, int | str] | None = None
    said: str = ""
    ended: str = ""
    where: tuple[int, str] | None = None
    missing: str | None = None
    changed: tuple[str, ...] = ()
    given: str = ""
    returned: str = ""


def run(exercise: Exercise, answer: Any, seed: int, calls: list[Call] | None = None) -> Run:
    """Use an answer on one seed. Only TimeLimit gets out.

    Call it inside ``isolate.sealed``: it seeds MLX's random state.

    Args:
        exercise: says how.
        answer: a learner's, or one of ours.
        seed: of the inputs.
        calls: gets what `use` handed to the answer, call by call.
    """
    if exercise.observe is None:
        raise ValueError(f"Exercise {exercise.name} has no use.")
    mx.random.seed(seed)
    reading, depth = "", sys.getrecursionlimit()
    ours = {exercise.observe.__code__.co_filename, exercise.common, "<string>"}  # dataclasses
    own = arguments.codes(answer)
    watch = Watch(lambda code: code in own or code.co_filename not in ours)
    with isolate.watched(exercise.common, watch) as missing:
        try:
            try:
                found = exercise.observe(answer, np.random.default_rng(seed))
            finally:  # first of all: with a limit that the answer made too low, nothing works
                sys.setrecursionlimit(depth)
                watch.active = False
            seen = {}
            for reading, value in found.items():
                seen[reading] = see(value)
            outcome = Run(seen)
        except TimeLimit:
            raise
        except BaseException as error:
            step, said = reading or _step(exercise, error), isolate.message(error)
            crash = (type(error).__name__, _plain(said, answer), step)
            where = _learner_line(exercise, error)
            outcome = Run(crash=crash, said=said, ended=_ended(error), where=where)
    if missing:
        outcome.missing = missing[0]
    outcome.changed = tuple(name for name in watch.changed if name not in exercise.mutates)
    if watch.calls:
        outcome.given = ", ".join(watch.calls[0].shown)
        outcome.returned = watch.calls[-1].returned
    if calls is not None:
        calls += watch.calls
    return outcome


def _plain(said: str, answer: Any) -> str:
    """An error's message by which two answers are compared: no addresses, and the answer's own
    name replaced, which differs with who wrote it. Numbers stay: the inputs are the same."""
    said = re.sub(r"0x[0-9a-fA-F]+", "0x…", said)
    said = re.sub(r"(?:[\w<>]+\.)*<locals>\.", "", said)  # inside of what a function was made
    name = getattr(answer, "__name__", "")
    if isinstance(name, str) and name:
        said = re.sub(rf"(?<![\w.]){re.escape(name)}(?=[('])", "answer", said)
    return said


_ours: dict[tuple, Run] = {}


def run_ours(exercise: Exercise, label: str, seed: int) -> Run:
    """``run`` for one of the exercise's own answers, remembered by seed and device."""
    key = (exercise, label, seed, str(mx.default_device()))
    if key not in _ours:
        with isolate.sealed(isolate.Printed()):
            _ours[key] = run(exercise, exercise.own(label), seed)
    return _ours[key]


def same(one: Run, other: Run, kinds: dict[str, str], slack: float = 1.0) -> bool:
    """Whether two runs cannot be told apart."""
    if one.crash or other.crash:
        return one.crash == other.crash
    return (
        one.changed == other.changed
        and one.seen.keys() == other.seen.keys()
        and not differing(one, other, kinds, slack)
    )


def differing(one: Run, other: Run, kinds: dict[str, str], slack: float = 1.0) -> dict[str, str]:
    """Observation name -> how ``one`` differs from ``other``, in the order of ``other``."""
    found = {
        name: compare.difference(one.seen.get(name), expected, kinds.get(name), slack)
        for name, expected in other.seen.items()
    }
    found |= {name: "should not be there" for name in one.seen if name not in other.seen}
    return {name: text for name, text in found.items() if text}


def diagnose(exercise: Exercise, runs: Sequence[Run], seeds: Sequence[int]) -> list[Misconception]:
    """The misconceptions that behave as these runs do on every seed, with evidence.

    At least one observation that differs from the solution's must match and be finite: nan alone
    says nothing about how it came about.
    """
    expected = [run_ours(exercise, "solution", seed) for seed in seeds]
    found = []
    for misconception in exercise.misconceptions:
        known = [run_ours(exercise, misconception.name, seed) for seed in seeds]
        if all(
            same(mine, its, exercise.kinds) for mine, its in zip(runs, known, strict=True)
        ) and any(
            _is_evidence(mine, right, exercise.kinds)
            for mine, right in zip(runs, expected, strict=True)
        ):
            found.append(misconception)
    return found


def _is_evidence(mine: Run, right: Run, kinds: dict[str, str]) -> bool:
    if mine.crash:
        return mine.crash != right.crash
    for name in differing(mine, right, kinds):
        value = mine.seen[name].value if name in mine.seen else None
        array = np.asarray(value if isinstance(value, (np.ndarray, float, complex)) else 0)
        if array.dtype.kind not in "fc" or np.isfinite(array).any():
            return True
    return False


def _step(exercise: Exercise, error: BaseException) -> int:
    """The line of `use` that was running when the error came up."""
    code = getattr(exercise.observe, "__code__", None)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return lines[-1] if lines else 0


def _ended(error: BaseException) -> str:
    kinds = {SystemExit: "exit", KeyboardInterrupt: "interrupt", RecursionError: "recursion"}
    return next((word for kind, word in kinds.items() if isinstance(error, kind)), "")


def _learner_line(exercise: Exercise, error: BaseException) -> tuple[int, str] | None:
    """(line number, its text) of the last line of the answer's own code in the traceback."""
    ours = exercise.observe.__code__.co_filename if exercise.observe else "", exercise.common
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        entered = isinstance(error, RecursionError) and line == frame.f_code.co_firstlineno
        if file not in ours and isolate.is_foreign(file) and not (found and entered):
            found = line, linecache.getline(file, line, frame.f_globals).strip()
    return found
