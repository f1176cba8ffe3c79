"""Points: what an exercise is worth, and what an attempt has earned. Knows no submission.

Points come from a small TOML file:

    points = 2            # for each exercise that is not named below
    partial = true        # credit by observation; without it, all or nothing

    [exercises]
    softmax_rows = 3
    lora_linear = { points = 4, observations = { y = 3, names = 1 } }
"""

import math
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from course.checking.compare import difference
from course.checking.observe import Run
from course.checking.runner import Attempt
from course.checking.verdict import Verdict
from course.errors import UserError
from course.exercise import Exercise


@dataclass
class Points:
    """What each exercise is worth; see the module's text."""

    points: float = 1.0
    partial: bool = False
    each: dict[str, float] = field(default_factory=dict)
    observations: dict[str, dict[str, float]] = field(default_factory=dict)

    def of(self, name: str) -> float:
        return self.each.get(name, self.points)


def read(text: str, path: str, known: Collection[str]) -> Points:
    """The points of a TOML file's text; one for each exercise where it is empty.

    Raises:
        UserError: it does not say what it should; the text says where.
    """
    try:
        facts = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is no TOML: {error}.") from None
    if stray := facts.keys() - {"points", "partial", "exercises"}:
        raise UserError(f"{path}: {', '.join(sorted(stray))} means nothing here; see --help.")
    found = Points(_number(path, "points", facts.get("points", 1.0)), bool(facts.get("partial")))
    rows = facts.get("exercises", {})
    if not isinstance(rows, dict):
        raise UserError(f"{path}: [exercises] should hold a line such as softmax_rows = 3.")
    for name, row in rows.items():
        if name not in known:
            raise UserError(f"{path}: no lesson here has an exercise {name}.")
        row = row if isinstance(row, dict) else {"points": row}
        if stray := row.keys() - {"points", "observations"}:
            raise UserError(f"{path}: {name} has points, observations; not {sorted(stray)[0]}.")
        found.each[name] = _number(path, name, row.get("points", found.points))
        weights = row.get("observations", {})
        if not isinstance(weights, dict):
            raise UserError(f"{path}: {name}'s observations look like {{ y = 3, names = 1 }}.")
        if weights:
            found.observations[name] = {k: _number(path, k, v) for k, v in weights.items()}
    return found


def _number(path: str, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
        raise UserError(f"{path}: {name} is {value!r}; points are a number from 0 up.")
    return float(value)


def right(exercise: Exercise, found: Attempt, expected: Sequence[Run]) -> dict[str, bool]:
    """Observation -> whether it was right on every seed; all False where there was no answer."""
    whole = len(found.runs) == len(expected) and not (found.refusal or found.timed_out)
    return {
        name: whole
        and all(
            mine.crash is None
            and mine.missing is None
            and not difference(mine.seen.get(name), theirs.seen[name], exercise.kinds.get(name))
            for mine, theirs in zip(found.runs, expected, strict=True)
        )
        for name in expected[0].seen
    }


def readings(exercise: Exercise, expected: Sequence[Run]) -> list[str]:
    """The observations that say nothing only a right answer could know.

    They are taken beside the submission's code, which could have forged them: those declared as
    readings, and all that is the same whatever the seed, so that one forged value would do. In an
    exercise that asks for a value, knowing it is the exercise.
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


def share(name: str, points: Points, names: Sequence[str], of: Sequence[str]) -> float:
    """Which share of an exercise's points rests on the observations ``names``, out of ``of``."""
    weights = _weights(name, points, of)
    total = sum(weights.values())
    return sum(weights[x] for x in names if x in weights) / total if total else 0.0


def earned(name: str, points: Points, verdict: Verdict, right: dict[str, bool]) -> float:
    """The points of an attempt: all for a pass; else none, or by the observations that are right.

    Whoever gets every observation that a report lists and does not pass has more than was asked
    for, or less: that is not all.
    """
    most = points.of(name)
    if verdict.passed:
        return most
    if not points.partial or not right:
        return 0.0
    got = share(name, points, [x for x, good in right.items() if good], list(right))
    return math.floor(min(got, 0.99) * most * 100) / 100


def _weights(name: str, points: Points, of: Sequence[str]) -> dict[str, float]:
    given = points.observations.get(name)
    if given is None:
        return dict.fromkeys(of, 1.0)
    if stray := given.keys() - set(of):
        raise UserError(f"{name} has no observation {', '.join(sorted(stray))}: {', '.join(of)}.")
    return {x: given.get(x, 0.0) for x in of}
