"""Skeletons for authors: a lesson, an exercise. `verify` says what is left to write."""

import builtins
import keyword
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from course.content import catalog
from course.content.catalog import Lesson
from course.errors import UserError

_NAME = re.compile(r"[a-z][a-z0-9_]*")
# What a learner's notebook calls otherwise: an exercise of that name would hide it.
_VERBS = ("course", "check", "hint", "reveal", "progress", "exercise", "mx", "nn", "np")
_FILES = ("lesson", "common")
_TAKEN = {*keyword.kwlist, *dir(builtins), *_VERBS, *_FILES}

_LESSON = """# %% [markdown]
# # {number} · {title}
# **After this lesson you can** TODO: say what, in one line.
#
# **45 minutes · runs on any machine · needs lesson 00**
#
# TODO: set the minutes, the machine and the lessons above; then say why one would go on reading.
# %%
import course
import mlx.core as mx
from course import measure, measured, predict

# %% [markdown]
# ## TODO: the subject, then what surprises about it
# TODO: ask for a number that the lesson's idea decides, before a cell shows it.
# %%
predict("{slug}.TODO_ms", None, "ms")
# %% tags=["nbval-ignore-output"]
x = mx.random.normal((256, 256))
with measure.stopwatch() as watch:
    mx.eval(x @ x)
measured("{slug}.TODO_ms", watch.ms, "ms")
# %% [markdown]
# TODO: what the number says. Then the second question.
# %%
predict("{slug}.TODO_operations", None, "operations")
# %%
measured("{slug}.TODO_operations", measure.graph_nodes(mx.exp(x) * x), "operations")
# %% [markdown]
# ## TODO: the next subject
# TODO: the third question.
# %%
predict("{slug}.TODO_bytes", None, "bytes")
# %%
measured("{slug}.TODO_bytes", x.nbytes, "bytes")
# %% [markdown]
# > **Keep this.** TODO: one sentence that still helps next year.
#
# ## What to keep
# - TODO: a point.
"""

_EXERCISE = '''"""{name}, an exercise of lesson {number}, {slug}."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

{name} = exercise(minutes=5, level=1)


@{name}.solution
def _(x):
    """TODO: what to return, in one line.

    TODO: the shape and dtype of `x` and of the result, and one worked example with numbers.
    """
    return x + 1


@{name}.use(y="elementwise")
def _(answer, rng):
    x = mx.array(rng.normal(size=rng.integers(2, 6, size=2)).astype(np.float32))
    return {{"y": answer(x)}}


{name}.says(passed="TODO: what is now true.", y="For a small input")


@{name}.alternative
def _(x):
    return mx.add(1, x)


@{name}.misconception(
    "TODO_unchanged",
    "TODO: what the answer does, why one would come there, a question that points to the place.",
)
def _(x):
    return x


@{name}.misconception(
    "TODO_one_more",
    "TODO: another mistake, told apart from the first.",
)
def _(x):
    return x + 2


{name}.hints(
    "TODO: a question",
    "TODO: a place",
    "TODO: nearly the line",
)
'''


def new_lesson(slug: str, number: str | None = None, root: Path | None = None) -> list[Path]:
    """Make a lesson's folder with its lesson.py, and its line in order.txt.

    Args:
        slug: such as "transforms".
        number: two digits; without one, the first after the last lesson's.
        root: the folder of lessons; the course's own without.

    Returns:
        The files made or changed.

    Raises:
        UserError: the slug is no name, or it is taken, or the number is.
    """
    root = root or catalog.LESSONS
    order = root / "order.txt"
    known = catalog.lessons(root)
    number = number or f"{max((int(lesson.number) for lesson in known), default=-1) + 1:02d}"
    if not _NAME.fullmatch(slug) or not re.fullmatch(r"\d\d", number):
        raise UserError(f'"{number} {slug}" should read like "02 lazy_graphs".')
    if any(slug == lesson.slug or number == lesson.number for lesson in known):
        raise UserError(f"There is a lesson {slug} or a number {number} already: see {order}.")
    folder = root / slug
    folder.mkdir(exist_ok=True)
    facts = {"number": number, "slug": slug, "title": slug.replace("_", " ").capitalize()}
    (folder / "lesson.py").write_text(_LESSON.format(**facts), encoding="utf-8")
    made = Lesson(number, slug, folder)
    _write_order(order, sorted([*known, made], key=lambda lesson: lesson.number))
    return [made.text, order]


def new_exercise(slug: str, name: str, root: Path | None = None) -> list[Path]:
    """Write an exercise's skeleton into a file of its own, and its line in order.txt.

    Args:
        slug: of its lesson.
        name: such as "softmax_rows"; no other exercise of the course has it.
        root: the folder of lessons; the course's own without.

    Returns:
        The files made or changed.

    Raises:
        UserError: no such lesson; the name is no name, or taken anywhere in the course.
    """
    known = catalog.lessons(root)
    lesson = next((lesson for lesson in known if lesson.slug == slug), None)
    if lesson is None:
        there = ", ".join(lesson.slug for lesson in known)
        raise UserError(f"There is no lesson {slug}. There are: {there}.")
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise UserError(f'"{name}" is no name for an exercise: use one such as softmax_rows.')
    for other in known:
        if name in other.names:
            raise UserError(f"{name} is an exercise of {other.slug} already.")
    file, order = lesson.file(name), lesson.folder.parent / catalog.ORDER
    if file.exists():
        raise UserError(f"{file} is there already; give it a line in {order}, or move it away.")
    facts = {"number": lesson.number, "slug": slug, "name": name}
    file.write_text(_EXERCISE.format(**facts), encoding="utf-8")
    after = [replace(x, names=(*x.names, name)) if x.slug == slug else x for x in known]
    _write_order(order, after)
    return [file, order]


def _write_order(order: Path, lessons: Iterable[Lesson]) -> None:
    lines = []
    for lesson in lessons:
        lines += [f"{lesson.number} {lesson.slug}", *(f"    {name}" for name in lesson.names)]
    order.write_text("\n".join(lines) + "\n", encoding="utf-8")
