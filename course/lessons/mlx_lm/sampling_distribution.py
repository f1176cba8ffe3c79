"""sampling_distribution, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

sampling_distribution = exercise(minutes=10, level=2)


@sampling_distribution.solution
def _(logits, temp, top_p=1.0, min_p=0.0):
    """How likely each token is to be drawn, under the settings that every server offers.

    `logits` has shape (V,), float32. Return float32 of the same shape, adding up to 1.
    `top_p` and `min_p` look at the model's own probabilities, those at temperature 1. `top_p` keeps
    the likeliest tokens, as few as it takes to reach a total of `top_p`; `min_p` keeps those with
    at least `min_p` times the probability of the likeliest. Only what both keep is ever drawn.
    Among these the temperature decides: logits are divided by `temp`. At 0 it is the likeliest
    token and no other.
    For probabilities 0.5, 0.3, 0.2, a temperature of 1 and a top_p of 0.7 the answer is 0.625,
    0.375, 0.
    """
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    probs = mx.softmax(logits)
    order = mx.argsort(-probs)
    likelier = (mx.cumsum(probs[order]) - probs[order])[mx.argsort(order)]
    keep = (likelier < top_p) & (probs >= min_p * probs.max())
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.use(
    greedy="reduction",
    warm="reduction",
    nucleus="reduction",
    floor="reduction",
    both="reduction",
    narrow="reduction",
    only="reduction",
)
def _(answer, rng):
    size = int(rng.integers(7, 11))
    logits = -np.cumsum(rng.uniform(0.3, 0.7, size=size))
    order = rng.permutation(size)
    if order[0] == 0:  # an argmax over nan is 0
        order = order[::-1]
    logits = mx.array(logits[order].astype(np.float32))
    second, top = (float(p) for p in mx.sort(mx.softmax(logits))[-2:])
    share = rng.uniform(0.85, 0.95) * second / top  # the second likeliest stays
    nucleus, narrow = answer(logits, 1.8, top_p=0.8), answer(logits, 0.7, top_p=top / 2)
    return {
        "greedy": answer(logits, 0.0),
        "likeliest": int(mx.argmax(answer(logits, 0.0))),
        "warm": answer(logits, float(rng.uniform(1.5, 2.5))),
        "nucleus": nucleus,
        "few": int((nucleus > 0).sum()),
        "narrow": narrow,
        "floor": answer(logits, 0.5, min_p=share),
        "both": answer(logits, 1.5, top_p=0.9, min_p=0.1),
        "only": answer(logits, 1.2, min_p=1.0),
    }


sampling_distribution.says(
    passed="These are the numbers behind the sliders of every chat program.",
    greedy="At temperature 0",
    likeliest="The likeliest token at temperature 0",
    warm="At a high temperature",
    nucleus="At temperature 1.8 with a top_p of 0.8",
    few="How many tokens a top_p of 0.8 leaves",
    narrow="With a top_p of half the likeliest token's probability",
    floor="At temperature 0.5 with a min_p",
    only="With a min_p of 1",
    both="With a top_p of 0.9 and a min_p of 0.1 at temperature 1.5",
)


@sampling_distribution.alternative
def _(logits, temp, top_p=1.0, min_p=0.0):
    scores = np.array(logits, np.float64)
    if not temp:
        return mx.array(np.eye(len(scores))[scores.argmax()])
    probs = np.exp(scores - scores.max())
    probs /= probs.sum()
    kept, total = [], 0.0
    for i in probs.argsort()[::-1]:
        if total >= top_p or probs[i] < min_p * probs.max():
            break
        kept.append(i)
        total += probs[i]
    weights = np.zeros_like(probs)
    weights[kept] = probs[kept] ** (1 / temp)
    return mx.array(weights / weights.sum())


for _label, _operator, _place, _reason in (
    ("solution", "constant", "1.0", "with a total of 1 or more every token is kept"),
    ("alternative 1", "constant", "1.0", "with a total of 1 or more every token is kept"),
    ("solution", "boundary", "likelier < top_p", "rounding decides whether a total meets `top_p`"),
    ("alternative 1", "boundary", "total >= top_p", "rounding decides whether a total meets it"),
    ("alternative 1", "operator", "scores - scores.max()", "a softmax is the same after any shift"),
    ("alternative 1", "function", "scores.max", "a softmax is the same after any shift"),
):
    sampling_distribution.same_as(_label, _operator, _place, _reason)


def _kept(probs, top_p, min_p):
    """What top-p and min-p keep of some probabilities."""
    order = mx.argsort(-probs)
    likelier = (mx.cumsum(probs[order]) - probs[order])[mx.argsort(order)]
    return (likelier < top_p) & (probs >= min_p * probs.max())


@sampling_distribution.misconception(
    "temperature_zero_divides",
    "At temperature 0 you have {greedy}. Dividing by 0 leaves no distribution: it is a name for "
    "another rule, and every library treats it by itself. Which token is left when a temperature "
    "goes to 0?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    keep = _kept(mx.softmax(logits), top_p, min_p)
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "temperature_multiplies",
    "Your distributions are sharper at a high temperature and flatter at a low one: those of "
    "logits times the temperature. Hot should mean that unlikely things happen. Which way must "
    "the logits go then?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    keep = _kept(mx.softmax(logits), top_p, min_p)
    return mx.softmax(mx.where(keep, logits * temp, -mx.inf))


@sampling_distribution.misconception(
    "top_p_loses_the_crosser",
    "With top_p you keep {few} tokens, and should keep {few:expected}: those with which the total "
    "stays within `top_p`, and the likeliest in any case. The statement asks for a total of "
    "`top_p`. With which token is it reached?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    probs = mx.softmax(logits)
    order = mx.argsort(-probs)
    total = mx.cumsum(probs[order])[mx.argsort(order)]
    keep = (total <= top_p) | (probs == probs.max())
    keep = keep & (probs >= min_p * probs.max())
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "nothing_is_kept",
    "With top_p you keep {few} tokens, and should keep {few:expected}: those with which the total "
    "stays within `top_p`. Where the likeliest token alone is more than `top_p`, nothing at all "
    "is left. With which token is `top_p` reached?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    probs = mx.softmax(logits)
    order = mx.argsort(-probs)
    total = mx.cumsum(probs[order])[mx.argsort(order)]
    keep = (total <= top_p) & (probs >= min_p * probs.max())
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "top_p_ignored",
    "With a top_p of 0.8 you keep {few} tokens, and should keep {few:expected}: as many as "
    "without. How many of the likeliest does it take to reach it?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    keep = _kept(mx.softmax(logits), 2.0, min_p)
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "least_likely_first",
    "With top_p you keep {few} tokens, and should keep {few:expected}: yours are the least likely "
    "ones that reach it, and the likeliest. `argsort` sorts upwards. From which end does the "
    "total begin?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    probs = mx.softmax(logits)
    order = mx.argsort(probs)
    likelier = (mx.cumsum(probs[order]) - probs[order])[mx.argsort(order)]
    keep = ((likelier < top_p) & (probs >= min_p * probs.max())) | (probs == probs.max())
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "min_p_absolute",
    "With a min_p your distribution is that of a floor under each probability itself. `min_p` is "
    "a share of the likeliest token's: where the model is sure it cuts much, and where it is not, "
    "little. What has the floor to be multiplied by?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    probs = mx.softmax(logits)
    keep = _kept(probs, top_p, 0.0) & ((probs >= min_p) | (probs == probs.max()))
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "min_p_ignored",
    "With top_p alone you are right. With a min_p your distribution is as it is without. Which "
    "tokens are too unlikely beside the likeliest?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    keep = _kept(mx.softmax(logits), top_p, 0.0)
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "temperature_first",
    "Your filters saw the probabilities at the temperature that was asked for: {few} tokens are "
    "left, and should be {few:expected}. Some libraries do it in that order. At which temperature "
    "does the statement look at them?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    keep = _kept(mx.softmax(logits / temp), top_p, min_p)
    return mx.softmax(mx.where(keep, logits / temp, -mx.inf))


@sampling_distribution.misconception(
    "not_made_whole",
    "What is kept adds up to less than 1: the probabilities of what was dropped are missing. The "
    "numbers stand in the right proportion. What makes their total 1?",
)
def _(logits, temp, top_p=1.0, min_p=0.0):
    if temp == 0:
        return (mx.arange(logits.size) == logits.argmax()).astype(mx.float32)
    return mx.where(_kept(mx.softmax(logits), top_p, min_p), mx.softmax(logits / temp), 0.0)


sampling_distribution.hints(
    "Which probabilities do the two filters look at, and which are drawn from?",
    "Sort the probabilities at temperature 1. A token stays while the total of those likelier than "
    "it has not reached `top_p`. What goes gets a logit of minus infinity.",
    "`keep` from `mx.softmax(logits)`, then `mx.softmax(mx.where(keep, logits / temp, -mx.inf))`; "
    "temperature 0 is a case of its own.",
)
