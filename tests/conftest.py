"""What the tests share: a home of its own for each, skips by need, toy exercises, typed code."""

import itertools
import linecache

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest

from course import machine
from course.exercise import Exercise

_cells = itertools.count(1)


def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        for need in mark.args:
            for sentence in machine.lacks((need,)):
                pytest.skip(f"needs {need}: {sentence}")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Where this test's progress file goes. Nothing of a learner's is read or written."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MLX_COURSE_HOME", str(folder))
    return folder


@pytest.fixture
def toy():
    """A function that builds an exercise without a file."""

    def build(solution, use, wrong=None, alternatives=(), kinds=None, name="toy", **facts):
        """``wrong``: misconception name -> (sentence, answer)."""
        made = Exercise(minutes=5, level=1, name=name, lesson="toys", **facts)
        made.solution(solution)
        made.use(use, **(kinds or {}))
        for label, (sentence, answer) in (wrong or {}).items():
            made.misconception(label, sentence)(answer)
        for answer in alternatives:
            made.alternative(answer)
        return made

    return build


@pytest.fixture
def typed():
    """A function that runs a cell as a notebook does, and returns what it calls ``answer``."""

    def run(cell):
        file = f"<cell {next(_cells)}>"  # its lines are found there, as IPython's are
        linecache.cache[file] = (len(cell), None, cell.splitlines(keepends=True), file)
        names = {"mx": mx, "nn": nn, "np": np}
        exec(compile(cell, file, "exec"), names)
        return names["answer"]

    return run
