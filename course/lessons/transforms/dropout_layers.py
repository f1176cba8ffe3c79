"""dropout_layers, an exercise of lesson 03, transforms."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

dropout_layers = exercise(minutes=7, level=2)


@dropout_layers.solution
def _(layers, x, p, key):
    """Run `x` through `layers`, with dropout after each of them.

        layers: a list of functions; each takes an array and returns one
        x:      a float32 array, what the first layer is given
        p:      the probability that an entry is dropped, at least 0 and below 1
        key:    a key, as `mx.random.key` makes it
        result: what is left after the last layer's dropout

    Dropout sets each entry to 0 with probability p, by itself, and divides the others by 1 - p.
    The next layer gets what is left.

    - All randomness comes from `key`: the same key gives the same result, another key another.
      The global random state is neither used nor changed.
    - No two layers drop the same entries.

    For layers that return their input and p = 0.5, an x of ones becomes, after two layers, 4 in
    about a quarter of the entries and 0 in the others.
    """
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape, key=sub)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.use
def _(answer, rng):
    p, size = 0.25, (64, 64)
    x = mx.full(size, float(rng.integers(2, 5)))
    key, other = mx.random.split(mx.random.key(int(rng.integers(1000))))
    given = []

    def refill(h):  # so that each layer's dropout is seen by itself
        given.append(h)
        return x * 1.0  # an array of its own, which an answer may write into

    layers = [refill, refill, refill]
    before = mx.random.state[0].tolist()
    last = answer(layers, x, p, key)
    outputs = [*given[1:], last]
    untouched = mx.random.state[0].tolist() == before
    again, another = answer(layers, x, p, key), answer(layers, x, p, other)
    masks = [np.array(h != 0) for h in outputs]
    if any(mask.shape != size for mask in masks) or len(masks) != 3:
        return {"steps": len(masks), "shape": str(masks[-1].shape)}
    pairs = [(0, 1), (0, 2), (1, 2)]
    return {
        "steps": len(masks),
        "shape": str(masks[-1].shape),
        "largest": mx.stack([h.max() for h in outputs]),
        "values": sum(np.unique(np.array(h)).size for h in outputs),
        "as_many": sum(abs(mask.mean() - (1 - p)) < 0.17 for mask in masks),
        "same_masks": sum(bool((masks[i] == masks[j]).all()) for i, j in pairs),
        "same_rows": sum(bool((mask == mask[0]).all()) for mask in masks),
        "repeats": mx.array_equal(again, outputs[-1]).item(),
        "other_key": mx.array_equal(another, outputs[-1]).item(),
        "untouched": untouched,
        "nothing_dropped": mx.array_equal(answer([lambda h: h], x, 0.0, key), x).item(),
    }


dropout_layers.says(
    passed="One key in, a key for each layer, and the same numbers tomorrow.",
    steps="Layers called, each followed by dropout",
    shape="The shape of the result",
    largest="What is kept, in each of three layers",
    values="Different values in the three outputs together (0 and one more in each)",
    as_many="Layers of 3 that keep about three quarters",
    same_masks="Pairs of layers that drop the same entries",
    same_rows="Layers in which all rows drop the same entries",
    repeats="The same key gives the same result",
    other_key="Another key gives the same result",
    untouched="The global random state is as it was",
    nothing_dropped="With p = 0 everything passes unchanged",
)


@dropout_layers.alternative
def _(layers, x, p, key):
    for layer in layers:
        key, sub = mx.random.split(key)
        x = layer(x)
        x = x * (mx.random.uniform(shape=x.shape, key=sub) >= p) / (1 - p)
    return x


@dropout_layers.alternative
def _(layers, x, p, key):
    def drop(h, key):
        return h * mx.random.bernoulli(mx.array(1.0 - p), h.shape, key) * (1.0 / (1.0 - p))

    i = 0
    while i < len(layers):
        key, mine = mx.random.split(key, 2)
        x = drop(layers[i](x), mine)
        i += 1
    return x


@dropout_layers.misconception(
    "same_key",
    "{same_masks} of 3 pairs of layers drop the very same entries. A key is no generator that "
    "moves on when it is used: the same key and the same shape give the same numbers, every time. "
    "Where would each layer get a key of its own?",
)
def _(layers, x, p, key):
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape, key=key)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "key_not_used",
    "You draw from the global random state, and the key is not used: the same key gave another "
    "result the second time. One can't test or repeat that, and other parts of a program draw "
    "from the same state. What does `key=` do?",
)
def _(layers, x, p, key):
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "not_scaled",
    "What is kept stays as it is: {largest}, where {largest:expected} is expected. With a part of "
    "the entries gone the sum would be smaller in training than later, when nothing is dropped. "
    "By what must the others grow to make up for it?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=sub), x, 0.0)
    return x


@dropout_layers.misconception(
    "keeps_what_it_should_drop",
    "Too few entries are left: {as_many} of 3 layers keep about as many as they should. "
    "`bernoulli(p)` is true with probability p. Is true, in your code, what is dropped or what "
    "is kept?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(p, x.shape, key=sub), x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "one_mask_for_all_rows",
    "The layers differ, and within a layer every row drops the same entries: you drew numbers for "
    "one row and they were broadcast to all. Each entry is to be dropped by itself. Which shape "
    "does that take?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape[-1:], key=sub)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "seeds_the_global_state",
    "The results repeat, because you seed the global random state from the key. Whoever drew from "
    "that state before, a shuffle or another model, starts again from your seed, and nobody told "
    "them. What can be given to the draw itself?",
)
def _(layers, x, p, key):
    mx.random.seed(key[1].item())
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


dropout_layers.hints(
    "What does the second draw with one key give?",
    "`mx.random.split(key, n)` makes n keys; the random functions take `key=`.",
    "`mx.random.bernoulli(1 - p, x.shape, key=sub)` with another `sub` for each layer; then "
    "`x / (1 - p)` where it is true.",
)
