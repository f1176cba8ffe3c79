"""unit_distance, an exercise of lesson 01, unified_memory."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

unit_distance = exercise(minutes=5, level=2)


@unit_distance.solution
def _(w, target):
    """A loss that turns a vector without caring how long it is: the squared distance between
    w / |w| and the target, |w| being the Euclidean length. It will be trained, so the gradient
    with respect to `w`, `mx.grad(unit_distance)(w, target)`, has to be right as well.

        w:      (D,) float32, not zero
        target: (D,) float32
        result: () float32, an MLX array

    For w [3, 4] and target [1, 0] that is 0.4 * 0.4 + 0.8 * 0.8 = 0.8, and the gradient is
    [-0.256, 0.192].
    """
    return mx.square(w / mx.linalg.norm(w) - target).sum()


@unit_distance.use(loss="reduction", gradient="reduction")
def _(answer, rng):
    size = int(rng.integers(2, 7))
    w = mx.array(rng.uniform(1, 3, size=size).round(1).astype(np.float32))
    target = mx.array(rng.uniform(-1, 1, size=size).round(1).astype(np.float32))
    loss = answer(w, target)
    scalar = isinstance(loss, mx.array) and loss.shape == ()
    return {"loss": loss, "gradient": mx.grad(answer)(w, target) if scalar else None}


unit_distance.says(
    passed="The whole way from w to the loss lies inside MLX.",
    loss="The loss",
    gradient="Its gradient",
)


@unit_distance.alternative
def _(w, target):
    u = w * mx.rsqrt((w * w).sum())
    return ((u - target) ** 2).sum()


@unit_distance.alternative
def _(w, target):
    length = mx.sqrt(mx.sum(w**2))
    return 1 + mx.sum(target**2) - 2 * mx.sum(w * target) / length


@unit_distance.misconception(
    "numpy_break_grad",
    "The loss is right, and its gradient is {gradient}: nothing will ever be learned, and nothing "
    "says so. What NumPy computes MLX does not see; the result comes back as a new constant that "
    "has nothing to do with `w`. Where does your code leave MLX?",
)
def _(w, target):
    u = np.array(w) / np.linalg.norm(np.array(w))
    return mx.array(((u - np.array(target)) ** 2).sum())


@unit_distance.misconception(
    "item_breaks_grad",
    "The loss is right, and the gradient is {gradient}, not {gradient:expected}. It is the "
    "gradient of a loss in which the length is a fixed number. A length that left MLX, by "
    "`.item()`, `float()` or NumPy, is one: w grows, and the number stays.",
)
def _(w, target):
    length = mx.linalg.norm(w).item()
    return mx.square(w / length - target).sum()


@unit_distance.misconception(
    "item_at_the_end",
    "You return a Python number. It has the right value and no past: there is nothing left to "
    "differentiate, and `mx.grad` refuses it. Who should turn a loss into a number, and when?",
)
def _(w, target):
    return mx.square(w / mx.linalg.norm(w) - target).sum().item()


@unit_distance.misconception(
    "not_squared",
    "Your loss is {loss} and its square would be right. That is the distance itself, which one "
    "would measure with a ruler. What does the statement ask for?",
)
def _(w, target):
    return mx.linalg.norm(w / mx.linalg.norm(w) - target)


@unit_distance.misconception(
    "mean_not_sum",
    "Your loss is {loss}, the right one divided by the number of entries. Most libraries' squared "
    "error is a mean. Is a squared distance one?",
)
def _(w, target):
    return mx.square(w / mx.linalg.norm(w) - target).mean()


unit_distance.hints(
    "Through which operations does the loss depend on w? Does MLX see all of them?",
    "The length of w depends on w too. Keep it an MLX array until the end.",
    "`mx.linalg.norm(w)`, without `.item()`, then a difference, a square and a sum.",
)
