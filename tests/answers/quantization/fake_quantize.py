"""Others' answers to fake_quantize."""

import mlx.core as mx

from course.author.answers import wrong


def rounded(w, bits):
    return mx.dequantize(*mx.quantize(w, group_size=32, bits=bits), group_size=32, bits=bits)


def _rd(w, group_size, bits):
    return mx.dequantize(
        *mx.quantize(w, group_size=group_size, bits=bits), group_size=group_size, bits=bits
    )


@wrong("stop gradient over all", named="gradient_blocked")
def _(w, group_size, bits):
    return mx.stop_gradient(_rd(w, group_size, bits))


@wrong("32 and 4 hard-coded")
def _(w, group_size, bits):
    return w + mx.stop_gradient(_rd(w, 32, 4) - w)


@wrong("gradient doubled", named="gradient_twice")
def _(w, group_size, bits):
    return 2 * w + mx.stop_gradient(_rd(w, group_size, bits) - 2 * w)


@wrong("the given rounded: groups of 32")
def _(w, group_size, bits):
    return w + mx.stop_gradient(rounded(w, bits) - w)


@wrong("own affine rounding, gradient through min and max")
def _(w, group_size, bits):
    g = w.reshape(-1, group_size)
    lo, hi = g.min(-1, keepdims=True), g.max(-1, keepdims=True)
    s = (hi - lo) / (2**bits - 1)
    return (mx.round((g - lo) / s) * s + lo).reshape(w.shape)


@wrong("own formula with STE instead of mx.quantize", named="grid_of_the_formula")
def _(w, group_size, bits):
    g = mx.stop_gradient(w).reshape(-1, group_size)
    lo, hi = g.min(-1, keepdims=True), g.max(-1, keepdims=True)
    s = (hi - lo) / (2**bits - 1)
    return w + mx.stop_gradient((mx.round((g - lo) / s) * s + lo).reshape(w.shape) - w)


@wrong("gradient clipped where the rounding is far off")
def _(w, group_size, bits):
    q = mx.stop_gradient(_rd(mx.stop_gradient(w), group_size, bits))
    near = mx.abs(q - mx.stop_gradient(w)) < 0.02
    return q + (w - mx.stop_gradient(w)) * near
