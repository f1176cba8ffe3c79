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
    names = [f" {name}" for name in rng.permutation(["Ben", "Dora", "Gus", "Hana"])]
    texts = [" Zo", "ë", ",", " Łu", "kasz", *names[: int(rng.integers(1, 4))], "\n"]
    gaps = rng.uniform(0.05, 0.2, size=len(texts))
    tokens = len(texts) + int(rng.integers(4, 8))
    prompt, empty, reading, idle, closing = rng.uniform(0.1, 1.0, size=5)

    def stream():
        nonlocal now
        now += float(prompt)
        yield _chunk({"role": "assistant"})
        now += float(reading)
        for text, gap in zip(texts, gaps, strict=True):
            yield _chunk({"role": "assistant", "content": text})
            now += float(gap)
        yield _chunk({"role": "assistant", "content": ""})
        now += float(empty)
        yield _chunk({"role": "assistant"}, finish="stop")
        now += float(idle)
        yield _chunk(usage=_usage(int(rng.integers(50, 90)), tokens))
        now += float(closing)

    found = answer(stream(), lambda: now)
    if not isinstance(found, dict):
        return {"text": f"what came back is of the type {type(found).__name__}, not a dict"}
    return {name: found.get(name) for name in ("text", "wait", "tokens", "rate")}


stream_rates.says(
    passed="Two numbers, as a user feels them: how long nothing happens, and how fast it writes.",
    text="The answer",
    wait="Seconds until it began",
    tokens="Its tokens",
    rate="Tokens a second from then on",
)
stream_rates.same_as(
    "solution", "constant", "([], [], 0)", "the chunk with `usage` always comes and replaces it"
)
stream_rates.same_as(
    "solution",
    "constant",
    "chunk.choices[0]",
    "a chunk of one answer has one choice: the first is the last",
)
stream_rates.same_as(
    "alternative 1",
    "condition dropped",
    "chunk.usage or usage",
    "the chunk with `usage` is the last",
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


def _rates(
    chunks, clock, tokens=None, first=0, last=None, rate=None, zero=None, late=False,
    field="completion_tokens", tidy=str,
):  # fmt: skip
    """A measurement with one mistake or another."""
    start = clock() if zero is None else zero
    texts, times, count, empty = [], [], 0, []
    for number, chunk in enumerate(chunks):
        if late and number == 0:
            start = clock()
        text = chunk.choices[0].delta.content if chunk.choices else None
        if text:
            texts.append(text)
            times.append(clock())
        else:
            empty.append(clock())
        if chunk.usage:
            count = getattr(chunk.usage, field)
    count = count if tokens is None else tokens(texts)
    began = min(times + empty) if first is None else times[0]
    ended = max(times + empty) if last else times[-1]
    shown = rate(count, start, ended, began) if rate else (count - 1) / (ended - began)
    text = tidy("".join(texts))
    return {"text": text, "wait": began - start, "tokens": count, "rate": shown}


@stream_rates.misconception(
    "chunks_as_tokens",
    "Your {tokens} is the number of chunks that have text; the answer has {tokens:expected} "
    "tokens. A chunk is what the server had to send at a time: it keeps bytes back until they make "
    "a character, and text that might become a stop word, and then sends several tokens at once. "
    "Which chunk has the count?",
)
def _(chunks, clock):
    return _rates(chunks, clock, tokens=len)


@stream_rates.misconception(
    "words_as_tokens",
    "Your {tokens} is the number of words; the answer has {tokens:expected} tokens: names and rare "
    "words are several of them, commas are one. Only the server has seen the tokens. Where does it "
    "say how many?",
)
def _(chunks, clock):
    return _rates(chunks, clock, tokens=lambda texts: len("".join(texts).split()))


@stream_rates.misconception(
    "prefill_in_the_rate",
    "Your rate is that of all tokens by all seconds: {rate} a second, where {rate:expected} were "
    "written. The time in which the prompt was read is in it, so that a longer prompt would make "
    "the writing look slower. From when on is it writing?",
)
def _(chunks, clock):
    return _rates(chunks, clock, rate=lambda count, start, ended, began: count / (ended - start))


@stream_rates.misconception(
    "role_as_first_token",
    "The first chunk came after {wait} s, which is your wait, and had no text: it says only that "
    "the assistant speaks, and a server can send it before it has read a word. Which chunk was the "
    "first that anybody could read?",
)
def _(chunks, clock):
    return _rates(chunks, clock, first=None)


@stream_rates.misconception(
    "until_the_stream_closes",
    "Your rate is that of a clock that ran until the last chunk: {rate} tokens a second where it "
    "should be {rate:expected}. After the last text come a chunk with the reason for the end and "
    "one with the count. Which chunk is the last that has text?",
)
def _(chunks, clock):
    return _rates(chunks, clock, last=True)


@stream_rates.misconception(
    "first_token_counted_twice",
    "Your rate is that of all tokens, {rate} a second instead of {rate:expected}. The first was "
    "there when the seconds began. How many were made from the first text to the last?",
)
def _(chunks, clock):
    return _rates(chunks, clock, rate=lambda count, start, ended, began: count / (ended - began))


@stream_rates.misconception(
    "no_start",
    "The wait is {wait} s, which is what the clock said when the first text came: a clock need not "
    "begin at 0. What did it say before?",
)
def _(chunks, clock):
    return _rates(chunks, clock, zero=0.0)


@stream_rates.misconception(
    "rate_from_the_start",
    "Your rate is that of all tokens but the first, by all seconds since your start: {rate} a "
    "second, where {rate:expected} were written. The wait has a number of its own. From when on is "
    "the model writing?",
)
def _(chunks, clock):
    return _rates(
        chunks, clock, rate=lambda count, start, ended, began: (count - 1) / (ended - start)
    )


@stream_rates.misconception(
    "clock_starts_late",
    "The wait is {wait} s, counted from the first chunk on; it should be {wait:expected} s. A loop "
    "is where one sees the chunks first, but the request is sent when the first is asked for. When "
    "does the wait begin?",
)
def _(chunks, clock):
    return _rates(chunks, clock, late=True)


@stream_rates.misconception(
    "prompt_counted_too",
    "{tokens} tokens are those of the prompt and the answer together; the answer has "
    "{tokens:expected}. `usage` has three numbers. Which of them was written?",
)
def _(chunks, clock):
    return _rates(chunks, clock, field="total_tokens")


@stream_rates.misconception(
    "text_stripped",
    "The numbers are right; the text lost what is blank at its ends. That looks tidier, and it is "
    "no longer what the model wrote. What is the whole answer?",
)
def _(chunks, clock):
    return _rates(chunks, clock, tidy=str.strip)


@stream_rates.misconception(
    "a_tuple",
    "The numbers came back without their names: {text}. Four numbers in a row are soon confused. "
    "Which names has the statement for them?",
)
def _(chunks, clock):
    return tuple(_rates(chunks, clock).values())


stream_rates.hints(
    "Which chunks have text, and which one has `usage`?",
    "Look at the clock before the loop, and at each chunk that has text.",
    "`(tokens - 1) / (last - first)`, with `tokens` from `chunk.usage.completion_tokens`.",
)
