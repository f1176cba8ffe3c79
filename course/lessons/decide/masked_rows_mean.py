"""masked_rows_mean, an exercise of lesson 16, decide."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

masked_rows_mean = exercise(minutes=6, level=2)


@masked_rows_mean.solution
def _(x, mask):
    """What `x[mask].mean(dim=0)` is in PyTorch: the mean of the rows that a mask picks.

    x: (N, D) float32, in which rows that are not picked may hold nan. mask: (N,) bool. Return
    shape (D,); where no row is picked, zeros. For x [[1., 2.], [nan, 0.], [3., 6.]] and mask
    [True, False, True] it is [2., 4.].
    """
    picked = mx.where(mask[:, None], x, 0.0)
    return picked.sum(axis=0) / mx.maximum(mask.sum(), 1)


@masked_rows_mean.use(plain="reduction", padded="reduction", empty="reduction")
def _(answer, rng):
    x = rng.normal(size=(6, 4)).astype(np.float32) + 2
    mask = mx.array([True, False, True, True, False, True])
    plain = answer(mx.array(x), mask)
    x[4, 1] = np.nan
    padded = answer(mx.array(x), mask)
    empty = answer(mx.array(np.nan_to_num(x)), mx.zeros(6, dtype=mx.bool_))
    seen = {"plain": plain, "padded_nans": int(mx.isnan(padded).sum().item())}
    seen |= {"empty_nans": int(mx.isnan(empty).sum().item())}
    return seen | {"padded": mx.nan_to_num(padded), "empty": mx.nan_to_num(empty)}


masked_rows_mean.says(
    passed="One shape for every mask: that is what lets it be compiled and run on a GPU.",
    plain="For 6 × 4 with 4 rows picked",
    padded="With nan in a row that is left out",
    padded_nans="Entries of it that are nan",
    empty="With no row picked",
    empty_nans="Entries of it that are nan",
)


@masked_rows_mean.alternative
def _(x, mask):
    rows = [i for i, picked in enumerate(mask.tolist()) if picked]
    return x[mx.array(rows)].mean(axis=0) if rows else mx.zeros(x.shape[1])


@masked_rows_mean.misconception(
    "nan_times_zero",
    "You multiply by the mask. Zero times nan is nan, and so one padded row makes a column of the "
    "mean nan: {padded_nans} of your entries are. What chooses between two values without "
    "computing with the one that is left out?",
)
def _(x, mask):
    return (x * mask[:, None]).sum(axis=0) / mx.maximum(mask.sum(), 1)


@masked_rows_mean.misconception(
    "divides_by_all",
    "The sum is right and was divided by the number of all rows. `mean` of an array in which the "
    "others are zero does this too. How many rows did the mask pick?",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).mean(axis=0)


@masked_rows_mean.misconception(
    "reads_by_mask",
    "Reading by a mask raises in MLX: how many rows come out depends on values, and MLX wants "
    "shapes before it computes. What can you do with all rows, so that some do not count?",
)
def _(x, mask):
    return x[mask].mean(axis=0)


@masked_rows_mean.misconception(
    "empty_is_nan",
    "With no row picked you divide 0 by 0, and the mean is nan: {empty_nans} entries. A batch in "
    "which everything is padding does occur, and one nan in the loss ends a training run.",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum(axis=0) / mask.sum()


@masked_rows_mean.misconception(
    "one_number",
    "One number came out where a mean for each column was asked for: no axis was named, and MLX "
    "then takes the sum over everything.",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum() / mx.maximum(mask.sum(), 1) / x.shape[1]


masked_rows_mean.hints(
    "Which function picks one of two values, element by element, and looks at neither?",
    "Make rows that do not count zero, add, and divide by how many do count.",
    "`mx.where(mask[:, None], x, 0.0)`, its sum over axis 0, and `mx.maximum(mask.sum(), 1)`.",
)
