"""Finds lessons and exercises: order, ids, near-miss names. Reads files; shows nothing.

A lesson is a folder with `lesson.py` and `exercises.py`; `order.txt` beside the folders has one
line for each, "02 lazy_graphs". The number orders files only; the slug is the identity.
"""

import difflib
import importlib.util
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from course.exercise import Exercise
from course.mistake import Mistake

LESSONS = Path(__file__).parent / "lessons"
_STARTS = re.compile(r"^([A-Za-z_]\w*)\s*=\s*exercise\(", re.MULTILINE)


@dataclass(frozen=True)
class Lesson:
    """One lesson's place. `stem` names its three notebooks."""

    number: str
    slug: str
    folder: Path

    @property
    def stem(self) -> str:
        return f"{self.number}_{self.slug}"

    @property
    def text(self) -> Path:
        return self.folder / "lesson.py"

    @property
    def source(self) -> Path:
        return self.folder / "exercises.py"


def lessons(root: Path | None = None) -> list[Lesson]:
    """The lessons in order.

    Raises:
        Mistake: a line of order.txt that is not "NN slug", or names no folder; a number or a slug
            twice; a folder that no line names.
    """
    root = root or LESSONS
    found: list[Lesson] = []
    order = root / "order.txt"
    for line in order.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        match = re.fullmatch(r"(\d\d) ([a-z][a-z0-9_]*)", line.strip())
        if not match:
            raise Mistake(f'{order}: "{line}" should read like "02 lazy_graphs".')
        lesson = Lesson(match[1], match[2], root / match[2])
        if any(lesson.number == other.number or lesson.slug == other.slug for other in found):
            raise Mistake(f'{order}: "{line}" repeats a number or a name.')
        for path in (lesson.text, lesson.source):
            if not path.is_file():
                raise Mistake(f'{order}: "{line}" has no {path.relative_to(root)}.')
        found.append(lesson)
    stray = {path.parent.name for path in root.glob("*/*.py")} - {x.slug for x in found}
    if stray:
        raise Mistake(f"{order}: no line for the folder {', '.join(sorted(stray))}.")
    return found


def names(lesson: Lesson) -> list[str]:
    """Names of a lesson's exercises in order, read from the text without importing it."""
    return _STARTS.findall(lesson.source.read_text(encoding="utf-8"))


@cache
def module(lesson: Lesson) -> ModuleType:
    """The lesson's exercises.py, imported under a name of its own."""
    name = f"course.lessons.{lesson.slug}.exercises"
    if lesson.folder.parent != LESSONS:
        name = f"lessons_{abs(hash(lesson.folder))}.{lesson.slug}"
    spec = importlib.util.spec_from_file_location(name, lesson.source)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


def exercises(lesson: Lesson) -> list[Exercise]:
    """A lesson's exercises, named by their variables, in the order of the file.

    Raises:
        Mistake: a name twice, or an exercise that is not assigned to a name at the left margin.
    """
    found = names(lesson)
    double = sorted({name for name in found if found.count(name) > 1})
    if double:
        raise Mistake(f"{lesson.source}: the exercise {', '.join(double)} is defined twice.")
    made = vars(module(lesson))
    here = {name: value for name, value in made.items() if isinstance(value, Exercise)}
    lost = sorted(here.keys() ^ set(found))
    if lost:
        raise Mistake(
            f"{lesson.source}: {', '.join(lost)} should stand at the left margin as "
            "`name = exercise(...)`."
        )
    for name, exercise in here.items():
        exercise.name, exercise.lesson = name, lesson.slug
    return [here[name] for name in found]


def find(name: str, root: Path | None = None) -> Exercise:
    """The exercise of this name, or of this id ("lazy_graphs.graph_nodes").

    Only its own lesson is imported.

    Raises:
        Mistake: no exercise has this name; the nearest names are in the text.
    """
    slug, _, wanted = name.rpartition(".")
    everywhere: list[str] = []
    for lesson in lessons(root):
        here = names(lesson)
        everywhere += here
        if wanted in here and slug in ("", lesson.slug):
            return next(exercise for exercise in exercises(lesson) if exercise.name == wanted)
    near = difflib.get_close_matches(wanted, everywhere, 3, 0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise Mistake(f'There is no exercise called "{name}".{hint}')
