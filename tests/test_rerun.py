"""`check`: a learner's notebook is run again from its first cell, and says what holds."""

from pathlib import Path

import nbformat
import pytest
import toy_course
from typer.testing import CliRunner

from course import catalog, cli, journal, rerun
from course.mistake import Mistake
from course.verdict import Status

LESSONS = Path(__file__).parent / "toy" / "lessons"
RIGHT = "def row_sums(x):\n    return x.sum(axis=1)"
CHECK = "from course import check\ncheck('row_sums', row_sums)"


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    monkeypatch.setattr(catalog, "LESSONS", LESSONS)
    with toy_course.kernels(LESSONS):
        yield


@pytest.fixture
def notebook(tmp_path):
    """A function that writes a notebook with these code cells."""

    def write(*cells, name="mine.ipynb"):
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(made, tmp_path / name)
        return tmp_path / name

    return write


def run(*arguments):
    result = CliRunner().invoke(cli.app, ["check", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_right_answer_passes_and_neither_file_nor_progress_is_touched(notebook):
    path = notebook(RIGHT, CHECK)
    before = path.read_bytes()
    code, said = run(path)
    assert code == 0
    assert said.splitlines()[-1] == "  1 of 1 passed."
    assert "    Passed · row_sums · 2 cases." in said
    assert path.read_bytes() == before
    assert not journal.path().exists()


def test_a_wrong_answer_is_explained_and_the_last_check_counts(notebook):
    wrong = RIGHT.replace("1", "0")
    code, said = run(notebook(RIGHT, CHECK, wrong, CHECK))
    assert code == 1
    assert "Not yet · row_sums. You have" in said
    assert said.splitlines()[-1] == "  0 of 1 passed; not yet: 1."
    assert run(notebook(wrong, CHECK, RIGHT, CHECK))[0] == 0


def test_a_cell_that_stops_costs_only_what_depends_on_it(notebook):
    found = rerun.rerun(notebook("1 / 0", RIGHT, CHECK, "from course import check\ncheck('gated')"))
    assert found.statuses["shapes.row_sums"] is Status.PASSED
    assert found.statuses["layers.gated"] is Status.NOT_ATTEMPTED
    assert found.said[0] == "A cell stopped with ZeroDivisionError: division by zero"
    assert not found.passed


def test_a_cell_that_never_ends_is_interrupted_and_the_next_one_runs(notebook):
    found = rerun.rerun(notebook("while True: pass", RIGHT, CHECK), seconds=2)
    assert found.passed
    assert found.said[0].startswith("A cell stopped with KeyboardInterrupt")


def test_a_dead_kernel_is_a_sentence(notebook):
    with pytest.raises(Mistake, match=r"mine[.]ipynb: the kernel died"):
        rerun.rerun(notebook("import os", "os._exit(3)", CHECK))


def test_a_notebook_without_a_check_passes_nothing(notebook):
    code, said = run(notebook("print(1)"))
    assert (code, said.splitlines()[-1]) == (1, "  No check was run in it.")


def test_what_this_machine_cannot_run_is_not_counted_and_nothing_else_is_not_passed():
    some = {"a.b": Status.PASSED, "a.c": Status.UNAVAILABLE}
    assert rerun.Rerun(some).passed
    assert rerun.Rerun(some).summary == "1 of 2 passed; not here: 1."
    assert not rerun.Rerun({"a.c": Status.UNAVAILABLE}).passed


def test_a_folder_means_its_notebooks_and_a_copy_means_its_exercises(notebook, tmp_path):
    path = notebook("1")
    assert rerun.notebooks([tmp_path]) == [path]
    (tmp_path / "copy" / "exercises").mkdir(parents=True)
    inside = notebook("1", name="copy/exercises/00_a.ipynb")
    assert rerun.notebooks([tmp_path / "copy", path]) == [inside, path]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("gone.ipynb", None, "is not there. Name a notebook, or a folder"),
        ("answers.py", b"x = 1", "its name does not end in .ipynb"),
        ("torn.ipynb", b'{"cells": [', "cannot be read as a notebook"),
        ("list.ipynb", b"[]", "cannot be read as a notebook"),
        ("bytes.ipynb", b"\xff\xfe\x00", "cannot be read as a notebook"),
    ],
)
def test_what_is_no_notebook_is_a_sentence(tmp_path, name, content, text):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Mistake, match=text) as raised:
        for found in rerun.notebooks([path]):
            rerun.rerun(found)
    assert str(path) in str(raised.value)


def test_an_empty_folder_and_a_huge_file_are_sentences(tmp_path, monkeypatch, notebook):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Mistake, match="has no notebooks in it"):
        rerun.notebooks([tmp_path / "empty"])
    monkeypatch.setattr(rerun, "LARGEST", 10)
    with pytest.raises(Mistake, match="clear its outputs first"):
        rerun.rerun(notebook("1"))
