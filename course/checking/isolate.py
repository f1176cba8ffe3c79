"""A sealed room for one run of somebody's code: time limit, bounded output, state put back.

Knows Python, signals and MLX's global state. Does not know exercises.
"""

import inspect
import io
import os
import random
import signal
import site
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import mlx.core as mx
import numpy as np

from course import machine

AGAIN = 2e-5  # seconds to the next alarm, once one has rung
KEEP_PRINTED = 1_000  # characters of the learner's own output that a verdict shows
HERE = str(Path(__file__).parents[1]) + os.sep  # the package: whatever lies in it is ours
LIBRARY = tuple(
    path + os.sep
    for path in (
        *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")),
        site.getusersitepackages(),
    )
)
_MLX = {name: value for name, value in vars(mx).items() if not name.startswith("__")}
# Nothing in MLX's own module is written in Python: these were replaced before we came.
_LOST = [name for name, value in _MLX.items() if inspect.isfunction(value)]


class TimeLimit(BaseException):
    """Raised inside code that ran too long. No Exception, so that `except Exception` lets it by."""


class Printed(io.TextIOBase):
    """Stands in for stdout and stderr: keeps the beginning and counts the rest."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.kept = ""
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        self.size += len(text)
        if len(self.kept) < KEEP_PRINTED:
            self.kept += text[: KEEP_PRINTED - len(self.kept)]
        return len(text)

    @property
    def text(self) -> str:
        more = self.size - len(self.kept)
        return self.kept.rstrip() + (f"\n… and {more:,} more characters" if more else "")


@contextmanager
def sealed(printed: Printed) -> Iterator[list[str]]:
    """Run a block with output caught and MLX's own functions in place; put all state back.

    Yields:
        Remarks for the learner, such as which functions of `mx` the notebook had replaced.
    """
    patched = {name: vars(mx).get(name) for name in _MLX if vars(mx).get(name) is not _MLX[name]}
    notes = [
        f"mx.{name} had been replaced in this notebook; the check used MLX's own."
        for name in patched
    ]
    notes += [
        f"mx.{name} had been replaced before the first check, which therefore cannot use MLX's "
        "own. Restart the kernel to have it back."
        for name in _LOST
    ]
    for name in patched:
        setattr(mx, name, _MLX[name])
    device = mx.default_device()
    streams = {kind: mx.default_stream(kind) for kind in _devices()}
    key, python_random, numpy_random = _key(), random.getstate(), np.random.get_state()
    if key is None:
        key = 0
        notes.append(
            "MLX's random state had been lost in an error inside a compiled function; it starts "
            "again from seed 0."
        )
    seed, numpy_errors = mx.random.seed, np.geterr()
    compiling, folder = machine.compiles(), _folder()
    out, err, limit = sys.stdout, sys.stderr, sys.getrecursionlimit()
    profile, trace = sys.getprofile(), sys.gettrace()
    sys.stdout = sys.stderr = printed
    try:
        yield notes
    finally:
        sys.settrace(trace)
        sys.setprofile(profile)
        sys.stdout, sys.stderr = out, err
        sys.setrecursionlimit(limit)
        random.setstate(python_random)
        np.random.set_state(numpy_random)
        for name in _MLX:  # what the learner's code patched while it ran
            if vars(mx).get(name) is not _MLX[name]:
                setattr(mx, name, _MLX[name])
        for stream in streams.values():
            mx.set_default_stream(stream)
        mx.set_default_device(device)
        if machine.compiles() != compiling:
            (mx.enable_compile if compiling else mx.disable_compile)()
        if folder and _folder() != folder:
            with suppress(OSError):  # the answer may have removed it
                os.chdir(folder)
        seed(key)
        np.seterr(**numpy_errors)
        for name, value in patched.items():
            setattr(mx, name, value)


def limited(seconds: float, function: Callable[[], Any]) -> Any:
    """Return ``function()``, or raise TimeLimit after ``seconds``, compilers' time not counted.

    Once it has rung, the alarm repeats so fast that code which swallows the exception is soon met
    outside its `try`. It cannot interrupt one long call into MLX, and there is none outside
    the main thread or on Windows.
    """
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        return function()
    start, compiling = time.perf_counter(), _children_seconds()
    guard = sys._getframe()
    running, rung = True, False

    def ring(_: int, frame: FrameType | None) -> None:
        nonlocal rung
        if not running:
            return
        used = time.perf_counter() - start - (_children_seconds() - compiling)
        rung = rung or used >= seconds
        if rung:
            stops = _below(frame, guard)
            # One ring, not a train of them: where a ring takes longer than AGAIN, as with a tracer
            # on a busy machine, they would pile up on each other.
            signal.setitimer(signal.ITIMER_REAL, AGAIN, 0.1)
            if stops:
                raise TimeLimit(seconds)

    def quiet(stray: Any) -> None:
        # Python prints what it cannot raise: a ring inside a __del__, or one that came too late.
        if stray.exc_type is not TimeLimit and "race condition" not in str(stray.exc_value):
            hook(stray)

    hook, sys.unraisablehook = sys.unraisablehook, quiet
    handler = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        return function()
    finally:
        running = False  # first: a ring that is already on its way must not start the alarm again
        signal.setitimer(signal.ITIMER_REAL, 0)
        if rung:
            _drain()
        signal.signal(signal.SIGALRM, handler)
        sys.unraisablehook = hook
        if left:
            elapsed = time.perf_counter() - start
            signal.setitimer(signal.ITIMER_REAL, max(1e-3, left - elapsed), interval)


def _drain() -> None:
    """Take an alarm that is still on its way, perhaps to another thread: the handler after ours
    may be the one that ends the process."""
    if hasattr(signal, "sigtimedwait"):
        signal.sigtimedwait([signal.SIGALRM], 1e-3)
    else:
        time.sleep(1e-3)


@contextmanager
def watched(
    ours: str = "", called: Callable[[FrameType], Callable[[Any], None] | None] | None = None
) -> Iterator[list[str]]:
    """Note every NotImplementedError that starts in code which is neither ours nor a library's,
    even when something catches it later.

    Args:
        ours: one more file that is not an answer.
        called: is called with the frame of each call into such code that no other such call made,
            in this thread; what it returns is called with the result when that call ends. None says
            that the frame is of no interest; it is then asked about those that it calls.

    Yields:
        The messages, in order.
    """
    messages: list[str] = []
    outer: FrameType | None = None
    ended: Callable[[Any], None] | None = None
    here = threading.get_ident()

    def on_event(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal outer, ended
        if event == "exception" and issubclass(arg[0], NotImplementedError) and not arg[2].tb_next:
            messages.append(message(arg[1]) if isinstance(arg[1], BaseException) else "")
        elif event == "return" and frame is outer and ended:
            outer, then = None, ended
            then(arg)
        return on_event

    def on_call(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal outer, ended
        file = frame.f_code.co_filename
        if file == ours or not is_foreign(file):
            return None
        frame.f_trace_lines = False
        if called and outer is None and threading.get_ident() == here:
            ended = called(frame)
            outer = frame if ended else None
        return on_event

    before, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(on_call)
    threading.settrace(on_call)  # for threads that the answer starts
    try:
        yield messages
    finally:
        sys.settrace(before)
        threading.settrace(in_threads)


def message(error: BaseException) -> str:
    """What an exception says; a learner's own class may fail even at that."""
    try:
        return str(error)
    except TimeLimit:
        raise
    except BaseException:
        return "(its message cannot be shown)"


def is_foreign(filename: str) -> bool:
    """Whether code of this file is somebody's answer: neither this library nor an installed one.

    Lessons are answers too: their solutions and misconceptions run as a learner's code does.
    """
    if filename.startswith(HERE):
        return filename.startswith(f"{HERE}lessons{os.sep}")
    return not filename.startswith((*LIBRARY, "<frozen", "<__array_function__"))


def _below(frame: FrameType | None, guard: FrameType) -> bool:
    """Whether an alarm may stop this frame: it is below the guard, and no clean-up of ours."""
    if frame is None or frame.f_code.co_filename in (__file__, contextmanager.__code__.co_filename):
        return False
    while frame is not None and frame is not guard:
        frame = frame.f_back
    return frame is guard


def _children_seconds() -> float:
    """CPU seconds of finished child processes: the g++ that mx.compile starts on a CPU."""
    with suppress(ImportError):
        import resource

        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    return 0.0


def _devices() -> list[mx.Device]:
    return [mx.Device(kind) for kind in (mx.cpu, mx.gpu) if mx.is_available(mx.Device(kind))]


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _key() -> int | None:
    """MLX's random state as the seed that recreates it; None where it cannot be evaluated."""
    try:
        high, low = mx.random.state[0].tolist()  # pyright: ignore[reportIndexIssue]
    except (RuntimeError, ValueError):  # a compiled function failed and left its placeholder there
        return None
    return high << 32 | low
