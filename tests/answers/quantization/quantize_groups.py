"""Others' answers to quantize_groups."""

import mlx.core as mx

from course.author.answers import right, wrong


def _qg(w, bits, group_size, steps=None, low=None, fix=True, rnd=mx.round, dt=mx.uint32):
    R, C = w.shape
    g = w.reshape(R, -1, group_size)
    lo, hi = g.min(axis=-1, keepdims=True), g.max(axis=-1, keepdims=True)
    s = (hi - lo) / (steps or 2**bits - 1)
    if fix:
        s = mx.where(s == 0, 1.0, s)
    return rnd((g - lo) / s).astype(dt).reshape(R, C), s[..., 0], lo[..., 0]


@right("loop over groups")
def _(w, bits, group_size):
    top = (1 << bits) - 1
    codes, scales, biases = [], [], []
    for c in range(0, w.shape[1], group_size):
        g = w[:, c : c + group_size]
        lo, hi = mx.min(g, axis=1), mx.max(g, axis=1)
        s = mx.where(hi == lo, mx.ones_like(lo), (hi - lo) / top)
        codes.append(
            mx.clip(mx.floor((g - lo[:, None]) / s[:, None] + 0.5), 0, top).astype(mx.uint32)
        )
        scales.append(s)
        biases.append(lo)
    return mx.concatenate(codes, axis=1), mx.stack(scales, axis=1), mx.stack(biases, axis=1)


@wrong("codes int32", named="codes_are_signed")
def _(w, bits, group_size):
    return _qg(w, bits, group_size, dt=mx.int32)


@wrong("codes left as float32", named="codes_are_floats")
def _(w, bits, group_size):
    return _qg(w, bits, group_size, dt=mx.float32)


@wrong("symmetric: absmax", named="around_zero")
def _(w, bits, group_size):
    g = w.reshape(w.shape[0], -1, group_size)
    s = mx.abs(g).max(-1, keepdims=True) / (2 ** (bits - 1) - 1)
    s = mx.where(s == 0, 1.0, s)
    return (
        (mx.round(g / s) + 2 ** (bits - 1)).astype(mx.uint32).reshape(w.shape),
        s[..., 0],
        (-s * 2 ** (bits - 1))[..., 0],
    )


@wrong("mx.quantize itself")
def _(w, bits, group_size):
    return mx.quantize(w, group_size=group_size, bits=bits)


@wrong("groups down the columns")
def _(w, bits, group_size):
    q, s, b = _qg(w.T.reshape(w.shape), bits, group_size)
    return q.reshape(w.T.shape).T.reshape(w.shape), s, b


@wrong("one row's groups of (R, C): reshape(-1, group_size) kept flat", named="one_axis_of_groups")
def _(w, bits, group_size):
    q, s, b = _qg(w, bits, group_size)
    return q, s.reshape(-1), b.reshape(-1)


@wrong("epsilon on the scale instead of 1", named="small_scale_for_one")
def _(w, bits, group_size):
    g = w.reshape(w.shape[0], -1, group_size)
    lo, hi = g.min(-1, keepdims=True), g.max(-1, keepdims=True)
    s = mx.maximum((hi - lo) / (2**bits - 1), 1e-8)
    return mx.round((g - lo) / s).astype(mx.uint32).reshape(w.shape), s[..., 0], lo[..., 0]
