"""Others' answers to accumulate_gradients."""

from functools import partial

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


def _acc(
    loss_and_grad,
    update,
    w,
    batches,
    every,
    divide=True,
    reset=True,
    ev="part",
    item=True,
    mean=True,
    tail=False,
):
    total, acc, losses = 0.0, mx.zeros_like(w), []
    for i, x in enumerate(batches):
        loss, g = loss_and_grad(w, x)
        acc = acc + g
        losses.append(loss)
        if ev == "part":
            mx.eval(acc, loss)
        if (i + 1) % every == 0:
            w = update(w, acc / every if divide else acc)
            if ev != "never":
                mx.eval(w)
            if reset:
                acc = mx.zeros_like(w)
                mx.eval(acc)
    s = sum(l.item() for l in losses)
    return w, s / len(batches) if mean else s


@right("sum and count")
def _(loss_and_grad, update, w, batches, every):
    total, acc = 0.0, None
    for i, x in enumerate(batches):
        loss, g = loss_and_grad(w, x)
        acc = g if acc is None else acc + g
        mx.eval(loss, acc)
        total += loss.item()
        if (i + 1) % every == 0:
            w = update(w, acc / every)
            mx.eval(w)
            acc = None
    return w, total / len(batches)


@right("slices, NumPy accumulators")
def _(loss_and_grad, update, w, batches, every):
    losses = []
    for k in range(0, len(batches), every):
        grads = []
        for x in batches[k : k + every]:
            loss, g = loss_and_grad(w, x)
            mx.eval(g, loss)
            losses.append(loss.item())
            grads.append(np.array(g))
        w = update(w, mx.array(np.mean(grads, axis=0)))
        mx.eval(w)
    return (w, float(np.mean(losses)))


wrong("sum, not mean")(partial(_acc, divide=False))


wrong("no reset")(partial(_acc, reset=False))


wrong("never evaluates")(partial(_acc, ev="never"))


@wrong("parts concatenated into one batch")
def _(loss_and_grad, update, w, batches, every):
    total, n = 0.0, 0
    for k in range(0, len(batches), every):
        loss, g = loss_and_grad(w, mx.concatenate(batches[k : k + every]))
        w = update(w, g)
        mx.eval(w, loss)
        total += loss.item()
        n += 1
    return w, total / n


@wrong("parts put together into the batch that is too large for memory")
def _(loss_and_grad, update, w, batches, every):
    losses = []
    for k in range(0, len(batches), every):
        loss, g = loss_and_grad(w, mx.concatenate(batches[k : k + every]))
        mx.eval(loss, g)
        losses.append(loss.item())
        w = update(w, g / every)
        mx.eval(w)
    return w, sum(losses) / len(losses)


@wrong("mean loss of the last group only")
def _(loss_and_grad, update, w, batches, every):
    losses, acc = [], mx.zeros_like(w)
    for i, x in enumerate(batches):
        if i % every == 0:
            losses = []
        loss, g = loss_and_grad(w, x)
        acc = acc + g
        mx.eval(acc, loss)
        losses.append(loss.item())
        if (i + 1) % every == 0:
            w = update(w, acc / every)
            acc = mx.zeros_like(w)
            mx.eval(w, acc)
    return w, sum(losses) / len(losses)
