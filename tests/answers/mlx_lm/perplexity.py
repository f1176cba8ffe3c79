"""Others' answers to perplexity."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.author.answers import right, wrong


def _pp(model, rows, pad, shift=True, mask=True, cast=True, red=None, log=mx.exp, which="y"):
    z = model(rows)
    if cast:
        z = z.astype(mx.float32)
    if shift:
        z, y, x = z[:, :-1], rows[:, 1:], rows[:, :-1]
    else:
        y = x = rows
    loss = nn.losses.cross_entropy(z, y)
    keep = ((y if which == "y" else x) != pad).astype(mx.float32) if mask else mx.ones(y.shape)
    if red:
        return red(loss, keep)
    return log((loss * keep).sum() / keep.sum())


@right("log softmax, take_along_axis, float")
def _(model, rows, pad):
    lp = nn.log_softmax(model(rows).astype(mx.float32), axis=-1)[:, :-1]
    y = rows[:, 1:]
    nll = -mx.take_along_axis(lp, y[..., None], axis=-1).squeeze(-1)
    w = mx.where(y == pad, 0.0, 1.0)
    return float(mx.exp(mx.sum(nll * w) / mx.sum(w)).item())


@right("NumPy, row by row")
def _(model, rows, pad):
    z = np.array(model(rows).astype(mx.float32)).astype(np.float64)
    t, total, n = np.array(rows), 0.0, 0
    for b in range(len(t)):
        for l in range(t.shape[1] - 1):
            if t[b, l + 1] == pad:
                continue
            v = z[b, l]
            total += np.log(np.exp(v - v.max()).sum()) + v.max() - v[t[b, l + 1]]
            n += 1
    return float(np.exp(total / n))


@right("model fed rows[:, :-1], weights=")
def _(model, rows, pad):
    y = rows[:, 1:]
    keep = (y != pad).astype(mx.float32)
    s = nn.losses.cross_entropy(
        model(rows[:, :-1]).astype(mx.float32), y, weights=keep, reduction="sum"
    )
    return mx.exp(s / keep.sum())


@wrong("not shifted", named="not_shifted")
def _(model, rows, pad):
    return _pp(model, rows, pad, shift=False)


@wrong("pad counted", named="padding_counted")
def _(model, rows, pad):
    return _pp(model, rows, pad, mask=False)


@wrong("mask by the input token", named="inputs_masked")
def _(model, rows, pad):
    return _pp(model, rows, pad, which="x")


@wrong("divided by all places", named="divided_by_all")
def _(model, rows, pad):
    return _pp(model, rows, pad, red=lambda l, k: mx.exp((l * k).mean()))


@wrong("float16 kept")
def _(model, rows, pad):
    return _pp(model, rows, pad, cast=False)


@wrong("shifted the other way", named="shifted_backwards")
def _(model, rows, pad):
    z, y = model(rows)[:, 1:].astype(mx.float32), rows[:, :-1]
    k = (y != pad).astype(mx.float32)
    return mx.exp((nn.losses.cross_entropy(z, y) * k).sum() / k.sum())


@wrong("softmax twice", named="softmax_twice")
def _(model, rows, pad):
    return _pp(lambda r: mx.softmax(model(r).astype(mx.float32), -1), rows, pad)


@wrong("vocabulary size")
def _(model, rows, pad):
    return float(model(rows).shape[-1])
