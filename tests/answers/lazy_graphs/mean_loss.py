"""Others' answers to mean_loss."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


@right("item in each turn, weighted")
def _(loss_fn, batches):
    total, rows = 0.0, 0
    for x in batches:
        total += loss_fn(x).item() * len(x)
        rows += len(x)
    return total / rows


@right("sum over a generator")
def _(loss_fn, batches):
    return sum(float(loss_fn(x)) * x.shape[0] for x in batches) / sum(x.shape[0] for x in batches)


@right("array total evaluated in each turn")
def _(loss_fn, batches):
    total = mx.array(0.0)
    n = 0
    for x in batches:
        total = total + loss_fn(x) * x.shape[0]
        n += x.shape[0]
        mx.eval(total)
    return (total / n).item()


@right("one behind: async, read the one before")
def _(loss_fn, batches):
    before, weighted = None, []
    for x in batches:
        loss = loss_fn(x)
        mx.async_eval(loss)
        if before is not None:
            weighted.append((before[0].item(), before[1]))
        before = (loss, len(x))
    weighted.append((before[0].item(), before[1]))
    return float(np.average([l for l, _ in weighted], weights=[n for _, n in weighted]))


@right("NumPy arrays")
def _(loss_fn, batches):
    losses = np.array([np.array(loss_fn(x)) for x in batches])
    rows = np.array([x.shape[0] for x in batches])
    return float((losses * rows).sum() / rows.sum())


@wrong("plain mean of batch means")
def _(loss_fn, batches):
    return sum(loss_fn(x).item() for x in batches) / len(batches)


@wrong("list of losses, stacked at the end")
def _(loss_fn, batches):
    losses = [loss_fn(x) * len(x) for x in batches]
    return (mx.stack(losses).sum() / sum(len(x) for x in batches)).item()


@wrong("0-d array")
def _(loss_fn, batches):
    total, n = mx.array(0.0), 0
    for x in batches:
        total = total + loss_fn(x) * len(x)
        mx.eval(total)
        n += len(x)
    return total / n


@wrong("one concatenated batch")
def _(loss_fn, batches):
    return loss_fn(mx.concatenate(batches)).item()


@wrong("calls twice")
def _(loss_fn, batches):
    total = sum(loss_fn(x).item() * len(x) for x in batches)
    loss_fn(batches[0]).item()
    return total / sum(len(x) for x in batches)


@wrong("last batch left out")
def _(loss_fn, batches):
    return sum(loss_fn(x).item() * len(x) for x in batches[:-1]) / sum(len(x) for x in batches[:-1])
