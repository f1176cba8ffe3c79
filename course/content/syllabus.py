"""What a lesson says of itself: title, goal, minutes, sections, what it needs. Reads text alone.

And what stands in `course/data/`: the teaching order, questions, reading orders, measurements.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from course.content import catalog
from course.content.catalog import Lesson
from course.errors import UserError
from course.exercise import Exercise, Misconception

DATA = Path(__file__).parents[1] / "data"
KEEP = "What to keep"
_HEAD = re.compile(r"^\*\*(\d+) minutes[^·]* · (?:(.+) · )?needs ([^·]+)\*\*$", re.M)
_GOAL = re.compile(r"^\*\*After this lesson you can\*\* (.+)$", re.M)
_FIELD = re.compile(r"(?<!\{)\{\w+(:expected)?\}(?!\})")
_PERCENT = re.compile(r"^# %%(.*)$", re.M)


@dataclass(frozen=True)
class Section:
    """One heading of a lesson, and its share of the lesson's minutes by words."""

    title: str
    minutes: float


@dataclass(frozen=True)
class Syllabus:
    """A lesson's own statements.

    Args:
        title: its first heading without the number.
        goal: what the learner can do afterwards.
        minutes: for reading and running it; the exercises state their own.
        machine: where it runs, in its own words.
        before: numbers of the lessons that it builds on.
        sections: in order.
        keep: the points of "What to keep".
    """

    title: str
    goal: str
    minutes: int
    machine: str
    before: tuple[str, ...]
    sections: tuple[Section, ...]
    keep: tuple[str, ...]


def read(lesson: Lesson) -> Syllabus:
    """Read a lesson's statements from its text.

    Raises:
        UserError: it has no heading, no goal, or no line of minutes and needs.
    """
    text = lesson.text.read_text(encoding="utf-8")
    prose, parts = _parts(text)
    head, goal = _HEAD.search(prose), _GOAL.search(prose)
    if not goal:
        raise UserError(f'{lesson.text}: no line such as "# **After this lesson you can** …".')
    if not head:
        raise UserError(
            f'{lesson.text}: no line such as "# **45 minutes · runs on any machine · needs lesson '
            '00**".'
        )
    minutes, words = int(head[1]), sum(count for _, count, _ in parts)
    return Syllabus(
        title(lesson),
        goal[1],
        minutes,
        head[2] or "runs on any machine",
        tuple(re.findall(r"\b\d\d\b", head[3])),
        tuple(Section(name, minutes * count / words) for name, count, _ in parts),
        tuple(point for name, _, points in parts if name == KEEP for point in points),
    )


def title(lesson: Lesson) -> str:
    """The lesson's title: its first heading, without the number."""
    match = re.search(r"^# # (?:\d+ · )?(.+)$", lesson.text.read_text(encoding="utf-8"), re.M)
    if not match:
        raise UserError(f'{lesson.text}: no heading such as "# # {lesson.number} · Title".')
    return match[1].strip()


def _parts(text: str) -> tuple[str, list[tuple[str, int, list[str]]]]:
    """The prose, and each section as (heading, words, points); what comes first joins the first."""
    prose, lines, markdown = [], [], False
    for line in text.splitlines():
        if cell := _PERCENT.match(line):
            markdown = "[markdown]" in cell[1]
        else:
            line = line.removeprefix("#").removeprefix(" ") if markdown else line
            lines.append((markdown, line))
            prose += [line] * markdown
    found: list[tuple[str, int, list[str]]] = []
    before = 0
    for is_prose, line in lines:
        if is_prose and line.startswith("## "):
            found.append((line[3:].strip(), before, []))
            before = 0
        elif found:
            name, count, points = found.pop()
            point = [line[2:].strip()] if is_prose and line.startswith("- ") else []
            found.append((name, count + len(line.split()), points + point))
        else:
            before += len(line.split())
    return "\n".join(prose), found or [("The lesson", max(1, before), [])]


def exercise_minutes(exercises: list[Exercise]) -> int:
    """What the exercises state, together."""
    return sum(exercise.minutes for exercise in exercises)


def needs(lesson: Lesson) -> tuple[str, ...]:
    """What a machine must have for all exercises of a lesson."""
    return tuple(sorted({need for made in catalog.exercises(lesson) for need in made.needs}))


def shown(sentence: str) -> str:
    """A misconception's sentence without the numbers that only a check can fill in."""
    return _FIELD.sub("…", sentence).replace("{{", "{").replace("}}", "}")


_SENTENCE = re.compile(r"(?<=[.?)]) (?=[A-Z`\"(])")


def first(sentence: str) -> str:
    """What a misconception's sentence says first: what happened."""
    return _SENTENCE.split(shown(sentence).strip())[0]


def question(exercise: Exercise, wrong: Misconception) -> str:
    """What to ask a room so that this mistake shows before it is made.

    One written for it, else the question that its own sentence ends with, else the first hint.
    """
    asked = data("questions").get(exercise.name, {}).get(wrong.name)
    last = _SENTENCE.split(wrong.sentence.strip())[-1]
    return asked or (last if last.endswith("?") and "{" not in last else exercise.steps[0])


def coming() -> dict[str, str]:
    """Number -> slug of the lessons that are planned and not written yet."""
    there = {lesson.slug for lesson in catalog.lessons()}
    planned = (line.split() for line in data("teaching")["coming"])
    return {number: slug for number, slug in planned if slug not in there}


def measured(path: Path | None = None) -> dict[str, Any]:
    """What `bench` saved: machine, date, and seconds and bytes of each lesson it ran.

    Args:
        path: a file of `mlx-course bench`; without one, the file that the course brings.

    Raises:
        UserError: the file is not there, or is none of bench's.
    """
    path = path or DATA / "measured.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        for lesson in found["lessons"].values():
            float(lesson["seconds"]), float(lesson["peak bytes"])
        str(found["machine"]) + str(found["date"]) + str(found["versions"]["mlx"])
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f"{path} is no file of `mlx-course bench`, or was made without --all."
        ) from None
    return found


@cache
def data(name: str) -> dict[str, Any]:
    """One of the tables in course/data/."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
