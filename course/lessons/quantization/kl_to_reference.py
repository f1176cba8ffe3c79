"""kl_to_reference, an exercise of lesson 07, quantization."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise

kl_to_reference = exercise(minutes=6, level=2)


@kl_to_reference.solution
def _(logits, reference):
    """How far a quantized model's predictions are from the original's.

    Both have shape (B, L, V), float32: the quantized model's logits and the original's, for the
    same text. Return one number, in nats: the mean over all B * L places of the Kullback-Leibler
    divergence, the sum over the vocabulary of p * log(p / q), with p the original's probabilities
    and q the quantized model's.
    For equal logits it is 0; for p = (0.5, 0.5) and q = (0.75, 0.25) it is 0.1438.
    """
    log_p = nn.log_softmax(reference, axis=-1)
    log_q = nn.log_softmax(logits, axis=-1)
    return (mx.exp(log_p) * (log_p - log_q)).sum(axis=-1).mean()


@kl_to_reference.use(kl="reduction")
def _(answer, rng):
    reference = rng.normal(size=(2, 5, 7)) * 2
    logits = reference + rng.normal(size=reference.shape) + 3
    pair = (mx.array(x.astype(np.float32)) for x in (logits, reference))
    return {"kl": float(np.array(answer(*pair)).item())}


kl_to_reference.says(
    passed="It needs no right answers, only text: what recipes for learned quantization follow.",
    kl="For logits of shape (2, 5, 7)",
)


@kl_to_reference.alternative
def _(logits, reference):
    log_p, log_q = (x - mx.logsumexp(x, axis=-1, keepdims=True) for x in (reference, logits))
    return nn.losses.kl_div_loss(log_q, log_p, axis=-1, reduction="mean").item()


@kl_to_reference.alternative
def _(logits, reference):
    p, q = mx.softmax(reference, axis=-1), mx.softmax(logits, axis=-1)
    V = p.shape[-1]
    return mx.mean(mx.sum((p * mx.log(p / q)).reshape(-1, V), axis=1))


@kl_to_reference.misconception(
    "other_way_round",
    "You have {kl}, and it is {kl:expected}: the two models changed places. The divergence is not "
    "the same both ways. This one asks what the original's reader loses, so its probabilities are "
    "the weights.",
)
def _(logits, reference):
    p, q = nn.log_softmax(logits, axis=-1), nn.log_softmax(reference, axis=-1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "mean_over_the_vocabulary",
    "You have {kl}, smaller than {kl:expected} by the size of the vocabulary: within a place the "
    "terms are added up, and only the places are averaged. A larger vocabulary would make any "
    "model look better.",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(p) * (p - q)).mean()


@kl_to_reference.misconception(
    "distance_of_logits",
    "You have {kl}: a distance between logits, not between predictions. Add 100 to every logit and "
    "no prediction changes; this number does. What turns logits into probabilities?",
)
def _(logits, reference):
    return mx.square(logits - reference).mean()


@kl_to_reference.misconception(
    "wrong_axis",
    "You have {kl}, and it is {kl:expected}. The probabilities were made along another axis than "
    "the vocabulary, so they add up to 1 over places instead of over words.",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=1), nn.log_softmax(logits, axis=1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "cross_entropy",
    "You have {kl}, and it is {kl:expected}. This is the cross-entropy, which is not 0 even for "
    "equal models: the original's own uncertainty is in it. What is missing inside the sum?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return -(mx.exp(p) * q).sum(axis=-1).mean()


kl_to_reference.hints(
    "What do logits become before they can be compared?",
    "Log-probabilities along the last axis, of both; a sum over the vocabulary, a mean of places.",
    "`log_p = nn.log_softmax(reference, axis=-1)`, likewise `log_q`, then "
    "`(mx.exp(log_p) * (log_p - log_q)).sum(axis=-1).mean()`.",
)
