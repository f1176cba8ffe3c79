"""check_grad, an exercise of lesson 03, transforms."""

import math

import mlx.core as mx
import numpy as np

from course.exercise import exercise

check_grad = exercise(minutes=8, level=2)


@check_grad.solution
def _(f, grad, x):
    """Check a gradient that somebody claims. Return the largest absolute difference between
    `grad(x)` and the central differences of `f`, as a Python float.

        f(x):    one number, a 0-d array of the dtype of x
        grad(x): the gradient of f, as claimed: an array of the shape and dtype of x
        x:       float32, any shape

    The central difference for one entry of x is (f(x + h) - f(x - h)) / 2h, where that entry
    alone is shifted by h = 1e-5. Call f and grad with float64 arrays: float32 keeps seven digits,
    and the subtraction eats most of them. MLX computes float64 on the CPU only, so on a machine
    with a GPU all of it has to happen there. (The f here has no exp, sin or cos in it, which MLX
    computes to float32's precision even then.)

    For f(x) = sum of x**3 at [1, 2] the gradient is [3, 12]. If `grad` claims [3, 11.5] the
    result is 0.5; if it claims [3, 12], it is less than 1e-7.
    """
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        flat = mx.flatten(x)
        worst = 0.0
        for i, claimed in enumerate(mx.flatten(grad(x)).tolist()):
            shift = mx.zeros_like(flat)
            shift[i] = h
            above = f((flat + shift).reshape(x.shape)).item()
            below = f((flat - shift).reshape(x.shape)).item()
            worst = max(worst, abs((above - below) / (2 * h) - claimed))
    return worst


@check_grad.use(too_large="reduction", too_small="reduction", hidden="reduction", bend="reduction")
def _(answer, rng):
    shape = [(2, 3), (2, 2, 2), (5,), (4, 1)][int(rng.integers(4))]
    size = math.prod(shape)
    x = mx.array(rng.uniform(1, 3, size=shape).astype(np.float32))
    place = int(rng.integers(size))
    wrong = float(rng.uniform(0.001, 0.002))
    dtypes = set()

    def f(x):
        dtypes.add(str(x.dtype).removeprefix("mlx.core."))
        row = x.reshape(-1)
        return (mx.square(row) * mx.sqrt(row)).sum() + (row[:-1] * mx.log(row[1:])).sum()

    def bent(z):  # its slope turns round 3e-6 above x, so what comes out depends on the shift
        return mx.abs(z - x.astype(z.dtype) - mx.array(3e-6, dtype=z.dtype)).sum()

    def hiding(x):
        return (x * mx.stop_gradient(x)).sum()

    def claim(error):
        def grad(x):
            off = (mx.arange(size) == place).astype(x.dtype).reshape(shape)
            return mx.grad(f)(x) + error * off

        return grad

    difference = answer(f, claim(0.0), x)
    found = {
        "type": "float" if isinstance(difference, float) else type(difference).__name__,
        "digits": max(0, min(7, int(-math.log10(max(abs(float(difference)), 1e-12))))),
        "too_large": answer(f, claim(wrong), x),
        "too_small": answer(f, claim(-wrong), x),
        "hidden": answer(hiding, mx.grad(hiding), x),
        "bend": answer(bent, mx.zeros_like, x),
    }
    return found | {"dtype": ", ".join(sorted(dtypes))}


check_grad.says(
    passed="Now you can check any gradient, your own vjp's first of all.",
    type="The type of the result",
    digits="Decimal places to which a right gradient agrees (7 is enough)",
    too_large="For a gradient that claims too much in one entry",
    too_small="For a gradient that claims too little in one entry",
    hidden="For x * stop_gradient(x), whose gradient MLX is made to get wrong",
    bend="For a slope that turns from -1 to 1 at x + 3e-6, claimed to be 0",
    dtype="The dtype that f was called with",
)


@check_grad.alternative
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = mx.array(np.array(x), dtype=mx.float64)
        shifts = mx.eye(x.size, dtype=mx.float64).reshape(x.size, *x.shape) * h
        slopes = mx.vmap(lambda shift: (f(x + shift) - f(x - shift)) / (2 * h))(shifts)
        return mx.abs(slopes.reshape(x.shape) - grad(x)).max().item()


@check_grad.alternative
def _(f, grad, x, h=1e-5):
    at = np.array(x, dtype=np.float64)
    slopes = np.zeros_like(at)
    with mx.stream(mx.cpu):
        for place in np.ndindex(at.shape):
            kept = at[place]
            at[place] = kept + h
            above = float(f(mx.array(at, dtype=mx.float64)))
            at[place] = kept - h
            below = float(f(mx.array(at, dtype=mx.float64)))
            at[place] = kept
            slopes[place] = (above - below) / (2 * h)
        return float(np.abs(slopes - np.array(grad(mx.array(at, dtype=mx.float64)))).max())


@check_grad.misconception(
    "float32_differences",
    "`f` was called with {dtype}, and a right gradient agrees with your differences to {digits} "
    "decimal places. Two numbers that share their first five digits are subtracted, and float32 "
    "has seven. MLX makes float32 of nearly everything, NumPy's float64 arrays included, unless a "
    "dtype is named. Where does yours say which?",
)
def _(f, grad, x):
    h = 1e-5
    flat, worst = mx.flatten(x), 0.0
    for i, claimed in enumerate(mx.flatten(grad(x)).tolist()):
        shift = mx.zeros_like(flat)
        shift[i] = h
        above = f((flat + shift).reshape(x.shape)).item()
        below = f((flat - shift).reshape(x.shape)).item()
        worst = max(worst, abs((above - below) / (2 * h) - claimed))
    return worst


@check_grad.misconception(
    "one_sided",
    "A right gradient agrees with your differences to {digits} decimal places, as with a "
    "difference from x to x + h. That measures the slope half a step further on, and is off by "
    "about h times half the curvature. Which second point would make up for it?",
)
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        flat = mx.flatten(x)
        worst, here = 0.0, f(x).item()
        for i, claimed in enumerate(mx.flatten(grad(x)).tolist()):
            shift = mx.zeros_like(flat)
            shift[i] = h
            above = f((flat + shift).reshape(x.shape)).item()
            worst = max(worst, abs((above - here) / h - claimed))
    return worst


@check_grad.misconception(
    "all_entries_at_once",
    "Your numbers are those of shifting all entries of x together. That gives one number, the sum "
    "of all slopes, and a right gradient then looks wrong in every entry. How many calls of `f` "
    "does it take to learn about each entry by itself?",
)
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        slope = (f(x + h) - f(x - h)) / (2 * h)
        return mx.abs(grad(x) - slope).max().item()


@check_grad.misconception(
    "errors_cancel",
    "A gradient that claims too much in one entry gives {too_large}, which is right; one that "
    "claims too little gives {too_small}, and should give {too_small:expected}. The largest of "
    "numbers with signs is not the largest error.",
)
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        shifts = mx.eye(x.size, dtype=mx.float64).reshape(x.size, *x.shape) * h
        slopes = mx.vmap(lambda shift: (f(x + shift) - f(x - shift)) / (2 * h))(shifts)
        return (grad(x) - slopes.reshape(x.shape)).max().item()


@check_grad.misconception(
    "divided_by_h",
    "Your differences are twice the slopes: between x - h and x + h lie two steps, not one. A "
    "right gradient then looks half wrong everywhere.",
)
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        shifts = mx.eye(x.size, dtype=mx.float64).reshape(x.size, *x.shape) * h
        slopes = mx.vmap(lambda shift: (f(x + shift) - f(x - shift)) / h)(shifts)
        return mx.abs(slopes.reshape(x.shape) - grad(x)).max().item()


@check_grad.misconception(
    "trusts_autodiff",
    "Your numbers are those of comparing the claim with `mx.grad` of the same function. Both are "
    "fooled by the same things: for a function that hides a factor from the gradient your result "
    "is {hidden}, and it should be {hidden:expected}. Where else can a slope come from, if only "
    "the values of `f` are to be trusted?",
)
def _(f, grad, x):
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        return mx.abs(grad(x) - mx.grad(f)(x)).max().item()


@check_grad.misconception(
    "mean_error",
    "Your numbers are those of the mean error: for a gradient that is wrong in one entry you have "
    "{too_large}, and the error there is {too_large:expected}. A mean hides one wrong entry among "
    "many right ones. What was asked for?",
)
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        shifts = mx.eye(x.size, dtype=mx.float64).reshape(x.size, *x.shape) * h
        slopes = mx.vmap(lambda shift: (f(x + shift) - f(x - shift)) / (2 * h))(shifts)
        return mx.abs(slopes.reshape(x.shape) - grad(x)).mean().item()


@check_grad.misconception(
    "errors_added",
    "Your numbers are those of all errors added up: at the bend every entry is off by "
    "{bend:expected}, and you have {bend}. What was asked for is the largest of them. Does yours "
    "grow with the size of x?",
)
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        shifts = mx.eye(x.size, dtype=mx.float64).reshape(x.size, *x.shape) * h
        slopes = mx.vmap(lambda shift: (f(x + shift) - f(x - shift)) / (2 * h))(shifts)
        return mx.abs(slopes.reshape(x.shape) - grad(x)).sum().item()


@check_grad.misconception(
    "step_too_small",
    "`f` was called with {dtype}, and your numbers are those of a shift of 1e-8. A smaller step "
    "looks like a better slope. The difference then keeps half of float64's sixteen digits, and "
    "here 1e-5 was asked for. Which shift is yours?",
)
def _(f, grad, x):
    h = 1e-8
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        flat, worst = mx.flatten(x), 0.0
        for i, claimed in enumerate(mx.flatten(grad(x)).tolist()):
            shift = mx.zeros_like(flat)
            shift[i] = h
            above = f((flat + shift).reshape(x.shape)).item()
            below = f((flat - shift).reshape(x.shape)).item()
            worst = max(worst, abs((above - below) / (2 * h) - claimed))
    return worst


@check_grad.misconception(
    "array_returned",
    "The number is right, and its type is {type}. A comparison such as `check_grad(...) < 1e-6` "
    "is then an operation of MLX too, and in float64 it can't run on a GPU. What makes a Python "
    "number of an array?",
)
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        shifts = mx.eye(x.size, dtype=mx.float64).reshape(x.size, *x.shape) * h
        slopes = mx.vmap(lambda shift: (f(x + shift) - f(x - shift)) / (2 * h))(shifts)
        return mx.abs(slopes.reshape(x.shape) - grad(x)).max()


@check_grad.misconception(
    "relative_error",
    "Your numbers are those of errors divided by the slopes: for a gradient that is wrong in one "
    "entry you have {too_large}, and the error there is {too_large:expected}. Many checks of "
    "gradients are relative. Which difference was asked for?",
)
def _(f, grad, x):
    h = 1e-5
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        shifts = mx.eye(x.size, dtype=mx.float64).reshape(x.size, *x.shape) * h
        slopes = mx.vmap(lambda shift: (f(x + shift) - f(x - shift)) / (2 * h))(shifts)
        slopes = slopes.reshape(x.shape)
        return (mx.abs(slopes - grad(x)) / mx.abs(slopes)).max().item()


check_grad.hints(
    "How many digits of f(x + h) and f(x - h) are the same, and how many does the dtype have?",
    "Make x float64 by `astype`, all of it inside `with mx.stream(mx.cpu):`, and shift one entry "
    "at a time.",
    "For each entry i: a zero array with h at i, then (f(x + shift) - f(x - shift)) / (2 * h); "
    "compare absolute values.",
)
