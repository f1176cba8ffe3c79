"""one_of, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx
import mlx_lm
import numpy as np

from course.exercise import exercise

from .common import _Talker, _tokenizer

one_of = exercise(minutes=12, level=3)


@one_of.solution
def _(tokenizer, choices):
    """A logits processor that makes a model's answer one of several texts.

    `choices` is a list of strings. Return a function `process(tokens, logits)` for `mlx_lm`'s
    `logits_processors`: `tokens` holds all tokens so far, first the prompt and then the answer;
    `logits` has shape (1, V), for the token that comes next. It is made anew for each answer, and
    is called first when there is only the prompt. Return logits of the same shape in which every
    token has minus infinity unless with it the answer can still become one of `choices`; the logits
    of the others stay as they are. Each choice is tokenized by itself, without a start token, and
    ends with the tokenizer's end token. Once more it is called after the end; what you return then
    does not matter, and it must not fail.
    For ["yes", "no"] the first token is that of "yes" or of "no", whatever the model prefers.
    """
    end = tokenizer.eos_token_id
    wanted = [[*tokenizer.encode(text, add_special_tokens=False), end] for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        masked = mx.full(logits.shape, -mx.inf, logits.dtype)
        if allowed:
            masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


def _say(process, tokenizer, rows):
    """The answer that comes of some rows of logits, greedily, and whether it ended by itself."""
    tokens = [tokenizer.bos_token_id, 300, 301]
    for i, row in enumerate(rows):
        logits = process(mx.array(tokens), mx.array(row)[None])
        tokens.append(int(logits[0].argmax()))
        if tokens[-1] == tokenizer.eos_token_id:
            mx.eval(process(mx.array(tokens), mx.array(row)[None]))
            return tokenizer.decode(tokens[3 : 3 + i]) + "."
    return tokenizer.decode(tokens[3:]) + " …"


@one_of.use(left="reading")
def _(answer, rng):
    tokenizer = _tokenizer()
    size = len(tokenizer)
    choices = [str(text) for text in rng.permutation(["yes", "yes, please", "no", "not now"])]
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in choices]
    rows = rng.normal(-1, 1, size=(10, 6, size)).astype(np.float32)
    for turn, row in enumerate(rows):  # each is the favourite now and then, and so is the end
        row[:, ids[turn % 4]] += 1
        row[:, tokenizer.eos_token_id] = row[:, ids[turn % 4]].mean(axis=1) + (turn % 3 - 1)
    said = [_say(answer(tokenizer, list(choices)), tokenizer, row) for row in rows]
    first = answer(tokenizer, list(choices))(mx.array([1, 300, 301]), mx.array(rows[0, :1]))
    open_ = [i for i, logit in enumerate(first[0].tolist()) if logit > -np.inf]
    model = _Talker([ids[0][0]], 1.0, tokenizer.eos_token_id, size)
    out = mlx_lm.stream_generate(
        model, tokenizer, [1, 300], 12, logits_processors=[answer(tokenizer, [choices[0]])]
    )
    return {
        "said": " / ".join(said[:3]),
        "others": " / ".join(said[3:]),
        "first": ", ".join(tokenizer.convert_ids_to_tokens(open_[:6])),
        "left": len(open_),
        "shape": str(first.shape),
        "kept": mx.array([first[0, i].item() for i in sorted({one[0] for one in ids})]),
        "whole": "".join(piece.text for piece in out),
    }


one_of.says(
    passed="Forcing a date, a number or JSON is the same idea with a larger set of ways on.",
    said="What three random models answer",
    others="What seven others answer",
    first="Tokens that may come first",
    left="Number of tokens that may come first",
    shape="Shape of the logits",
    kept="Logits of the first tokens of the choices",
    whole="With mlx_lm and one choice",
)


@one_of.alternative
class _:
    def __init__(self, tokenizer, choices):
        end = tokenizer.eos_token_id
        self.left = [[*tokenizer.encode(c, add_special_tokens=False), end] for c in choices]
        self.started = False

    def __call__(self, tokens, logits):
        if self.started:
            last = tokens[-1].item()
            self.left = [ids[1:] for ids in self.left if ids and ids[0] == last]
        self.started = True
        first = {ids[0] for ids in self.left if ids}
        bias = np.full(logits.shape[-1], -np.inf, np.float32)
        bias[list(first)] = 0
        return logits + mx.array(bias) if first else logits


@one_of.misconception(
    "no_end",
    "Once a choice is said nothing may follow it but the end, and the end is never allowed: "
    "{said}. A model cannot stop when the token that stops it is forbidden.",
)
def _(tokenizer, choices):
    wanted = [tokenizer.encode(text, add_special_tokens=False) for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        if not allowed:
            return logits
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "prompt_is_no_answer",
    "The answers came out as if nothing had been forbidden: {said}. `tokens` begins with the "
    "prompt, and no choice begins with that, so nothing matched. How can the processor know where "
    "the answer starts?",
)
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    wanted = [[*tokenizer.encode(text, add_special_tokens=False), end] for text in choices]

    def process(tokens, logits):
        said = tokens.tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        if not allowed:
            return logits
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "zero_is_no_ban",
    "The tokens that you forbid have a logit of 0, and 0 is an ordinary logit: it beats every "
    "negative one. The answers are {said}. What is the logit of something impossible?",
)
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    wanted = [[*tokenizer.encode(text, add_special_tokens=False), end] for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        masked = mx.zeros(logits.shape)
        if allowed:
            masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "start_token_in_the_choice",
    "The first token that you allow is {first}: the start token. `encode` puts it in front of any "
    "text unless told not to, and a choice stands in the middle of a conversation.",
)
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    wanted = [[*tokenizer.encode(text), end] for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n]
        masked = mx.full(logits.shape, -mx.inf)
        if allowed:
            masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "first_token_only",
    "The first token is one that a choice begins with, and then the model says what it likes: "
    "{said}. The processor is called for every token; what may come depends on what was said.",
)
def _(tokenizer, choices):
    firsts = [tokenizer.encode(text, add_special_tokens=False)[0] for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        if len(tokens) > begin:
            return logits
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(firsts)] = logits[:, mx.array(firsts)]
        return masked

    return process


@one_of.misconception(
    "the_longer_one_wins",
    'One choice begins like another, as "yes" and "yes, please" do, and with you the shorter one '
    "can never be the answer: {said}. Where a choice is complete, the end is one of two ways on.",
)
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    wanted = [tokenizer.encode(text, add_special_tokens=False) for text in choices]
    begin = None

    def process(tokens, logits):
        nonlocal begin
        begin = len(tokens) if begin is None else begin
        said = tokens[begin:].tolist()
        n = len(said)
        allowed = [ids[n] for ids in wanted if ids[:n] == said and len(ids) > n] or [end]
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


one_of.hints(
    "At any moment, what do you have to know to say which tokens may come next?",
    "The answer so far: all tokens after those of the first call. A choice is still possible if "
    "its tokens begin with these. Its next token is allowed, and after its last token the end.",
    "`said = tokens[begin:].tolist()`; for each list of ids with `ids[:len(said)] == said` allow "
    "`ids[len(said)]`; the end token is the last of each list.",
)
