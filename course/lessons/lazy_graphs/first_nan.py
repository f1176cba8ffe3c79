"""first_nan, an exercise of lesson 02, lazy_graphs."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

first_nan = exercise(minutes=6, level=2)


@first_nan.solution
def _(stages, x):
    """Find where a computation goes bad: return the name of the first stage whose output contains
    a nan, or None if none does.

        stages: a list of (name, function) pairs; the output of each is the input of the next
        x:      the first stage's input, a float32 array without nan
        result: a string, or None

    Infinities are legal. Once a nan is found, the stages after it are not called.

    For x = [0, 1] and the stages ("log", mx.log), ("square", mx.square), ("centre", h - h.max()),
    ("double", 2 h) the outputs are [-inf, 0], [inf, 0], [nan, -inf] and [nan, -inf], so the result
    is "centre".
    """
    for name, stage in stages:
        x = stage(x)
        if mx.isnan(x).any():
            return name
    return None


@first_nan.use
def _(answer, rng):
    rows = int(rng.integers(2, 6))
    x = mx.array(rng.uniform(0.5, 1, size=(rows, 3)).astype(np.float32))
    row = int(rng.integers(rows))
    hot = mx.array((np.arange(rows) == row).astype(np.float32))[:, None] * mx.array([0, 200.0, 0])
    calls, outputs = [], [x]

    def stage(name, function):
        def counted(h):
            calls.append(mx.array_equal(h, outputs[-1], equal_nan=True))
            outputs.append(function(h))
            return outputs[-1]

        return name, counted

    overflow = [
        stage("scale", lambda h: h + hot),
        stage("exp", mx.exp),
        stage("normalize", lambda h: h / h.sum(axis=-1, keepdims=True)),
        stage("centre", lambda h: h - h.sum()),
        stage("shift", lambda h: h + 1),
    ]
    signed = [
        stage("shift", lambda h: h - mx.array([0.0, 2.0, 0.0])),
        stage("divide", lambda h: h / 0.0),
        stage("negate", lambda h: -h),
    ]
    found = answer(overflow, x)
    stages_run, chained = len(calls), int(sum(calls))
    return {
        "overflow": found,
        "stages_run": stages_run,
        "chained": chained,
        "infinite": answer(signed, x),
        "healthy": answer(signed[:1], x),
    }


first_nan.says(
    passed="It stops where the nan is born.",
    overflow="For an exp that overflows before it is normalized",
    stages_run="Stages called for that",
    chained="Stages given what the one before returned",
    infinite="For outputs with infinities and no nan",
    healthy="For a computation without either",
)


@first_nan.alternative
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if np.isnan(np.array(x)).any():
            return name


@first_nan.alternative
def _(stages, x):
    return next((name for name, stage in stages if ((x := stage(x)) != x).any()), None)


@first_nan.misconception(
    "compared_with_nan",
    "You found no nan anywhere. One looks for a value by comparing with it, and nan is the value "
    "that equals nothing, not even itself: `x == nan` is False everywhere. What can you ask of a "
    "number that is not equal to itself?",
)
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if (x == float("nan")).any():
            return name
    return None


@first_nan.misconception(
    "each_on_the_input",
    "Only {chained} of the stages you called was given what the one before it returned. You ran "
    "each on `x` itself, and a stage that is sound on `x` may fail on what really reaches it. What "
    "should `x` be when the second stage is called?",
)
def _(stages, x):
    for name, stage in stages:
        if mx.isnan(stage(x)).any():
            return name
    return None


@first_nan.misconception(
    "only_the_end",
    "You named the last stage, {overflow}. A nan spreads through everything that follows, so the "
    "end of the chain tells that there is one and not where it came from. Look at the output of "
    "each stage.",
)
def _(stages, x):
    for _, stage in stages:
        x = stage(x)
    return stages[-1][0] if mx.isnan(x).any() else None


@first_nan.misconception(
    "infinities_count",
    "You stopped at {overflow}, whose output has an infinity and no nan. Infinities often come "
    "first, and the statement allows them; many programs need them, a mask for instance.",
)
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if not mx.isfinite(x).all():
            return name
    return None


@first_nan.misconception(
    "all_must_be_nan",
    "Your answer goes past a stage that spoils some entries and not all. A bad stage often spoils "
    "a single entry, wherever it is, and one is enough to spoil the result later. Which entries "
    "does your answer look at?",
)
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if mx.isnan(x).all():
            return name
    return None


@first_nan.misconception(
    "nan_of_the_sum",
    "For outputs with +inf and -inf, and no nan, you answered {infinite}. A sum or a mean is nan "
    "when an entry is; and also when two infinities of opposite sign meet in it. What can you ask "
    "of each entry?",
)
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if mx.isnan(x.sum()):
            return name
    return None


first_nan.hints(
    "What does MLX do when a nan comes up: does anything tell you?",
    "After each stage: does its output contain a nan? Python needs a yes or a no there.",
    "`if mx.isnan(x).any(): return name`, inside the loop.",
)
