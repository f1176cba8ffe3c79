"""Others' answers to keep_last."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong

_KEPT = []


@right("contiguous")
def _(logits):
    last = mx.contiguous(logits[:, -1])
    mx.eval(last)
    return last


@right("NumPy copy")
def _(logits):
    out = mx.array(np.array(logits[:, -1, :]))
    mx.eval(out)
    return out


@right("an addition writes into memory of its own")
def _(logits):
    last = logits[:, -1] + 0.0
    mx.eval(last)
    return last


@right("mx.take with an index array, squeezed")
def _(logits):
    index = mx.array([logits.shape[1] - 1])
    last = mx.take(logits, index, axis=1).squeeze(1)
    mx.eval(last)
    return last


@right("matrix product with a selector")
def _(logits):
    T = logits.shape[1]
    pick = (mx.arange(T) == T - 1).astype(mx.float32)
    last = mx.einsum("t,btv->bv", pick, logits)
    mx.eval(last)
    return last


@wrong("plain slice")
def _(logits):
    return logits[:, -1, :]


@wrong("T kept")
def _(logits):
    last = mx.contiguous(logits[:, -1:])
    mx.eval(last)
    return last


@wrong("last of the batch")
def _(logits):
    last = mx.contiguous(logits[-1])
    mx.eval(last)
    return last


@wrong("NumPy view")
def _(logits):
    return np.array(logits, copy=False)[:, -1]


@wrong("astype the same dtype")
def _(logits):
    last = logits[:, -1].astype(mx.float32)
    mx.eval(last)
    return last


@wrong("keeps the logits alive in a cache")
def _(logits):
    _KEPT.append(logits)
    last = mx.contiguous(logits[:, -1])
    mx.eval(last)
    return last
