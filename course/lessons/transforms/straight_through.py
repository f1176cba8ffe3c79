"""straight_through, an exercise of lesson 03, transforms."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

straight_through = exercise(minutes=5, level=2)


@straight_through.solution
def _(x, step):
    """Round `x` to whole multiples of `step`, with a gradient that passes straight through.

        x:      float32, any shape
        step:   a positive Python float
        result: step * round(x / step), of the shape of x; its gradient with respect to x is that
                of the identity: whatever arrives from above is passed on as it is

    A model whose weights are rounded is trained like this: rounding has slope 0 almost
    everywhere, and nothing would be learned.

    For x = [0.3, -1.2] and step = 0.5 the result is [0.5, -1]. The gradient of
    `(w * straight_through(x, 0.5)).sum()` with respect to x is w.
    """
    return x + mx.stop_gradient(step * mx.round(x / step) - x)


@straight_through.use
def _(answer, rng):
    step = float(rng.choice([0.25, 0.5]))
    whole = rng.integers(1, 6, size=(2, 3)) * rng.choice([-1, 1], size=(2, 3))
    off = rng.uniform(0.1, 0.4, size=(2, 3)) * rng.choice([-1, 1], size=(2, 3))
    off[0, :2], whole[0, :2] = [0.4, -0.4], [2, 2]  # one above and one below, on every seed
    x = mx.array((step * (whole + off)).astype(np.float32))
    w = mx.array(rng.uniform(0.5, 3, size=(2, 3)).astype(np.float32))
    y = answer(x, step)
    gradient = mx.grad(lambda x: (w * answer(x, step)).sum())(x)
    return {"y": y, "gradient": gradient}


straight_through.says(
    passed="Rounded on the way there, and the identity on the way back.",
    y="The rounded values",
    gradient="The gradient of (w * result).sum()",
)


@straight_through.alternative
def _(x, step):
    @mx.custom_function
    def rounded(x):
        return mx.round(x / step) * step

    @rounded.vjp
    def passed_on(primals, cotangents, outputs):
        return cotangents

    return rounded(x)


@straight_through.alternative
def _(x, step):
    remainder = mx.stop_gradient(x / step) - mx.stop_gradient(mx.round(x / step))
    return x - step * remainder


@straight_through.misconception(
    "round_has_no_slope",
    "The values are right and the gradient is {gradient}: nothing passes. A staircase is flat but "
    "for its jumps, so rounding has that slope by itself, and a model would never learn anything "
    "through it. Which part of the result should MLX see as a constant, and which part not?",
)
def _(x, step):
    return step * mx.round(x / step)


@straight_through.misconception(
    "stopped_the_wrong_part",
    "Your values are those of x, not rounded, and the gradient is {gradient}. You hid from MLX the "
    "part that should be seen, and it sees the staircase. What should the result look like to "
    "someone who adds it up, and what to someone who differentiates it?",
)
def _(x, step):
    rounded = step * mx.round(x / step)
    return rounded + mx.stop_gradient(x - rounded)


@straight_through.misconception(
    "adds_without_taking_away",
    "The gradient passes, and your values are too large by x: {y} instead of {y:expected}. To be "
    "seen by the gradient x has to be in the sum. What has to go out of it again, unseen?",
)
def _(x, step):
    return x + mx.stop_gradient(step * mx.round(x / step))


@straight_through.misconception(
    "cotangent_ignored",
    "The values are right. Your gradient is {gradient}, whatever happens after the rounding; it "
    "should be {gradient:expected} here, where the results are multiplied by w. A vjp is not "
    "asked for the slope alone. What is it given besides the inputs?",
)
def _(x, step):
    @mx.custom_function
    def rounded(x):
        return step * mx.round(x / step)

    @rounded.vjp
    def ones(primals, cotangents, outputs):
        return mx.ones_like(primals)

    return rounded(x)


@straight_through.misconception(
    "cuts_off",
    "Your values are {y}, and the nearest multiples are {y:expected}. Turning a number into an "
    "integer cuts it off toward zero. Does the gradient pass, all the same? Then only the "
    "rounding is missing.",
)
def _(x, step):
    return x + mx.stop_gradient(step * (x / step).astype(mx.int32) - x)


straight_through.hints(
    "Write the result as x plus something. Which of the two should MLX differentiate?",
    "`mx.stop_gradient(z)` has the value of z and is a constant to every gradient.",
    "`x + mx.stop_gradient(rounded - x)`: the value is `rounded`, the slope is that of x.",
)
