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
    rows, columns, more = int(rng.integers(9, 12)), int(rng.integers(6, 9)), int(rng.integers(2, 5))
    sizes = {
        "even": ((3 * more,), more, 0),
        "tall": ((10, 3), 4, 0),
        "wide": ((12, columns), 3, 1),
        "deep": ((2, rows, 4), 5, 1),
        "ones": ((more, 3), 1, 0),
        "whole": ((4, 3), 4, 0),
    }

    def shapes(pieces):
        return ", ".join("×".join(map(str, piece.shape)) for piece in pieces)

    seen = {}
    for name, (shape, size, axis) in sizes.items():
        x = mx.array(rng.normal(size=shape).astype(np.float32))
        found = answer(x, size) if axis == 0 else answer(x, size, axis)
        if found is None or isinstance(found, (mx.array, str)):
            return seen | {name: f"no list of arrays, but {type(found).__name__}"}
        found = list(found)
        other = [piece for piece in found if not isinstance(piece, mx.array)]
        if other:
            return seen | {name: f"a list with an entry of the type {type(other[0]).__name__}"}
        seen |= {name: shapes(found), f"{name}_first": found[0], f"{name}_last": found[-1]}
    return seen


_CASES = {
    "even": "numbers whose count divides",
    "tall": "10 × 3 in pieces of 4",
    "wide": "12 rows in pieces of 3 along axis 1",
    "deep": "three axes in pieces of 5 along the second",
    "ones": "rows in pieces of 1",
    "whole": "4 × 3 in pieces of 4",
}
split_sizes.says(
    passed="NumPy's way needs places, PyTorch's needs sizes; now you have both.",
    **{name: f"The shapes, for {what}" for name, what in _CASES.items()},
    **{f"{name}_first": f"The first piece, for {what}" for name, what in _CASES.items()},
    **{f"{name}_last": f"The last piece, for {what}" for name, what in _CASES.items()},
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
    "MLX refuses to cut so many equal pieces: the second argument of `mx.split` is their number, "
    "or a list of places to cut at. In PyTorch it is how long they are, and where both divide "
    "nothing is raised. What does `size` say?",
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
    "piece before it begins the next: {tall:expected}. Is `size` how many, or how long?",
)
def _(x, size, axis=0):
    n = x.shape[axis]
    parts = -(-n // size)
    lengths = [n // parts + (i < n % parts) for i in range(parts)]
    return mx.split(x, np.cumsum(lengths)[:-1].tolist(), axis=axis)


@split_sizes.misconception(
    "lengths_as_places",
    "Your shapes are {tall}: so it is where lengths are given to `mx.split`, which reads places. "
    "[4, 4] cuts twice at the same place. What are the places, counted from the start?",
)
def _(x, size, axis=0):
    n = x.shape[axis]
    return mx.split(x, [size] * (-(-n // size) - 1), axis=axis)


@split_sizes.misconception(
    "first_axis_only",
    "Where axis 1 was asked for, your pieces have the shapes {wide}, and should have "
    "{wide:expected}: axis 0 was cut. Both calls run. Where does the axis go in yours?",
)
def _(x, size, axis=0):
    return mx.split(x, list(range(size, x.shape[0], size)), axis=0)


@split_sizes.misconception(
    "empty_piece_at_the_end",
    "Where the length divides there is one piece too many, and it is empty: {even}. A range that "
    "ends one later is a habit where the end is meant to be in it. Which is the last place to cut?",
)
def _(x, size, axis=0):
    return mx.split(x, list(range(size, x.shape[axis] + 1, size)), axis=axis)


@split_sizes.misconception(
    "empty_piece_first",
    "The first piece is empty: {tall}. To cut at 0 cuts nothing off. Where is the first place?",
)
def _(x, size, axis=0):
    return mx.split(x, list(range(0, x.shape[axis], size)), axis=axis)


@split_sizes.misconception(
    "one_cut",
    "There are two pieces, whatever the length: {ones} where it should be {ones:expected}. One "
    "place makes one cut. How many places are there?",
)
def _(x, size, axis=0):
    return mx.split(x, [size], axis=axis)


split_sizes.hints(
    "What does `mx.split` want to know: how many, how long, or where?",
    "Given a list, it cuts at these places. The first is at `size`; where are the others, and "
    "where do they end?",
    "`range(size, length, size)` along the axis, as a list.",
)
