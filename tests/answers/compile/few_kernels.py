"""Others' answers to few_kernels."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("written out")
def _(x, w):
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@right("reciprocal, minimum in place of -abs")
def _(x, w):
    h = w * mx.exp(mx.minimum(x, -x))
    p = h * mx.reciprocal(mx.sum(h, axis=1)[:, None])
    return mx.log(p + 1e-6) * 0.5 + mx.log((1.0 - p) + 1e-6) * 0.5


right("compiled already")(
    mx.compile(
        lambda x, w: (lambda h: (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2)(
            (lambda h: h / h.sum(axis=1, keepdims=True))(mx.exp(-mx.abs(x)) * w)
        )
    )
)


@wrong("the chain itself", named="compiled_as_it_is")
def _(x, w):
    D = x.shape[1]
    h = mx.exp(-mx.abs(x))
    h = (h.T * w[:, None]).T
    h = h / h.sum(axis=1, keepdims=True)
    both = mx.concatenate([h, 1 - h], axis=1)
    both = mx.log(both + 1e-6)
    return (both[:, :D] + both[:, D:]) / 2


@wrong("transpose kept", named="transposes_left")
def _(x, w):
    h = mx.exp(-mx.abs(x))
    h = (h.T * w[:, None]).T
    h = h / h.sum(axis=1, keepdims=True)
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@wrong("concatenation kept", named="concatenation_left")
def _(x, w):
    D = x.shape[1]
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    both = mx.log(mx.concatenate([h, 1 - h], axis=1) + 1e-6)
    return (both[:, :D] + both[:, D:]) / 2


@wrong("w along the wrong axis (right for no shape but square)", named="w_along_the_rows")
def _(x, w):
    h = mx.exp(-mx.abs(x)) * w[:, None]
    h = h / h.sum(axis=1, keepdims=True)
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@wrong("softmax in place of the weights", named="weights_left_out_of_the_sum")
def _(x, w):
    h = mx.softmax(-mx.abs(x), axis=1) * w
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@wrong("log of the mean in place of the mean of logs", named="log_of_the_mean")
def _(x, w):
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    return mx.log((h + 1 - h) / 2 + 1e-6)


@wrong("no half", named="half_forgotten")
def _(x, w):
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    return mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)


@wrong("forgets the sign", named="sign_forgotten")
def _(x, w):
    h = mx.exp(mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@wrong("mean instead of sum", named="mean_for_the_sum")
def _(x, w):
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.mean(axis=1, keepdims=True)
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@right("the sum as a matrix product with w")
def _(x, w):
    e = mx.exp(-mx.abs(x))
    s = (e @ w)[:, None]
    h = e * w / s
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2
