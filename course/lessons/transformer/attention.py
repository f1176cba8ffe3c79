"""attention, an exercise of lesson 06, transformer."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

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


@attention.use(y="matmul", open="matmul")
def _(answer, rng):
    B, L, D = (int(rng.choice(sizes)) for sizes in ((1, 3), (3, 4), (6, 10)))
    H, K = [(4, 2), (9, 3), (8, 2)][rng.integers(3)]
    S = L + int(rng.integers(2, 4))
    q = mx.array(rng.normal(size=(B, H, L, D)).astype(np.float32))
    k, v = (mx.array(rng.normal(size=(B, K, S, D)).astype(np.float32)) for _ in range(2))
    causal = np.tri(L, S, S - L, dtype=bool)
    window = causal & ~np.tri(L, S, S - L - 3, dtype=bool)  # the last three, no causal mask
    return {
        "y": answer(q, k, v, mx.array(causal)),
        "window": answer(q, k, v, mx.array(window)),
        "open": answer(q, k, v, None),
    }


attention.says(
    passed="`mx.fast.scaled_dot_product_attention` agrees with you, and never writes the scores "
    "down.",
    y="For a few query heads, some of which share a key head, with a causal mask",
    window="For the same with a mask that shows the last three tokens alone",
    open="For the same without a mask",
)


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


def _repeated(x, groups):
    return mx.repeat(x, groups, axis=1)


@attention.misconception(
    "mask_after_softmax",
    "Your numbers are those of a mask that comes after the softmax: hidden tokens have weight 0, "
    "and what they had taken is missing from the rest, so the weights of a row add up to less "
    "than 1. Which scores, before the softmax, become a weight of 0 after it?",
)
def _(queries, keys, values, mask=None):
    groups = queries.shape[1] // keys.shape[1]
    scores = queries @ _repeated(keys, groups).swapaxes(-1, -2) * queries.shape[-1] ** -0.5
    weights = mx.softmax(scores, axis=-1)
    return (weights if mask is None else weights * mask) @ _repeated(values, groups)


@attention.misconception(
    "hidden_scores_zero",
    "Your numbers are those of hidden scores set to 0, and 0 is a score like any other: e to the "
    "0 is 1, often more than what is allowed gets. What score has a weight of 0?",
)
def _(queries, keys, values, mask=None):
    groups = queries.shape[1] // keys.shape[1]
    scores = queries @ _repeated(keys, groups).swapaxes(-1, -2) * queries.shape[-1] ** -0.5
    if mask is not None:
        scores = mx.where(mask, scores, 0)
    return mx.softmax(scores, axis=-1) @ _repeated(values, groups)


def _attention(queries, keys, values, mask, scale=None, axis=-1, repeat=mx.repeat):
    groups = queries.shape[1] // keys.shape[1]
    scale = queries.shape[-1] ** -0.5 if scale is None else scale
    scores = queries @ repeat(keys, groups).swapaxes(-1, -2) * scale
    if mask is not None:
        scores = mx.where(mask, scores, -mx.inf)
    return mx.softmax(scores, axis=axis) @ repeat(values, groups)


@attention.misconception(
    "softmax_over_queries",
    "Your numbers are those of a softmax over the queries: the weights of a key add up to 1, so "
    "queries compete for a key. It should be the keys that compete for a query. Scores have shape "
    "(L, S): which axis has the keys?",
)
def _(queries, keys, values, mask=None):
    return _attention(queries, keys, values, mask, axis=-2, repeat=_repeated)


@attention.misconception(
    "scaled_by_heads",
    "Your scores are divided by the root of the number of heads. The division keeps a sum of "
    "products from growing with its length: how many products does one score add up?",
)
def _(queries, keys, values, mask=None):
    scale = queries.shape[1] ** -0.5
    return _attention(queries, keys, values, mask, scale, repeat=_repeated)


@attention.misconception(
    "scaled_by_model",
    "Your scores are divided by the root of the width of all heads together. That is the width "
    "which a model's config names; and each head adds up its own products alone. How many are "
    "they?",
)
def _(queries, keys, values, mask=None):
    scale = (queries.shape[1] * queries.shape[-1]) ** -0.5
    return _attention(queries, keys, values, mask, scale, repeat=_repeated)


@attention.misconception(
    "scaled_by_d",
    "Your scores are divided by D and not by its root. A sum looks as if it grew like D; a sum of "
    "D products of chance numbers grows like the root of D. What becomes of the weights as heads "
    "get longer?",
)
def _(queries, keys, values, mask=None):
    scale = 1 / queries.shape[-1]
    return _attention(queries, keys, values, mask, scale, repeat=_repeated)


@attention.misconception(
    "not_scaled",
    "Your scores are used as they come. The longer a head, the larger they grow, and the softmax "
    "picks one key and ignores the rest: a gradient then hardly passes. What does the statement "
    "divide by?",
)
def _(queries, keys, values, mask=None):
    return _attention(queries, keys, values, mask, 1.0, repeat=_repeated)


@attention.misconception(
    "heads_tiled",
    "Your numbers are those of keys and values laid in a row again and again, 0, 1, 0, 1, where "
    "heads 0 and 1 should share one. With one key head, or as many as queries, the two are the "
    "same, so it shows in grouped models alone. What does `mx.repeat` do that `mx.tile` does not?",
)
def _(queries, keys, values, mask=None):
    def tiled(x, groups):
        return mx.tile(x, (1, groups, 1, 1))

    return _attention(queries, keys, values, mask, repeat=tiled)


@attention.misconception(
    "mask_inverted",
    "Without a mask all is right. With one, your queries look at what they may not see, and at "
    "nothing else; some libraries mean True that way. What does True mean here?",
)
def _(queries, keys, values, mask=None):
    mask = None if mask is None else mx.logical_not(mask)
    return _attention(queries, keys, values, mask, repeat=_repeated)


@attention.misconception(
    "always_causal",
    "With the causal mask all is right, and the numbers are the same whatever mask comes, or none. "
    "A decoder needs no other; the statement has one in its arguments. Who says what may be seen?",
)
def _(queries, keys, values, mask=None):
    L, S = queries.shape[-2], keys.shape[-2]
    causal = mx.tri(L, S, k=S - L).astype(mx.bool_)
    return _attention(queries, keys, values, causal, repeat=_repeated)


@attention.misconception(
    "mask_ignored",
    "Without a mask all is right, and with one the numbers are the same: nothing is hidden. Where "
    "does a mask come in?",
)
def _(queries, keys, values, mask=None):
    return _attention(queries, keys, values, None, repeat=_repeated)


@attention.misconception(
    "groups_forgotten",
    "MLX stopped where queries meet keys: there are more heads of the first than of the second. "
    "With as many of each it would run. Which heads share a key?",
)
def _(queries, keys, values, mask=None):
    scores = queries @ keys.swapaxes(-1, -2) / queries.shape[-1] ** 0.5
    if mask is not None:
        scores = mx.where(mask, scores, -mx.inf)
    return mx.softmax(scores, axis=-1) @ values


attention.same_as(
    "solution",
    "arguments swapped",
    "keys.swapaxes(-1, -2)",
    "two axes change places, whichever is named first",
)
for _operator, _line, _why in (
    (
        "constant",
        "mx.where(mask, 0.0, -1000000000.0)",
        "the same number more for all scores of a row changes no weight",
    ),
    ("constant", "-1000000000.0", "it is low enough in both cases"),
):
    attention.same_as("alternative 2", _operator, _line, _why)
for _operator, _line, _why in (
    ("astype dropped", "np.array(x).astype(np.float64)", "float32 is exact enough here"),
    ("astype dropped", "out.astype(np.float32)", "MLX makes float32 of float64"),
    (
        "operator",
        "scores - scores.max(-1, keepdims=True)",
        "the same number more for all scores of a row changes no weight",
    ),
):
    attention.same_as("alternative 3", _operator, _line, _why)


attention.hints(
    "Write the shapes down: queries @ keys-turned is (B, H, L, S). What has to happen to the keys "
    "before, and what to the scores after?",
    "Each key head is repeated H // K times along axis 1. The mask works on the scores, before the "
    "softmax over the last axis.",
    "`scores = mx.where(mask, scores, -mx.inf)`, then `mx.softmax(scores, axis=-1) @ values`.",
)
