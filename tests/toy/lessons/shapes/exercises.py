"""Exercises of lesson 00, shapes."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

FLOOR: float = 1e-3


def largest(x):
    """The largest magnitude in each row, one number a row."""
    return mx.maximum(mx.abs(x).max(axis=1, keepdims=True), FLOOR)


# --------------------------------------------------------------------------------------------------
row_sums = exercise(minutes=3, level=1)


@row_sums.solution
def _(x):
    """Return the sum of each row of `x`, one number a row."""
    # Say which axis disappears.
    return x.sum(axis=1)


@row_sums.alternative
def _(x):
    return mx.stack([row.sum() for row in x])


@row_sums.misconception("columns", "You have {y}, the sums of the columns, not {y:expected}.")
def _(x):
    return x.sum(axis=0)


@row_sums.misconception("means", "These are means. What is still to be done to {y}?")
def _(x):
    return x.mean(axis=1)


@row_sums.use(y="reduction")
def _(answer, rng):
    x = mx.array(rng.normal(3, 1, size=(2, 3)).astype(np.float32))
    y = answer(x)
    return {"pending": measure.graph_nodes(y) > 0, "y": y}


row_sums.says(passed="One number a row.", y="For a 2 × 3 input")
row_sums.hints("How many numbers come out?", "Look at `axis`.", "`x.sum(axis=...)`.")

# --------------------------------------------------------------------------------------------------
scaled_rows = exercise(minutes=4, level=2)


@scaled_rows.solution
def _(x):
    """Divide each row of `x` by its largest magnitude."""
    scale = largest(x)
    return x / scale


@scaled_rows.misconception("by_columns", "You divided each column by its largest magnitude.")
def _(x):
    return x / mx.abs(x).max(axis=0, keepdims=True)


@scaled_rows.misconception("signed", "A row of negative numbers changed its sign.")
def _(x):
    return x / x.max(axis=1, keepdims=True)


@scaled_rows.use
def _(answer, rng):
    x = mx.array(-rng.uniform(1, 2, size=(3, 3)).astype(np.float32))
    return {"y": answer(x)}


scaled_rows.hints("What is one row divided by?", "`mx.abs`, then a maximum.", "`keepdims=True`.")

# --------------------------------------------------------------------------------------------------
identity_bytes = exercise(minutes=2, level=1, value=True)


@identity_bytes.solution
def _():
    """How many bytes is a 4 × 4 identity matrix in float16?"""
    bits = 16
    return (
        4 * 4
        * bits // 8
    )  # fmt: skip


@identity_bytes.misconception("float32", "These are the bytes of float32: {bytes}.")
def _():
    return 64


@identity_bytes.misconception("diagonal_only", "The zeros are stored too.")
def _():
    return 8


@identity_bytes.use
def _(answer, rng):
    return {"bytes": answer}


identity_bytes.hints("How many numbers?", "How many bytes has one?", "Multiply.")
