"""What one process measures, and nothing else in it. Knows MLX; does not know the table."""

import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import mlx.core as mx

from course import machine, measure
from course.checking import runner
from course.content import catalog
from course.errors import UserError
from course.learner import rerun

LENGTH, PAIRS = 4_000_000, 10  # of the elementwise chain: numbers, multiply-and-adds
CHECKS = 30.0  # seconds for the checks, all together


def rate(n: str) -> float:
    """Operations a second of an n × n matrix product in float32."""
    return measure.matmul_rate(int(n))


def copy() -> float:
    """Bytes a second that x + 1 reads and writes."""
    return measure.copy_bandwidth()


def elementwise() -> dict[str, Any]:
    """A chain of multiplies and adds, eager and compiled: its seconds, its points on a roofline."""
    x = mx.random.normal((LENGTH,))

    def run(x: mx.array) -> mx.array:
        for _ in range(PAIRS):
            x = x * 0.999 + 0.001
        return x

    seconds = {"eager": measure.time_call(run, x, repeat=5).best}
    if machine.compiles():
        seconds["compiled"] = measure.time_call(mx.compile(run), x, repeat=5).best
    flops, passes = 2 * PAIRS * LENGTH, {"eager": 2 * PAIRS, "compiled": 1}
    points = {
        f"chain, {how}": [flops / (8 * passes[how] * LENGTH), flops / s]
        for how, s in seconds.items()
    }
    return {"seconds": seconds, "points": points}


def checks() -> dict[str, float]:
    """Seconds of a check of its solution, warm, for as many exercises as there is time for.

    One of each lesson in turn, so that no lesson is left out.

    Raises:
        UserError: this machine can run none of them.
    """
    lessons = [catalog.exercises(lesson) for lesson in catalog.lessons()]
    every = [x for x in chain.from_iterable(zip_longest(*lessons)) if x]
    seconds, end = [], time.perf_counter() + CHECKS
    for exercise in every:
        if time.perf_counter() > end:
            break
        if machine.lacks(exercise.needs):
            continue
        runner.check(exercise, exercise.own("solution"))
        start = time.perf_counter()
        runner.check(exercise, exercise.own("solution"))
        seconds.append(time.perf_counter() - start)
    if not seconds:
        raise UserError("There is no exercise that this machine can run.")
    median = statistics.median(seconds)
    return {"median": median, "slowest": max(seconds), "of": len(seconds), "all": len(every)}


def lesson(path: str) -> dict[str, float]:
    """Seconds and peak bytes of memory of one notebook's kernel; 0 bytes where not on POSIX.

    Args:
        path: of the notebook, which is copied first.

    Raises:
        UserError: a cell stopped, or the kernel died.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / Path(path).name
        copy.write_bytes(Path(path).read_bytes())
        start = time.perf_counter()
        stopped = rerun.rerun(copy).stopped
        seconds = time.perf_counter() - start
    if stopped:
        raise UserError(f"{Path(path).name}: {stopped[0]}")
    try:
        import resource

        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    except ImportError:
        peak = 0
    unit = 1 if platform.system() == "Darwin" else 1024
    return {"seconds": seconds, "peak bytes": peak * unit}


PARTS: dict[str, Callable[..., Any]] = {
    "rate": rate,
    "copy": copy,
    "elementwise": elementwise,
    "checks": checks,
    "lesson": lesson,
}
