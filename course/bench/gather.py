"""Measure this machine and the course on it. Knows what to ask for; each answer is a process's."""

import datetime
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course import machine
from course.content import catalog
from course.errors import UserError
from course.learner.copies import shipped

SIZES = {"here": (256, 512, 1024, 2048), "stock": (512, 1024)}
SIZES_OF_ALL = {"here": SIZES["here"], "stock": (512, 1024, 2048)}
RUN = ("-m", "course.bench")
MODEL = ("-m", "course.model.speed")
COPIES = {"few": 10}  # of a notebook of six exercises
COPIES_OF_ALL = {"few": 10, "class": 300, "many": 1000}
AGREE = 1e-3  # relative: the first loss of a training step in MLX and in PyTorch


def bench(everything: bool = False, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """What was measured of this machine and of the course on it, as plain data.

    Args:
        everything: verify, 1,310 gradings and every lesson from a cold compile cache, too: many
            minutes. It is what `course/data/measured.json` is made with.
        say: called with what is about to be measured.

    Raises:
        UserError: a process that measures failed, or MLX and PyTorch computed different losses.
    """
    root = shipped()
    say("the two roofs")
    measured: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{machine.chip()}, {machine.cores()} cores, {platform.system()}",
        "backends": machine.backends(),
        "versions": machine.versions(),
        "blas": machine.blas(),
        "copy GB/s": child("copy") / 1e9,
        "matmul GFLOP/s": _products(SIZES_OF_ALL if everything else SIZES),
    }
    say("eager against compiled")
    measured["elementwise"] = child("elementwise")
    say("the built-in model")
    measured["model"] = child(run=MODEL)
    say("a training step")
    measured["model"]["training step"] = _steps()
    say("checks")
    measured["check seconds"] = child("checks")
    if everything and (root / "solutions").is_dir():
        say("build and verify")
        measured |= _contract(root)
    if (root / "tests" / "graded").is_dir() and machine.sandboxed():
        say("grading")
        copies = COPIES_OF_ALL if everything else COPIES
        measured["grading"] = _grading(root / "tests" / "graded" / "lessons", copies)
    if everything:
        measured["lessons"] = {}
        for lesson in catalog.lessons():
            say(f"lesson {lesson.stem}")
            path = root / "notebooks" / f"{lesson.stem}.ipynb"
            measured["lessons"][lesson.stem] = _cold(path)
    return measured


def _products(sizes: dict[str, tuple[int, ...]]) -> dict[str, dict[str, float]]:
    """GFLOP/s by size, with the BLAS of this environment and with MLX's own where they differ."""
    settings = {"here": os.environ.get("MLX_COURSE_BLAS", "")}
    if machine.backends() == ["cpu"] and platform.system() == "Linux":
        settings["stock"] = "off"
    return {
        which: {str(n): child("rate", str(n), MLX_COURSE_BLAS=b) / 1e9 for n in sizes[which]}
        for which, b in settings.items()
    }


def _steps() -> dict[str, dict[str, float]]:
    """A training step in MLX, compiled and not, and in PyTorch; what is compared twice, in turn.

    Raises:
        UserError: MLX and PyTorch did not compute the same.
    """
    pair = ["mlx", "torch"] if importlib.util.find_spec("torch") else ["mlx"]
    turns = [*pair, "eager", *(pair if len(pair) > 1 else [])]
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as kernels:  # MLX compiles in the first turn alone
        for how in turns:
            run = child(how, run=MODEL, TMPDIR=kernels)
            best[how] = min(best.get(how, run), run, key=lambda x: x["seconds"])
    losses = [run["loss"] for run in best.values()]
    if max(losses) - min(losses) > AGREE * abs(losses[0]):
        raise UserError(f"The same step has other losses: {dict(zip(best, losses, strict=True))}.")
    return best


def _contract(root: Path) -> dict[str, Any]:
    """Seconds to build the notebooks' texts, to verify the contract, and of the checks in it."""
    from course.author import build, verify  # what they need, a learner's installation lacks

    start = time.perf_counter()
    build.texts(root)
    built = time.perf_counter()
    report = verify.verify(root)
    took = time.perf_counter() - built
    checks = sorted(report.seconds.values())
    count = len(checks)
    check = {"median": checks[count // 2], "slowest": checks[-1], "of": count, "all": count}
    return {"build seconds": built - start, "verify seconds": took, "check seconds": check}


def _grading(lessons: Path, copies: dict[str, int]) -> dict[str, Any]:
    """What it takes to grade six exercises, for a few submissions and for many."""
    import nbformat

    from course.author import build
    from course.grading import rate

    notebook = build.exercise_notebook(catalog.lessons(lessons)[0], solved=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "six.ipynb")
        nbformat.write(notebook, path)
        return rate.measure(lessons, path, copies, min(2, machine.cores()))


def child(*arguments: str, run: tuple[str, ...] = (), **settings: str) -> Any:
    """What another process measures, from a cold compile cache.

    Args:
        arguments: of its command line.
        run: what Python runs, such as ("-m", "course.model.speed"); course.bench without.
        settings: variables of its environment.

    Raises:
        UserError: it failed; the text is the last line that it wrote.
    """
    with tempfile.TemporaryDirectory() as cold:  # MLX keeps compiled kernels in TMPDIR
        env = {**os.environ, "TMPDIR": cold, "MLX_COURSE_HOME": cold, **settings}
        command = [sys.executable, *(run or RUN), *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise UserError(last.removeprefix("course.errors.UserError: "))
    return json.loads(done.stdout.splitlines()[-1])


def _cold(path: Path) -> dict[str, Any]:
    """A lesson's figures, or why there are none: the others are not lost with it."""
    try:
        return child("lesson", str(path))
    except UserError as mistake:
        return {"stopped": str(mistake)}
