"""bench measures each figure in a process of its own, saves what it shows, promises no speed."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import toy_course
from typer.testing import CliRunner

from course import bench, catalog, cli, lab, machine
from course.mistake import Mistake

# The model's speed, from so little that it is no speed.
LITTLE = """
import json, mlx.core as mx
from course.model import speed
mx.disable_compile()
speed.TOKENS, speed.BATCHES, speed.ROWS, speed.LENGTH, speed.BITS = 4, (1, 2), 1, 8, (0, 4)
print(json.dumps(speed.speed()))
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[toy_course.Toy]:
    """The toy course in the course's place, and matrices that take no time."""
    made = toy_course.copy(tmp_path / "toy")
    monkeypatch.setattr(catalog, "LESSONS", made.lessons)
    monkeypatch.setattr(lab, "shipped", lambda: made.home)
    monkeypatch.setattr(bench, "SIZES", (64, 128))
    monkeypatch.setattr(bench, "MODEL", ("-c", LITTLE))
    monkeypatch.setattr(bench, "COPIES", {"few": 2, "more": 4})
    with toy_course.kernels(made.lessons):
        yield made
    for lesson in catalog.lessons():  # they had the names of real lessons
        sys.modules.pop(f"course.lessons.{lesson.slug}.exercises", None)


def run(out: Path, *options: str) -> tuple[str, dict[str, Any]]:
    result = CliRunner().invoke(cli.app, ["bench", "--out", str(out), *options])
    assert result.exit_code == 0, result.output
    return result.output, json.loads(out.read_text(encoding="utf-8"))


def test_what_is_saved_is_what_is_shown(toy: toy_course.Toy, tmp_path: Path) -> None:
    said, found = run(tmp_path / "found.json")
    assert said.splitlines()[:-1] == bench.lines(found)
    assert said.splitlines()[-1] == f"Saved as {tmp_path / 'found.json'}."
    assert found["versions"] == machine.versions()
    assert found["blas"] == machine.blas()
    for rates in found["matmul GFLOP/s"].values():
        assert rates.keys() == {"64", "128"}
        assert all(rate > 0 for rate in rates.values())
    model = found["model"]
    assert model["batch tokens/s"].keys() == {"1", "2"} and model["load seconds"] > 0
    assert model["decode tokens/s"].keys() == {"as it is", "4"}
    for rate in model["decode tokens/s"].values():
        assert min(rate["measured"], rate["bandwidth allows"]) > 0
    assert model["training step seconds"]["mlx"] > 0
    assert found["check seconds"]["slowest"] >= found["check seconds"]["median"] > 0
    assert found["lessons"].keys() == {"00_shapes", "01_layers"}
    for lesson in found["lessons"].values():
        assert lesson["seconds"] > 0
        assert lesson["peak bytes"] > 50e6, "a kernel with MLX in it is not smaller"


@pytest.mark.needs("cpu wheel")
def test_stock_is_mlxs_own_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the rates differ by more than ten times; no test waits for that."""
    script = "import course.bench as b, course.machine as m, json; print(json.dumps(m.blas()))"
    monkeypatch.setattr(bench, "RUN", ("-c", script))
    assert "reference BLAS" in bench._child(MLX_COURSE_BLAS="off")
    assert "reference BLAS" not in bench._child(MLX_COURSE_BLAS="")


def test_an_installed_package_is_measured_without_the_contract(
    toy: toy_course.Toy, tmp_path: Path
) -> None:
    for path in (toy.home / "solutions").iterdir():
        path.unlink()
    (toy.home / "solutions").rmdir()
    said, found = run(tmp_path / "found.json", "--no-lessons")
    assert "verify seconds" not in found and "lessons" not in found
    assert "verify" not in said and "matmul 64" in said


def test_a_lesson_that_fails_is_named(toy: toy_course.Toy, tmp_path: Path) -> None:
    path = toy.home / "notebooks" / "00_shapes.ipynb"
    path.write_text(path.read_text().replace("import course", "import nothing_like_it", 1))
    with pytest.raises(Mistake, match=r"00_shapes.ipynb: A cell stopped with ModuleNotFoundError"):
        bench._lesson(path)
    said = bench._cold(path)
    assert said["stopped"].startswith("00_shapes.ipynb: A cell stopped with ModuleNotFoundError")


def test_the_figures_of_the_others_are_not_lost_with_it(
    toy: toy_course.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"seconds": 2.0, "peak bytes": 3e8}
    monkeypatch.setattr(
        bench, "_cold", lambda path: found if "layers" in path.name else {"stopped": "It stopped."}
    )
    monkeypatch.setattr(bench, "_contract", lambda root: {})
    out = tmp_path / "found.json"
    result = CliRunner().invoke(cli.app, ["bench", "--out", str(out)])
    assert result.exit_code == 1
    assert json.loads(out.read_text(encoding="utf-8"))["lessons"]["01_layers"] == found
    assert re.search(r"^01_layers +2 s, 300 MB, cold$", result.output, re.MULTILINE)
    assert re.search(r"^00_shapes +It stopped\.$", result.output, re.MULTILINE)


@pytest.mark.needs("sandbox")
def test_the_grading_rate_is_of_submissions_that_were_graded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench, "COPIES", {"few": 2, "more": 4})
    found = bench._grading(Path(__file__).parent / "graded" / "lessons")
    assert found["room"]["median"] > 0
    for name, count in bench.COPIES.items():
        assert found[name]["count"] == count
        assert found[name]["CPU seconds"] > 0
        assert found[name]["MB, grader"] > 20
