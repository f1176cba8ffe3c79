"""Others' answers to rms_norm."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("rsqrt")
def _(x, weight, eps):
    f = x.astype(mx.float32)
    return (
        f * mx.rsqrt(f.square().mean(axis=-1, keepdims=True) + eps) * weight.astype(mx.float32)
    ).astype(x.dtype)


@right("sum / D, divide, HF order of casts")
def _(x, weight, eps):
    dtype = x.dtype
    x = x.astype(mx.float32)
    variance = mx.sum(x * x, axis=-1, keepdims=True) / x.shape[-1]
    return (weight.astype(mx.float32) * (x / mx.sqrt(variance + eps))).astype(dtype)


@right("norm of the row by linalg")
def _(x, weight, eps):
    y = mx.array(x, dtype=mx.float32)
    length = mx.linalg.norm(y, axis=-1, keepdims=True)
    scale = mx.power(length**2 / y.shape[-1] + eps, -0.5)
    return mx.multiply(mx.multiply(y, scale), weight).astype(x.dtype)


@right("mx.fast.rms_norm (allowed? statement says write it out)")
def _(x, weight, eps):
    return mx.fast.rms_norm(x, weight, eps)


@wrong("layer norm: mean subtracted", named="mean_subtracted")
def _(x, weight, eps):
    f = x.astype(mx.float32)
    f = f - f.mean(axis=-1, keepdims=True)
    return (f * mx.rsqrt(f.square().mean(axis=-1, keepdims=True) + eps) * weight).astype(x.dtype)


@wrong("returns float32", named="float32_returned")
def _(x, weight, eps):
    f = x.astype(mx.float32)
    return f * mx.rsqrt(f.square().mean(axis=-1, keepdims=True) + eps) * weight


@wrong("sum in place of mean (L2 norm)", named="sum_of_squares")
def _(x, weight, eps):
    f = x.astype(mx.float32)
    return (f * mx.rsqrt(f.square().sum(axis=-1, keepdims=True) + eps) * weight).astype(x.dtype)


@wrong("eps outside the root", named="eps_outside_the_root")
def _(x, weight, eps):
    f = x.astype(mx.float32)
    return (f / (mx.sqrt(f.square().mean(axis=-1, keepdims=True)) + eps) * weight).astype(x.dtype)


@wrong("Gemma: 1 + weight", named="one_plus_weight")
def _(x, weight, eps):
    f = x.astype(mx.float32)
    return (f * mx.rsqrt(f.square().mean(axis=-1, keepdims=True) + eps) * (1 + weight)).astype(
        x.dtype
    )


@wrong("weight forgotten", named="weight_forgotten")
def _(x, weight, eps):
    f = x.astype(mx.float32)
    return (f * mx.rsqrt(f.square().mean(axis=-1, keepdims=True) + eps)).astype(x.dtype)


@wrong("no root", named="no_root")
def _(x, weight, eps):
    f = x.astype(mx.float32)
    return (f / (f.square().mean(axis=-1, keepdims=True) + eps) * weight).astype(x.dtype)
