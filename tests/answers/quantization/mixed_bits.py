"""Others' answers to mixed_bits."""

import mlx.core as mx

from course.author.answers import wrong

WIDTHS = (2, 3, 4, 5, 6, 8)


def packed_bytes(w, bits):
    return sum(part.nbytes for part in mx.quantize(w, group_size=32, bits=bits))


def rounded(w, bits):
    return mx.dequantize(*mx.quantize(w, group_size=32, bits=bits), group_size=32, bits=bits)


def _loss(weights, loss, chosen):
    return float(loss({n: rounded(w, chosen[n]) for n, w in weights.items()}))


@wrong("one width for all", named="one_width_for_all")
def _(weights, loss, budget):
    fits = [b for b in WIDTHS if sum(packed_bytes(w, b) for w in weights.values()) <= budget]
    return dict.fromkeys(weights, max(fits))


@wrong("budget ignored: 8 for all", named="as_many_as_there_are")
def _(weights, loss, budget):
    return dict.fromkeys(weights, 8)


@wrong("2 for all", named="as_few_as_there_are")
def _(weights, loss, budget):
    return dict.fromkeys(weights, 2)


@wrong("example")
def _(weights, loss, budget):
    return {"a": 6, "b": 3}


@wrong("budget counts codes only, not scales", named="bits_without_scales")
def _(weights, loss, budget):
    used = lambda c: sum(weights[n].size * c[n] // 8 for n in weights)
    chosen = dict.fromkeys(weights, 2)
    now = _loss(weights, loss, chosen)
    while True:
        opts = [
            (n, b)
            for n in weights
            for b in WIDTHS
            if b > chosen[n] and used(chosen | {n: b}) <= budget
        ]
        if not opts:
            return chosen
        n, b = max(
            opts,
            key=lambda o: (
                (now - _loss(weights, loss, chosen | {o[0]: o[1]}))
                / (weights[o[0]].size * (o[1] - chosen[o[0]]))
            ),
        )
        chosen[n] = b
        now = _loss(weights, loss, chosen)


@wrong("one matrix forgotten")
def _(weights, loss, budget):
    names = list(weights)
    fits = [b for b in WIDTHS if sum(packed_bytes(w, b) for w in weights.values()) <= budget]
    return {n: max(fits) for n in names[1:]}
