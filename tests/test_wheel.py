"""The wheel and the sdist, built from this checkout and installed elsewhere: as pip users do it.

Nothing of the checkout is on the path there. The packages come from the index, or from the cache
of whoever made .venv.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

import pytest

from course import bootstrap, machine
from course.content import catalog

pytestmark = pytest.mark.slow

REPO = Path(__file__).resolve().parent.parent
LESSONS = catalog.lessons()
SOURCES = ("course", "notebooks", "exercises", "solutions", "tests", "pyproject.toml", "README.md",
           "CHANGELOG.md", "CONTRIBUTING.md", "DECISIONS.md", "LICENSE", "CITATION.cff",
           "constraints.txt")  # fmt: skip
# What leads back to the checkout, or out of the new environment.
ASTRAY = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MLX_COURSE_BLAS", "JUPYTER_PATH")


def environment(home: Path) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in ASTRAY}
    return env | {"MLX_COURSE_HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1"}


def run(*command: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment(cwd / "home"),
        capture_output=True,
        text=True,
        timeout=600,
    )
    if check and done.returncode:
        said = done.stdout[-3000:] + done.stderr[-3000:]
        if re.search(bootstrap.CAUSES["network"], said, re.I):
            pytest.skip("needs the package index, which cannot be reached from here.")
        pytest.fail(f"{command}: {said}")
    return done


def built(tree: Path, out: Path) -> tuple[Path, Path]:
    """The wheel and the sdist of a tree."""
    run(sys.executable, "-m", "hatchling", "build", "-d", out, cwd=tree)
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, to build from and to change."""
    folder = tmp_path_factory.mktemp("tree")
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in SOURCES:
        if (REPO / name).is_dir():
            shutil.copytree(REPO / name, folder / name, ignore=ignore)
        else:
            shutil.copy(REPO / name, folder)
    return folder


@pytest.fixture(scope="module")
def archives(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return built(tree, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def elsewhere(archives: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with `mlx-course[cpu]` in it: uv fetches what it needs, pip judges."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", folder / "env", cwd=folder)
    extra = "cpu" if "cuda" not in machine.backends() else "cuda13"
    wheel = f"{archives[0]}[{extra}]"
    python = folder / "env/bin/python"
    uv = (sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python)
    run(*uv, "-c", REPO / "constraints.txt", wheel, cwd=folder)
    run(python, "-m", "pip", "install", "-q", "--no-index", wheel, cwd=folder)  # all is there
    run(python, "-m", "pip", "check", cwd=folder)
    return folder


def course(folder: Path, *arguments: str, check: bool = True) -> str:
    """What `mlx-course` prints there; "rc N" is its last line when it may fail."""
    done = run(folder / "env/bin/mlx-course", *arguments, cwd=folder, check=check)
    return done.stdout + done.stderr + ("" if check else f"rc {done.returncode}")


# -- what is in them -------------------------------------------------------------------------------
def test_the_wheel_has_notebooks_and_exercises_and_no_answers(archives: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(archives[0]).namelist())
    assert "course/py.typed" in names
    for lesson in LESSONS:
        for folder in ("notebooks", "exercises"):
            assert f"course/_data/{folder}/{lesson.stem}.ipynb" in names
        for name in lesson.names:
            assert f"course/lessons/{lesson.slug}/{name}.py" in names
    assert not [name for name in names if "solutions/" in name or name.startswith("tests/")]
    assert {"course/lessons/order.txt", "course/ledger/13_limits.toml"} <= names
    assert {"course/bench/page.html", "course/workshop/handout.html"} <= names


def test_the_sdist_builds_the_same_wheel(archives: tuple[Path, Path], tmp_path: Path) -> None:
    with tarfile.open(archives[1]) as sdist:
        sdist.extraction_filter = getattr(tarfile, "data_filter", None)  # 3.11.4 and newer
        sdist.extractall(tmp_path)
    (inside,) = tmp_path.iterdir()
    again, _ = built(inside, tmp_path / "dist")
    one, other = (zipfile.ZipFile(path) for path in (archives[0], again))
    assert {x.filename: x.CRC for x in one.infolist()} == {
        x.filename: x.CRC for x in other.infolist()
    }


# -- and what a person does with it ----------------------------------------------------------------
def test_the_verbs_of_a_learner_work_elsewhere(elsewhere: Path) -> None:
    said = course(elsewhere, "start", "mine")
    assert f"Copied {2 * len(LESSONS) + 1} notebooks to mine" in said
    found = json.loads(course(elsewhere, "doctor", "--json"))
    assert found["mlx"] == machine.versions()["mlx"]
    assert (
        str(elsewhere)
        in run(
            elsewhere / "env/bin/python",
            "-c",
            "import course; print(course.__file__)",
            cwd=elsewhere,
        ).stdout
    )
    for verb in ("test", "build", "verify", "new x"):
        assert course(elsewhere, *verb.split(), check=False).endswith("clone it.\nrc 1")


def test_a_claim_is_tested_elsewhere(elsewhere: Path) -> None:
    said = course(elsewhere, "claims", "start.python", "--check")
    assert "1 of 1 tested claims hold on this machine" in said


@pytest.mark.needs("cpu wheel")
def test_the_blas_is_fast_elsewhere(elsewhere: Path) -> None:
    course(elsewhere, "start", "mine")
    assert "OpenBLAS" in json.loads(course(elsewhere, "doctor", "--json"))["blas"]


def test_a_check_elsewhere(elsewhere: Path) -> None:
    course(elsewhere, "start", "mine")
    blank = course(elsewhere, "check", "mine/exercises/00_start.ipynb", check=False)
    assert "0 of 5 passed; not started: 5." in blank
    assert blank.endswith("rc 1")
    solved = elsewhere / "solved.ipynb"
    shutil.copy(REPO / "solutions" / "00_start.ipynb", solved)
    assert "5 of 5 passed." in course(elsewhere, "check", str(solved))


def test_lab_elsewhere(elsewhere: Path) -> None:
    process = subprocess.Popen(
        [elsewhere / "env/bin/mlx-course", "lab", "--no-browser", "lab-copy"],
        cwd=elsewhere,
        env=environment(elsewhere / "home"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        address = next(found for line in process.stdout if (found := re.search(r"http\S+", line)))
        with urllib.request.urlopen(address[0], timeout=60) as page:
            assert page.status == 200
    finally:
        process.terminate()
        process.wait(30)
    assert (elsewhere / "lab-copy/notebooks/00_start.ipynb").exists()


def test_an_upgrade_adds_what_is_new_and_keeps_what_was_changed(
    elsewhere: Path, tree: Path, tmp_path: Path
) -> None:
    course(elsewhere, "start", "kept")
    mine = elsewhere / "kept/exercises/00_start.ipynb"
    mine.write_text(mine.read_text().replace("raise NotImplementedError", "return 1 #", 1))
    before = mine.read_bytes()
    newer = tmp_path / "newer"
    shutil.copytree(tree, newer)
    for name in ("exercises/00_start.ipynb", "notebooks/00_start.ipynb"):
        file = newer / name
        file.write_text(file.read_text().replace("About", "Roughly").replace("minutes", "min"))
    shutil.copy(newer / "notebooks/00_start.ipynb", newer / "notebooks/99_new.ipynb")
    project = (newer / "pyproject.toml").read_text()
    (newer / "pyproject.toml").write_text(re.sub(r'(?m)^version = ".*"', 'version = "99"', project))
    wheel, _ = built(newer, tmp_path / "dist")
    pip = ("-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel)
    run(elsewhere / "env/bin/python", *pip, cwd=elsewhere)
    said = course(elsewhere, "start", "kept")
    assert "Copied 1 notebook to kept: it is yours to change." in said
    assert "You changed exercises/00_start.ipynb, so its new version is 00_start.new.ipynb" in said
    assert mine.read_bytes() == before
    assert "min" in (elsewhere / "kept/exercises/00_start.new.ipynb").read_text()
    assert (elsewhere / "kept/notebooks/99_new.ipynb").exists()


def test_uvx_runs_it_without_installing(archives: tuple[Path, Path], tmp_path: Path) -> None:
    extra = "cpu" if "cuda" not in machine.backends() else "cuda13"
    uvx = (sys.executable, "-m", "uv", "tool", "run", "--from", f"{archives[0]}[{extra}]")
    found = run(*uvx, "mlx-course", "doctor", "--json", cwd=tmp_path)
    assert json.loads(found.stdout)["gaps"] is not None
