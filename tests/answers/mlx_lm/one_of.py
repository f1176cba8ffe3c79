"""Others' answers to one_of."""

import mlx.core as mx

from course.author.answers import right, wrong


def _oo(
    tokenizer,
    choices,
    end=True,
    special=False,
    first=False,
    fill=-mx.inf,
    zero=False,
    together=False,
):
    paths = [
        tokenizer.encode(c, add_special_tokens=special) + ([tokenizer.eos_token_id] if end else [])
        for c in choices
    ]
    start = None

    def process(tokens, logits):
        nonlocal start
        if start is None:
            start = len(tokens)
        said = tokens[start:].tolist()
        if together:
            allowed = {t for p in paths for t in p}
        elif first:
            allowed = {p[min(len(said), len(p) - 1)] for p in paths}
        else:
            allowed = {p[len(said)] for p in paths if len(p) > len(said) and p[: len(said)] == said}
        if not allowed:
            return logits
        keep = mx.zeros((logits.shape[-1],), mx.bool_)
        keep[mx.array(sorted(allowed))] = True
        return mx.where(keep, mx.zeros_like(logits) if zero else logits, fill)

    return process


@right("start remembered, prefixes")
def _(tokenizer, choices):
    end = tokenizer.eos_token_id
    paths = [tokenizer.encode(c, add_special_tokens=False) + [end] for c in choices]
    start = None

    def process(tokens, logits):
        nonlocal start
        if start is None:
            start = len(tokens)
        said = tokens[start:].tolist()
        allowed = {p[len(said)] for p in paths if len(p) > len(said) and p[: len(said)] == said}
        if not allowed:
            return logits
        keep = mx.zeros((logits.shape[-1],), mx.bool_)
        keep[mx.array(sorted(allowed))] = True
        return mx.where(keep, logits, -mx.inf)

    return process


@right("class with __call__ and a trie")
def _(tokenizer, choices):
    trie = {}
    for c in choices:
        node = trie
        for t in [*tokenizer.encode(c, add_special_tokens=False), tokenizer.eos_token_id]:
            node = node.setdefault(t, {})

    class Process:
        def __init__(self):
            self.node, self.first = trie, True

        def __call__(self, tokens, logits):
            if not self.first:
                self.node = self.node.get(int(tokens[-1].item()), {})
            self.first = False
            if not self.node:
                return logits
            out = mx.full(logits.shape, -float("inf"), dtype=logits.dtype)
            ids = mx.array(list(self.node))
            out[:, ids] = logits[:, ids]
            return out

    return Process()


@wrong("start token before each choice", named="start_token_in_the_choice")
def _(tokenizer, choices):
    return _oo(tokenizer, choices, special=True)


@wrong("prefix not looked at: mixes choices", named="places_without_the_past")
def _(tokenizer, choices):
    return _oo(tokenizer, choices, first=True)


@wrong("logits of the allowed set to 0", named="allowed_ones_are_even")
def _(tokenizer, choices):
    return _oo(tokenizer, choices, zero=True)


@wrong("-100 instead of minus infinity", named="a_finite_ban")
def _(tokenizer, choices):
    return _oo(tokenizer, choices, fill=-100.0)


@wrong("prompt taken for the answer")
def _(tokenizer, choices):
    paths = [
        tokenizer.encode(c, add_special_tokens=False) + [tokenizer.eos_token_id] for c in choices
    ]

    def process(tokens, logits):
        said = tokens.tolist()
        allowed = {
            p[len(said)] for p in paths if len(p) > len(said) and p[: len(said)] == said
        } or {p[0] for p in paths}
        keep = mx.zeros((logits.shape[-1],), mx.bool_)
        keep[mx.array(sorted(allowed))] = True
        return mx.where(keep, logits, -mx.inf)

    return process


@wrong("-inf added where allowed (inverted)")
def _(tokenizer, choices):
    inner = _oo(tokenizer, choices)

    def process(tokens, logits):
        out = inner(tokens, logits)
        return mx.where(out == -mx.inf, logits, -mx.inf)

    return process


@wrong("first token only is forced", named="first_token_only")
def _(tokenizer, choices):
    inner, n = _oo(tokenizer, choices), []

    def process(tokens, logits):
        n.append(1)
        return inner(tokens, logits) if len(n) == 1 else logits

    return process


@wrong("matches strings of decoded text")
def _(tokenizer, choices):
    start = None
    firsts = [tokenizer.encode(c, add_special_tokens=False)[0] for c in choices]

    def process(tokens, logits):
        nonlocal start
        if start is None:
            start = len(tokens)
        said = tokenizer.decode(tokens[start:].tolist())
        left = [c[len(said) :] for c in choices if c.startswith(said)]
        ids = [
            tokenizer.encode(r, add_special_tokens=False)[0] if r else tokenizer.eos_token_id
            for r in left
        ] or firsts
        keep = mx.zeros((logits.shape[-1],), mx.bool_)
        keep[mx.array(sorted(set(ids)))] = True
        return mx.where(keep, logits, -mx.inf)

    return process


@wrong("mutates the logits that came in")
def _(tokenizer, choices):
    paths = [
        tokenizer.encode(c, add_special_tokens=False) + [tokenizer.eos_token_id] for c in choices
    ]
    start = None

    def process(tokens, logits):
        nonlocal start
        if start is None:
            start = len(tokens)
        said = tokens[start:].tolist()
        allowed = {p[len(said)] for p in paths if len(p) > len(said) and p[: len(said)] == said}
        if len(said) == 0:
            logits[:, mx.array(sorted(allowed))] = 1e4
        return logits

    return process
