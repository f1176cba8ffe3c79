"""fixed_cost, an exercise of lesson 12, performance."""

import numpy as np

from course.exercise import exercise

from .common import _plain

fixed_cost = exercise(minutes=8, level=2)


@fixed_cost.solution
def _(sizes, seconds):
    """What a step costs when there is nothing to read.

    The same model was run with several numbers of bits. `sizes` are the bytes that a step read
    each time, `seconds` what it took, both NumPy arrays of shape (N,). A step takes a fixed time,
    for starting kernels and the like, and then reads at a constant rate; here that holds without
    noise. Return the two: the fixed time in seconds, and the rate in bytes a second.
    With sizes 1e9, 2e9, 4e9 and seconds 0.013, 0.023, 0.043: 0.003 and 1e11.
    """
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return fixed, 1 / slope


@fixed_cost.use
def _(answer, rng):
    sizes = rng.uniform(1e9, 3e9) * np.array([1.0, 17 / 9, 32 / 9])
    rng.shuffle(sizes)
    seconds = rng.uniform(2e-3, 5e-3) + sizes / rng.uniform(2e11, 5e11)
    fixed, rate = answer(sizes, seconds)
    return {"fixed": _plain(fixed) * 1e3, "rate": _plain(rate) / 1e9}


fixed_cost.says(
    passed="Fewer bits shorten one of the two. In a small model the other is all there is.",
    fixed="Fixed time in ms",
    rate="GB a second",
)


@fixed_cost.alternative
def _(sizes, seconds):
    first, last = np.argmin(sizes), np.argmax(sizes)
    rate = (sizes[last] - sizes[first]) / (seconds[last] - seconds[first])
    return seconds[first] - sizes[first] / rate, rate


@fixed_cost.misconception(
    "no_fixed_cost",
    "Your rate is {rate} GB/s, and it is {rate:expected}. Bytes were divided by the whole time, so "
    "what the step does besides reading counts as slow memory. How does the time change when the "
    "bytes do?",
)
def _(sizes, seconds):
    return 0.0, sizes.sum() / seconds.sum()


@fixed_cost.misconception(
    "best_ratio",
    "Your rate is {rate} GB/s, and it is {rate:expected}: the best of the ratios. The more there "
    "is to read, the less the fixed time weighs; it never weighs nothing.",
)
def _(sizes, seconds):
    rate = (sizes / seconds).max()
    return (seconds - sizes / rate).max(), rate


@fixed_cost.misconception(
    "shortest_time",
    "Your fixed time is {fixed} ms, and it is {fixed:expected}. The shortest step was taken for "
    "it, and even that one read something.",
)
def _(sizes, seconds):
    return seconds.min(), 1 / np.polyfit(sizes, seconds, 1)[0]


@fixed_cost.misconception(
    "slope_is_the_rate",
    "The fixed time is right. Your rate is {rate} GB/s, and it is {rate:expected}. The slope of "
    "seconds over bytes has the unit seconds for each byte.",
)
def _(sizes, seconds):
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return fixed, slope


@fixed_cost.misconception(
    "fit_in_the_wrong_order",
    "Your fixed time is {fixed} ms, and it is {fixed:expected}. np.polyfit gives the highest power "
    "first: the slope, then where the line starts.",
)
def _(sizes, seconds):
    fixed, slope = np.polyfit(sizes, seconds, 1)
    return fixed, 1 / slope


fixed_cost.hints(
    "If twice the bytes do not take twice the time, what part of the time stayed the same?",
    "Seconds against bytes is a straight line. It does not start at zero, and its slope is seconds "
    "for each byte.",
    "`np.polyfit(sizes, seconds, 1)` returns slope and start; the rate is one over the slope.",
)
