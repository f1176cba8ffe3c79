"""masked_mean, an exercise of lesson 01, unified_memory."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

masked_mean = exercise(minutes=5, level=2)


@masked_mean.solution
def _(x, mask):
    """Return the mean of the entries that count, for each row. Where `mask` is False, `x` holds
    whatever was left in that memory: large numbers, nan or infinity.

        x:      (B, L) float32
        mask:   (B, L) bool, at least one True in each row
        result: (B,) float32

    For x [[1, 2, 6], [4, nan, nan]] and mask [[True, True, False], [True, False, False]] that is
    [1.5, 4].
    """
    return mx.where(mask, x, 0).sum(axis=1) / mask.sum(axis=1)


@masked_mean.use(y="reduction")
def _(answer, rng):
    L = int(rng.integers(5, 8))
    x = rng.normal(3, 1, size=(3, L)).round(1).astype(np.float32)
    mask = np.arange(L) < rng.permutation([1, 2, 4])[:, None]
    mask = rng.permuted(mask, axis=1)  # what counts need not come first
    garbage = np.array([[1e4], [np.nan], [np.inf]], dtype=np.float32)
    return {"y": answer(mx.array(np.where(mask, x, garbage)), mx.array(mask))}


masked_mean.says(
    passed="Chosen, not multiplied; and no shape depends on the data.",
    y="For three rows with 1e4, nan and inf where the mask is False",
)


@masked_mean.alternative
def _(x, mask):
    kept = mx.array(x)
    kept[mx.logical_not(mask)] = 0.0
    return kept.sum(axis=1) / mask.sum(axis=1)


@masked_mean.alternative
def _(x, mask):
    values, kept = np.array(x), np.array(mask)
    return mx.array([float(values[i][kept[i]].mean()) for i in range(len(values))])


@masked_mean.misconception(
    "bool_mask_read",
    "MLX does not read through a boolean mask: how many numbers come out would depend on the data, "
    "and an array's shape has to be known before anything is computed. Writing through a mask "
    "works. What can you put where the mask is False, so that a sum over the whole row is right?",
)
def _(x, mask):
    return mx.stack([row[keep].mean() for row, keep in zip(x, mask, strict=True)])


@masked_mean.misconception(
    "nan_times_zero",
    "A row with nan or infinity where the mask is False came out as nan: you have {y}. Multiplying "
    "by 0 removes every number but those two, since nan times 0 is nan. What chooses between x and "
    "0 without computing with both?",
)
def _(x, mask):
    return (x * mask).sum(axis=1) / mask.sum(axis=1)


@masked_mean.misconception(
    "zeros_counted",
    "The sums are right, and each was divided by the length of the whole row, whatever the mask "
    "says. How many entries of a row does the mask let through?",
)
def _(x, mask):
    return mx.where(mask, x, 0).mean(axis=1)


@masked_mean.misconception(
    "mean_of_a_product",
    "Two things at once, and you have {y}. Multiplying by 0 leaves nan and infinity as nan. And a "
    "mean divides by the length of the whole row, however much of it counts. Start with the first: "
    "what chooses between two values instead of multiplying them?",
)
def _(x, mask):
    return (x * mask).mean(axis=1)


@masked_mean.misconception(
    "one_count_for_all",
    "The sums are right, and every row was divided by the same number: what the mask lets through "
    "in the whole array. Each row has a count of its own.",
)
def _(x, mask):
    return mx.where(mask, x, 0).sum(axis=1) / mask.sum()


@masked_mean.misconception(
    "finite_for_mask",
    "Rows with nan or infinity where the mask is False are right, and the row with 1e4 there is "
    "not: you have {y}. These are the means of what is finite. Which entries count by the mask?",
)
def _(x, mask):
    fine = mx.isfinite(x)
    return mx.where(fine, x, 0).sum(axis=1) / fine.sum(axis=1)


@masked_mean.misconception(
    "first_entries",
    "You have {y}: as many entries as the mask lets through, taken from the start of each row. "
    "With padding at the end that would be right. Where is this mask True?",
)
def _(x, mask):
    return mx.stack([x[i, :n].mean() for i, n in enumerate(mask.sum(axis=1).tolist())])


@masked_mean.misconception(
    "sum_not_mean",
    "These are the sums of the entries that count, {y}, and the means were asked for. How many "
    "entries went into each?",
)
def _(x, mask):
    return mx.where(mask, x, 0).sum(axis=1)


@masked_mean.misconception(
    "kept_dimension",
    "The means are right, and each stands in a row of its own: your result has two dimensions. A "
    "kept dimension helps where one divides a whole row. Which shape does the statement give?",
)
def _(x, mask):
    total = mx.where(mask, x, 0).sum(axis=1, keepdims=True)
    return total / mask.sum(axis=1, keepdims=True)


masked_mean.hints(
    "What has to be true of the entries that don't count, so that a sum over the row ignores them?",
    "`mx.where` chooses between two values entry by entry. The other half is the count.",
    "Sum of `mx.where(mask, x, 0)` along each row, divided by the sum of the mask along it.",
)
