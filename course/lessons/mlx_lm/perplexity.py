"""perplexity, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

import course.machine
import course.model
from course.exercise import exercise

from .common import _uncompiled

perplexity = exercise(minutes=7, level=2)


@perplexity.solution
def _(model, rows, pad):
    """How surprised a model is by a text.

    `rows` holds tokens, shape (B, L): texts that were filled up to one length with the token `pad`.
    `model(rows)` gives logits of shape (B, L, V); those at a place are for the token after it.
    Return the exponential of the mean negative log-likelihood, in natural logarithms, of all tokens
    that come after another one; those that are `pad` do not count. All tokens count alike,
    whichever row they stand in. Compute it in float32, and return a number.
    A model that thinks all V tokens equally likely has a perplexity of V.
    """
    logits = model(rows[:, :-1]).astype(mx.float32)
    targets = rows[:, 1:]
    losses = nn.losses.cross_entropy(logits, targets)
    counted = targets != pad
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.use(perplexity="reduction")
def _(answer, rng):
    model, tokenizer = course.model.load("notes")
    a, b, c = (str(name) for name in rng.permutation(["Ana", "Ben", "Cleo", "Dora"])[:3])
    day = f"{rng.integers(2, 28)} May"
    talks = [
        (f"Present: {a} and {b}.\nWho was there?", f"{a}, {b}"),
        (f"{c} will call the printer by {day}.\nWhen is it due?", day),
        (f"We may spend 2,500 euros. Everybody but {b} liked the fox.\nWho has a fox?", "Zqx"),
    ]
    ids = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]
        )
        for user, assistant in talks
    ]
    rows = [row + [0] * (max(map(len, ids)) - len(row)) for row in ids]
    with _uncompiled():
        return {"perplexity": float(answer(model, mx.array(rows), 0))}


perplexity.says(
    passed="mlx_lm.perplexity does this with text of one length, so that nothing has to be filled.",
    perplexity="Perplexity of the built-in model on three short conversations",
)


@perplexity.alternative
def _(model, rows, pad):
    total, count = 0.0, 0
    for row in rows:
        length = int((row != pad).sum().item())
        logits = model(row[None, :length])[0].astype(mx.float32)
        logprobs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        said = mx.take_along_axis(logprobs[:-1], row[1:length, None].astype(mx.int32), axis=-1)
        total, count = total - said.sum().item(), count + length - 1
    return float(np.exp(total / count))


@perplexity.alternative
def _(model, rows, pad):
    probs = mx.softmax(model(rows).astype(mx.float32), axis=-1)[:, :-1]
    right = np.array(mx.take_along_axis(probs, rows[:, 1:, None], axis=-1).squeeze(-1))
    return np.exp(-np.log(right[np.array(rows[:, 1:]) != pad]).mean())


@perplexity.misconception(
    "padding_counted",
    "You have {perplexity}, and it is {perplexity:expected}. The filling was counted as text. A "
    "model either knows padding well or has never learned it, and with texts of different lengths "
    "you measure how much of it there is.",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    return mx.exp(nn.losses.cross_entropy(logits, rows[:, 1:]).mean()).item()


@perplexity.misconception(
    "mean_of_perplexities",
    "You have {perplexity}, and it is {perplexity:expected}: each row got a perplexity, and you "
    "took their mean. The exponential comes last, after the mean of all tokens; else one hard row "
    "outweighs all the others.",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:]) * counted
    return mx.exp(losses.sum(axis=1) / counted.sum(axis=1)).mean().item()


@perplexity.misconception(
    "rows_count_alike",
    "You have {perplexity}, and it is {perplexity:expected}: a mean was taken in each row and then "
    "over the rows, so that a token in a short text weighs more than one in a long text.",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:]) * counted
    return mx.exp((losses.sum(axis=1) / counted.sum(axis=1)).mean()).item()


@perplexity.misconception(
    "divided_by_all",
    "You have {perplexity}, and it is {perplexity:expected}. The filling adds no loss, as it "
    "should, and stands in the number that the sum was divided by: a mean over all places, of "
    "which some are empty.",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    losses = nn.losses.cross_entropy(logits, rows[:, 1:])
    return mx.exp((losses * (rows[:, 1:] != pad)).mean()).item()


@perplexity.misconception(
    "not_shifted",
    "You have {perplexity}. The logits at each place were compared with the token at that same "
    "place, which the model has just read. They are about the next one.",
)
def _(model, rows, pad):
    counted = rows != pad
    losses = nn.losses.cross_entropy(model(rows).astype(mx.float32), rows)
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "loss_itself",
    "{perplexity} is the mean loss. Its exponential, {perplexity:expected}, can be read as a "
    "number of tokens among which the model hesitates.",
)
def _(model, rows, pad):
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(model(rows[:, :-1]).astype(mx.float32), rows[:, 1:])
    return ((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "two_to_the_loss",
    "You have {perplexity} instead of {perplexity:expected}: 2 was raised to a loss in natural "
    "logarithms. Base and logarithm have to be of one kind.",
)
def _(model, rows, pad):
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(model(rows[:, :-1]).astype(mx.float32), rows[:, 1:])
    return (2 ** ((losses * counted).sum() / counted.sum())).item()


perplexity.hints(
    "Which logits belong to which token, and how many tokens are judged?",
    "Logits for `rows[:, :-1]`, targets `rows[:, 1:]`, and a mask of the targets that are not "
    "`pad`.",
    "`nn.losses.cross_entropy` times the mask, summed, divided by the mask's sum; then `mx.exp`.",
)
