"""count_ids, an exercise of lesson 01, unified_memory."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

count_ids = exercise(minutes=4, level=1)


@count_ids.solution
def _(ids, n):
    """Count how often each id occurs.

        ids:    (N,) int32, each 0 <= id < n
        n:      how many different ids there can be
        result: (n,) int32

    For ids [2, 0, 2] and n = 4 that is [1, 0, 2, 0].
    """
    return mx.zeros((n,), dtype=mx.int32).at[ids].add(1)


@count_ids.use
def _(answer, rng):
    n, count = int(rng.integers(5, 9)), int(rng.integers(6, 13))
    ids = rng.integers(0, n - 2, size=count)  # the last two never occur
    return {"y": answer(mx.array(ids.astype(np.int32)), n)}


count_ids.says(
    passed="Every occurrence counted, in one operation or many.", y="How often each id occurs"
)


@count_ids.alternative
def _(ids, n):
    return (ids[:, None] == mx.arange(n)).sum(axis=0)


@count_ids.alternative
def _(ids, n):
    counts = [0] * n
    for i in ids.tolist():
        counts[i] += 1
    return mx.array(counts)


@count_ids.misconception(
    "dup_index_add",
    "No id was counted more than once: you have {y}, and it should be {y:expected}. "
    "`counts[ids] += 1` reads all the old counts, adds 1 to each, and writes them back; an id that "
    "occurs three times writes the same 1 three times. NumPy does the same. Which way of adding "
    "takes every occurrence for itself?",
)
def _(ids, n):
    counts = mx.zeros((n,), dtype=mx.int32)
    counts[ids] += 1
    return counts


@count_ids.misconception(
    "float_counts",
    "The counts are right, and they are float32: `mx.zeros` makes that unless it is told "
    "otherwise. Above 16,777,216 a float32 no longer has every whole number. What holds counts?",
)
def _(ids, n):
    return mx.zeros((n,)).at[ids].add(1)


@count_ids.misconception(
    "ends_at_the_largest",
    "Your array ends at the largest id that occurs. `np.bincount` cannot know how many ids there "
    "could be, so its length depends on the data. The statement gives you n for this. (Its dtype "
    "is NumPy's own, int64.)",
)
def _(ids, n):
    return mx.array(np.bincount(np.array(ids)))


@count_ids.misconception(
    "shorter_result",
    "Your result ends with the largest id that occurs; the last ids of this list occur nowhere, "
    "and they have a count as well: 0. NumPy's `bincount` takes a `minlength` for that. Which of "
    "your arguments says how long the result is?",
)
def _(ids, n):
    counts = [0] * (max(ids.tolist()) + 1)
    for i in ids.tolist():
        counts[i] += 1
    return mx.array(counts, dtype=mx.int32)


count_ids.hints(
    "What should happen when the same id stands twice in `ids`?",
    "`x.at[ids]` has methods that treat every occurrence for itself.",
    "Zeros of the right length and dtype, then `.at[ids].add(1)`.",
)
