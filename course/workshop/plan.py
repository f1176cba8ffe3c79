"""How the minutes of a workshop are shared out among lessons, their sections and exercises.

Minutes are those that lessons and exercises state; seconds and memory are those that `bench` saved.
What is not known is said, not made up. Does not know how a plan is shown.
"""

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.content import catalog, syllabus
from course.content.catalog import Lesson
from course.errors import UserError
from course.exercise import Exercise

# Minutes; a break for each begun stretch but one, and a twentieth of all kept free.
OPENING, CLOSING, BREAK, STRETCH, FREE = 5, 5, 10, 90, 20
LEAST, MOST = 30, 480


@dataclass
class Item:
    """A section to show or an exercise to do, whole minutes."""

    name: str
    minutes: int
    exercise: Exercise | None = None
    group: int = 0  # what is shown and practised together, in the order of a leader's need


@dataclass
class Share:
    """One lesson's part of the workshop.

    Args:
        items: all that the lesson has, the most needed first.
        taken: how many of them have room.
    """

    lesson: Lesson
    facts: syllabus.Syllabus
    items: list[Item]
    taken: int = 0

    @property
    def chosen(self) -> list[Item]:
        """What has room, in the order of the lesson; an exercise after its section."""
        order = [section.title for section in self.facts.sections]
        chosen = self.items[: self.taken]
        places = {item.group: order.index(item.name) for item in self.items if not item.exercise}
        last = len(order)
        return sorted(chosen, key=lambda x: (places.get(x.group, last), x.exercise is not None))

    @property
    def minutes(self) -> int:
        """The minutes of what has room."""
        return sum(item.minutes for item in self.items[: self.taken])


@dataclass
class WorkshopPlan:
    """What was asked for, and how the minutes are shared out.

    Args:
        minutes: of the whole workshop.
        shares: one for each lesson, in order.
        unwritten: lessons that were asked for and are not written, as "09 lora_lap".
        measured: what `bench` saved.
    """

    minutes: int
    shares: list[Share] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def breaks(self) -> int:
        """How many breaks there are."""
        return (self.minutes - 1) // STRETCH

    @property
    def used(self) -> int:
        """Minutes with opening, breaks and closing; the rest is free."""
        lessons = sum(share.minutes for share in self.shares)
        return OPENING + BREAK * self.breaks + lessons + CLOSING


def plan(minutes: int, asked: str = "", bench: Path | None = None) -> WorkshopPlan:
    """A plan of a workshop.

    First each lesson gets what leads to its first exercise, in order while there is room. Then all
    lessons grow by the same share of their own time, each by what it needs most.

    Args:
        minutes: from the first word to the last.
        asked: numbers or names, with commas, such as "00,02,nn_models"; without, all lessons.
        bench: a file of `mlx-course bench`; without, the one that the course brings.

    Raises:
        UserError: there are too few minutes or too many, a lesson is neither written nor planned,
            or the file was not made by `bench`.
    """
    if not LEAST <= minutes <= MOST:
        raise UserError(f"--minutes is {minutes}; a run-sheet has {LEAST} to {MOST}, one day's.")
    lessons, unwritten = _lessons(asked)
    made = WorkshopPlan(minutes, [_share(lesson) for lesson in lessons], unwritten)
    made.measured = syllabus.measured(bench)
    left = minutes - minutes // FREE - made.used
    waiting = []
    for share in made.shares:  # a lesson without its first exercise would be a talk
        first = next((i for i, item in enumerate(share.items) if item.exercise), 0) + 1
        length = sum(item.minutes for item in share.items[:first])
        if length <= left:
            share.taken, left = first, left - length
            waiting.append(share)
    while waiting:
        share = min(waiting, key=lambda x: x.minutes / sum(item.minutes for item in x.items))
        if share.taken < len(share.items) and share.items[share.taken].minutes <= left:
            left -= share.items[share.taken].minutes
            share.taken += 1
        else:
            waiting.remove(share)
    return made


def _lessons(asked: str) -> tuple[list[Lesson], list[str]]:
    """The lessons meant, in order, and those that are not written yet, as "09 lora_lap"."""
    there, coming = catalog.lessons(), syllabus.coming()
    words = [part.strip() for part in asked.split(",") if part.strip()]
    if not words:
        return there, []
    known = ", ".join(f"{lesson.number} {lesson.slug}" for lesson in there)
    wanted, unwritten = [], []
    for word in words:
        number = word.zfill(2) if word.isdigit() else word
        written = [x for x in there if number in (x.number, x.slug, x.stem)]
        later = [f"{n} {slug}" for n, slug in coming.items() if number in (n, slug, f"{n}_{slug}")]
        if not written and not later:
            near = difflib.get_close_matches(word, [lesson.slug for lesson in there], 1, 0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UserError(f'There is no lesson "{word}".{hint} There are: {known}.')
        wanted += written
        unwritten += later
    if not wanted:
        raise UserError(f"{', '.join(unwritten)} is not written yet. There are: {known}.")
    return [lesson for lesson in there if lesson in wanted], sorted(set(unwritten))


def _share(lesson: Lesson) -> Share:
    """All of a lesson, the most needed first: the rows of teaching.toml, then all others."""
    facts = syllabus.read(lesson)
    exercises = {exercise.name: exercise for exercise in catalog.exercises(lesson)}
    lengths = {section.title: max(1, round(section.minutes)) for section in facts.sections}
    rows = [list(row) for row in syllabus.data("teaching").get(lesson.slug, [])]
    named = {name for row in rows for name in row}
    rest = [[title] for title in lengths if title not in named]
    left = [name for name in exercises if name not in named]
    for i, name in enumerate(left):  # spread over the sections that no row names, in order
        rest[i * len(rest) // len(left)].append(name) if rest else rows.append([name])
    rows += rest
    items = []
    for group, row in enumerate(rows):
        for name in row:
            if name not in exercises and name not in lengths:
                raise UserError(f'teaching.toml, {lesson.slug}: it has no "{name}".')
            exercise = exercises.get(name)
            minutes = exercise.minutes if exercise else lengths[name]
            items.append(Item(name, minutes, exercise, group))
    return Share(lesson, facts, items)


def timetable(made: WorkshopPlan) -> list[tuple[int, int, Share | None, str]]:
    """(begins at minute, minutes, the lesson, what), breaks where a stretch is full."""
    rows: list[tuple[int, int, Share | None, str]] = []
    at, breaks = 0, 0

    def add(minutes: int, share: Share | None, what: str) -> None:
        nonlocal at
        rows.append((at, minutes, share, what))
        at += minutes

    add(OPENING, None, "Welcome: every `preflight` is green, every home notebook is open")
    for share in made.shares:
        for item in share.chosen:
            due = (breaks + 1) * made.minutes / (made.breaks + 1)
            full = breaks < made.breaks and at + item.minutes / 2 > due - BREAK / 2
            if full and not item.exercise:
                add(BREAK, None, "Break")
                breaks += 1
            what = f"**{item.name}**" if item.exercise else f"“{item.name}”"
            add(item.minutes, share, f"exercise {what}" if item.exercise else what)
    for _ in range(made.breaks - breaks):
        add(BREAK, None, "Break")
    add(CLOSING, None, "What to keep; how to go on alone: home notebook, `progress()`")
    return rows


def ends(made: WorkshopPlan, share: Share) -> int:
    """The minute at which a lesson is over.

    Args:
        made: the plan.
        share: of that lesson.
    """
    return max(at + minutes for at, minutes, whose, _ in timetable(made) if whose is share)


def late(share: Share) -> str:
    """What to leave out first when time is short, in words."""
    taken = [item for item in share.items[: share.taken] if item.name != syllabus.KEEP]
    dropped = [item for item in reversed(taken) if item.group > 0]
    if not dropped:
        return "nothing: it has its first part alone"
    return ", then ".join(f"{_name(item)} ({item.minutes} min)" for item in dropped[:3])


def _name(item: Item) -> str:
    return f"`{item.name}`" if item.exercise else f"“{item.name}”"


def cost(lesson: Lesson, measured: dict[str, Any]) -> tuple[str, str]:
    """Seconds and memory of running a lesson's notebook, in words.

    Args:
        lesson: the lesson.
        measured: what `bench` saved.
    """
    run = measured["lessons"].get(lesson.stem)
    if not run:
        return "not measured yet", "not measured yet"
    return f"{run['seconds']:.0f} s", f"{run['peak bytes'] / 1e6:,.0f} MB"


def where_measured(measured: dict[str, Any]) -> str:
    """The machine, versions and date behind the seconds."""
    return f"{measured['machine']}, MLX {measured['versions']['mlx']}, {measured['date']}"
