"""`check`: a learner's notebook is run again from its first cell, and says what holds."""

from pathlib import Path

import nbformat
import pytest
import toy_course
from typer.testing import CliRunner

from course import cli
from course.checking.verdict import Status
from course.content import catalog
from course.errors import UserError
from course.learner import journal, rerun

pytestmark = pytest.mark.slow

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
    with pytest.raises(UserError, match=r"mine[.]ipynb: the kernel died"):
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
    with pytest.raises(UserError, match=text) as raised:
        for found in rerun.notebooks([path]):
            rerun.rerun(found)
    assert str(path) in str(raised.value)


def test_an_empty_folder_and_a_huge_file_are_sentences(tmp_path, monkeypatch, notebook):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="has no notebooks in it"):
        rerun.notebooks([tmp_path / "empty"])
    monkeypatch.setattr(rerun, "LARGEST", 10)
    with pytest.raises(UserError, match="clear its outputs first"):
        rerun.rerun(notebook("1"))


# -- progress --verify -----------------------------------------------------------------------------
def verify(*arguments):
    result = CliRunner().invoke(cli.app, ["progress", "--verify", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_progress_that_still_holds(notebook):
    path = notebook(RIGHT, CHECK)
    journal.record_check("shapes.row_sums", "passed", ())
    before = journal.path().read_bytes()
    code, said = verify(path)
    assert (code, said.splitlines()[-1]) == (0, "1 of 1 noted as passed still pass.")
    assert journal.path().read_bytes() == before


def test_progress_that_holds_no_longer(notebook, monkeypatch):
    monkeypatch.setattr(journal, "_now", lambda: "2026-11-20T10:00:00+00:00")
    for id in ("shapes.row_sums", "layers.gated", "shapes.corner"):
        journal.record_check(id, "passed", ())
    other = "from course import check\ncheck('gated', None)"
    code, said = verify(notebook(RIGHT.replace("1", "0"), CHECK, other, "1 / 0"))
    assert code == 1
    assert "0 of 3 noted as passed still pass." in said
    assert "shapes.row_sums: passed on 2026-11-20; now: not yet (mine.ipynb)." in said
    assert "layers.gated: passed on 2026-11-20; now: " in said
    assert "shapes.corner: passed on 2026-11-20; none of these notebooks checks it." in said


def test_what_passes_and_was_not_noted_is_said(notebook):
    code, said = verify(notebook(RIGHT, CHECK))
    assert (code, said.splitlines()[-1]) == (
        0,
        "shapes.row_sums: passes, and was not noted yet: run its check.",
    )


def test_of_two_copies_one_that_passes_is_enough(notebook, tmp_path):
    journal.record_check("shapes.row_sums", "passed", ())
    for name, cell in (("one", RIGHT), ("two", RIGHT.replace("1", "0"))):
        (tmp_path / name).mkdir()
        notebook(cell, CHECK, name=f"{name}/00.ipynb")
    assert verify(tmp_path / "one", tmp_path / "two")[0] == 0
    assert verify(tmp_path / "two")[0] == 1


def test_a_broken_notebook_costs_itself_alone(notebook, tmp_path):
    journal.record_check("shapes.row_sums", "passed", ())
    notebook(RIGHT, CHECK)
    (tmp_path / "torn.ipynb").write_text('{"cells": [')
    code, said = verify(tmp_path)
    assert code == 0
    assert "torn.ipynb cannot be read as a notebook" in said
    assert "1 of 1 noted as passed still pass." in said


def test_progress_of_a_newer_course_is_said_and_left(notebook):
    journal.path().parent.mkdir()
    journal.path().write_text('{"version": 99}')
    code, said = verify(notebook(RIGHT, CHECK))
    assert code == 1
    assert "was written by a newer version of the course" in said
    assert journal.path().read_text() == '{"version": 99}'


def test_what_this_machine_lacks_is_told_from_what_fails():
    journal.record_check("a.b", "passed", ())
    said, holds = rerun.compare([(Path("x.ipynb"), rerun.Rerun({"a.b": Status.UNAVAILABLE}))])
    assert not holds
    assert said[1].endswith("; it cannot be run on this machine.")


def test_notebooks_without_verify_are_a_sentence(notebook):
    with pytest.raises(UserError, match="progress --verify NOTEBOOK"):
        CliRunner().invoke(cli.app, ["progress", "x.ipynb"], catch_exceptions=False)


def test_a_kernel_that_does_not_answer_is_a_sentence(notebook, monkeypatch):
    from jupyter_client.asynchronous.client import AsyncKernelClient

    async def silent(self, timeout):
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    monkeypatch.setattr(AsyncKernelClient, "_async_wait_for_ready", silent)
    monkeypatch.setattr(AsyncKernelClient, "wait_for_ready", silent)
    with pytest.raises(UserError, match=r"no kernel answered within 7 s[.] Try again"):
        rerun.rerun(notebook("1"), startup=7)
