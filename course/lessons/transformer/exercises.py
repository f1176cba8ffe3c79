"""Exercises of lesson 06, transformer."""

import json
import math
import tempfile
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx_lm  # here and not where it is used: seconds, and a check has ten
import numpy as np
from mlx.utils import tree_flatten

from course import model
from course.exercise import exercise
from course.probe import fill_parameters, outcome

# --------------------------------------------------------------------------------------------------
causal_mask = exercise(minutes=3, level=1)


@causal_mask.solution
def _(length, offset=0):
    """Say which tokens each of the newest tokens may look at.

    `length` tokens are new, and `offset` came before them, in a cache. Return an array of bools of
    shape (length, offset + length): True where the new token of that row may look at the token of
    that column. A token sees itself and all that came before it, and nothing after.
    causal_mask(2, 1) is [[True, True, False], [True, True, True]].
    """
    rows = mx.arange(offset, offset + length)[:, None]
    return rows >= mx.arange(offset + length)


@causal_mask.alternative
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset).astype(mx.bool_)


@causal_mask.alternative
def _(length, offset=0):
    return mx.array([[j <= offset + i for j in range(offset + length)] for i in range(length)])


@causal_mask.misconception(
    "offset_forgotten",
    "The mask is square, as if nothing had come before: there is no column for the {offset} tokens "
    "in the cache. Without a cache that is all there is, so it is right for as long as nobody "
    "generates. How many tokens can the newest one look at?",
)
def _(length, offset=0):
    return mx.tri(length).astype(mx.bool_)


@causal_mask.misconception(
    "offset_in_columns_only",
    "The mask has a column for each token, and its rows count from 0: the first new token is "
    "treated as the first of the whole text, and may not look at the {offset} that came before it. "
    "Which place in the text does row 0 have?",
)
def _(length, offset=0):
    return mx.tri(length, offset + length).astype(mx.bool_)


@causal_mask.misconception(
    "not_itself",
    "A token may look at what came before it, and not at itself. The first one then sees nothing "
    "at all, and a softmax over nothing is nan. Who else knows what the token itself is?",
)
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset - 1).astype(mx.bool_)


@causal_mask.misconception(
    "into_the_future",
    "Each token sees what comes after it, and nothing that came before: rows and columns are "
    "exchanged. The rows are the ones who look.",
)
def _(length, offset=0):
    rows = mx.arange(offset, offset + length)[:, None]
    return rows <= mx.arange(offset + length)


@causal_mask.misconception(
    "true_means_hidden",
    "True stands where a token must not look. Some libraries mean it that way; MLX's attention "
    "keeps what is True, and so does the statement.",
)
def _(length, offset=0):
    rows = mx.arange(offset, offset + length)[:, None]
    return rows < mx.arange(offset + length)


@causal_mask.use(offset="reading")
def _(answer, rng):
    offset = int(rng.integers(2, 6))
    return {
        "mask": answer(4),
        "later": answer(3, offset),
        "newest": answer(1, offset),
        "offset": offset,
    }


causal_mask.says(
    passed="With one new token the mask is all True: that is why decoding needs none.",
    mask="For 4 tokens and nothing before them",
    later="For 3 new tokens with others in a cache",
    newest="For 1 new token with others in a cache",
)
causal_mask.hints(
    "Which place in the whole text does row i have?",
    "Place `offset + i`; column j has place j. Compare the two.",
    "A column of row places, `mx.arange(offset, offset + length)[:, None]`, and a row of column "
    "places: `>=` between them makes the matrix.",
)

# --------------------------------------------------------------------------------------------------
rms_norm = exercise(minutes=5, level=1)


@rms_norm.solution
def _(x, weight, eps):
    """Bring the mean square of each token's numbers to 1, and weigh them.

    `x` has shape (..., D), `weight` (D,) and the same dtype, float32 or float16. Each row of D
    numbers is divided by the root of (the mean of its squares, plus `eps`), then multiplied by
    `weight`. Compute in float32 whatever comes in; return the shape and the dtype of `x`.
    For x [3., 4.], weight [1., 1.] and eps 0 the answer is [0.8485, 1.131].
    MLX has it as `mx.fast.rms_norm`; here you write it out.
    """
    wide = x.astype(mx.float32)
    normed = wide * mx.rsqrt(mx.square(wide).mean(axis=-1, keepdims=True) + eps)
    return (normed * weight).astype(x.dtype)


@rms_norm.alternative
def _(x, weight, eps):
    return mx.fast.rms_norm(x, weight, eps)


@rms_norm.alternative
def _(x, weight, eps):  # in float64, by NumPy
    wide = np.array(x).astype(np.float64)
    root = np.sqrt((wide**2).sum(axis=-1, keepdims=True) / wide.shape[-1] + eps)
    return mx.array((wide / root * np.array(weight)).astype(np.float32)).astype(x.dtype)


def _rms(x, weight, eps, axis=-1, total=mx.mean, dtype=mx.float32):
    wide = x.astype(dtype)
    return (
        wide * mx.rsqrt(total(mx.square(wide), axis=axis, keepdims=True) + eps) * weight
    ).astype(x.dtype)


@rms_norm.misconception(
    "mean_subtracted",
    "The mean of each row was taken away first. That is layer normalisation, which came before it; "
    "this one leaves the mean where it is, and saves a pass. Which of the two does the statement "
    "describe?",
)
def _(x, weight, eps):
    wide = x.astype(mx.float32)
    return _rms(wide - wide.mean(axis=-1, keepdims=True), weight, eps).astype(x.dtype)


@rms_norm.misconception(
    "no_eps",
    "`eps` has no effect on what you return. A row of zeros is then divided by zero, and a row of "
    "small numbers, which may be nothing but noise, is blown up to full size. Where under the root "
    "would it stand?",
)
def _(x, weight, eps):
    return _rms(x, weight, 0.0)


@rms_norm.misconception(
    "eps_outside_the_root",
    "`eps` was added to the root and not under it. For ordinary rows nobody would notice; the row "
    "of small numbers comes out several times too large.",
)
def _(x, weight, eps):
    wide = x.astype(mx.float32)
    root = mx.sqrt(mx.square(wide).mean(axis=-1, keepdims=True)) + eps
    return (wide / root * weight).astype(x.dtype)


@rms_norm.misconception(
    "sum_of_squares",
    "Each row was divided by its length, the root of the sum of its squares, not of their mean. "
    "The numbers are then smaller by the root of D, and a wider model would have quieter layers.",
)
def _(x, weight, eps):
    return _rms(x, weight, eps, total=mx.sum)


@rms_norm.misconception(
    "over_tokens",
    "The mean runs over the tokens: each number of a token was compared with the same number of "
    "the others. What is written about one token then depends on those that come after it. Which "
    "axis of (B, L, D) belongs to one token?",
)
def _(x, weight, eps):
    return _rms(x, weight, eps, axis=-2)


@rms_norm.misconception(
    "squared_in_half",
    "In float32 all is well, and the float16 row is all zeros: its numbers are around 300, their "
    "squares around 90,000, and float16 ends at 65,504. One over infinity is 0. In which dtype is "
    "the square safe?",
)
def _(x, weight, eps):
    return _rms(x, weight, eps, dtype=x.dtype)


@rms_norm.use(y="reduction", half="reduction")
def _(answer, rng):
    x = rng.normal(1, 2, size=(2, 4, 8))
    x[0, 1], x[1, 2] = 0, x[1, 2] * 1e-3
    weight = mx.array(rng.uniform(0.5, 2, 8).astype(np.float32))
    large = mx.array((rng.normal(size=(1, 2, 8)) * 50 + 300).astype(np.float32))
    return {
        "y": answer(mx.array(x.astype(np.float32)), weight, 1e-5),
        "half": answer(large.astype(mx.float16), weight.astype(mx.float16), 1e-5),
    }


rms_norm.says(
    passed="`mx.fast.rms_norm` and float64 NumPy agree with you, and the first is one kernel.",
    y="For 2 × 4 tokens of 8 numbers, one of them all zeros and one very small",
    half="For float16 numbers around 300",
)
rms_norm.hints(
    "Which of the three axes is one token's own, and which numbers does the mean run over?",
    "The last axis, kept as an axis of size one so that it divides every number of its row; `eps` "
    "is added before the root is taken.",
    "`wide = x.astype(mx.float32)`, then `mx.rsqrt(mx.square(wide).mean(axis=-1, keepdims=True) + "
    "eps)`; at the end back to `x.dtype`.",
)

# --------------------------------------------------------------------------------------------------
rope = exercise(minutes=10, level=2)


@rope.solution
def _(x, offset=0):
    """Tell queries or keys where they stand, by turning them.

    `x` has shape (B, H, L, D), float32 and D even: batch, heads, tokens, numbers of a head. The
    token in row l stands at place p = offset + l. Its numbers are taken in pairs, number i of the
    first half with number i of the second half, for i = 0 … D/2 - 1. Each pair (a, b) is turned by
    the angle p / 10000^(2i / D):

        (a cos - b sin, a sin + b cos)

    The results stand where a and b stood. Return the same shape.
    For D = 2, a token [1, 0] at place 1 becomes [0.5403, 0.8415]; at place 0 it stays as it is.
    MLX has it as `mx.fast.rope` and `nn.RoPE`; here you write it out.
    """
    L, D = x.shape[-2:]
    half = D // 2
    places = mx.arange(offset, offset + L)[:, None]
    angles = places * mx.power(10000.0, -mx.arange(half) / half)
    cos, sin = mx.cos(angles), mx.sin(angles)
    a, b = x[..., :half], x[..., half:]
    return mx.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


@rope.alternative
def _(x, offset=0):
    return mx.fast.rope(x, x.shape[-1], traditional=False, base=10000, scale=1.0, offset=offset)


@rope.alternative
def _(x, offset=0):  # in float64, a pair as one complex number
    wide = np.array(x).astype(np.float64)
    L, D = wide.shape[-2:]
    pairs = wide[..., : D // 2] + 1j * wide[..., D // 2 :]
    angles = np.outer(np.arange(L) + offset, 10000.0 ** (-2 * np.arange(D // 2) / D))
    turned = pairs * np.exp(1j * angles)
    return mx.array(np.concatenate([turned.real, turned.imag], axis=-1).astype(np.float32))


def _turned(x, angles, interleaved=False):
    half, (cos, sin) = x.shape[-1] // 2, (mx.cos(angles), mx.sin(angles))
    if interleaved:
        a, b = x[..., ::2], x[..., 1::2]
        return mx.stack([a * cos - b * sin, a * sin + b * cos], axis=-1).reshape(x.shape)
    a, b = x[..., :half], x[..., half:]
    return mx.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


def _angles(length, dims, offset=0, base=10000.0):
    places = mx.arange(offset, offset + length)[:, None]
    return places * mx.power(base, -2 * mx.arange(dims // 2) / dims)


@rope.misconception(
    "interleaved",
    "Neighbours were turned with each other: 0 with 1, 2 with 3. It is how the paper draws it, MLX "
    "calls it traditional, and it works as well; weights that were trained with the other pairing "
    "turn into noise. Which partner has number 0 here?",
)
def _(x, offset=0):
    return _turned(x, _angles(x.shape[-2], x.shape[-1], offset), interleaved=True)


@rope.misconception(
    "put_back_as_neighbours",
    "The right numbers were turned, by the right angles, and then put in other places: the two "
    "results of a pair lie side by side. They belong where a and b stood.",
)
def _(x, offset=0):
    angles, half = _angles(x.shape[-2], x.shape[-1], offset), x.shape[-1] // 2
    turned = _turned(x, angles)
    return mx.stack([turned[..., :half], turned[..., half:]], axis=-1).reshape(x.shape)


@rope.misconception(
    "offset_forgotten",
    "With an offset of 0 all is right; with {offset} tokens before it, the first new token is "
    "still turned as if it stood at place 0. A model that generates with a cache would hold every "
    "new word for the first one.",
)
def _(x, offset=0):
    return _turned(x, _angles(x.shape[-2], x.shape[-1]))


@rope.misconception(
    "turned_backwards",
    "Every pair is turned the other way round: the sign of the sine is on the wrong number. "
    "Distances between tokens survive that, so a model trained this way would be fine; this one "
    "was not. Try a = 1, b = 0 by hand.",
)
def _(x, offset=0):
    return _turned(x, -_angles(x.shape[-2], x.shape[-1], offset))


@rope.misconception(
    "heads_as_places",
    "The angle grows from head to head and is the same for all tokens: the places were counted "
    "along axis 1. In (B, H, L, D) the tokens are on another one.",
)
def _(x, offset=0):
    return _turned(x, _angles(x.shape[1], x.shape[-1], offset)[:, None])


@rope.misconception(
    "slow_pairs",
    "The first pair is right, and each following one turns too fast: pair i has the exponent i / D "
    "where it should have 2i / D. There are D/2 pairs, and the slowest should take about 10,000 "
    "places for one radian, not 100.",
)
def _(x, offset=0):
    L, D = x.shape[-2:]
    places = mx.arange(offset, offset + L)[:, None]
    return _turned(x, places * mx.power(10000.0, -mx.arange(D // 2) / D))


@rope.use(y="reduction", later="reduction", offset="reading")
def _(answer, rng):
    x = mx.array(rng.normal(size=(2, 3, 5, 8)).astype(np.float32))
    offset = int(rng.integers(3, 9))
    return {"y": answer(x), "later": answer(x, offset), "offset": offset}


rope.says(
    passed="`mx.fast.rope` and float64 NumPy agree with you, and so will the built-in weights.",
    y="For 2 × 3 heads with 5 tokens of 8 numbers",
    later="For the same with tokens before them",
)
rope.hints(
    "What shape must the angles have, to be multiplied with (B, H, L, D/2)?",
    "(L, D/2): a column of places times a row of D/2 speeds. Cosine and sine of it broadcast over "
    "batch and heads. The two halves of x are the a and the b.",
    "`a, b = x[..., :half], x[..., half:]`, and `mx.concatenate([a * cos - b * sin, a * sin + b * "
    "cos], axis=-1)`.",
)

# --------------------------------------------------------------------------------------------------
attention = exercise(minutes=10, level=2)


@attention.solution
def _(queries, keys, values, mask=None):
    """Let each query look at the keys, and return its mixture of the values.

        queries   (B, H, L, D)
        keys      (B, K, S, D)     K divides H
        values    (B, K, S, D)
        mask      (L, S), bool, True where a query may look; or None: everywhere
        returned  (B, H, L, D)

    A score is the dot product of a query and a key, divided by the root of D. Softmax over the keys
    that may be looked at makes weights of the scores; the others have weight 0. Queries are
    grouped: with H = 4 and K = 2, heads 0 and 1 use keys and values 0, heads 2 and 3 use 1.
    With one key, every query gets its value: the weights add up to 1.
    MLX has it as `mx.fast.scaled_dot_product_attention`; here you write it out. All is float32.
    """
    H, D = queries.shape[1], queries.shape[-1]
    groups = H // keys.shape[1]
    keys, values = mx.repeat(keys, groups, axis=1), mx.repeat(values, groups, axis=1)
    scores = queries @ keys.swapaxes(-1, -2) / D**0.5
    if mask is not None:
        scores = mx.where(mask, scores, -mx.inf)
    return mx.softmax(scores, axis=-1) @ values


@attention.alternative
def _(queries, keys, values, mask=None):
    scale = queries.shape[-1] ** -0.5
    return mx.fast.scaled_dot_product_attention(queries, keys, values, scale=scale, mask=mask)


@attention.alternative
def _(queries, keys, values, mask=None):  # no copies of the keys: the groups get an axis
    B, H, L, D = queries.shape
    K = keys.shape[1]
    scores = mx.einsum("bkgld,bksd->bkgls", queries.reshape(B, K, H // K, L, D), keys) * D**-0.5
    if mask is not None:
        scores = scores + mx.where(mask, 0.0, -1e9)
    return mx.einsum("bkgls,bksd->bkgld", mx.softmax(scores, -1), values).reshape(B, H, L, D)


@attention.alternative
def _(queries, keys, values, mask=None):  # in float64, head by head
    q, k, v = (np.array(x).astype(np.float64) for x in (queries, keys, values))
    out = np.zeros(q.shape)
    for h in range(q.shape[1]):
        group = h * k.shape[1] // q.shape[1]
        scores = q[:, h] @ k[:, group].transpose(0, 2, 1) / np.sqrt(q.shape[-1])
        if mask is not None:
            scores = np.where(np.array(mask), scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        out[:, h] = weights / weights.sum(-1, keepdims=True) @ v[:, group]
    return mx.array(out.astype(np.float32))


def _attention(queries, keys, values, mask, scale=None, axis=-1, repeat=mx.repeat):
    groups = queries.shape[1] // keys.shape[1]
    scale = queries.shape[-1] ** -0.5 if scale is None else scale
    scores = queries @ repeat(keys, groups).swapaxes(-1, -2) * scale
    if mask is not None:
        scores = mx.where(mask, scores, -mx.inf)
    return mx.softmax(scores, axis=axis) @ repeat(values, groups)


def _repeated(x, groups):
    return mx.repeat(x, groups, axis=1)


@attention.misconception(
    "mask_after_softmax",
    "The mask came after the softmax: hidden tokens have weight 0, and what they had taken is "
    "missing from the rest, so the weights of a row add up to less than 1. They also tell how much "
    "there was to see. Which numbers, before the softmax, become a weight of 0 after it?",
)
def _(queries, keys, values, mask=None):
    groups = queries.shape[1] // keys.shape[1]
    scores = queries @ _repeated(keys, groups).swapaxes(-1, -2) * queries.shape[-1] ** -0.5
    weights = mx.softmax(scores, axis=-1)
    return (weights if mask is None else weights * mask) @ _repeated(values, groups)


@attention.misconception(
    "hidden_scores_zero",
    "Hidden scores were set to 0, and 0 is a score like any other: e to the 0 is 1, often more "
    "than what is allowed gets. What score has a weight of 0?",
)
def _(queries, keys, values, mask=None):
    groups = queries.shape[1] // keys.shape[1]
    scores = queries @ _repeated(keys, groups).swapaxes(-1, -2) * queries.shape[-1] ** -0.5
    if mask is not None:
        scores = mx.where(mask, scores, 0)
    return mx.softmax(scores, axis=-1) @ _repeated(values, groups)


@attention.misconception(
    "softmax_over_queries",
    "The weights of a key add up to 1 over the queries, so queries compete for a key, and some get "
    "almost nothing. It should be the keys that compete for a query. Scores have shape (L, S): "
    "which axis has the keys?",
)
def _(queries, keys, values, mask=None):
    return _attention(queries, keys, values, mask, axis=-2, repeat=_repeated)


@attention.misconception(
    "scaled_by_heads",
    "Scores are divided by the root of the number of heads. The division keeps a sum of products "
    "from growing with its length: how many products does one score add up?",
)
def _(queries, keys, values, mask=None):
    scale = queries.shape[1] ** -0.5
    return _attention(queries, keys, values, mask, scale, repeat=_repeated)


@attention.misconception(
    "scaled_by_model",
    "Scores are divided by the root of the width of all heads together. Each head adds up its own "
    "products alone, so this makes the weights too even.",
)
def _(queries, keys, values, mask=None):
    scale = (queries.shape[1] * queries.shape[-1]) ** -0.5
    return _attention(queries, keys, values, mask, scale, repeat=_repeated)


@attention.misconception(
    "scaled_by_d",
    "Scores are divided by D and not by its root. A sum of D products of chance numbers grows like "
    "the root of D; divided by D, the scores shrink as heads get longer, and the weights become "
    "even.",
)
def _(queries, keys, values, mask=None):
    scale = 1 / queries.shape[-1]
    return _attention(queries, keys, values, mask, scale, repeat=_repeated)


@attention.misconception(
    "not_scaled",
    "Scores are used as they come. The longer a head, the larger they grow, and the softmax picks "
    "one key and ignores the rest: a gradient then hardly passes. What does the statement divide "
    "by?",
)
def _(queries, keys, values, mask=None):
    return _attention(queries, keys, values, mask, 1.0, repeat=_repeated)


@attention.misconception(
    "heads_tiled",
    "Keys and values were laid in a row again and again, 0, 1, 0, 1, where heads 0 and 1 should "
    "share one. With one key head, or as many as queries, the two are the same, so it shows in "
    "grouped models alone. What does `mx.repeat` do that `mx.tile` does not?",
)
def _(queries, keys, values, mask=None):
    def tiled(x, groups):
        return mx.tile(x, (1, groups, 1, 1))

    return _attention(queries, keys, values, mask, repeat=tiled)


@attention.use(y="matmul", open="matmul")
def _(answer, rng):
    q = mx.array(rng.normal(size=(2, 4, 3, 8)).astype(np.float32))
    k, v = (mx.array(rng.normal(size=(2, 2, 5, 8)).astype(np.float32)) for _ in range(2))
    mask = mx.array(np.tri(3, 5, 2, dtype=bool))
    return {"y": answer(q, k, v, mask), "open": answer(q, k, v, None)}


attention.says(
    passed="`mx.fast.scaled_dot_product_attention` agrees with you, and never writes the scores "
    "down.",
    y="For 4 query heads, 2 key heads, 3 new tokens of 5, with a causal mask",
    open="For the same without a mask",
)
attention.hints(
    "Write the shapes down: queries @ keys-turned is (B, H, L, S). What has to happen to the keys "
    "before, and what to the scores after?",
    "Each key head is repeated H // K times along axis 1. The mask works on the scores, before the "
    "softmax over the last axis.",
    "`scores = mx.where(mask, scores, -mx.inf)`, then `mx.softmax(scores, axis=-1) @ values`.",
)

# --------------------------------------------------------------------------------------------------
swiglu = exercise(minutes=5, level=1)


@swiglu.solution
class _(nn.Module):
    """The feed-forward part of a Llama block.

    `swiglu(dims, hidden_dims)` makes it. Called with x of shape (..., dims) it returns the same
    shape. Three linear layers without biases, called `gate_proj` and `up_proj` (dims to
    hidden_dims) and `down_proj` (hidden_dims to dims). The gate goes through SiLU, which is
    z * sigmoid(z); what comes out is multiplied with what `up_proj` makes, and goes down.
    With a gate of 0 the output is 0, whatever `up_proj` says.
    """

    def __init__(self, dims, hidden_dims):
        super().__init__()
        # -- yours
        self.gate_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.up_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.down_proj = nn.Linear(hidden_dims, dims, bias=False)
        # -- end

    def __call__(self, x):
        # -- yours
        gate = self.gate_proj(x)
        return self.down_proj(gate * mx.sigmoid(gate) * self.up_proj(x))
        # -- end


@swiglu.alternative
class _(nn.Module):
    def __init__(self, dims, hidden_dims):
        super().__init__()
        for name in ("up_proj", "gate_proj"):
            setattr(self, name, nn.Linear(dims, hidden_dims, bias=False))
        self.down_proj = nn.Linear(hidden_dims, dims, bias=False)

    def __call__(self, x):
        return self.down_proj(nn.silu(self.gate_proj(x)) * self.up_proj(x))


class _FeedForward(nn.Module):
    """What the wrong ones share."""

    def __init__(self, dims, hidden_dims, bias=False):
        super().__init__()
        self.gate_proj = nn.Linear(dims, hidden_dims, bias=bias)
        self.up_proj = nn.Linear(dims, hidden_dims, bias=bias)
        self.down_proj = nn.Linear(hidden_dims, dims, bias=bias)

    def __call__(self, x):
        return self.down_proj(self.mixed(self.gate_proj(x), self.up_proj(x)))

    def mixed(self, gate, up):
        return gate * mx.sigmoid(gate) * up


@swiglu.misconception(
    "silu_on_up",
    "SiLU is on `up_proj`, and the gate passes as it is. In your own model the two names would be "
    "exchanged and nothing lost; weights from elsewhere know which is which.",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return up * mx.sigmoid(up) * gate


@swiglu.misconception(
    "sigmoid_gate",
    "The gate is a bare sigmoid, between 0 and 1. That is a GLU, the older kin of this one; SiLU "
    "multiplies the sigmoid with its own input once more.",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return mx.sigmoid(gate) * up


@swiglu.misconception(
    "silu_of_the_product",
    "Gate and up were multiplied first, and SiLU taken of the product. Then neither is a gate: a "
    "large negative `up` closes what it should only turn round.",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return (gate * up) * mx.sigmoid(gate * up)


@swiglu.misconception(
    "added",
    "Gate and up were added. A gate multiplies: where it is 0, nothing passes.",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return gate * mx.sigmoid(gate) + up


@swiglu.misconception(
    "with_biases",
    "Your parameters are {names}; there should be no biases. `nn.Linear` has one unless it is told "
    "otherwise, and a Llama's weights bring none for it: yours would keep what they began with.",
)
class _(_FeedForward):
    def __init__(self, dims, hidden_dims):
        super().__init__(dims, hidden_dims, bias=True)


def _names(module):
    """Names and shapes of a module's parameters as text, sorted."""
    parameters = sorted(tree_flatten(module.parameters()), key=lambda pair: pair[0])
    return ", ".join(f"{name} {tuple(value.shape)}" for name, value in parameters) or "nothing"


@swiglu.use(y="matmul", names="reading")
def _(answer, rng):
    module = answer(6, 10)
    names = _names(module)
    x = mx.array(rng.normal(0, 2, size=(2, 3, 6)).astype(np.float32))
    known = names == "down_proj.weight (6, 10), gate_proj.weight (10, 6), up_proj.weight (10, 6)"
    return {"names": names, "y": fill_parameters(module, by_name=True)(x) if known else None}


swiglu.says(
    passed="In the built-in model two thirds of all weights are in these three layers.",
    names="Parameters",
    y="For 2 × 3 tokens, with known weights",
)
swiglu.hints(
    "Two layers read x. What happens to each of the two results, and where do they meet?",
    "`gate_proj(x)` goes through SiLU, `up_proj(x)` does not; they meet in a product, and "
    "`down_proj` reads it.",
    "`nn.Linear(dims, hidden_dims, bias=False)`, and `nn.silu(self.gate_proj(x)) * "
    "self.up_proj(x)` inside `self.down_proj(...)`.",
)

# --------------------------------------------------------------------------------------------------
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


class _Joined:
    """A cache as small as can be: what it was given, joined."""

    def __init__(self, keys=None, values=None):
        self.keys, self.values = keys, values

    @property
    def offset(self):
        return 0 if self.keys is None else self.keys.shape[2]

    def update(self, keys, values):
        if self.keys is not None:
            keys = mx.concatenate([self.keys, keys], axis=2)
            values = mx.concatenate([self.values, values], axis=2)
        self.keys, self.values = keys, values
        return keys, values


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
self_attention.hints(
    "Write the shape of each array beside its line: (B, L, dims), then what?",
    "(B, L, heads, D), then axes 1 and 2 change places. Read `cache.offset` before `update`, turn "
    "queries and keys by it, and bring the heads back before the last reshape.",
    "`self.q_proj(x).reshape(B, L, n_heads, -1).swapaxes(1, 2)`; at the end "
    "`self.o_proj(out.swapaxes(1, 2).reshape(B, L, -1))`.",
)

# --------------------------------------------------------------------------------------------------
block = exercise(minutes=6, level=2)


@block.solution
class _(nn.Module):
    """One block of a Llama, around the two parts that do the work.

    `block(dims, self_attn, mlp, eps=1e-5)` makes it. `self_attn` and `mlp` are modules, made
    already; keep them under these names. Two RMS norms over `dims` numbers belong to the block
    itself, `input_layernorm` and `post_attention_layernorm`, as `nn.RMSNorm` with `eps`.

    Called with x of shape (B, L, dims), `mask` and `cache`: attention reads x, normed by the first,
    and what it says (`self_attn(normed, mask, cache)`) is added to x. The MLP reads that sum,
    normed by the second, and what it says is added to the sum. That is returned.
    Where both parts say 0, the block returns x itself.
    """

    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__()
        # -- yours
        self.self_attn, self.mlp = self_attn, mlp
        self.input_layernorm = nn.RMSNorm(dims, eps=eps)
        self.post_attention_layernorm = nn.RMSNorm(dims, eps=eps)
        # -- end

    def __call__(self, x, mask=None, cache=None):
        # -- yours
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return h + self.mlp(self.post_attention_layernorm(h))
        # -- end


@block.alternative
class _(nn.Module):
    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__()
        self.post_attention_layernorm, self.input_layernorm = (
            nn.RMSNorm(dims, eps) for _ in range(2)
        )
        self.mlp = mlp
        self.self_attn = self_attn

    def __call__(self, x, mask=None, cache=None):
        residual = x
        x = self.self_attn(self.input_layernorm(x), mask=mask, cache=cache)
        residual = residual + x
        x = self.mlp(self.post_attention_layernorm(residual))
        return x + residual


class _Around(nn.Module):
    """What the wrong blocks share."""

    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__()
        self.self_attn, self.mlp = self_attn, mlp
        self.input_layernorm = nn.RMSNorm(dims, eps=eps)
        self.post_attention_layernorm = nn.RMSNorm(dims, eps=eps)


@block.misconception(
    "residual_from_the_norm",
    "What attention says was added to the normed x, not to x. The normed one is at hand, and "
    "the difference is one name; but then no number passes through the model unchanged, and what "
    "the embedding said has been rescaled at every block. What goes round the norm?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        n = self.input_layernorm(x)
        h = n + self.self_attn(n, mask, cache)
        n = self.post_attention_layernorm(h)
        return n + self.mlp(n)


@block.misconception(
    "norm_afterwards",
    "The norms come after the sums. The first transformer had it so, and needed a warm-up to train "
    "at all; a Llama norms what each part reads, and leaves the sum alone.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = self.input_layernorm(x + self.self_attn(x, mask, cache))
        return self.post_attention_layernorm(h + self.mlp(h))


@block.misconception(
    "norms_exchanged",
    "Attention reads through `post_attention_layernorm`, and the MLP through `input_layernorm`. "
    "While both are new they are the same; the weights of a trained one are not. The second name "
    "says what it comes after.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.post_attention_layernorm(x), mask, cache)
        return h + self.mlp(self.input_layernorm(h))


@block.misconception(
    "one_residual",
    "What the MLP says is returned, and not added to what it read. The block then forgets x unless "
    "the MLP repeats it.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "attention_dropped",
    "What the MLP says was added to x, and not to the sum of x and attention: what attention "
    "said reaches the MLP and goes no further. Two names for two sums would help.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return x + self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "side_by_side",
    "Both parts read x, each through its norm, and both answers were added. Some models do that to "
    "save time; here the MLP reads what attention has added.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        r = self.self_attn(self.input_layernorm(x), mask, cache)
        return x + r + self.mlp(self.post_attention_layernorm(x))


@block.misconception(
    "mask_and_cache_kept",
    "Without mask and cache the block is right; given them, it does not hand them on, and "
    "attention looks into the future and forgets the past.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x))
        return h + self.mlp(self.post_attention_layernorm(h))


class _Mixer(nn.Module):
    """Stands in for attention: mixes tokens by the mask, and adds what the cache holds."""

    def __init__(self, dims):
        super().__init__()
        self.weight = mx.zeros((dims, dims))

    def __call__(self, x, mask=None, cache=None):
        if mask is not None:
            x = mask.astype(x.dtype) @ x
        return x @ self.weight + (cache.offset if cache is not None else 0)


@block.use(y="matmul", bare="matmul", names="reading")
def _(answer, rng):
    made = answer(6, _Mixer(6), nn.Linear(6, 6))
    names = _names(made)
    found = {"names": names, "bare": None, "y": None}
    if names == (
        "input_layernorm.weight (6,), mlp.bias (6,), mlp.weight (6, 6), "
        "post_attention_layernorm.weight (6,), self_attn.weight (6, 6)"
    ):
        fill_parameters(made, by_name=True)
        x = mx.array(rng.normal(0, 2, size=(2, 4, 6)).astype(np.float32))
        found["bare"] = made(x)
        past = mx.zeros((2, 1, 3, 2))
        found["y"] = made(x, mx.array(np.tri(4, dtype=bool)), _Joined(past, past))
    return found


block.says(
    passed="x passes through all blocks as a sum that each adds to; nothing is overwritten.",
    names="Parameters",
    bare="For 2 × 4 tokens, with known weights, without mask and cache",
    y="For the same with a mask and a cache",
)
block.hints(
    "What is added to what? There are two sums.",
    "Each part reads the normed sum so far; its answer is added to the sum that was not normed.",
    "`h = x + self.self_attn(self.input_layernorm(x), mask, cache)`, and the same once more with h "
    "and the MLP.",
)

# --------------------------------------------------------------------------------------------------
llama = exercise(minutes=12, level=2)


@llama.solution
class _(nn.Module):
    """The whole model, from tokens to logits.

    `llama(config, block)` makes it. `config` is what a config.json says; these of its keys matter:
    "vocab_size", "hidden_size", "num_hidden_layers", "rms_norm_eps", "tie_word_embeddings".
    `block(config)` makes a block, as you have written one: called with (x, mask, cache).

    Names: `embed_tokens`, an `nn.Embedding`; `layers`, a list of blocks; `norm`, an `nn.RMSNorm`
    after the last of them; and, only where "tie_word_embeddings" is false, `lm_head`, a linear
    layer without a bias. Where it is true, logits are dot products with the rows of the embedding.

    Called with `tokens` of shape (B, L) and `cache`, it returns logits (B, L, vocabulary). `cache`
    is None or a list with a cache for each block, whose `offset` says how many tokens came before.
    Hand every block a causal mask, bool of shape (L, offset + L), and its own cache or None.
    """

    def __init__(self, config, block):
        super().__init__()
        # -- yours
        V, D = config["vocab_size"], config["hidden_size"]
        self.embed_tokens = nn.Embedding(V, D)
        self.layers = [block(config) for _ in range(config["num_hidden_layers"])]
        self.norm = nn.RMSNorm(D, eps=config["rms_norm_eps"])
        if not config["tie_word_embeddings"]:
            self.lm_head = nn.Linear(D, V, bias=False)
        # -- end

    def __call__(self, tokens, cache=None):
        # -- yours
        x = self.embed_tokens(tokens)
        L, offset = tokens.shape[1], cache[0].offset if cache else 0
        mask = mx.arange(offset, offset + L)[:, None] >= mx.arange(offset + L)
        for layer, own in zip(self.layers, cache or [None] * len(self.layers), strict=True):
            x = layer(x, mask, own)
        x = self.norm(x)
        return self.lm_head(x) if "lm_head" in self else self.embed_tokens.as_linear(x)
        # -- end


@llama.alternative
class _(nn.Module):
    def __init__(self, config, block):
        super().__init__()
        self._config = dict(config)
        D = config["hidden_size"]
        self.norm = nn.RMSNorm(D, config["rms_norm_eps"])
        self.layers = []
        while len(self.layers) < config["num_hidden_layers"]:
            self.layers.append(block(config))
        if config["tie_word_embeddings"] is False:
            self.lm_head = nn.Linear(D, config["vocab_size"], bias=False)
        self.embed_tokens = nn.Embedding(config["vocab_size"], D)

    def __call__(self, tokens, cache=None):
        h = self.embed_tokens.weight[tokens]
        seen = cache[0].offset if cache is not None else 0
        mask = mx.tri(tokens.shape[1], seen + tokens.shape[1], k=seen) > 0
        for i, layer in enumerate(self.layers):
            h = layer(h, mask=mask, cache=cache[i] if cache is not None else None)
        tied = self._config["tie_word_embeddings"]
        return self.norm(h) @ (self.embed_tokens if tied else self.lm_head).weight.T


class _Decoder(nn.Module):
    """The model once more, in parts, for the wrong ones."""

    def __init__(self, config, block):
        super().__init__()
        V, D = config["vocab_size"], config["hidden_size"]
        self.embed_tokens = nn.Embedding(V, D)
        self.layers = self.made(block, config)
        self.norm = nn.RMSNorm(D, eps=config["rms_norm_eps"])
        if self.untied(config):
            self.lm_head = nn.Linear(D, V, bias=False)

    def __call__(self, tokens, cache=None):
        x = self.embedded(tokens)
        mask = self.mask(tokens.shape[1], cache[0].offset if cache else 0)
        for i, layer in enumerate(self.layers):
            x = layer(x, mask, self.own(cache, i) if cache else None)
        x = self.last(x)
        return self.lm_head(x) if "lm_head" in self else self.embed_tokens.as_linear(x)

    def made(self, block, config):
        return [block(config) for _ in range(config["num_hidden_layers"])]

    def untied(self, config):
        return not config["tie_word_embeddings"]

    def embedded(self, tokens):
        return self.embed_tokens(tokens)

    def mask(self, length, offset):
        return mx.array(np.tri(length, offset + length, offset, dtype=bool))

    def own(self, cache, i):
        return cache[i]

    def last(self, x):
        return self.norm(x)


@llama.misconception(
    "last_norm_forgotten",
    "The logits were read off before the last norm. Its parameter is there, and nobody uses it. "
    "The sum has grown from block to block; what brings it back to size?",
)
class _(_Decoder):
    def last(self, x):
        return x


@llama.misconception(
    "one_block_many_times",
    "All entries of `layers` are one and the same block: `[b] * n` repeats the name, not the "
    "thing. Printed, the parameters look right; loaded from a file, the last block's weights win "
    "everywhere.",
)
class _(_Decoder):
    def made(self, block, config):
        return [block(config)] * config["num_hidden_layers"]


@llama.misconception(
    "head_always",
    "With tied embeddings there is still an `lm_head`: your parameters are {names}. A file with "
    "tied embeddings brings nothing for it, so it would stay as it began, and the logits with it.",
)
class _(_Decoder):
    def untied(self, config):
        return True


@llama.misconception(
    "always_tied",
    "With tied embeddings all is right. Where the config says that they are not tied, the logits "
    "still come from the embedding, and the file's `lm_head` has no place to go.",
)
class _(_Decoder):
    def untied(self, config):
        return False


@llama.misconception(
    "embedding_scaled",
    "The embeddings were multiplied by the root of the width. The first transformer did that, and "
    "Gemma does; a Llama takes the rows as they are.",
)
class _(_Decoder):
    def embedded(self, tokens):
        return self.embed_tokens(tokens) * self.embed_tokens.weight.shape[1] ** 0.5


@llama.misconception(
    "no_mask",
    "Each token sees the ones after it: there is no mask. Training such a model, the loss falls "
    'towards 0, for the answer to "what comes next?" is in sight; generating, there is nothing to '
    "copy from.",
)
class _(_Decoder):
    def mask(self, length, offset):
        return None


@llama.misconception(
    "mask_without_offset",
    "Without a cache all is right. With one, the mask's rows count from 0, and the new tokens may "
    "not look at what is in the cache: that is what it was kept for. What is the place of row 0?",
)
class _(_Decoder):
    def mask(self, length, offset):
        return mx.array(np.tri(length, offset + length, dtype=bool))


@llama.misconception(
    "square_mask",
    "MLX stops at the mask: with tokens in the cache, there are more columns than new tokens, and "
    "the mask has as many as rows. How many tokens can the newest one look at?",
)
class _(_Decoder):
    def mask(self, length, offset):
        return mx.array(np.tri(length, dtype=bool))


@llama.misconception(
    "cache_ignored",
    "The cache was not handed on: the new tokens are read as if nothing had come before them. "
    "Where does a block get its own from?",
)
class _(_Decoder):
    def __call__(self, tokens, cache=None):
        return super().__call__(tokens)


@llama.misconception(
    "one_cache_for_all",
    "Every block was given the first block's cache. Each has keys of its own; now they find those "
    "of the block before, and twice as many tokens as there are.",
)
class _(_Decoder):
    def own(self, cache, i):
        return cache[0]


class _Meeting(nn.Module):
    """Lets tokens meet, by their places and with a cache; it is not the layer that is asked for,
    as it lies beside submissions when they are graded."""

    def __init__(self, dims):
        super().__init__()
        self.mix = nn.Linear(dims, dims, bias=False)

    def __call__(self, x, mask=None, cache=None):
        offset = cache.offset if cache else 0
        places = 1 + mx.arange(offset, offset + x.shape[1])[:, None] / 8
        k, v = (self.mix(x) * places)[:, None], x[:, None]
        if cache:
            k, v = cache.update(k, v)
        met = x[:, None] @ k.swapaxes(2, 3)
        return ((met if mask is None else mx.where(mask, met, 0)) @ v)[:, 0]


class _Part(nn.Module):
    """A block, small; says nothing about how a learner writes one."""

    def __init__(self, config):
        super().__init__()
        D = config["hidden_size"]
        self.self_attn = _Meeting(D)
        self.norm_in = nn.RMSNorm(D)

    def __call__(self, x, mask=None, cache=None):
        L, S = x.shape[1], x.shape[1] + (cache.offset if cache is not None else 0)
        if mask is not None and mask.shape[-2:] != (L, S):
            raise ValueError(f"[block] the mask must be {(L, S)} but is {tuple(mask.shape)}.")
        return x + self.self_attn(self.norm_in(x), mask, cache)


def _network(answer, tied):
    config = {
        "vocab_size": 11,
        "hidden_size": 8,
        "num_hidden_layers": 2,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": tied,
    }
    network = answer(config, _Part)
    names = [name for name, _ in tree_flatten(network.parameters()) if "self_attn" not in name]
    fill_parameters(network, by_name=True)
    return network, ", ".join(sorted(names))


@llama.use(
    logits="matmul", later="matmul", names="reading", untied="matmul", untied_names="reading"
)
def _(answer, rng):
    tied, names = _network(answer, True)
    untied, untied_names = _network(answer, False)
    tokens = mx.array(rng.integers(0, 11, size=(2, 6)))
    logits = tied(tokens, None)
    cache = [_Joined(), _Joined()]
    tied(tokens[:, :4], cache)
    later = tied(tokens[:, 4:], cache)
    found = {"names": names, "logits": logits, "later": later}
    return found | {"untied_names": untied_names, "untied": untied(tokens, None)}


llama.says(
    passed="Call it with `lambda config: block(...)` around your own parts, and it is all yours.",
    names="Parameters of the model itself",
    logits="For 2 × 6 tokens, with known weights",
    later="For the last 2 of them, with 4 in the cache",
    untied_names="Parameters where embeddings are not tied",
    untied="For 2 × 6 tokens where embeddings are not tied",
)
llama.hints(
    "Tokens become rows, rows go through the blocks, and at the end each row is compared with "
    "every row of a table. What does each of the four parts need from the config?",
    "A list of blocks, each made by its own call of `block`. The mask is made once, from L and the "
    "offset of the first cache; every block gets its own cache.",
    "`self.embed_tokens.as_linear(self.norm(x))` are the logits where embeddings are tied.",
)

# --------------------------------------------------------------------------------------------------
greedy = exercise(minutes=8, level=2)


@greedy.solution
def _(model, cache, prompt, max_tokens, eos):
    """Let a model go on with a text, always by the likeliest token.

    `model(tokens, cache)` takes tokens of shape (1, L) and returns logits of shape (1, L, V): row l
    says what comes after token l. It puts what it has read into `cache`, which is empty now, so
    each token is handed to it once. `prompt` is a list of ints. Return the new tokens as a list of
    ints: at most `max_tokens`, without the prompt, and without `eos`, at which it ends.
    If the likeliest tokens are 7, 4 and then `eos`, the answer is [7, 4].
    """
    tokens, new = prompt, []
    while len(new) < max_tokens:
        logits = model(mx.array([tokens]), cache)
        token = mx.argmax(logits[0, -1]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


@greedy.alternative
def _(model, cache, prompt, max_tokens, eos):
    def next_of(tokens):
        return model(tokens[None], cache)[:, -1].argmax(axis=-1)

    new = []
    token = next_of(mx.array(prompt))
    for _ in range(max_tokens):
        following = next_of(token)  # one ahead, as mlx_lm does
        if token.item() == eos:
            break
        new.append(token.item())
        token = following
    return new


@greedy.alternative
def _(model, cache, prompt, max_tokens, eos):
    if len(prompt) > 1:
        model(mx.array(prompt[:-1])[None], cache)  # read it, and ask about the last token
    last, new = prompt[-1], []
    for _ in range(max_tokens):
        last = int(np.argmax(np.array(model(mx.array([[last]]), cache))[0, 0]))
        if last == eos:
            return new
        new += [last]
    return new


@greedy.misconception(
    "first_row",
    "You return {said}, and it should be {said:expected}. The first row of logits was read, which "
    "says what comes after the prompt's first token. With one token at a time first and last row "
    "are the same, so only the beginning goes wrong. Which row knows the whole prompt?",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    for _ in range(max_tokens):
        token = mx.argmax(model(mx.array([tokens]), cache)[0, 0]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


@greedy.misconception(
    "off_by_one",
    "The row before the last was read, which says what comes after the prompt's last token but "
    "one: and that is the prompt's last token, which you have. Row l is about token l + 1.",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    for _ in range(max_tokens):
        logits = model(mx.array([tokens]), cache)[0]
        token = mx.argmax(logits[max(0, len(tokens) - 2)]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


@greedy.misconception(
    "everything_again",
    "At each step the whole text was handed over again, and the cache kept it again. It has read "
    "{history}, where it should be {history:expected}. With a cache, what is new at each step?",
)
def _(model, cache, prompt, max_tokens, eos):
    new = []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([prompt + new]), cache)[0, -1]).item()
        if token == eos:
            break
        new.append(token)
    return new


@greedy.misconception(
    "last_token_twice",
    "The prompt was read, and then its last token was handed over once more to get the first "
    "logits. The model has read {history}. The logits were there already: what did the first call "
    "return?",
)
def _(model, cache, prompt, max_tokens, eos):
    model(mx.array([prompt]), cache)
    last, new = prompt[-1], []
    while len(new) < max_tokens:
        last = mx.argmax(model(mx.array([[last]]), cache)[0, -1]).item()
        if last == eos:
            break
        new.append(last)
    return new


@greedy.misconception(
    "cache_not_used",
    "The tokens are right, and the cache has stayed empty: each step read the whole text from the "
    "beginning. For a text of n tokens that is about n times n / 2 readings, where n would do.",
)
def _(model, cache, prompt, max_tokens, eos):
    new = []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([prompt + new]), None)[0, -1]).item()
        if token == eos:
            break
        new.append(token)
    return new


@greedy.misconception(
    "eos_kept",
    "The token that ends the text is still in it: you return {said}, and it should be "
    "{said:expected}. It is a sign to you, not a word for the reader.",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()
        new.append(token)
        if token == eos:
            break
        tokens = [token]
    return new


@greedy.misconception(
    "never_stops",
    "You went on after `eos` until `max_tokens` was reached: {said}. A model says that it has "
    "finished by a token of its own; what comes after it is noise.",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()
        new.append(token)
        tokens = [token]
    return [token for token in new if token != eos]


@greedy.misconception(
    "prompt_returned",
    "The prompt is part of what you return. Whoever asked knows it already; the new tokens were "
    "asked for.",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return prompt + new


class _Reader:
    """Stands in for a model: what comes next follows from all that it has read, in order."""

    def __init__(self, rng, end):
        self.salt, self.end = int(rng.integers(1, 1000)), end

    def __call__(self, tokens, cache=None):
        seen = [] if cache is None else cache
        rows = []
        for token in tokens.reshape(-1).tolist():
            seen.append(token)
            mixed = self.salt
            for place, one in enumerate(seen):
                mixed = (mixed * 31 + one * (place + 7)) % 9973
            row = np.full(20, -1.0, np.float32)
            row[0 if len(seen) == self.end else 1 + mixed % 19] = 3
            rows.append(row)
        return mx.array(np.stack(rows))[None]


def _continued(answer, rng, end, max_tokens):
    prompt = [int(token) for token in rng.integers(1, 20, 5)]
    cache = []
    said = answer(_Reader(rng, end), cache, list(prompt), max_tokens, 0)
    if not isinstance(said, (list, tuple)):
        return f"{type(said).__name__}, and no list", "nothing"
    said = [token.item() if isinstance(token, mx.array) else token for token in said]
    words = [str(token) for token in said]
    read = cache[: len(prompt) + max(0, len(said) - 1)]  # one token more may have been read ahead
    return ", ".join(words) or "nothing", ", ".join(map(str, read)) or "nothing"


@greedy.use(history="reading")
def _(answer, rng):
    said, history = _continued(answer, rng, end=5 + 4, max_tokens=8)
    cut, _ = _continued(answer, rng, end=0, max_tokens=6)
    return {"said": said, "history": history, "cut": cut}


greedy.says(
    passed="`mlx_lm.generate` does this by default, and sampling changes one line of it.",
    said="New tokens, where the model ends",
    history="What the model has read, the last token left out",
    cut="New tokens, where it does not end",
)
greedy.hints(
    "The logits have a row for each token that was handed over. Which of them is about the future?",
    "The last one. Hand over the prompt first, and from then on one token at a time: the newest.",
    "`token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()`, with `tokens` the prompt "
    "at first and `[token]` afterwards.",
)

# --------------------------------------------------------------------------------------------------
kv_cache = exercise(minutes=12, level=3)


@kv_cache.solution
class _:
    """Keeps the keys and values of what was read, in memory that is taken once.

    `kv_cache(capacity)` makes it, for at most `capacity` tokens. `cache.offset` is the number of
    tokens it holds, 0 at first. `cache.update(keys, values)` takes two arrays of shape
    (B, heads, L, D), the next L tokens, keeps them, moves the offset on by L, and returns keys and
    values of all tokens so far, each (B, heads, offset, D), in the dtype they came in. Batch,
    heads, D and dtype are known from the first update on and stay the same. After the first update
    no memory is added: there is room for `capacity` tokens from then on. An update that does not
    fit raises ValueError and keeps what was there.
    After updates of 3 and of 1 token, offset is 4 and the returned keys have 4 rows.
    """

    def __init__(self, capacity):
        self.capacity, self.offset = capacity, 0
        # -- yours
        self.keys = self.values = None
        # -- end

    def update(self, keys, values):
        # -- yours
        start, end = self.offset, self.offset + keys.shape[2]
        if end > self.capacity:
            raise ValueError(f"[kv_cache] holds {self.capacity} tokens but got {end}.")
        if self.keys is None:
            B, heads, _, D = keys.shape
            self.keys = mx.zeros((B, heads, self.capacity, D), keys.dtype)
            self.values = mx.zeros((B, heads, self.capacity, D), values.dtype)
        self.keys[:, :, start:end] = keys
        self.values[:, :, start:end] = values
        self.offset = end
        return self.keys[:, :, :end], self.values[:, :, :end]
        # -- end


@kv_cache.alternative
class _:
    def __init__(self, capacity):
        self.capacity, self.offset, self._both = capacity, 0, []

    def update(self, keys, values):
        new = keys.shape[-2]
        if self.offset + new > self.capacity:
            raise ValueError("The cache is full.")
        if not self._both:
            shape = (*keys.shape[:2], self.capacity, keys.shape[-1])
            self._both = [mx.zeros(shape, part.dtype) for part in (keys, values)]
        start = mx.array([self.offset])
        for i, part in enumerate((keys, values)):
            self._both[i] = mx.slice_update(self._both[i], part, start, axes=[2])
        self.offset += new
        return tuple(part[..., : self.offset, :] for part in self._both)


@kv_cache.alternative
class _:  # keys and values in one array, the tokens in front
    def __init__(self, capacity):
        self.room = None
        self.capacity = capacity
        self.offset = 0

    def update(self, keys, values):
        pair = mx.stack([keys, values]).transpose(3, 0, 1, 2, 4)
        if self.offset + len(pair) > self.capacity:
            raise ValueError("no room")
        if self.room is None:
            self.room = mx.zeros((self.capacity, *pair.shape[1:]), pair.dtype)
        self.room[self.offset : self.offset + len(pair)] = pair
        self.offset += len(pair)
        held = self.room[: self.offset].transpose(1, 2, 3, 0, 4)
        return held[0], held[1]


class _Cache:
    """What the wrong caches share."""

    def __init__(self, capacity):
        self.capacity, self.offset, self.keys = capacity, 0, None

    def update(self, keys, values):
        end = self.offset + keys.shape[2]
        if end > self.capacity:
            raise ValueError("no room")
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        self.put(keys, values, end)
        return self.handed(end)

    def room(self, x):
        return mx.zeros((*x.shape[:2], self.capacity, x.shape[-1]), x.dtype)

    def put(self, keys, values, end):
        self.keys[:, :, self.offset : end] = keys
        self.values[:, :, self.offset : end] = values
        self.offset = end

    def handed(self, end):
        return self.keys[:, :, :end], self.values[:, :, :end]


@kv_cache.misconception(
    "grown_by_concatenation",
    "All values are right, and the cache grew by {grown} bytes in ten updates: it is laid out anew "
    "for each token. Between two of them both lie in memory, and for n tokens n * n / 2 are "
    "copied. What do you know before the first token comes?",
)
class _:
    def __init__(self, capacity):
        self.capacity, self.offset, self.keys = capacity, 0, None

    def update(self, keys, values):
        if self.offset + keys.shape[2] > self.capacity:
            raise ValueError("no room")
        if self.keys is not None:
            keys = mx.concatenate([self.keys, keys], axis=2)
            values = mx.concatenate([self.values, values], axis=2)
        self.keys, self.values, self.offset = keys, values, keys.shape[2]
        return keys, values


@kv_cache.misconception(
    "empty_places_too",
    "All {capacity} places were returned, those that nothing has been written to as well. Zeros "
    "are keys like any other: their score is 0, and a softmax gives them a share. How many places "
    "are taken?",
)
class _(_Cache):
    def handed(self, end):
        return self.keys, self.values


@kv_cache.misconception(
    "only_the_new",
    "The new tokens were returned, and not those before them. The cache keeps everything and shows "
    "nothing of it, so that each token sees itself alone.",
)
class _(_Cache):
    def update(self, keys, values):
        super().update(keys, values)
        return keys, values


@kv_cache.misconception(
    "written_at_zero",
    "Each update was written to the beginning, over the one before. The offset says how many there "
    "are; does it also say where to write?",
)
class _(_Cache):
    def put(self, keys, values, end):
        self.keys[:, :, : keys.shape[2]] = keys
        self.values[:, :, : keys.shape[2]] = values
        self.offset = end


@kv_cache.misconception(
    "offset_counts_calls",
    "The offset is {offset} and should be {offset:expected}: it counts updates, and a prompt is "
    "one update with many tokens.",
)
class _(_Cache):
    def put(self, keys, values, end):
        self.keys[:, :, self.offset : end] = keys
        self.values[:, :, self.offset : end] = values
        self.offset += 1


@kv_cache.misconception(
    "always_float32",
    "float16 keys came in, and float32 comes out: `mx.zeros` makes float32 unless it is told "
    "otherwise, and what is written into it is converted. Nothing fails; the cache takes twice "
    "the memory.",
)
class _(_Cache):
    def room(self, x):
        return mx.zeros((*x.shape[:2], self.capacity, x.shape[-1]))


@kv_cache.misconception(
    "overflow_unnoticed",
    "A token too many was taken without a word: {full}. MLX does not complain about a slice past "
    "the end, it writes nothing, and the model goes on as if the last token had not been said.",
)
class _(_Cache):
    def update(self, keys, values):
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        end = self.offset + keys.shape[2]
        self.put(keys, values, end)
        return self.handed(end)


def _pair(rng, length, dtype=mx.float32):
    both = rng.normal(size=(2, 1, 2, length, 4)).astype(np.float32)
    return [mx.array(part).astype(dtype) for part in both]


def _growth(answer, rng):
    """Bytes that ten tokens add to a cache that has had its first update."""
    cache, tokens = answer(64), [_pair(rng, 1) for _ in range(11)]
    mx.eval(tokens, cache.update(*tokens[0]))
    mx.synchronize()
    before = mx.get_active_memory()
    for pair in tokens[1:]:
        mx.eval(cache.update(*pair))
        mx.synchronize()
        mx.clear_cache()  # a buffer that is used again may be larger than what it holds
    return max(0, mx.get_active_memory() - before)  # arrays of the notebook's may have gone


def _overfull(answer, rng):
    """How the update that does not fit ends: the error's type, or "returned"."""
    cache = answer(4)
    mx.eval(cache.update(*_pair(rng, 4)))
    ended = outcome(lambda: mx.eval(cache.update(*_pair(rng, 1))))
    return f"{ended.split(':')[0]}, then holds {cache.offset}"


@kv_cache.use(grown="reading", capacity="reading", full="reading")
def _(answer, rng):
    cache = answer(12)
    first, later = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    cache.update(*_pair(rng, first))
    cache.update(*_pair(rng, 1))
    keys, values = cache.update(*_pair(rng, later))
    half, _ = answer(3).update(*_pair(rng, 2, mx.float16))
    return {
        "keys": keys,
        "values": values,
        "offset": cache.offset,
        "half": half,
        "grown": _growth(answer, rng),
        "full": _overfull(answer, rng),
        "capacity": 12,
    }


kv_cache.says(
    passed="The shapes of the buffers never change, which is also what a compiled step needs.",
    keys="Keys after three updates",
    values="Values after three updates",
    offset="The offset after three updates",
    half="Keys that came in as float16",
    grown="Bytes added by ten tokens after the first update",
    full="An update of one token to a full cache",
)
kv_cache.hints(
    "What is known at the first update, and what does not change afterwards?",
    "Everything but the offset. Make room for `capacity` tokens then, write each update into its "
    "slice, and return a slice from the beginning.",
    "`self.keys[:, :, start:end] = keys`; `mx.zeros((B, heads, capacity, D), keys.dtype)` makes "
    "the room. MLX does not raise at a slice past the end.",
)

# --------------------------------------------------------------------------------------------------
ask = exercise(minutes=5, level=1)


@ask.solution
def _(generate, tokenizer, question):
    """Ask a chat model one question, and return its answer as text.

    `generate(ids)` takes a list of token ids and returns a list of new ones; the last may be the
    end-of-text token. `tokenizer` is what `mlx_lm.load` returns; the model was trained on
    conversations in the form of its chat template. `question` is the user's message. Hand
    `generate` the ids of a conversation that it is the assistant's turn to go on with, and return
    what it says as one string, without special tokens.
    With the built-in model the text handed over, for "Who?", is <|start|><|user|>Who?<|assistant|>.
    """
    messages = [{"role": "user", "content": question}]
    ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True)
    return tokenizer.decode(generate(ids), skip_special_tokens=True)


@ask.alternative
def _(generate, tokenizer, question):
    text = tokenizer.apply_chat_template(
        [dict(role="user", content=question)], tokenize=False, add_generation_prompt=True
    )
    new = generate(tokenizer.encode(text, add_special_tokens=False))
    kept = [token for token in new if token not in tokenizer.all_special_ids]
    return tokenizer.decode(kept)


def _template(tokenizer, question, **settings):
    messages = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(messages, **settings)


def _decoded(tokenizer, ids):
    return tokenizer.decode(ids, skip_special_tokens=True)


@ask.misconception(
    "no_template",
    "What the model read is {fed}: the bare question, without the marks that say who speaks. It "
    "was trained on conversations; a text without them is the middle of something, and it will go "
    "on with it as it sees fit. Who knows which marks this model wants?",
)
def _(generate, tokenizer, question):
    return _decoded(tokenizer, generate(tokenizer.encode(question)))


@ask.misconception(
    "whose_turn",
    "What the model read ends with the question: {fed}. Nothing says that it is the assistant's "
    "turn, so the likeliest continuation may be more of the question. The template can say so, if "
    "it is asked to.",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=False)
    return _decoded(tokenizer, generate(ids))


@ask.misconception(
    "start_twice",
    "The text begins twice: {fed}. The template writes the start token, and `encode` puts one "
    "before whatever it gets. Most models bear it, a little worse, which is why nobody notices.",
)
def _(generate, tokenizer, question):
    text = _template(tokenizer, question, tokenize=False, add_generation_prompt=True)
    return _decoded(tokenizer, generate(tokenizer.encode(text)))


@ask.misconception(
    "marks_left_in",
    "Your answer is {said}, with the end-of-text token spelled out. It is one id among others, and "
    "`decode` writes them all unless it is told to skip the special ones.",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=True)
    return tokenizer.decode(generate(ids))


@ask.misconception(
    "token_by_token",
    "Your answer is {said}, and it should be {said:expected}. Each token was decoded by itself. A "
    "token is a run of bytes, and a letter can be spread over several: no one of them is a letter.",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=True)
    return "".join(_decoded(tokenizer, [token]) for token in generate(ids))


@ask.misconception(
    "prompt_in_the_answer",
    "Your answer is {said}: the question is part of it. `generate` returns new tokens alone; "
    "prompt and answer were put together again.",
)
def _(generate, tokenizer, question):
    ids = list(_template(tokenizer, question, add_generation_prompt=True))
    return _decoded(tokenizer, ids + generate(ids))


@ask.use(fed="reading")
def _(answer, rng):
    _, tokenizer = model.load("notes")
    fed = []

    def generate(ids):
        fed.extend(ids.reshape(-1).tolist() if isinstance(ids, mx.array) else ids)
        said = tokenizer.encode("Zoë, at 9 → 🎉", add_special_tokens=False)
        return [*said, tokenizer.eos_token_id]

    said = answer(generate, tokenizer, f"Who is on team {rng.integers(2, 90)}?")
    return {"fed": tokenizer.decode(fed), "said": said}


ask.says(
    passed="The same two calls work for every chat model: the template comes with its tokenizer.",
    fed="What the model read",
    said="The answer",
)
ask.hints(
    "The model was trained on conversations. What in a tokenizer knows how they are written down?",
    "`apply_chat_template` makes ids of a list of messages; one of its arguments says that the "
    "assistant comes next. `decode` can leave special tokens out.",
    '`tokenizer.apply_chat_template([{"role": "user", "content": question}], '
    "add_generation_prompt=True)` and `tokenizer.decode(..., skip_special_tokens=True)`.",
)

# --------------------------------------------------------------------------------------------------
load_llama = exercise(minutes=20, level=3)


@load_llama.solution
def _(folder):
    """Bring a Llama from its folder to life, in your own code.

    `folder` is a path with config.json and model.safetensors, in the form that Hugging Face and
    mlx_lm use; the built-in model's is `model.directory("notes")`. Return something that is called
    with tokens of shape (1, L) and returns logits (1, L, vocabulary), computed in float32 whatever
    the file holds. Needed from the config: "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "rms_norm_eps", "rope_theta", "tie_word_embeddings"; and "head_dim", or
    where that is missing "hidden_size" divided by the heads.

    The file's names: model.embed_tokens.weight, model.layers.0.self_attn.q_proj.weight (as in
    `self_attention`), model.layers.0.mlp.gate_proj.weight (as in `swiglu`),
    model.layers.0.input_layernorm.weight and post_attention_layernorm (as in `block`),
    model.norm.weight, and where embeddings are not tied, lm_head.weight. `mx.load` reads it.

    With your own parts from above it is about ten lines; as one function, about forty.
    """
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    weights = {
        k: v.astype(mx.float32) for k, v in mx.load(str(folder / "model.safetensors")).items()
    }
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    size = config.get("head_dim") or config["hidden_size"] // heads
    eps = config["rms_norm_eps"]
    embedding = weights["model.embed_tokens.weight"]
    head = embedding if config["tie_word_embeddings"] else weights["lm_head.weight"]

    def logits(tokens):
        B, L = tokens.shape
        x = embedding[tokens]
        for i in range(config["num_hidden_layers"]):
            w = {k.removeprefix(f"model.layers.{i}."): v for k, v in weights.items()}
            n = mx.fast.rms_norm(x, w["input_layernorm.weight"], eps)
            q, k, v = (
                (n @ w[f"self_attn.{name}_proj.weight"].T).reshape(B, L, many, size).swapaxes(1, 2)
                for name, many in (("q", heads), ("k", kv_heads), ("v", kv_heads))
            )
            q, k = (
                mx.fast.rope(
                    p, size, traditional=False, base=config["rope_theta"], scale=1.0, offset=0
                )
                for p in (q, k)
            )
            a = mx.fast.scaled_dot_product_attention(q, k, v, scale=size**-0.5, mask="causal")
            x = x + a.swapaxes(1, 2).reshape(B, L, -1) @ w["self_attn.o_proj.weight"].T
            n = mx.fast.rms_norm(x, w["post_attention_layernorm.weight"], eps)
            gate = n @ w["mlp.gate_proj.weight"].T
            up = n @ w["mlp.up_proj.weight"].T
            x = x + (gate * mx.sigmoid(gate) * up) @ w["mlp.down_proj.weight"].T
        return mx.fast.rms_norm(x, weights["model.norm.weight"], eps) @ head.T

    return logits


@load_llama.alternative
def _(folder):  # the oracle: mlx_lm itself
    loaded, _ = mlx_lm.utils.load_model(Path(folder))
    loaded.set_dtype(mx.float32)
    return loaded


def _loaded(folder, dtype=mx.float32, traditional=False, mask="causal", tile=False, **said):
    """The model once more, with one thing wrong; ``said`` replaces what the config says."""
    config = json.loads((Path(folder) / "config.json").read_text()) | said
    file = mx.load(str(Path(folder) / "model.safetensors"))
    weights = {k: v.astype(dtype) for k, v in file.items()}
    heads, many = config["num_attention_heads"], config["num_key_value_heads"]
    size, eps = config.get("head_dim") or config["hidden_size"] // heads, config["rms_norm_eps"]

    def turned(p):
        theta = config["rope_theta"]
        return mx.fast.rope(p, size, traditional=traditional, base=theta, scale=1.0, offset=0)

    def logits(tokens):
        B, L = tokens.shape
        x = weights["model.embed_tokens.weight"][tokens]
        for i in range(config["num_hidden_layers"]):
            w = {k.removeprefix(f"model.layers.{i}."): v for k, v in weights.items()}
            n = mx.fast.rms_norm(x, w["input_layernorm.weight"], eps)
            q, k, v = (
                (n @ w[f"self_attn.{c}_proj.weight"].T).reshape(B, L, -1, size).swapaxes(1, 2)
                for c in "qkv"
            )
            if tile:
                k, v = (mx.tile(p, (1, heads // many, 1, 1)) for p in (k, v))
            q, k, scale = turned(q), turned(k), size**-0.5
            a = mx.fast.scaled_dot_product_attention(q, k, v, scale=scale, mask=mask)
            x = x + a.swapaxes(1, 2).reshape(B, L, -1) @ w["self_attn.o_proj.weight"].T
            n = mx.fast.rms_norm(x, w["post_attention_layernorm.weight"], eps)
            gate = n @ w["mlp.gate_proj.weight"].T
            gate = gate * mx.sigmoid(gate) * (n @ w["mlp.up_proj.weight"].T)
            x = x + gate @ w["mlp.down_proj.weight"].T
        name = "model.embed_tokens" if config["tie_word_embeddings"] else "lm_head"
        return mx.fast.rms_norm(x, weights["model.norm.weight"], eps) @ weights[f"{name}.weight"].T

    return logits


@load_llama.misconception(
    "interleaved",
    "Every shape fits, and the model talks nonsense: RoPE turns neighbours with each other. These "
    "weights learned to be turned in halves. `nn.RoPE` and `mx.fast.rope` call the other pairing "
    "`traditional`.",
)
def _(folder):
    return _loaded(folder, traditional=True)


@load_llama.misconception(
    "theta_assumed",
    "The built-in model is right, and the other folder's is not: RoPE's base is 10,000 in the "
    "first and something else in the second. Llama 3 has 500,000. Which of your numbers did you "
    "write down instead of reading?",
)
def _(folder):
    return _loaded(folder, rope_theta=10000.0)


@load_llama.misconception(
    "always_tied",
    "The built-in model is right, and the other folder's is not: its logits come from the "
    "embedding, while its file brings an `lm_head.weight` of its own. Who says which it is?",
)
def _(folder):
    return _loaded(folder, tie_word_embeddings=True)


@load_llama.misconception(
    "eps_assumed",
    "The built-in model is right, and the other folder's is off: its norms have another eps. "
    "`nn.RMSNorm` has one of its own if it is not told, and so may your `block`.",
)
def _(folder):
    return _loaded(folder, rms_norm_eps=1e-5)


@load_llama.misconception(
    "heads_tiled",
    "Every shape fits, and the grouped queries look at the wrong keys: key heads were laid in a "
    "row as 0, 1, 0, 1, and neighbours should share one. Your `attention` knows how.",
)
def _(folder):
    return _loaded(folder, tile=True)


@load_llama.misconception(
    "no_mask",
    "Every token sees the ones after it. The last row has none after it, in the first block; from "
    "the second on, it reads what the others wrote down of the future.",
)
def _(folder):
    return _loaded(folder, mask=None)


@load_llama.misconception(
    "left_in_half",
    "Your logits are float16, as the file is. On a GPU that may be what you want; the statement "
    "asks for float32, which on a CPU is also several times as fast.",
)
def _(folder):
    return _loaded(folder, dtype=mx.float16)


_SMALL = {
    "model_type": "llama",
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "intermediate_size": 12,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 6,
    "rms_norm_eps": 0.01,
    "vocab_size": 13,
    "rope_theta": 50.0,
    "tie_word_embeddings": False,
}


def _write_small(folder, rng):
    """A model directory with random weights, whose config differs in all that one may assume."""
    (folder / "config.json").write_text(json.dumps(_SMALL))
    shapes = {"model.embed_tokens": (13, 8), "model.norm": (8,), "lm_head": (13, 8)}
    parts = {
        "self_attn.q_proj": (24, 8),
        "self_attn.k_proj": (12, 8),
        "self_attn.v_proj": (12, 8),
        "self_attn.o_proj": (8, 24),
        "mlp.gate_proj": (12, 8),
        "mlp.up_proj": (12, 8),
        "mlp.down_proj": (8, 12),
        "input_layernorm": (8,),
        "post_attention_layernorm": (8,),
    }
    for i in range(2):
        shapes |= {f"model.layers.{i}.{name}": shape for name, shape in parts.items()}
    weights = {
        f"{name}.weight": mx.array(rng.normal(0, 0.5, shape).astype(np.float16))
        for name, shape in shapes.items()
    }
    mx.save_safetensors(str(folder / "model.safetensors"), weights)


@load_llama.use(logits="matmul", other="matmul")
def _(answer, rng):
    loaded = answer(model.directory("notes"))
    prompt = rng.integers(5, 1000, 9).tolist()
    logits = loaded(mx.array([prompt]))
    first = mx.argmax(logits[0, -1]).item()
    second = mx.argmax(loaded(mx.array([[*prompt, first]]))[0, -1]).item()
    with tempfile.TemporaryDirectory() as folder:
        _write_small(Path(folder), rng)
        other = answer(Path(folder))(mx.array([rng.integers(0, 13, 7).tolist()]))
        mx.eval(other)
    return {"logits": logits, "tokens": f"{first}, {second}", "other": other}


load_llama.says(
    passed="Your code, the course's weights: the same logits and the same tokens as mlx_lm's.",
    logits="Logits of the built-in model for 9 tokens",
    tokens="The two tokens that it would say next",
    other="Logits of a small model with another config",
)
load_llama.hints(
    "Each number of your model that is not in the file is in the config. Which of them have you "
    "written down from memory?",
    "Your `llama` has the file's names without the leading `model.`, so `load_weights` needs a "
    "list of (name, array) with that removed. Hand `self_attention` the head size and the base.",
    "`weights = mx.load(str(folder / 'model.safetensors'))`; `name.removeprefix('model.')`; "
    "`set_dtype(mx.float32)` on the model at the end.",
)
