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
    known = [int(token) for token in rng.permutation(40)[: int(rng.integers(10, 15))]]
    common = int(rng.integers(7, 10))
    # Of the next prompt one token differs, and then some stand where they stood and some do not.
    new = [known[common] ^ 1, *known[common + 1 :], *known[:3]]
    other = [*(int(token) for token in rng.permutation(known)[:5]), known[0] ^ 1]
    other[0] = known[0] ^ 1

    def read(tokens):
        cache = make_prompt_cache(model)
        mx.eval(model(mx.array(known)[None], cache=cache))
        rest = answer(cache, list(known), list(tokens))
        kind, rest = type(rest).__name__, [int(token) for token in rest]
        held = ", ".join(str(layer.offset) for layer in cache)
        if not rest:
            return kind, 0, held, mx.zeros(50)
        logits = model(mx.array(rest)[None], cache=cache)[0, -1]
        mx.eval(logits)
        return kind, len(rest), held, logits

    with _uncompiled():
        kind, left, held, logits = read(known[:common] + new)
        _, left_same, held_same, logits_same = read(known)
        _, left_shorter, held_shorter, logits_shorter = read(known[:common])
        _, left_longer, held_longer, logits_longer = read([*known, 41, 42])
        _, left_other, held_other, logits_other = read(other)
    return {
        "kind": kind,
        "left": left,
        "held": held,
        "left_same": left_same,
        "held_same": held_same,
        "left_shorter": left_shorter,
        "held_shorter": held_shorter,
        "left_longer": left_longer,
        "held_longer": held_longer,
        "left_other": left_other,
        "held_other": held_other,
        "logits": mx.stack([logits, logits_same, logits_shorter, logits_longer, logits_other]),
    }


reuse_cache.says(
    passed="A chat program saves the reading of everything said before in this way, at every turn.",
    kind="What is returned",
    left="Tokens left to read",
    held="Tokens that each layer's cache holds then",
    left_same="Tokens left where the prompt is the same",
    held_same="Tokens that each layer's cache holds where the prompt is the same",
    left_shorter="Tokens left where the prompt is a beginning of the old one",
    held_shorter="Tokens that each layer's cache holds where it is a beginning of the old one",
    left_longer="Tokens left where the prompt goes on after the old one",
    held_longer="Tokens that each layer's cache holds where it goes on after the old one",
    left_other="Tokens left where the prompts begin differently",
    held_other="Tokens that each layer's cache holds where they begin differently",
    logits="What the model says after each of them",
)


@reuse_cache.alternative
def _(cache, known, tokens):
    same = [a == b for a, b in zip(known, tokens[:-1], strict=False)]
    common = same.index(False) if False in same else len(same)
    for layer in cache:
        layer.trim(layer.offset - common)
    return list(tokens)[common:]


for _operator in ("keyword dropped", "arguments swapped"):
    reuse_cache.same_as(
        "alternative 1",
        _operator,
        "zip(known, tokens[:-1], strict=False)",
        "a zip is not strict, and equality has no order",
    )


@reuse_cache.misconception(
    "cache_of_another_prompt",
    "Nothing was trimmed, and all of the new prompt is left to be read: each layer holds {held} "
    "tokens before that, and should hold {held:expected}. The model then answers as if both "
    "prompts had been one. What in the cache is not of the new prompt?",
)
def _(cache, known, tokens):
    return tokens


@reuse_cache.misconception(
    "never_trimmed",
    "What you leave to be read is right, and nothing was trimmed: the layers hold {held} tokens, "
    "and should hold {held:expected}. The old words stay in front of the new ones. Whose cache "
    "did you trim, if any?",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    return tokens[common:]


@reuse_cache.misconception(
    "length_for_prefix",
    "You skipped as many tokens as the cache holds, whatever they are. That is right while a "
    "conversation only grows; as soon as the new prompt differs somewhere, the old words stay in "
    "the cache in place of the new ones. What do the two have in common?",
)
def _(cache, known, tokens):
    return tokens[len(known) :] or tokens[-1:]


@reuse_cache.misconception(
    "all_or_nothing",
    "Where the prompt goes on after the old one you are right. Where they differ somewhere, the "
    "layers hold {held} tokens and {left} are left, and it should be {held:expected} and "
    "{left:expected}. Is a prefix that is not all of the old prompt worth nothing?",
)
def _(cache, known, tokens):
    if tokens[: len(known)] == known and len(tokens) > len(known):
        return tokens[len(known) :]
    trim_prompt_cache(cache, len(known))
    return tokens


@reuse_cache.misconception(
    "nothing_left",
    "For a prompt that is in the cache as a whole you left {left_same} tokens to read, and it "
    "should be {left_same:expected}. Keys and values are there. Where do the logits come from "
    "that say what is next?",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens)) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, len(known) - common)
    return tokens[common:]


@reuse_cache.misconception(
    "last_token_held_too",
    "For a prompt that is in the cache as a whole you leave its last token to be read, and the "
    "layers hold {held_same} tokens, that one among them. It will stand there twice. How many "
    "should the cache hold before a token is read again?",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens)) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, len(known) - common)
    return tokens[common:] or tokens[-1:]


@reuse_cache.misconception(
    "everything_again",
    "The answer will be right and nothing was saved: the layers hold {held} tokens and {left} are "
    "to be read, where {left:expected} would do. That is safe. What of the old prompt could have "
    "stayed?",
)
def _(cache, known, tokens):
    trim_prompt_cache(cache, len(known))
    return tokens


@reuse_cache.misconception(
    "read_twice",
    "The cache is right: the layers hold {held} tokens. You leave {left} to be read, all of the "
    "new prompt, so its beginning will stand there twice. Which of its tokens does the model know "
    "already?",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, len(known) - common)
    return tokens


@reuse_cache.misconception(
    "trim_says_what_goes",
    "What you leave to be read is right. The layers hold {held} tokens, and should hold "
    "{held:expected}: as many went as should have stayed. From which end does `trim_prompt_cache` "
    "take them, and what does its number count?",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, common)
    return tokens[common:]


@reuse_cache.misconception(
    "one_layer_alone",
    "The layers hold {held} tokens, and should hold {held:expected}: they differ among each "
    "other. `cache` is a list, one for each layer. Which of them did you trim?",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    cache[0].trim(len(known) - common)
    return tokens[common:]


@reuse_cache.misconception(
    "set_of_tokens",
    "You count tokens that occur in both prompts, wherever they stand: {left} are left, and it "
    "should be {left:expected}. Keys and values belong to a place: each was computed from "
    "everything before it. Up to where is all before it the same?",
)
def _(cache, known, tokens):
    both = [token for token in tokens[:-1] if token in known]
    trim_prompt_cache(cache, len(known) - len(both))
    return tokens[len(both) :]


@reuse_cache.misconception(
    "same_at_any_place",
    "You count places at which the prompts agree, also behind one at which they differ: {left} "
    "tokens are left, and it should be {left:expected}. Keys and values were computed from "
    "everything before them. Up to where is all of that the same?",
)
def _(cache, known, tokens):
    same = sum(a == b for a, b in zip(known, tokens[:-1], strict=False))
    trim_prompt_cache(cache, len(known) - same)
    return tokens[same:]


@reuse_cache.misconception(
    "an_array_returned",
    "Trimmed and left is what should be. You return an {kind}, and the statement asks for a list. "
    "What does `tokens` have that an array does not: could you return a part of it?",
)
def _(cache, known, tokens):
    common = 0
    while common < min(len(known), len(tokens) - 1) and known[common] == tokens[common]:
        common += 1
    trim_prompt_cache(cache, len(known) - common)
    return mx.array(tokens[common:])


reuse_cache.hints(
    "Which of the cache's tokens would be the same if the new prompt were read from the start?",
    "The common beginning, and at most all of the new prompt but its last token.",
    "Count `common`, then `trim_prompt_cache(cache, len(known) - common)` and return "
    "`tokens[common:]`.",
)
