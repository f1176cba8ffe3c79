"""Which lessons a contributor's changes concern, told by git."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from course.author import changes
from course.content import catalog

NAMES = (
    "user.name=A",
    "user.email=a@example.org",
    "init.defaultBranch=main",
    "commit.gpgsign=false",
)
BOTH = ["start", "lazy_graphs"]  # lessons 00 and 02


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run git in a repository on the branch "mine", which left "main" at its first commit."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str) -> None:
        settings = [word for name in NAMES for word in ("-c", name)]
        subprocess.run(
            ["git", *settings, *arguments], cwd=tmp_path, check=True, capture_output=True
        )

    run("init", "-q")
    for lesson in catalog.lessons():
        write(tmp_path, f"course/lessons/{lesson.slug}/lesson.py", "as it was")
    run("add", ".")
    run("commit", "-qm", "first")
    run("checkout", "-qb", "mine")
    return run


def write(root: Path, path: str, text: str = "new") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_nothing_changed(git: Callable, tmp_path: Path) -> None:
    assert changes.lessons(tmp_path) == []
    write(tmp_path, "README.md")
    assert changes.lessons(tmp_path) == []


def test_a_lesson_is_named_by_any_of_its_files_committed_or_not(
    git: Callable, tmp_path: Path
) -> None:
    write(tmp_path, "course/lessons/transforms/lesson.py")
    git("add", ".")
    git("commit", "-qm", "mine")
    write(tmp_path, "course/lessons/serving/an exercise.py")  # git does not know it yet
    write(tmp_path, "notebooks/04_compile.ipynb")
    (tmp_path / "course/lessons/decide/lesson.py").unlink()
    assert changes.lessons(tmp_path) == ["transforms", "compile", "serving", "decide"]


def test_what_main_did_meanwhile_is_not_this_branchs(git: Callable, tmp_path: Path) -> None:
    git("checkout", "-q", "main")
    write(tmp_path, "course/lessons/transforms/lesson.py")
    git("add", ".")
    git("commit", "-qm", "theirs")
    git("checkout", "-q", "mine")
    assert changes.lessons(tmp_path) == []


@pytest.mark.parametrize("room", ["checking", "content"])
def test_two_lessons_stand_for_all_where_every_one_may_be_broken(
    git: Callable, tmp_path: Path, room: str
) -> None:
    write(tmp_path, f"course/{room}/a.py")
    write(tmp_path, "course/lessons/compile/lesson.py")
    assert changes.lessons(tmp_path) == [*BOTH, "compile"]


def test_two_lessons_stand_for_all_where_git_cannot_say(
    git: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "course/lessons/compile/lesson.py")
    git("branch", "-qm", "main", "trunk")  # no main to compare with
    assert changes.lessons(tmp_path) == BOTH
    monkeypatch.setenv("PATH", "")  # and no git
    assert changes.lessons(tmp_path) == BOTH
