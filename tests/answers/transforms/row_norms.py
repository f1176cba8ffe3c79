"""Others' answers to row_norms."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


def _scaled(x):
    top = mx.abs(x).max(axis=1, keepdims=True)
    safe = mx.where(top > 0, top, 1.0)
    return (safe * mx.sqrt(mx.square(x / safe).sum(axis=1, keepdims=True)))[:, 0] * (top[:, 0] > 0)


@right("NumPy float64 detour in the forward")
def _(x):
    @mx.custom_function
    def f(x):
        return mx.array(np.sqrt((np.array(x).astype(np.float64) ** 2).sum(1)).astype(np.float32))

    def back(primal, cotangent, length):
        column = length.reshape(-1, 1)
        return mx.where(column > 0, primal / mx.maximum(column, 1e-38), 0) * cotangent.reshape(
            -1, 1
        )

    f.vjp(back)
    return f(x)


@wrong("naive", named="norm_is_safe")
def _(x):
    return mx.sqrt(mx.square(x).sum(axis=1))


@wrong("linalg.norm", named="norm_is_safe")
def _(x):
    return mx.linalg.norm(x, axis=1)


@wrong("where outside", named="where_around_the_root")
def _(x):
    s = mx.square(x).sum(axis=1)
    return mx.where(s > 0, mx.sqrt(s), 0.0)


@wrong("double where, no scaling", named="squares_do_not_fit")
def _(x):
    s = mx.square(x).sum(axis=1)
    return mx.where(s > 0, mx.sqrt(mx.where(s > 0, s, 1.0)), 0.0)


@wrong("forgets the cotangent", named="cotangent_ignored")
def _(x):
    f = mx.custom_function(_scaled)
    f.vjp(
        lambda x, c, n: mx.where(n[:, None] > 0, x / mx.where(n[:, None] > 0, n[:, None], 1.0), 0.0)
    )
    return f(x)


@wrong("wrong axis", named="columns_not_rows")
def _(x):
    top = mx.abs(x).max(axis=0, keepdims=True)
    safe = mx.where(top > 0, top, 1.0)
    return (safe * mx.sqrt(mx.square(x / safe).sum(axis=0, keepdims=True)))[0]


@wrong("keepdims left", named="axis_kept")
def _(x):
    top = mx.abs(x).max(axis=1, keepdims=True)
    safe = mx.where(top > 0, top, 1.0)
    return safe * mx.sqrt(mx.square(x / safe).sum(axis=1, keepdims=True))


@wrong("one scale for the whole table")
def _(x):
    top = mx.abs(x).max()
    f = mx.custom_function(lambda x: top * mx.sqrt(mx.square(x / top).sum(axis=1)))
    f.vjp(
        lambda x, c, n: (
            mx.where(n[:, None] > 0, x / mx.where(n[:, None] > 0, n[:, None], 1.0), 0.0)
            * c[:, None]
        )
    )
    return f(x)


@wrong("sign of the gradient lost")
def _(x):
    f = mx.custom_function(_scaled)
    f.vjp(lambda x, c, n: c[:, None] * mx.abs(x) / mx.where(n[:, None] > 0, n[:, None], 1.0))
    return f(x)


@wrong(
    "cotangent broadcast along the wrong axis (works for square)",
    named="cotangent_along_the_columns",
)
def _(x):
    f = mx.custom_function(_scaled)
    f.vjp(lambda x, c, n: c * x / mx.where(n[:, None] > 0, n[:, None], 1.0))
    return f(x)


@right("float64 on the CPU, double where")
def _(x):
    with mx.stream(mx.cpu):
        s = mx.square(x.astype(mx.float64)).sum(axis=1)
        zero = s == 0
        return mx.where(
            zero, mx.array(0.0, mx.float64), mx.sqrt(mx.where(zero, mx.array(1.0, mx.float64), s))
        ).astype(mx.float32)


@right("np.hypot.reduce in the forward")
def _(x):
    f = mx.custom_function(lambda x: mx.array(np.hypot.reduce(np.array(x), axis=1)))
    f.vjp(
        lambda x, c, n: (
            c[:, None] * mx.where(n[:, None] > 0, x / mx.where(n > 0, n, 1.0)[:, None], 0.0)
        )
    )
    return f(x)
