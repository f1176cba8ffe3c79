"""Others' answers to causal_mask."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("arange comparison")
def _(length, offset=0):
    return mx.arange(offset + length)[None] <= (offset + mx.arange(length))[:, None]


@right("mx.tri with k, as bool")
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset).astype(mx.bool_)


@right("nested lists")
def _(length, offset=0):
    return mx.array([[c <= offset + r for c in range(offset + length)] for r in range(length)])


@right("concatenate ones and tril")
def _(length, offset=0):
    return mx.concatenate(
        [mx.ones((length, offset), mx.bool_), mx.tril(mx.ones((length, length))) > 0], axis=1
    )


@wrong("PyTorch: True where masked", named="true_means_hidden")
def _(length, offset=0):
    return mx.arange(offset + length)[None] > (offset + mx.arange(length))[:, None]


@wrong("strict: not itself", named="not_itself")
def _(length, offset=0):
    return mx.arange(offset + length)[None] < (offset + mx.arange(length))[:, None]


@wrong("additive float mask", named="added_mask")
def _(length, offset=0):
    return mx.where(
        mx.arange(offset + length)[None] <= (offset + mx.arange(length))[:, None], 0.0, -mx.inf
    )


@wrong("square (length, length)", named="offset_forgotten")
def _(length, offset=0):
    return mx.tri(length, length) > 0


@wrong("all of the square of the whole", named="rows_of_old_tokens")
def _(length, offset=0):
    n = length + offset
    return mx.tri(n, n) > 0


@wrong("ints in place of bools", named="ones_and_zeros")
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset, dtype=mx.int32)


@wrong("off by one: one too far", named="one_too_far")
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset + 1).astype(mx.bool_)
