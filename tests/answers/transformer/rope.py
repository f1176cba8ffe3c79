"""Others' answers to rope."""

import math

import mlx.core as mx

from course.author.answers import right, wrong


def _angles(x, offset, base=10000.0):
    D, L = x.shape[-1], x.shape[-2]
    inv = mx.exp(-mx.arange(0, D, 2, dtype=mx.float32) * (math.log(base) / D))
    return (mx.arange(L, dtype=mx.float32) + offset)[:, None] * inv[None]


@right("loop over places, power by **")
def _(x, offset=0):
    B, H, L, D = x.shape
    rows = []
    freqs = mx.array([10000.0 ** (-2 * i / D) for i in range(D // 2)])
    for l in range(L):
        t = (offset + l) * freqs
        a, b = x[:, :, l, : D // 2], x[:, :, l, D // 2 :]
        rows.append(
            mx.concatenate([a * mx.cos(t) - b * mx.sin(t), a * mx.sin(t) + b * mx.cos(t)], -1)
        )
    return mx.stack(rows, axis=2)


@wrong("offset forgotten", named="offset_forgotten")
def _(x, offset=0):
    return mx.fast.rope(x, x.shape[-1], traditional=False, base=10000.0, scale=1.0, offset=0)


@wrong("turned the other way", named="turned_backwards")
def _(x, offset=0):
    h = x.shape[-1] // 2
    t = _angles(x, offset)
    a, b = x[..., :h], x[..., h:]
    c, s = mx.cos(t), mx.sin(t)
    return mx.concatenate([a * c + b * s, -a * s + b * c], axis=-1)


@wrong("places from 1", named="places_from_1")
def _(x, offset=0):
    return mx.fast.rope(
        x, x.shape[-1], traditional=False, base=10000.0, scale=1.0, offset=offset + 1
    )


@wrong("place along the heads (B, L, H, D habit)", named="heads_as_places")
def _(x, offset=0):
    y = x.swapaxes(1, 2)
    return mx.fast.rope(
        y, x.shape[-1], traditional=False, base=10000.0, scale=1.0, offset=offset
    ).swapaxes(1, 2)


@wrong("interleaved output of half-split input", named="put_back_as_neighbours")
def _(x, offset=0):
    t = _angles(x, offset)
    a, b = mx.split(x, 2, axis=-1)
    z = mx.stack([a * mx.cos(t) - b * mx.sin(t), a * mx.sin(t) + b * mx.cos(t)], axis=-1)
    return z.reshape(x.shape)


@wrong("base 1000")
def _(x, offset=0):
    return mx.fast.rope(x, x.shape[-1], traditional=False, base=1000.0, scale=1.0, offset=offset)
