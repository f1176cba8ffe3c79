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
    no slope, the gradient is zero. Both must hold

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


@row_norms.use(zero="exact")
def _(answer, rng):
    # Rows of every size in one table, each size at least twice and in any order.
    scales = {"ordinary": 1.0, "zero": 0.0, "tiny": 1e-30, "huge": 1e30}
    more = ["ordinary"] * int(rng.integers(3))
    kinds = [str(kind) for kind in rng.permutation([*scales, *scales, *more])]
    rows, columns = len(kinds), int(rng.integers(3, 7))
    x = rng.uniform(0.5, 2, size=(rows, columns)) * rng.choice([-1, 1], size=(rows, columns))
    x[np.arange(rows), rng.integers(0, columns, size=rows)] = 0
    x = mx.array((x * [[scales[kind]] for kind in kinds]).astype(np.float32))
    weights = mx.array(rng.uniform(2, 4, size=rows).astype(np.float32))
    shape = tuple(answer(x).shape)
    if shape != (rows,):
        return {"shape": str(shape)}
    (lengths,), (gradient,) = mx.vjp(answer, [x], [weights])
    gradient = mx.where(mx.abs(gradient) < 1e-6, 0.0, gradient)  # 1e-30 is as wrong as 0
    found = {"shape": str(shape)}
    for name in scales:
        places = mx.array([i for i, kind in enumerate(kinds) if kind == name])
        found |= {name: lengths[places], f"gradient_{name}": gradient[places]}
    lifted = [name for name in ("zero", "tiny") if mx.any(found[name] > 1e-20)]
    found["too_long"] = " and ".join(lifted) or "none"
    if "zero" in lifted:  # by how much says nothing more
        return {name: found[name] for name in ("shape", "too_long", "huge")}
    return found | {"nans": int(mx.isnan(gradient).sum())}


row_norms.says(
    passed="No row of float32 is too small or too large for it, and no gradient is nan.",
    shape="The shape of the result",
    too_long="Kinds of rows (zero, tiny) with lengths above 1e-20",
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
    "by 0 ends there too. What would have to be guarded, and before which step?",
)
def _(x):
    largest = mx.stop_gradient(mx.abs(x).max(axis=1, keepdims=True))
    scale = mx.where(largest > 0, largest, 1.0)
    length = scale[:, 0] * mx.sqrt(mx.square(x / scale).sum(axis=1))
    return mx.where(largest[:, 0] > 0, length, 0.0)


@row_norms.misconception(
    "norm_is_safe",
    "Your numbers are those of the plain formula, which `mx.linalg.norm` has in one call: rows "
    "around 1e30 get {huge}, rows around 1e-30 get {tiny}, and {nans} entries of the gradient are "
    "nan, at rows whose squares add up to 0. Which step of the formula is the first to go wrong "
    "for each of the three?",
)
def _(x):
    return mx.linalg.norm(x, axis=1)


@row_norms.misconception(
    "squares_do_not_fit",
    "Rows around 1 and rows of zeros are right. Rows around 1e30 have the length {huge}, and "
    "rows around 1e-30 {tiny}: their squares are beyond what float32 can hold, at either end. The "
    "lengths are not. What could a row be divided by before it is squared?",
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
    "Rows around 1e30 are right. A row of zeros has a length above 0, and rows around 1e-30 are "
    "far too long. A small number under the root keeps the root away from 0, and becomes the "
    "answer where a row is smaller: a guess about how small the numbers get. What needs no guess?",
)
def _(x):
    largest = mx.stop_gradient(mx.maximum(mx.abs(x).max(axis=1, keepdims=True), 1.0))
    return largest[:, 0] * mx.sqrt(mx.square(x / largest).sum(axis=1) + 1e-12)


@row_norms.misconception(
    "cotangent_ignored",
    "The lengths are right, and the gradients are those of their plain sum: each row divided by "
    "its length. Here the lengths were multiplied by different weights afterwards. What does a vjp "
    "get besides the rows and their lengths?",
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


@row_norms.misconception(
    "where_around_the_root",
    "{nans} entries of the gradient are nan, at rows around 1e-30 as well: their squares are 0 in "
    "float32, and those around 1e30 infinite. `mx.where` around the root picks the value, and the "
    "way back passes through the root all the same. What has to be made safe before the square?",
)
def _(x):
    squares = mx.square(x).sum(axis=1)
    return mx.where(squares > 0, mx.sqrt(squares), 0.0)


@row_norms.misconception(
    "one_scale_for_all_rows",
    "Rows around 1e30 are right, and rows around 1 have the length {ordinary}. In a table with "
    "both, they are too small beside the largest entry of all, and their squares vanish. By what "
    "can each row be divided?",
)
def _(x):
    @mx.custom_function
    def norms(x):
        largest = mx.abs(x).max()
        return largest * mx.sqrt(mx.square(x / largest).sum(axis=1))

    @norms.vjp
    def direction_of_row(x, cotangent, length):
        safe = mx.where(length > 0, length, 1.0)
        return cotangent[:, None] * (x / safe[:, None])

    return norms(x)


@row_norms.misconception(
    "columns_not_rows",
    "Your result has the shape {shape}: a length for each column of the table. Which axis of a "
    "row's entries was to be added up?",
)
def _(x):
    return mx.linalg.norm(x, axis=0)


@row_norms.misconception(
    "axis_kept",
    "Your result has the shape {shape}, and {shape:expected} was asked for. Kept axes make a "
    "division by rows easy, and the result still has one too many. Which step can let it go?",
)
def _(x):
    largest = mx.abs(x).max(axis=1, keepdims=True)
    scale = mx.where(largest > 0, largest, 1.0)
    return scale * mx.sqrt(mx.square(x / scale).sum(axis=1, keepdims=True))


@row_norms.misconception(
    "cotangent_along_the_columns",
    "The cotangent has a number for each row, and multiplied by the table as it is, it meets the "
    "columns. MLX lines shapes up from the last axis. What makes a column of it?",
)
def _(x):
    @mx.custom_function
    def norms(x):
        largest = mx.abs(x).max(axis=1, keepdims=True)
        scale = mx.where(largest > 0, largest, 1.0)
        return scale[:, 0] * mx.sqrt(mx.square(x / scale).sum(axis=1))

    @norms.vjp
    def direction_of_row(x, cotangent, length):
        return cotangent * x / mx.where(length > 0, length, 1.0)[:, None]

    return norms(x)


@row_norms.misconception(
    "scale_differentiated",
    "The lengths are right. At rows of zeros the gradient is {gradient_zero}, and elsewhere it is "
    "right: {nans} entries are nan. Dividing by the largest entry makes the squares safe, and the "
    "square root at 0 is as steep as before. What would a vjp of its own say at such a row?",
)
def _(x):
    largest = mx.abs(x).max(axis=1, keepdims=True)
    scale = mx.where(largest > 0, largest, 1.0)
    return scale[:, 0] * mx.sqrt(mx.square(x / scale).sum(axis=1))


_ANY = "a row of zeros is divided by it, and 0 by any number is 0"
row_norms.same_as("solution", "constant", "mx.where(largest > 0, largest, 1.0)", _ANY)
row_norms.same_as("solution", "constant", "mx.where(length > 0, length, 1.0)", _ANY)
row_norms.same_as("solution", "constant", "(:, 0)", "there is one column: first and last")
row_norms.same_as("alternative 1", "constant", "mx.where(empty, 1.0, x)", "it is put aside later")
row_norms.same_as(
    "alternative 1", "constant", "mx.where(empty, 1.0, largest)", "it is put aside later"
)
row_norms.same_as(
    "alternative 2",
    "operator",
    "mx.max(mx.abs(x), axis=1) + (mx.abs(x).sum(axis=1) == 0)",
    _ANY,
)
row_norms.same_as(
    "alternative 2", "astype dropped", "(outputs == 0).astype(mx.float32)", "True adds as 1 does"
)
row_norms.same_as("alternative 2", "dtype", "mx.float32", "it holds 0 and 1, in float16 too")
row_norms.same_as("alternative 2", "function", "mx.abs(x).sum", "the mean is 0 where the sum is")
row_norms.same_as("alternative 2", "operator", "outputs + zero", _ANY)


@row_norms.misconception(
    "epsilon_and_plain_squares",
    "A row of zeros has a length above 0, rows around 1e-30 are far too long, and rows around "
    "1e30 have the length {huge}. A small number under the root keeps the root away from 0, and "
    "becomes the answer where a row is smaller. It does nothing for squares that are too large. "
    "What could a row be divided by first?",
)
def _(x):
    return mx.sqrt(mx.square(x).sum(axis=1) + 1e-12)


@row_norms.misconception(
    "not_scaled_back",
    "Rows around 1 have the length {ordinary}, and {ordinary:expected} is right. Yours are the "
    "lengths of rows whose largest entry is 1. The division made the squares safe. What brings the "
    "size of the row back afterwards?",
)
def _(x):
    @mx.custom_function
    def norms(x):
        largest = mx.abs(x).max(axis=1, keepdims=True)
        scale = mx.where(largest > 0, largest, 1.0)
        return mx.sqrt(mx.square(x / scale).sum(axis=1))

    @norms.vjp
    def direction_of_row(x, cotangent, length):
        safe = mx.where(length > 0, length, 1.0)
        return cotangent[:, None] * (x / safe[:, None])

    return norms(x)


row_norms.hints(
    "Which step of sqrt(sum of squares) goes wrong for [3e30, 4e30], and which way back for "
    "[0, 0]?",
    "Forward: divide each row by its largest entry first, unless that is 0. Backward: "
    "`mx.custom_function`, and a vjp that gets the input, the cotangent and the output.",
    "The vjp returns `cotangent[:, None] * x / length[:, None]`, with a length of 1 where it is 0.",
)
