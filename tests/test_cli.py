"""The verbs as a person meets them: help, exit codes, one sentence for a mistake, no traceback."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course import cli
from course.author import ci, verify
from course.author.report import Report
from course.content import catalog
from course.errors import UserError
from course.learner import copies, journal, lab, notebook

VERBS = {
    command.name or command.callback.__name__: command.callback
    for command in cli.app.registered_commands
    if command.callback
}


@pytest.fixture
def course(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a verb in a process of its own, from another folder than the course's."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join(filter(None, [str(cli.ROOT), os.environ.get("PYTHONPATH", "")]))
        return subprocess.run(
            [sys.executable, "-m", "course.cli", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "100", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def invoke(*arguments: str) -> tuple[int, str]:
    """Run a verb in this process: its exit code, and what it printed."""
    result = CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "100", "NO_COLOR": "1"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


# -- help ------------------------------------------------------------------------------------------
def test_the_verbs_of_a_learner_and_of_an_author_are_there() -> None:
    learner, author = {"lab", "start", "progress"}, {"test", "build", "verify", "new"}
    assert learner | author <= VERBS.keys()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_what_it_does(verb: str) -> None:
    code, said = invoke(verb, "--help")
    assert code == 0
    assert VERBS[verb].__doc__.splitlines()[0] in " ".join(said.split())


def test_the_list_of_verbs_is_complete(course: Callable) -> None:
    done = course("--help")
    assert (done.returncode, done.stderr) == (0, "")
    listed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("│ ")}
    assert VERBS.keys() <= listed


# -- mistakes --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("graduate", "graduate"),
        ("start mine --force", "--force"),
        ("lab mine --port 70000", "--port"),
    ],
)
def test_a_line_that_cannot_be_understood_ends_with_2(
    course: Callable, line: str, named: str
) -> None:
    done = course(*line.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage:" in done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_is_one_sentence_and_ends_with_1(course: Callable, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    done = course("start", "letter")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "letter is a file. Name a folder, or one that does not exist yet.\n"


@pytest.mark.slow
def test_an_unknown_lesson_is_not_built(course: Callable) -> None:
    done = course("build", "lazy_grafs")
    known = ", ".join(lesson.slug for lesson in catalog.lessons())
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"There is no lesson lazy_grafs. There are: {known}.\n"


@pytest.mark.parametrize(
    "error",
    [ImportError("libmlx.so: cannot open shared object file"),
     ModuleNotFoundError("No module named 'mlx'", name="mlx")],
    ids=["no backend", "no mlx"],
)  # fmt: skip
def test_an_mlx_that_cannot_be_loaded_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: ImportError
) -> None:
    def app() -> None:
        raise error

    monkeypatch.setattr(cli, "app", app)
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert capsys.readouterr().err == f"MLX cannot be loaded: {error}. `doctor` says what to do.\n"


def test_doctor_works_where_mlx_does_not() -> None:
    code = (
        "import sys\nsys.modules['mlx.core'] = None\nsys.argv[1:] = ['doctor']\n"
        "from course import cli\ncli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "MLX cannot be loaded (ModuleNotFoundError" in done.stdout


def test_ctrl_c_is_no_error_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(notebook, "progress", interrupted)
    code, said = invoke("progress")
    assert code == 130
    assert "Traceback" not in said


# -- what the verbs do -----------------------------------------------------------------------------
def test_progress_is_a_table(course: Callable, home: Path) -> None:
    lesson = catalog.lessons()[0]
    names = lesson.names
    journal.record_check(f"{lesson.slug}.{names[0]}", "passed", ())
    done = course("progress")
    assert (done.returncode, done.stderr) == (0, "")
    title, header, *rest = done.stdout.splitlines()
    assert title == "Your progress"
    assert header.split() == ["lesson", "passed", "revealed"]
    rows = [line.split() for line in rest[: len(catalog.lessons())]]
    assert rows[0] == [lesson.stem, "1", "of", str(len(names))]
    assert [row[0] for row in rows] == [lesson.stem for lesson in catalog.lessons()]
    assert rest[len(rows)] == f"Next: {names[1]} in exercises/{lesson.stem}.ipynb."
    assert str(home) in rest[-1]


@pytest.mark.slow
def test_a_folder_is_meant_as_the_person_sees_it(course: Callable, tmp_path: Path) -> None:
    done = course("start", "mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "mine" / "notebooks").glob("00_*.ipynb"))
    again = course("start", "mine")
    assert (again.returncode, again.stdout) == (0, "mine has everything already.\n")


def test_my_course_of_a_clone_lies_in_the_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(copies, "start", lambda folder: asked.append(folder) or ["Copied."])
    assert invoke("start") == (0, "Copied.\n")
    assert invoke("start", "elsewhere") == (0, "Copied.\n")
    assert asked == [cli.ROOT / "my-course", Path("elsewhere")]


def test_lab_gets_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(lab, "lab", lambda *said: asked.append(said) or 7)
    assert invoke("lab", "mine", "--no-browser", "--port", "8899")[0] == 7
    assert asked == [(Path("mine"), False, 8899)]


def test_the_exit_code_of_test_is_the_verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ci, "everything", int)  # strict -> 1, else 0
    monkeypatch.setattr(ci, "quick", lambda: 2)
    monkeypatch.setattr(ci, "lessons", len)
    assert invoke("test") == (0, "")
    assert invoke("test", "--strict") == (1, "")
    assert invoke("test", "--quick") == (2, "")
    assert invoke("test", "start", "compile", "serving") == (3, "")
    with pytest.raises(UserError, match="one at a time"):
        invoke("test", "start", "--quick")


@pytest.mark.parametrize("problems", [[], ["start.row_means: no hints."]])
def test_verify_fails_where_the_contract_does(
    monkeypatch: pytest.MonkeyPatch, problems: list[str]
) -> None:
    asked = []

    def found(out: Path, only: list[str] | None) -> Report:
        asked.append(only)
        return Report(problems)

    monkeypatch.setattr(verify, "verify", found)
    code, said = invoke("verify")
    assert code == len(problems)
    assert ("✗ start.row_means: no hints." in said) == bool(problems)
    invoke("verify", "start", "compile")
    assert asked == [None, ["start", "compile"]]
