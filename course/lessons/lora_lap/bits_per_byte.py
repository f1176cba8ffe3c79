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
    tokens, times = int(rng.integers(10, 30)), int(rng.integers(2, 6))
    text = "Ana will call the printer. " * times
    loss = float(rng.uniform(0.5, 1.5))
    accents = "Jörg kauft Öl für Zoë.\n" * times
    return {
        "plain": answer(loss, 2 * tokens, text),
        "other": answer(2 * loss, tokens, text),
        "accents": answer(loss, tokens, accents),
        "signs": answer(loss, tokens + 1, "会議は金曜日 🙂" * times),
    }


bits_per_byte.says(
    passed="Two tokenizers, one unit.",
    plain="Many short tokens, bits per byte",
    other="Half as many tokens, each twice as hard",
    accents="A text with accents",
    signs="A text with signs of three and four bytes",
)


@bits_per_byte.alternative
def _(loss, tokens, text):
    nats = loss * tokens
    return float(np.log2(np.e)) * nats / len(str.encode(text))


@bits_per_byte.misconception(
    "per_token",
    "You give {plain} for one model and {other} for another, and they know the text equally well: "
    "both should be {plain:expected}. Your numbers are bits for each token, and they say as much "
    "about the tokenizer as about the model: longer tokens are harder to guess. What do both "
    "models have the same number of?",
)
def _(loss, tokens, text):
    return loss / math.log(2)


@bits_per_byte.misconception(
    "perplexity",
    "You give {plain} for one model and {other} for another that knows the text equally well: that "
    "is perplexity, the exponential of the loss for a token. It is what papers give, and it goes "
    "up with the length of tokens. What do both models share, whatever their tokenizers?",
)
def _(loss, tokens, text):
    return math.exp(loss)


@bits_per_byte.misconception(
    "nats",
    "You give {plain} where it is {plain:expected}. Your number is right in nats, which a natural "
    "logarithm counts in. How many bits are in one?",
)
def _(loss, tokens, text):
    return loss * tokens / len(text.encode())


@bits_per_byte.misconception(
    "characters",
    "For English it is right; with an ö in it you give {accents}, and it is {accents:expected}. "
    "Your number is bits for each character: in English that is the same. How long is an ö in "
    "UTF-8?",
)
def _(loss, tokens, text):
    return loss * tokens / len(text) / math.log(2)


@bits_per_byte.misconception(
    "upside_down",
    "You give {plain} for one model and {other} for another that knows the text equally well. Your "
    "numbers get smaller with more tokens and larger with more bytes, and it should be the other "
    "way round: the more tokens, the more losses there are to add up. Which number multiplies?",
)
def _(loss, tokens, text):
    return loss / tokens * len(text.encode()) / math.log(2)


@bits_per_byte.misconception(
    "nats_times_log",
    "You give {plain} where it is {plain:expected}, about twice as much. From nats to bits a "
    "number gets larger, as from miles to kilometres, and yours got smaller. Which unit is the "
    "smaller one?",
)
def _(loss, tokens, text):
    return loss * tokens / len(text.encode()) * math.log(2)


@bits_per_byte.misconception(
    "tokens_forgotten",
    "You give {plain} where it is {plain:expected}. Your number is that of one token's loss spread "
    "over all bytes. `loss` is already a mean. For how many tokens does the text need it?",
)
def _(loss, tokens, text):
    return loss / len(text.encode()) / math.log(2)


@bits_per_byte.misconception(
    "bytes_per_bit",
    "You give {plain} where it is {plain:expected}: one divided by the right number. A better "
    "model needs fewer bits. Does your number fall then?",
)
def _(loss, tokens, text):
    return len(text.encode()) * math.log(2) / (loss * tokens)


@bits_per_byte.misconception(
    "logarithm_of_the_loss",
    "You give {plain} where it is {plain:expected}. Your number is made from the logarithm of the "
    "loss. A cross-entropy is a mean of logarithms already. What turns its unit into bits?",
)
def _(loss, tokens, text):
    return math.log2(loss) * tokens / len(text.encode())


bits_per_byte.hints(
    "What do two models share when they read one text with different tokenizers?",
    "The whole text's loss in nats, and its bytes. Then nats to bits.",
    "`loss * tokens` for the whole, divided by `len(text.encode())` and by `math.log(2)`.",
)
