"""Others' answers to self_attention."""

import math

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


def _angles(x, offset, base=10000.0):
    D, L = x.shape[-1], x.shape[-2]
    inv = mx.exp(-mx.arange(0, D, 2, dtype=mx.float32) * (math.log(base) / D))
    return (mx.arange(L, dtype=mx.float32) + offset)[:, None] * inv[None]


def _attn(queries, keys, values, mask, scale=None, spread=mx.repeat, fill=-mx.inf, axis=-1):
    n = queries.shape[1] // keys.shape[1]
    k, v = spread(keys, n, axis=1), spread(values, n, axis=1)
    s = queries @ k.swapaxes(-1, -2) * (queries.shape[-1] ** -0.5 if scale is None else scale)
    if mask is not None:
        s = mx.where(mask, s, fill)
    return mx.softmax(s, axis=axis) @ v


class _SA(nn.Module):
    def __init__(self, dims, n_heads, n_kv_heads, head_dim=None, base=10000.0):
        super().__init__()
        head_dim = head_dim or dims // n_heads
        self.n_heads, self.n_kv_heads, self.head_dim, self.base = (
            n_heads,
            n_kv_heads,
            head_dim,
            base,
        )
        self.q_proj = nn.Linear(dims, n_heads * head_dim, bias=False)
        self.k_proj = nn.Linear(dims, n_kv_heads * head_dim, bias=False)
        self.v_proj = nn.Linear(dims, n_kv_heads * head_dim, bias=False)
        self.o_proj = nn.Linear(n_heads * head_dim, dims, bias=False)

    def split(self, y, n):
        B, L, _ = y.shape
        return y.reshape(B, L, n, self.head_dim).transpose(0, 2, 1, 3)

    def turn(self, y, offset):
        return mx.fast.rope(
            y, self.head_dim, traditional=False, base=self.base, scale=1.0, offset=offset
        )

    def attend(self, q, k, v, mask):
        return mx.fast.scaled_dot_product_attention(q, k, v, scale=self.head_dim**-0.5, mask=mask)

    def __call__(self, x, mask=None, cache=None):
        B, L, _ = x.shape
        q = self.split(self.q_proj(x), self.n_heads)
        k = self.split(self.k_proj(x), self.n_kv_heads)
        v = self.split(self.v_proj(x), self.n_kv_heads)
        offset = cache.offset if cache is not None else 0
        q, k = self.turn(q, offset), self.turn(k, offset)
        if cache is not None:
            k, v = cache.update(k, v)
        y = self.attend(q, k, v, mask)
        return self.o_proj(y.transpose(0, 2, 1, 3).reshape(B, L, -1))


@right("mx.fast throughout")
class _(_SA):
    pass


@right("own rope with a base, swapaxes and flatten, offset read once")
class _(_SA):
    def turn(self, y, offset):
        t = _angles(y, offset, self.base)
        a, b = mx.split(y, 2, axis=-1)
        return mx.concatenate(
            [a * mx.cos(t) - b * mx.sin(t), a * mx.sin(t) + b * mx.cos(t)], axis=-1
        )

    def split(self, y, n):
        return mx.unflatten(y, -1, (n, -1)).swapaxes(1, 2)


@wrong("offset never used", named="rope_without_offset")
class _(_SA):
    def turn(self, y, offset):
        return super().turn(y, 0)


@wrong("keys turned after the cache", named="turned_twice")
class _(_SA):
    def __call__(self, x, mask=None, cache=None):
        B, L, _ = x.shape
        q = self.split(self.q_proj(x), self.n_heads)
        k = self.split(self.k_proj(x), self.n_kv_heads)
        v = self.split(self.v_proj(x), self.n_kv_heads)
        offset = cache.offset if cache is not None else 0
        if cache is not None:
            k, v = cache.update(k, v)
        y = self.attend(self.turn(q, offset), self.turn(k, 0), v, mask)
        return self.o_proj(y.transpose(0, 2, 1, 3).reshape(B, L, -1))


@wrong("heads not transposed back", named="heads_not_brought_back")
class _(_SA):
    def __call__(self, x, mask=None, cache=None):
        B, L, _ = x.shape
        q = self.split(self.q_proj(x), self.n_heads)
        k = self.split(self.k_proj(x), self.n_kv_heads)
        v = self.split(self.v_proj(x), self.n_kv_heads)
        offset = cache.offset if cache is not None else 0
        q, k = self.turn(q, offset), self.turn(k, offset)
        if cache is not None:
            k, v = cache.update(k, v)
        return self.o_proj(self.attend(q, k, v, mask).reshape(B, L, -1))


@wrong("heads split by reshape without transpose", named="reshaped_into_heads")
class _(_SA):
    def split(self, y, n):
        B, L, _ = y.shape
        return y.reshape(B, n, L, self.head_dim)


@wrong("neighbour pairs", named="neighbours_turned")
class _(_SA):
    def turn(self, y, offset):
        return mx.fast.rope(
            y, self.head_dim, traditional=True, base=self.base, scale=1.0, offset=offset
        )


@wrong("mask ignored", named="mask_ignored")
class _(_SA):
    def attend(self, q, k, v, mask):
        return super().attend(q, k, v, None)


@wrong("kv heads tiled instead of repeated", named="heads_tiled")
class _(_SA):
    def attend(self, q, k, v, mask):
        tile = lambda x, n, axis: mx.concatenate([x] * n, axis=axis)
        return _attn(q, k, v, mask, spread=tile)


@wrong("scaled by the width of the model", named="scaled_by_dims")
class _(_SA):
    def __init__(self, dims, n_heads, n_kv_heads, head_dim=None, base=10000.0):
        super().__init__(dims, n_heads, n_kv_heads, head_dim, base)
        self.dims = dims

    def attend(self, q, k, v, mask):
        return mx.fast.scaled_dot_product_attention(q, k, v, scale=self.dims**-0.5, mask=mask)
