"""time_ms, an exercise of lesson 02, lazy_graphs."""

import statistics

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

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
    soon as its result has been evaluated. Each run is cheaper than the last; the first costs more.
    """

    def __init__(self, rng):
        self.now, self.price = float(rng.uniform(0, 1)), 0.2
        self.ratio = float(rng.uniform(1.2, 1.4))
        self.results, self.read, self.paid = [], set(), set()
        self.computed = 0

    def work(self, x):
        self.now += 1e-3
        self.results.append(mx.exp(x) * x)
        return self.results[-1]

    def __call__(self):
        for i, y in enumerate(self.results):
            if i not in self.paid and measure.is_evaluated(y):
                self.now += self.price + (0.0 if self.paid else 0.5)
                self.price /= self.ratio
                self.paid.add(i)
        last = len(self.results) - 1
        self.computed += last > 0 and last not in self.read and last in self.paid
        self.read.add(last)
        return self.now


@time_ms.use
def _(answer, rng):
    x = mx.array(rng.normal(size=(3, 4)).astype(np.float32))
    clock = _FakeClock(rng)
    ms = answer(clock.work, x, clock, 5)
    return {
        "ms": ms,
        "calls": len(clock.results),
        "computed": clock.computed,
        "afterwards": sum(map(measure.is_evaluated, clock.results[1:])),
    }


time_ms.says(
    passed="The clock was read when the numbers were there, and not before.",
    ms="Milliseconds, by a clock that knows what was computed",
    calls="Calls of f (one to warm up, five to time)",
    computed="Timed results computed when the clock was first read after their call",
    afterwards="Timed results computed when you returned",
)


@time_ms.alternative
def _(f, x, clock, repeat):
    times = []
    for _ in range(1 + repeat):
        mx.synchronize()
        before = clock()
        np.array(f(x))
        times.append((clock() - before) * 1000)
    return sorted(times[1:])[repeat // 2]


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
    "You do evaluate, after you have read the clock: {ms} ms is the time to write the work down, "
    "and the work fell between two measurements. Which two lines should change places?",
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
    "Your warm-up calls `f` and throws the result away. Nothing was computed, so nothing got warm, "
    "and the first run that you timed paid for it: your median is {ms} ms and should be "
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


time_ms.hints(
    "When `f(x)` returns, what has been done?",
    "Between the two readings of the clock; and look at the warm-up with the same eyes.",
    "`start = clock()`, then `mx.eval(f(x))`, then `clock() - start`.",
)
