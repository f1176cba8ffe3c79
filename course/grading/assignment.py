"""What is to be graded: a lesson's exercises, the seeds for them, and what each is worth.

Runs our own answers, to choose seeds that tell right from wrong. Knows no submission but by the
names that its cells define.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course.checking import observe, runner
from course.checking.verdict import Verdict
from course.content import assemble, catalog
from course.errors import UserError
from course.exercise import Exercise
from course.grading import marks, submissions
from course.grading.marks import Points

SEEDS = 3  # for each exercise
TRIES = 400  # to find seeds on which every known wrong answer is wrong


@dataclass
class Assignment:
    """All that the submissions to one lesson share.

    Args:
        exercises: of the lesson, in order.
        harness: what lies in the sandbox of the lesson.
        given: its imports and the definitions that its notebook hands out.
        points: what each exercise is worth.
        seconds: for one exercise.
        unavailable: exercise name -> why it cannot be graded on this machine.
        seeds: exercise name -> the seeds that come from the teacher's.
        readings: exercise name -> its observations that a submission can forge.
    """

    exercises: list[Exercise]
    harness: dict[str, str]
    given: str
    points: Points
    seconds: float
    unavailable: dict[str, Verdict]
    seeds: dict[str, list[int]] = field(default_factory=dict)
    readings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The names of its exercises, in order."""
        return [exercise.name for exercise in self.exercises]


def prepare(lesson: catalog.Lesson, seed: int, points: Points, seconds: float) -> Assignment:
    """The assignment of a lesson.

    Args:
        lesson: the lesson.
        seed: the teacher's.
        points: what each exercise is worth.
        seconds: for one exercise.

    Raises:
        UserError: an exercise has no seeds that tell right from wrong.
    """
    exercises = catalog.exercises(lesson)
    given = assemble.imports(assemble.read_all(lesson)) + "\n\n" + assemble.given(lesson)
    unavailable = {x.name: why for x in exercises if (why := runner.unavailable(x))}
    harness = assemble.harness(lesson)
    made = Assignment(exercises, harness, given, points, seconds, unavailable)
    for exercise in exercises:
        if exercise.name not in unavailable:
            seeds = choose(exercise, seed)
            ours = [observe.run_ours(exercise, "solution", each) for each in seeds]
            made.seeds[exercise.name] = seeds
            made.readings[exercise.name] = marks.readings(exercise, ours)
    return made


def choose(exercise: Exercise, seed: int) -> list[int]:
    """Seeds for an exercise, on which no known wrong answer passes.

    Args:
        exercise: the exercise.
        seed: the teacher's, which alone decides them.

    Raises:
        UserError: there are none: the exercise is broken.
    """
    for turn in range(TRIES):
        key, about = seed.to_bytes(16, "big"), f"{exercise.name} {turn}".encode()
        digest = hmac.new(key, about, hashlib.sha256).digest()
        seeds = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 4 * SEEDS, 4)]
        ours = {
            label: [observe.run_ours(exercise, label, each) for each in seeds]
            for label in exercise.labels_of_own()
        }
        right = ours["solution"]
        if any(run.crash for run in right):
            continue
        wrong = [ours[misconception.name] for misconception in exercise.misconceptions]
        if not any(_same(runs, right, exercise) for runs in wrong):
            return seeds
    raise UserError(f"{exercise.id}: no seed tells its wrong answers from the right one.")


def _same(runs: list[observe.Run], right: list[observe.Run], exercise: Exercise) -> bool:
    pairs = zip(runs, right, strict=True)
    return all(observe.same(one, other, exercise.kinds) for one, other in pairs)


def lesson_of(
    cells: list[str], name: str, lessons: Sequence[catalog.Lesson]
) -> catalog.Lesson | None:
    """The lesson whose exercises a notebook defines, else the one that its file is named after.

    Args:
        cells: its code cells.
        name: of its file.
        lessons: to choose from.
    """
    counts = [(len(submissions.defined(cells, lesson.names)), lesson) for lesson in lessons]
    most, best = max(counts, key=lambda pair: pair[0], default=(0, None))
    if most:
        return best
    stem = Path(name).stem.lower()
    return next((lesson for lesson in lessons if lesson.slug in stem), None)
