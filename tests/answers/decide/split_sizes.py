"""Others' answers to split_sizes."""

import math

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


@right("mx.split at indices")
def _(x, size, axis=0):
    return mx.split(x, list(range(size, x.shape[axis], size)), axis=axis)


@right("take with ranges")
def _(x: mx.array, size: int, axis: int = 0) -> list[mx.array]:
    n = x.shape[axis]
    return [mx.take(x, mx.arange(i, min(i + size, n)), axis=axis) for i in range(0, n, size)]


@right("slices by tuple, a tuple of arrays")
def _(x, size, axis=0):
    index = [slice(None)] * x.ndim

    def piece(i):
        index[axis] = slice(i * size, (i + 1) * size)
        return x[tuple(index)]

    return tuple(piece(i) for i in range(math.ceil(x.shape[axis] / size)))


@right("through NumPy")
def _(x, size, axis=0):
    return [
        mx.array(p) for p in np.split(np.array(x), np.arange(size, x.shape[axis], size), axis=axis)
    ]


wrong("mx.split(x, size)")(lambda x, size, axis=0: mx.split(x, size, axis=axis))


wrong("number of pieces, rounded down")(
    lambda x, size, axis=0: mx.split(x, max(1, x.shape[axis] // size), axis=axis)
)


wrong("axis 0, always")(lambda x, size, axis=0: mx.split(x, list(range(size, x.shape[0], size))))


wrong("an empty piece at the end", named="empty_piece_at_the_end")(
    lambda x, size, axis=0: mx.split(x, list(range(size, x.shape[axis] + 1, size)), axis=axis)
)


wrong("an empty piece first", named="empty_piece_first")(
    lambda x, size, axis=0: mx.split(x, list(range(0, x.shape[axis], size)), axis=axis)
)


wrong("np.array_split: even pieces")(
    lambda x, size, axis=0: [
        mx.array(p) for p in np.array_split(np.array(x), -(-x.shape[axis] // size), axis=axis)
    ]
)


wrong("one cut", named="one_cut")(lambda x, size, axis=0: mx.split(x, [size], axis=axis))


wrong("first piece shorter")(
    lambda x, size, axis=0: mx.split(
        x, list(range(x.shape[axis] % size or size, x.shape[axis], size)), axis=axis
    )
)


wrong("lists of numbers")(
    lambda x, size, axis=0: [
        p.tolist() for p in mx.split(x, list(range(size, x.shape[axis], size)), axis=axis)
    ]
)


wrong("sliced first axis only, transposed for axis 1")(
    lambda x, size, axis=0: [
        x[i : i + size] if axis == 0 else x[:, i : i + size] for i in range(0, x.shape[0], size)
    ]
)
