"""Fair measurements of MLX code: time, memory, graphs, traces.

Knows MLX. Does not know exercises: lessons, learners and checks all use the same functions. The
functions that read a graph (``graph_ops``, ``is_evaluated`` and the like) evaluate nothing.
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

# Bound once: a notebook that replaces `mx.eval` still gets true measurements.
_eval, _synchronize, _export_to_dot = mx.eval, mx.synchronize, mx.export_to_dot
_NODE = re.compile(r'^\{ (\d+) \[label ="(.*)", shape=rectangle\]; \}$', re.MULTILINE)


class Stopwatch:
    """The time that a ``with stopwatch()`` block took; nan until the block has ended.

    Attributes:
        s: seconds.
    """

    s: float = float("nan")

    @property
    def ms(self) -> float:
        """Milliseconds."""
        return self.s * 1e3

    @property
    def us(self) -> float:
        """Microseconds."""
        return self.s * 1e6


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """A context that times its block by the wall clock. It evaluates nothing: the block must.

    Yields:
        A Stopwatch, to be read after the block.

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
    """Repeated timings of one call. As text: the median, how many there are, least and most.

    Args:
        seconds: one number for each timed call, in seconds.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds: half of the calls took less."""
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        """Seconds of the fastest call."""
        return min(self.seconds)

    @property
    def spread(self) -> float:
        """(slowest - fastest) / median: 0.1 means a quiet machine, 1 a busy one."""
        return (max(self.seconds) - min(self.seconds)) / self.median

    def __str__(self) -> str:
        return (
            f"{_readable(self.median)} (median of {len(self.seconds)}, "
            f"{_readable(self.best)} to {_readable(max(self.seconds))})"
        )


def time_call(function: Callable, *args: Any, repeat: int = 5, warmup: int = 1) -> Timing:
    """The seconds that ``function(*args)`` takes, timed ``repeat`` times.

    ``args`` are evaluated first. A timed call lasts until its result is evaluated and the default
    stream has nothing left to do.

    Args:
        function: called with ``args``; all arrays in its result are evaluated.
        args: arrays or anything else.
        repeat: how many calls are timed; at least 1.
        warmup: how many calls come before them untimed. They pay for compilation and for memory
            that is used for the first time.

    Raises:
        ValueError: ``repeat`` is less than 1.

    Example:
        >>> timing = time_call(mx.matmul, mx.ones((64, 64)), mx.ones((64, 64)), repeat=3)
        >>> len(timing.seconds), timing.best <= timing.median
        (3, True)
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
    """Bytes by which MLX's memory rose at most while ``function(*args)`` ran and was evaluated.

    MLX counts its own arrays: Python objects and NumPy's arrays are left out. MLX's peak counter is
    set back.

    Args:
        function: called once; all arrays in its result are evaluated.
        args: evaluated before, so they do not count.

    Example:
        >>> peak_memory(lambda: mx.zeros((256, 256))) >= 256 * 256 * 4
        True
    """
    _eval(args)
    _synchronize()
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    _eval(function(*args))
    _synchronize()
    return max(0, mx.get_peak_memory() - before)


def copy_bandwidth(size: int | None = None) -> float:
    """Bytes a second that ``x + 1`` reads and writes on the default device: the memory's roof.

    The fastest of 20 calls counts. Takes well under a second with the default size.

    Args:
        size: bytes of x. By default 2**24 on a CPU, and 2**28 on a GPU, where starting a kernel
            would otherwise count too much.
    """
    on_cpu = mx.default_device() == mx.Device(mx.cpu)
    x = mx.zeros(((size or (2**24 if on_cpu else 2**28)) // 4,))
    return 2 * x.nbytes / time_call(lambda x: x + 1, x, repeat=20).best


def matmul_rate(n: int = 1024) -> float:
    """Floating-point operations a second of a float32 product: the arithmetic's roof.

    A product counts 2 n³ operations. The fastest of 3 calls on the default device counts.

    Args:
        n: rows and columns of both matrices.
    """
    a, b = mx.random.normal((n, n)), mx.random.normal((n, n))
    return 2 * n**3 / time_call(mx.matmul, a, b, repeat=3).best


def graph_text(*arrays: Any) -> str:
    """The pending operations of some arrays, as Graphviz dot text. Evaluates nothing.

    Args:
        arrays: arrays, or trees of them (lists, tuples, dicts, modules).
    """
    # MLX walks the graph by recursion: with an ordinary stack 70,000 operations in a row end the
    # process. Of these 512 MB only what is used takes memory.
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
    """Names of the pending operations of some arrays, inputs first. Evaluates nothing.

    An operation is pending when it was written down and is not computed yet.

    Args:
        arrays: arrays, or trees of them (lists, tuples, dicts, modules).

    Example:
        >>> graph_ops(mx.array([1.0]) * mx.array([2.0]))
        ['Multiply']
    """
    return [label for _, label in _NODE.findall(graph_text(*arrays))]


def graph_nodes(*arrays: Any) -> int:
    """How many operations are pending for some arrays. Evaluates nothing.

    0 for an array that was evaluated, is a constant, or was given to ``mx.async_eval``.

    Args:
        arrays: arrays, or trees of them (lists, tuples, dicts, modules).

    Example:
        >>> x = mx.array([1.0])
        >>> graph_nodes(x), graph_nodes(mx.exp(x) * x)
        (0, 2)
    """
    return len(graph_ops(*arrays))


def fused_kernels(*arrays: Any) -> int:
    """How many of the pending operations are kernels that ``mx.compile`` fused.

    Args:
        arrays: arrays, or trees of them (lists, tuples, dicts, modules).
    """
    return sum(op.startswith("Compiled") for op in graph_ops(*arrays))


# Operations that change how an array is read, without a pass over its memory.
VIEWS = {"Broadcast", "ExpandDims", "Flatten", "Reshape", "Slice", "Squeeze", "StopGradient",
         "Transpose", "Unflatten"}  # fmt: skip


def kernels(*arrays: Any) -> int:
    """How many of the pending operations pass over memory: all but the VIEWS.

    A reshape or a slice for which MLX has to copy is a pass too, and is not counted here.

    Args:
        arrays: arrays, or trees of them (lists, tuples, dicts, modules).

    Example:
        >>> kernels(mx.exp(mx.array([[1.0, 2.0]]).T))
        1
    """
    return sum(op not in VIEWS for op in graph_ops(*arrays))


def ratio(one: Callable, other: Callable, *args: Any, repeat: int = 9) -> str:
    """How many times as long ``one(*args)`` takes as ``other(*args)``, as text.

    The text has the median, the least and the most of all pairs. The two are timed in turn, so
    other work on the machine slows both.

    Args:
        one: called with ``args``; its time is divided by that of ``other``.
        other: called with ``args``.
        args: arrays or anything else.
        repeat: how many pairs are timed; at least 1.

    Example:
        >>> ratio(mx.exp, mx.abs, mx.ones(1000))  # doctest: +SKIP
        '1.35 times (1.21 to 1.62, 9 pairs)'
    """
    pairs = [
        [time_call(function, *args, repeat=1, warmup=not turn).median for function in (one, other)]
        for turn in range(repeat)
    ]
    found = sorted(first / second for first, second in pairs)
    return f"{found[len(found) // 2]:.2f} times ({found[0]:.2f} to {found[-1]:.2f}, {repeat} pairs)"


def is_evaluated(array: mx.array) -> bool:
    """Whether no operation is pending for an array: ``graph_nodes(array) == 0``.

    Args:
        array: it is not evaluated by asking.
    """
    return graph_nodes(array) == 0


def count_runs(function: Callable, call: Callable[[], Any]) -> int:
    """How often the body of ``function`` runs while ``call()`` runs.

    Under ``mx.compile`` a body runs only when it is traced, so this counts traces.

    Args:
        function: a Python function. Entries into its code object are counted, so a wrapped or
            compiled version of it counts too.
        call: called once without arguments.

    Raises:
        TypeError: ``function`` is no Python function, such as a compiled one.

    Example:
        >>> def double(x):
        ...     return 2 * x
        >>> fast = mx.compile(double)
        >>> count_runs(double, lambda: [fast(mx.ones(3)) for _ in range(5)])
        1
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
