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
    N, M, D = rng.integers(5, 9), rng.integers(2, 5), rng.integers(2, 5)
    scale, place = np.array([1, 10, 0.1, 3])[:D], np.array([0, 5, -1, 20])[:D]
    train = mx.array((rng.normal(size=(N, D)) * scale + place).astype(np.float32))
    test = mx.array((rng.normal(size=(M, D)) * scale + place + scale).astype(np.float32))
    first, second = answer(train, test)
    return {"train": first, "test": second}


standardize.says(
    passed="The test set may now have a mean that is not 0, and that is information.",
    train="The training examples",
    test="The test examples",
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
    "Your numbers are those of a mean and a deviation of both sets together, so what you will "
    "judge the model on has already had a say in what it is trained on. With more data the leak "
    "gets smaller and stays a leak. Whose numbers exist on the day the model is trained?",
)
def _(train, test):
    both = mx.concatenate([train, test])
    mean, std = both.mean(axis=0), both.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@standardize.misconception(
    "each_by_itself",
    "Each set was brought to its own mean. It treats both alike, and hides what matters: a test "
    "set that lies elsewhere now looks as if it did not. Its columns have mean 0, and they should "
    "not. With which numbers could you standardise a single example?",
)
def _(train, test):
    return tuple((x - x.mean(axis=0)) / x.std(axis=0) for x in (train, test))


@standardize.misconception(
    "over_rows",
    "Your numbers are those of a mean and a deviation along each row. That compares the features "
    "of one example with each other, grams with kilometres. Along which axis do the examples lie?",
)
def _(train, test):
    return tuple(
        (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True) for x in (train, test)
    )


@standardize.misconception(
    "one_scale_for_all",
    "Your numbers are those of one mean and one deviation for all columns, so a column of large "
    "numbers still drowns the others. What is the deviation of each column of what you return?",
)
def _(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


@standardize.misconception(
    "divided_by_variance",
    "Your numbers are those of a division by the variance. The variance is the square of the "
    "deviation: in grams it is square grams. Which of the two has a column's own unit?",
)
def _(train, test):
    mean, variance = train.mean(axis=0), train.var(axis=0)
    return (train - mean) / variance, (test - mean) / variance


@standardize.misconception(
    "one_fewer",
    "Your numbers are those of a deviation that divides by N - 1, as `torch.std` does. That "
    "estimates the deviation of a population from a sample. By the statement's example, what is "
    "the deviation of 0 and 2?",
)
def _(train, test):
    mean, std = train.mean(axis=0), train.std(axis=0, ddof=1)
    return (train - mean) / std, (test - mean) / std


@standardize.misconception(
    "mean_left_in_test",
    "The training set is right. From the test set no mean was taken: it was only divided. Are the "
    "two sets on one scale then?",
)
def _(train, test):
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, test / std


@standardize.misconception(
    "test_left_alone",
    "The training set is right, and the test set came back as it was. It must stay unseen, and "
    "yet the model will read it: which numbers bring it to the same scale without looking at it?",
)
def _(train, test):
    return (train - train.mean(axis=0)) / train.std(axis=0), test


for _row in (
    "mx.mean(train, axis=0, keepdims=True)",
    "mx.mean(mx.square(train - mean), axis=0, keepdims=True)",
):
    standardize.same_as("alternative 1", "keyword dropped", _row, "(D,) broadcasts as (1, D) does")
standardize.same_as("alternative 1", "constant", "keepdims=True", "(D,) broadcasts as (1, D) does")


standardize.hints(
    "Which of the two sets does a person have who is about to train a model?",
    "The same two rows of numbers, a mean and a deviation for each column, serve both sets.",
    "`train.mean(axis=0)` and `train.std(axis=0)`, used on `train` and on `test`.",
)
