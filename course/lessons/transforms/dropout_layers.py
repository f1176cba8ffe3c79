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
    p = [0.2, 0.3, 0.7][int(rng.integers(3))]
    size = [(64, 64), (32, 80), (48, 5, 16)][int(rng.integers(3))]
    x = mx.full(size, float(rng.integers(2, 5)))
    key, other = mx.random.split(mx.random.key(int(rng.integers(1000))))
    given = []

    def refill(h):  # so that each layer's dropout is seen by itself
        given.append(h)
        return x * 1.0  # an array of its own, which an answer may write into

    layers = [refill] * int(rng.integers(2, 5))
    before = mx.random.state[0].tolist()
    last = answer(layers, x, p, key)
    outputs = [*given[1:], last]
    untouched = mx.random.state[0].tolist() == before
    mx.random.seed(int(rng.integers(1000)))  # an answer that draws from it does not repeat now
    again, another = answer(layers, x, p, key), answer(layers, x, p, other)
    masks = [np.array(h != 0) for h in outputs]
    if any(mask.shape != size for mask in masks) or len(masks) != len(layers):
        return {"steps": len(masks), "shape": str(masks[-1].shape)}
    pairs = [(i, j) for j in range(len(layers)) for i in range(j)]
    return {
        "steps": len(masks),
        "shape": str(masks[-1].shape),
        "largest": mx.stack([h.max() for h in outputs]),
        "values": sum(np.unique(np.array(h)).size for h in outputs),
        "kept": mx.array([round(float(mask.mean()), 1) for mask in masks]),
        "same_masks": sum(bool((masks[i] == masks[j]).all()) for i, j in pairs),
        "same_rows": sum(bool((mask == mask[:1]).all()) for mask in masks),
        "same_columns": sum(bool((mask == mask[..., :1]).all()) for mask in masks),
        "repeats": mx.array_equal(again, outputs[-1]).item(),
        "other_key": mx.array_equal(another, outputs[-1]).item(),
        "untouched": untouched,
        "nothing_dropped": mx.array_equal(answer([lambda h: h], x, 0.0, key), x).item(),
    }


dropout_layers.says(
    passed="One key in, a key for each layer, and the same numbers tomorrow.",
    steps="Layers called, each followed by dropout",
    shape="The shape of the result",
    largest="The largest entry after each layer",
    values="Different values in all outputs together (0 and one more in each)",
    kept="The share of entries that each layer keeps",
    same_masks="Pairs of layers that drop the same entries",
    same_rows="Layers in which all rows drop the same entries",
    same_columns="Layers in which all columns drop the same entries",
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
    "Pairs of layers that drop the very same entries: {same_masks}; it should be 0. A key is no "
    "generator that moves on when it is used: the same key and the same shape give the same "
    "numbers, every time. Where would each layer get a key of its own?",
)
def _(layers, x, p, key):
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape, key=key)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "key_not_used",
    "The same key gave another result the second time, and the global random state has moved on: "
    "that is where the random functions look if they are told nothing. Such a result can't be "
    "repeated, and other parts of a program draw from the same state. What does `key=` do?",
)
def _(layers, x, p, key):
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "not_scaled",
    "What is kept stays as it is: {largest}, where {largest:expected} is expected. PyTorch's layer "
    "scales by itself, so it is easy to forget that somebody must: with a part of the entries gone "
    "the sum would be smaller in training than later. By what must the others grow?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=sub), x, 0.0)
    return x


@dropout_layers.misconception(
    "keeps_what_it_should_drop",
    "Your layers keep these shares of the entries: {kept}. It should be {kept:expected}, and yours "
    "is the share that was to be dropped. `bernoulli(p)` is true with probability p, and a mask "
    "says what is kept or what is dropped. What does true mean in yours?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(p, x.shape, key=sub), x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "one_mask_for_all_rows",
    "The layers differ, and within a layer every row drops the same entries, as where the numbers "
    "for one row are spread over all. Each entry is to be dropped by itself. How many random "
    "numbers does that take?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape[1:], key=sub)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "seeds_the_global_state",
    "The results repeat, and the global random state is another one afterwards: that happens where "
    "it is seeded from the key. A shuffle or another model that draws from that state goes on from "
    "your seed, and nobody told it. What can be given to the draw itself?",
)
def _(layers, x, p, key):
    mx.random.seed(key[1].item())
    for layer in layers:
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, x.shape)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "one_mask_for_all_columns",
    "The layers differ, and within a layer every column drops the same entries, so whole rows are "
    "dropped or kept. Some kinds of dropout do that on purpose. Here each entry is to be dropped "
    "by itself. How many random numbers does that take?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        keep = mx.random.bernoulli(1 - p, (*x.shape[:-1], 1), key=sub)
        x = mx.where(keep, x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "divided_by_p",
    "What is kept is {largest}, and {largest:expected} is expected: yours is divided by the "
    "probability of being dropped. With p = 0 that would be a division by 0. Which share of the "
    "entries has to make up for the rest?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=sub), x / max(p, 1e-6), 0.0)
    return x


@dropout_layers.misconception(
    "scaled_at_the_end",
    "After the layers the largest entries are {largest}, and {largest:expected} are expected: only "
    "the last output is scaled. Moved to the end, one division seems to do for all. What does the "
    "next layer get?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=sub), x, 0.0)
    return x / (1 - p)


@dropout_layers.misconception(
    "another_key_same_result",
    "Layers differ and results repeat, for another key too: two keys gave the same result. A "
    "fixed seed makes a run repeatable, and here the caller was to choose. Where does `key` come "
    "in?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(mx.random.key(0), len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=sub), x / (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "multiplied_by_the_rest",
    "What is kept is {largest}, and {largest:expected} is expected: yours is made smaller by 1 - "
    "p. That is how the first dropout did it, at test time. What is to stay the same in the mean, "
    "here in training?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        x = layer(x)
        x = mx.where(mx.random.bernoulli(1 - p, x.shape, key=sub), x * (1 - p), 0.0)
    return x


@dropout_layers.misconception(
    "dropout_before_the_layer",
    "Your layers keep these shares of the entries: {kept}. The last layer's output is whole: "
    "dropout comes before each layer, and not after it. In which order do the two stand in the "
    "statement?",
)
def _(layers, x, p, key):
    for layer, sub in zip(layers, mx.random.split(key, len(layers)), strict=True):
        keep = mx.random.bernoulli(1 - p, x.shape, key=sub)
        x = layer(mx.where(keep, x / (1 - p), 0.0))
    return x


dropout_layers.same_as(
    "solution",
    "keyword dropped",
    "zip(layers, mx.random.split(key, len(layers)), strict=True)",
    "there are as many keys as layers",
)
dropout_layers.same_as("solution", "constant", "strict=True", "there are as many keys as layers")
dropout_layers.same_as(
    "alternative 1",
    "boundary",
    "mx.random.uniform(shape=x.shape, key=sub) >= p",
    "a random number that is exactly p comes once in millions",
)
dropout_layers.always(key_shape="a key has two numbers")

dropout_layers.hints(
    "What does the second draw with one key give?",
    "`mx.random.split(key, n)` makes n keys; the random functions take `key=`.",
    "`mx.random.bernoulli(1 - p, x.shape, key=sub)` with another `sub` for each layer; then "
    "`x / (1 - p)` where it is true.",
)
