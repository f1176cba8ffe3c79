"""Others' answers to merge_lora."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


@right("B.T A.T")
def _(weight: mx.array, a: mx.array, b: mx.array, scale: float) -> mx.array:
    correction = mx.matmul(mx.transpose(b), mx.transpose(a)) * scale
    return (weight.astype(mx.float32) + correction).astype(weight.dtype)


@right("einsum")
def _(weight, a, b, scale):
    return (weight + mx.einsum("ir,ro->oi", a, b) * scale).astype(weight.dtype)


@right("through the layer: rows of the identity")
def _(weight, a, b, scale):
    eye = mx.eye(weight.shape[1])
    return (eye @ weight.T + scale * (eye @ a) @ b).T.astype(weight.dtype)


@right("mlx_lm's own fuse: delta rounded first")
def _(weight, a, b, scale):
    delta = ((scale * b.T) @ a.T).astype(weight.dtype)
    return weight + delta


@wrong("not transposed, reshaped into place", named="reshaped", never=("product_not_transposed",))
def _(weight, a, b, scale):
    return (weight + scale * (a @ b).reshape(weight.shape)).astype(weight.dtype)


@wrong("scale forgotten", named="scale_forgotten")
def _(weight, a, b, scale):
    return (weight + (a @ b).T).astype(weight.dtype)


@wrong("float32 stays", named="float32_now")
def _(weight, a, b, scale):
    return weight + scale * (a @ b).T


@wrong("scale divided by rank", named="scale_by_rank")
def _(weight, a, b, scale):
    return (weight + scale / a.shape[1] * (a @ b).T).astype(weight.dtype)


@wrong("subtracted", named="subtracted")
def _(weight, a, b, scale):
    return (weight - scale * (a @ b).T).astype(weight.dtype)


@wrong("through NumPy float32: dtype lost", never=("product_not_transposed",))
def _(weight, a, b, scale):
    return mx.array(np.array(weight.astype(mx.float32)) + scale * (np.array(a) @ np.array(b)).T)
