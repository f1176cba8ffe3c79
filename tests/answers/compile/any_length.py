"""Others' answers to any_length."""

from functools import partial

import mlx.core as mx

from course.author.answers import right, wrong


class _AnyLength:
    def __init__(self, score):
        self.score = score

    def __call__(self, x):
        return mx.mean(self.score(x) * x, 0)


right("mean, shapeless")(
    lambda score: mx.compile(lambda x: (score(x) * x).mean(axis=0), shapeless=True)
)


@right("count made of ones_like")
def _(score):
    def f(x):
        weighted = mx.multiply(score(x), x)
        return mx.sum(weighted, axis=0) / mx.ones_like(weighted).sum(axis=0)

    return mx.compile(f, shapeless=True)


@right("decorator by partial, keyword arguments")
def _(score):
    @partial(mx.compile, shapeless=True)
    def weighted_mean(x: mx.array) -> mx.array:
        w = score(x)
        return mx.mean(x * w, axis=0, keepdims=False)

    return weighted_mean


right("compiled object with __call__")(lambda score: mx.compile(_AnyLength(score), shapeless=True))


@wrong("divides by x.shape[0]", named="shape_written_into_the_trace")
def _(score):
    return mx.compile(lambda x: (score(x) * x).sum(axis=0) / x.shape[0], shapeless=True)


@wrong("divides by len(x)", named="shape_written_into_the_trace")
def _(score):
    return mx.compile(lambda x: mx.sum(score(x) * x, axis=0) / len(x), shapeless=True)


@wrong("no shapeless", named="not_shapeless")
def _(score):
    return mx.compile(lambda x: (score(x) * x).mean(axis=0))


@wrong("divides by the sum of the weights", named="divided_by_the_weights")
def _(score):
    def f(x):
        w = score(x)
        return (w * x).sum(axis=0) / w.sum()

    return mx.compile(f, shapeless=True)


@wrong("mean over everything", named="mean_over_everything")
def _(score):
    return mx.compile(lambda x: (score(x) * x).mean(), shapeless=True)


@wrong("keepdims", named="axis_kept")
def _(score):
    return mx.compile(lambda x: (score(x) * x).mean(axis=0, keepdims=True), shapeless=True)


@wrong("mean of scores times mean of rows", named="product_of_two_means")
def _(score):
    return mx.compile(lambda x: score(x).mean(axis=0) * x.mean(axis=0), shapeless=True)


@right("a matrix product over the rows, count from ones_like")
def _(score):
    @partial(mx.compile, shapeless=True)
    def f(x):
        w = score(x)
        return (w.T @ x).squeeze(0) / mx.ones_like(w).sum()

    return f
