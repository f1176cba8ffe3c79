"""split_sizes, an exercise of lesson 16, decide."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

split_sizes = exercise(minutes=5, level=1)


@split_sizes.solution
def _(x, size, axis=0):
    """What `torch.split(x, size, axis)` does: cut `x` along an axis into pieces that are `size`
    long, in order. The last one is shorter where the length does not divide.

    Return a list of arrays. For x of shape (10, 3) and size 4 they have 4, 4 and 2 rows.
    """
    return mx.split(x, list(range(size, x.shape[axis], size)), axis=axis)


@split_sizes.use
def _(answer, rng):
    tall = mx.array(rng.normal(size=(10, 3)).astype(np.float32))
    wide = mx.array(rng.normal(size=(12, 7)).astype(np.float32))
    even = mx.array(rng.normal(size=(12,)).astype(np.float32))

    def shapes(pieces):
        return ", ".join("×".join(map(str, piece.shape)) for piece in pieces)

    seen = {}
    for name, pieces in (
        ("even", list(answer(even, 4))),
        ("tall", list(answer(tall, 4))),
        ("wide", list(answer(wide, 3, 1))),
    ):
        seen |= {name: shapes(pieces), f"{name}_first": pieces[0], f"{name}_last": pieces[-1]}
    return seen


split_sizes.says(
    passed="NumPy's way needs places, PyTorch's needs sizes; now you have both.",
    even="12 numbers in pieces of 4",
    tall="10 × 3 in pieces of 4",
    wide="12 × 7 in pieces of 3 along axis 1",
    tall_first="The first piece of 10 × 3",
    tall_last="The last piece of 10 × 3",
)


@split_sizes.alternative
def _(x, size, axis=0):
    x = mx.moveaxis(x, axis, 0)
    pieces = [x[i : i + size] for i in range(0, x.shape[0], size)]
    return [mx.moveaxis(piece, 0, axis) for piece in pieces]


@split_sizes.alternative
def _(x, size, axis=0):
    n = x.shape[axis]
    return tuple(mx.take(x, mx.arange(i, min(i + size, n)), axis=axis) for i in range(0, n, size))


@split_sizes.misconception(
    "parts_not_sizes",
    "`size` was taken for the number of pieces: MLX's second argument is that, or a list of places "
    "to cut at. Where it happens to divide, nothing is raised. How long is your first piece?",
)
def _(x, size, axis=0):
    return mx.split(x, size, axis=axis)


@split_sizes.misconception(
    "last_piece_lost",
    "What does not fill a whole piece is gone: of 10 rows you return {tall}, and the shapes should "
    "be {tall:expected}. What should happen to the rest?",
)
def _(x, size, axis=0):
    whole = x.shape[axis] // size
    return mx.split(x, [size * (i + 1) for i in range(whole)], axis=axis)[:whole]


@split_sizes.misconception(
    "equal_pieces",
    "Your pieces share the length out evenly, as `np.array_split` does: {tall}. PyTorch fills each "
    "piece before it begins the next: {tall:expected}.",
)
def _(x, size, axis=0):
    n = x.shape[axis]
    parts = -(-n // size)
    lengths = [n // parts + (i < n % parts) for i in range(parts)]
    return mx.split(x, np.cumsum(lengths)[:-1].tolist(), axis=axis)


@split_sizes.misconception(
    "lengths_as_places",
    "The list given to `mx.split` holds lengths, and MLX reads it as places: [4, 4] cuts twice at "
    "the same place, and your shapes are {tall}. What are the places, counted from the start?",
)
def _(x, size, axis=0):
    n = x.shape[axis]
    return mx.split(x, [size] * (-(-n // size) - 1), axis=axis)


@split_sizes.misconception(
    "first_axis_only",
    "The axis was not used: along axis 1 your pieces have the shapes {wide}, and they should have "
    "{wide:expected}.",
)
def _(x, size, axis=0):
    return mx.split(x, list(range(size, x.shape[0], size)), axis=0)


split_sizes.hints(
    "What does `mx.split` want to know: how many, how long, or where?",
    "Given a list, it cuts at these places. The first is at `size`; where are the others, and "
    "where do they end?",
    "`range(size, length, size)` along the axis, as a list.",
)
