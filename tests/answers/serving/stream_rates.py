"""Others' answers to stream_rates."""

import itertools

from course.author.answers import right, wrong


def _rates(chunks, clock, **w):
    if "late" in w:
        chunks = iter(chunks)
        head = next(chunks)
        start = clock()
        chunks = itertools.chain([head], chunks)
    else:
        start = clock()
    text, first, last, tokens, n, end = "", None, None, 0, 0, None
    for chunk in chunks:
        if "any" in w and first is None:
            first = clock()
        if chunk.usage:
            tokens = chunk.usage.total_tokens if "total" in w else chunk.usage.completion_tokens
        if chunk.choices and chunk.choices[0].delta.content:
            last = clock()
            first = last if first is None else first
            text += chunk.choices[0].delta.content
            n += 1
    end = clock()
    tokens = n if "count" in w else tokens
    seconds = (end if "end" in w else last) - (start if "from start" in w else first)
    return {
        "text": text if "text" not in w else text.strip(),
        "wait": (first - start) * w.get("unit", 1),
        "tokens": tokens,
        "rate": (tokens - (0 if "all" in w else 1)) / seconds,
    }


@right("plain")
def _(chunks, clock):
    start = clock()
    text, first, last, tokens = "", None, None, 0
    for chunk in chunks:
        if chunk.usage:
            tokens = chunk.usage.completion_tokens
        if chunk.choices and chunk.choices[0].delta.content:
            last = clock()
            if first is None:
                first = last
            text += chunk.choices[0].delta.content
    return {
        "text": text,
        "wait": first - start,
        "tokens": tokens,
        "rate": (tokens - 1) / (last - first),
    }


@right("clock at every chunk, once more at the end")
def _(chunks, clock):
    begin = clock()
    seen = [(clock(), c) for c in chunks]
    clock()
    with_text = [
        (t, c.choices[0].delta.content) for t, c in seen if c.choices and c.choices[0].delta.content
    ]
    n = [c.usage.completion_tokens for _, c in seen if c.usage][-1]
    first, last = with_text[0][0], with_text[-1][0]
    return {
        "rate": (n - 1) / (last - first),
        "tokens": n,
        "wait": first - begin,
        "text": "".join(t for _, t in with_text),
    }


wrong("clock started after the first chunk", named="clock_starts_late")(
    lambda c, k: _rates(c, k, late=1)
)


wrong("first chunk of any kind")(lambda c, k: _rates(c, k, any=1))


wrong("chunks counted as tokens", named="chunks_as_tokens")(lambda c, k: _rates(c, k, count=1))


wrong("rate from the start on", named="rate_from_the_start")(
    lambda c, k: _rates(c, k, **{"from start": 1})
)


wrong("all tokens, the first too")(lambda c, k: _rates(c, k, all=1))


wrong("all tokens from the start on")(lambda c, k: _rates(c, k, all=1, **{"from start": 1}))


wrong("milliseconds")(lambda c, k: _rates(c, k, unit=1000))


wrong("text stripped", named="text_stripped")(lambda c, k: _rates(c, k, text=1))


@wrong("example's numbers")
def _(chunks, clock):
    return _rates(chunks, clock) | {"wait": 1.0, "rate": 5.0}


@wrong("a tuple")
def _(chunks, clock):
    return tuple(_rates(chunks, clock).values())


@wrong("time.time in place of clock")
def _(chunks, clock):
    import time

    return _rates(chunks, time.perf_counter)
