"""row_sums, an exercise of lesson 00, shapes."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

row_sums = exercise(minutes=3, level=1)


@row_sums.solution
def _(x):
    """Return the sum of each row of `x`, one number a row."""
    # Say which axis disappears.
    return x.sum(axis=1)


@row_sums.use(y="reduction")
def _(answer, rng):
    x = mx.array(rng.normal(3, 1, size=(2, 3)).astype(np.float32))
    y = answer(x)
    return {"pending": measure.graph_nodes(y) > 0, "y": y}


row_sums.says(passed="One number a row.", y="For a 2 × 3 input")


@row_sums.alternative
def _(x):
    return mx.stack([row.sum() for row in x])


@row_sums.misconception("columns", "You have {y}, the sums of the columns, not {y:expected}.")
def _(x):
    return x.sum(axis=0)


@row_sums.misconception("means", "These are means. What is still to be done to {y}?")
def _(x):
    return x.mean(axis=1)


row_sums.hints("How many numbers come out?", "Look at `axis`.", "`x.sum(axis=...)`.")
