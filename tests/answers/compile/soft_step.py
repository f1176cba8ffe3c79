"""Others' answers to soft_step."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


@right("nn.relu, linalg inf norm by hand")
def _(x):
    positive = nn.relu(x)
    scaled = x / mx.maximum(x.max(), -x.min())
    return mx.where(mx.mean(x) > 0, positive, scaled)


right("mx.compile'd already")(
    mx.compile(lambda x: mx.where(x.mean() > 0, mx.clip(x, 0, None), x / mx.abs(x).max()))
)


@wrong("magnitude of the largest", named="magnitude_of_the_largest")
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / mx.abs(x.max()))


@wrong("abs in place of relu", named="signs_dropped")
def _(x):
    return mx.where(x.mean() > 0, mx.abs(x), x / mx.abs(x).max())


@wrong("Python max", named="branch_on_values")
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / max(mx.abs(x).tolist()))


@wrong(">= 0: a mean of exactly 0 goes the wrong way", named="zero_counts_as_above")
def _(x):
    return mx.where(x.mean() >= 0, mx.maximum(x, 0), x / mx.abs(x).max())


@wrong("-x.min() as the largest magnitude", named="magnitude_of_the_smallest")
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / -x.min())


@wrong("magnitude of the first entry")
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / mx.abs(x[0]))


@wrong("median in place of the mean")
def _(x):
    return mx.where(mx.sort(x)[x.size // 2] > 0, mx.maximum(x, 0), x / mx.abs(x).max())


@wrong("any positive", named="any_number_above")
def _(x):
    return mx.where((x > 0).any(), mx.maximum(x, 0), x / mx.abs(x).max())


@right("nested where, comparison of sums")
def _(x):
    peak = mx.max(mx.abs(x))
    up = x.sum() > 0
    return mx.where(up, mx.where(x > 0, x, mx.zeros_like(x)), mx.divide(x, peak))
