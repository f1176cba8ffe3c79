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


def _data(count, shape):
    """Pictures that are 10 times their number everywhere, and their numbers for labels."""
    labels = np.arange(count, dtype=np.int32)
    images = np.broadcast_to(10 * labels.reshape(-1, *(1 for _ in shape)), (count, *shape))
    return images.astype(np.float32), labels


def _flat(batches):
    return [label for _, y in batches for label in y.tolist()]


def _fits(batch):
    """Whether each picture of a batch lies beside its own label."""
    x, y = (np.array(part) for part in batch)
    return len(x) == len(y) and bool((x.reshape(len(x), -1) == 10 * y[:, None]).all())


def _sizes(batches):
    pairs = [(len(x), len(y)) for x, y in batches]
    return ", ".join(str(a) if a == b else f"{a} with {b} labels" for a, b in pairs) or "none"


@minibatches.use
def _(answer, rng):
    size, rest = int(rng.integers(4, 7)), int(rng.integers(1, 4))
    images, labels = _data(4 * size + rest, [(2, 2), (3,), (1, 2, 2)][rng.integers(3)])
    kept, seed = (images.copy(), labels.copy()), int(rng.integers(1 << 30))
    draws = np.random.default_rng(seed)
    first, second = (list(answer(images, labels, size, draws)) for _ in range(2))
    flat, again = _flat(first), _flat(second)
    repeated = list(answer(images, labels, size, np.random.default_rng(seed)))
    full = list(answer(*_data(12, (2,)), 4, draws))
    small = list(answer(*_data(3, (2,)), 8, draws))
    company = [sorted(y.tolist()) for _, y in second]
    return {
        "arrays": all(isinstance(z, mx.array) for batch in first for z in batch),
        "dtypes": ", ".join(str(z.dtype).removeprefix("mlx.core.") for z in first[0]),
        "sizes": _sizes(first),
        "sizes_full": _sizes(full),
        "sizes_small": _sizes(small),
        "each_once": sorted(flat) == list(range(len(flat))),
        "own_label": all(map(_fits, first)),
        "in_order": flat == sorted(flat) and sorted(set(flat)) == flat,
        "same_again": flat == again,
        "repeats": flat == _flat(repeated),
        "same_company": sum(sorted(y.tolist()) in company for _, y in first),
        "untouched": all((a == b).all() for a, b in zip(kept, (images, labels), strict=True)),
    }


minibatches.says(
    passed="One order, drawn once a pass, and everything indexed by it.",
    arrays="Are the batches MLX arrays",
    dtypes="Their dtypes",
    sizes="Sizes of the batches",
    sizes_full="Sizes of the batches of 12 examples with size 4",
    sizes_small="Sizes of the batches of 3 examples with size 8",
    each_once="Each example once",
    own_label="Each with its own label",
    in_order="In the order in which they lie",
    same_again="The same order in the second pass",
    repeats="The same order from another generator with the same seed",
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
    "Pictures carry other pictures' labels, as they do where pictures and labels are put in two "
    "orders. No shape changes and nothing fails; the loss stays where it began. How many orders "
    "does a pass need?",
)
def _(images, labels, size, rng):
    x, y = rng.permutation(images), rng.permutation(labels)
    for start in range(0, len(y), size):
        yield mx.array(x[start : start + size]), mx.array(y[start : start + size])


@minibatches.misconception(
    "rest_dropped",
    "The batches hold {sizes} examples, and it should be {sizes:expected}: what does not fill a "
    "batch is never shown. That is a choice some make for speed, and here every example was asked "
    "for. Where does the last batch end?",
)
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    for i in range(len(order) // size):
        batch = order[i * size : (i + 1) * size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "drawn_with_replacement",
    "Some examples came twice in one pass, and others not at all, as they do if each is drawn as "
    "if none had been drawn before. A pass is a deck of cards, and not a die. What shuffles a "
    "deck?",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        batch = rng.integers(0, len(labels), min(size, len(labels) - start))
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "not_shuffled",
    "The examples come in the order in which they lie. Where data is sorted, by class or by day, a "
    "batch then holds one kind only, and the model learns the kinds one after the other. What is "
    "`rng` for?",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        yield mx.array(images[start : start + size]), mx.array(labels[start : start + size])


@minibatches.misconception(
    "shuffled_within_batches",
    "In the second pass {same_company} batches hold the very examples that they held in the first, "
    "in another order. The gradient of a batch does not care about an order inside it. What has to "
    "be mixed before anything is cut into batches?",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        batch = start + rng.permutation(min(size, len(labels) - start))
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "same_order_each_pass",
    "Two passes gave the same order. A seed of one's own makes a run repeatable, and every pass "
    "with it: each makes the same batches again. Who should say where chance begins?",
)
def _(images, labels, size, rng):
    order = np.random.default_rng(0).permutation(len(labels))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "shuffles_the_data_itself",
    "The batches are right, and the arrays that came in were left in another order. Whoever kept "
    "the labels' places, to look at the worst mistakes, now looks at other pictures. What can be "
    "mixed instead of the data?",
)
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    images[:], labels[:] = images[order], labels[order]
    for start in range(0, len(order), size):
        yield mx.array(images[start : start + size]), mx.array(labels[start : start + size])


@minibatches.misconception(
    "chance_from_elsewhere",
    "Two generators with the same seed gave two orders: chance came from somewhere else than "
    "`rng`. MLX, NumPy and Python each have a global one, which is at hand; who seeds `rng` in "
    "order to repeat a run gets another run. What must the order depend on?",
)
def _(images, labels, size, rng):
    order = np.array(mx.random.permutation(len(labels)))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "numpy_batches",
    "All is right but that the batches are NumPy arrays. A model of MLX may take them now and "
    "then; the statement says MLX arrays. Where do they change over?",
)
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield images[batch], labels[batch]


@minibatches.misconception(
    "batches_mixed",
    "The batches come in a new order, and {same_company} of them hold the same neighbours each "
    "time. It is cheap, and where data is sorted a batch still holds one kind only. What has to be "
    "mixed?",
)
def _(images, labels, size, rng):
    for start in rng.permutation(range(0, len(labels), size)):
        yield mx.array(images[start : start + size]), mx.array(labels[start : start + size])


@minibatches.misconception(
    "first_batch_only",
    "One batch came, of {sizes} examples, where there should be {sizes:expected}. A `return` ends "
    "a pass wherever it stands, inside a loop too. Which line is the last of the loop?",
)
def _(images, labels, size, rng):
    batch = rng.permutation(len(labels))[:size]
    return [(mx.array(images[batch]), mx.array(labels[batch]))]


minibatches.hints(
    "What has to be drawn by chance, and how often in a pass?",
    "An order of the numbers 0 to N - 1; pictures and labels are both taken by it.",
    "`order = rng.permutation(len(labels))`, and then `images[order[start : start + size]]` with "
    "the labels likewise.",
)
