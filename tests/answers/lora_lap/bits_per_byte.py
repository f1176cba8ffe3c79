"""Others' answers to bits_per_byte."""

import math

from course.author.answers import right, wrong


@right("math.log")
def _(loss, tokens, text):
    return loss * tokens / math.log(2) / len(text.encode("utf-8"))


@right("log2 of e")
def _(loss: float, tokens: int, text: str) -> float:
    bits = loss * math.log2(math.e) * tokens
    return bits / len(bytes(text, "utf8"))


@wrong("characters", named="characters")
def _(loss, tokens, text):
    return loss * tokens / math.log(2) / len(text)


@wrong("tokens forgotten", named="tokens_forgotten")
def _(loss, tokens, text):
    return loss / math.log(2) / len(text.encode())


@wrong("log2 of the loss", named="logarithm_of_the_loss")
def _(loss, tokens, text):
    return math.log2(loss) * tokens / len(text.encode())


@wrong("bytes of the object")
def _(loss, tokens, text):
    return loss * tokens / math.log(2) / text.__sizeof__()


@wrong("perplexity")
def _(loss, tokens, text):
    return math.exp(loss) * tokens / len(text.encode())


@wrong("inverted: bytes a bit", named="bytes_per_bit")
def _(loss, tokens, text):
    return len(text.encode()) / (loss * tokens / math.log(2))
