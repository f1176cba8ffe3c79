"""row_means, an exercise of lesson 00, start."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

row_means = exercise(minutes=3, level=1)


@row_means.solution
def _(x):
    """Return the mean of each row of `x`.

        x:      (R, C) float32
        result: (R,)   float32

    For [[1, 2, 6], [4, 4, 4]] that is [3, 4].
    """
    return x.mean(axis=1)


@row_means.use(y="reduction", tall="reduction")
def _(answer, rng):
    short, long = int(rng.integers(2, 4)), int(rng.integers(4, 7))
    wide = mx.array(rng.normal(3, 1, size=(short, long)).round(1).astype(np.float32))
    tall = mx.array(rng.normal(3, 1, size=(long, short)).round(1).astype(np.float32))
    return {"y": answer(wide), "tall": answer(tall)}


row_means.says(
    passed="The axis that you named is the one that disappeared.",
    y="For a wide input",
    tall="For a tall input",
)


@row_means.alternative
def _(x):
    return mx.sum(x, axis=-1) / x.shape[-1]


@row_means.alternative
def _(x):
    return mx.stack([row.mean() for row in x])


@row_means.misconception(
    "mean_of_columns",
    "You have {y}, which are the means of the columns: one number for each of the columns, not "
    "for each of the rows. `axis` names the direction that disappears, not the one that stays. "
    "Which of the two should be gone from the result?",
)
def _(x):
    return x.mean(axis=0)


@row_means.misconception(
    "mean_of_all",
    "You have one number, the mean of the whole array. Without an axis a reduction takes in every "
    "entry; here only the entries of one row belong together. What tells MLX which ones?",
)
def _(x):
    return x.mean()


@row_means.misconception(
    "kept_dimension",
    "The numbers are right, and each stands in a row of its own: your result has two dimensions, "
    "the statement asks for one. The "
    "dimension that was reduced is still there, with size 1. What could ask MLX to keep it?",
)
def _(x):
    return x.mean(axis=1, keepdims=True)


@row_means.misconception(
    "sum_not_mean",
    "These are the sums of the rows, {y}, and the means were asked for: {y:expected}. What is "
    "still to be done to a sum?",
)
def _(x):
    return x.sum(axis=1)


@row_means.misconception(
    "dim_for_axis",
    "MLX's reductions know no argument `dim`, which is PyTorch's name for it. NumPy has the other "
    "name, and MLX took that one. What is it?",
)
def _(x):
    return x.mean(dim=1)


row_means.hints(
    "How many numbers should come out of an array with two rows?",
    "Look at the `axis` argument of the reduction: what does it do to the shape?",
    "`x.mean(axis=...)`, where the axis is the one that runs along a row.",
)
