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
    seen = {}
    for name in ("", "other_"):
        ratios = np.array([1.0, 17 / 9, 32 / 9, 22 / 9])[: int(rng.integers(2, 5))]
        sizes = rng.uniform(1e9, 3e9) * rng.permutation(ratios)
        seconds = rng.uniform(2e-3, 5e-3) + sizes / rng.uniform(2e11, 5e11)
        fixed, rate = answer(sizes, seconds)
        seen |= {f"{name}fixed": _plain(fixed) * 1e3, f"{name}rate": _plain(rate) / 1e9}
    return seen


fixed_cost.says(
    passed="Fewer bits shorten one of the two. In a small model the other is all there is.",
    fixed="Fixed time in ms",
    rate="GB a second",
    other_fixed="Fixed time in ms of another model",
    other_rate="GB a second of another model",
)


@fixed_cost.alternative
def _(sizes, seconds):
    first, last = np.argmin(sizes), np.argmax(sizes)
    rate = (sizes[last] - sizes[first]) / (seconds[last] - seconds[first])
    return seconds[first] - sizes[first] / rate, rate


@fixed_cost.misconception(
    "no_fixed_cost",
    "Your fixed time is {fixed} ms, and it is {fixed:expected}. Your rate is {rate} GB/s: all "
    "bytes by all seconds, so what a step does besides reading counts as slow memory. How does "
    "the time change when the bytes do?",
)
def _(sizes, seconds):
    return 0.0, sizes.sum() / seconds.sum()


@fixed_cost.misconception(
    "line_through_the_origin",
    "Your fixed time is {fixed} ms, and it is {fixed:expected}. Your rate is {rate} GB/s, that of "
    "the best line through the origin. A step that reads nothing would then take no time. Where "
    "does the line start?",
)
def _(sizes, seconds):
    return 0.0, (sizes @ sizes) / (sizes @ seconds)


@fixed_cost.misconception(
    "best_ratio",
    "Your rate is {rate} GB/s, and it is {rate:expected}: yours is the largest of the ratios of "
    "bytes and seconds. The more there is to read, the less the fixed time weighs. Does it ever "
    "weigh nothing?",
)
def _(sizes, seconds):
    rate = (sizes / seconds).max()
    return (seconds - sizes / rate).max(), rate


@fixed_cost.misconception(
    "shortest_time",
    "The rate is right. Your fixed time is {fixed} ms, and it is {fixed:expected}: yours is as "
    "long as the shortest step, and even that one read something. How long did that take?",
)
def _(sizes, seconds):
    return seconds.min(), 1 / np.polyfit(sizes, seconds, 1)[0]


@fixed_cost.misconception(
    "slope_is_the_rate",
    "The fixed time is right. Your rate is {rate} GB/s, and it is {rate:expected}: one over what "
    "it should be. The slope of a line of seconds over bytes has a unit. Which?",
)
def _(sizes, seconds):
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return fixed, slope


@fixed_cost.misconception(
    "fit_in_the_wrong_order",
    "Your fixed time is {fixed} ms, and it is {fixed:expected}: yours is the slope of the line, "
    "and your rate is one over its start. np.polyfit returns two numbers, which look alike. Which "
    "of them stands first?",
)
def _(sizes, seconds):
    fixed, slope = np.polyfit(sizes, seconds, 1)
    return fixed, 1 / slope


@fixed_cost.misconception(
    "fit_as_it_comes",
    "Your two numbers are the slope of the line and where it starts, as np.polyfit returns them. "
    "Asked are the fixed time and the rate. Which of the line's numbers is the fixed time, and "
    "what does the other say about a byte?",
)
def _(sizes, seconds):
    return tuple(np.polyfit(sizes, seconds, 1))


@fixed_cost.misconception(
    "rate_before_fixed",
    "Your two numbers are right, in the other order: the rate stands first. Which one does the "
    "statement name first?",
)
def _(sizes, seconds):
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return 1 / slope, fixed


@fixed_cost.misconception(
    "milliseconds",
    "The rate is right. Your fixed time is a thousand times what it should be, as in milliseconds. "
    "Which unit was asked for?",
)
def _(sizes, seconds):
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return 1e3 * fixed, 1 / slope


@fixed_cost.misconception(
    "gigabytes",
    "The fixed time is right. Your rate is a billionth of what it should be, as in GB a second. "
    "Which unit was asked for?",
)
def _(sizes, seconds):
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return fixed, 1e-9 / slope


fixed_cost.hints(
    "If twice the bytes do not take twice the time, what part of the time stayed the same?",
    "Seconds against bytes is a straight line. It does not start at zero, and its slope is seconds "
    "for each byte.",
    "`np.polyfit(sizes, seconds, 1)` returns slope and start; the rate is one over the slope.",
)
