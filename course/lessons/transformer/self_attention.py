"""self_attention, an exercise of lesson 06, transformer."""

import math

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise
from course.probe import fill_parameters

from .common import _angles, _Joined, _names, _turned

self_attention = exercise(minutes=15, level=3)


@self_attention.solution
class _(nn.Module):
    """Attention as a layer, with heads, places and a cache.

    `self_attention(dims, n_heads, n_kv_heads, head_dim=None, base=10000.0)` makes it. A head has
    head_dim numbers, by default dims // n_heads. Four linear layers without biases: `q_proj` (dims
    to n_heads * head_dim), `k_proj` and `v_proj` (dims to n_kv_heads * head_dim), and `o_proj`
    (n_heads * head_dim to dims).

    Called with x of shape (B, L, dims), it returns the same shape. The first head_dim numbers that
    a projection makes are head 0, the next are head 1. Queries and keys are turned by RoPE
    (half-split pairs, its base is `base`), then comes attention, then `o_proj` on the heads side by
    side. `mask` is None or bool of shape (L, S). `cache` is None or has `cache.offset`, how many
    tokens came before these, and `cache.update(keys, values)`, which stores turned keys, and
    values, of shape (B, n_kv_heads, L, head_dim), moves the offset on by L, and returns those of
    all S tokens so far.
    Use your own `rope` and `attention`, or `mx.fast`.
    """

    def __init__(self, dims, n_heads, n_kv_heads, head_dim=None, base=10000.0):
        super().__init__()
        # -- yours
        head_dim = head_dim or dims // n_heads
        self.n_heads, self.n_kv_heads, self.scale = n_heads, n_kv_heads, head_dim**-0.5
        self.q_proj = nn.Linear(dims, n_heads * head_dim, bias=False)
        self.k_proj = nn.Linear(dims, n_kv_heads * head_dim, bias=False)
        self.v_proj = nn.Linear(dims, n_kv_heads * head_dim, bias=False)
        self.o_proj = nn.Linear(n_heads * head_dim, dims, bias=False)
        self.rope = nn.RoPE(head_dim, base=base)
        # -- end

    def __call__(self, x, mask=None, cache=None):
        # -- yours
        B, L, _ = x.shape
        q = self.q_proj(x).reshape(B, L, self.n_heads, -1).swapaxes(1, 2)
        k = self.k_proj(x).reshape(B, L, self.n_kv_heads, -1).swapaxes(1, 2)
        v = self.v_proj(x).reshape(B, L, self.n_kv_heads, -1).swapaxes(1, 2)
        offset = cache.offset if cache else 0
        q, k = self.rope(q, offset=offset), self.rope(k, offset=offset)
        if cache:
            k, v = cache.update(k, v)
        x = mx.fast.scaled_dot_product_attention(q, k, v, scale=self.scale, mask=mask)
        return self.o_proj(x.swapaxes(1, 2).reshape(B, L, -1))
        # -- end


@self_attention.use(
    y="matmul", later="matmul", wide="matmul", stored="matmul", names="reading", before="reading"
)
def _(answer, rng):
    layer, other = answer(16, 4, 2), answer(6, 2, 1, 4, 30.0)
    names = f"{_names(layer)}; {_names(other)}"
    found = {"names": names, "y": None, "later": None, "wide": None, "stored": None, "before": 3}
    x = mx.array(rng.normal(size=(2, 5, 16)).astype(np.float32))
    past = [mx.array(rng.normal(size=(2, 2, 3, 4)).astype(np.float32)) for _ in range(2)]
    cache = _Joined(*past)
    if names == (
        "k_proj.weight (8, 16), o_proj.weight (16, 16), q_proj.weight (16, 16), "
        "v_proj.weight (8, 16); k_proj.weight (4, 6), o_proj.weight (6, 8), "
        "q_proj.weight (8, 6), v_proj.weight (4, 6)"
    ):
        fill_parameters(layer, by_name=True)
        fill_parameters(other, by_name=True)
        found["y"] = layer(x, mx.array(np.tri(5, dtype=bool)), None)
        found["later"] = layer(x[:, :2], mx.array(np.tri(2, 5, 3, dtype=bool)), cache)
        found["stored"] = cache.keys
        found["wide"] = other(x[..., :6], None, None)
    return found


self_attention.says(
    passed="This is the layer that reads: everything else in a Llama works on one token at a time.",
    names="Parameters",
    y="For 2 × 5 tokens, with known weights and a causal mask",
    later="For 2 new tokens with 3 others in the cache",
    stored="The keys in the cache afterwards",
    wide="For a layer with a head size and a base of its own, without a mask",
)


@self_attention.alternative
class _(nn.Module):
    def __init__(self, dims, n_heads, n_kv_heads, head_dim=None, base=10000.0):
        super().__init__()
        self._heads = {"q_proj": n_heads, "k_proj": n_kv_heads, "v_proj": n_kv_heads}
        self._size = dims // n_heads if head_dim is None else head_dim
        self._base = base
        for name, heads in self._heads.items():
            setattr(self, name, nn.Linear(dims, heads * self._size, bias=False))
        self.o_proj = nn.Linear(n_heads * self._size, dims, bias=False)

    def __call__(self, x, mask=None, cache=None):
        def turned(part, place):
            half = self._size // 2
            angles = (place + mx.arange(part.shape[2]))[:, None] * mx.exp(
                -mx.arange(half) * math.log(self._base) / half
            )
            a, b, cos, sin = part[..., :half], part[..., half:], mx.cos(angles), mx.sin(angles)
            return mx.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)

        q, k, v = (
            mx.stack(mx.split(self[name](x), heads, axis=-1), axis=1)
            for name, heads in self._heads.items()
        )
        first = 0 if cache is None else cache.offset
        q, k = turned(q, first), turned(k, first)
        if cache is not None:
            k, v = cache.update(k, v)
        heads = []
        for h in range(q.shape[1]):
            group = h * k.shape[1] // q.shape[1]
            scores = q[:, h] @ k[:, group].swapaxes(1, 2) / self._size**0.5
            if mask is not None:
                scores = mx.where(mask, scores, -1e9)
            heads.append(mx.softmax(scores, axis=-1) @ v[:, group])
        return self.o_proj(mx.concatenate(heads, axis=-1))


class _Attention(nn.Module):
    """The layer once more, in parts, for the wrong ones."""

    def __init__(self, dims, n_heads, n_kv_heads, head_dim=None, base=10000.0):
        super().__init__()
        size = head_dim or dims // n_heads
        self.n_heads, self.n_kv_heads, self.head_dim, self._base = n_heads, n_kv_heads, size, base
        self.q_proj = nn.Linear(dims, n_heads * size, bias=False)
        self.k_proj = nn.Linear(dims, n_kv_heads * size, bias=False)
        self.v_proj = nn.Linear(dims, n_kv_heads * size, bias=False)
        self.o_proj = nn.Linear(n_heads * size, dims, bias=False)

    def __call__(self, x, mask=None, cache=None):
        q = self.split(self.q_proj(x), self.n_heads)
        k = self.split(self.k_proj(x), self.n_kv_heads)
        v = self.split(self.v_proj(x), self.n_kv_heads)
        q, k, v = self.placed(q, k, v, cache)
        out = mx.fast.scaled_dot_product_attention(q, k, v, scale=self.scale(), mask=mask)
        return self.o_proj(self.joined(out))

    def split(self, x, heads):
        return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)

    def turned(self, x, offset):
        return _turned(x, _angles(x.shape[-2], x.shape[-1], offset, self._base))

    def placed(self, q, k, v, cache):
        offset = cache.offset if cache else 0
        q, k = self.turned(q, offset), self.turned(k, offset)
        return (q, *cache.update(k, v)) if cache else (q, k, v)

    def scale(self):
        return self.head_dim**-0.5

    def joined(self, out):
        B, _, L, _ = out.shape
        return out.swapaxes(1, 2).reshape(B, L, -1)


@self_attention.misconception(
    "reshaped_into_heads",
    "(B, L, H * D) was reshaped to (B, H, L, D) at once. The shape is right and the numbers are "
    "not: a reshape only cuts the row of numbers anew, so that a head has parts of several tokens. "
    "What shape do the numbers have before the axes change places?",
)
class _(_Attention):
    def split(self, x, heads):
        B, L, _ = x.shape
        return x.reshape(B, heads, L, -1)


@self_attention.misconception(
    "heads_not_brought_back",
    "The heads are still on axis 1 when they are laid side by side, so what should be one token's "
    "row has a bit of each of several tokens. Shape and dtype are right. Which two axes have to "
    "change places before the reshape?",
)
class _(_Attention):
    def joined(self, out):
        B, _, L, _ = out.shape
        return out.reshape(B, L, -1)


@self_attention.misconception(
    "rope_without_offset",
    "Without a cache all is right; with {before} tokens in it, the new ones are turned as if they "
    "were the first. Generating word by word, each would believe it stands at place 0. Who knows "
    "where they stand?",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        q, k = self.turned(q, 0), self.turned(k, 0)
        return (q, *cache.update(k, v)) if cache else (q, k, v)


@self_attention.misconception(
    "offset_read_too_late",
    "The keys are right, and with a cache the queries are turned too far: the offset was read "
    "again after `update`, which had moved it on. When does it still say where these tokens stand?",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        if not cache:
            return self.turned(q, 0), self.turned(k, 0), v
        k, v = cache.update(self.turned(k, cache.offset), v)
        return self.turned(q, cache.offset), k, v


@self_attention.misconception(
    "turned_twice",
    "With a cache, keys were turned after they came out of it. Those of earlier tokens had been "
    "turned when they went in, and are turned once more; at the next token, again. What does the "
    "statement say the cache holds?",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        offset = cache.offset if cache else 0
        q = self.turned(q, offset)
        k, v = cache.update(k, v) if cache else (k, v)
        return q, self.turned(k, 0), v


@self_attention.misconception(
    "values_turned",
    "The values were turned as well. Turning tells queries and keys how far apart they stand; "
    "values are what is brought home, and nothing turns them back.",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        offset = cache.offset if cache else 0
        q, k, v = (self.turned(part, offset) for part in (q, k, v))
        return (q, *cache.update(k, v)) if cache else (q, k, v)


@self_attention.misconception(
    "scaled_by_dims",
    "Scores were divided by the root of `dims`, the width of the model. One score adds up the "
    "products of one head.",
)
class _(_Attention):
    def scale(self):
        return self.q_proj.weight.shape[1] ** -0.5


@self_attention.misconception(
    "base_assumed",
    "With the usual base of 10,000 all is right, and a layer that was given another one turns as "
    "if it had not been. Short texts hide that: the first places are turned by small angles in "
    "any case.",
)
class _(_Attention):
    def turned(self, x, offset):
        return _turned(x, _angles(x.shape[-2], x.shape[-1], offset))


self_attention.hints(
    "Write the shape of each array beside its line: (B, L, dims), then what?",
    "(B, L, heads, D), then axes 1 and 2 change places. Read `cache.offset` before `update`, turn "
    "queries and keys by it, and bring the heads back before the last reshape.",
    "`self.q_proj(x).reshape(B, L, n_heads, -1).swapaxes(1, 2)`; at the end "
    "`self.o_proj(out.swapaxes(1, 2).reshape(B, L, -1))`.",
)
