"""Others' answers to attention."""

import math

import mlx.core as mx

from course.author.answers import right, wrong


def _attn(queries, keys, values, mask, scale=None, spread=mx.repeat, fill=-mx.inf, axis=-1):
    n = queries.shape[1] // keys.shape[1]
    k, v = spread(keys, n, axis=1), spread(values, n, axis=1)
    s = queries @ k.swapaxes(-1, -2) * (queries.shape[-1] ** -0.5 if scale is None else scale)
    if mask is not None:
        s = mx.where(mask, s, fill)
    return mx.softmax(s, axis=axis) @ v


@right("repeat and where")
def _(queries, keys, values, mask=None):
    n = queries.shape[1] // keys.shape[1]
    k, v = mx.repeat(keys, n, axis=1), mx.repeat(values, n, axis=1)
    s = queries @ k.swapaxes(-1, -2) / math.sqrt(queries.shape[-1])
    if mask is not None:
        s = mx.where(mask, s, -mx.inf)
    return mx.softmax(s, axis=-1) @ v


@right("einsum")
def _(queries, keys, values, mask=None):
    r = queries.shape[1] // keys.shape[1]
    k, v = (mx.repeat(t, repeats=r, axis=1) for t in (keys, values))
    s = mx.einsum("bhld,bhsd->bhls", queries, k) * queries.shape[-1] ** -0.5
    s = s if mask is None else mx.where(mask[None, None], s, mx.array(-float("inf")))
    return mx.einsum("bhls,bhsd->bhld", mx.softmax(s, axis=-1), v)


@right("mx.fast (the statement says write it out)")
def _(queries, keys, values, mask=None):
    return mx.fast.scaled_dot_product_attention(
        queries, keys, values, scale=queries.shape[-1] ** -0.5, mask=mask
    )


@wrong("scale forgotten", named="not_scaled")
def _(queries, keys, values, mask=None):
    return _attn(queries, keys, values, mask, scale=1.0)


@wrong("divided by D, not its root", named="scaled_by_d")
def _(queries, keys, values, mask=None):
    return _attn(queries, keys, values, mask, scale=1 / queries.shape[-1])


@wrong("masked scores 0 before the softmax", named="hidden_scores_zero")
def _(queries, keys, values, mask=None):
    return _attn(queries, keys, values, mask, fill=0.0)


@wrong("mask inverted", named="mask_inverted")
def _(queries, keys, values, mask=None):
    return _attn(queries, keys, values, None if mask is None else mx.logical_not(mask))


@wrong("mask after the softmax, no renormalisation", named="mask_after_softmax")
def _(queries, keys, values, mask=None):
    n = queries.shape[1] // keys.shape[1]
    k, v = mx.repeat(keys, n, axis=1), mx.repeat(values, n, axis=1)
    w = mx.softmax(queries @ k.swapaxes(-1, -2) * queries.shape[-1] ** -0.5, axis=-1)
    return (w if mask is None else w * mask) @ v


@wrong("always causal", named="always_causal")
def _(queries, keys, values, mask=None):
    return mx.fast.scaled_dot_product_attention(
        queries, keys, values, scale=queries.shape[-1] ** -0.5, mask="causal"
    )


@wrong("softmax over the queries", named="softmax_over_queries")
def _(queries, keys, values, mask=None):
    return _attn(queries, keys, values, mask, axis=-2)


@wrong("no GQA: shapes must be equal", named="groups_forgotten")
def _(queries, keys, values, mask=None):
    s = queries @ keys.swapaxes(-1, -2) * queries.shape[-1] ** -0.5
    if mask is not None:
        s = mx.where(mask, s, -mx.inf)
    return mx.softmax(s, axis=-1) @ values


@wrong("mask as (1 - mask) * -1e4 on large scores... scaled after the mask")
def _(queries, keys, values, mask=None):
    n = queries.shape[1] // keys.shape[1]
    k, v = mx.repeat(keys, n, axis=1), mx.repeat(values, n, axis=1)
    s = queries @ k.swapaxes(-1, -2)
    if mask is not None:
        s = s + mx.where(mask, 0, -1.0)
    return mx.softmax(s * queries.shape[-1] ** -0.5, axis=-1) @ v
