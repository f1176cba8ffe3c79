"""soft_step, an exercise of lesson 04, compile."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

soft_step = exercise(minutes=6, level=2)


@soft_step.solution
def _(x):
    """A function with a decision in it, for use under `mx.compile`.

    `x` is a float32 array of shape (N,). If the mean of x is above 0, return x with all negative
    numbers set to 0; otherwise return x divided by the largest magnitude in it. The function will
    be compiled, so it must decide without looking: no number may leave MLX while it runs. x is
    never all zeros. For [2, -1] the answer is [2, 0]; for [1, -4] it is [0.25, -1].
    """
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / mx.abs(x).max())


@soft_step.use
def _(answer, rng):
    x = mx.array(np.round(rng.normal(size=4), 2).astype(np.float32))
    x = x - x.mean()
    x[0] = -3.0
    lift = mx.array(float(rng.uniform(2, 3)))
    mx.eval(x, lift)
    traced = outcome(lambda: mx.compile(answer)(x))
    mx.eval(x)
    return {
        "compiled": traced.partition("\n")[0].rstrip("."),
        "above": answer(x + lift),
        "below": answer(x - lift / 10),
    }


soft_step.says(
    passed="Both sides are computed and one is kept: that is the price of not looking.",
    compiled="Under mx.compile",
    above="For a mean above 0",
    below="For a mean below 0",
)


@soft_step.alternative
def _(x):
    above = (mx.sum(x) > 0).astype(x.dtype)
    kept = x * (x > 0)
    return above * kept + (1 - above) * x / mx.max(mx.abs(x))


@soft_step.alternative
def _(x):
    both = mx.stack([x / mx.abs(x).max(), mx.clip(x, 0, None)])
    return mx.take(both, (x.mean() > 0).astype(mx.int32), axis=0)


@soft_step.misconception(
    "branch_on_values",
    "Without compiling it is right. Under `mx.compile` it ends with: {compiled}. While a function "
    "is traced there are no numbers, and something asked for one: an `if`, a `while`, `item`, "
    "`float`. Which operation of MLX keeps both answers and picks one later?",
)
def _(x):
    if x.mean() > 0:
        return mx.maximum(x, 0)
    return x / mx.abs(x).max().item()


@soft_step.misconception(
    "decides_for_each_number",
    "The decision was made for every number by itself, and it is one for the whole array: for a "
    "mean above 0 you have {above}. What does the condition look at?",
)
def _(x):
    return mx.where(x > 0, mx.maximum(x, 0), x / mx.abs(x).max())


@soft_step.misconception(
    "largest_not_magnitude",
    "For a mean below 0 you have {below}; it should be {below:expected}. The largest number is not "
    "the largest magnitude when the numbers are below 0.",
)
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / x.max())


soft_step.hints(
    "What does Python need to know at an `if`, and when does MLX know it?",
    "`mx.where` takes a condition of one number too: it picks one of two whole arrays.",
    "`mx.where(x.mean() > 0, mx.maximum(x, 0), x / mx.abs(x).max())`",
)
