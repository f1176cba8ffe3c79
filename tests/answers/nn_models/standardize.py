"""Others' answers to standardize."""

from functools import partial

import mlx.core as mx

from course.author.answers import right, wrong


@right("mx methods")
def _(train, test):
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@right("lambda partial")
def _(train, test):
    f = partial(lambda m, s, x: mx.divide(mx.subtract(x, m), s), train.mean(0), train.std(0))
    return f(train), f(test)


@wrong("each by its own statistics", named="each_by_itself")
def _(train, test):
    return (train - train.mean(0)) / train.std(0), (test - test.mean(0)) / test.std(0)


@wrong("statistics of both together", named="normalised_with_test_data")
def _(train, test):
    both = mx.concatenate([train, test])
    return (train - both.mean(0)) / both.std(0), (test - both.mean(0)) / both.std(0)


@wrong("no axis: one mean for all", named="one_scale_for_all")
def _(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


@wrong("axis=1", named="over_rows")
def _(train, test):
    m, s = train.mean(axis=1, keepdims=True), train.std(axis=1, keepdims=True)
    return (train - m) / s, (test - test.mean(axis=1, keepdims=True)) / test.std(
        axis=1, keepdims=True
    )


@wrong("divided by the variance", named="divided_by_variance")
def _(train, test):
    m, s = train.mean(0), train.var(0)
    return (train - m) / s, (test - m) / s


@wrong("ddof=1 (torch.std habit)", named="one_fewer")
def _(train, test):
    m, s = train.mean(0), train.std(0, ddof=1)
    return (train - m) / s, (test - m) / s


@wrong("mean not taken from test", named="mean_left_in_test")
def _(train, test):
    m, s = train.mean(0), train.std(0)
    return (train - m) / s, test / s
