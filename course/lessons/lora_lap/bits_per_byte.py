"""bits_per_byte, an exercise of lesson 09, lora_lap."""

import math

import numpy as np

from course.exercise import exercise

bits_per_byte = exercise(minutes=4, level=2)


@bits_per_byte.solution
def _(loss, tokens, text):
    """A loss that can be compared between models with different tokenizers.

    `loss` is the mean cross-entropy for each token of `text`, in nats, as MLX computes it; `tokens`
    is how many tokens the text is in that model's tokenizer. Return how many bits the model needs
    for each byte of the text in UTF-8, a float.
    For a loss of 2.0, 10 tokens and a text of 40 bytes that is 0.7213.
    """
    return loss * tokens / len(text.encode()) / math.log(2)


@bits_per_byte.use
def _(answer, rng):
    tokens = int(rng.integers(10, 30))
    text = "Ana will call the printer. " * 4
    loss = float(rng.uniform(0.5, 1.5))
    accents = "Jörg kauft Öl für Zoë. " * 4
    return {
        "plain": answer(loss, 2 * tokens, text),
        "other": answer(2 * loss, tokens, text),
        "accents": answer(loss, tokens, accents),
    }


bits_per_byte.says(
    passed="Two tokenizers, one unit.",
    plain="Many short tokens, bits per byte",
    other="Half as many tokens, each twice as hard",
    accents="A text with accents",
)


@bits_per_byte.alternative
def _(loss, tokens, text):
    nats = loss * tokens
    return float(np.log2(np.e)) * nats / len(bytes(text, "utf-8"))


@bits_per_byte.misconception(
    "per_token",
    "You give {plain} for one model and {other} for another, and they know the text equally well: "
    "both should be {plain:expected}. Bits for each token say as much about the tokenizer as about "
    "the model. Longer tokens are harder to guess, and there are fewer of them.",
)
def _(loss, tokens, text):
    return loss / math.log(2)


@bits_per_byte.misconception(
    "perplexity",
    "You give {plain} for one model and {other} for another that knows the text equally well: that "
    "is perplexity, the exponential of the loss for a token, and it goes up with the length of "
    "tokens. What do both models share, whatever their tokenizers?",
)
def _(loss, tokens, text):
    return math.exp(loss)


@bits_per_byte.misconception(
    "nats",
    "You give {plain} where it is {plain:expected}: {plain} nats. A nat is what the natural "
    "logarithm counts in. How many bits are in one?",
)
def _(loss, tokens, text):
    return loss * tokens / len(text.encode())


@bits_per_byte.misconception(
    "characters",
    "For English it is right; with an ö in it you give {accents}, and it is {accents:expected}: "
    "`len` of a text counts characters. How long is an ö in UTF-8?",
)
def _(loss, tokens, text):
    return loss * tokens / len(text) / math.log(2)


@bits_per_byte.misconception(
    "upside_down",
    "You give {plain} for one model and {other} for another that knows the text equally well. The "
    "more tokens a text has, the more losses there are to add up. Which of the two numbers "
    "multiplies?",
)
def _(loss, tokens, text):
    return loss / tokens * len(text.encode()) / math.log(2)


@bits_per_byte.misconception(
    "nats_times_log",
    "You give {plain} where it is {plain:expected}. From nats to bits the number gets larger, as "
    "from miles to kilometres: a bit is the smaller unit.",
)
def _(loss, tokens, text):
    return loss * tokens / len(text.encode()) * math.log(2)


bits_per_byte.hints(
    "What do two models share when they read one text with different tokenizers?",
    "The whole text's loss in nats, and its bytes. Then nats to bits.",
    "`loss * tokens` for the whole, divided by `len(text.encode())` and by `math.log(2)`.",
)
