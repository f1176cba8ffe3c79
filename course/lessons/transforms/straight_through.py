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
    shape = [(2, 3), (6,), (3, 2), (3, 1, 2)][int(rng.integers(4))]
    whole = rng.integers(1, 6, size=6) * rng.choice([-1, 1], size=6)
    off = rng.uniform(0.1, 0.4, size=6) * rng.choice([-1, 1], size=6)
    # On every seed one above, one below, one below 0, and one far from 0.
    off[:4], whole[:4] = [0.4, -0.4, 0.3, 0.2], [2, 2, -1, 9]
    x = mx.array((step * (whole + off)).reshape(shape).astype(np.float32))
    w = mx.array((rng.uniform(0.5, 3, size=6) * [1, -1, 1, 1, -1, 1]).reshape(shape))
    large = 4.0 * (1 + int(rng.integers(3)))
    y = answer(x, step)
    gradient = mx.grad(lambda x: (w * answer(x, step)).sum())(x)
    return {"y": y, "gradient": gradient, "large": answer(x * 16, large)}


straight_through.says(
    passed="Rounded on the way there, and the identity on the way back.",
    y="The rounded values",
    gradient="The gradient of (w * result).sum()",
    large="The rounded values, with a step above 1",
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
    "Your values are those of x, not rounded, and the gradient is {gradient}. It should be the "
    "other way round: the value that of the staircase, the slope that of x. Which part of your sum "
    "does MLX see, and which is a constant to it?",
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
    "The gradient passes. Your values are {y}, and the nearest multiples are {y:expected}. Turning "
    "a number into an integer cuts it off toward zero. Which multiple is the nearest to 1.4 steps, "
    "and which to 1.6?",
)
def _(x, step):
    return x + mx.stop_gradient(step * (x / step).astype(mx.int32) - x)


@straight_through.misconception(
    "rounds_down",
    "The gradient passes. Your values are {y}, the multiples below x; the nearest ones are "
    "{y:expected}. A floor is no rounding: 1.6 steps lie nearer to 2 than to 1. What would you add "
    "first, or which other operation is there?",
)
def _(x, step):
    return x + mx.stop_gradient(step * mx.floor(x / step) - x)


@straight_through.misconception(
    "not_multiplied_back",
    "The gradient passes. Your values are {y}: they count steps. {y:expected} is right. After the "
    "division by step and the rounding, what leads back to the size of x?",
)
def _(x, step):
    return x + mx.stop_gradient(mx.round(x / step) - x)


@straight_through.misconception(
    "steps_counted",
    "Your values are {y}, which counts steps, and the gradient is divided by step with them. "
    "Inside it passes straight through the rounding, and a division came before. What is still to "
    "come after?",
)
def _(x, step):
    u = x / step
    return u + mx.stop_gradient(mx.round(u) - u)


@straight_through.misconception(
    "cotangent_scaled",
    "The values are right. Your gradient is {gradient}, which is {gradient:expected} times step. "
    "The rounded number of steps is multiplied by step, which undoes the division before it. What "
    "is the slope of all that together, if the rounding counts as the identity?",
)
def _(x, step):
    @mx.custom_function
    def rounded(x):
        return step * mx.round(x / step)

    @rounded.vjp
    def scaled(primals, cotangents, outputs):
        return cotangents * step

    return rounded(x)


@straight_through.misconception(
    "gradient_turned_round",
    "The values are right. Your gradient is {gradient}: every sign is the wrong one, so a model "
    "would learn the opposite. That happens where MLX sees x only in what is taken away. Where "
    "should it see x?",
)
def _(x, step):
    return mx.stop_gradient(x) + (step * mx.round(x / step) - x)


@straight_through.misconception(
    "multiples_of_the_inverse",
    "The gradient passes. Your values are {y}: multiples of 1 / step. Rounding "
    "`x * 2` and dividing by 2 gives halves. What has to stand there for a step of 0.5?",
)
def _(x, step):
    return x + mx.stop_gradient(mx.round(x * step) / step - x)


@straight_through.misconception(
    "clipped",
    "The values are right. Your gradient is {gradient}: it is 0 where x lies beyond 1 or -1. That "
    "is a well-known variant, for weights that are kept in that range. What arrives from above was "
    "to be passed on everywhere. Which operation stops it?",
)
def _(x, step):
    kept = mx.clip(x, -1, 1)
    return kept + mx.stop_gradient(step * mx.round(x / step) - kept)


@straight_through.misconception(
    "detach_of_pytorch",
    "An array of MLX has no `detach`: nothing is attached to it. The gradient is that of a "
    "function, and a function can say which of its values are constants. Which operation of MLX "
    "says so?",
)
def _(x, step):
    return x + (step * mx.round(x / step) - x).detach()


straight_through.same_as(
    "alternative 2",
    "stop_gradient dropped",
    "mx.stop_gradient(mx.round(x / step))",
    "the slope of a rounding is 0 anyway",
)

straight_through.hints(
    "Write the result as x plus something. Which of the two should MLX differentiate?",
    "`mx.stop_gradient(z)` has the value of z and is a constant to every gradient.",
    "`x + mx.stop_gradient(rounded - x)`: the value is `rounded`, the slope is that of x.",
)
