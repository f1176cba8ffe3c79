"""Others' answers to minibatches."""

import mlx.core as mx
import numpy as np

from course.author.answers import wrong


@wrong("shuffled separately", named="shuffled_apart")
def _(images, labels, size, rng):
    a, b = rng.permutation(len(labels)), rng.permutation(len(labels))
    for i in range(0, len(labels), size):
        yield mx.array(images[a[i : i + size]]), mx.array(labels[b[i : i + size]])


@wrong("own generator with a fixed seed", named="same_order_each_pass")
def _(images, labels, size, rng):
    order = np.random.default_rng(0).permutation(len(labels))
    for i in range(0, len(order), size):
        pick = order[i : i + size]
        yield mx.array(images[pick]), mx.array(labels[pick])


@wrong("NumPy arrays", named="numpy_batches")
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    for i in range(0, len(order), size):
        pick = order[i : i + size]
        yield images[pick], labels[pick]


@wrong("mx.random ignores rng", named="chance_from_elsewhere")
def _(images, labels, size, rng):
    order = np.array(mx.random.permutation(len(labels)))
    for i in range(0, len(order), size):
        pick = order[i : i + size]
        yield mx.array(images[pick]), mx.array(labels[pick])


@wrong("batches in random order, not the examples", named="batches_mixed")
def _(images, labels, size, rng):
    starts = rng.permutation(range(0, len(labels), size))
    for i in starts:
        yield mx.array(images[i : i + size]), mx.array(labels[i : i + size])


@wrong("returns after the first", named="first_batch_only")
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    out = []
    for i in range(0, len(order), size):
        pick = order[i : i + size]
        out.append((mx.array(images[pick]), mx.array(labels[pick])))
        return out
