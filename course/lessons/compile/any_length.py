"""any_length, an exercise of lesson 04, compile."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

any_length = exercise(minutes=6, level=2, needs=("compile",))


@any_length.solution
def _(score):
    """One compiled function for tables of any length.

    `score(x)` takes x of shape (N, D) and gives a weight for each row, shape (N, 1). Return a
    compiled function of x that gives the mean over the N rows of score(x) * x, shape (D,). It will
    be called with one N and then with others, and `score` must run once in all: the function is
    traced for the first array and never again.
    With a score of 2 for every row and the rows [3] and [1], the answer is [4].
    """
    return mx.compile(lambda x: (score(x) * x).mean(axis=0), shapeless=True)


@any_length.use(first="reduction", later="reduction", traces="reading", fused="reading")
def _(answer, rng):
    runs = 0

    def score(x):
        nonlocal runs
        runs += 1
        return mx.abs(x).sum(axis=1, keepdims=True) + 1

    tables = [mx.array(rng.normal(size=(n, 2)).astype(np.float32)) for n in (3, 5, 4)]
    mx.eval(tables)
    function = answer(score)
    results = [function(x) for x in tables]
    return {
        "fused": measure.fused_kernels(results[0]) > 0,
        "traces": runs,
        "first": results[0],
        "later": mx.concatenate([y.reshape(-1) for y in results[1:]]),
    }


any_length.says(
    passed="The price: MLX cannot check your promise. Now you have kept it.",
    fused="Is there a fused kernel",
    traces="How often `score` ran, for tables of three lengths",
    first="For the first table",
    later="For the two tables after it",
)


@any_length.alternative
def _(score):
    def mean(x):
        weighted = mx.multiply(x, score(x))
        return weighted.sum(axis=0) / mx.ones_like(x).sum(axis=0)

    return mx.compile(mean, shapeless=True)


@any_length.misconception(
    "shape_written_into_the_trace",
    "The first call is right. After it you have {later} where {later:expected} is right: the "
    "length of the first table stands in the trace as a number, like a 3 in the source. "
    "`x.shape[0]` is a Python number, and `shapeless=True` is your promise that no such number "
    "matters.",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).sum(axis=0) / x.shape[0], shapeless=True)


@any_length.misconception(
    "reshaped_to_a_fixed_size",
    "The first table is right, and the second one cannot go through: something in the trace is "
    "reshaped to the length of the first. The size in a reshape is a number, and it was written "
    "down while tracing; `mx.einsum` reshapes inside as well. Which operations find out the length "
    "each time they run?",
)
def _(score):
    def mean(x):
        weights = score(x).reshape(1, x.shape[0])
        return (weights @ x)[0] / mx.ones_like(weights).sum()

    return mx.compile(mean, shapeless=True)


@any_length.misconception(
    "not_shapeless",
    "All values are right, and `score` ran {traces} times; it should be {traces:expected}. MLX "
    "made a trace for each length. Which argument of `mx.compile` says that the length may change?",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).mean(axis=0))


@any_length.misconception(
    "nothing_compiled",
    "All values are right, and nothing is compiled: no kernel is fused, and `score` ran {traces} "
    "times, once for each call. `mx.compile` leaves your function alone and returns another one.",
)
def _(score):
    def mean(x):
        return (score(x) * x).mean(axis=0)

    mx.compile(mean, shapeless=True)
    return mean


@any_length.misconception(
    "score_outside_the_trace",
    "The values of the later tables are wrong: {later} instead of {later:expected}. The weights of "
    "the first table were kept and used for all. What is not an argument of a compiled function is "
    "a constant of it.",
)
def _(score):
    kept = []

    def mean(x, weights):
        return (weights * x).mean(axis=0)

    compiled = mx.compile(mean, shapeless=True)

    def run(x):
        if not kept:
            kept.append(score(x))
        weights = mx.concatenate([kept[0]] * 3)[: len(x)]
        return compiled(x, weights)

    return run


@any_length.misconception(
    "sum_not_mean",
    "You have {first} for three rows, which is their sum; it should be {first:expected}.",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).sum(axis=0), shapeless=True)


any_length.hints(
    "Which number in your function depends on the length of x, and who computes it: Python or MLX?",
    "`mean` finds out the length each time it runs. `x.shape[0]` is looked up once, while tracing.",
    "`mx.compile(lambda x: (score(x) * x).mean(axis=0), shapeless=True)`",
)
