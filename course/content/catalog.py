"""Finds lessons and exercises: order, ids, near-miss names. Reads files; shows nothing.

A lesson is a folder with `lesson.py` and one file for each exercise; `common.py` holds what several
of its exercises share. `order.txt` beside the folders names all of them:

    02 lazy_graphs
        pending_counts
        what_evaluates

The number orders files only; the slug is the identity.
"""

import difflib
import importlib.util
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from course.errors import UserError
from course.exercise import Exercise

LESSONS = Path(__file__).parents[1] / "lessons"
ORDER, COMMON = "order.txt", "common"
_LESSON = re.compile(r"(\d\d) ([a-z][a-z0-9_]*)")
_EXERCISE = re.compile(r"\s+([A-Za-z]\w*)")


@dataclass(frozen=True)
class Lesson:
    """One lesson's place. `stem` names its three notebooks, `names` are its exercises in order."""

    number: str
    slug: str
    folder: Path
    names: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return f"{self.number}_{self.slug}"

    @property
    def text(self) -> Path:
        return self.folder / "lesson.py"

    @property
    def common(self) -> Path:
        return self.file(COMMON)

    def file(self, name: str) -> Path:
        """The file of an exercise."""
        return self.folder / f"{name}.py"

    @property
    def files(self) -> list[Path]:
        """Every file of the lesson that is there: lesson.py, common.py and the exercises."""
        wanted = [self.text, self.common, *map(self.file, self.names)]
        return [path for path in wanted if path.is_file()]


def lessons(root: Path | None = None) -> list[Lesson]:
    """The lessons in order. Reads order.txt alone; ``misplaced`` compares it with the folders.

    Raises:
        UserError: a line that is neither "NN slug" nor an indented name; a number, a slug or an
            exercise twice.
    """
    root = root or LESSONS
    order = root / ORDER
    rows: list[tuple[str, str, list[str]]] = []
    for line in order.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        if match := _LESSON.fullmatch(line.rstrip()):
            if any(match[1] == number or match[2] == slug for number, slug, _ in rows):
                raise UserError(f'{order}: "{line}" repeats a number or a name.')
            rows.append((match[1], match[2], []))
        elif (match := _EXERCISE.fullmatch(line.rstrip())) and rows:
            if match[1] in rows[-1][2]:
                raise UserError(f"{order}: {rows[-1][1]} has {match[1]} twice.")
            rows[-1][2].append(match[1])
        else:
            raise UserError(
                f'{order}: "{line}" should read like "02 lazy_graphs", or like "    when_to_eval" '
                "below such a line."
            )
    return [Lesson(number, slug, root / slug, tuple(names)) for number, slug, names in rows]


def misplaced(root: Path | None = None) -> list[str]:
    """What order.txt names and is not there, and what is there and not named, in sentences."""
    root, known = root or LESSONS, lessons(root)
    order = root / ORDER
    wanted = {path for x in known for path in (x.text, *map(x.file, x.names))}
    there = set(root.glob("*/*.py")) - {x.common for x in known}
    faults = [
        f"{order}: it names {path.relative_to(root)}, which is not there."
        for path in sorted(wanted - there)
    ]
    return faults + [
        f"{order}: it has no line for {path.relative_to(root)}." for path in sorted(there - wanted)
    ]


@cache
def module(lesson: Lesson, name: str) -> ModuleType:
    """One file of a lesson, imported under a name of its own; `common` first, where there is one.

    Raises:
        UserError: there is no such file.
    """
    package = f"course.lessons.{lesson.slug}"
    if lesson.folder.parent != LESSONS:
        package = f"lessons_{abs(hash(lesson.folder))}.{lesson.slug}"
    if package not in sys.modules:
        made = ModuleType(package)
        made.__path__ = []  # an exercise can import what was loaded here, and nothing by a path
        sys.modules[package] = made
    if name != COMMON and lesson.common.is_file():
        module(lesson, COMMON)
    file = lesson.file(name)
    if not file.is_file():
        raise UserError(f"{lesson.folder.parent / ORDER} names {name}, and {file} is not there.")
    spec = importlib.util.spec_from_file_location(f"{package}.{name}", file)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


def exercise(lesson: Lesson, name: str) -> Exercise:
    """One exercise of a lesson; nothing of the others is imported.

    Raises:
        UserError: its file defines no exercise of that name, or another one too.
    """
    names = vars(module(lesson, name))
    defined = [key for key, value in names.items() if isinstance(value, Exercise)]
    if defined != [name]:
        there = f"; it has {', '.join(defined)}" if defined else ""
        raise UserError(f"{lesson.file(name)} should define `{name} = exercise(...)` alone{there}.")
    found: Exercise = names[name]
    found.name, found.lesson = name, lesson.slug
    found.common = str(lesson.common) if lesson.common.is_file() else ""
    return found


def exercises(lesson: Lesson) -> list[Exercise]:
    """A lesson's exercises, in the order of order.txt."""
    return [exercise(lesson, name) for name in lesson.names]


def find(name: str, root: Path | None = None) -> Exercise:
    """The exercise of this name, or of this id ("lazy_graphs.graph_nodes").

    Raises:
        UserError: no exercise has this name; the nearest names are in the text.
    """
    slug, _, wanted = name.rpartition(".")
    known = lessons(root)
    for lesson in known:
        if wanted in lesson.names and slug in ("", lesson.slug):
            return exercise(lesson, wanted)
    everywhere = [other for lesson in known for other in lesson.names]
    near = difflib.get_close_matches(wanted, everywhere, 3, 0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UserError(f'There is no exercise called "{name}".{hint}')
