"""bench measures each figure in a process of its own, saves what it shows, promises no speed."""

import html
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import toy_course
from typer.testing import CliRunner

from course import cli, machine
from course.bench import commands, gather, others, page, parts, table
from course.content import catalog, syllabus
from course.errors import UserError

# The model's speed, from so little that it is no speed.
LITTLE = """
import json, sys, mlx.core as mx
from course.model import speed
mx.disable_compile()
speed.TOKENS, speed.BATCHES, speed.ROWS, speed.LENGTH, speed.BITS = 4, (1, 16), 1, 8, (0, 4)
speed.CONTEXT, speed.PROMPT, speed.STEPS, speed.WARM_UP = 4, 8, 2, 1
print(json.dumps(speed.step(sys.argv[1]) if len(sys.argv) > 1 else speed.speed()))
"""
# A machine that was measured, by hand.
FOUND: dict[str, Any] = {
    "date": "2026-11-26",
    "machine": "a <chip> for $2 & more, 2 cores, Linux",
    "versions": {"mlx": "0.32.4"},
    "blas": "one & only",
    "copy GB/s": 40.0,
    "matmul GFLOP/s": {"stock": {"512": 4.0}, "here": {"512": 100.0, "2048": 120.0}},
    "elementwise": {
        "seconds": {"eager": 9e-3, "compiled": 3e-3},
        "points": {"chain, eager": [0.125, 9e9], "chain, compiled": [2.5, 27e9]},
    },
    "model": {
        "load seconds": 0.1,
        "batch tokens/s": {"1": 300.0, "16": 900.0},
        "prefill tokens/s": {"measured": 4000.0, "arithmetic allows": 10000.0},
        "decode tokens/s": {"as it is": {"measured": 400.0, "bandwidth allows": 3000.0}},
        "points": {"decode": [0.5, 3e9], "prompt of 256": [130.0, 3e10]},
        "training step": {
            "mlx": {"seconds": 0.4, "loss": 11.0},
            "eager": {"seconds": 0.5, "loss": 11.0},
            "torch": {"seconds": 0.8, "loss": 11.0},
        },
    },
    "check seconds": {"median": 0.003, "slowest": 0.5, "of": 9, "all": 10},
}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[toy_course.Toy]:
    """The toy course in the course's place, and matrices that take no time."""
    made = toy_course.copy(tmp_path / "toy")
    monkeypatch.setattr(catalog, "LESSONS", made.lessons)
    monkeypatch.setattr(gather, "shipped", lambda: made.home)
    for sizes in ("SIZES", "SIZES_OF_ALL"):
        monkeypatch.setattr(gather, sizes, {"here": (64, 128), "stock": (64,)})
    monkeypatch.setattr(gather, "MODEL", ("-c", LITTLE))
    with toy_course.kernels(made.lessons):
        yield made
    for lesson in catalog.lessons():  # they had the names of real lessons
        sys.modules.pop(f"course.lessons.{lesson.slug}.exercises", None)


def run(out: Path, *options: str) -> tuple[str, dict[str, Any]]:
    result = CliRunner().invoke(cli.app, ["bench", "--out", str(out), *options])
    assert result.exit_code == 0, result.output
    return result.stdout, json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_what_is_saved_is_what_is_shown(toy: toy_course.Toy, tmp_path: Path) -> None:
    said, found = run(tmp_path / "found.json", "--all")
    beside = others.shipped()
    assert said.splitlines()[:-3] == table.lines(found, beside)
    assert f"Saved as {tmp_path / 'found.json'}." in said
    assert (tmp_path / "found.html").read_text(encoding="utf-8") == page.page(found, beside)
    assert found["versions"] == machine.versions()
    assert found["blas"] == machine.blas()
    assert found["matmul GFLOP/s"]["here"].keys() == {"64", "128"}
    for rates in found["matmul GFLOP/s"].values():
        assert all(rate > 0 for rate in rates.values())
    assert found["elementwise"]["seconds"]["eager"] > 0
    model = found["model"]
    assert model["batch tokens/s"].keys() == {"1", "16"} and model["load seconds"] > 0
    assert model["decode tokens/s"].keys() == {"as it is", "4"}
    for rate in model["decode tokens/s"].values():
        assert min(rate["measured"], rate["bandwidth allows"]) > 0
    steps = model["training step"]
    assert steps["mlx"]["loss"] == pytest.approx(steps["eager"]["loss"], rel=1e-3)
    assert found["check seconds"]["slowest"] >= found["check seconds"]["median"] > 0
    assert found["verify seconds"] > 0
    assert found["lessons"].keys() == {"00_shapes", "01_layers"}
    for lesson in found["lessons"].values():
        assert lesson["seconds"] > 0
        assert lesson["peak bytes"] > 50e6, "a kernel with MLX in it is not smaller"
    # The plan takes its seconds from such a file.
    assert syllabus.measured(tmp_path / "found.json")["lessons"] == found["lessons"]


@pytest.mark.slow
@pytest.mark.needs("cpu wheel")
def test_stock_is_mlxs_own_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the rates differ by more than ten times; no test waits for that."""
    script = "import course.bench.parts, course.machine as m, json; print(json.dumps(m.blas()))"
    monkeypatch.setattr(gather, "RUN", ("-c", script))
    assert "reference BLAS" in gather.child(MLX_COURSE_BLAS="off")
    assert "reference BLAS" not in gather.child(MLX_COURSE_BLAS="")


def test_alone_it_leaves_out_what_takes_minutes(
    toy: toy_course.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def child(*arguments: str, run: tuple[str, ...] = (), **_: str) -> Any:
        """What another process would say, which the test above starts."""
        if run:
            return {"seconds": 1.0, "loss": 1.0} if arguments else FOUND["model"].copy()
        return {"elementwise": FOUND["elementwise"], "checks": FOUND["check seconds"]}.get(
            arguments[0], 1e9
        )

    monkeypatch.setattr(gather, "child", child)
    said, found = run(tmp_path / "found.json")
    assert "verify seconds" not in found and "lessons" not in found
    assert "verify" not in said and "matmul 64" in said
    with pytest.raises(UserError, match=r"was made without --all\.$"):
        syllabus.measured(tmp_path / "found.json")


def test_checks_take_one_exercise_of_each_lesson_in_turn(
    toy: toy_course.Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    check = parts.runner.check
    monkeypatch.setattr(
        parts.runner, "check", lambda exercise, answer: (seen.append(exercise.lesson), check)[0]
    )
    found = parts.checks()
    assert seen[:4] == ["shapes", "shapes", "layers", "layers"]
    assert found["of"] == len(seen) // 2 <= found["all"]
    monkeypatch.setattr(parts, "CHECKS", -1.0)
    with pytest.raises(UserError, match="no exercise"):
        parts.checks()


@pytest.mark.slow
def test_a_lesson_that_fails_is_named(toy: toy_course.Toy, tmp_path: Path) -> None:
    path = toy.home / "notebooks" / "00_shapes.ipynb"
    path.write_text(path.read_text().replace("import course", "import nothing_like_it", 1))
    with pytest.raises(
        UserError, match=r"00_shapes.ipynb: A cell stopped with ModuleNotFoundError"
    ):
        parts.lesson(str(path))
    said = gather._cold(path)
    assert said["stopped"].startswith("00_shapes.ipynb: A cell stopped with ModuleNotFoundError")


def test_the_figures_of_the_others_are_not_lost_with_it(
    toy: toy_course.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons = {"01_layers": {"seconds": 2.0, "peak bytes": 3e8}, "00_shapes": {"stopped": "No."}}
    monkeypatch.setattr(gather, "bench", lambda everything, say: FOUND | {"lessons": lessons})
    out = tmp_path / "found.json"
    result = CliRunner().invoke(cli.app, ["bench", "--all", "--out", str(out)])
    assert result.exit_code == 1
    assert json.loads(out.read_text(encoding="utf-8"))["lessons"] == lessons
    assert re.search(r"^01_layers +2 s, 300 MB, cold$", result.output, re.MULTILINE)
    assert re.search(r"^00_shapes +No\.$", result.output, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.needs("sandbox")
def test_the_grading_rate_is_of_submissions_that_were_graded() -> None:
    copies = {"few": 2, "more": 4}
    found = gather._grading(Path(__file__).parent / "graded" / "lessons", copies)
    assert found["room"]["median"] > 0
    for name, count in copies.items():
        assert found[name]["count"] == count
        assert found[name]["CPU seconds"] > 0
        assert found[name]["MB, grader"] > 20


def test_steps_that_do_not_compute_the_same_are_not_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losses = iter([11.0, 11.2])
    monkeypatch.setattr(gather.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(gather, "child", lambda *_, **__: {"seconds": 1.0, "loss": next(losses)})
    with pytest.raises(UserError, match="other losses"):
        gather._steps()


def test_pytorch_is_measured_in_turn_and_the_better_of_two_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    seconds = iter([0.5, 0.9, 0.7, 0.4, 0.8])

    def child(how: str, **_: Any) -> dict[str, float]:
        asked.append(how)
        return {"seconds": next(seconds), "loss": 11.0}

    monkeypatch.setattr(gather.importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(gather, "child", child)
    found = gather._steps()
    assert asked == ["mlx", "torch", "eager", "mlx", "torch"]
    assert {how: run["seconds"] for how, run in found.items()} == {
        "mlx": 0.4,
        "torch": 0.8,
        "eager": 0.7,
    }


def test_the_table_has_ratios_and_the_machines_beside_it() -> None:
    partial = {"machine": "a card", "versions": {"mlx": "0.32.4"}, "date": "2026-11-23"}
    said = "\n".join(table.lines(FOUND, [partial | {"copy GB/s": 3360.0}]))
    assert "100 GFLOP/s; stock 4.0: 25.0 times as fast" in said
    assert "400 ms compiled, 500 eager; PyTorch 800: 0.50 of its time" in said
    assert re.search(r"^copy, GB/s +40 +3,360$", said, re.MULTILINE)
    assert re.search(r"^decode, tokens/s +400 +–$", said, re.MULTILINE)
    assert "[1] a card, MLX 0.32.4, 2026-11-23" in said


def test_the_page_needs_nothing_beside_it_and_escapes_what_a_driver_says() -> None:
    made = page.page(FOUND, others.shipped())
    links = re.findall(r"(?:src|href)=[\"']([^\"']*)", made)
    assert all(link.startswith("#") for link in links), "it would fetch something"
    assert "<script" not in made and "@import" not in made
    assert "<chip>" not in made and html.escape("a <chip> for $2 & more") in made
    assert made.count('<svg role="img" aria-label="') == 3
    for name, text in table.rows(FOUND):
        assert f"{html.escape(name)}</th><td>{html.escape(text)}</td>" in made
    for found in others.shipped():
        assert html.escape(others.label(found)) in made


def test_every_machine_that_ships_says_what_when_and_with_which_version() -> None:
    assert others.shipped()
    for found in others.shipped():
        assert found["machine"] and found["date"] and found["versions"]["mlx"]
        assert any(value for value in others.compared(found).values())


def test_there_is_room_for_sub_verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    before = list(commands.app.registered_commands)
    try:
        commands.app.command("nothing")(lambda: said.append("ran"))
        monkeypatch.setattr(gather, "bench", lambda *_: pytest.fail("measured everything"))
        assert CliRunner().invoke(commands.app, ["nothing"]).exit_code == 0
    finally:
        commands.app.registered_commands[:] = before
    assert said == ["ran"]
