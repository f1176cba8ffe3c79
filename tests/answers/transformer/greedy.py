"""Others' answers to greedy."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


@right("for loop")
def _(model, cache, prompt, max_tokens, eos):
    out, step = [], list(prompt)
    for _ in range(max_tokens):
        token = model(mx.array([step]), cache)[0, -1].argmax().item()
        if token == eos:
            break
        out.append(token)
        step = [token]
    return out


@right("while with arrays")
def _(model, cache, prompt, max_tokens, eos):
    tokens, said = mx.array(prompt)[None], []
    while len(said) < max_tokens:
        nxt = mx.argmax(model(tokens, cache)[:, -1, :], axis=-1, keepdims=True)
        if nxt.item() == eos:
            return said
        said.append(int(nxt.item()))
        tokens = nxt
    return said


@right("generator helper and takewhile")
def _(model, cache, prompt, max_tokens, eos):
    from itertools import islice, takewhile

    def steps(x):
        while True:
            t = int(np.array(model(x, cache)[0, -1]).argmax())
            yield t
            x = mx.array([[t]])

    return list(takewhile(lambda t: t != eos, islice(steps(mx.array([prompt])), max_tokens)))


@wrong("whole text again each step", named="everything_again")
def _(model, cache, prompt, max_tokens, eos):
    out = []
    for _ in range(max_tokens):
        token = model(mx.array([prompt + out]), cache)[0, -1].argmax().item()
        if token == eos:
            break
        out.append(token)
    return out


@wrong("eos included", named="eos_kept")
def _(model, cache, prompt, max_tokens, eos):
    out, step = [], prompt
    for _ in range(max_tokens):
        token = model(mx.array([step]), cache)[0, -1].argmax().item()
        out.append(token)
        if token == eos:
            break
        step = [token]
    return out


@wrong("prompt included", named="prompt_returned")
def _(model, cache, prompt, max_tokens, eos):
    out, step = list(prompt), prompt
    for _ in range(max_tokens):
        token = model(mx.array([step]), cache)[0, -1].argmax().item()
        if token == eos:
            break
        out.append(token)
        step = [token]
    return out


@wrong("samples", named="sampled")
def _(model, cache, prompt, max_tokens, eos):
    out, step = [], prompt
    for _ in range(max_tokens):
        token = mx.random.categorical(model(mx.array([step]), cache)[0, -1]).item()
        if token == eos:
            break
        out.append(token)
        step = [token]
    return out


@wrong("stops by cache not used", named="cache_not_used")
def _(model, cache, prompt, max_tokens, eos):
    out = []
    for _ in range(max_tokens):
        token = model(mx.array([prompt + out]), None)[0, -1].argmax().item()
        if token == eos:
            break
        out.append(token)
    return out


@wrong("never stops at eos", named="never_stops")
def _(model, cache, prompt, max_tokens, eos):
    out, step = [], prompt
    for _ in range(max_tokens):
        token = model(mx.array([step]), cache)[0, -1].argmax().item()
        out.append(token)
        step = [token]
    return [t for t in out if t != eos]
