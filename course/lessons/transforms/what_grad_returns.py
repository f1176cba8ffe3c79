"""what_grad_returns, an exercise of lesson 03, transforms."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

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
    "Your letters have an error in 2, 3, 5 and 6, wherever no sensible slope can come out. MLX "
    "raises one in line 2 only. The other lines return an array of the right shape, which is what "
    "makes them dangerous: look at 3, 5 and 6 again. What could that array hold?",
)
def _():
    return "SEENEE"


@what_grad_returns.misconception(
    "numpy_raises",
    "For 3 you gave {line_3}. JAX refuses to hand a traced array to NumPy, and PyTorch one that "
    "requires a gradient. MLX hands the numbers over, and takes what comes back for a new array. "
    "What does it know about where those numbers came from?",
)
def _():
    return "SEENWZ"


@what_grad_returns.misconception(
    "integers_raise",
    "For 5 you gave {line_5}. JAX and PyTorch refuse a gradient with respect to whole numbers. MLX "
    "does not ask, and gives the gradient the dtype of the array. What is left of 1.5 then?",
)
def _():
    return "SEZNEZ"


@what_grad_returns.misconception(
    "unused_argument_raises",
    "For 6 you gave {line_6}. PyTorch raises where an input was not used to make the result. In "
    "MLX a function that does not use its argument is a constant. What is the slope of a constant?",
)
def _():
    return "SEZNWE"


what_grad_returns.hints(
    "What can MLX follow from the result back to the argument, operation by operation?",
    "Four things break that way back or bend it: more than one result, NumPy, an infinite slope, "
    "and a dtype. And in line 6: what does the function do with its own argument?",
    "Only line 2 raises. Lines 3 and 6 do not depend on their argument as far as MLX can see.",
)
