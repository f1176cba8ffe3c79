"""minibatches, an exercise of lesson 05, nn_models."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

minibatches = exercise(minutes=6, level=2)


@minibatches.solution
def _(images, labels, size, rng):
    """One pass through the data, in batches, in a new order each time.

    `images` is a NumPy array of shape (N, ...), `labels` one of shape (N,); `rng` is a NumPy
    generator, and all chance comes from it. Yield, or return a list of, pairs (x, y) of MLX
    arrays: every example once, with its own label, `size` at a time, in an order that `rng` draws
    anew for each pass. The last batch holds what is left. The arrays that came in stay as they are.
    For 10 examples and size 4 there are three batches, of 4, 4 and 2.
    """
    order = rng.permutation(len(labels))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.use
def _(answer, rng):
    count = 23
    labels = np.arange(count, dtype=np.int32)
    images = (np.arange(count, dtype=np.float32) * 10)[:, None, None].repeat(2, 1)
    kept = images.copy(), labels.copy()
    draws = np.random.default_rng(int(rng.integers(1 << 30)))
    passes = [list(answer(images, labels, 5, draws)) for _ in range(2)]
    first, second = ([y.tolist() for _, y in batches] for batches in passes)
    flat, again = ([label for batch in batches for label in batch] for batches in (first, second))
    pictures = [value for x, _ in passes[0] for value in x[:, 0, 0].tolist()]
    return {
        "arrays": all(isinstance(z, mx.array) for batch in passes[0] for z in batch),
        "dtypes": ", ".join(str(z.dtype).removeprefix("mlx.core.") for z in passes[0][0]),
        "sizes": ", ".join(str(len(y)) for y in first),
        "each_once": sorted(flat) == list(range(len(flat))),
        "own_label": pictures == [10 * label for label in flat],
        "in_order": flat == sorted(flat) and sorted(set(flat)) == flat,
        "same_again": flat == again,
        "same_company": sum(sorted(batch) in map(sorted, second) for batch in first),
        "untouched": all((a == b).all() for a, b in zip(kept, (images, labels), strict=True)),
    }


minibatches.says(
    passed="One order, drawn once a pass, and everything indexed by it.",
    arrays="Are the batches MLX arrays",
    dtypes="Their dtypes",
    sizes="Sizes of the batches",
    each_once="Each example once",
    own_label="Each with its own label",
    in_order="In the order in which they lie",
    same_again="The same order in the second pass",
    same_company="Batches with the same examples in the second pass",
    untouched="The arrays that came in as before",
)


@minibatches.alternative
def _(images, labels, size, rng):
    left = list(range(len(labels)))
    rng.shuffle(left)
    batches = []
    while left:
        taken, left = left[:size], left[size:]
        x = mx.stack([mx.array(images[i]) for i in taken])
        batches.append([x, mx.array(labels[taken])])
    return batches


@minibatches.alternative
def _(images, labels, size, rng):
    order = mx.array(rng.permutation(len(labels)))
    x, y = mx.array(images)[order], mx.array(labels)[order]
    return [(x[i : i + size], y[i : i + size]) for i in range(0, len(labels), size)]


@minibatches.misconception(
    "shuffled_apart",
    "The pictures were put in one order and the labels in another, so most pictures now carry "
    "somebody else's label. No shape changes and nothing fails; the loss stays where it began. How "
    "many orders did you draw?",
)
def _(images, labels, size, rng):
    x, y = rng.permutation(images), rng.permutation(labels)
    for start in range(0, len(y), size):
        yield mx.array(x[start : start + size]), mx.array(y[start : start + size])


@minibatches.misconception(
    "rest_dropped",
    "The batches hold {sizes} examples, and it should be {sizes:expected}: what does not fill a "
    "batch is never shown. That is a choice some make for speed, and here every example was asked "
    "for.",
)
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    for i in range(len(order) // size):
        batch = order[i * size : (i + 1) * size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "drawn_with_replacement",
    "Some examples came twice in one pass, and others not at all: each was drawn as if none had "
    "been drawn before. A pass is a deck of cards, and not a die.",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        batch = rng.integers(0, len(labels), min(size, len(labels) - start))
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "not_shuffled",
    "The examples come in the order in which they lie. Where data is sorted, by class or by day, a "
    "batch then holds one kind only, and the model learns the kinds one after the other.",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        yield mx.array(images[start : start + size]), mx.array(labels[start : start + size])


@minibatches.misconception(
    "shuffled_within_batches",
    "In the second pass {same_company} batches hold the very examples that they held in the first, "
    "in another order. The order was drawn inside each batch, and the gradient of a batch does not "
    "care about that. Before which line do all examples have to be mixed?",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        batch = start + rng.permutation(min(size, len(labels) - start))
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "same_order_each_pass",
    "Two passes gave the same order: it was drawn from a seed of your own and not from `rng`. "
    "Each pass then makes the same batches again, and whoever seeds `rng` in order to repeat a run "
    "gets another run.",
)
def _(images, labels, size, rng):
    order = np.random.default_rng(0).permutation(len(labels))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "shuffles_the_data_itself",
    "The batches are right, and the arrays that came in were left in another order. Whoever kept "
    "the labels' places, to look at the worst mistakes, now looks at other pictures.",
)
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    images[:], labels[:] = images[order], labels[order]
    for start in range(0, len(order), size):
        yield mx.array(images[start : start + size]), mx.array(labels[start : start + size])


minibatches.hints(
    "What has to be drawn by chance, and how often in a pass?",
    "An order of the numbers 0 to N - 1; pictures and labels are both taken by it.",
    "`order = rng.permutation(len(labels))`, and then `images[order[start : start + size]]` with "
    "the labels likewise.",
)
