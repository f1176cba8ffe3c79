"""Others' answers to evaluate."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.author.answers import right, wrong


@right("try/finally, own log-softmax, eval per batch")
def _(model, batches):
    mode = model.training
    try:
        model.train(False)
        hits, losses, count = mx.array(0), mx.array(0.0), 0
        for x, y in batches:
            logits = model(x)
            lp = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
            losses = losses - mx.take_along_axis(lp, mx.expand_dims(y, 1), axis=1).sum()
            hits = hits + mx.sum(mx.argmax(logits, axis=-1) == y)
            count += y.shape[0]
            mx.eval(hits, losses)
        return float(hits.item() / count), float(losses.item() / count)
    finally:
        model.train(mode)


@right("lists, numpy mean at the end")
def _(model, batches):
    training = model.training
    model.eval()
    rights, ces = [], []
    for x, y in batches:
        out = model(x)
        rights += np.array(out.argmax(-1) == y).tolist()
        ces += nn.losses.cross_entropy(out, y, reduction="none").tolist()
    if training:
        model.train()
    return float(np.mean(rights)), float(np.mean(ces))


@wrong("mean of the batch means", named="mean_of_means")
def _(model, batches):
    was = model.training
    model.eval()
    a, l = [], []
    for x, y in batches:
        z = model(x)
        a.append((z.argmax(axis=1) == y).mean().item())
        l.append(nn.losses.cross_entropy(z, y, reduction="mean").item())
    model.train(was)
    return sum(a) / len(a), sum(l) / len(l)


@wrong("no eval mode", named="eval_forgotten")
def _(model, batches):
    good = loss = n = 0
    for x, y in batches:
        z = model(x)
        good += (z.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(z, y, reduction="sum").item()
        n += len(y)
    return good / n, loss / n


@wrong("left in eval mode", named="left_in_eval_mode")
def _(model, batches):
    model.eval()
    good = loss = n = 0
    for x, y in batches:
        z = model(x)
        good += (z.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(z, y, reduction="sum").item()
        n += len(y)
    return good / n, loss / n


@wrong("batches listed first, all logits kept")
def _(model, batches):
    was = model.training
    model.eval()
    pairs = list(batches)
    x = mx.concatenate([p[0] for p in pairs])
    y = mx.concatenate([p[1] for p in pairs])
    z = model(x)
    model.train(was)
    return (z.argmax(1) == y).mean().item(), nn.losses.cross_entropy(z, y, reduction="none")[
        :1
    ].mean().item()


@wrong("count is the number of batches", named="loss_divided_twice")
def _(model, batches):
    was = model.training
    model.eval()
    good = loss = n = 0
    for x, y in batches:
        z = model(x)
        good += (z.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(z, y, reduction="mean").item()
        n += len(y)
    model.train(was)
    return good / n, loss / n


@right("np.float64, which is a Python float")
def _(model, batches):
    was = model.training
    model.eval()
    hits, losses = [], []
    for x, y in batches:
        z = model(x)
        hits += (z.argmax(axis=1) == y).tolist()
        losses += nn.losses.cross_entropy(z, y).tolist()
    model.train(was)
    return np.mean(hits), np.mean(losses)
