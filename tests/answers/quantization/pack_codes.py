"""Others' answers to pack_codes."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


@right("NumPy packbits")
def _(codes, bits):
    a = np.array(codes)
    b = ((a[..., None] >> np.arange(bits)) & 1).astype(np.uint8).reshape(a.shape[0], -1)
    return mx.array(np.packbits(b, axis=1, bitorder="little").view("<u4"))


@right("word by word with carry in MLX uint64")
def _(codes, bits):
    R, C = codes.shape
    words = [mx.zeros((R,), mx.uint32) for _ in range(C * bits // 32)]
    for i in range(C):
        w, s = divmod(i * bits, 32)
        c = codes[:, i]
        words[w] = words[w] | (c << s)
        if s + bits > 32:
            words[w + 1] = words[w + 1] | (c >> (32 - s))
    return mx.stack(words, axis=1)


@wrong("bits of a code reversed", named="codes_turned_round")
def _(codes, bits):
    R, C = codes.shape
    b = (codes[..., None] >> mx.arange(bits - 1, -1, -1).astype(mx.uint32)) & 1
    b = b.reshape(R, -1, 32).astype(mx.uint32)
    return (b << mx.arange(32, dtype=mx.uint32)).sum(axis=-1).astype(mx.uint32)


@wrong("carry lost: what crosses is dropped", named="spill_lost")
def _(codes, bits):
    R, C = codes.shape
    words = [mx.zeros((R,), mx.uint32) for _ in range(C * bits // 32)]
    for i in range(C):
        w, s = divmod(i * bits, 32)
        words[w] = words[w] | (codes[:, i] << s)
    return mx.stack(words, axis=1)


@wrong("rows run on into each other", named="columns_packed")
def _(codes, bits):
    R, C = codes.shape
    flat = codes.T.reshape(1, -1)
    b = (flat[..., None] >> mx.arange(bits, dtype=mx.uint32)) & 1
    b = b.reshape(1, -1, 32).astype(mx.uint32)
    return (b << mx.arange(32, dtype=mx.uint32)).sum(axis=-1).astype(mx.uint32).reshape(R, -1)


@wrong("shift by i, not i * bits")
def _(codes, bits):
    R, C = codes.shape
    return (
        (codes.reshape(R, -1, 32 // bits) << mx.arange(32 // bits, dtype=mx.uint32))
        .sum(-1)
        .astype(mx.uint32)
    )
