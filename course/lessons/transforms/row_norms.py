"""row_norms, an exercise of lesson 03, transforms."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

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


row_norms.hints(
    "Which step of sqrt(sum of squares) goes wrong for [3e30, 4e30], and which way back for "
    "[0, 0]?",
    "Forward: divide each row by its largest entry first, unless that is 0. Backward: "
    "`mx.custom_function`, and a vjp that gets the input, the cotangent and the output.",
    "The vjp returns `cotangent[:, None] * x / length[:, None]`, with a length of 1 where it is 0.",
)
