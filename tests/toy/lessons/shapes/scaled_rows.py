"""scaled_rows, an exercise of lesson 00, shapes."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

scaled_rows = exercise(minutes=4, level=2)


FLOOR: float = 1e-3


def largest(x):
    """The largest magnitude in each row, one number a row."""
    return mx.maximum(mx.abs(x).max(axis=1, keepdims=True), FLOOR)


@scaled_rows.solution
def _(x):
    """Divide each row of `x` by its largest magnitude."""
    scale = largest(x)
    return x / scale


@scaled_rows.use
def _(answer, rng):
    x = mx.array(-rng.uniform(1, 2, size=(3, 3)).astype(np.float32))
    return {"y": answer(x)}


@scaled_rows.misconception("by_columns", "You divided each column by its largest magnitude.")
def _(x):
    return x / mx.abs(x).max(axis=0, keepdims=True)


@scaled_rows.misconception("signed", "A row of negative numbers changed its sign.")
def _(x):
    return x / x.max(axis=1, keepdims=True)


scaled_rows.hints("What is one row divided by?", "`mx.abs`, then a maximum.", "`keepdims=True`.")
