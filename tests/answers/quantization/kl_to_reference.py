"""Others' answers to kl_to_reference."""

import math

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


def _kl(a, b, red=lambda k: k.mean()):
    p, q = nn.log_softmax(b, axis=-1), nn.log_softmax(a, axis=-1)
    return red((mx.exp(p) * (p - q)).sum(axis=-1))


@right("log softmax")
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@right("nn.losses.kl_div_loss, float")
def _(logits, reference):
    return nn.losses.kl_div_loss(
        nn.log_softmax(logits, -1), nn.log_softmax(reference, -1), axis=-1, reduction="mean"
    ).item()


@right("logsumexp, total over B * L")
def _(logits, reference):
    B, L, V = logits.shape
    lq = logits - mx.logsumexp(logits, axis=2, keepdims=True)
    lp = reference - mx.logsumexp(reference, axis=2, keepdims=True)
    return mx.sum(mx.softmax(reference, axis=2) * (lp - lq)) / (B * L)


@wrong("the other way round", named="other_way_round")
def _(logits, reference):
    return _kl(reference, logits)


@wrong("sum over places", named="sum_over_places")
def _(logits, reference):
    return _kl(logits, reference, lambda k: k.sum())


@wrong("sum over places, mean over the batch (torch batchmean)", named="mean_over_the_batch")
def _(logits, reference):
    return _kl(logits, reference, lambda k: k.sum() / logits.shape[0])


@wrong("bits", named="bits")
def _(logits, reference):
    return _kl(logits, reference) / math.log(2)


@wrong("cross entropy", named="cross_entropy")
def _(logits, reference):
    return -(mx.softmax(reference, -1) * nn.log_softmax(logits, -1)).sum(-1).mean()


@wrong("logits as log probabilities, no softmax", named="logits_as_logarithms")
def _(logits, reference):
    return (mx.exp(reference) * (reference - logits)).sum(-1).mean()


@wrong("softmax over places", named="wrong_axis")
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=1), nn.log_softmax(logits, axis=1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@wrong("last place only", named="last_place_alone")
def _(logits, reference):
    return _kl(logits[:, -1:], reference[:, -1:])


@wrong("one number per place", named="one_for_each_place")
def _(logits, reference):
    return _kl(logits, reference, lambda k: k)
