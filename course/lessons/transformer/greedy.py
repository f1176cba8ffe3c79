"""greedy, an exercise of lesson 06, transformer."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

greedy = exercise(minutes=8, level=2)


@greedy.solution
def _(model, cache, prompt, max_tokens, eos):
    """Let a model go on with a text, always by the likeliest token.

    `model(tokens, cache)` takes tokens of shape (1, L) and returns logits of shape (1, L, V): row l
    says what comes after token l. It puts what it has read into `cache`, which is empty now, so
    each token is handed to it once. `prompt` is a list of ints. Return the new tokens as a list of
    ints: at most `max_tokens`, without the prompt, and without `eos`, at which it ends.
    If the likeliest tokens are 7, 4 and then `eos`, the answer is [7, 4].
    """
    tokens, new = prompt, []
    while len(new) < max_tokens:
        logits = model(mx.array([tokens]), cache)
        token = mx.argmax(logits[0, -1]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


class _Reader:
    """Stands in for a model: what comes next follows from all that it has read, in order."""

    def __init__(self, rng, end):
        self.salt, self.end = int(rng.integers(1, 1000)), end

    def __call__(self, tokens, cache=None):
        seen = [] if cache is None else cache
        rows = []
        for token in tokens.reshape(-1).tolist():
            seen.append(token)
            mixed = self.salt
            for place, one in enumerate(seen):
                mixed = (mixed * 31 + one * (place + 7)) % 9973
            row = np.full(20, -1.0, np.float32)
            row[0 if len(seen) == self.end else 1 + mixed % 19] = 3
            rows.append(row)
        return mx.array(np.stack(rows))[None]


def _continued(answer, rng, end, max_tokens):
    prompt = [int(token) for token in rng.integers(1, 20, 5)]
    cache = []
    said = answer(_Reader(rng, end), cache, list(prompt), max_tokens, 0)
    if not isinstance(said, (list, tuple)):
        return f"{type(said).__name__}, and no list", "nothing"
    said = [token.item() if isinstance(token, mx.array) else token for token in said]
    words = [str(token) for token in said]
    read = cache[: len(prompt) + max(0, len(said) - 1)]  # one token more may have been read ahead
    return ", ".join(words) or "nothing", ", ".join(map(str, read)) or "nothing"


@greedy.use(history="reading")
def _(answer, rng):
    said, history = _continued(answer, rng, end=5 + 4, max_tokens=8)
    cut, _ = _continued(answer, rng, end=0, max_tokens=6)
    return {"said": said, "history": history, "cut": cut}


greedy.says(
    passed="`mlx_lm.generate` does this by default, and sampling changes one line of it.",
    said="New tokens, where the model ends",
    history="What the model has read, the last token left out",
    cut="New tokens, where it does not end",
)


@greedy.alternative
def _(model, cache, prompt, max_tokens, eos):
    def next_of(tokens):
        return model(tokens[None], cache)[:, -1].argmax(axis=-1)

    new = []
    token = next_of(mx.array(prompt))
    for _ in range(max_tokens):
        following = next_of(token)  # one ahead, as mlx_lm does
        if token.item() == eos:
            break
        new.append(token.item())
        token = following
    return new


@greedy.alternative
def _(model, cache, prompt, max_tokens, eos):
    if len(prompt) > 1:
        model(mx.array(prompt[:-1])[None], cache)  # read it, and ask about the last token
    last, new = prompt[-1], []
    for _ in range(max_tokens):
        last = int(np.argmax(np.array(model(mx.array([[last]]), cache))[0, 0]))
        if last == eos:
            return new
        new += [last]
    return new


@greedy.misconception(
    "first_row",
    "You return {said}, and it should be {said:expected}. The first row of logits was read, which "
    "says what comes after the prompt's first token. With one token at a time first and last row "
    "are the same, so only the beginning goes wrong. Which row knows the whole prompt?",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    for _ in range(max_tokens):
        token = mx.argmax(model(mx.array([tokens]), cache)[0, 0]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


@greedy.misconception(
    "off_by_one",
    "The row before the last was read, which says what comes after the prompt's last token but "
    "one: and that is the prompt's last token, which you have. Row l is about token l + 1.",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    for _ in range(max_tokens):
        logits = model(mx.array([tokens]), cache)[0]
        token = mx.argmax(logits[max(0, len(tokens) - 2)]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


@greedy.misconception(
    "everything_again",
    "At each step the whole text was handed over again, and the cache kept it again. It has read "
    "{history}, where it should be {history:expected}. With a cache, what is new at each step?",
)
def _(model, cache, prompt, max_tokens, eos):
    new = []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([prompt + new]), cache)[0, -1]).item()
        if token == eos:
            break
        new.append(token)
    return new


@greedy.misconception(
    "last_token_twice",
    "The prompt was read, and then its last token was handed over once more to get the first "
    "logits. The model has read {history}. The logits were there already: what did the first call "
    "return?",
)
def _(model, cache, prompt, max_tokens, eos):
    model(mx.array([prompt]), cache)
    last, new = prompt[-1], []
    while len(new) < max_tokens:
        last = mx.argmax(model(mx.array([[last]]), cache)[0, -1]).item()
        if last == eos:
            break
        new.append(last)
    return new


@greedy.misconception(
    "cache_not_used",
    "The tokens are right, and the cache has stayed empty: each step read the whole text from the "
    "beginning. For a text of n tokens that is about n times n / 2 readings, where n would do.",
)
def _(model, cache, prompt, max_tokens, eos):
    new = []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([prompt + new]), None)[0, -1]).item()
        if token == eos:
            break
        new.append(token)
    return new


@greedy.misconception(
    "eos_kept",
    "The token that ends the text is still in it: you return {said}, and it should be "
    "{said:expected}. It is a sign to you, not a word for the reader.",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()
        new.append(token)
        if token == eos:
            break
        tokens = [token]
    return new


@greedy.misconception(
    "never_stops",
    "You went on after `eos` until `max_tokens` was reached: {said}. A model says that it has "
    "finished by a token of its own; what comes after it is noise.",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()
        new.append(token)
        tokens = [token]
    return [token for token in new if token != eos]


@greedy.misconception(
    "prompt_returned",
    "The prompt is part of what you return. Whoever asked knows it already; the new tokens were "
    "asked for.",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return prompt + new


greedy.hints(
    "The logits have a row for each token that was handed over. Which of them is about the future?",
    "The last one. Hand over the prompt first, and from then on one token at a time: the newest.",
    "`token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()`, with `tokens` the prompt "
    "at first and `[token]` afterwards.",
)
