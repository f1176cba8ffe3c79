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
    flops, new, prompt = 3.5 * read, int(rng.integers(20, 60)), int(rng.integers(2000, 5000))
    first, last = answer(prompt, new, read, flops, bandwidth, peak)
    short, short_last = answer(int(rng.integers(2, 6)), new, read, flops, bandwidth, peak)
    slow, slow_last = answer(300, new, read, flops, bandwidth, 2 * bandwidth)
    only, only_last = answer(prompt, 1, read, flops, bandwidth, peak)
    seen = {"first": first, "last": last, "short": short, "short_last": short_last}
    seen |= {"slow": slow, "slow_last": slow_last, "only": only, "only_last": only_last}
    return {name: _plain(seconds) for name, seconds in seen.items()}


answer_seconds.says(
    passed="Two speeds in one answer: a better GPU shortens the wait, more bandwidth the writing.",
    first="Seconds until the first token",
    last="Seconds until the last token",
    short="Seconds until the first token, after a prompt of a few tokens",
    short_last="Seconds until the last token, after a prompt of a few tokens",
    slow="Seconds until the first token, where arithmetic is slow",
    slow_last="Seconds until the last token, where arithmetic is slow",
    only="Seconds until the first token of an answer of one",
    only_last="Seconds until the last token of an answer of one",
)


@answer_seconds.alternative
def _(prompt, new, read, flops, bandwidth, peak):
    tokens = np.array([prompt] + [1] * (new - 1))
    passes = np.maximum(tokens * flops / peak, read / bandwidth)
    return passes[0], passes.sum()


@answer_seconds.misconception(
    "prompt_at_writing_speed",
    "You wait {first} s for the first token, and it is {first:expected} s. Yours is the time of a "
    "prompt that is read as an answer is written, one token after the other, with all weights read "
    "for each. Its tokens are known beforehand: how often must the weights be read?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    step = max(flops / peak, read / bandwidth)
    return prompt * step, (prompt + new - 1) * step


@answer_seconds.misconception(
    "answer_at_reading_speed",
    "The first token is right. The whole answer takes {last} s for you, and it is {last:expected} "
    "s: yours is the time of computing alone, as if its tokens came as fast as a prompt is read. "
    "What has to be known before the next token can be begun, and what is read for it?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    return first, first + (new - 1) * flops / peak


@answer_seconds.misconception(
    "writing_is_only_reading",
    "Where arithmetic is slow you have {slow_last} s until the last token, and it is "
    "{slow_last:expected} s; elsewhere you are right. Yours are steps that last as long as the "
    "weights take to come. Mostly they do. What else can a step wait for?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    return first, first + (new - 1) * read / bandwidth


@answer_seconds.misconception(
    "prompt_in_no_time",
    "You wait {first} s for the first token, and it is {first:expected} s: yours is the time in "
    "which the weights are read once. For a prompt of a few tokens that is right. What does a pass "
    "do for each of many tokens?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = read / bandwidth
    return first, first + (new - 1) * max(flops / peak, read / bandwidth)


@answer_seconds.misconception(
    "short_prompt_is_free",
    "For a prompt of a few tokens you wait {short} s, and it is {short:expected} s. The arithmetic "
    "of a few tokens is soon done. What has to come from memory nonetheless?",
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
    "the_pass_gives_no_token",
    "You wait {first} s for the first token, and it is {first:expected} s: the pass through the "
    "prompt and a step. A model scores the next word at each place that it reads. After the last "
    "place of the prompt, what is known?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    step = max(flops / peak, read / bandwidth)
    first = max(prompt * flops / peak, read / bandwidth) + step
    return first, first + (new - 1) * step


@answer_seconds.misconception(
    "the_rest_alone",
    "The first token is right. Your second number is {last} s, and it is {last:expected} s: yours "
    "runs from the first token to the last. From when does a person wait?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    return first, (new - 1) * max(flops / peak, read / bandwidth)


@answer_seconds.misconception(
    "read_then_compute",
    "You wait {first} s for the first token, and it is {first:expected} s: yours is the time of "
    "reading and computing one after the other. They go on at the same time. Which of them is the "
    "pass over with?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = prompt * flops / peak + read / bandwidth
    return first, first + (new - 1) * (flops / peak + read / bandwidth)


@answer_seconds.misconception(
    "milliseconds",
    "You have {first} and {last} where it is {first:expected} and {last:expected}: a thousand "
    "times as much, as in milliseconds. Which unit was asked for?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    last = first + (new - 1) * max(flops / peak, read / bandwidth)
    return 1e3 * first, 1e3 * last


@answer_seconds.misconception(
    "last_before_first",
    "Your first number is {first} and your second {last}: they are right, in the other order. "
    "Which of the two tokens comes first?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    return first + (new - 1) * max(flops / peak, read / bandwidth), first


answer_seconds.hints(
    "How many times are the weights read before the first token appears, and how many times after?",
    "One pass with `prompt` tokens, then `new - 1` passes with one token each; each pass takes the "
    "longer of its two times.",
    "`max(prompt * flops / peak, read / bandwidth)` for the first; the others with 1 in place of "
    "`prompt`.",
)
