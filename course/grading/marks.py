"""Points: what an exercise is worth, and what an attempt has earned. Knows no submission.

Points come from a small TOML file:

    points = 2            # for each exercise that is not named below
    partial = true        # credit by observation; without it, all or nothing

    [exercises]
    softmax_rows = 3
    lora_linear = { points = 4, observations = { y = 3, names = 1 } }
"""

import math
import re
import tomllib
from collections.abc import Collection, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from course.checking.compare import difference
from course.checking.observe import Run
from course.checking.runner import Attempt
from course.checking.verdict import Verdict
from course.errors import UserError
from course.exercise import Exercise

ALMOST = 0.99  # the most that partial credit gives
Amount = Annotated[float, Meta(ge=0, lt=1e6)]
_SHAPES = {
    "points": "points are a number from 0 up",
    "partial": "it is true or false",
    "exercises": "it holds lines such as softmax_rows = 3",
    "observations": "it looks like { y = 3, names = 1 }",
}
_Table = TypeVar("_Table", bound=Struct)


class Worth(Struct, forbid_unknown_fields=True):
    """What one exercise is worth, and how much of it each observation is; see the module's text."""

    points: Amount | None = None
    observations: dict[str, Amount] = {}


class Points(Struct, forbid_unknown_fields=True):
    """What all exercises are worth; see the module's text."""

    points: Amount = 1.0
    partial: bool = False
    exercises: dict[str, Worth] = {}

    def of(self, name: str) -> float:
        """The points of an exercise."""
        own = self.exercises[name].points if name in self.exercises else None
        return self.points if own is None else own


class _File(Struct, forbid_unknown_fields=True):
    """The tables of the file; a row of `exercises` is read by itself, so that errors name it."""

    points: Amount = 1.0
    partial: bool = False
    exercises: dict[str, Any] = {}


def read(text: str, path: str, known: Collection[str]) -> Points:
    """The points of a TOML file; one for each exercise where it is empty.

    Args:
        text: of the file.
        path: what messages call it.
        known: the names of all exercises.

    Raises:
        UserError: it does not say what it should; the message says where.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is no TOML: {error}.") from None
    file = _table(tables, _File, path)
    worth = {}
    for name, row in file.exercises.items():
        if name not in known:
            raise UserError(f"{path}: no lesson here has an exercise {name}.")
        row = row if isinstance(row, dict) else {"points": row}
        worth[name] = _table(row, Worth, f"{path}, {name}")
    return Points(file.points, file.partial, worth)


def _table(row: dict[str, Any], kind: type[_Table], where: str) -> _Table:
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        fields = kind.__struct_fields__
        if stray := sorted(row.keys() - set(fields)):
            known = ", ".join(fields)
            raise UserError(
                f"{where}: {stray[0]} means nothing here. Known are: {known}."
            ) from None
        field = re.findall(r"`\$\.(\w+)", str(error))[0]
        said = f"{where}: {field} is {row[field]!r}; {_SHAPES[field]}."
        raise UserError(said) from None


def right(exercise: Exercise, attempt: Attempt, expected: Sequence[Run]) -> dict[str, bool]:
    """Observation -> whether it was right on every seed; all False where there was no answer.

    Args:
        exercise: the exercise.
        attempt: a run for each seed.
        expected: our own runs on the same seeds.
    """
    runs = attempt.runs
    whole = len(runs) == len(expected) and not (attempt.refusal or attempt.timed_out)
    return {
        name: whole
        and all(
            mine.crash is None
            and mine.missing is None
            and not difference(mine.seen.get(name), theirs.seen[name], exercise.kinds.get(name))
            for mine, theirs in zip(runs, expected, strict=True)
        )
        for name in expected[0].seen
    }


def readings(exercise: Exercise, expected: Sequence[Run]) -> list[str]:
    """Observations that a wrong answer can get right.

    They are taken beside the submission's code, which can forge them: those declared as readings,
    and all that are the same on every seed, because one forged value is enough for them. An
    exercise that asks for a value has none: to know the value is the exercise.

    Args:
        exercise: the exercise.
        expected: our own runs, one for each seed.
    """
    if exercise.value:
        return []
    first = expected[0].seen
    return [
        name
        for name, kind in ((name, exercise.kinds.get(name)) for name in first)
        if kind == "reading"
        or all(not difference(run.seen.get(name), first[name], kind) for run in expected[1:])
    ]


def share(name: str, points: Points, counted: Sequence[str], observed: Sequence[str]) -> float:
    """Which share of an exercise's points some of its observations are.

    Args:
        name: of the exercise.
        points: what all exercises are worth.
        counted: the observations that count.
        observed: all of its observations.

    Raises:
        UserError: ``points`` names an observation that the exercise does not have.
    """
    weights = _weights(name, points, observed)
    total = sum(weights.values())
    return sum(weights[x] for x in counted if x in weights) / total if total else 0.0


def earned(name: str, points: Points, verdict: Verdict, right: dict[str, bool]) -> float:
    """The points of an attempt: all for a pass; else none, or by the observations that are right.

    If every listed observation is right and the check still failed, credit stops at 99 %.

    Args:
        name: of the exercise.
        points: what all exercises are worth.
        verdict: of the check.
        right: observation -> whether it was right on every seed.

    Raises:
        UserError: ``points`` names an observation that the exercise does not have.
    """
    most = points.of(name)
    if verdict.passed:
        return most
    if not points.partial or not right:
        return 0.0
    got = share(name, points, [x for x, good in right.items() if good], list(right))
    return math.floor(min(got, ALMOST) * most * 100) / 100


def written(points: float) -> str:
    """A number of points as text, without decimals where there are none."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _weights(name: str, points: Points, observed: Sequence[str]) -> dict[str, float]:
    given = points.exercises[name].observations if name in points.exercises else {}
    if not given:
        return dict.fromkeys(observed, 1.0)
    if stray := given.keys() - set(observed):
        strays, known = ", ".join(sorted(stray)), ", ".join(observed)
        raise UserError(f"{name} has no observation {strays}. It has: {known}.")
    return {x: given.get(x, 0.0) for x in observed}
