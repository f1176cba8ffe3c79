"""Fair measurements of MLX code: time, memory, graphs, traces.

Knows MLX. Does not know exercises: lessons, learners and checks all use the same functions.
Nothing here evaluates an array that you only asked about.
"""

import io
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import mlx.core as mx

# Bound once, so that a notebook that patches `mx.eval` still gets true measurements.
_eval, _synchronize, _export_to_dot = mx.eval, mx.synchronize, mx.export_to_dot
_NODE = re.compile(r'^\{ (\d+) \[label ="(.*)", shape=rectangle\]; \}$', re.MULTILINE)


class Stopwatch:
    """Seconds between entering and leaving a ``with stopwatch()`` block."""

    s: float = float("nan")

    @property
    def ms(self) -> float:
        return self.s * 1e3

    @property
    def us(self) -> float:
        return self.s * 1e6


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Time a block by the wall clock. It does not evaluate anything: that is up to the block.

    Example:
        >>> with stopwatch() as watch:
        ...     mx.eval(mx.ones((2, 2)) @ mx.ones((2, 2)))
        >>> watch.ms > 0
        True
    """
    watch = Stopwatch()
    start = time.perf_counter()
    try:
        yield watch
    finally:
        watch.s = time.perf_counter() - start


@dataclass(frozen=True)
class Timing:
    """Repeated timings of one call, in seconds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def spread(self) -> float:
        """(slowest - fastest) / median: 0.1 is a quiet machine, 1 a busy one."""
        return (max(self.seconds) - min(self.seconds)) / self.median

    def __str__(self) -> str:
        return (
            f"{_readable(self.median)} (median of {len(self.seconds)}, "
            f"{_readable(self.best)} to {_readable(max(self.seconds))})"
        )


def time_call(function: Callable, *args: Any, repeat: int = 5, warmup: int = 1) -> Timing:
    """Time ``function(*args)`` fairly: warm up, evaluate the result, synchronize, repeat.

    Args:
        function: called with ``args``; arrays anywhere in its result are evaluated.
        repeat: how many timed calls (at least 1).
        warmup: how many calls before them, which pay for compilation and first touches.
    """
    if repeat < 1:
        raise ValueError(f"[time_call] 'repeat' must be at least 1 but got {repeat}.")
    _eval(args)
    seconds = []
    for turn in range(warmup + repeat):
        start = time.perf_counter()
        _eval(function(*args))
        _synchronize()
        if turn >= warmup:
            seconds.append(time.perf_counter() - start)
    return Timing(tuple(seconds))


def peak_memory(function: Callable, *args: Any) -> int:
    """Bytes by which MLX's memory rose above its level before, while ``function(*args)`` ran
    and its result was evaluated. MLX's own count: Python objects and NumPy are not in it."""
    _eval(args)
    _synchronize()
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    _eval(function(*args))
    _synchronize()
    return max(0, mx.get_peak_memory() - before)


def copy_bandwidth(size: int | None = None) -> float:
    """Bytes a second that ``x + 1`` reads and writes here: the memory's roof.

    Args:
        size: bytes of x; by default 16 MB on a CPU, 256 MB on a GPU, whose launches cost more.
    """
    on_cpu = mx.default_device() == mx.Device(mx.cpu)
    x = mx.zeros(((size or (2**24 if on_cpu else 2**28)) // 4,))
    return 2 * x.nbytes / time_call(lambda x: x + 1, x, repeat=20).best


def matmul_rate(n: int = 1024) -> float:
    """Floating-point operations a second of an n × n float32 product here: arithmetic's roof."""
    a, b = mx.random.normal((n, n)), mx.random.normal((n, n))
    return 2 * n**3 / time_call(mx.matmul, a, b, repeat=3).best


def graph_text(*arrays: Any) -> str:
    """The graph of arrays still to be computed, as Graphviz dot text. Evaluates nothing.

    MLX walks the graph by recursion, and 70,000 operations in a row end a process with an ordinary
    stack. It gets one of 512 MB here, of which only what is used takes memory.
    """
    text = io.StringIO()
    found = _arrays_in(arrays)
    before = threading.stack_size(512 << 20)
    try:
        with ThreadPoolExecutor(1) as pool:  # a pool hands an error on; a bare thread prints it
            pool.submit(_export_to_dot, text, *found).result()
    finally:
        threading.stack_size(before)
    return text.getvalue()


def graph_ops(*arrays: Any) -> list[str]:
    """Names of the operations that are written down and not yet done, inputs first.

    Example:
        >>> graph_ops(mx.array([1.0]) * mx.array([2.0]))
        ['Multiply']
    """
    return [label for _, label in _NODE.findall(graph_text(*arrays))]


def graph_nodes(*arrays: Any) -> int:
    """How many operations are written down and not yet done to get these arrays.

    0 means that there is nothing left to write down: evaluated, a constant, or handed to
    ``mx.async_eval``.
    """
    return len(graph_ops(*arrays))


def fused_kernels(*arrays: Any) -> int:
    """How many of the pending operations are kernels that ``mx.compile`` fused."""
    return sum(op.startswith("Compiled") for op in graph_ops(*arrays))


# What changes how an array is read and passes over no memory.
VIEWS = {"Broadcast", "ExpandDims", "Flatten", "Reshape", "Slice", "Squeeze", "StopGradient",
         "Transpose", "Unflatten"}  # fmt: skip


def kernels(*arrays: Any) -> int:
    """How many of the pending operations pass over memory: fused ones and those that stand alone.

    Views count nothing. A reshape or a slice that MLX has to copy for is a pass too, and is not
    seen here.
    """
    return sum(op not in VIEWS for op in graph_ops(*arrays))


def ratio(one: Callable, other: Callable, *args: Any, repeat: int = 9) -> str:
    """How many times as long ``one(*args)`` takes as ``other(*args)``, in words, with its spread.

    Both are timed in turn, so that whatever else the machine does meets both.
    """
    pairs = [
        [time_call(function, *args, repeat=1, warmup=not turn).median for function in (one, other)]
        for turn in range(repeat)
    ]
    found = sorted(first / second for first, second in pairs)
    return f"{found[len(found) // 2]:.2f} times ({found[0]:.2f} to {found[-1]:.2f}, {repeat} pairs)"


def is_evaluated(array: mx.array) -> bool:
    """Whether nothing is pending for this array (see ``graph_nodes``)."""
    return graph_nodes(array) == 0


def count_runs(function: Callable, call: Callable[[], Any]) -> int:
    """How often the body of ``function`` runs while ``call()`` runs.

    Under ``mx.compile`` a body runs only to be traced, so this counts traces.

    Args:
        function: a Python function; what is counted is entries into its code object.
        call: called once with no argument.
    """
    code = getattr(function, "__code__", None)
    if code is None:
        raise TypeError(f"[count_runs] needs a Python function but got {type(function).__name__}.")
    runs = 0

    def profile(frame, event, _):
        nonlocal runs
        if event == "call" and frame.f_code is code:
            runs += 1

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(before)
    return runs


def _arrays_in(tree: Any) -> list[mx.array]:
    if isinstance(tree, mx.array):
        return [tree]
    if isinstance(tree, dict):  # nn.Module is one
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        return [array for item in tree for array in _arrays_in(item)]
    return []


def _readable(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
