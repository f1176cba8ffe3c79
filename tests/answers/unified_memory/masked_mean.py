"""Others' answers to masked_mean."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


class _Masked:
    def __call__(self, x: mx.array, mask: mx.array) -> mx.array:
        kept = mx.where(mask, x, 0.0)
        count = mx.sum(mask, axis=1, keepdims=True)
        return mx.sum(kept / count, axis=1)


@right("where, einsum, astype")
def _(x, mask):
    m = mask.astype(mx.float32)
    clean = mx.where(mask, x, mx.zeros_like(x))
    return mx.einsum("bl,bl->b", clean, m) / mx.sum(m, axis=-1)


@right("row by row in NumPy")
def _(x, mask):
    a, m = np.array(x), np.array(mask)
    return mx.array(np.array([a[b][m[b]].mean() for b in range(len(a))], dtype=np.float32))


@right("np.mean where=")
def _(x, mask):
    return mx.array(np.mean(np.array(x), axis=1, where=np.array(mask)))


right("class")(_Masked())


wrong("divides by L")(lambda x, mask: mx.where(mask, x, 0).mean(axis=1))


wrong("keepdims")(
    lambda x, mask: (
        mx.where(mask, x, 0).sum(axis=1, keepdims=True) / mask.sum(axis=1, keepdims=True)
    )
)


wrong("where after the sum")(
    lambda x, mask: mx.where(mask.all(axis=1), x.sum(axis=1), 0) / mask.sum(axis=1)
)


wrong("mask by the values (isfinite)")(
    lambda x, mask: mx.where(mx.isfinite(x), x, 0).sum(axis=1) / mx.isfinite(x).sum(axis=1)
)


wrong("sum")(lambda x, mask: mx.where(mask, x, 0).sum(axis=1))


@wrong("prefix lengths: assumes the mask is a prefix", named="first_entries")
def _(x, mask):
    n = mask.sum(axis=1).tolist()
    return mx.stack([x[b, :k].mean() for b, k in enumerate(n)])
