"""reuse_cache, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx
from mlx_lm.models.cache import make_prompt_cache, trim_prompt_cache

from course.exercise import exercise
from course.probe import fill_parameters

from .common import _tiny, _uncompiled

reuse_cache = exercise(minutes=10, level=2)


@reuse_cache.solution
def _(cache, known, tokens):
    """Use what a prompt cache holds for another prompt, and nothing else of it.

    `cache` is a list of mlx_lm's caches, one a layer, with the keys and values of the tokens
    `known`, a list. `tokens`, a list, is the next prompt. Trim the cache, in place, to what both
    have in common from their beginning, and return as a list the tokens that the model still has to
    read. One token at least has to be left for it: what comes next is said by the last token read.
    For known [1, 2, 3, 4] and tokens [1, 2, 9] the answer is [9], and the cache holds two tokens.
    """
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, len(known) - common)
    return tokens[common:]


@reuse_cache.use(logits="matmul", held="reading", held_same="reading")
def _(answer, rng):
    model = fill_parameters(_tiny(), by_name=True)
    known = [int(token) for token in rng.integers(0, 50, size=12)]
    common = int(rng.integers(7, 10))
    new = [known[common] ^ 1, *(int(token) for token in rng.permutation(known)[:4])]

    def read(tokens):
        cache = make_prompt_cache(model)
        mx.eval(model(mx.array(known)[None], cache=cache))
        rest = [int(token) for token in answer(cache, list(known), list(tokens))]
        held = cache[0].offset
        logits = model(mx.array(rest)[None], cache=cache)[0, -1] if rest else mx.zeros(50)
        mx.eval(logits)
        return len(rest), held, logits

    with _uncompiled():
        left, held, logits = read(known[:common] + new)
        left_same, held_same, logits_same = read(known)
        left_shorter, _, logits_shorter = read(known[:common])
        left_other, _, logits_other = read(new)
    return {
        "left": left,
        "held": held,
        "left_same": left_same,
        "held_same": held_same,
        "left_shorter": left_shorter,
        "left_other": left_other,
        "logits": mx.stack([logits, logits_same, logits_shorter, logits_other]),
    }


reuse_cache.says(
    passed="A chat program saves the reading of everything said before in this way, at every turn.",
    left="Tokens left to read",
    held="Tokens that the cache holds then",
    left_same="Tokens left where the prompt is the same",
    held_same="Tokens that the cache holds where the prompt is the same",
    left_shorter="Tokens left where the prompt is a beginning of the old one",
    left_other="Tokens left where the prompts have nothing in common",
    logits="What the model says after each of them",
)


@reuse_cache.alternative
def _(cache, known, tokens):
    same = [a == b for a, b in zip(known, tokens[:-1], strict=False)]
    common = same.index(False) if False in same else len(same)
    for layer in cache:
        layer.trim(layer.offset - common)
    return list(tokens)[common:]


@reuse_cache.misconception(
    "cache_of_another_prompt",
    "Nothing was trimmed: the cache holds {held} tokens before the model reads your new prompt, "
    "and should hold {held:expected}. The model then answers as if both prompts had been one. It "
    "sounds sensible, and it is about the wrong text.",
)
def _(cache, known, tokens):
    return tokens


@reuse_cache.misconception(
    "length_for_prefix",
    "You skipped as many tokens as the cache holds, whatever they are. That is right while a "
    "conversation only grows; as soon as the new prompt differs somewhere, the old words stay in "
    "the cache in place of the new ones. What do the two have in common?",
)
def _(cache, known, tokens):
    return tokens[len(known) :] or tokens[-1:]


@reuse_cache.misconception(
    "nothing_left",
    "For a prompt that is in the cache as a whole you left {left_same} tokens to read, and it "
    "should be {left_same:expected}. Keys and values are there; the logits that say what comes "
    "next are not, and only reading a token makes them.",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens)) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, len(known) - common)
    return tokens[common:]


@reuse_cache.misconception(
    "everything_again",
    "The answer will be right and nothing was saved: the cache is empty and {left} tokens are to "
    "be read, where {left:expected} would do.",
)
def _(cache, known, tokens):
    trim_prompt_cache(cache, len(known))
    return tokens


@reuse_cache.misconception(
    "trim_says_what_goes",
    "The cache was trimmed by the number of tokens that should stay: it holds {held}, and should "
    "hold {held:expected}. `trim_prompt_cache` takes how many go, from the end.",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, common)
    return tokens[common:]


@reuse_cache.misconception(
    "set_of_tokens",
    "You kept tokens that occur in both prompts, wherever they stand. Keys and values belong to a "
    "place: each was computed from everything before it, and knows its position.",
)
def _(cache, known, tokens):
    both = [token for token in tokens[:-1] if token in known]
    trim_prompt_cache(cache, len(known) - len(both))
    return tokens[len(both) :]


reuse_cache.hints(
    "Which of the cache's tokens would be the same if the new prompt were read from the start?",
    "The common beginning, and at most all of the new prompt but its last token.",
    "Count `common`, then `trim_prompt_cache(cache, len(known) - common)` and return "
    "`tokens[common:]`.",
)
