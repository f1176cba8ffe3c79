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
    size = int(rng.integers(4, 8))

    def numbers(largest, total):
        """Eighths in any order, of this sum; the one of the largest magnitude is given."""
        last = largest
        while abs(last) >= abs(largest):
            rest = rng.integers(1, 9, size=size - 2) / 8 * rng.choice([-1, 1], size=size - 2)
            rest[0] = abs(rest[0])  # one above 0
            last = total - largest - rest.sum()
        return mx.array(rng.permutation([last, *rest, largest]).astype(np.float32))

    peak = 3 + int(rng.integers(1, 9)) / 8
    above, below = numbers(-peak, 0.125), numbers(-peak, -2.125)
    below_0 = -mx.array((rng.permutation(size) + 1).astype(np.float32)) / 8
    traced = outcome(lambda: mx.compile(answer)(above))
    mx.eval(above)
    return {
        "compiled": traced.partition("\n")[0].rstrip("."),
        "above": answer(above),
        "below": answer(below),
        "peak": answer(numbers(peak, -0.125)),
        "zero": answer(numbers(peak, 0.0)),
        "below_0": answer(below_0),
    }


soft_step.says(
    passed="Both sides are computed and one is kept: that is the price of not looking.",
    compiled="Under mx.compile",
    above="For a mean above 0",
    below="For a mean below 0",
    peak="For a mean below 0, with a largest magnitude above 0",
    zero="For a mean of 0",
    below_0="For an array with all numbers below 0",
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
    "is traced there are no numbers, and something asked for one, as `if`, `item`, `float` and "
    "Python's `max` do. Which operation of MLX keeps both answers and picks one later?",
)
def _(x):
    if x.mean() > 0:
        return mx.maximum(x, 0)
    return x / mx.abs(x).max().item()


@soft_step.misconception(
    "decides_for_each_number",
    "For a mean above 0 you have {above}: as if every number had decided for itself. The decision "
    "is one for the whole array. What should its condition look at?",
)
def _(x):
    return mx.where(x > 0, mx.maximum(x, 0), x / mx.abs(x).max())


@soft_step.misconception(
    "largest_not_magnitude",
    "For a mean below 0 you have {below}; it should be {below:expected}. Yours is divided by the "
    "largest number. Which number is the farthest from 0 there?",
)
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / x.max())


@soft_step.misconception(
    "magnitude_of_the_largest",
    "For a mean below 0 you have {below}; it should be {below:expected}. Yours is divided by the "
    "magnitude of the largest number. The largest magnitude may belong to another. Which of the "
    "two comes first, the magnitude or the largest?",
)
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / mx.abs(x.max()))


@soft_step.misconception(
    "magnitude_of_the_smallest",
    "Where the largest magnitude is that of a number above 0 you have {peak}; it should be "
    "{peak:expected}. Yours is divided by the magnitude of the smallest number, which is the "
    "largest magnitude in most arrays with a mean below 0. In which is it not?",
)
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / -x.min())


@soft_step.misconception(
    "zero_counts_as_above",
    "For a mean of exactly 0 you have {zero}; it should be {zero:expected}. All else is right. On "
    "which side does the statement put 0?",
)
def _(x):
    return mx.where(x.mean() >= 0, mx.maximum(x, 0), x / mx.abs(x).max())


@soft_step.misconception(
    "any_number_above",
    "With a mean below 0 and some numbers above it you have {below}; it should be "
    "{below:expected}. Your decision falls as if one number above 0 were enough. What does it have "
    "to look at?",
)
def _(x):
    return mx.where(mx.any(x > 0), mx.maximum(x, 0), x / mx.abs(x).max())


@soft_step.misconception(
    "signs_dropped",
    "For a mean above 0 you have {above}; it should be {above:expected}. Numbers below 0 have lost "
    "their sign and kept their size. What were they to become?",
)
def _(x):
    return mx.where(x.mean() > 0, mx.abs(x), x / mx.abs(x).max())


@soft_step.misconception(
    "sides_swapped",
    "For a mean above 0 you have {above}; it should be {above:expected}. Yours is what belongs to "
    "a mean below 0, and the other way round. Sides are easily swapped where both are computed. "
    "Which one is kept where the condition is true?",
)
def _(x):
    return mx.where(x.mean() > 0, x / mx.abs(x).max(), mx.maximum(x, 0))


for _label in ("solution", "alternative 2"):
    soft_step.same_as(_label, "function", "x.mean", "a sum has the sign of its mean")
soft_step.same_as("alternative 1", "function", "mx.sum", "a mean has the sign of its sum")
soft_step.same_as(
    "alternative 1", "astype dropped", "(mx.sum(x) > 0).astype(x.dtype)", "True counts as 1"
)
soft_step.same_as("alternative 1", "boundary", "x > 0", "0 times 1 and 0 times 0 are the same")

soft_step.hints(
    "What does Python need to know at an `if`, and when does MLX know it?",
    "`mx.where` takes a condition of one number too: it picks one of two whole arrays.",
    "`mx.where(x.mean() > 0, mx.maximum(x, 0), x / mx.abs(x).max())`",
)
