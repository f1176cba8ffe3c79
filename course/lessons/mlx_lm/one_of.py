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
            return tokenizer.decode(tokens[3 : 3 + i]) + " (end)"
    return tokenizer.decode(tokens[3:]) + " …"


@one_of.use(left="reading")
def _(answer, rng):
    tokenizer = _tokenizer()
    size = len(tokenizer) + int(rng.integers(0, 40))  # many models have more rows than tokens
    choices = [str(text) for text in rng.permutation(["yes", "yes, please", "no", "not now"])]
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in choices]
    rows = rng.normal(-1, 1, size=(10, 6, size)).astype(np.float32)
    for turn, row in enumerate(rows):  # each is the favourite now and then, and so is the end
        row[:, ids[turn % 4]] += 1
        row[:, tokenizer.eos_token_id] = row[:, ids[turn % 4]].mean(axis=1) + (turn % 3 - 1)
    said = [_say(answer(tokenizer, list(choices)), tokenizer, row) for row in rows]
    first = answer(tokenizer, list(choices))(mx.array([1, 300, 301]), mx.array(rows[0, :1]))
    open_ = [i for i, logit in enumerate(first[0].tolist()) if logit > -np.inf]
    model = _Talker([ids[0][0]], 1.0, tokenizer.eos_token_id, size, 20)
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
            self.left = [ids[1:] for ids in self.left if ids[0] == last]
        self.started = True
        first = {ids[0] for ids in self.left if ids}
        bias = np.full(logits.shape[-1], -np.inf, np.float32)
        bias[list(first)] = 0
        return logits + mx.array(bias)


one_of.same_as("alternative 1", "dtype", "np.float32", "0 and minus infinity are both in float16")


@one_of.misconception(
    "no_end",
    "Your answers begin with a choice, and not all of them stop there: {said}. The tokens of a "
    "text do not hold the one that ends it. When the whole of a choice is said, what may come?",
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
    "Your answers are those of a model to which nothing is forbidden: {said}. Taking all `tokens` "
    "for the answer would do that, since no choice begins with the prompt. How can the processor "
    "know where the answer starts?",
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
    "The tokens that you forbid have a logit of 0, and the answers are {said}. 0 is an ordinary "
    "logit: it beats every negative one. What is the logit of something impossible?",
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
    "text unless it is told not to. Where in a conversation does a choice stand?",
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
    "{said}. The processor is called for every token. What does it depend on what may come next?",
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
    'One choice begins like another, as "yes" and "yes, please" do, and of yours the shorter one '
    "is never the answer: {said}. Where a choice is complete and another goes on, what may come?",
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


@one_of.misconception(
    "a_finite_ban",
    "The answers are right here, and a forbidden token keeps a chance: {left} tokens may come "
    "first. -100 is far below most logits, and a model that is sure can be farther. What is the "
    "logit of something impossible?",
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
        masked = mx.full(logits.shape, -100.0)
        if allowed:
            masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "places_without_the_past",
    "Your answers mix the choices: {said}. At each place yours allows what any choice has there, "
    "also one that can no longer be the answer. What has a choice to begin with, to be still "
    "possible?",
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
        allowed = [ids[min(n, len(ids) - 1)] for ids in wanted]
        masked = mx.full(logits.shape, -mx.inf)
        masked[:, mx.array(allowed)] = logits[:, mx.array(allowed)]
        return masked

    return process


@one_of.misconception(
    "allowed_ones_are_even",
    "The right tokens are forbidden, and those that may come all have one logit: {kept}. A "
    "model's own wish decides among them. What should happen to the logits of the allowed ones?",
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
        masked = mx.full(logits.shape, -mx.inf)
        if allowed:
            masked[:, mx.array(allowed)] = 0.0
        return masked

    return process


@one_of.misconception(
    "allowed_ones_are_forbidden",
    "The first tokens of the choices are forbidden, and all else may come: {left} tokens, and it "
    "should be {left:expected}. Where does your condition keep a logit, and where does it put "
    "minus infinity?",
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
        banned = mx.zeros(logits.shape)
        banned[:, mx.array(allowed, mx.int32)] = -mx.inf
        return logits + banned

    return process


one_of.hints(
    "At any moment, what do you have to know to say which tokens may come next?",
    "The answer so far: all tokens after those of the first call. A choice is still possible if "
    "its tokens begin with these. Its next token is allowed, and after its last token the end.",
    "`said = tokens[begin:].tolist()`; for each list of ids with `ids[:len(said)] == said` allow "
    "`ids[len(said)]`; the end token is the last of each list.",
)
