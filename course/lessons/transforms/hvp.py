"""hvp, an exercise of lesson 03, transforms."""

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
    def f(x):
        return (mx.sin(x[1:]) * mx.square(x[:-1])).sum() + mx.exp(x.mean())

    def arrays(n):
        return [mx.array(rng.uniform(0.5, 1.5, size=n).astype(np.float32)) for _ in range(2)]

    x, v = arrays(4)
    small = answer(f, x, v)
    x, v = arrays(1500)
    kept = []
    peak = measure.peak_memory(lambda: kept.append(answer(f, x, v)) or kept)
    return {"small": small, "large": kept[0], "below_2_mb": peak < 2e6}


hvp.says(
    passed="Two transforms, one inside the other, and no matrix.",
    small="H @ v at n = 4",
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
    "The product is right, and the Hessian was built to get it. For a model with a million "
    "parameters it would have 10¹² entries. The product alone costs about as much as two "
    "gradients. What is the derivative of the gradient in the direction v?",
)
def _(f, x, v):
    row = mx.grad(f)
    hessian = mx.vmap(lambda e: mx.vjp(row, [x], [e])[1][0])(mx.eye(x.size))
    return hessian @ v


@hvp.misconception(
    "gradient_times_v",
    "You return the slope of `f` in the direction v, one number. That is the first derivative "
    "times v; the Hessian is the derivative of the gradient. Of which function do you take the "
    "directional derivative?",
)
def _(f, x, v):
    return mx.jvp(f, [x], [v])[1][0]


@hvp.misconception(
    "sum_of_the_gradient",
    "A gradient has n entries, and to differentiate it once more you added them up. What came out "
    "are the sums of the Hessian's columns, times v entry by entry: {small}, not "
    "{small:expected}. Where does v have to come in, so that the sum is the right one?",
)
def _(f, x, v):
    return mx.grad(lambda x: mx.grad(f)(x).sum())(x) * v


@hvp.misconception(
    "finite_difference",
    "You subtract two gradients, and in float32 that leaves few digits: {small}, and exact is "
    "{small:expected}. A smaller step loses more of them, a larger one is less of a derivative. "
    "MLX can differentiate a gradient like any other function.",
)
def _(f, x, v):
    h = 1e-3
    gradient = mx.grad(f)
    return (gradient(x + h * v) - gradient(x)) / h


hvp.hints(
    "The Hessian is the derivative of the gradient. How does the gradient change when x moves a "
    "little in the direction v?",
    "Make one number of the gradient and v, or take the gradient's derivative in a direction: "
    "`mx.jvp` gives that, and the function may be a gradient.",
    "`(mx.grad(f)(x) * v).sum()` is a function of x with one number as its value. What is its "
    "gradient?",
)
