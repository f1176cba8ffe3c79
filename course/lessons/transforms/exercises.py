"""Exercises of lesson 03, transforms."""

import math

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course import measure
from course.exercise import exercise

# --------------------------------------------------------------------------------------------------
what_grad_returns = exercise(minutes=3, level=1, value=True)


@what_grad_returns.solution
def _():
    """Six functions, and what they are given. What does `mx.grad` of each return?

        x = mx.array([4.0, 1.0, 0.0])
        n = mx.array([4, 1, 0])
        y = x * x

        1   mx.grad(lambda x: (x * x).sum())(x)
        2   mx.grad(lambda x: x * x)(x)
        3   mx.grad(lambda x: mx.array(np.array(x) ** 2).sum())(x)
        4   mx.grad(lambda x: mx.where(x > 0, mx.sqrt(x), 0.0).sum())(x)
        5   mx.grad(lambda n: (1.5 * n).sum())(n)
        6   mx.grad(lambda x: y.sum())(x)

    Write one letter for each, in order, as one string of six letters:

        S   the slopes, as you would work them out on paper
        Z   zeros, though the slopes are not zero on paper
        N   slopes, and a nan among them
        W   whole numbers where the slopes are not whole
        E   an error

    In 6 the `y` on paper is the square of `x`. For `mx.grad(lambda x: (3 * x).sum())(x)` the
    letter would be S. Decide in your head; run them afterwards.
    """
    return "SEZNWZ"


@what_grad_returns.alternative
def _():
    x, n = mx.array([4.0, 1.0, 0.0]), mx.array([4, 1, 0])
    y = x * x
    tried = [
        (lambda x: (x * x).sum(), x, [8, 2, 0]),
        (lambda x: x * x, x, [8, 2, 0]),
        (lambda x: mx.array(np.array(x) ** 2).sum(), x, [8, 2, 0]),
        (lambda x: mx.where(x > 0, mx.sqrt(x), 0.0).sum(), x, [0.25, 0.5, 0]),
        (lambda n: (1.5 * n).sum(), n, [1.5, 1.5, 1.5]),
        (lambda x: y.sum(), x, [8, 2, 0]),
    ]
    letters = []
    for function, at, slopes in tried:
        try:
            g = mx.grad(function)(at)
        except ValueError:
            letters.append("e")
            continue
        if mx.isnan(g).any():
            letters.append("n")
        elif g.tolist() == slopes:
            letters.append("s")
        else:
            letters.append("w" if mx.any(g != 0) else "z")
    return letters


@what_grad_returns.misconception(
    "grad_nonscalar_loss",
    "For 2 you gave {line_2}. The function returns three numbers, and a gradient belongs to one: "
    "which of the three should go down? MLX does not add them up for you, and says so. What does "
    "line 1 have that line 2 has not?",
)
def _():
    return "SSZNWZ"


@what_grad_returns.misconception(
    "numpy_break_grad",
    "For 3 you gave {line_3}. The value that comes back from NumPy is right, so one expects its "
    "slope to be right too. MLX sees its own operations and no others: it meets a new constant "
    "there, and nothing leads from it to `x`.",
)
def _():
    return "SESNWZ"


@what_grad_returns.misconception(
    "where_nan_grad",
    "For 4 you gave {line_4}. `mx.where` picks values, after both sides were computed, and the way "
    "back passes through both sides as well. The side that was not picked is multiplied by 0. "
    "What is the slope of a square root at 0, and what is 0 times that?",
)
def _():
    return "SEZSWZ"


@what_grad_returns.misconception(
    "integer_gradient",
    "For 5 you gave {line_5}. A gradient has the dtype of the array that it belongs to, and `n` "
    "is made of whole numbers. What becomes of a slope of 1.5 in an int32?",
)
def _():
    return "SEZNSZ"


@what_grad_returns.misconception(
    "closure_is_seen",
    "For 6 you gave {line_6}. In a framework that records a tape `y` remembers that it was made "
    "from `x`. In MLX the gradient is that of a function, with respect to its argument. Does the "
    "function in line 6 use the argument that it is called with?",
)
def _():
    return "SEZNWS"


@what_grad_returns.misconception(
    "nonsense_raises",
    "You expect an error wherever no sensible slope can come out, and MLX raises one in line 2 "
    "only. The other lines return an array of the right shape, which is what makes them "
    "dangerous: look at 3, 5 and 6 again, and ask what that array could hold.",
)
def _():
    return "SEENEE"


@what_grad_returns.use
def _(answer, rng):
    if isinstance(answer, dict):
        answer = list(answer.values())
    if not isinstance(answer, (str, list, tuple)):
        return {"kind": type(answer).__name__}
    letters = [letter for letter in "".join(map(str, answer)).upper() if letter.isalpha()]
    lines = {f"line_{i}": letter for i, letter in enumerate(letters[:6], 1)}
    return {"kind": "str", "length": len(letters)} | lines


what_grad_returns.says(
    passed="Four of the six are wrong without a word. You will recognize them.",
    kind="What you gave",
    length="Letters in your string",
    line_1="Line 1",
    line_2="Line 2",
    line_3="Line 3",
    line_4="Line 4",
    line_5="Line 5",
    line_6="Line 6",
)
what_grad_returns.hints(
    "What can MLX follow from the result back to the argument, operation by operation?",
    "Four things break that way back or bend it: more than one result, NumPy, an infinite slope, "
    "and a dtype. And in line 6: what does the function do with its own argument?",
    "Only line 2 raises. Lines 3 and 6 do not depend on their argument as far as MLX can see.",
)

# --------------------------------------------------------------------------------------------------
sgd_step = exercise(minutes=5, level=1)


@sgd_step.solution
def _(params, x, y, lr):
    """One step of gradient descent for a linear classifier.

        params: {"w": (D, C) float32, "b": (C,) float32}; the logits are x @ w + b
        x:      (N, D) float32
        y:      (N,) int32, the right class of each row
        lr:     a Python float
        result: (loss, new): the loss at the `params` that came in, a 0-d array: the mean over the
                rows of the cross-entropy (natural logarithm); and a dict like `params`, moved
                against the gradient by lr times it

    The dict that was passed in holds the same values afterwards.

    With w and b all 0, x = [[1, 2]], y = [0] and lr = 1 the loss is 0.6931, the new w is
    [[0.5, -0.5], [1, -1]] and the new b is [0.5, -0.5].
    """

    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.alternative
def _(params, x, y, lr):
    def loss_fn(w, b):
        logits = x @ w + b
        right = mx.take_along_axis(logits, y[:, None], axis=1)[:, 0]
        return (mx.logsumexp(logits, axis=1) - right).mean()

    loss, (dw, db) = mx.value_and_grad(loss_fn, argnums=(0, 1))(params["w"], params["b"])
    return loss.item(), {"b": params["b"] - lr * db, "w": params["w"] - lr * dw}


@sgd_step.alternative
def _(params, x, y, lr):
    logits = x @ params["w"] + params["b"]
    error = mx.softmax(logits, axis=1)
    loss = -mx.log(error[mx.arange(len(y)), y]).mean()
    error = (error - mx.eye(logits.shape[1])[y]) / len(y)
    return loss, {"w": params["w"] - lr * x.T @ error, "b": params["b"] - lr * error.sum(axis=0)}


@sgd_step.misconception(
    "zero_grad_backward",
    "An array of MLX has no `backward`, and no `.grad` that it would fill. There is nothing to "
    "set to zero either, because nothing is ever added up behind your back. A gradient is what a "
    "function returns. Which function makes that function?",
)
def _(params, x, y, lr):
    logits = x @ params["w"] + params["b"]
    loss = nn.losses.cross_entropy(logits, y, reduction="mean")
    loss.backward()
    return loss, {name: value - lr * value.grad for name, value in params.items()}


@sgd_step.misconception(
    "grad_nonscalar_loss",
    "Your loss is one number for each row, and a gradient is taken of one number. In PyTorch "
    "cross-entropy averages unless it is told otherwise; MLX's does not. What turns a loss for "
    "each row into the loss of the batch?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        return nn.losses.cross_entropy(x @ params["w"] + params["b"], y)

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.misconception(
    "sum_for_mean",
    "Your loss is {loss}; the mean over the rows is {loss:expected}. The sum points the same way, "
    "and the step grows with the number of rows: with twice the batch, the same lr goes twice as "
    "far. What should it be divided by?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="sum")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.misconception(
    "first_argument_only",
    "`w` took its step and `b` stayed where it was. Unless it is told otherwise, "
    "`mx.value_and_grad` differentiates with respect to the first argument and takes all others "
    "for constants. How do you ask for more than one, or make one of two?",
)
def _(params, x, y, lr):
    def loss_fn(w, b):
        return nn.losses.cross_entropy(x @ w + b, y, reduction="mean")

    loss, dw = mx.value_and_grad(loss_fn)(params["w"], params["b"])
    return loss, {"w": params["w"] - lr * dw, "b": params["b"]}


@sgd_step.misconception(
    "loss_after_step",
    "Your step is right; your loss, {loss}, is the one after it, and the one before was "
    "{loss:expected}. The gradient was taken at the old parameters and their loss was computed on "
    "the way. Which function hands out both?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    grads = mx.grad(loss_fn)(params)
    new = {name: params[name] - lr * grads[name] for name in params}
    return loss_fn(new), new


@sgd_step.misconception(
    "uphill",
    "Your step is as long as it should be and goes the other way. The gradient points to where "
    "the loss grows. Which way do you want to go?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] + lr * grads[name] for name in params}


@sgd_step.misconception(
    "changes_what_came_in",
    "The new parameters are right, and the dict that was passed in holds them too: whoever wanted "
    "to compare before and after, or to take the step back, has lost the old ones. Where do you "
    "write into `params`? (`-=` on an array writes into the array itself, and a copy of the dict "
    "holds the same arrays.)",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    for name in params:
        params[name] = params[name] - lr * grads[name]
    return loss, params


@sgd_step.use(loss="reduction", w="matmul", b="reduction")
def _(answer, rng):
    w, b = rng.normal(size=(3, 4)), rng.normal(size=4)
    params = {"w": mx.array(w.astype(np.float32)), "b": mx.array(b.astype(np.float32))}
    before = {name: value.tolist() for name, value in params.items()}
    x = mx.array(rng.normal(size=(5, 3)).astype(np.float32))
    y = mx.array(rng.integers(0, 4, size=5).astype(np.int32))
    result = answer(params, x, y, 0.5)
    kinds = [type(part).__name__ for part in result] if isinstance(result, (tuple, list)) else []
    if len(kinds) != 2 or not isinstance(result[1], dict):
        return {"kind": f"({', '.join(kinds)})" if kinds else type(result).__name__}
    loss, new = result
    return {
        "kind": "(loss, dict)",
        "loss": loss,
        "names": ", ".join(sorted(new)),
        "w": new.get("w"),
        "b": new.get("b"),
        "unchanged": {name: value.tolist() for name, value in params.items()} == before,
    }


sgd_step.says(
    passed="No tape, no backward, nothing to reset: a function and its gradient.",
    kind="What you returned",
    loss="The loss",
    names="Names in the new dict",
    w="The new w",
    b="The new b",
    unchanged="The dict that came in holds the same values afterwards",
)
sgd_step.hints(
    "What is the function whose gradient you want, and what is its argument?",
    "Write the loss as a function of `params`; `mx.value_and_grad` of it returns the loss and a "
    "dict of gradients.",
    "`loss, grads = mx.value_and_grad(loss_fn)(params)`, then a new dict with "
    "`params[name] - lr * grads[name]`.",
)

# --------------------------------------------------------------------------------------------------
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
straight_through.hints(
    "Write the result as x plus something. Which of the two should MLX differentiate?",
    "`mx.stop_gradient(z)` has the value of z and is a constant to every gradient.",
    "`x + mx.stop_gradient(rounded - x)`: the value is `rounded`, the slope is that of x.",
)

# --------------------------------------------------------------------------------------------------
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
    "`f` was called with {dtype}, so a right gradient agrees with your differences to {digits} "
    "decimal places. Two numbers that share their first five digits are subtracted, and float32 "
    "has seven. MLX makes float32 of nearly everything, NumPy's float64 arrays included, unless a "
    "dtype is named.",
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
    "A right gradient agrees with your differences to {digits} decimal places. From x to x + h "
    "you measure the slope half a step further on, and are off by about h times half the "
    "curvature. Which second point would make up for it?",
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
    "You shift all entries of x together, and get one number: the sum of all slopes. A right "
    "gradient then looks wrong, and one whose errors cancel looks right. How many calls of `f` "
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
    "You compare the claim with `mx.grad` of the same function. Both are fooled by the same "
    "things: for a function that hides a factor from the gradient your result is {hidden}, and it "
    "should be {hidden:expected}. A check has to come from somewhere else: from the values of `f`.",
)
def _(f, grad, x):
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        return mx.abs(grad(x) - mx.grad(f)(x)).max().item()


@check_grad.use(too_large="reduction", too_small="reduction", hidden="reduction")
def _(answer, rng):
    x = mx.array(rng.uniform(1, 3, size=(2, 3)).astype(np.float32))
    place = int(rng.integers(6))
    wrong = float(rng.uniform(0.001, 0.002))
    dtypes = set()

    def f(x):
        dtypes.add(str(x.dtype).removeprefix("mlx.core."))
        return (mx.square(x) * mx.sqrt(x)).sum() + (x[0] * mx.log(x[1])).sum()

    def hiding(x):
        return (x * mx.stop_gradient(x)).sum()

    def claim(error):
        def grad(x):
            off = (mx.arange(6) == place).astype(x.dtype).reshape(2, 3)
            return mx.grad(f)(x) + error * off

        return grad

    difference = answer(f, claim(0.0), x)
    found = {
        "type": "float" if isinstance(difference, float) else type(difference).__name__,
        "digits": max(0, min(7, int(-math.log10(max(abs(float(difference)), 1e-12))))),
        "too_large": answer(f, claim(wrong), x),
        "too_small": answer(f, claim(-wrong), x),
        "hidden": answer(hiding, mx.grad(hiding), x),
    }
    return found | {"dtype": ", ".join(sorted(dtypes))}


check_grad.says(
    passed="Now you can check any gradient, your own vjp's first of all.",
    type="The type of the result",
    digits="Decimal places to which a right gradient agrees (7 is enough)",
    too_large="For a gradient that claims too much in one entry",
    too_small="For a gradient that claims too little in one entry",
    hidden="For x * stop_gradient(x), whose gradient MLX is made to get wrong",
    dtype="The dtype that f was called with",
)
check_grad.hints(
    "How many digits of f(x + h) and f(x - h) are the same, and how many does the dtype have?",
    "Make x float64 by `astype`, all of it inside `with mx.stream(mx.cpu):`, and shift one entry "
    "at a time.",
    "For each entry i: a zero array with h at i, then (f(x + shift) - f(x - shift)) / (2 * h); "
    "compare absolute values.",
)

# --------------------------------------------------------------------------------------------------
per_example_grads = exercise(minutes=7, level=2)


@per_example_grads.solution
def _(loss_fn, params, xs, ys):
    """The gradient of each example by itself. (Who clips gradients for privacy, or looks for
    mislabelled examples, needs them before they are averaged.)

        loss_fn(params, x, y): the loss of one example, 0-d; x is (D,), y is 0-d
        params: a dict of float32 arrays
        xs:     (D, B) float32: the examples are the columns
        ys:     (B,) float32
        result: a dict like `params`; entry b along the first axis of each array is the gradient
                of the loss of example b

    Call `loss_fn` once, for all examples together.

    With loss_fn = lambda p, x, y: (p["w"] * x).sum() * y, xs = [[1, 2], [3, 4]] and ys = [1, 10]
    the result is {"w": [[1, 3], [20, 40]]}.
    """
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 1, 0))(params, xs, ys)


@per_example_grads.alternative
def _(loss_fn, params, xs, ys):
    one = mx.grad(loss_fn)
    return mx.vmap(lambda x, y: one(params, x, y))(xs.T, ys)


@per_example_grads.alternative
def _(loss_fn, params, xs, ys):
    copies = {
        name: mx.broadcast_to(value, (len(ys), *value.shape)) for name, value in params.items()
    }

    def total(copies):
        return mx.vmap(loss_fn, in_axes=(0, 1, 0))(copies, xs, ys).sum()

    return mx.grad(total)(copies)


@per_example_grads.misconception(
    "wrong_vmap_axis",
    "Your arrays have the right shapes and the wrong numbers. Unless it is told otherwise, "
    "`mx.vmap` goes along the first axis, and here that is the axis of the features: each of your "
    "examples is made of one feature of all of them. With as many examples as features nothing "
    "complains. Along which axis do the examples lie?",
)
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 0, 0))(params, xs, ys)


@per_example_grads.misconception(
    "parameters_mapped_too",
    "`mx.vmap` was asked to walk along the parameters as well, one row of them for each example, "
    "and their sizes do not go together. The parameters are the same for every example. How is "
    "`vmap` told to leave an argument whole?",
)
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(0, 1, 0))(params, xs, ys)


@per_example_grads.misconception(
    "grad_nonscalar_loss",
    "You differentiate a function that returns one loss for each example. A gradient is taken of "
    "one number, and MLX refuses. Both transforms are needed, and their order decides: the losses "
    "of all examples first and their gradient then, or the other way round?",
)
def _(loss_fn, params, xs, ys):
    return mx.grad(mx.vmap(loss_fn, in_axes=(None, 1, 0)))(params, xs, ys)


@per_example_grads.misconception(
    "averaged_first",
    "You return one gradient, that of the mean loss. It is what training needs, and what each "
    "example had to say can't be got back from it. Which comes first, the gradient or the "
    "gathering?",
)
def _(loss_fn, params, xs, ys):
    def mean_loss(params):
        return mx.vmap(loss_fn, in_axes=(None, 1, 0))(params, xs, ys).mean()

    return mx.grad(mean_loss)(params)


@per_example_grads.misconception(
    "loop_over_examples",
    "The gradients are right, and `loss_fn` was called {calls} times. Each call writes a graph of "
    "its own, with small operations that run one after the other. A transform turns a function "
    "of one example into one of many, and calls it once.",
)
def _(loss_fn, params, xs, ys):
    grads = [mx.grad(loss_fn)(params, xs[:, b], ys[b]) for b in range(len(ys))]
    return {name: mx.stack([g[name] for g in grads]) for name in params}


@per_example_grads.use(w="matmul", v="matmul")
def _(answer, rng):
    params = {
        "w": mx.array(rng.normal(size=(4, 3)).astype(np.float32)),
        "v": mx.array(rng.normal(size=3).astype(np.float32)),
    }
    xs = mx.array(rng.normal(size=(4, 4)).astype(np.float32))
    ys = mx.array(rng.normal(size=4).astype(np.float32))
    calls = []

    def loss_fn(params, x, y):
        calls.append(x)
        return mx.square(mx.tanh(x @ params["w"]) @ params["v"] - y)

    grads = answer(loss_fn, params, xs, ys)
    if not isinstance(grads, dict):
        return {"kind": type(grads).__name__}
    return {
        "kind": "dict",
        "names": ", ".join(sorted(grads)),
        "w": grads.get("w"),
        "v": grads.get("v"),
        "calls": len(calls),
    }


per_example_grads.says(
    passed="One function of one example, two transforms, all gradients.",
    kind="What you returned",
    names="Names in the result",
    w="The gradients of w, for 4 examples of 4 features",
    v="The gradients of v",
    calls="Calls of loss_fn",
)
per_example_grads.hints(
    "What does `mx.grad(loss_fn)` do with one example? And who does that for many?",
    "`mx.vmap` takes `in_axes`: an axis for each argument, or None for one that is not mapped.",
    "`mx.vmap(mx.grad(loss_fn), in_axes=(None, ...))`: look at the shapes of xs and ys.",
)

# --------------------------------------------------------------------------------------------------
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
hvp.hints(
    "The Hessian is the derivative of the gradient. How does the gradient change when x moves a "
    "little in the direction v?",
    "Make one number of the gradient and v, or take the gradient's derivative in a direction: "
    "`mx.jvp` gives that, and the function may be a gradient.",
    "`(mx.grad(f)(x) * v).sum()` is a function of x with one number as its value. What is its "
    "gradient?",
)

# --------------------------------------------------------------------------------------------------
row_norms = exercise(minutes=12, level=3)


@row_norms.solution
def _(x):
    """The length of each row, safe for every float32: give it a vjp of its own.

        x:      (N, D) float32
        result: (N,) float32, the square root of the sum of squares of each row

    The gradient of a row's length is the row divided by its length. At a row of zeros, which has
    no slope, it shall be zero. Both must hold

    - for rows of zeros: length 0, gradient 0, and no nan anywhere;
    - for rows around 1e-30 and around 1e30, whose squares float32 can't hold;
    - whatever is done with the lengths afterwards.

    For x = [[3, 4], [0, 0], [3e30, 4e30]] the lengths are [5, 0, 5e30], and the gradient of
    `(mx.array([1, 1, 2]) * row_norms(x)).sum()` is [[0.6, 0.8], [0, 0], [1.2, 1.6]].
    """

    @mx.custom_function
    def norms(x):
        largest = mx.abs(x).max(axis=1, keepdims=True)
        scale = mx.where(largest > 0, largest, 1.0)
        return scale[:, 0] * mx.sqrt(mx.square(x / scale).sum(axis=1))

    @norms.vjp
    def direction_of_row(x, cotangent, length):
        safe = mx.where(length > 0, length, 1.0)
        return cotangent[:, None] * (x / safe[:, None])

    return norms(x)


@row_norms.alternative
def _(x):
    largest = mx.stop_gradient(mx.max(mx.abs(x), axis=-1, keepdims=True))
    empty = largest == 0
    unit = mx.where(empty, 1.0, x) / mx.where(empty, 1.0, largest)
    length = mx.linalg.norm(unit, axis=-1) * largest.squeeze(-1)
    return mx.where(empty.squeeze(-1), 0.0, length)


@row_norms.alternative
def _(x):
    def size(x):
        top = mx.max(mx.abs(x), axis=1) + (mx.abs(x).sum(axis=1) == 0)
        return top * mx.sqrt(mx.einsum("ij,ij->i", x / top[:, None], x / top[:, None]))

    norms = mx.custom_function(size)

    def pull_back(primals, cotangents, outputs):
        zero = (outputs == 0).astype(mx.float32)
        return (cotangents / (outputs + zero))[:, None] * primals

    norms.vjp(pull_back)
    return norms(x)


@row_norms.misconception(
    "where_nan_grad",
    "The lengths are all right, and {nans} entries of the gradient are nan: all those at rows of "
    "zeros. `mx.where` behind a square root picks the value, and the way back passes through the "
    "root all the same: its slope at 0 is infinite, and 0 times that is nan. A vjp that divides 0 "
    "by 0 ends there too. Guard what goes in, rather than what comes out.",
)
def _(x):
    largest = mx.stop_gradient(mx.abs(x).max(axis=1, keepdims=True))
    scale = mx.where(largest > 0, largest, 1.0)
    length = scale[:, 0] * mx.sqrt(mx.square(x / scale).sum(axis=1))
    return mx.where(largest[:, 0] > 0, length, 0.0)


@row_norms.misconception(
    "norm_is_safe",
    "`mx.linalg.norm` is the plain formula in one call: rows around 1e30 get {huge}, rows around "
    "1e-30 get {tiny}, and {nans} entries of the gradient are nan, at rows of zeros. Three things "
    "are to be made safe here, two on the way there and one on the way back.",
)
def _(x):
    return mx.linalg.norm(x, axis=1)


@row_norms.misconception(
    "squares_do_not_fit",
    "Rows around 1 are right. For rows around 1e30 you get {huge}, and for rows around 1e-30 "
    "{tiny}: their squares are beyond what float32 can hold, at either end. The lengths are not. "
    "What could you divide a row by before you square it?",
)
def _(x):
    @mx.custom_function
    def norms(x):
        return mx.sqrt(mx.square(x).sum(axis=1))

    @norms.vjp
    def direction_of_row(x, cotangent, length):
        safe = mx.where(length > 0, length, 1.0)
        return cotangent[:, None] * (x / safe[:, None])

    return norms(x)


@row_norms.misconception(
    "adds_epsilon",
    "A small number under the root keeps it away from 0, and it becomes the answer where the row "
    "is smaller: rows around 1e-30 have the length {tiny}, and the row of zeros {zero}. An "
    "epsilon is a guess about how small your numbers get.",
)
def _(x):
    largest = mx.stop_gradient(mx.maximum(mx.abs(x).max(axis=1, keepdims=True), 1.0))
    return largest[:, 0] * mx.sqrt(mx.square(x / largest).sum(axis=1) + 1e-12)


@row_norms.misconception(
    "cotangent_ignored",
    "The lengths are right, and the gradients are right as long as the lengths are only added "
    "up. Here they were multiplied by different weights first, and your vjp does not know. What "
    "does it get besides the rows and their lengths?",
)
def _(x):
    @mx.custom_function
    def norms(x):
        largest = mx.abs(x).max(axis=1, keepdims=True)
        scale = mx.where(largest > 0, largest, 1.0)
        return scale[:, 0] * mx.sqrt(mx.square(x / scale).sum(axis=1))

    @norms.vjp
    def direction_of_row(x, cotangent, length):
        return x / mx.where(length > 0, length, 1.0)[:, None]

    return norms(x)


@row_norms.use
def _(answer, rng):
    found, gradients = {}, {}
    for name, scale in {"ordinary": 1.0, "zero": 0.0, "tiny": 1e-30, "huge": 1e30}.items():
        x = mx.array((rng.uniform(0.5, 2, size=(2, 3)) * scale).astype(np.float32))
        x = x * mx.array([[1.0, -1.0, 1.0]])
        weights = mx.array(rng.uniform(2, 4, size=2).astype(np.float32))
        lengths, found_gradients = mx.vjp(answer, [x], [weights])
        found[name] = lengths[0]
        gradients[f"gradient_{name}"] = found_gradients[0]
    nans = sum(int(mx.isnan(g).sum()) for g in gradients.values())
    return found | gradients | {"nans": nans}


row_norms.says(
    passed="No row of float32 is too small or too large for it, and no gradient is nan.",
    ordinary="Lengths of rows around 1",
    zero="Lengths of rows of zeros",
    tiny="Lengths of rows around 1e-30",
    huge="Lengths of rows around 1e30",
    gradient_ordinary="The gradient at rows around 1",
    gradient_zero="The gradient at rows of zeros",
    gradient_tiny="The gradient at rows around 1e-30",
    gradient_huge="The gradient at rows around 1e30",
    nans="Gradients that are nan",
)
row_norms.hints(
    "Which step of sqrt(sum of squares) goes wrong for [3e30, 4e30], and which way back for "
    "[0, 0]?",
    "Forward: divide each row by its largest entry first, unless that is 0. Backward: "
    "`mx.custom_function`, and a vjp that gets the input, the cotangent and the output.",
    "The vjp returns `cotangent[:, None] * x / length[:, None]`, with a length of 1 where it is 0.",
)

# --------------------------------------------------------------------------------------------------
dropout_layers = exercise(minutes=7, level=2)


@dropout_layers.solution
def _(layers, x, p, key):
    """Run `x` through `layers`, with dropout after each of them.

        layers: a list of functions; each takes an array and returns one
        x:      a float32 array, what the first layer is given
        p:      the probability that an entry is dropped, at least 0 and below 1
        key:    a key, as `mx.random.key` makes it
        result: what is left after the last layer's dropout

    Dropout sets each entry to 0 with probability p, by itself, and divides the others by 1 - p.
    The next layer gets what is left.

    - All randomness comes from `key`: the same key gives the same result, another key another.
      The global random state is neither used nor changed.
    - No two layers drop the same entries.

    For layers that return their input and p = 0.5, an x of ones becomes, after two layers, 4 in
    about a quarter of the entries and 0 in the others.
    """
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape, key=sub)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.alternative
def _(layers, x, p, key):
    for layer in layers:
        key, sub = mx.random.split(key)
        x = layer(x)
        x = x * (mx.random.uniform(shape=x.shape, key=sub) >= p) / (1 - p)
    return x


@dropout_layers.alternative
def _(layers, x, p, key):
    def drop(h, key):
        return h * mx.random.bernoulli(mx.array(1.0 - p), h.shape, key) * (1.0 / (1.0 - p))

    i = 0
    while i < len(layers):
        key, mine = mx.random.split(key, 2)
        x = drop(layers[i](x), mine)
        i += 1
    return x


@dropout_layers.misconception(
    "same_key",
    "{same_masks} of 3 pairs of layers drop the very same entries. A key is no generator that "
    "moves on when it is used: the same key and the same shape give the same numbers, every time. "
    "Where would each layer get a key of its own?",
)
def _(layers, x, p, key):
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape, key=key)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "key_not_used",
    "You draw from the global random state, and the key is not used: the same key gave another "
    "result the second time. One can't test or repeat that, and other parts of a program draw "
    "from the same state. What does `key=` do?",
)
def _(layers, x, p, key):
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "not_scaled",
    "What is kept stays as it is: {largest}, where {largest:expected} is expected. With a part of "
    "the entries gone the sum would be smaller in training than later, when nothing is dropped. "
    "By what must the others grow to make up for it?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=sub), x, 0.0)
    return x


@dropout_layers.misconception(
    "keeps_what_it_should_drop",
    "Too few entries are left: {as_many} of 3 layers keep about as many as they should. "
    "`bernoulli(p)` is true with probability p. Is true, in your code, what is dropped or what "
    "is kept?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(p, x.shape, key=sub), x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "one_mask_for_all_rows",
    "The layers differ, and within a layer every row drops the same entries: you drew numbers for "
    "one row and they were broadcast to all. Each entry is to be dropped by itself. Which shape "
    "does that take?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape[-1:], key=sub)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "seeds_the_global_state",
    "The results repeat, because you seed the global random state from the key. Whoever drew from "
    "that state before, a shuffle or another model, starts again from your seed, and nobody told "
    "them. What can be given to the draw itself?",
)
def _(layers, x, p, key):
    mx.random.seed(key[1].item())
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.use
def _(answer, rng):
    p, size = 0.25, (64, 64)
    x = mx.full(size, float(rng.integers(2, 5)))
    key, other = mx.random.split(mx.random.key(int(rng.integers(1000))))
    given = []

    def refill(h):  # so that each layer's dropout is seen by itself
        given.append(h)
        return x * 1.0  # an array of its own, which an answer may write into

    layers = [refill, refill, refill]
    before = mx.random.state[0].tolist()
    last = answer(layers, x, p, key)
    outputs = [*given[1:], last]
    untouched = mx.random.state[0].tolist() == before
    again, another = answer(layers, x, p, key), answer(layers, x, p, other)
    masks = [np.array(h != 0) for h in outputs]
    if any(mask.shape != size for mask in masks) or len(masks) != 3:
        return {"steps": len(masks), "shape": str(masks[-1].shape)}
    pairs = [(0, 1), (0, 2), (1, 2)]
    return {
        "steps": len(masks),
        "shape": str(masks[-1].shape),
        "largest": mx.stack([h.max() for h in outputs]),
        "values": sum(np.unique(np.array(h)).size for h in outputs),
        "as_many": sum(abs(mask.mean() - (1 - p)) < 0.17 for mask in masks),
        "same_masks": sum(bool((masks[i] == masks[j]).all()) for i, j in pairs),
        "same_rows": sum(bool((mask == mask[0]).all()) for mask in masks),
        "repeats": mx.array_equal(again, outputs[-1]).item(),
        "other_key": mx.array_equal(another, outputs[-1]).item(),
        "untouched": untouched,
        "nothing_dropped": mx.array_equal(answer([lambda h: h], x, 0.0, key), x).item(),
    }


dropout_layers.says(
    passed="One key in, a key for each layer, and the same numbers tomorrow.",
    steps="Layers called, each followed by dropout",
    shape="The shape of the result",
    largest="What is kept, in each of three layers",
    values="Different values in the three outputs together (0 and one more in each)",
    as_many="Layers of 3 that keep about three quarters",
    same_masks="Pairs of layers that drop the same entries",
    same_rows="Layers in which all rows drop the same entries",
    repeats="The same key gives the same result",
    other_key="Another key gives the same result",
    untouched="The global random state is as it was",
    nothing_dropped="With p = 0 everything passes unchanged",
)
dropout_layers.hints(
    "What does the second draw with one key give?",
    "`mx.random.split(key, n)` makes n keys; the random functions take `key=`.",
    "`mx.random.bernoulli(1 - p, x.shape, key=sub)` with another `sub` for each layer; then "
    "`x / (1 - p)` where it is true.",
)

# --------------------------------------------------------------------------------------------------
checkpoint_sequential = exercise(minutes=15, level=3)


@checkpoint_sequential.solution
def _(layers, params, x, every):
    """Run `x` through `layers`, in groups of `every` layers, each group under `mx.checkpoint`.

        layers: a list of functions; layers[i](params[i], x) returns the next x
        params: a list of dicts of arrays, one for each layer
        x:      what the first layer is given
        every:  layers in a group, at least 1; the last group has fewer if they run out
        result: what the last layer returns

    The caller takes gradients of the result, with respect to `params` and `x`. They must be what
    they are without checkpointing, and on the way back each group runs once more as a whole, the
    last group first: with 5 layers and every = 2 the layers are called in the order
    0 1 2 3 4, then 4, then 2 3, then 0 1.

    With two layers f(p, x) = p["w"] * x, w = 2 and w = 5, and x = 3 the result is 30, its
    gradient by x is 10, and those by w are 15 and 6.
    """

    def segment(group):
        def run(params, x):
            for layer, p in zip(group, params, strict=True):
                x = layer(p, x)
            return x

        return mx.checkpoint(run)

    for i in range(0, len(layers), every):
        x = segment(layers[i : i + every])(params[i : i + every], x)
    return x


@checkpoint_sequential.alternative
def _(layers, params, x, every):
    for start in range(0, len(layers), every):
        stop = min(start + every, len(layers))

        @mx.checkpoint
        def group(params, x, start=start, stop=stop):
            for i in range(start, stop):
                x = layers[i](params[i - start], x)
            return x

        x = group(params[start:stop], x)
    return x


@checkpoint_sequential.alternative
def _(layers, params, x, every):
    class Segment:
        def __init__(self, layers):
            self.layers = layers

        def __call__(self, x, *params):
            for i in range(len(self.layers)):
                x = self.layers[i](params[i], x)
            return x

    rest, weights = list(layers), list(params)
    while rest:
        segment = mx.checkpoint(Segment(rest[:every]))
        x = segment(x, *weights[:every])
        rest, weights = rest[every:], weights[every:]
    return x


@checkpoint_sequential.misconception(
    "parameters_closed_over",
    "The result is right, and so is the gradient by x. The gradients by the parameters are "
    "{gradient_first} in the first layer: zeros, and no error. `mx.checkpoint` differentiates "
    "with respect to the arguments of the function that it wraps; what that function takes from "
    "around it is a constant. How do the parameters get in?",
)
def _(layers, params, x, every):
    def segment(start):
        def run(x):
            for i in range(start, min(start + every, len(layers))):
                x = layers[i](params[i], x)
            return x

        return mx.checkpoint(run)

    for start in range(0, len(layers), every):
        x = segment(start)(x)
    return x


@checkpoint_sequential.misconception(
    "loop_variable_moved_on",
    "The result is right and the gradients are wrong, and the layers were called in the order "
    "{order}. A checkpointed function is called again on the way back, after your loop has "
    "ended. By then, what does the loop's variable inside it stand for?",
)
def _(layers, params, x, every):
    for start in range(0, len(layers), every):
        group = layers[start : start + every]

        def run(params, x):
            for layer, p in zip(group, params):  # noqa: B023, B905 (the mistake)
                x = layer(p, x)
            return x

        x = mx.checkpoint(run)(params[start : start + every], x)
    return x


@checkpoint_sequential.misconception(
    "one_group_for_all",
    "The gradients are right, and the layers were called in the order {order}: all of them form "
    "one group. The way back then begins by making every array of the network again, and keeps "
    "all of them, so it takes the time of checkpointing and saves next to nothing. What is "
    "`every` for?",
)
def _(layers, params, x, every):
    def run(params, x):
        for layer, p in zip(layers, params, strict=True):
            x = layer(p, x)
        return x

    return mx.checkpoint(run)(params, x)


@checkpoint_sequential.misconception(
    "a_group_for_each_layer",
    "The gradients are right, and each layer is a group of its own: the order was {order}. All "
    "inputs of layers are kept then, where one for each group would do.",
)
def _(layers, params, x, every):
    for layer, p in zip(layers, params, strict=True):
        x = mx.checkpoint(layer)(p, x)
    return x


@checkpoint_sequential.misconception(
    "plain_loop",
    "The gradients are right, and no layer ran a second time: {order}. Everything that the way "
    "back needs was kept from the way there. Which transform throws it away and makes it again?",
)
def _(layers, params, x, every):
    for i in range(0, len(layers), every):
        for layer, p in zip(layers[i : i + every], params[i : i + every], strict=True):
            x = layer(p, x)
    return x


@checkpoint_sequential.misconception(
    "last_layers_forgotten",
    "With 5 layers in groups of 2 the last layer did not run: {order}. The number of groups was "
    "rounded down. What is to become of the layers that do not fill a group?",
)
def _(layers, params, x, every):
    def segment(group):
        def run(params, x):
            for layer, p in zip(group, params, strict=True):
                x = layer(p, x)
            return x

        return mx.checkpoint(run)

    for i in range(len(layers) // every):
        part = slice(i * every, (i + 1) * every)
        x = segment(layers[part])(params[part], x)
    return x


@checkpoint_sequential.use(
    y="matmul",
    gradient_x="matmul",
    **{f"gradient_{name}": "matmul" for name in ("first", "middle", "last")},
)
def _(answer, rng):
    order = []

    def layer(i):
        def run(p, x):
            order.append(str(i))
            return mx.tanh(x @ p["w"] + p["b"]) + x

        return run

    layers = [layer(i) for i in range(5)]
    params = [
        {
            "w": mx.array(rng.normal(0, 0.5, size=(3, 3)).astype(np.float32)),
            "b": mx.array(rng.normal(0, 0.5, size=3).astype(np.float32)),
        }
        for _ in layers
    ]
    x = mx.array(rng.normal(size=(2, 3)).astype(np.float32))
    y = answer(layers, params, x, 2)
    order.clear()

    def loss(params, x):
        return mx.square(answer(layers, params, x, 2)).sum()

    by_params, by_x = mx.grad(loss, argnums=(0, 1))(params, x)
    return {
        "y": y,
        "gradient_x": by_x,
        "gradient_first": by_params[0]["b"],
        "gradient_middle": by_params[2]["w"],
        "gradient_last": by_params[4]["w"],
        "order": " ".join(order),
    }


checkpoint_sequential.says(
    passed="Forgotten on the way there, made again on the way back, one group at a time.",
    y="The result, for 5 layers in groups of 2",
    gradient_x="The gradient by x",
    gradient_first="The gradient by b of the first layer",
    gradient_middle="The gradient by w of the third layer",
    gradient_last="The gradient by w of the last layer",
    order="The order in which the layers were called",
)
checkpoint_sequential.hints(
    "`mx.checkpoint(f)` forgets what `f` made and calls `f` again later. Which function should be "
    "forgotten and called again here, and what are its arguments?",
    "One function for each group, with the group's parameters and x as its arguments. It has to "
    "know its own layers still when it is called again, long after the loop.",
    "A function `segment(group)` that defines `run(params, x)` and returns `mx.checkpoint(run)`; "
    "then `x = segment(layers[i : i + every])(params[i : i + every], x)`.",
)
