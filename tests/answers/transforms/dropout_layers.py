"""Others' answers to dropout_layers."""

import mlx.core as mx

from course.author.answers import right, wrong


def _rec(layers, x, p, key):
    if not layers:
        return x
    a, b = mx.random.split(key)
    h = layers[0](x)
    mask = mx.random.bernoulli(1.0 - p, shape=h.shape, key=a).astype(h.dtype)
    return _rec(layers[1:], h * mask * (1.0 / (1.0 - p)), p, b)


@right("chained split, uniform")
def _(layers, x, p, key):
    for layer in layers:
        key, now = mx.random.split(key)
        x = layer(x)
        x = x * (mx.random.uniform(shape=x.shape, key=now) >= p) / (1 - p)
    return x


@right("recursion, mask of floats")
def _(layers, x, p, key):
    if not layers:
        return x
    first, *rest = layers
    a, b = mx.random.split(key)
    h = first(x)
    mask = mx.random.bernoulli(1.0 - p, shape=h.shape, key=a).astype(h.dtype)
    return _rec(rest, h * mask * (1.0 / (1.0 - p)), p, b)


@right("one key per layer by index; p == 0 short cut")
def _(layers, x, p, key):
    keys = mx.random.split(key, num=len(layers) + 1)
    for i, layer in enumerate(layers):
        x = layer(x)
        if p:
            drop = mx.random.bernoulli(p, x.shape, key=keys[i + 1])
            x = mx.where(drop, mx.zeros_like(x), x / (1 - p))
    return x


@wrong("same key for every layer", named="same_key")
def _(layers, x, p, key):
    for layer in layers:
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=key), x / (1 - p), 0.0)
    return x


@wrong("seeds the global state from the key", named="seeds_the_global_state")
def _(layers, x, p, key):
    mx.random.seed(int(key[1].item()))
    for layer in layers:
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape), x / (1 - p), 0.0)
    return x


@wrong("divides by p", named="divided_by_p")
def _(layers, x, p, key):
    for layer in layers:
        key, k = mx.random.split(key)
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=k), x / max(p, 1e-6), 0.0)
    return x


@wrong("keeps with probability p", named="keeps_what_it_should_drop")
def _(layers, x, p, key):
    for layer in layers:
        key, k = mx.random.split(key)
        x = layer(x)
        x = mx.where(mx.random.bernoulli(p, x.shape, key=k), x / (1 - p), 0.0)
    return x


@wrong("whole rows dropped (mask of one column)", named="one_mask_for_all_columns")
def _(layers, x, p, key):
    for k, layer in zip(mx.random.split(key, len(layers)), layers):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, (*x.shape[:-1], 1), key=k), x / (1 - p), 0.0)
    return x


@wrong("draws without the key", named="key_not_used")
def _(layers, x, p, key):
    for layer in layers:
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape), x / (1 - p), 0.0)
    return x


@wrong("scales once at the end by 1 - p", named="scaled_at_the_end")
def _(layers, x, p, key):
    for layer, k in zip(layers, mx.random.split(key, len(layers))):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=k), x, 0.0)
    return x / (1 - p)


@wrong("key ignored: fixed key 0", named="another_key_same_result")
def _(layers, x, p, key):
    for layer, k in zip(layers, mx.random.split(mx.random.key(0), len(layers))):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=k), x / (1 - p), 0.0)
    return x


@right("keys by adding the layer's number")
def _(layers, x, p, key):
    for i, layer in enumerate(layers):
        x = layer(x)
        k = mx.random.split(key + mx.array([0, i], dtype=mx.uint32))[0]
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, k), x * (1 / (1 - p)), mx.array(0.0))
    return x


@right("one big draw split by layer (shapes alike)")
def _(layers, x, p, key):
    keys = iter(mx.random.split(key, max(1, len(layers))))
    h = x
    for layer in layers:
        h = layer(h)
        noise = mx.random.uniform(low=0.0, high=1.0, shape=h.shape, key=next(keys))
        h = (h / (1 - p)) * (noise < (1 - p)).astype(h.dtype)
    return h
