"""any_length, an exercise of lesson 04, compile."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

from .common import _stand_in

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


@any_length.use(first="matmul", later="matmul", traces="reading", fused="reading", plain="reading")
def _(answer, rng):
    runs = plain = 0

    def score(x):
        nonlocal runs, plain
        runs += 1
        plain += not _stand_in(x)
        return mx.abs(x).sum(axis=1, keepdims=True) + 1

    lengths, width = [*rng.permutation([2, 3, 4, 5, 7])[:3]], int(rng.integers(2, 4))
    lengths.append(lengths[0])
    tables = [mx.array(rng.normal(size=(int(n), width)).astype(np.float32)) for n in lengths]
    mx.eval(tables)
    function = answer(score)
    results = [function(x) for x in tables]
    return {
        "fused": measure.fused_kernels(results[0]) > 0,
        "traces": runs,
        "plain": plain,
        "shape": str(tuple(results[0].shape)),
        "first": results[0],
        "later": mx.concatenate([y.reshape(-1) for y in results[1:]]),
    }


any_length.says(
    passed="The price: MLX cannot check your promise. Now you have kept it.",
    fused="Is there a fused kernel",
    traces="How often `score` ran, for four tables of three lengths",
    plain="Runs of `score` that were no trace",
    shape="The shape of the first result",
    first="For the first table",
    later="For the three tables after it",
)


@any_length.alternative
def _(score):
    def mean(x):
        weighted = mx.multiply(x, score(x))
        return weighted.sum(axis=0) / mx.ones_like(x).sum(axis=0)

    return mx.compile(mean, shapeless=True)


@any_length.misconception(
    "shape_written_into_the_trace",
    "The first call is right. After it you have {later} where {later:expected} is right: sums "
    "divided by the length of the first table. It stands in the trace as a number, like a 3 in the "
    "source: `x.shape[0]` and `len(x)` are Python numbers. What finds out the length each time it "
    "runs?",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).sum(axis=0) / x.shape[0], shapeless=True)


@any_length.misconception(
    "reshaped_to_a_fixed_size",
    "The first table goes through, and the second one does not: something in the trace is reshaped "
    "to the length of the first. The size in a reshape is a number, and it was written down while "
    "tracing; `mx.einsum` reshapes inside as well. Which operations find out the length each time "
    "they run?",
)
def _(score):
    def mean(x):
        weights = score(x).reshape(1, x.shape[0])
        return (weights @ x)[0] / mx.ones_like(weights).sum()

    return mx.compile(mean, shapeless=True)


@any_length.misconception(
    "not_shapeless",
    "All values are right, and `score` ran {traces} times, each time in a trace; it should be "
    "{traces:expected}. MLX made a trace for each length. Which argument of `mx.compile` says "
    "that the length may change?",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).mean(axis=0))


@any_length.misconception(
    "compiled_at_every_call",
    "All values are right, and `score` ran {traces} times, each time in a trace: once for every "
    "table, also for a length that came before. A trace belongs to the function that it was made "
    "for, and a function is compiled anew at every call. What can be compiled before the first?",
)
def _(score):
    return lambda x: mx.compile(lambda x: (score(x) * x).mean(axis=0), shapeless=True)(x)


@any_length.misconception(
    "nothing_compiled",
    "All values are right, and nothing is compiled: no kernel is fused, and `score` ran {traces} "
    "times, once for each call. `mx.compile` leaves a function alone and returns another one. "
    "Which of the two do you return?",
)
def _(score):
    def mean(x):
        return (score(x) * x).mean(axis=0)

    mx.compile(mean, shapeless=True)
    return mean


@any_length.misconception(
    "score_outside_the_trace",
    "The values of the later tables are wrong: {later} instead of {later:expected}. They come out "
    "where the weights of the first table are kept and used for all, so that `score` runs once. "
    "Which tables does one run of `score` serve, and what is different in a trace?",
)
def _(score):
    kept = []

    def mean(x, weights):
        return (weights * x).mean(axis=0)

    compiled = mx.compile(mean, shapeless=True)

    def run(x):
        if not kept:
            kept.append(score(x))
        weights = mx.concatenate([kept[0]] * 4)[: len(x)]
        return compiled(x, weights)

    return run


@any_length.misconception(
    "sum_not_mean",
    "You have {first} for the first table, which is the sum over its rows; it should be "
    "{first:expected}. By what is a sum divided, and who knows that number when the function runs?",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).sum(axis=0), shapeless=True)


@any_length.misconception(
    "score_before_the_trace",
    "All values are right, and `score` ran {plain} times with arrays that have numbers: outside of "
    "the trace, so nothing of it is compiled. What is called inside a compiled function becomes "
    "part of it. Where is `score` called?",
)
def _(score):
    compiled = mx.compile(lambda weights, x: (weights * x).mean(axis=0), shapeless=True)
    return lambda x: compiled(score(x), x)


@any_length.misconception(
    "divided_by_the_weights",
    "You have {first} for the first table; it should be {first:expected}. Yours is divided by the "
    "sum of the weights, which is what a weighted mean often means. What does the statement divide "
    "by?",
)
def _(score):
    def mean(x):
        weights = score(x)
        return (weights * x).sum(axis=0) / weights.sum()

    return mx.compile(mean, shapeless=True)


@any_length.misconception(
    "mean_over_everything",
    "Your result has the shape {shape}, and {shape:expected} was asked for: {first} is the mean "
    "over rows and columns. Over which of the two was it to be taken?",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).mean(), shapeless=True)


@any_length.misconception(
    "axis_kept",
    "Your result has the shape {shape}, and {shape:expected} was asked for. The numbers are the "
    "right ones. Which axis is still there?",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).mean(axis=0, keepdims=True), shapeless=True)


@any_length.misconception(
    "product_of_two_means",
    "You have {first} for the first table; it should be {first:expected}. Yours is the mean of the "
    "weights times the mean of the rows. That is the mean of the products only where all weights, "
    "or all rows, are the same. Which comes first, the product or the mean?",
)
def _(score):
    return mx.compile(lambda x: score(x).mean(axis=0) * x.mean(axis=0), shapeless=True)


any_length.hints(
    "Which number in your function depends on the length of x, and who computes it: Python or MLX?",
    "`mean` finds out the length each time it runs. `x.shape[0]` is looked up once, while tracing.",
    "`mx.compile(lambda x: (score(x) * x).mean(axis=0), shapeless=True)`",
)
