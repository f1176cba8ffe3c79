"""Our own answers, run on every seed: in this process, and in a fresh one.

Knows how they are run and how long they may take. Does not know what must come out
(course.author.contract).
"""

import ctypes
import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import mlx.core as mx

from course.checking import isolate, observe
from course.checking.isolate import TimeLimit
from course.checking.observe import Run
from course.content import catalog
from course.content.catalog import Lesson
from course.errors import UserError
from course.exercise import Exercise

Runs = dict[str, list[Run]]  # label of an answer of ours -> its run on each seed
SEEDS = set(range(5))
SECONDS = 1.0  # of this process's CPU time, for one run of an answer of ours
HANG = 30.0  # seconds of wall clock, which only end an answer that does not end by itself
FRESH_HANG = 600.0  # the same for a fresh process with all answers of a lesson


def runs_of(exercise: Exercise) -> Runs:
    """Every answer of ours on every seed, fresh.

    Raises:
        UserError: an answer takes more than a second of CPU time, twice; it does not end; a value's
            answer raises.
    """
    with _one_blas_thread():
        return {
            label: [_run(exercise, label, seed) for seed in sorted(SEEDS)]
            for label in exercise.labels_of_own()
        }


def _run(exercise: Exercise, label: str, seed: int) -> Run:
    for _ in range(2):  # the first run may import what an answer needs
        # CPU time, without children: other programs of a busy machine and compilers do not count.
        start = time.process_time()
        with isolate.sealed(isolate.Printed()):
            try:
                run = isolate.limited(
                    HANG, lambda: observe.run(exercise, exercise.own(label), seed)
                )
            except TimeLimit:
                raise UserError(f"{label} did not end in {HANG:g} s on seed {seed}") from None
            except Exception as error:
                raise UserError(f"{label} raises {type(error).__name__}: {error}") from None
        if time.process_time() - start < SECONDS:
            return run
    raise UserError(f"{label} takes more than {SECONDS:g} s of CPU time on seed {seed}")


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """OpenBLAS's threads wait by spinning, which counts as CPU time; so there is one of them."""
    if sys.platform == "win32" or not hasattr(ctypes.CDLL(None), "openblas_set_num_threads"):
        yield  # another BLAS
        return
    library = ctypes.CDLL(None)
    before = library.openblas_get_num_threads()
    library.openblas_set_num_threads(1)
    try:
        yield
    finally:
        library.openblas_set_num_threads(before)


def fresh_runs(lesson: Lesson, exercises: list[Exercise]) -> Callable[[], dict[str, Runs]]:
    """A function that waits for ``runs_of`` these exercises in a fresh process, which starts now.

    Args:
        lesson: the one that the exercises are of.
        exercises: those to run.

    Returns:
        A function of no arguments: it returns exercise name -> runs, and raises UserError where
        the process failed or did not end.
    """
    folder = tempfile.TemporaryDirectory()
    file = Path(folder.name) / "runs"
    names = json.dumps([exercise.name for exercise in exercises])
    device = "cpu" if mx.default_device() == mx.Device(mx.cpu) else "gpu"
    place = [str(lesson.folder.parent.resolve()), lesson.slug, names, str(file), device]
    process = subprocess.Popen(
        [sys.executable, "-m", "course.author.trials", *place],
        cwd=Path(__file__).parents[2],  # so that the child finds this very library
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )

    def wait() -> dict[str, Runs]:
        with folder:
            try:
                _, said = process.communicate(timeout=FRESH_HANG)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise UserError(
                    f"{lesson.slug}: a fresh process did not end in {FRESH_HANG:g} s."
                ) from None
            if process.returncode:
                last = said.strip().splitlines() or ["nothing"]
                raise UserError(f"{lesson.slug}: a fresh process failed: {last[-1]}")
            return pickle.loads(file.read_bytes())  # written by our own child, just now

    return wait


def _in_fresh_process(root: str, slug: str, names: str, file: str, device: str) -> None:
    mx.set_default_device(mx.Device(getattr(mx, device)))
    lesson = next(lesson for lesson in catalog.lessons(Path(root)) if lesson.slug == slug)
    fresh = {name: runs_of(catalog.exercise(lesson, name)) for name in json.loads(names)}
    Path(file).write_bytes(pickle.dumps(fresh))


if __name__ == "__main__":
    _in_fresh_process(*sys.argv[1:])
