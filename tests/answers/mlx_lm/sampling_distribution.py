"""Others' answers to sampling_distribution."""

import mlx.core as mx

from course.author.answers import right, wrong


def _keep(logits, top_p, min_p, t=1.0, reach=True):
    p = mx.softmax(logits / t, axis=-1)
    order = mx.argsort(-p)
    q = p[order]
    before = mx.cumsum(q) - q
    keep_sorted = before < top_p
    keep = mx.zeros_like(p).astype(mx.bool_)
    keep[order] = keep_sorted
    return keep & (p >= min_p * p.max())


def _sd(logits, temp, keep):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    return mx.softmax(mx.where(keep, logits, -mx.inf) / temp)


@right("sort, cumsum, mask")
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    return mx.softmax(mx.where(_keep(logits, top_p, min_p), logits, -mx.inf) / temp)


@right("threshold by the smallest kept probability")
def _(logits, temp, top_p=1.0, min_p=0.0):
    p = mx.softmax(logits)
    s = mx.sort(p)[::-1]
    n = int(((mx.cumsum(s) - s) < top_p).sum().item())
    floor = mx.maximum(s[n - 1], min_p * s[0])
    masked = mx.where(p < floor, mx.array(-float("inf")), logits)
    if temp == 0:
        return mx.zeros_like(p).at[mx.argmax(masked)].add(1.0)
    return mx.softmax(masked * (1 / temp), axis=0)


@wrong("top_p: the one that crosses is dropped", named="top_p_loses_the_crosser")
def _(logits, temp, top_p=1.0, min_p=0.0):
    p = mx.softmax(logits)
    order = mx.argsort(-p)
    c = mx.cumsum(p[order])
    keep = mx.zeros_like(p).astype(mx.bool_)
    keep[order] = c <= top_p
    keep = (keep | (mx.arange(p.size) == p.argmax())) & (p >= min_p * p.max())
    return _sd(logits, temp, keep)


@wrong("not renormalised", named="not_made_whole")
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    return mx.where(_keep(logits, top_p, min_p), mx.softmax(logits / temp), 0)


@wrong("top_p ignored", named="top_p_ignored")
def _(logits, temp, top_p=1.0, min_p=0.0):
    return _sd(logits, temp, _keep(logits, 1.0, min_p))


@wrong("top_p least likely first", named="least_likely_first")
def _(logits, temp, top_p=1.0, min_p=0.0):
    p = mx.softmax(logits)
    order = mx.argsort(p)
    q = p[order]
    keep = mx.zeros_like(p).astype(mx.bool_)
    keep[order] = (mx.cumsum(q) - q) < top_p
    return _sd(logits, temp, (keep & (p >= min_p * p.max())) | (p == p.max()))


@wrong("min_p among the top_p renormalised share of total")
def _(logits, temp, top_p=1.0, min_p=0.0):
    p = mx.softmax(logits)
    return _sd(logits, temp, _keep(logits, top_p, 0.0) & (p > min_p * p.max() * 2))
