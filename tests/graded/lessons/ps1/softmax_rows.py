"""softmax_rows, an exercise of lesson 00, ps1."""

import mlx.core as mx

from course.exercise import exercise

from .common import _numbers

softmax_rows = exercise(minutes=3, level=1)


@softmax_rows.solution
def _(x):
    """Return the softmax of each row of `x`, of shape (R, C)."""
    return mx.softmax(x, axis=1)


@softmax_rows.use(y="reduction")
def _(answer, rng):
    y = answer(_numbers(rng, 2, 3))
    return {"y": y, "dtype": str(getattr(y, "dtype", "none"))}


@softmax_rows.misconception("over_columns", "The columns add up to 1, and the rows should.")
def _(x):
    return mx.softmax(x, axis=0)


@softmax_rows.misconception("no_exponential", "These are shares of the numbers themselves.")
def _(x):
    return x / x.sum(axis=1, keepdims=True)


softmax_rows.hints("What adds up to 1?", "Each row.", "`mx.softmax(x, axis=1)`")
