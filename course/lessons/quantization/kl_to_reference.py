"""kl_to_reference, an exercise of lesson 07, quantization."""

import math

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
    log_p, log_q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(log_p) * (log_p - log_q)).sum(axis=-1).mean()


@kl_to_reference.use(kl="reduction", one="reduction")
def _(answer, rng):
    def divergence(B, L, V):
        reference = rng.normal(size=(B, L, V)) * 2
        logits = reference + rng.normal(size=reference.shape) + 3
        found = answer(mx.array(logits.astype(np.float32)), mx.array(reference.astype(np.float32)))
        return float(np.array(found).item()) if np.size(found) == 1 else found

    B, L = (int(n) for n in rng.permutation([2, 3, 4, 5])[:2])
    V = int(rng.integers(6, 12))
    return {"kl": divergence(B, L, V), "one": divergence(1, B + L, V + 2)}


kl_to_reference.says(
    passed="It needs no right answers, only text: what recipes for learned quantization follow.",
    kl="For several rows",
    one="For one row of another length and vocabulary",
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
    "You have {kl}, and it is {kl:expected}: your number is the divergence the other way round, "
    "and the two are not the same. This one asks what is lost where the original's words come. "
    "Whose probabilities are the weights then?",
)
def _(logits, reference):
    p, q = nn.log_softmax(logits, axis=-1), nn.log_softmax(reference, axis=-1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "mean_over_the_vocabulary",
    "You have {kl}, smaller than {kl:expected} by the size of the vocabulary. One mean over "
    "everything is quickly written, and a larger vocabulary would make any model look better. Over "
    "what is the sum, and over what the mean?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(p) * (p - q)).mean()


@kl_to_reference.misconception(
    "distance_of_logits",
    "You have {kl}, the mean squared difference of the logits. It is a fair distance between "
    "numbers; but add 100 to every logit and no prediction changes, while this number does. What "
    "turns logits into probabilities?",
)
def _(logits, reference):
    return mx.square(logits - reference).mean()


@kl_to_reference.misconception(
    "wrong_axis",
    "You have {kl}, and it is {kl:expected}. Your number is that of probabilities that add up to 1 "
    "over the places of a row. Axis 1 is the vocabulary where logits have two axes. Where does it "
    "lie here?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=1), nn.log_softmax(logits, axis=1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "cross_entropy",
    "You have {kl}, and it is {kl:expected}. Your number is the cross-entropy, which is not 0 even "
    "for equal models: the original's own uncertainty is in it. What has to be taken off inside "
    "the sum?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return -(mx.exp(p) * q).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "sum_over_places",
    "You have {kl}, and it is {kl:expected}. Your number is the sum over all places: a longer text "
    "would make any model look worse. By what is it divided?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(p) * (p - q)).sum()


@kl_to_reference.misconception(
    "mean_over_the_batch",
    "You have {kl}, and it is {kl:expected}. Your number is the sum over a row's places, averaged "
    "over the rows, as PyTorch's `batchmean` does. For one row it grows with the length. How many "
    "places are there in all?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(p) * (p - q)).sum() / p.shape[0]


@kl_to_reference.misconception(
    "bits",
    "You have {kl}, and it is {kl:expected}: your number is in bits. Information is often counted "
    "in them, with the logarithm of base 2. Which unit does the statement name?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean() / math.log(2)


@kl_to_reference.misconception(
    "logits_as_logarithms",
    "You have {kl}, and it is {kl:expected}. Your number is that of logits taken for the "
    "logarithms of probabilities. They become these when something is taken off, a number for each "
    "place. What do the exponentials of your logits add up to?",
)
def _(logits, reference):
    return (mx.exp(reference) * (reference - logits)).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "last_place_alone",
    "You have {kl}, and it is {kl:expected}. Your number is that of each row's last place, the one "
    "from which the next token is drawn. Which places does the statement average over?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference[:, -1], axis=-1), nn.log_softmax(logits[:, -1], axis=-1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "one_for_each_place",
    "You return one number for each place, and they are right. How good a model is should be one "
    "number. What is left to do with them?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(p) * (p - q)).sum(axis=-1)


kl_to_reference.hints(
    "What do logits become before they can be compared?",
    "Log-probabilities along the last axis, of both; a sum over the vocabulary, a mean of places.",
    "`log_p = nn.log_softmax(reference, axis=-1)`, likewise `log_q`, then "
    "`(mx.exp(log_p) * (log_p - log_q)).sum(axis=-1).mean()`.",
)
for _label, _call in (
    ("solution", "nn.log_softmax(reference, axis=-1)"),
    ("solution", "nn.log_softmax(logits, axis=-1)"),
    ("alternative 1", "nn.losses.kl_div_loss(log_q, log_p, axis=-1, reduction='mean')"),
):
    kl_to_reference.same_as(_label, "axis dropped", _call, "-1 is its default")
