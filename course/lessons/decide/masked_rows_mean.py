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


@masked_rows_mean.use(
    plain="reduction", padded="reduction", empty="reduction", one="reduction", every="reduction"
)
def _(answer, rng):
    n, d = int(rng.integers(6, 9)), int(rng.integers(3, 6))
    # Rows of different size, so that a row too many or too few is seen.
    x = ((rng.normal(size=(n, d)) + 3) * 2.0 ** np.arange(n)[:, None]).astype(np.float32)
    picked = np.zeros(n, bool)
    picked[rng.permutation(n)[: n - 3]] = True
    left = int(np.flatnonzero(~picked)[1])
    mask = mx.array(picked)
    plain = answer(mx.array(x), mask)
    every = answer(mx.array(x[1:]), mx.ones(n - 1, dtype=mx.bool_))
    one = answer(mx.array(x), mx.arange(n) == left)
    x[left, 1] = np.nan
    padded = answer(mx.array(x), mask)
    empty = answer(mx.array(np.nan_to_num(x)), mx.zeros(n, dtype=mx.bool_))
    seen = {"plain": plain, "one": one, "every": every}
    if all(isinstance(mean, mx.array) for mean in (padded, empty)):
        seen |= {"padded_nans": int(mx.isnan(padded).sum().item())}
        seen |= {"empty_nans": int(mx.isnan(empty).sum().item())}
        padded, empty = mx.nan_to_num(padded), mx.nan_to_num(empty)
    return seen | {"padded": padded, "empty": empty}


masked_rows_mean.says(
    passed="One shape for every mask: that is what lets it be compiled and run on a GPU.",
    plain="With all rows but three picked",
    one="With one row picked",
    every="With every row picked",
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
    "One nan in a row that is left out got into the mean: {padded_nans} of your entries are nan. A "
    "mask of zeros and ones is handy to multiply by, and zero times nan is nan. What chooses "
    "between two values without computing with the one that is left out?",
)
def _(x, mask):
    return (x * mask[:, None]).sum(axis=0) / mx.maximum(mask.sum(), 1)


@masked_rows_mean.misconception(
    "divides_by_all",
    "Your mean is the right sum divided by the number of all rows. So it is with `mean` of an "
    "array in which the others are zero. How many rows did the mask pick?",
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
    "With no row picked {empty_nans} of your entries are nan: 0 divided by 0. A batch in which "
    "everything is padding does occur, and one nan in the loss ends a training run. What may the "
    "divisor be at least?",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum(axis=0) / mask.sum()


@masked_rows_mean.misconception(
    "one_number",
    "One number came out where a mean for each column was asked for. So it is where no axis is "
    "named: MLX then takes the sum over everything. Which axis goes?",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum() / mx.maximum(mask.sum(), 1) / x.shape[1]


@masked_rows_mean.misconception(
    "sum_of_the_rows",
    "What came out is the sum of the rows, and with one row picked that is its mean, too. By what "
    "is a mean divided?",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum(axis=0)


@masked_rows_mean.misconception(
    "means_of_rows",
    "A number for each row came out, and a number for each column was asked for. `dim=0` names the "
    "axis that goes. Which one goes in yours?",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum(axis=1) / mx.maximum(mask.sum(), 1)


@masked_rows_mean.misconception(
    "axis_of_one_kept",
    "The numbers stand in a matrix of one row. `keepdims` is of use where one goes on to compute "
    "with x. Which shape does the statement ask for?",
)
def _(x, mask):
    total = mx.where(mask[:, None], x, 0.0).sum(axis=0, keepdims=True)
    return total / mx.maximum(mask.sum(), 1)


@masked_rows_mean.misconception(
    "dim_for_axis",
    "MLX has the function, and no argument `dim`: the word is PyTorch's. What is it called in "
    "NumPy?",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum(dim=0) / mx.maximum(mask.sum(), 1)


masked_rows_mean.hints(
    "Which function picks one of two values, element by element, and looks at neither?",
    "Make rows that do not count zero, add, and divide by how many do count.",
    "`mx.where(mask[:, None], x, 0.0)`, its sum over axis 0, and `mx.maximum(mask.sum(), 1)`.",
)
