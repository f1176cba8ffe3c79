"""The toy course for tests: copies of it, its notebooks executed once, small edits, its verdicts.

A test edits a copy and asks `problems()`: what verify says, without the remarks that generated
files are older than their sources, which every edit brings about.
"""

import atexit
import functools
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import nbformat

from course.author import build, verify
from course.content import catalog, source

HERE = Path(__file__).parent
LESSONS = ("shapes", "layers")
# A kernel of the toy course's finds its exercises through IPython's startup files.
_STARTUP = """import os, pathlib
from course.content import catalog
catalog.LESSONS = pathlib.Path(os.environ["TOY_LESSONS"])
"""


@dataclass
class Toy:
    """A copy of the toy course that a test may break.

    Args:
        home: everything below it: `lessons/`, `claims.toml` and the three generated folders.
    """

    home: Path

    @property
    def lessons(self) -> Path:
        return self.home / "lessons"

    @property
    def ledger(self) -> Path:
        return self.home / "claims.toml"

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the only occurrence of a text in one of the copy's files.

        Args:
            path: a file, or a lesson's folder: then all of its sources are searched.
        """
        place = self.home / path
        files = sorted(place.glob("*.py")) if place.is_dir() else [place]
        texts = {file: file.read_text(encoding="utf-8") for file in files}
        count = sum(text.count(old) for text in texts.values())
        assert count == 1, f"{path} has {count} times: {old}"
        file = next(file for file in files if old in texts[file])
        file.write_text(texts[file].replace(old, new), encoding="utf-8")
        forget()

    def lesson(self, slug: str) -> catalog.Lesson:
        """One lesson of the copy."""
        return next(lesson for lesson in catalog.lessons(self.lessons) if lesson.slug == slug)

    def notebooks(self) -> list[Path]:
        """The generated files of the lessons that are there."""
        return sorted(path for folder in build.FOLDERS for path in self.home.glob(f"{folder}/??_*"))

    def build(self) -> list[Path]:
        """Write the notebooks; returns the paths that changed."""
        return build.build(self.home, self.lessons)

    def execute(self, *paths: Path) -> None:
        """Run notebooks (all of them without arguments) against the copy's own exercises."""
        with kernels(self.lessons):
            for path in paths or self.notebooks():
                build.execute(path)

    def verify(self) -> verify.Report:
        """What verify finds but for mutants, which have tests of their own and take seconds."""
        return verify.verify(self.home, self.lessons, self.ledger, mutants=False)

    def problems(self) -> list[str]:
        """What verify finds wrong, but for generated files that are older than their sources."""
        return [problem for problem in self.verify().problems if "Run: python3" not in problem]


def copy(to: Path, *slugs: str) -> Toy:
    """A built copy of the toy course in an empty folder; verify takes it for executed.

    Args:
        to: the folder; may exist.
        slugs: the lessons to take; all of them without any.
    """
    shutil.copytree(_built(), to, dirs_exist_ok=True)
    toy = Toy(to)
    for slug in set(LESSONS) - set(slugs or LESSONS):
        shutil.rmtree(toy.lessons / slug)
        for path in toy.home.glob(f"*/??_{slug}.ipynb"):
            path.unlink()
        order = toy.lessons / "order.txt"
        order.write_text(re.sub(rf"^\d\d {slug}\n(    .*\n)*", "", order.read_text(), flags=re.M))
    return toy


def executed(to: Path) -> Toy:
    """A built copy of the whole toy course with the outputs of its notebooks: six kernels, once."""
    shutil.copytree(_executed(), to, dirs_exist_ok=True)
    return Toy(to)


def bare(to: Path) -> Toy:
    """A copy of the toy course's sources alone."""
    shutil.copytree(HERE / "toy", to, dirs_exist_ok=True, ignore=_no_cache)
    return Toy(to)


def forget() -> None:
    """Read sources anew: in a test one process sees a file before and after it was edited."""
    catalog.module.cache_clear()
    source.read.cache_clear()


@contextmanager
def kernels(lessons: Path) -> Iterator[None]:
    """Kernels that start in this block find this library and these lessons, and no others."""
    with tempfile.TemporaryDirectory() as folder:
        startup = Path(folder, "profile_default", "startup")
        startup.mkdir(parents=True)
        (startup / "00-toy.py").write_text(_STARTUP)
        facts = {
            "IPYTHONDIR": folder,
            "PYTHONPATH": str(HERE.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TOY_LESSONS": str(lessons),
        }
        with mock.patch.dict(os.environ, facts):
            yield


@functools.cache
def _built() -> Path:
    """The toy course with notebooks that say they were executed, made once for all tests."""
    toy = _new()
    for path in toy.notebooks():
        notebook = nbformat.read(path, 4)
        notebook.metadata["mlx_course"] = {"executed": build._hash(notebook)}
        path.write_text(build._text(notebook), encoding="utf-8", newline="\n")
    return toy.home


@functools.cache
def _executed() -> Path:
    """The toy course with its notebooks executed, made once for all tests."""
    toy = _new()
    toy.execute()
    return toy.home


def _new() -> Toy:
    home = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    toy = bare(home)
    toy.build()
    return toy


_no_cache = shutil.ignore_patterns("__pycache__")
# Python trusts compiled files by size and second, and tests edit faster than that.
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
