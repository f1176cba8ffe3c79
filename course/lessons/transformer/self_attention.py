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


def _expected(dims, heads, kv_heads, size):
    """The names and shapes that a layer should have, as `_names` gives them."""
    q, kv = heads * size, kv_heads * size
    return (
        f"k_proj.weight {(kv, dims)}, o_proj.weight {(dims, q)}, q_proj.weight {(q, dims)}, "
        f"v_proj.weight {(kv, dims)}"
    )


@self_attention.use(
    y="matmul",
    later="matmul",
    wide="matmul",
    stored="matmul",
    stored_values="matmul",
    names="reading",
    before="reading",
)
def _(answer, rng):
    heads, kv_heads, size = [(4, 2, 4), (6, 2, 6), (4, 2, 6)][rng.integers(3)]
    dims, before = heads * size, int(rng.integers(3, 6))
    wide, base = int(rng.integers(5, 8)), float(rng.integers(20, 40))
    layer, other = answer(dims, heads, kv_heads), answer(wide, 2, 1, 8, base)
    names = f"{_names(layer)}; {_names(other)}"
    found = {"names": names, "y": None, "later": None, "wide": None, "before": before}
    found |= {"stored": None, "stored_values": None}
    B, L, new = int(rng.choice([1, 3])), int(rng.integers(4, 7)), int(rng.integers(2, 4))
    x = mx.array(rng.normal(size=(B, L, dims)).astype(np.float32))
    shape = (2, B, kv_heads, before, size)
    cache = _Joined(*(mx.array(past) for past in rng.normal(size=shape).astype(np.float32)))
    if names == f"{_expected(dims, heads, kv_heads, size)}; {_expected(wide, 2, 1, 8)}":
        fill_parameters(layer, by_name=True)
        fill_parameters(other, by_name=True)
        found["y"] = layer(x, mx.array(np.tri(L, dtype=bool)), None)
        mask = mx.array(np.tri(new, before + new, before, dtype=bool))
        found["later"] = layer(x[:, :new], mask, cache)
        found |= {"stored": cache.keys, "stored_values": cache.values}
        found["wide"] = other(x[..., :wide], None, None)
    return found


self_attention.says(
    passed="This is the layer that reads: everything else in a Llama works on one token at a time.",
    names="Parameters",
    y="For a few tokens, with known weights and a causal mask",
    later="For new tokens with others in the cache",
    stored="The keys in the cache afterwards",
    stored_values="The values in the cache afterwards",
    wide="For a layer with a head size and a base of its own, without a mask",
    before="Tokens in the cache",
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
    "Your numbers are those of (B, L, H * D) reshaped to (B, H, L, D) at once. The shape is right "
    "and the numbers are not: a reshape only cuts the row of numbers anew, so that a head has "
    "parts of several tokens. What shape do they have before the axes change places?",
)
class _(_Attention):
    def split(self, x, heads):
        B, L, _ = x.shape
        return x.reshape(B, heads, L, -1)


@self_attention.misconception(
    "heads_not_brought_back",
    "Your numbers are those of heads that are still on axis 1 when they are laid side by side, so "
    "what should be one token's row has a bit of each of several tokens. The shape is right all "
    "the same. Which two axes have to change places before the reshape?",
)
class _(_Attention):
    def joined(self, out):
        B, _, L, _ = out.shape
        return out.reshape(B, L, -1)


@self_attention.misconception(
    "rope_without_offset",
    "Without a cache all is right; with {before} tokens in it, the new ones are turned as if they "
    "were the first. A model that generates token by token would hold each for the first. Who "
    "knows where they stand?",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        q, k = self.turned(q, 0), self.turned(k, 0)
        return (q, *cache.update(k, v)) if cache else (q, k, v)


@self_attention.misconception(
    "offset_read_too_late",
    "The keys are right, and with a cache the queries are turned too far, by the offset as it is "
    "after `update`, which moves it on. When does it still say where these tokens stand?",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        if not cache:
            return self.turned(q, 0), self.turned(k, 0), v
        k, v = cache.update(self.turned(k, cache.offset), v)
        return self.turned(q, cache.offset), k, v


@self_attention.misconception(
    "turned_twice",
    "With a cache, the keys went in as they were, and all that came out were turned. Those of "
    "earlier tokens are turned already, and are turned once more. It saves thinking about the "
    "offset. What does the statement say the cache holds?",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        offset = cache.offset if cache else 0
        q = self.turned(q, offset)
        k, v = cache.update(k, v) if cache else (k, v)
        return q, self.turned(k, 0), v


@self_attention.misconception(
    "values_turned",
    "Your numbers are those of values that were turned as well. Turning tells queries and keys how "
    "far apart they stand; values are what is brought home. What would turn them back?",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        offset = cache.offset if cache else 0
        q, k, v = (self.turned(part, offset) for part in (q, k, v))
        return (q, *cache.update(k, v)) if cache else (q, k, v)


@self_attention.misconception(
    "scaled_by_dims",
    "Your numbers are those of scores divided by the root of `dims`, the width of the model. It is "
    "the number at hand; one score adds up the products of one head. How many are they?",
)
class _(_Attention):
    def scale(self):
        return self.q_proj.weight.shape[1] ** -0.5


@self_attention.misconception(
    "base_assumed",
    "With the usual base of 10,000 all is right, and a layer that was given another one turns as "
    "if it had not been. Short texts hide that: the first places are turned by small angles in "
    "any case. Where does `base` go?",
)
class _(_Attention):
    def turned(self, x, offset):
        return _turned(x, _angles(x.shape[-2], x.shape[-1], offset))


@self_attention.misconception(
    "neighbours_turned",
    "Your numbers are those of neighbours turned with each other, 0 with 1. MLX calls that "
    "`traditional`; the statement says half-split pairs, and so do the weights of a Llama. Which "
    "partner has number 0?",
)
class _(_Attention):
    def turned(self, x, offset):
        angles = _angles(x.shape[-2], x.shape[-1], offset, self._base)
        return _turned(x, angles, interleaved=True)


@self_attention.misconception(
    "mask_ignored",
    "Without a mask all is right, and with one nothing is hidden. It came in with the call; what "
    "has attention to be given?",
)
class _(_Attention):
    def __call__(self, x, mask=None, cache=None):
        return super().__call__(x, None, cache)


@self_attention.misconception(
    "heads_tiled",
    "Your numbers are those of key heads laid in a row again and again, 0, 1, 0, 1, where "
    "neighbouring query heads should share one. With one key head the two are the same. What "
    "does `mx.repeat` do that `mx.tile` does not?",
)
class _(_Attention):
    def placed(self, q, k, v, cache):
        q, k, v = super().placed(q, k, v, cache)
        groups = self.n_heads // self.n_kv_heads
        return (q, *(mx.tile(part, (1, groups, 1, 1)) for part in (k, v)))


@self_attention.misconception(
    "cache_ignored",
    "Without a cache nothing stops. With one, attention was given a mask with a column for each "
    "token, and the new keys alone. What stores keys and values, and returns those of all tokens "
    "so far?",
)
class _(_Attention):
    def __call__(self, x, mask=None, cache=None):
        return super().__call__(x, mask)


@self_attention.misconception(
    "with_biases",
    "Your parameters are {names}; there should be no biases. `nn.Linear` has one unless it is told "
    "otherwise, and a Llama's weights bring none for it. How is it told?",
)
class _(_Attention):
    def __init__(self, dims, n_heads, n_kv_heads, head_dim=None, base=10000.0):
        super().__init__(dims, n_heads, n_kv_heads, head_dim, base)
        size = self.head_dim
        self.q_proj = nn.Linear(dims, n_heads * size)
        self.k_proj = nn.Linear(dims, n_kv_heads * size)
        self.v_proj = nn.Linear(dims, n_kv_heads * size)
        self.o_proj = nn.Linear(n_heads * size, dims)


_BOTH = "two axes change places, whichever is named first"
_FAR = "attention sees distances alone, and without a cache no turned key is kept"
for _label, _operator, _line, _why in (
    (
        "solution",
        "arguments swapped",
        "self.q_proj(x).reshape(B, L, self.n_heads, -1).swapaxes(1, 2)",
        _BOTH,
    ),
    (
        "solution",
        "arguments swapped",
        "self.k_proj(x).reshape(B, L, self.n_kv_heads, -1).swapaxes(1, 2)",
        _BOTH,
    ),
    (
        "solution",
        "arguments swapped",
        "self.v_proj(x).reshape(B, L, self.n_kv_heads, -1).swapaxes(1, 2)",
        _BOTH,
    ),
    ("solution", "arguments swapped", "x.swapaxes(1, 2)", _BOTH),
    ("solution", "constant", "cache.offset if cache else 0", _FAR),
    ("alternative 1", "constant", "0 if cache is None else cache.offset", _FAR),
    ("alternative 1", "arguments swapped", "k[:, group].swapaxes(1, 2)", _BOTH),
    ("alternative 1", "constant", "-1000000000.0", "it is low enough in both cases"),
):
    self_attention.same_as(_label, _operator, _line, _why)


self_attention.hints(
    "Write the shape of each array beside its line: (B, L, dims), then what?",
    "(B, L, heads, D), then axes 1 and 2 change places. Read `cache.offset` before `update`, turn "
    "queries and keys by it, and bring the heads back before the last reshape.",
    "`self.q_proj(x).reshape(B, L, n_heads, -1).swapaxes(1, 2)`; at the end "
    "`self.o_proj(out.swapaxes(1, 2).reshape(B, L, -1))`.",
)
