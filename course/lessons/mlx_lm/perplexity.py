"""perplexity, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise

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


def _model(words, rng):
    """A model in half precision that knows the last token and the place, and is often sure."""
    after = mx.array(rng.normal(0, 3.4, size=(words, words)).astype(np.float16))
    place = mx.array(rng.normal(0, 0.7, size=(40, words)).astype(np.float16))

    def model(rows):
        return after[rows] + place[: rows.shape[1]]

    return model


@perplexity.use(perplexity="reduction", other="reduction", short="reduction", even="reduction")
def _(answer, rng):
    words = int(rng.integers(20, 40))
    found = {}
    texts = {"perplexity": (32, 3, 17), "other": (2, 29, 5, 24), "short": (4, 5)}
    for name, lengths in texts.items():
        pad = words - 1 if name == "other" else 0
        most = max(lengths) + int(rng.integers(0, 2))
        rows = [
            [*map(int, rng.integers(1, words - 1, size=length)), *[pad] * (most - length)]
            for length in rng.permutation(lengths)
        ]
        model = _model(words, rng)
        found[name] = float(answer(model, mx.array(rows, dtype=mx.int32), pad))
    some = mx.array(rng.integers(1, words, size=(2, 6)).astype(np.int32))
    found["even"] = float(answer(lambda rows: mx.zeros((*rows.shape, words)), some, 0))
    return found


perplexity.says(
    passed="mlx_lm.perplexity does this with text of one length, so that nothing has to be filled.",
    perplexity="Perplexity of a small model on three texts",
    other="Perplexity of another one on four texts, with another `pad`",
    short="Perplexity of a third one on two short texts",
    even="Perplexity of a model that thinks all tokens equally likely",
)


@perplexity.alternative
def _(model, rows, pad):
    total, count = 0.0, 0
    for row in rows:
        length = int((row != pad).sum().item())
        logits = model(row[None, :length])[0].astype(mx.float32)
        logprobs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        said = mx.take_along_axis(logprobs[:-1], row[1:length, None])
        total, count = total - said.sum().item(), count + length - 1
    return float(np.exp(total / count))


@perplexity.alternative
def _(model, rows, pad):
    probs = mx.softmax(model(rows).astype(mx.float32), axis=-1)[:, :-1]
    right = np.array(mx.take_along_axis(probs, rows[:, 1:, None]).squeeze(-1))
    return np.exp(-np.log(right[np.array(rows[:, 1:]) != pad]).mean())


perplexity.same_as(
    "alternative 1",
    "constant",
    "model(row[None, :length])[0]",
    "it is a batch of one row, which is the first and the last",
)


@perplexity.misconception(
    "padding_counted",
    "You have {perplexity}, and it is {perplexity:expected}. Yours counts the filling as text. A "
    "model either knows padding well or has never learned it, and with texts of different lengths "
    "you measure how much of it there is. Which targets are none?",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    return mx.exp(nn.losses.cross_entropy(logits, rows[:, 1:]).mean()).item()


@perplexity.misconception(
    "mean_of_perplexities",
    "You have {perplexity}, and it is {perplexity:expected}: yours is the mean of the rows' "
    "perplexities. An exponential makes large what is large, so one hard row outweighs the "
    "others. What is averaged first, losses or perplexities?",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:]) * counted
    return mx.exp(losses.sum(axis=1) / counted.sum(axis=1)).mean().item()


@perplexity.misconception(
    "rows_count_alike",
    "You have {perplexity}, and it is {perplexity:expected}: yours is a mean in each row and then "
    "one over the rows. A token in a short text then weighs more than one in a long text. How "
    "does each token weigh the same?",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:]) * counted
    return mx.exp((losses.sum(axis=1) / counted.sum(axis=1)).mean()).item()


@perplexity.misconception(
    "divided_by_all",
    "You have {perplexity}, and it is {perplexity:expected}. In yours the filling adds no loss, "
    "as it should, and is in the number that the sum is divided by. How many tokens are judged?",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    losses = nn.losses.cross_entropy(logits, rows[:, 1:])
    return mx.exp((losses * (rows[:, 1:] != pad)).mean()).item()


@perplexity.misconception(
    "inputs_masked",
    "You have {perplexity}, and it is {perplexity:expected}. Yours leaves out what comes after a "
    "`pad`, and counts the first `pad` of each row. Place and target are one apart. Which of them "
    "must not be `pad`?",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    losses = nn.losses.cross_entropy(logits, rows[:, 1:])
    counted = rows[:, :-1] != pad
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "not_shifted",
    "You have {perplexity}, and it is {perplexity:expected}. Yours compares the logits at each "
    "place with the token at that same place, which the model has just read. What are they about?",
)
def _(model, rows, pad):
    counted = rows != pad
    losses = nn.losses.cross_entropy(model(rows).astype(mx.float32), rows)
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "shifted_backwards",
    "You have {perplexity}, and it is {perplexity:expected}. Yours compares the logits at each "
    "place with the token before it. In `[1:]` and `[:-1]` it is easy to mix up the two sides. "
    "Which of them are the logits?",
)
def _(model, rows, pad):
    losses = nn.losses.cross_entropy(model(rows)[:, 1:].astype(mx.float32), rows[:, :-1])
    counted = rows[:, :-1] != pad
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "softmax_twice",
    "You have {perplexity}, and it is {perplexity:expected}. Yours is what comes of a softmax "
    "that is taken twice: `cross_entropy` takes logits, as PyTorch's does, and not probabilities. "
    "What does the model give?",
)
def _(model, rows, pad):
    probs = mx.softmax(model(rows[:, :-1]).astype(mx.float32), axis=-1)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(probs, rows[:, 1:])
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "half_precision",
    "You have {perplexity}, and it is {perplexity:expected}: near, and in half precision, which "
    "is the model's own. The logits have 11 bits, and so have then all losses and their sum. From "
    "where on does it pay to have more?",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1])
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:])
    return mx.exp((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "loss_itself",
    "{perplexity} is the mean loss. As a number of tokens among which the model hesitates it "
    "reads {perplexity:expected}. What makes the one of the other?",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:])
    return ((losses * counted).sum() / counted.sum()).item()


@perplexity.misconception(
    "two_to_the_loss",
    "You have {perplexity} instead of {perplexity:expected}: yours is 2 to the power of a loss in "
    "natural logarithms. Bits would go with 2. What goes with these?",
)
def _(model, rows, pad):
    logits = model(rows[:, :-1]).astype(mx.float32)
    counted = rows[:, 1:] != pad
    losses = nn.losses.cross_entropy(logits, rows[:, 1:])
    return (2 ** ((losses * counted).sum() / counted.sum())).item()


perplexity.hints(
    "Which logits belong to which token, and how many tokens are judged?",
    "Logits for `rows[:, :-1]`, targets `rows[:, 1:]`, and a mask of the targets that are not "
    "`pad`.",
    "`nn.losses.cross_entropy` times the mask, summed, divided by the mask's sum; then `mx.exp`.",
)
