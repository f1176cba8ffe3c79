"""Others' answers to reuse_cache."""

import mlx.core as mx
import numpy as np
from mlx_lm.models.cache import trim_prompt_cache

from course.author.answers import right, wrong


def _common(a, b):
    n = 0
    for x, y in zip(a, b):
        if x != y:
            break
        n += 1
    return n


@right("NumPy, offset based")
def _(cache, known, tokens):
    m = min(len(known), len(tokens) - 1)
    same = np.array(known[:m]) == np.array(tokens[:m])
    n = int(np.argmin(same)) if m and not same.all() else m
    if cache[0].offset > n:
        trim_prompt_cache(cache, cache[0].offset - n)
    return tokens[n:]


@wrong("not trimmed", named="never_trimmed")
def _(cache, known, tokens):
    n = min(_common(known, tokens), len(tokens) - 1)
    return tokens[n:]


@wrong("trimmed by n", named="trim_says_what_goes")
def _(cache, known, tokens):
    n = min(_common(known, tokens), len(tokens) - 1)
    trim_prompt_cache(cache, n)
    return tokens[n:]


@wrong("last token returned, cache holds it too", named="last_token_held_too")
def _(cache, known, tokens):
    n = _common(known, tokens)
    trim_prompt_cache(cache, len(known) - n)
    return tokens[n:] or tokens[-1:]


@wrong("only when known is a prefix")
def _(cache, known, tokens):
    if tokens[: len(known)] == known:
        return tokens[len(known) :]
    trim_prompt_cache(cache, len(known))
    return tokens


@wrong("first layer only", named="one_layer_alone")
def _(cache, known, tokens):
    n = min(_common(known, tokens), len(tokens) - 1)
    cache[0].trim(len(known) - n)
    return tokens[n:]


@wrong("set intersection")
def _(cache, known, tokens):
    n = min(len(set(known) & set(tokens)), len(tokens) - 1)
    trim_prompt_cache(cache, len(known) - n)
    return tokens[n:]


@wrong("tokens equal at any place", named="same_at_any_place")
def _(cache, known, tokens):
    n = min(sum(a == b for a, b in zip(known, tokens)), len(tokens) - 1)
    trim_prompt_cache(cache, len(known) - n)
    return tokens[n:]


@wrong("a copy trimmed", named="never_trimmed")
def _(cache, known, tokens):
    import copy

    cache = copy.deepcopy(cache)
    n = min(_common(known, tokens), len(tokens) - 1)
    trim_prompt_cache(cache, len(known) - n)
    return tokens[n:]


@wrong("all tokens returned", named="read_twice")
def _(cache, known, tokens):
    n = min(_common(known, tokens), len(tokens) - 1)
    trim_prompt_cache(cache, len(known) - n)
    return tokens


@wrong("an array returned", named="an_array_returned")
def _(cache, known, tokens):
    n = min(_common(known, tokens), len(tokens) - 1)
    trim_prompt_cache(cache, len(known) - n)
    return mx.array(tokens[n:])
