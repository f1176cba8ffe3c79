"""stream_rates, an exercise of lesson 10, serving."""

from course.exercise import exercise

from .common import _chunk, _usage

stream_rates = exercise(minutes=7, level=2)


@stream_rates.solution
def _(chunks, clock):
    """How long it took until a streamed answer began, and how fast it was then.

    `chunks` are as in `delta_texts`, and the request is sent when the first is asked for; `clock()`
    is the time in seconds. Go through them once and return a dict:

        text     the whole answer
        wait     seconds from your start to the first chunk that has text
        tokens   how many the answer has, as the server counts them in the chunk with `usage`
        rate     tokens a second from then on: all tokens but the first, by the seconds from the
                 first chunk with text to the last one with text

    If 5 tokens come as 4 texts, at 1.0, 1.2, 1.3 and 1.8 seconds after your start, `wait` is 1.0
    and `rate` is 4 / 0.8 = 5.0.
    """
    start = clock()
    texts, times, tokens = [], [], 0
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            times.append(clock())
            texts.append(chunk.choices[0].delta.content)
        if chunk.usage:
            tokens = chunk.usage.completion_tokens
    rate = (tokens - 1) / (times[-1] - times[0])
    return {"text": "".join(texts), "wait": times[0] - start, "tokens": tokens, "rate": rate}


@stream_rates.use(tokens="reading")
def _(answer, rng):
    now = float(rng.integers(100, 200))
    texts = ["Zo", "ë", ",", " Łu", "kasz", " and", " Ben"]
    gaps = rng.uniform(0.05, 0.2, size=len(texts))
    tokens = len(texts) + int(rng.integers(4, 8))

    def stream():
        nonlocal now
        now += 0.125
        yield _chunk({"role": "assistant"})
        now += float(rng.uniform(0.5, 1.0))
        for text, gap in zip(texts, gaps, strict=True):
            yield _chunk({"role": "assistant", "content": text})
            now += float(gap)
        yield _chunk({"role": "assistant"}, finish="stop")
        now += 0.25
        yield _chunk(usage=_usage(60, tokens))

    found = answer(stream(), lambda: now)
    return {name: found[name] for name in ("text", "wait", "tokens", "rate")}


stream_rates.says(
    passed="Two numbers, as a user feels them: how long nothing happens, and how fast it writes.",
    text="The answer",
    wait="Seconds until it began",
    tokens="Its tokens",
    rate="Tokens a second from then on",
)


@stream_rates.alternative
def _(chunks, clock):
    start, first, last, text, usage = clock(), None, None, "", None
    for chunk in chunks:
        now = clock()
        for choice in chunk.choices:
            if choice.delta.content:
                first, last = first or now, now
                text += choice.delta.content
        usage = chunk.usage or usage
    count = usage.completion_tokens
    return dict(text=text, wait=first - start, tokens=count, rate=(count - 1) / (last - first))


def _rates(chunks, clock, tokens=None, first=0, last=None, rate=None, zero=None):
    """A measurement with one mistake or another."""
    start = clock() if zero is None else zero
    texts, times, count, empty = [], [], 0, []
    for chunk in chunks:
        text = chunk.choices[0].delta.content if chunk.choices else None
        if text:
            texts.append(text)
            times.append(clock())
        else:
            empty.append(clock())
        if chunk.usage:
            count = chunk.usage.completion_tokens
    count = count if tokens is None else tokens(texts)
    began = min(times + empty) if first is None else times[0]
    ended = max(times + empty) if last else times[-1]
    shown = rate(count, start, ended, began) if rate else (count - 1) / (ended - began)
    return {"text": "".join(texts), "wait": began - start, "tokens": count, "rate": shown}


@stream_rates.misconception(
    "chunks_as_tokens",
    "You counted {tokens} chunks, and the answer has {tokens:expected} tokens. A chunk is what the "
    "server had to send at a time: it keeps bytes back until they make a character, and text that "
    "might become a stop word, and then sends several tokens at once. Which chunk has the count?",
)
def _(chunks, clock):
    return _rates(chunks, clock, tokens=len)


@stream_rates.misconception(
    "words_as_tokens",
    "You counted {tokens} words, and the answer has {tokens:expected} tokens: names and rare words "
    "are several of them, commas are one. Only the server has seen the tokens. Where does it say "
    "how many?",
)
def _(chunks, clock):
    return _rates(chunks, clock, tokens=lambda texts: len("".join(texts).split()))


@stream_rates.misconception(
    "prefill_in_the_rate",
    "All tokens by all seconds: {rate} a second, where {rate:expected} were written. The time in "
    "which the prompt was read, and waited for others, is in it, so that a longer prompt would "
    "make the writing look slower. From when on is it writing?",
)
def _(chunks, clock):
    return _rates(chunks, clock, rate=lambda count, start, ended, began: count / (ended - start))


@stream_rates.misconception(
    "role_as_first_token",
    "The first chunk came after {wait} s and had no text: it says only that the assistant speaks, "
    "and a server can send it before it has read a word. Nobody could read anything before "
    "{wait:expected} s.",
)
def _(chunks, clock):
    return _rates(chunks, clock, first=None)


@stream_rates.misconception(
    "until_the_stream_closes",
    "The clock ran until the stream closed, and after the last text there were a chunk with the "
    "reason for the end and one with the count: {rate} tokens a second where it should be "
    "{rate:expected}. Which chunk is the last that has text?",
)
def _(chunks, clock):
    return _rates(chunks, clock, last=True)


@stream_rates.misconception(
    "first_token_counted_twice",
    "From the first text to the last, all tokens but one were made; the first was there when you "
    "began to count. You have {rate} tokens a second instead of {rate:expected}. For a short "
    "answer that is much.",
)
def _(chunks, clock):
    return _rates(chunks, clock, rate=lambda count, start, ended, began: count / (ended - began))


@stream_rates.misconception(
    "no_start",
    "The wait is {wait} s, which is what the clock said and not how long it took: a clock need not "
    "begin at 0. When do you first look at it?",
)
def _(chunks, clock):
    return _rates(chunks, clock, zero=0.0)


stream_rates.hints(
    "Which chunks have text, and which one has `usage`?",
    "Look at the clock before the loop, and at each chunk that has text.",
    "`(tokens - 1) / (last - first)`, with `tokens` from `chunk.usage.completion_tokens`.",
)
