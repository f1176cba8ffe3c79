"""answer_seconds, an exercise of lesson 12, performance."""

import numpy as np

from course.exercise import exercise

from .common import _plain

answer_seconds = exercise(minutes=8, level=2)


@answer_seconds.solution
def _(prompt, new, read, flops, bandwidth, peak):
    """How long you wait for an answer.

    The model reads a prompt of `prompt` tokens in one pass, which gives the first token of the
    answer; each of the other tokens takes a step of its own, until there are `new`. A pass or a
    step reads `read` bytes of weights once, at `bandwidth` bytes a second, while it does `flops`
    operations for each token in it, of which the machine does `peak` a second; the longer of the
    two is its time. Caches are short here and count nothing. Return two numbers of seconds: until
    the first token, and until the last.
    With 1000, 101, 4e9, 16e9, 100e9 and 10e12: 1.6 and 5.6.
    """
    first = max(prompt * flops / peak, read / bandwidth)
    return first, first + (new - 1) * max(flops / peak, read / bandwidth)


@answer_seconds.use
def _(answer, rng):
    read, bandwidth, peak = rng.uniform(3e9, 9e9), rng.uniform(1e11, 4e11), rng.uniform(8e12, 2e13)
    flops, new = 3.5 * read, int(rng.integers(20, 60))
    first, last = answer(int(rng.integers(2000, 5000)), new, read, flops, bandwidth, peak)
    short, _ = answer(3, new, read, flops, bandwidth, peak)
    return {"first": _plain(first), "last": _plain(last), "short": _plain(short)}


answer_seconds.says(
    passed="Two speeds in one answer: a better GPU shortens the wait, more bandwidth the writing.",
    first="Seconds until the first token",
    last="Seconds until the last token",
    short="Seconds until the first token, after a prompt of 3 tokens",
)


@answer_seconds.alternative
def _(prompt, new, read, flops, bandwidth, peak):
    tokens = np.array([prompt] + [1] * (new - 1))
    passes = np.maximum(tokens * flops / peak, read / bandwidth)
    return passes[0], passes.sum()


@answer_seconds.misconception(
    "prompt_at_writing_speed",
    "You wait {first} s for the first token, and it is {first:expected} s. The prompt was read "
    "as an answer is written, one token after the other, with all weights read for each. Its "
    "tokens are known beforehand: how often must the weights be read?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    step = max(flops / peak, read / bandwidth)
    return prompt * step, (prompt + new - 1) * step


@answer_seconds.misconception(
    "answer_at_reading_speed",
    "The first token is right. The whole answer takes {last} s for you, and it is "
    "{last:expected} s: its tokens were taken to come as fast as a prompt is read. Each of them "
    "has to be known before the next can be begun.",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    return first, first + (new - 1) * flops / peak


@answer_seconds.misconception(
    "short_prompt_is_free",
    "For a prompt of a few tokens you wait {short} s, and it is {short:expected} s. The arithmetic "
    "of a few tokens is soon done; the weights have to come from memory nonetheless.",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = prompt * flops / peak
    return first, first + (new - 1) * max(flops / peak, read / bandwidth)


@answer_seconds.misconception(
    "one_step_too_many",
    "The first token is right. The whole answer takes {last} s for you, and it is "
    "{last:expected} s: one step too many. Where does the first token come from?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    return first, first + new * max(flops / peak, read / bandwidth)


@answer_seconds.misconception(
    "read_then_compute",
    "You wait {first} s for the first token, and it is {first:expected} s: reading and computing "
    "were added. They go on at the same time.",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = prompt * flops / peak + read / bandwidth
    return first, first + (new - 1) * (flops / peak + read / bandwidth)


answer_seconds.hints(
    "How many times are the weights read before the first token appears, and how many times after?",
    "One pass with `prompt` tokens, then `new - 1` passes with one token each; each pass takes the "
    "longer of its two times.",
    "`max(prompt * flops / peak, read / bandwidth)` for the first; the others with 1 in place of "
    "`prompt`.",
)
