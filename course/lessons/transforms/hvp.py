"""hvp, an exercise of lesson 03, transforms."""

from contextlib import suppress

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

hvp = exercise(minutes=7, level=2)


@hvp.solution
def _(f, x, v):
    """The Hessian of `f` at `x`, times `v`, without the Hessian.

        f:      a function from an (n,) array to a 0-d array
        x, v:   (n,) float32
        result: (n,) float32: H @ v, where H[i, j] is the derivative of f by x[i] and x[j]

    n may be large. At n = 1500 the Hessian takes 9 MB; stay below 2 MB there. Exact, that is:
    as good as float32 allows.

    For f(x) = (x[:1]**2 * x[1:]).sum() at x = [1, 2] the Hessian is [[4, 2], [2, 0]]; with
    v = [1, 10] the result is [24, 2].
    """
    return mx.grad(lambda x: (mx.grad(f)(x) * v).sum())(x)


@hvp.use(small="reduction", large="reduction")
def _(answer, rng):
    shifts = []

    def f(x):
        note_shift(x)
        curved = (mx.sin(3 * x[1:]) * mx.square(x[:-1])).sum() + mx.exp(x.mean())
        return curved + 1e3 * x.sum()  # no curvature, and it costs a difference its digits

    def note_shift(z):
        if z.shape == x.shape:
            with suppress(Exception):  # a stand-in of vmap has no numbers
                shifts.append(float(np.abs(np.array(z) - np.array(x)).max()))

    def arrays(n):
        return [mx.array(rng.uniform(0.5, 1.5, size=n).astype(np.float32)) for _ in range(2)]

    x, v = arrays(int(rng.integers(3, 7)))
    small = answer(f, x, v)
    if any(0 < shift < 1 for shift in shifts):  # what comes out then depends on the shift
        return {"elsewhere": True}
    x, v = arrays(1500)
    kept = []
    peak = measure.peak_memory(lambda: kept.append(answer(f, x, v)) or kept)
    return {"elsewhere": False, "small": small, "large": kept[0], "below_2_mb": peak < 2e6}


hvp.says(
    passed="Two transforms, one inside the other, and no matrix.",
    elsewhere="`f` was called at points beside x",
    small="H @ v for a small n",
    large="H @ v at n = 1500",
    below_2_mb="Memory stays below 2 MB at n = 1500",
)


@hvp.alternative
def _(f, x, v):
    return mx.jvp(mx.grad(f), [x], [v])[1][0]


@hvp.alternative
def _(f, x, v):
    _, (product,) = mx.vjp(mx.grad(f), (x,), (v,))
    return product


@hvp.alternative
def _(f, x, v):
    def slope(x):
        return mx.jvp(f, [x], [v])[1][0]

    gradient = mx.grad(slope)
    return gradient(x)


@hvp.misconception(
    "builds_the_hessian",
    "The product is right, and at n = 1500 it took more than 2 MB, as the Hessian does. For a "
    "model with a million parameters it would have 10¹² entries. The product alone costs about as "
    "much as two gradients. What is the derivative of the gradient in the direction v?",
)
def _(f, x, v):
    row = mx.grad(f)
    hessian = mx.vmap(lambda e: mx.vjp(row, [x], [e])[1][0])(mx.eye(x.size))
    return hessian @ v


@hvp.misconception(
    "gradient_times_v",
    "Your result is the slope of `f` in the direction v, one number: the first derivative times v. "
    "The Hessian is the derivative of the gradient. Of which function is the derivative in the "
    "direction v asked for?",
)
def _(f, x, v):
    return mx.jvp(f, [x], [v])[1][0]


@hvp.misconception(
    "sum_of_the_gradient",
    "Your result holds the sums of the Hessian's columns, times v entry by entry: {small}, not "
    "{small:expected}. A gradient has n entries, and adding them up is the quickest way to one "
    "number that can be differentiated again. Where does v have to come in, so that the sum is the "
    "right one?",
)
def _(f, x, v):
    return mx.grad(lambda x: mx.grad(f)(x).sum())(x) * v


@hvp.misconception(
    "finite_difference",
    "`f` was called at other points than x. A difference of two gradients needs such points, and "
    "in float32 it keeps few digits: a smaller step loses more of them, a larger one is less of a "
    "derivative. A gradient is a function of x. What can MLX do with a function, and at which "
    "point?",
)
def _(f, x, v):
    h = 1e-3
    gradient = mx.grad(f)
    return (gradient(x + h * v) - gradient(x)) / h


@hvp.misconception(
    "grad_of_grad",
    "The gradient has n entries, and MLX takes a gradient of one number. `mx.grad(mx.grad(f))` is "
    "the second derivative on paper, for an x of one number. Which one number holds both the "
    "gradient and v?",
)
def _(f, x, v):
    return mx.grad(mx.grad(f))(x) * v


@hvp.misconception(
    "gradient_is_a_constant",
    "Your result is zero in every entry. Nothing in the function that is differentiated depends on "
    "its argument: a gradient that was computed outside of it is a constant there. Where does the "
    "first gradient have to be taken?",
)
def _(f, x, v):
    gradient = mx.grad(f)(x)
    return mx.grad(lambda x: (gradient * v).sum())(x)


@hvp.misconception(
    "gradient_entry_by_entry",
    "Your result is the gradient times v, entry by entry: {small}. It has the right shape, and "
    "only first derivatives are in it. Which second derivative is asked for?",
)
def _(f, x, v):
    return mx.grad(f)(x) * v


hvp.same_as(
    "alternative 1",
    "constant",
    "mx.jvp(mx.grad(f), [x], [v])[1][0]",
    "a jvp returns two lists, and each has one entry: first and last are the same",
)
hvp.same_as(
    "alternative 3",
    "constant",
    "mx.jvp(f, [x], [v])[1][0]",
    "a jvp returns two lists, and each has one entry: first and last are the same",
)

hvp.hints(
    "The Hessian is the derivative of the gradient. How does the gradient change when x moves a "
    "little in the direction v?",
    "Make one number of the gradient and v, or take the gradient's derivative in a direction: "
    "`mx.jvp` gives that, and the function may be a gradient.",
    "`(mx.grad(f)(x) * v).sum()` is a function of x with one number as its value. What is its "
    "gradient?",
)
