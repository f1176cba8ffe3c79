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

    def __init__(self, rng, end, eos):
        self.salt, self.end, self.eos = int(rng.integers(1, 1000)), end, eos

    def __call__(self, tokens, cache=None):
        if tokens.ndim != 2 or 0 in tokens.shape:
            raise ValueError(f"[model] tokens must be (1, L) but are {tuple(tokens.shape)}.")
        seen = [] if cache is None else cache
        rows = []
        for token in tokens.reshape(-1).tolist():
            seen.append(token)
            mixed = self.salt
            for place, one in enumerate(seen):
                mixed = (mixed * 31 + one * (place + 7)) % 9973
            token = mixed % 19
            row = np.full(20, -1.0, np.float32)
            row[self.eos if len(seen) == self.end else token + (token >= self.eos)] = 3
            rows.append(row)
        return mx.array(np.stack(rows))[None]


def _continued(answer, rng, length, new, max_tokens):
    """(prompt, tokens, what was read) of a prompt of this length; it ends after `new` tokens."""
    prompt = [int(token) for token in rng.integers(0, 20, length)]
    cache, eos = [], int(rng.integers(0, 19))
    end = 0 if new is None else length + new
    said = answer(_Reader(rng, end, eos), cache, list(prompt), max_tokens, eos)
    words = ", ".join(map(str, prompt))
    if not isinstance(said, (list, tuple)):
        return words, f"{type(said).__name__}, and no list", "nothing"
    said = [token.item() if isinstance(token, mx.array) else token for token in said]
    read = cache[: len(prompt) + max(0, len(said) - 1)]  # one token more may have been read ahead
    return words, *(", ".join(map(str, tokens)) or "nothing" for tokens in (said, read))


@greedy.use(history="reading")
def _(answer, rng):
    length, new = int(rng.integers(4, 7)), int(rng.integers(3, 6))
    prompt, said, history = _continued(answer, rng, length, new, max_tokens=new + 4)
    _, cut, _ = _continued(answer, rng, 2, None, max_tokens=int(rng.integers(5, 8)))
    _, one, _ = _continued(answer, rng, 1, None, max_tokens=1)
    found = {"prompt": prompt, "said": said, "history": history}
    return found | {"cut": cut, "one": one}


greedy.says(
    passed="`mlx_lm.generate` does this by default, and sampling changes one line of it.",
    prompt="The prompt",
    said="New tokens, where the model ends",
    history="What the model has read, the last token left out",
    cut="New tokens, where it does not end",
    one="New tokens after a prompt of 1 token, with `max_tokens` 1",
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
    "You return {said}, and it should be {said:expected}. Yours begins with what comes after the "
    "prompt's first token, which the first row of logits says. With one token at a time first and "
    "last row are the same, so only the beginning goes wrong. Which row knows the whole prompt?",
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
    "You return {said}, and it should be {said:expected}. Yours begins with what comes after the "
    "prompt's last token but one, which the row before the last says. What does the last row say?",
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
    "At each step the whole text was handed over again, and the cache kept it again. The model's "
    "reading begins {history}, where it should be {history:expected}. With a cache, what is new at "
    "each step?",
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
    "The model has read {history}: the whole prompt, and then its last token once more. It looks "
    "as if reading came before asking; but a call that reads also answers. What did the first one "
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
    "beginning. For a text of n tokens that is about n times n / 2 readings, where n would do. "
    "What is the second argument of `model`?",
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
    "{said:expected}. It is a sign to you, not a word for the reader. What comes first, keeping a "
    "token or looking at it?",
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
    "You went on after `eos` until `max_tokens` was reached, and left it out: {said}. A model says "
    "that it has finished by a token of its own; what comes after it is noise. When do you look at "
    "a token?",
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
    "You return {said}: the prompt is part of it. Whoever asked knows it already. Where does the "
    "list of new tokens begin?",
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


@greedy.misconception(
    "eos_ignored",
    "You went on after `eos` until `max_tokens` was reached: {said}. A model says that it has "
    "finished by a token of its own; what comes after it is noise. What is `eos` for?",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()
        new.append(token)
        tokens = [token]
    return new


@greedy.misconception(
    "sampled",
    "You return {said}, and the likeliest tokens are {said:expected}. Yours are drawn by chance, "
    "as a chat does it. When is the next token the same each time?",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.random.categorical(model(mx.array([tokens]), cache)[0, -1]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


@greedy.misconception(
    "no_batch_axis",
    "The model stopped at tokens of another shape than (1, L). A list of tokens makes an array "
    "with one axis; a model reads several texts at a time. Which axis is missing?",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) < max_tokens:
        token = mx.argmax(model(mx.array(tokens), cache)[-1]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


@greedy.misconception(
    "one_too_many",
    "Where the model does not end, you return {cut}, and `max_tokens` asks for {cut:expected}. "
    "Where it ends by itself all is right. How many tokens are there when your loop ends?",
)
def _(model, cache, prompt, max_tokens, eos):
    tokens, new = prompt, []
    while len(new) <= max_tokens:
        token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()
        if token == eos:
            break
        new.append(token)
        tokens = [token]
    return new


greedy.always(cache="the statement says that it is empty")
greedy.same_as("solution", "constant", "(0, -1)", "a batch of one text: 0 and -1 are the same")

greedy.same_as("alternative 2", "constant", "(0, 0)", "one text and one row: 0 and -1 are the same")


greedy.hints(
    "The logits have a row for each token that was handed over. Which of them is about the future?",
    "The last one. Hand over the prompt first, and from then on one token at a time: the newest.",
    "`token = mx.argmax(model(mx.array([tokens]), cache)[0, -1]).item()`, with `tokens` the prompt "
    "at first and `[token]` afterwards.",
)
