"""Others' answers to count_ids."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong

right(".at add")(lambda ids, n: mx.zeros((n,), dtype=mx.int32).at[ids].add(1))


right("comparison table")(
    lambda ids, n: (ids[None, :] == mx.arange(n)[:, None]).sum(axis=1).astype(mx.int32)
)


right("NumPy bincount")(
    lambda ids, n: mx.array(np.bincount(np.array(ids), minlength=n).astype(np.int32))
)


@right("Python loop")
def _(ids: mx.array, n: int) -> mx.array:
    counts = [0] * n
    for i in ids.tolist():
        counts[i] += 1
    return mx.array(counts, dtype=mx.int32)


@right("sorted and searched by cumulative sums")
def _(ids, n):
    return mx.stack([mx.sum(ids == k) for k in range(n)]).astype(mx.int32)


@wrong("+=")
def _(ids, n):
    counts = mx.zeros((n,), dtype=mx.int32)
    counts[ids] += 1
    return counts


@wrong("float32")
def _(ids, n):
    return mx.zeros((n,)).at[ids].add(1)


@wrong("bincount without minlength")
def _(ids, n):
    return mx.array(np.bincount(np.array(ids)).astype(np.int32))


@wrong("adds the id")
def _(ids, n):
    return mx.zeros((n,), dtype=mx.int32).at[ids].add(ids)


@wrong("uint32")
def _(ids, n):
    return mx.zeros((n,), dtype=mx.uint32).at[ids].add(1)
