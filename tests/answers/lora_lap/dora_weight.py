"""Others' answers to dora_weight."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("einsum and sqrt")
def _(weight, a, b, scale, m):
    w = weight.astype(mx.float32) + scale * mx.einsum("ir,ro->oi", a, b)
    return mx.expand_dims(m / mx.sqrt((w * w).sum(-1)), 1) * w


@wrong("columns", named="lengths_of_columns")
def _(weight, a, b, scale, m):
    w = weight.astype(mx.float32) + scale * (a @ b).T
    return m[:, None] * w / mx.linalg.norm(w, axis=0, keepdims=True)


@wrong("norm of the whole matrix", named="one_length_for_all")
def _(weight, a, b, scale, m):
    w = weight.astype(mx.float32) + scale * (a @ b).T
    return m[:, None] * w / mx.linalg.norm(w)


@wrong("not normalised", named="length_kept")
def _(weight, a, b, scale, m):
    return m[:, None] * (weight.astype(mx.float32) + scale * (a @ b).T)


@wrong("squared length", named="squared_length")
def _(weight, a, b, scale, m):
    w = weight.astype(mx.float32) + scale * (a @ b).T
    return m[:, None] * w / mx.square(w).sum(axis=1, keepdims=True)


@wrong("m along the columns: works for square weights", named="m_along_the_columns")
def _(weight, a, b, scale, m):
    w = weight.astype(mx.float32) + scale * (a @ b).T
    return m * w / mx.linalg.norm(w, axis=1, keepdims=True)


@wrong("normalised first, corrected afterwards", named="corrected_afterwards")
def _(weight, a, b, scale, m):
    w = weight.astype(mx.float32)
    return m[:, None] * w / mx.linalg.norm(w, axis=1, keepdims=True) + scale * (a @ b).T


@wrong("m multiplies the base's own length", named="m_as_a_factor")
def _(weight, a, b, scale, m):
    w = weight.astype(mx.float32) + scale * (a @ b).T
    n = mx.linalg.norm(weight.astype(mx.float32), axis=1, keepdims=True)
    return m[:, None] * n * w / mx.linalg.norm(w, axis=1, keepdims=True)


@wrong("the merged weight: m ignored", named="merged_as_lora")
def _(weight, a, b, scale, m):
    return weight.astype(mx.float32) + scale * (a @ b).T
