"""time_ms, an exercise of lesson 02, lazy_graphs."""

import statistics

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

from .common import _replaced

time_ms = exercise(minutes=8, level=2)


@time_ms.solution
def _(f, x, clock, repeat):
    """Time `f(x)`: call it once to warm up, then `repeat` times, and return the median in
    milliseconds.

        f:       takes an array, returns an array
        x:       evaluated
        clock(): seconds as a float, such as time.perf_counter; only differences mean anything
        repeat:  odd

    What counts is the time to get the numbers of f(x). The warm-up pays whatever the first run
    alone has to pay. If the timed runs take 0.003, 0.002 and 0.007 s, the result is 3.0.
    """
    mx.eval(f(x))
    seconds = []
    for _ in range(repeat):
        start = clock()
        mx.eval(f(x))
        seconds.append(clock() - start)
    return statistics.median(seconds) * 1e3


class _FakeClock:
    """Time that passes when work is done: 1 ms to write a call of ``work`` down, and its price as
    soon as its result has been evaluated. The first run costs more. The second and the
    last run are cheap and the middle one is dear, so that one run more or less shows.
    """

    def __init__(self, rng, repeat):
        self.now = float(rng.uniform(0, 1))
        sizes = np.cumsum(rng.uniform(0.01, 0.03, size=repeat + 1)).tolist()
        first, second, last, *others = sizes
        # the second and the last run are cheap, the middle one is the dearest
        dear = [others.pop(), *rng.permutation(others).tolist()]
        at = repeat // 2 - 1
        self.prices = [first, second, *dear[1 : at + 1], dear[0], *dear[at + 1 :], last]
        self.handed_over = []
        self.results, self.read, self.paid = [], set(), set()
        self.computed = 0

    def work(self, x):
        self.now += 1e-3
        self.results.append(mx.exp(x) * x)
        return self.results[-1]

    def hand_over(self, *arrays):
        """Stands in for mx.async_eval on a machine that begins when somebody waits."""
        self.handed_over.extend(arrays)

    def wait(self, *_, **__):
        mx.eval(self.handed_over)

    def __call__(self):
        for i, y in enumerate(self.results):
            if i not in self.paid and measure.is_evaluated(y):
                self.now += (
                    self.prices[len(self.paid)] if len(self.paid) < len(self.prices) else 0.1
                )
                self.now += 0.0 if self.paid else 0.5
                self.paid.add(i)
        last = len(self.results) - 1
        self.computed += last > 0 and last not in self.read and last in self.paid
        self.read.add(last)
        return self.now


@time_ms.use
def _(answer, rng):
    x = mx.array(rng.normal(size=(3, int(rng.integers(1, 6)))).astype(np.float32))
    repeat = int(rng.choice([5, 7]))
    clock = _FakeClock(rng, repeat)
    with _replaced(answer, async_eval=clock.hand_over, synchronize=clock.wait):
        ms = answer(clock.work, x, clock, repeat)
    return {
        "ms": ms,
        "calls": len(clock.results),
        "computed": clock.computed,
        "afterwards": sum(map(measure.is_evaluated, clock.results[1:])),
    }


time_ms.says(
    passed="The clock was read when the numbers were there, and not before.",
    ms="Milliseconds, by a clock that knows what was computed",
    calls="Calls of f (one to warm up, then those to time)",
    computed="Timed results computed when the clock was first read after their call",
    afterwards="Timed results computed when you returned",
)


@time_ms.alternative
def _(f, x, clock, repeat):
    times = []
    for _ in range(1 + repeat):
        before = clock()
        np.array(f(x))
        times.append((clock() - before) * 1000)
    return float(np.median(times[1:]))


@time_ms.misconception(
    "bench_without_eval",
    "You measured {ms} ms. That is how long it takes to write the work down: {computed} of your "
    "timed results had been computed when you read the clock. `f` returned, and for a function "
    "that hands back a lazy array that says nothing. What has to happen before you look at the "
    "clock the second time?",
)
def _(f, x, clock, repeat):
    mx.eval(f(x))
    seconds = []
    for _ in range(repeat):
        start = clock()
        f(x)
        seconds.append(clock() - start)
    return statistics.median(seconds) * 1e3


@time_ms.misconception(
    "eval_after_the_clock",
    "All results were computed, and {computed} of them when the clock was first read after the "
    "call: {ms} ms is the time to write the work down, and the work fell between two "
    "measurements. What should come before the second look at the clock?",
)
def _(f, x, clock, repeat):
    mx.eval(f(x))
    seconds = []
    for _ in range(repeat):
        start = clock()
        y = f(x)
        seconds.append(clock() - start)
        mx.eval(y)
    return statistics.median(seconds) * 1e3


@time_ms.misconception(
    "only_the_last_computed",
    "Of your timed results {computed} was evaluated, the last. The others were overwritten before "
    "anyone asked for them, so MLX never computed them, and the time of one run was divided by the "
    "number of all: {ms} ms. An array that nobody asks for costs nothing.",
)
def _(f, x, clock, repeat):
    mx.eval(f(x))
    start = clock()
    for _ in range(repeat):
        y = f(x)
    mx.eval(y)
    return (clock() - start) / repeat * 1e3


@time_ms.misconception(
    "lazy_warm_up",
    "The result of your warm-up was never computed. Calling `f` looks like running it; nothing got "
    "warm, and the first run that you timed paid for it: your median is {ms} ms and should be "
    "{ms:expected}. What would make the warm-up do its work?",
)
def _(f, x, clock, repeat):
    f(x)
    seconds = []
    for _ in range(repeat):
        start = clock()
        mx.eval(f(x))
        seconds.append(clock() - start)
    return statistics.median(seconds) * 1e3


@time_ms.misconception(
    "no_warm_up",
    "The first run is among those that you timed. It pays for what is done once, such as compiling "
    "a kernel or touching memory for the first time: {ms} ms instead of {ms:expected}. The "
    "statement gives the first call a name of its own.",
)
def _(f, x, clock, repeat):
    seconds = []
    for _ in range(repeat):
        start = clock()
        mx.eval(f(x))
        seconds.append(clock() - start)
    return statistics.median(seconds) * 1e3


@time_ms.misconception(
    "fastest_run",
    "Your {ms} ms are the fastest of the timed runs. The fastest is a fair choice for a benchmark, "
    "and the statement asks for another one. Which?",
)
def _(f, x, clock, repeat):
    mx.eval(f(x))
    seconds = []
    for _ in range(repeat):
        start = clock()
        mx.eval(f(x))
        seconds.append(clock() - start)
    return min(seconds) * 1e3


@time_ms.misconception(
    "seconds_for_ms",
    "Your {ms} is the median in seconds. The clock speaks in seconds; in what does the statement "
    "want the result?",
)
def _(f, x, clock, repeat):
    mx.eval(f(x))
    seconds = []
    for _ in range(repeat):
        start = clock()
        mx.eval(f(x))
        seconds.append(clock() - start)
    return statistics.median(seconds)


time_ms.hints(
    "When `f(x)` returns, what has been done?",
    "Between the two readings of the clock; and look at the warm-up with the same eyes.",
    "`start = clock()`, then `mx.eval(f(x))`, then `clock() - start`.",
)
