"""standardize, an exercise of lesson 05, nn_models."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

standardize = exercise(minutes=4, level=1)


@standardize.solution
def _(train, test):
    """Bring two sets of examples to one scale, as a model will meet them.

    `train` has shape (N, D), `test` (M, D), float32. Return both, in this order: from each column
    its mean is taken, and what is left is divided by the column's standard deviation. The model
    will be trained on the first and judged on the second, which must stay unseen until then.
    For train [[0.], [2.]] and test [[3.]] the answer is [[-1.], [1.]] and [[2.]].
    """
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@standardize.use(train="reduction", test="reduction")
def _(answer, rng):
    scale, place = np.array([1, 10, 0.1]), np.array([0, 5, -1])
    train = mx.array((rng.normal(size=(6, 3)) * scale + place).astype(np.float32))
    test = mx.array((rng.normal(size=(4, 3)) * scale + place + scale).astype(np.float32))
    first, second = answer(train, test)
    return {"train": first, "test": second}


standardize.says(
    passed="The test set may now have a mean that is not 0, and that is information.",
    train="For 6 × 3 training examples",
    test="For 4 × 3 test examples",
)


@standardize.alternative
def _(train, test):
    mean = mx.mean(train, axis=0, keepdims=True)
    std = mx.sqrt(mx.mean(mx.square(train - mean), axis=0, keepdims=True))

    def scaled(x):
        return (x - mean) / std

    return [scaled(train), scaled(test)]


@standardize.misconception(
    "normalised_with_test_data",
    "Mean and deviation were taken over both sets together, so what you will judge the model on "
    "has already had a say in what it is trained on. With more data the leak gets smaller and "
    "stays a leak. Whose numbers exist on the day the model is trained?",
)
def _(train, test):
    both = mx.concatenate([train, test])
    mean, std = both.mean(axis=0), both.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@standardize.misconception(
    "each_by_itself",
    "Each set was brought to its own mean, so a test set that lies elsewhere looks as if it did "
    "not: its columns have mean 0, and they should not. A single example could not be standardised "
    "this way at all.",
)
def _(train, test):
    return tuple((x - x.mean(axis=0)) / x.std(axis=0) for x in (train, test))


@standardize.misconception(
    "over_rows",
    "Mean and deviation were taken along each row. That compares the features of one example with "
    "each other, grams with kilometres; the statement asks for each column.",
)
def _(train, test):
    return tuple(
        (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True) for x in (train, test)
    )


@standardize.misconception(
    "one_scale_for_all",
    "One mean and one deviation were used for all columns, so a column of large numbers still "
    "drowns the others. Look at the deviation of each column of what you return.",
)
def _(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


standardize.hints(
    "Which of the two sets does a person have who is about to train a model?",
    "The same two rows of numbers, a mean and a deviation for each column, serve both sets.",
    "`train.mean(axis=0)` and `train.std(axis=0)`, used on `train` and on `test`.",
)
