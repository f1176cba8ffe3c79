"""Others' answers to masked_rows_mean."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("where, count")
def _(x, mask):
    kept = mx.where(mask[:, None], x, 0.0)
    return kept.sum(axis=0) / mx.maximum(mask.sum(), 1)


@right("indices from Python")
def _(x: mx.array, mask: mx.array) -> mx.array:
    rows = [i for i, m in enumerate(mask.tolist()) if m]
    return x[mx.array(rows)].mean(axis=0) if rows else mx.zeros(x.shape[1])


@right("nan_to_num after where, max with a Python int")
def _(x, mask):
    m = mx.expand_dims(mask, 1)
    total = mx.sum(mx.where(m, x, mx.zeros_like(x)), axis=0)
    n = int(mask.sum().item())
    return total / max(n, 1)


@right("argsort")
def _(x, mask):
    order = mx.argsort(mx.where(mask, 0, 1))
    n = mask.sum().item()
    return x[order][:n].mean(axis=0) if n else mx.zeros((x.shape[1],), dtype=x.dtype)


wrong("read by mask")(lambda x, mask: x[mask].mean(axis=0))


wrong("times the mask")(lambda x, mask: (x * mask[:, None]).sum(axis=0) / mx.maximum(mask.sum(), 1))


wrong("nan where nothing is picked")(
    lambda x, mask: mx.where(mask[:, None], x, 0.0).sum(axis=0) / mask.sum()
)


wrong("axis 1", named="means_of_rows")(
    lambda x, mask: mx.where(mask[:, None], x, 0.0).sum(axis=1) / mx.maximum(mask.sum(), 1)
)


wrong("mask along the columns")(
    lambda x, mask: mx.where(mask[None], x, 0.0).sum(axis=0) / mx.maximum(mask.sum(), 1)
)


wrong("dim", named="dim_for_axis")(
    lambda x, mask: mx.where(mask[:, None], x, 0.0).sum(dim=0) / mx.maximum(mask.sum(), 1)
)


wrong("the sum", named="sum_of_the_rows")(
    lambda x, mask: mx.where(mask[:, None], x, 0.0).sum(axis=0)
)


wrong("n + 1e-6")(lambda x, mask: mx.where(mask[:, None], x, 0.0).sum(axis=0) / (mask.sum() + 1e-2))


wrong("keepdims", named="axis_of_one_kept")(
    lambda x, mask: (
        mx.where(mask[:, None], x, 0.0).sum(axis=0, keepdims=True) / mx.maximum(mask.sum(), 1)
    )
)
