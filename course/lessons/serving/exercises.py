"""Exercises of lesson 10, serving."""

import hmac
import json
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import huggingface_hub
import mlx_lm
import openai
import yaml
from openai.types.chat import ChatCompletionChunk

import course.model
from course.exercise import exercise
from course.probe import outcome

# --------------------------------------------------------------------------------------------------
local_client = exercise(minutes=4, level=1)


@local_client.solution
def _(port):
    """A client of the `openai` package for an mlx_lm.server on this machine.

    The server listens on 127.0.0.1 at `port`, answers at /v1/models, /v1/completions and
    /v1/chat/completions, and wants no key. Return an `openai.OpenAI` that works wherever it is
    made, whether OPENAI_API_KEY is set or not; where it is set, that key is for somebody else and
    must not be sent. The client waits at most 60 seconds, and sends a request once, never again by
    itself.
    """
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=0
    )


@local_client.alternative
def _(port):
    address = httpx.URL(scheme="http", host="127.0.0.1", port=port, path="/v1/")
    client = openai.OpenAI(base_url=address, api_key="-")
    return client.with_options(timeout=httpx.Timeout(60.0), max_retries=0)


@local_client.misconception(
    "no_v1",
    "The client puts /models behind its base URL and asked for {models}. The server knows no such "
    "path and says 404. Chatting would have worked, because mlx_lm.server answers at "
    "/chat/completions too: that is why the mistake can stay for weeks. What comes before /models?",
)
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}", api_key="none", timeout=60, max_retries=0
    )


@local_client.misconception(
    "endpoint_as_base",
    "The whole address of one endpoint was given, as one does with curl, and the client puts the "
    "endpoint behind it: it asked for {models}. What do all addresses of the server share?",
)
def _(port):
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1/chat/completions",
        api_key="none",
        timeout=60,
        max_retries=0,
    )


@local_client.misconception(
    "key_from_environment",
    "Without `api_key` the client looks into the environment. Where OPENAI_API_KEY was set it sent "
    "{key}, unencrypted, to a server that asked for none; where it was not, there was no client: "
    "{bare}. The server ignores the key, so any text will do.",
)
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", timeout=60, max_retries=0)


@local_client.misconception(
    "asks_again",
    "This client sends a failed request {retries} more times by itself: that is its default. A "
    "server that is slow because it has too much to do gets three times as much. Which argument "
    "counts the repetitions?",
)
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60)


@local_client.misconception(
    "waits_ten_minutes",
    "It waits {timeout} seconds for an answer, its default, where {timeout:expected} were asked "
    "for. Which argument says so?",
)
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0)


@local_client.misconception(
    "defaults_kept",
    "The defaults of the client were left as they are: it waits {timeout} seconds, and then sends "
    "the request again, {retries} times. Both are arguments of `openai.OpenAI`.",
)
def _(port):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none")


@local_client.misconception(
    "https",
    "It asked for {models}. mlx_lm.server speaks plain HTTP and has no certificate; to a TLS "
    "greeting it answers nothing that a client understands. On this machine nothing needs to be "
    "encrypted; beyond it, something in front of the server does that.",
)
def _(port):
    return openai.OpenAI(
        base_url=f"https://127.0.0.1:{port}/v1", api_key="none", timeout=60, max_retries=0
    )


@contextmanager
def _variables(**values):
    """The variables that the openai package reads: these, and no others."""
    before = {name: value for name, value in os.environ.items() if name.startswith("OPENAI_")}
    for name in before:
        del os.environ[name]
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
        os.environ.update(before)


@local_client.use(retries="reading", timeout="reading")
def _(answer, rng):
    port = int(rng.integers(8000, 60000))
    asked = []

    def server(request):
        asked.append(request)
        known = re.fullmatch(r"(/v1)?/(models|completions|chat/completions)", request.url.path)
        return httpx.Response(200 if known else 404, json={"object": "list", "data": []})

    with _variables(OPENAI_API_KEY="sk-of-your-account"):
        client = answer(port)
        timeout = getattr(client.timeout, "read", client.timeout)
        retries = client.max_retries
        http = httpx.Client(transport=httpx.MockTransport(server))
        ours = client.copy(http_client=http, max_retries=0)
        outcome(ours.models.list)
    with _variables():
        bare = outcome(answer, port)
    request = asked[-1]
    key = request.headers.get("authorization", "none").removeprefix("Bearer ")
    return {
        "models": str(request.url),
        "key": "no key of yours" if key != "sk-of-your-account" else key,
        "bare": " ".join(bare.split())[:90],
        "timeout": timeout,
        "retries": retries,
    }


local_client.says(
    passed="The same client talks to every server of this kind; only the base URL changes.",
    models="For client.models.list() it asked",
    key="The key that it sent while OPENAI_API_KEY was set",
    bare="Made where no variable is set, it",
    timeout="Seconds until it gives up",
    retries="Times that it sends a failed request again",
)
local_client.hints(
    "Which part do all addresses of the server share, and what does the client find in your "
    "environment if you say nothing?",
    "`openai.OpenAI` takes `base_url`, `api_key`, `timeout` and `max_retries`.",
    "The base URL ends in /v1; the key can be any text; 60 seconds, 0 repetitions.",
)

# --------------------------------------------------------------------------------------------------
delta_texts = exercise(minutes=4, level=1)


@delta_texts.solution
def _(chunks):
    """The text of a streamed answer, piece by piece.

    `chunks` gives what `client.chat.completions.create` gives with `stream=True` and
    `stream_options={"include_usage": True}`, one chunk after the other. Yield the text of each
    chunk, before the next is asked for; yield nothing for chunks that have none.
    For an answer "Ana, Ben" the pieces may be "Ana", "," and " Ben".
    """
    for chunk in chunks:
        for choice in chunk.choices:
            if choice.delta.content:
                yield choice.delta.content


@delta_texts.alternative
def _(chunks):
    deltas = (chunk.choices[0].delta for chunk in chunks if chunk.choices)
    return (delta.content for delta in deltas if delta.content)


@delta_texts.misconception(
    "none_as_text",
    "A chunk may have no text: the first can say only who speaks, and the last only why it ended. "
    "Then `content` is None, and you gave it out: {text}. What is to be done with such a chunk?",
)
def _(chunks):
    for chunk in chunks:
        if chunk.choices:
            yield chunk.choices[0].delta.content


@delta_texts.misconception(
    "every_chunk_has_a_choice",
    "With `include_usage` the last chunk counts the tokens, and its list of choices is empty. "
    "Nearly all chunks have one choice, so the index 0 works until then. What if there is none?",
)
def _(chunks):
    for chunk in chunks:
        content = chunk.choices[0].delta.content
        if content:
            yield content


@delta_texts.misconception(
    "message_of_a_chunk",
    "A chunk's choice has no `message`: that is in an answer that comes as a whole. A stream sends "
    "what is new. What is the name of that?",
)
def _(chunks):
    for chunk in chunks:
        yield chunk.choices[0].message.content


@delta_texts.misconception(
    "ends_at_the_first_empty_one",
    "An empty chunk was taken for the end, and some servers send one first, which says only that "
    "the assistant speaks: you gave out {text}. What tells the end of a stream?",
)
def _(chunks):
    for chunk in chunks:
        if not chunk.choices or not chunk.choices[0].delta.content:
            break
        yield chunk.choices[0].delta.content


@delta_texts.misconception(
    "stripped",
    "Each piece lost the blanks at its ends, and a word's blank is in the piece that it begins: "
    "{text}. What does a piece know of its neighbours?",
)
def _(chunks):
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content.strip()


@delta_texts.misconception(
    "all_then_text",
    "The text is right and comes too late: {pulled} chunks had been taken when the first piece was "
    "given out. Whoever waits sees nothing until the end, and the stream was for nothing. Where "
    "does a piece leave your function?",
)
def _(chunks):
    pieces = []
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            pieces.append(chunk.choices[0].delta.content)
    return pieces


def _chunk(delta=None, finish=None, usage=None):
    """A chunk as it comes over the wire; without a delta the one that only counts."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return ChatCompletionChunk.model_validate(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "default_model",
            "choices": choices,
            "usage": usage,
        }
    )


def _usage(prompt, completion):
    total = prompt + completion
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


@delta_texts.use(pulled="reading", pieces="reading")
def _(answer, rng):
    words = [str(word) for word in rng.permutation(["Ana", "Ben", "Cleo", "Dora"])[:3]]
    texts = [words[0], ",", f" {words[1]}", " and", f" {words[2]}", " "]
    wire = [_chunk({"role": "assistant"})]
    wire += [_chunk({"role": "assistant", "content": text}) for text in texts]
    wire += [_chunk({"role": "assistant"}, finish="stop"), _chunk(usage=_usage(20, 7))]
    taken = []

    def stream():
        for chunk in wire:
            taken.append(chunk)
            yield chunk

    pieces = iter(answer(stream()))
    first = next(pieces, None)
    pulled = len(taken)
    said = [first, *pieces]
    return {"pulled": pulled, "text": "".join(map(str, said)), "pieces": len(said)}


delta_texts.says(
    passed="A print with end='' and flush=True around it, and one can watch the model write.",
    pulled="Chunks taken when the first piece came out",
    text="All pieces together",
    pieces="Number of pieces",
)
delta_texts.hints(
    "Print a few chunks: which of their fields can be None, and which list can be empty?",
    '`chunk.choices` may be empty, and `choice.delta.content` may be None or "".',
    "For each chunk, for each of its choices, if there is content: yield it.",
)

# --------------------------------------------------------------------------------------------------
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
stream_rates.hints(
    "Which chunks have text, and which one has `usage`?",
    "Look at the clock before the loop, and at each chunk that has text.",
    "`(tokens - 1) / (last - first)`, with `tokens` from `chunk.usage.completion_tokens`.",
)

# --------------------------------------------------------------------------------------------------
cut_at_stop = exercise(minutes=10, level=3)


@cut_at_stop.solution
def _(pieces, stop):
    """A streamed text up to a stop word, which may lie across the pieces.

    `pieces` gives the texts of a stream one after the other, and `stop` is a text that is not
    empty. Yield texts that together are all that comes before the first `stop`, or everything if
    there is none. Give out each character as soon as it is certain that no `stop` begins with it,
    before the next piece is asked for; yield no empty texts. Ask for no more pieces once `stop`
    is complete: the server stops working when you stop listening.
    For the pieces "On", "e E", "ND two" and the stop word "END" it may be "On", "e ".
    """
    held = ""
    for piece in pieces:
        held += piece
        before, found, _ = held.partition(stop)
        if found:
            if before:
                yield before
            return
        keep = next(n for n in range(len(stop) - 1, -1, -1) if held.endswith(stop[:n]))
        certain, held = held[: len(held) - keep], held[len(held) - keep :]
        if certain:
            yield certain
    if held:
        yield held


@cut_at_stop.alternative
def _(pieces, stop):
    text, given = "", 0
    for piece in pieces:
        text += piece
        end = text.find(stop, given)
        over = end >= 0
        if not over:
            open_ends = (i for i in range(given, len(text)) if stop.startswith(text[i:]))
            end = next(open_ends, len(text))
        if end > given:
            yield text[given:end]
        given = end
        if over:
            return
    if given < len(text):
        yield text[given:]


@cut_at_stop.alternative
def _(pieces, stop):
    held = ""
    for character in (c for piece in pieces for c in piece):
        held += character
        if held == stop:
            return
        start = 0
        while not stop.startswith(held[start:]):
            start += 1
        if start:
            yield held[:start]
        held = held[start:]
    if held:
        yield held


def _cut(pieces, stop, hold=True, rest=True, keep_stop=False, listen=False, whole=None):
    """Cutting with one mistake or another."""
    held, over = "", False
    for piece in pieces:
        if over:
            continue
        held += piece
        place = held.find(stop)
        if place >= 0:
            said = held[: place + len(stop) * keep_stop]
            if said:
                yield said
            held, over = "", True
            if not listen:
                return
            continue
        most = min(len(held), len(stop) - 1)
        begun = next(n for n in range(most, -1, -1) if held.endswith(stop[:n]))
        keep = (most if whole else begun) if hold else 0
        if held[: len(held) - keep]:
            yield held[: len(held) - keep]
        held = held[len(held) - keep :]
    if held and rest:
        yield held


@cut_at_stop.misconception(
    "piece_by_piece",
    "Each piece was searched by itself, and the stop word came in two of them: you gave out "
    "{across}, where it should be {across:expected}. Where the pieces end is for the tokens to "
    "say, and they know nothing of your stop word. What must be remembered from one to the next?",
)
def _(pieces, stop):
    return _cut(pieces, stop, hold=False)


@cut_at_stop.misconception(
    "held_back_and_lost",
    "Where no stop word came the end is missing: {open_end} instead of {open_end:expected}. It "
    "might have become one and was held back; then the stream ended, and nobody gave it out. "
    "mlx_lm 0.32's own server makes this mistake. What is to be done after the last piece?",
)
def _(pieces, stop):
    return _cut(pieces, stop, rest=False)


@cut_at_stop.misconception(
    "stop_word_given_out",
    "The stop word itself is in your text: {across}. It marks the end and is no part of the "
    "answer. Up to where does the answer go?",
)
def _(pieces, stop):
    return _cut(pieces, stop, keep_stop=True)


@cut_at_stop.misconception(
    "listens_on",
    "The text is right, and you took {taken} pieces where {taken:expected} were enough: you gave "
    "nothing out any more, but went on listening. As long as somebody listens the server writes. "
    "How does a generator end early?",
)
def _(pieces, stop):
    return _cut(pieces, stop, listen=True)


@cut_at_stop.misconception(
    "all_at_the_end",
    "The text is right and comes too late: the first part was given out after {first} pieces, "
    "instead of {first:expected}. Nobody sees the answer grow. Which characters are certain before "
    "the end?",
)
def _(pieces, stop):
    text = ""
    for piece in pieces:
        text += piece
        if stop in text:
            break
    text = text.partition(stop)[0]
    if text:
        yield text


@cut_at_stop.misconception(
    "always_holds_back",
    "The text is right, and you always hold back as many characters as the stop word has, less "
    "one, whatever they are: after the first piece {early} had been given out, where "
    "{early:expected} was certain. Only the beginning of a stop word can become one.",
)
def _(pieces, stop):
    return _cut(pieces, stop, whole=True)


@cut_at_stop.use(taken="reading", first="reading")
def _(answer, rng):
    names = [str(name) for name in rng.permutation(["Ana", "Ben", "Cleo", "Dora"])]
    stop = str(rng.choice(["##END", "@@STOP", "--CUT"]))

    early = []

    def run(texts):
        """(what is given out, pieces taken, pieces taken at the first); what came with the first
        piece is in `early`"""
        taken = 0
        early.clear()

        def stream():
            nonlocal taken
            for text in texts:
                taken += 1
                yield text

        said, first = [], None
        for part in answer(stream(), stop):
            first = taken if first is None else first
            said.append(part)
            if taken == 1:
                early.append(part)
        return said, taken, first or 0

    a, b, c, d = names
    across, taken, first = run([a, " and", f" {b}{stop[:2]}", stop[2:] + c, f" {d}", "."])
    at_once = "".join(early) or "nothing"
    double, _, _ = run([f"{a}{stop[:1]}", f"{stop[0]}{stop[1:4]}", f"{stop[4:]} {b}"])
    open_end, _, _ = run([f"{a}, ", f"{b} {stop[:3]}"])
    false, _, _ = run([f"{a} {stop[:3]}", f"{c}", f" {d}"])
    none, _, _ = run([f"{stop}{a}", b])
    return {
        "across": "".join(across),
        "early": at_once,
        "taken": taken,
        "first": first,
        "double": "".join(double),
        "open_end": "".join(open_end),
        "false": "".join(false),
        "none": "".join(none),
        "empty": sum(not part for part in [*across, *open_end, *false, *none]),
    }


cut_at_stop.says(
    passed="The three difficult moments of every stream: a border, an end, and a false alarm.",
    across="With a stop word across two pieces",
    early="Given out after the first piece",
    taken="Pieces taken",
    first="Pieces taken when the first part came out",
    double="Where its first character comes twice",
    open_end="Where the text ends with the beginning of a stop word",
    false="Where it only looks like one",
    none="Where it comes at once",
    empty="Empty texts given out",
)
cut_at_stop.hints(
    "After a piece: which of the last characters could be the beginning of the stop word?",
    "Keep a text `held`. Look for `stop` in it; if it is not there, hold back the longest end of "
    "`held` with which `stop` begins, and give out the rest.",
    "`keep = next(n for n in range(len(stop) - 1, -1, -1) if held.endswith(stop[:n]))`; after the "
    "loop give out `held`.",
)

# --------------------------------------------------------------------------------------------------
send_with_retries = exercise(minutes=8, level=2)


@send_with_retries.solution
def _(send, sleep, uniform, tries):
    """Send a request again where that can help, and leave a server alone that has enough to do.

    `send()` returns the answer or raises an error of the `openai` package. Return the answer.

    - Send again after `openai.APIConnectionError`, and after an `openai.APIStatusError` whose
      `status_code` is 429 or from 500 on. Any other error leaves your function at once.
    - Not after `openai.APITimeoutError`: the server is still at work on that request.
    - Before sending again wait: call `sleep` with `uniform(0, 1)` seconds the first time, then with
      `uniform(0, 2)`, `uniform(0, 4)`, and so on, never more than `uniform(0, 8)`. If the error is
      one with a status and its `response.headers` have a "retry-after", wait that many seconds
      instead.
    - Call `send` at most `tries` times. If the last one fails too, its error leaves your function,
      and nobody waits after it.

    `uniform(a, b)` draws a number between a and b, as `random.uniform` does.
    """
    for attempt in range(tries):
        try:
            return send()
        except openai.APITimeoutError:
            raise
        except (openai.APIConnectionError, openai.APIStatusError) as error:
            status = getattr(error, "status_code", 503)
            if attempt == tries - 1 or not (status == 429 or status >= 500):
                raise
            response = getattr(error, "response", None)
            asked = response.headers.get("retry-after") if response is not None else None
            sleep(float(asked) if asked else uniform(0, min(8, 2**attempt)))


@send_with_retries.alternative
def _(send, sleep, uniform, tries):
    most = 1
    while True:
        tries -= 1
        try:
            return send()
        except openai.OpenAIError as error:
            wait = None
            if isinstance(error, openai.APIStatusError):
                if error.status_code != 429 and error.status_code < 500:
                    raise
                wait = error.response.headers.get("retry-after")
            elif isinstance(error, openai.APITimeoutError):
                raise
            if tries == 0:
                raise
        sleep(uniform(0, most) if wait is None else float(wait))
        most = min(8, 2 * most)


def _retried(
    send,
    sleep,
    uniform,
    tries,
    wait=None,
    every_error=False,
    timeouts=False,
    obey=True,
    last_wait=False,
    swallow=False,
):
    """Retries with one mistake or another."""
    for attempt in range(tries):
        try:
            return send()
        except openai.OpenAIError as error:
            if isinstance(error, openai.APITimeoutError) and not (timeouts or every_error):
                raise
            status = getattr(error, "status_code", 503)
            if not every_error and status != 429 and status < 500:
                raise
            if attempt == tries - 1 and not last_wait:
                if swallow:
                    return None
                raise
            response = getattr(error, "response", None)
            asked = response.headers.get("retry-after") if response is not None else None
            if asked and obey:
                sleep(float(asked))
            elif wait is None:
                sleep(uniform(0, min(8, 2**attempt)))
            elif wait(attempt):
                sleep(wait(attempt))
            if attempt == tries - 1:
                raise


@send_with_retries.misconception(
    "storm",
    "Against a server that is overloaded you sent {calls} requests without waiting once. That is a "
    "retry storm: each client whose request fails because there is too much to do makes more of "
    "it. When did you call `sleep`?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, wait=lambda attempt: 0, obey=False)


@send_with_retries.misconception(
    "same_wait",
    "You waited {waits} seconds: always the same. A server that needs a minute to recover is asked "
    "all that time as often as before. How should the waits grow?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, wait=lambda attempt: uniform(0, 1))


@send_with_retries.misconception(
    "no_jitter",
    "You waited {waits} seconds, which grows as it should and is the same for all. A server that "
    "comes back meets the requests of everybody in one moment, and again a second later. What was "
    "`uniform` given for?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, wait=lambda attempt: min(8, 2**attempt))


@send_with_retries.misconception(
    "no_ceiling",
    "You waited {waits} seconds, and no wait should be drawn from more than 0 to 8: doubled "
    "again and again it becomes minutes. What stops it?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, wait=lambda attempt: uniform(0, 2**attempt))


@send_with_retries.misconception(
    "every_error",
    "A request that the server does not understand was sent {refused} times. It will understand it "
    "no better the next time: 400 says that the request is wrong. Which statuses speak of the "
    "server, and not of you?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, every_error=True)


@send_with_retries.misconception(
    "timeout_again",
    "After a timeout you sent the request {timed_out} times. You had stopped listening; the server "
    "had not stopped working, so that it now does the same work several times over. An "
    "APITimeoutError is an APIConnectionError too: in which order are they caught?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, timeouts=True)


@send_with_retries.misconception(
    "retry_after_ignored",
    "The server said when to come back, and you waited {told} s instead of {told:expected} s. It "
    "knows better than any formula. Where does it say so?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, obey=False)


@send_with_retries.misconception(
    "waits_for_nothing",
    "After the last try you waited once more, and then gave up: {waits}. What was that wait for?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, last_wait=True)


@send_with_retries.misconception(
    "failure_swallowed",
    "When all tries had failed your function {ending}, as if there had been an answer. Whoever "
    "called it learns of the failure somewhere else, later. What should leave it?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries, swallow=True)


@send_with_retries.misconception(
    "one_more_than_tries",
    "`send` was called {calls} times, and {calls:expected} were allowed. Is the first one a try?",
)
def _(send, sleep, uniform, tries):
    return _retried(send, sleep, uniform, tries + 1)


def _status_error(status, **headers):
    request = httpx.Request("POST", "http://127.0.0.1:8080/v1/chat/completions")
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx.Response(status, request=request, headers=headers)
    kinds = {
        400: openai.BadRequestError,
        404: openai.NotFoundError,
        429: openai.RateLimitError,
    }
    kind = kinds.get(status, openai.InternalServerError)
    return kind(f"Error code: {status}", response=response, body=None)


@send_with_retries.use(calls="reading", refused="reading", timed_out="reading")
def _(answer, rng):
    request = httpx.Request("POST", "http://127.0.0.1:8080/v1/chat/completions")
    share = float(rng.integers(3, 9)) / 16
    after = int(rng.integers(10, 30))

    def run(events, tries):
        """events: errors, then the answer; the last one stays."""
        calls, waits = 0, []

        def send():
            nonlocal calls
            event = events[min(calls, len(events) - 1)]
            calls += 1
            if isinstance(event, Exception):
                raise event
            return event

        said = []
        ended = outcome(
            lambda: said.append(
                answer(send, lambda s: waits.append(float(s)), lambda a, b: a + (b - a) * share,
                       tries)
            )
        )  # fmt: skip
        shown = ", ".join(f"{wait:g}" for wait in waits) or "none"
        return calls, shown, f"returned {said[0]}" if said else ended

    busy = _status_error(503)
    calls, waits, ending = run([busy], 6)
    refused, _, refusal = run([_status_error(400), "late"], 4)
    timed_out, _, timeout = run([openai.APITimeoutError(request=request), "late"], 4)
    _, told, asked = run([_status_error(429, retry_after=str(after)), "soon"], 4)
    lost = openai.APIConnectionError(request=request)
    _, reached, again = run([lost, busy, "there"], 4)
    return {
        "calls": calls,
        "waits": waits,
        "ending": ending,
        "refused": refused,
        "refusal": refusal,
        "timed_out": timed_out,
        "timeout": timeout,
        "told": told,
        "asked": asked,
        "reached": reached,
        "again": again,
    }


send_with_retries.says(
    passed="Grow, draw, obey, give up: with these four a crowd of clients lets a server recover.",
    calls="Requests to a server that always says 503, with 6 tries",
    waits="Waits between them, in seconds",
    ending="In the end your function",
    refused="Requests after a 400",
    refusal="Then your function",
    timed_out="Requests after a timeout",
    timeout="Then your function",
    told="Waits after a 429 with retry-after, in seconds",
    asked="Then your function",
    reached="Waits after a lost connection and a 503, in seconds",
    again="Then your function",
)
send_with_retries.hints(
    "Which of these errors can go away by themselves?",
    "Catch `APITimeoutError` before `APIConnectionError`, which it is a kind of; look at "
    "`status_code` for the rest, and count the tries before you wait.",
    "`sleep(float(asked) if asked else uniform(0, min(8, 2**attempt)))`, with `asked` from "
    '`error.response.headers.get("retry-after")`.',
)

# --------------------------------------------------------------------------------------------------
ask_all = exercise(minutes=8, level=2)


@ask_all.solution
def _(connect, questions, at_once):
    """Many questions to one server, some at a time.

    `connect()` makes a client, as `openai.OpenAI(...)` does; make one, it can be used by several
    threads. Ask each of `questions` (texts) with `client.chat.completions.create`, as one message
    of the user, to the model "default_model". Always keep `at_once` requests under way while so
    many are left, and never more. Return the list of answers' texts in the order of the questions;
    None in the place of a question for which the client raised an `openai.OpenAIError`.
    """
    client = connect()

    def ask(question):
        messages = [{"role": "user", "content": question}]
        try:
            said = client.chat.completions.create(model="default_model", messages=messages)
        except openai.OpenAIError:
            return None
        return said.choices[0].message.content

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(ask, questions))


@ask_all.alternative
def _(connect, questions, at_once):
    client, answers, left = connect(), [None] * len(questions), list(enumerate(questions))

    def work():
        while left:
            try:
                place, question = left.pop(0)
            except IndexError:
                return
            try:
                said = client.chat.completions.create(
                    model="default_model", messages=[{"role": "user", "content": question}]
                )
                answers[place] = said.choices[0].message.content
            except openai.OpenAIError:
                pass

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _ask(client, question, careful=True):
    messages = [{"role": "user", "content": question}]
    try:
        said = client.chat.completions.create(model="default_model", messages=messages)
    except openai.OpenAIError:
        if careful:
            return None
        raise
    return said.choices[0].message.content


@ask_all.misconception(
    "one_after_the_other",
    "There was never more than {together} request under way. The server reads its weights once for "
    "all the answers that it writes at a time; asked like this it writes one. What lets several "
    "calls wait at the same time?",
)
def _(connect, questions, at_once):
    client = connect()
    return [_ask(client, question) for question in questions]


@ask_all.misconception(
    "client_per_request",
    "{clients} clients were made. Each brings a pool of connections and reads a whole file of "
    "certificates, which can take longer than a short answer; and nobody closes them. Where is "
    "the one that all can share?",
)
def _(connect, questions, at_once):
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda question: _ask(connect(), question), questions))


@ask_all.misconception(
    "client_per_thread",
    "{clients} clients were made, one for each thread, as one would for a database. This one may "
    "be used by several threads at a time.",
)
def _(connect, questions, at_once):
    mine = threading.local()

    def ask(question):
        if not hasattr(mine, "client"):
            mine.client = connect()
        return _ask(mine.client, question)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(ask, questions))


@ask_all.misconception(
    "all_at_once",
    "All questions were sent in one moment: {together} were under way, where at most "
    "{together:expected} should be. With eight that is harmless; with a folder of a thousand notes "
    "the last ones wait longer than any client does. What holds them back?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(lambda question: _ask(client, question), questions))


@ask_all.misconception(
    "in_the_order_of_arrival",
    "The answers stand in the order in which they came: {answers}. A short answer overtakes a long "
    "one. What do you know about an answer when it comes in?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        under_way = [pool.submit(_ask, client, question) for question in questions]
        return [future.result() for future in as_completed(under_way)]


@ask_all.misconception(
    "one_failure_loses_all",
    "One request failed, and with it {answers}: the answers that were there are gone. A long job "
    "meets such an error sooner or later. Where could it be caught?",
)
def _(connect, questions, at_once):
    client = connect()
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda question: _ask(client, question, careful=False), questions))


class _Desk:
    """A server in this process: holds requests until `at_once` wait, and lets the last go first."""

    def __init__(self, at_once, total, fails):
        self.at_once, self.left, self.fails = at_once, total, fails
        self.waiting, self.most, self.clients, self.models = [], 0, 0, set()
        self.slow = False
        self.changed = threading.Condition()

    def connect(self):
        with self.changed:
            self.clients += 1
        return SimpleNamespace(
            chat=SimpleNamespace(completions=SimpleNamespace(create=self.create))
        )

    def create(self, *, model, messages, **_):
        question = messages[-1]["content"]
        me = object()
        with self.changed:
            self.models.add(model)
            self.waiting.append(me)
            self.most = max(self.most, len(self.waiting))
            self.changed.notify_all()
            self._hold(me)
            self.waiting.remove(me)
            self.left -= 1
            self.changed.notify_all()
        if question == self.fails:
            raise _status_error(503)
        message = SimpleNamespace(content=question.upper())
        return SimpleNamespace(choices=[SimpleNamespace(message=message)])

    def _hold(self, me):
        """Until the counter is full and a little longer, so that one too many is seen; the newest
        is served first. A client that never fills it is held once and then no more."""
        full = min(self.at_once, self.left)
        if not self.slow and not self.changed.wait_for(lambda: len(self.waiting) >= full, 0.75):
            self.slow = True
        if not self.slow:
            self.changed.wait_for(lambda: len(self.waiting) > self.at_once, 0.03)
            self.changed.wait_for(lambda: self.waiting[-1] is me, 0.75)


@ask_all.use(together="reading", clients="reading")
def _(answer, rng):
    at_once = int(rng.integers(3, 5))
    names = rng.permutation(["ana", "ben", "cleo", "dora", "emil", "fay", "gus", "hana"])
    questions = [str(name) for name in names[: 2 * at_once]]
    desk = _Desk(at_once, len(questions), questions[1])
    said = []
    ended = outcome(lambda: said.append(answer(desk.connect, list(questions), at_once)))
    found = said[0] if said and isinstance(said[0], list) else ended
    if isinstance(found, list):
        right = [None if i == 1 else text.upper() for i, text in enumerate(questions)]
        same = sorted(map(str, found)) == sorted(map(str, right))
        found = "as asked" if found == right else "in another order" if same else str(found)
    return {
        "answers": found,
        "together": min(desk.most, at_once + 1),
        "clients": desk.clients,
        "model": ", ".join(sorted(map(str, desk.models))),
    }


ask_all.says(
    passed="One client, a fixed number of threads, and each failure stays in its place.",
    answers="The answers",
    together="Requests under way at a time, at most",
    clients="Clients made",
    model="The model that was asked for",
)
ask_all.hints(
    "A call that waits for a server needs no processor. What can wait several times at once?",
    "`concurrent.futures.ThreadPoolExecutor(at_once)`: its `map` keeps the order.",
    "Make the client before the pool, write a function that asks one question and catches "
    "`openai.OpenAIError`, and `list(pool.map(ask, questions))`.",
)

# --------------------------------------------------------------------------------------------------
fit_messages = exercise(minutes=8, level=2)


@fit_messages.solution
def _(tokenizer, messages, context, max_tokens):
    """A conversation, shortened until it and the answer fit into a model's context.

    `messages` is a list of dicts with "role" and "content": perhaps one of "system" first, then
    "user" and "assistant" in turns, "user" last. Return a list of the same dicts whose tokens, as
    `tokenizer.apply_chat_template` makes them with the mark for an answer
    (`add_generation_prompt=True`), are at most `context` less `max_tokens`, the room for the
    answer. Leave out as few as possible, the oldest first, but never the system message; a question
    goes together with its answer, so that the first that is left is a user's. If the last
    message alone, with the system message, is too long, raise a ValueError.
    """
    start = 1 if messages[0]["role"] == "system" else 0
    system, rest = messages[:start], messages[start:]
    while rest:
        tokens = tokenizer.apply_chat_template(system + rest, add_generation_prompt=True)
        if len(tokens) <= context - max_tokens:
            return system + rest
        rest = rest[2:]
    raise ValueError(f"the last message has more than {context - max_tokens} tokens")


@fit_messages.alternative
def _(tokenizer, messages, context, max_tokens):
    kept = list(messages)
    place = int(kept[0]["role"] == "system")

    def size():
        text = tokenizer.apply_chat_template(kept, add_generation_prompt=True, tokenize=False)
        return len(tokenizer.encode(text, add_special_tokens=False))

    while size() + max_tokens > context:
        if len(kept) <= place + 1:
            raise ValueError("too long")
        del kept[place : place + 2]
    return kept


def _fitted(tokenizer, messages, room, size=None, start=None, step=2, tail=False, refuse=True):
    """A conversation shortened with one mistake or another."""
    if start is None:
        start = 1 if messages[0]["role"] == "system" else 0
    system, rest = messages[:start], messages[start:]
    size = size or (
        lambda kept: len(tokenizer.apply_chat_template(kept, add_generation_prompt=True))
    )
    while rest:
        if size(system + rest) <= room:
            return system + rest
        if len(rest) == 1 and not refuse:
            return system + rest
        rest = rest[:-step] if tail else rest[step:]
    raise ValueError("too long")


@fit_messages.misconception(
    "no_room_for_the_answer",
    "{long} of the messages are left, and with them the prompt fits; for the answer there is no "
    "room. The context holds both: what is read and what is written. What is `max_tokens` for?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context)


@fit_messages.misconception(
    "words_counted",
    "You kept {long} messages, where {long:expected} fit. Counted in words they do: but the model "
    "reads tokens, of which a rare word is several, and the marks between the messages. What "
    "counts tokens?",
)
def _(tokenizer, messages, context, max_tokens):
    def words(kept):
        return sum(len(message["content"].split()) for message in kept)

    return _fitted(tokenizer, messages, context - max_tokens, words)


@fit_messages.misconception(
    "marks_forgotten",
    "You kept {tight} messages, where {tight:expected} fit: the tokens of the texts were added up, "
    "and the template puts marks around each, and one for the answer. What makes exactly the "
    "tokens that the model will read?",
)
def _(tokenizer, messages, context, max_tokens):
    def contents(kept):
        return sum(
            len(tokenizer.encode(message["content"], add_special_tokens=False)) for message in kept
        )

    return _fitted(tokenizer, messages, context - max_tokens, contents)


@fit_messages.misconception(
    "system_left_out",
    "The oldest message went first, and that was the system's, which says how all the others are "
    "to be answered: what is left begins with {begins}. Which message is old and must stay?",
)
def _(tokenizer, messages, context, max_tokens):
    kept = list(messages)
    while kept:
        tokens = tokenizer.apply_chat_template(kept, add_generation_prompt=True)
        if len(tokens) <= context - max_tokens and kept[0]["role"] != "assistant":
            return kept
        kept = kept[1:]
    raise ValueError("too long")


@fit_messages.misconception(
    "newest_left_out",
    "What was said last went first: you keep {newest}. Of a conversation that is too long the "
    "model then answers a question from its beginning. Which end is old?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, tail=True)


@fit_messages.misconception(
    "answer_without_its_question",
    "One message at a time was left out, and after the system's there stands now one of the "
    "{second}: an answer whose question is gone. Templates and models know conversations in turns. "
    "What goes together?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, step=1)


@fit_messages.misconception(
    "sent_all_the_same",
    "The last message alone is too long, and your function {too_long}. The server will not refuse "
    "it: it reads past all that the model knows, and answers anything. Who else should say so?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, refuse=False)


@fit_messages.use(long="reading", tight="reading")
def _(answer, rng):
    tokenizer = mlx_lm.utils.load_tokenizer(course.model.directory("notes"))
    names = ["Ana", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo"]
    words = [str(word) for word in rng.permutation(names)]

    def turn(i):
        said = f"{words[i]} will reorganize the extraordinary {words[i + 1]} questionnaire."
        return {"role": "assistant" if i % 2 else "user", "content": said}

    system = {"role": "system", "content": "Answer in one word."}
    talk = [system, *map(turn, range(7))]

    def size(kept):
        return len(tokenizer.apply_chat_template(kept, add_generation_prompt=True))

    most = size(talk[3:]) - size(talk[5:]) + int(rng.integers(2, 6))
    context = size([system, *talk[5:]]) + most + 3
    kept = answer(tokenizer, [dict(m) for m in talk], context, most)
    # Just too small for two questions more: by the marks alone.
    narrow = size([system, *talk[3:]]) + most - 1
    tight = answer(tokenizer, [dict(m) for m in talk], narrow, most)
    plain = answer(tokenizer, [dict(m) for m in talk[1:]], size(talk[1:]) + most, most)
    huge = [system, {"role": "user", "content": turn(0)["content"] * 9}]
    ended = outcome(answer, tokenizer, huge, size(huge) + most - 1, most)
    return {
        "long": len(kept),
        "begins": str(kept[0]["role"]),
        "second": str(kept[1]["role"]) if len(kept) > 1 else "nobody",
        "newest": "the last question" if kept[-1] == talk[-1] else "an earlier question",
        "right": kept == [system, *talk[5:]],
        "tight": len(tight),
        "plain": len(plain),
        "too_long": ended.partition(":")[0],
    }


fit_messages.says(
    passed="Whoever sends counts; the server reads whatever it gets.",
    long="Messages left of a conversation that is too long",
    begins="The first of them is by",
    second="The second of them is by",
    newest="The last of them is",
    right="These are the right ones",
    tight="Messages left where one token is missing",
    plain="Messages left where all fit exactly",
    too_long="With a last message that is too long your function",
)
fit_messages.hints(
    "What does the model read: words, texts, or what the template makes of all messages?",
    "Put the system message aside. Count the template's tokens of all that is left, and leave out "
    "two messages at a time while they are too many.",
    "`len(tokenizer.apply_chat_template(system + rest, add_generation_prompt=True))` against "
    "`context - max_tokens`; `rest = rest[2:]`; nothing left: raise ValueError.",
)

# --------------------------------------------------------------------------------------------------
ask_adapter = exercise(minutes=5, level=2)


@ask_adapter.solution
def _(client, model, adapter, question):
    """One question to a model with an adapter, and without one.

    `client` is an `openai.OpenAI` for an mlx_lm.server that was started with `--model MODEL`;
    `model` is that folder and `adapter` the folder of an adapter, both `pathlib.Path`, or `adapter`
    is None for the model as it is. Return the text of the answer to `question`, which is a message
    of a user. Which field of a request names an adapter is no part of OpenAI's interface: in
    mlx_lm's it is "adapters", and a request to the model "default_model" always gets what
    the server was started with.
    """
    more = {} if adapter is None else {"adapters": str(adapter)}
    said = client.chat.completions.create(
        model=str(model), messages=[{"role": "user", "content": question}], extra_body=more
    )
    return said.choices[0].message.content


@ask_adapter.alternative
def _(client, model, adapter, question):
    body = {"model": str(model), "messages": [{"role": "user", "content": question}]}
    if adapter:
        body["adapters"] = adapter.as_posix()
    said = client.post("/chat/completions", body=body, cast_to=httpx.Response).json()
    return said["choices"][0]["message"]["content"]


def _with_adapter(client, question, model, **more):
    said = client.chat.completions.create(
        model=str(model), messages=[{"role": "user", "content": question}], **more
    )
    return said.choices[0].message.content


@ask_adapter.misconception(
    "default_model",
    'You asked for the adapter and {adapted}. For the name "default_model" the server takes the '
    "adapter that it was started with, or none, and what the request says about adapters is not "
    "read; no error tells you. Which other name has the model?",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else None
    return _with_adapter(client, question, "default_model", extra_body=more)


@ask_adapter.misconception(
    "field_of_openai",
    "The client has no such argument, because OpenAI's interface has no such field: {adapted}. It "
    "lets you send fields that it does not know, in a dict of their own.",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else {}
    return _with_adapter(client, question, model, **more)


@ask_adapter.misconception(
    "adapter_in_the_singular",
    "You asked for the adapter and {adapted}. A server of this kind ignores fields that it does "
    "not know, and says nothing. Compare the field's name with the statement's, letter by letter.",
)
def _(client, model, adapter, question):
    more = {"adapter": str(adapter)} if adapter else None
    return _with_adapter(client, question, model, extra_body=more)


@ask_adapter.misconception(
    "adapter_as_model",
    "The adapter's folder was named as the model, and an adapter is none: {adapted}. It is a small "
    "difference to a model, and the request names both.",
)
def _(client, model, adapter, question):
    return _with_adapter(client, question, adapter or model)


@ask_adapter.misconception(
    "path_in_json",
    "A request travels as JSON, which knows no paths: {adapted}. What does it know instead?",
)
def _(client, model, adapter, question):
    more = {"adapters": adapter} if adapter else None
    return _with_adapter(client, question, model, extra_body=more)


@ask_adapter.misconception(
    "none_as_text",
    'With an adapter it is right. Without one you asked for an adapter of the name "None": '
    "{plain}. What should the request say about adapters if there is none?",
)
def _(client, model, adapter, question):
    return _with_adapter(client, question, model, extra_body={"adapters": str(adapter)})


@ask_adapter.use
def _(answer, rng):
    names = [str(name) for name in rng.permutation(["oak", "elm", "ash", "fir"])]
    model, adapter = Path("models") / names[0], Path("adapters") / names[1]
    named = set()

    def server(request):
        """What mlx_lm.server makes of the two names, and of an adapter that is not there."""
        body = json.loads(request.content)
        named.add("its folder" if body["model"] == str(model) else body["model"])
        default = body["model"] == "default_model"
        wanted = None if default else body.get("adapters")
        if not default and body["model"] != str(model):
            return httpx.Response(404, json={"error": "no such model on this machine"})
        if wanted is not None and wanted != str(adapter):
            said = f"The adapter path does not exist: {wanted}"
            return httpx.Response(404, json={"error": said})
        text = f"{body['messages'][-1]['content']} {'plainly' if wanted is None else 'adapted'}"
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        about = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
        return httpx.Response(200, json=about | {"choices": [choice]})

    client = openai.OpenAI(
        base_url="http://127.0.0.1:8080/v1",
        api_key="none",
        max_retries=0,
        http_client=httpx.Client(transport=httpx.MockTransport(server)),
    )
    found = {}
    for name, folder in (("adapted", adapter), ("plain", None)):
        said = []
        ended = outcome(
            lambda said=said, f=folder: said.append(answer(client, model, f, "I spoke"))
        )
        found[name] = f"the answer was {said[0]!r}" if said else " ".join(ended.split())[:150]
    return found | {"named": " and ".join(sorted(named)) or "nothing"}


ask_adapter.says(
    passed="One model in memory, and an adapter for each request; but each change loads it anew.",
    adapted="With an adapter",
    plain="Without one",
    named="The model was asked for by",
)
ask_adapter.hints(
    "How does a field that the openai package does not know get into a request?",
    "`extra_body` is a dict of such fields. And for which model's name does the server read them?",
    '`model=str(model)`, and `extra_body={"adapters": str(adapter)}` if there is an adapter.',
)

# --------------------------------------------------------------------------------------------------
team_size = exercise(minutes=8, level=2)


@team_size.solution
def _(memory, bandwidth, weights, kv, least):
    """How many conversations at a time a machine can serve with a model, on paper.

    All in bytes and bytes a second: `memory` that the GPU may use, memory `bandwidth`, the model's
    `weights`, and `kv`, the keys and values of one conversation at its full length. `least` is how
    many tokens a second each user must get. For a step, which gives each conversation one token,
    the weights are read once, and each conversation's keys and values once; count nothing else.
    Return (users, rate): the largest number of users for which all fits into memory and each gets
    at least `least`, and the tokens a second that each then gets. (0, 0.0) where not even one
    can be served.
    For memory 20e9, bandwidth 200e9, weights 10e9, kv 1e9 and least 12 it is (6, 12.5).
    """
    room = (memory - weights) // kv
    time = (bandwidth / least - weights) // kv
    users = int(max(0, min(room, time)))
    return (users, bandwidth / (weights + users * kv)) if users else (0, 0.0)


@team_size.alternative
def _(memory, bandwidth, weights, kv, least):
    users, rate = 0, 0.0
    while True:
        read = weights + (users + 1) * kv
        if read > memory or bandwidth / read < least:
            return users, rate
        users, rate = users + 1, bandwidth / read


def _sized(bandwidth, weights, kv, users, read=None):
    users = int(max(0, users))
    read = weights + users * kv if read is None else read
    return (users, bandwidth / read) if users else (0, 0.0)


@team_size.misconception(
    "memory_alone",
    "All that fits into memory was let in: {slow} users, each with {slow_rate} tokens a second, "
    "where {least} were promised. They fit, and they wait. Which number decides how long a step "
    "takes?",
)
def _(memory, bandwidth, weights, kv, least):
    return _sized(bandwidth, weights, kv, (memory - weights) // kv)


@team_size.misconception(
    "speed_alone",
    "The speed would do for {full} users, and their conversations do not fit: {full:expected} do. "
    "What happens to a server whose memory is full at the third long conversation?",
)
def _(memory, bandwidth, weights, kv, least):
    return _sized(bandwidth, weights, kv, (bandwidth / least - weights) // kv)


@team_size.misconception(
    "shared_out",
    "One user would get bandwidth / weights tokens a second, and you shared that out: {slow} "
    "users. But a step that reads the weights once gives a token to every conversation. That is "
    "what batching is.",
)
def _(memory, bandwidth, weights, kv, least):
    users = min((memory - weights) // kv, bandwidth / weights / least)
    return _sized(bandwidth, weights, kv, users, read=max(1, int(users)) * weights)


@team_size.misconception(
    "conversations_cost_nothing",
    "Each step was taken to read the weights and nothing else: {slow} users with {slow_rate} "
    "tokens a second. At this length the keys and values of a few conversations are as much as "
    "the model, and they are read for each token.",
)
def _(memory, bandwidth, weights, kv, least):
    users = (memory - weights) // kv if bandwidth / weights >= least else 0
    return _sized(bandwidth, weights, kv, users, read=weights)


@team_size.misconception(
    "a_model_each",
    "Memory was counted as if each user had a model of their own: {full} users. A server has the "
    "weights once; what is there for each is the conversation.",
)
def _(memory, bandwidth, weights, kv, least):
    users = min(memory // (weights + kv), (bandwidth / least - weights) // kv)
    return _sized(bandwidth, weights, kv, users)


@team_size.misconception(
    "rounded",
    "You have {slow} users, and each gets {slow_rate} tokens a second, a little less than was "
    "promised. A number that was not whole went up. Which way is safe?",
)
def _(memory, bandwidth, weights, kv, least):
    users = min((memory - weights) / kv, (bandwidth / least - weights) / kv)
    return _sized(bandwidth, weights, kv, -(-users // 1))


@team_size.misconception(
    "rate_of_all_together",
    "The users are right. The rate, {slow_rate} tokens a second, is that of all together, as it "
    "stands in advertisements; each gets {slow_rate:expected}.",
)
def _(memory, bandwidth, weights, kv, least):
    room = (memory - weights) // kv
    users, rate = _sized(bandwidth, weights, kv, min(room, (bandwidth / least - weights) // kv))
    return users, users * rate


@team_size.use(least="reading")
def _(answer, rng):
    weights, least = 4e9 + 1e8 * int(rng.integers(0, 9)), int(rng.integers(10, 14))
    kv = 1.07e9
    sizes = int(rng.integers(5, 8))
    # Enough memory, and speed for `sizes` users and a half; then the other way round.
    bandwidth = least * (weights + (sizes + 0.5) * kv)
    slow = answer(weights + (2 * sizes + 0.4) * kv, bandwidth, weights, kv, least)
    full = answer(weights + (sizes - 2 + 0.6) * kv, bandwidth, weights, kv, least)
    none = answer(0.9 * weights, bandwidth, weights, kv, least)
    return {
        "slow": slow[0],
        "slow_rate": slow[1],
        "full": full[0],
        "full_rate": full[1],
        "none": none[0],
        "none_rate": float(none[1]),
        "least": least,
    }


team_size.says(
    passed="A ceiling, before any overhead: what is measured later should lie below it.",
    slow="Users where speed is the limit",
    slow_rate="Tokens a second for each of them",
    full="Users where memory is the limit",
    full_rate="Tokens a second for each of those",
    none="Users where the model does not fit",
    none_rate="Tokens a second for them",
    least="Tokens a second that were promised",
)
team_size.hints(
    "What has to be in memory, and what has to be read for one step?",
    "Both are the same bytes: weights + users * kv. One is limited by memory, the other by "
    "bandwidth / least.",
    "`(memory - weights) // kv` and `(bandwidth / least - weights) // kv`: the smaller one, not "
    "below 0.",
)

# --------------------------------------------------------------------------------------------------
allow_request = exercise(minutes=7, level=2)


@allow_request.solution
def _(method, path, headers, body, keys):
    """What a door in front of mlx_lm.server answers: 200 lets the request through.

    `headers` is a dict whose names may be written in any case, as HTTP allows; `body` is the
    request's body, a dict; `keys` is a set of keys that are known. Return a number, the first
    that applies:

        404   anything but POST to exactly /v1/chat/completions or /v1/completions
        401   the header Authorization is missing, or is not "Bearer " and one of the keys, exactly
        403   the body names a model other than "default_model", or adapters; or its messages hold
              a part whose "type" is not "text"
        200   everything else

    A body without "model" means "default_model". A message's "content" is a text or a list of
    parts, which are dicts.
    """
    if method != "POST" or path not in ("/v1/chat/completions", "/v1/completions"):
        return 404
    given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
    if not any(hmac.compare_digest(given.encode(), f"Bearer {key}".encode()) for key in keys):
        return 401
    if body.get("model", "default_model") != "default_model" or "adapters" in body:
        return 403
    for message in body.get("messages", []):
        content = message["content"]
        if isinstance(content, list) and any(part.get("type") != "text" for part in content):
            return 403
    return 200


@allow_request.alternative
def _(method, path, headers, body, keys):
    if (method, path) not in {("POST", f"/v1/{end}completions") for end in ("chat/", "")}:
        return 404
    values = [value for name, value in headers.items() if name.casefold() == "authorization"]
    if not values or values[0] not in [f"Bearer {key}" for key in keys]:
        return 401
    parts = [
        part
        for message in body.get("messages") or []
        if not isinstance(message["content"], str)
        for part in message["content"]
    ]
    fine = all(part["type"] == "text" for part in parts) and body.get("adapters") is None
    return 200 if fine and body.get("model") in (None, "default_model") else 403


def _allowed(
    method, path, headers, body, keys, starts=False, exact_case=False, inside=False, order=False,
    model=True, parts=True, get=False,
):  # fmt: skip
    """A door with one mistake or another."""
    paths = ("/v1/chat/completions", "/v1/completions")
    right = path.startswith("/v1/") if starts else path in paths
    if not right or (method != "POST" and not get):
        return 404
    if not exact_case:
        headers = {name.lower(): value for name, value in headers.items()}
    given = headers.get("Authorization" if exact_case else "authorization", "")
    if inside:
        known = any(key in given for key in keys)
    else:
        known = given in {f"Bearer {key}" for key in keys}
    if not known and not order:
        return 401
    if model and (body.get("model", "default_model") != "default_model" or "adapters" in body):
        return 403
    for message in body.get("messages", []):
        content = message["content"]
        if parts and isinstance(content, list) and any(p["type"] != "text" for p in content):
            return 403
    return 200 if known else 401


@allow_request.misconception(
    "any_path_of_the_api",
    "Everything below /v1/ came through: /v1/models got {models}, and that lists all models on the "
    "machine's disk. A door names what may pass; what it forgets is closed. Which paths are named?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, starts=True, get=True)


@allow_request.misconception(
    "one_spelling_of_a_header",
    'A client that writes "authorization" in small letters got {small}, and had the right key. '
    "HTTP does not distinguish the case of a header's name, and many programs send it small. In "
    "which case do you look for it?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, exact_case=True)


@allow_request.misconception(
    "key_somewhere_inside",
    "A header that has the key somewhere in it got {longer}. Then a key that somebody has, and "
    'anything else, is a key too, and "Basic" is as good as "Bearer". What must be equal to '
    "what?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, inside=True)


@allow_request.misconception(
    "looks_before_it_asks",
    "A stranger without a key, whose request names another model, got {stranger}. So a stranger "
    "learns what would be allowed, and makes the door read a body. Which comes first?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, order=True)


@allow_request.misconception(
    "key_is_enough",
    "With a key a request may name any model: it got {model}, and the server would have put its "
    "own away, downloaded that one, and run it. A key says who asks, and not what may be asked.",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, model=False)


@allow_request.misconception(
    "text_is_all_there_is",
    "A message with an image's address got {picture}. The server fetches that address itself, from "
    "inside your network, whether its model can see or not. Where can such an address stand?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, parts=False)


@allow_request.use
def _(answer, rng):
    keys = {f"{name}-{int(rng.integers(1000, 9999))}" for name in ("ana", "ben")}
    key = sorted(keys)[int(rng.integers(2))]
    asked = {"messages": [{"role": "user", "content": "Who was there?"}]}
    say = {"type": "text", "text": "Look."}
    image = {"type": "image_url", "image_url": {"url": "http://10.0.0.1/status"}}
    right = {"Authorization": f"Bearer {key}"}

    def door(path="/v1/chat/completions", headers=right, method="POST", **more):
        return answer(method, path, dict(headers), json.loads(json.dumps(asked | more)), set(keys))

    def content(*parts):
        return [{"role": "user", "content": list(parts)}]

    return {
        "known": door(model="default_model"),
        "completion": door("/v1/completions"),
        "models": door("/v1/models", method="GET"),
        "longer_path": door("/v1/chat/completions/../../health"),
        "read": door(method="GET"),
        "small": door(headers={"authorization": f"Bearer {key}"}),
        "none": door(headers={}),
        "wrong": door(headers={"Authorization": "Bearer "}),
        "longer": door(headers={"Authorization": f"Bearer {key}0"}),
        "basic": door(headers={"Authorization": f"Basic {key}"}),
        "stranger": door(headers={"Authorization": "Bearer x"}, model="big/model"),
        "model": door(model="big/model"),
        "adapters": door(adapters="elsewhere"),
        "parts": door(messages=content(say, say)),
        "picture": door(messages=content(say, image)),
    }


allow_request.says(
    passed="In a real proxy each line of it is one of configuration, and each can be forgotten.",
    known="A right request",
    completion="A right request to /v1/completions",
    models="GET /v1/models, with a key",
    longer_path="A path that begins like a good one",
    read="GET where POST is meant",
    small="The header's name in small letters",
    none="Without a header",
    wrong="With an empty key",
    longer="A key with one character more",
    basic="Basic instead of Bearer",
    stranger="A stranger who names another model",
    model="Another model, with a key",
    adapters="Adapters, with a key",
    parts="A message in two parts of text",
    picture="A message with an image's address",
)
allow_request.hints(
    "In which order do the four lines of the table stand, and does your function keep to it?",
    "Make all header names small first. Compare the whole value, not a part of it. Look at "
    '"model", "adapters" and the parts of each message.',
    '`given in {f"Bearer {key}" for key in keys}` decides 401 (`hmac.compare_digest` also hides '
    'how much was right); `part["type"] != "text"` in a list of parts is 403.',
)

# --------------------------------------------------------------------------------------------------
may_use = exercise(minutes=7, level=2)


@may_use.solution
def _(cards, name, allowed):
    """Whether a model may be used, by its licence and the licences of all that it was made from.

    `cards` has the text of README.md for each model's name, as on the Hugging Face hub. Such a
    text begins with a header in YAML between two lines `---`; in it stand `license` and, in a model
    made from others, `base_model`: a name or a list of names. Where `license` is "other",
    `license_name` says which. Return True if the licence of `name`, of its base models, of theirs
    and so on is in the set `allowed` each time; False if one is not, or is not stated, or if
    a card is missing. No model goes back to itself.

        ---
        license: apache-2.0
        base_model: meadow/oak-8b
        ---
        # Oak in 4 bits

    is a card, and whether this model may be used depends on meadow/oak-8b too.
    """
    left = [name]
    while left:
        text = cards.get(left.pop(), "")
        parts = text.split("---\n", 2)
        header = yaml.safe_load(parts[1]) if text.startswith("---\n") and len(parts) == 3 else {}
        licence = header.get("license")
        if licence == "other":
            licence = header.get("license_name")
        if licence not in allowed:
            return False
        bases = header.get("base_model") or []
        left += [bases] if isinstance(bases, str) else bases
    return True


@may_use.alternative
def _(cards, name, allowed):
    def fine(name):
        found = re.match(r"---\n(.*?)\n---\n", cards.get(name, ""), re.DOTALL)
        header = yaml.safe_load(found[1]) if found else {}
        field = "license_name" if header.get("license") == "other" else "license"
        bases = header.get("base_model", [])
        bases = bases if isinstance(bases, list) else [bases]
        return header.get(field) in allowed and all(fine(base) for base in bases)

    return fine(name)


@may_use.alternative
def _(cards, name, allowed):
    def fine(name):
        if not cards.get(name, "").startswith("---"):
            return False
        about = huggingface_hub.ModelCard(cards[name], ignore_metadata_errors=True).data
        licence = about.license_name if about.license == "other" else about.license
        bases = about.base_model or []
        return licence in allowed and all(map(fine, [bases] if isinstance(bases, str) else bases))

    return fine(name)


def _judged(
    cards, name, allowed, depth=99, missing=False, other=True, anywhere=False, single=False
):
    """A judgement with one mistake or another."""
    text = cards.get(name)
    if text is None:
        return missing
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    header = (yaml.safe_load(found[1]) if found else None) or {}
    licence = header.get("license")
    if anywhere:
        line = re.search(r"^license: *(\S+)", text, re.MULTILINE)
        licence = line[1] if line else None
    if licence == "other" and other:
        licence = header.get("license_name")
    good = missing if licence is None else licence in allowed
    bases = header.get("base_model") or []
    if isinstance(bases, str):
        bases = [bases]
    elif single:
        bases = []
    again = dict(missing=missing, other=other, anywhere=anywhere, single=single)
    return good and (
        depth == 0 or all(_judged(cards, b, allowed, depth - 1, **again) for b in bases)
    )


@may_use.misconception(
    "own_card_only",
    "Only the model's own card was read. Whoever quantizes a model writes a new card, and may put "
    "any licence on it; what the first authors said holds all the same: you say {base} for a "
    "model whose base may not be used. Which field leads back?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, depth=0)


@may_use.misconception(
    "one_step_back",
    "You looked at the base model and not at what that was made from: {grandparent} for a model "
    "that goes back, in two steps, to one that may not be used. Where does it end?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, depth=1)


@may_use.misconception(
    "silence_is_consent",
    "Where a card states no licence you say {unstated}. Without a licence nobody has given you any "
    "right; on the hub that is a forgotten line more often than a gift. What is safe?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, missing=True)


@may_use.misconception(
    "other_is_a_licence",
    'For a licence of its own the card says "other", and that word was looked up: you say {own} '
    "for one that is allowed by its name. Where does its name stand?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, other=False)


@may_use.misconception(
    "any_line_that_says_license",
    "A line in the text that begins with license was taken for the model's own, and that text "
    "shows how to write a card: you say {quoted} for a model whose header states none. Between "
    "which lines does the header stand?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, anywhere=True)


@may_use.misconception(
    "one_base_model",
    "A model merged from two has a list of base models, and you read only a single name: {merged} "
    "for one of which half may not be used.",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, single=True)


def _card(header, text="A model.\n"):
    lines = "".join(f"{line}\n" for line in header)
    return f"---\n{lines}---\n# Model card\n\n{text}" if header else f"# Model card\n\n{text}"


@may_use.use
def _(answer, rng):
    free = ["apache-2.0", "mit", "bsd-3-clause"]
    good, also, name = str(rng.choice(free[:2])), free[2], f"grove-{int(rng.integers(2, 9))}"
    closed = str(rng.choice(["cc-by-nc-4.0", "llama3.1", "gemma"]))
    shown = f"To share your own, begin the file with\n\nlicense: {good}\n\nand push it.\n"
    cards = {
        "meadow/oak": _card([f"license: {good}", "pipeline_tag: text-generation"]),
        "meadow/oak-4bit": _card([f"license: {also}", "base_model: meadow/oak", "tags:", "- mlx"]),
        "rock/fir": _card([f"license: {closed}"]),
        "kind/fir-4bit": _card([f"license: {good}", "base_model: rock/fir"]),
        "kind/fir-4bit-notes": _card([f"license: {good}", "base_model: kind/fir-4bit"]),
        "kind/lost": _card([f"license: {good}", "base_model: gone/away"]),
        "quiet/elm": _card(["pipeline_tag: text-generation"]),
        "quiet/ash": _card([], "Have fun.\n"),
        "own/yew": _card(["license: other", f"license_name: {name}", "license_link: LICENSE"]),
        "own/box": _card(["license: other", "license_name: box-research", "license_link: LICENSE"]),
        "talks/ivy": _card(["tags:", "- mlx"], shown),
        "mix/both": _card([f"license: {good}", "base_model:", "- meadow/oak", "- rock/fir"]),
        "mix/good": _card([f"license: {also}", "base_model:", "- meadow/oak", "- own/yew"]),
    }
    allowed = {good, also, name}
    asked = {
        "plain": "meadow/oak",
        "quantized": "meadow/oak-4bit",
        "base": "kind/fir-4bit",
        "grandparent": "kind/fir-4bit-notes",
        "lost": "kind/lost",
        "unstated": "quiet/elm",
        "no_header": "quiet/ash",
        "own": "own/yew",
        "research": "own/box",
        "quoted": "talks/ivy",
        "merged": "mix/both",
        "merged_well": "mix/good",
        "absent": "no/where",
    }
    return {key: answer(dict(cards), repo, set(allowed)) for key, repo in asked.items()}


may_use.says(
    passed="What a licence allows you must still read yourself; no set of names does it for you.",
    plain="A model with an allowed licence",
    quantized="The same in 4 bits, under another allowed licence",
    base="A quantized model whose base may not be used",
    grandparent="A model trained from that",
    lost="A model whose base has no card",
    unstated="A header without a licence",
    no_header="A card without a header",
    own="An allowed licence of its own",
    research="A licence of its own that is not allowed",
    quoted="A card that mentions a licence in its text",
    merged="A model merged from two, one of them not to be used",
    merged_well="A model merged from two good ones",
    absent="A model without a card",
)
may_use.hints(
    "Where does the header begin and end, and which three of its fields count here?",
    "`yaml.safe_load` reads the header. A licence that is None is in no set. For the base models "
    "the question is the same again.",
    "Keep a list of names still to look at, `left = [name]`; return False when one's licence is "
    "not in `allowed`; put its base models on the list, a single name as a list of one.",
)
