"""mixed_bits, an exercise of lesson 07, quantization."""

import itertools
import math

import mlx.core as mx
import numpy as np

from course.exercise import exercise

mixed_bits = exercise(minutes=15, level=3)


WIDTHS = (2, 3, 4, 5, 6, 8)


def packed_bytes(w, bits):
    """Bytes of a weight in affine quantization, groups of 32, scales and biases included."""
    return sum(part.nbytes for part in mx.quantize(w, group_size=32, bits=bits))


def rounded(w, bits):
    """A weight quantized, in groups of 32, and brought back."""
    return mx.dequantize(*mx.quantize(w, group_size=32, bits=bits), group_size=32, bits=bits)


@mixed_bits.solution
def _(weights, loss, budget):
    """Spend the bits where they count.

    `weights` is a dict of names and matrices; `loss(weights)` is how bad a model is that has these
    weights, a float, for any dict with the same names. `packed_bytes` and `rounded` are given. Each
    matrix may have a width of its own, one of WIDTHS. Return a dict of names and widths, such that
    the matrices take `budget` bytes or less together, and the loss with all of them rounded is at
    most half of what the best single width for all, in the same budget, gives. There is room:
    less than a fifth can be reached.
    For matrices a and b an answer looks like {"a": 6, "b": 3}.
    """
    damage, size = {}, {}
    for name, w in weights.items():
        for bits in WIDTHS:
            damage[name, bits] = loss({**weights, name: rounded(w, bits)})
            size[name, bits] = packed_bytes(w, bits)
    chosen = dict.fromkeys(weights, WIDTHS[0])

    while True:
        better = []
        for name, old in chosen.items():
            for bits in WIDTHS[WIDTHS.index(old) + 1 :]:
                cost = size[name, bits] - size[name, old]
                if sum(size[pair] for pair in chosen.items()) + cost <= budget:
                    better.append(((damage[name, old] - damage[name, bits]) / cost, name, bits))
        if not better:
            return chosen
        _, name, bits = max(better)
        chosen[name] = bits


# name -> (rows, size of its numbers, weight of its output)
_PARTS = {
    "attention": (96, 0.2, 30.0),
    "gate": (96, 3.0, 0.1),
    "down": (64, 4.0, 0.03),
    "embedding": (96, 0.5, 10.0),
    "head": (32, 0.3, 8.0),
}


@mixed_bits.use
def _(answer, rng):
    columns = int(rng.choice([64, 96]))
    x = mx.array(rng.normal(size=(16, columns)).astype(np.float32))
    weights = {
        name: mx.array((rng.normal(size=(rows, columns)) * size).astype(np.float32))
        for name, (rows, size, _) in _PARTS.items()
    }

    def outputs(weights):
        return {name: (x @ w.T) * _PARTS[name][2] for name, w in weights.items()}

    wanted = outputs(weights)

    def loss(weights):
        return sum(mx.square(y - wanted[n]).sum() for n, y in outputs(weights).items()).item()

    def size(widths):
        return sum(packed_bytes(w, widths[n]) for n, w in weights.items())

    budget = size(dict.fromkeys(weights, 4)) + int(rng.integers(0, 3)) * 100
    target = loss({n: rounded(w, 4) for n, w in weights.items()}) / 2
    widths = answer(weights, loss, budget)
    allowed = sorted(widths) == sorted(weights) and all(b in WIDTHS for b in widths.values())
    if not allowed:
        return {"allowed": False, "single": None, "bytes": None, "loss": None}
    widths = {name: int(bits) for name, bits in widths.items()}
    found = loss({n: rounded(w, widths[n]) for n, w in weights.items()})
    # What is better than asked for reads as what was asked for: there are many right answers.
    over = max(1.0, math.ceil(100 * found / target) / 100)
    several = "several widths" if len(set(widths.values())) > 1 else f"{min(widths.values())} bits"
    return {
        "allowed": True,
        "single": several,
        "bytes": max(size(widths), budget),
        "loss": over,
    }


mixed_bits.says(
    passed="Same bytes, less than half of the loss: measured where it counts.",
    allowed="A width of WIDTHS for each matrix",
    single="Your matrices have",
    bytes="Bytes your widths take (the budget, if they fit)",
    loss="The loss, in multiples of the one asked for (1, if it is met)",
)


@mixed_bits.alternative
def _(weights, loss, budget):
    names = list(weights)
    harm = [[loss({**weights, n: rounded(weights[n], b)}) for b in WIDTHS] for n in names]
    size = [[packed_bytes(weights[n], b) for b in WIDTHS] for n in names]
    best = min(
        (
            choice
            for choice in itertools.product(range(len(WIDTHS)), repeat=len(names))
            if sum(row[i] for row, i in zip(size, choice, strict=True)) <= budget
        ),
        key=lambda choice: sum(row[i] for row, i in zip(harm, choice, strict=True)),
    )
    return {n: WIDTHS[i] for n, i in zip(names, best, strict=True)}


@mixed_bits.alternative
def _(weights, loss, budget):
    versions = {(n, b): rounded(w, b) for n, w in weights.items() for b in WIDTHS}
    sizes = {(n, b): packed_bytes(w, b) for n, w in weights.items() for b in WIDTHS}
    mx.eval(list(versions.values()))

    def judge(widths):
        return loss({pair[0]: versions[pair] for pair in widths.items()})

    def size(widths):
        return sum(sizes[pair] for pair in widths.items())

    widths = dict.fromkeys(weights, 8)
    while size(widths) > budget:
        lower = [
            {**widths, n: WIDTHS[WIDTHS.index(b) - 1]} for n, b in widths.items() if b > WIDTHS[0]
        ]
        now = judge(widths)
        widths = min(lower, key=lambda w: (judge(w) - now) / (size(widths) - size(w)))
    return widths


@mixed_bits.misconception(
    "one_width_for_all",
    "Every matrix got the same width, {single}. It fits, and it is what you are to beat: the loss "
    "is {loss} times the one asked for. How much does the loss rise if one matrix alone is "
    "rounded, and is that the same for each of them?",
)
def _(weights, loss, budget):
    fit = [b for b in WIDTHS if sum(packed_bytes(w, b) for w in weights.values()) <= budget]
    return dict.fromkeys(weights, max(fit))


def _greedy(weights, harm, size, budget):
    """Raise the width that mends most for its bytes, as long as something fits."""
    chosen = dict.fromkeys(weights, WIDTHS[0])
    while True:
        spent = sum(size(weights[n], b) for n, b in chosen.items())
        better = [
            ((harm[n, old] - harm[n, b]) / (size(weights[n], b) - size(weights[n], old)), n, b)
            for n, old in chosen.items()
            for b in WIDTHS[WIDTHS.index(old) + 1 :]
            if spent + size(weights[n], b) - size(weights[n], old) <= budget
        ]
        if not better:
            return chosen
        _, name, bits = max(better)
        chosen[name] = bits


@mixed_bits.misconception(
    "judged_by_weight_error",
    "It fits, and your loss is {loss} times the one asked for. That is the loss of bits given "
    "where the numbers themselves change most. Large numbers change by more; what does the model "
    "do with them, and what can tell you?",
)
def _(weights, loss, budget):
    harm = {
        (n, b): mx.square(rounded(w, b) - w).sum().item()
        for n, w in weights.items()
        for b in WIDTHS
    }
    return _greedy(weights, harm, packed_bytes, budget)


@mixed_bits.misconception(
    "bits_without_scales",
    "Your choice takes {bytes} bytes, and the budget is {bytes:expected}: as much as fits if bits "
    "times weights were all. What else has a packed matrix?",
)
def _(weights, loss, budget):
    harm = {(n, b): loss({**weights, n: rounded(w, b)}) for n, w in weights.items() for b in WIDTHS}
    return _greedy(weights, harm, lambda w, bits: w.size * bits / 8, budget)


@mixed_bits.misconception(
    "small_matrices_first",
    "It fits, and your loss is {loss} times the one asked for. That is the loss of many bits for "
    "small matrices and few for large ones: cheap is not the same as worth it. What does each "
    "matrix do to the loss?",
)
def _(weights, loss, budget):
    chosen = dict.fromkeys(weights, WIDTHS[0])
    for name in sorted(weights, key=lambda n: weights[n].size):
        for bits in WIDTHS:
            wish = {**chosen, name: bits}
            if sum(packed_bytes(weights[n], b) for n, b in wish.items()) <= budget:
                chosen = wish
    return chosen


@mixed_bits.misconception(
    "sensitive_first_without_a_price",
    "It fits, and your loss is {loss} times the one asked for. That is the loss of giving all they "
    "can take to the matrices that hurt most, one after the other, until nothing is left. The step "
    "from 6 bits to 8 mends less than the one from 2 to 3. What does each step mend, for what it "
    "costs?",
)
def _(weights, loss, budget):
    chosen = dict.fromkeys(weights, WIDTHS[0])
    harm = {n: loss({**weights, n: rounded(w, 2)}) for n, w in weights.items()}
    for name in sorted(weights, key=harm.get, reverse=True):
        for bits in WIDTHS:
            wish = {**chosen, name: bits}
            if sum(packed_bytes(weights[n], b) for n, b in wish.items()) <= budget:
                chosen = wish
    return chosen


@mixed_bits.misconception(
    "as_many_as_there_are",
    "Every matrix got {single}, the most that there is. Nothing is lost then, and it takes {bytes} "
    "bytes of {bytes:expected}. What may the matrices take together?",
)
def _(weights, loss, budget):
    return dict.fromkeys(weights, WIDTHS[-1])


@mixed_bits.misconception(
    "as_few_as_there_are",
    "Every matrix got {single}, the fewest that there are. It fits, with room to spare, and the "
    "loss is {loss} times the one asked for. Where would the bytes that are left help most?",
)
def _(weights, loss, budget):
    return dict.fromkeys(weights, WIDTHS[0])


mixed_bits.hints(
    "What does each matrix do to the loss when it alone is rounded, at each width?",
    "Measure that first, for every name and width. Then begin with the fewest bits and buy the "
    "step that mends most for each byte, until nothing fits.",
    "`damage[name, bits] = loss({**weights, name: rounded(w, bits)})`; in a loop take the largest "
    "`(damage[name, old] - damage[name, bits]) / more_bytes` that the budget allows.",
)
_CHOICE = "another choice that fits and halves the loss too"
_LENGTHS = "all have one length"
_EVAL = "saves only time: they are evaluated in the first loss"
for _label, _operator, _fragment, _reason in (
    (
        "solution",
        "boundary",
        "sum((size[pair] for pair in chosen.items())) + cost <= budget",
        _CHOICE,
    ),
    ("solution", "constant", "WIDTHS.index(old) + 1", _CHOICE),
    ("solution", "operator", "damage[name, old] - damage[name, bits]", _CHOICE),
    ("alternative 1", "keyword dropped", "zip(names, best, strict=True)", _LENGTHS),
    ("alternative 1", "keyword dropped", "zip(harm, choice, strict=True)", _LENGTHS),
    ("alternative 1", "keyword dropped", "zip(size, choice, strict=True)", _LENGTHS),
    ("alternative 1", "constant", "strict=True", _LENGTHS),
    (
        "alternative 1",
        "boundary",
        "sum((row[i] for row, i in zip(size, choice, strict=True))) <= budget",
        _CHOICE,
    ),
    ("alternative 2", "statement dropped", "mx.eval(list(versions.values()))", _EVAL),
    ("alternative 2", "eval dropped", "mx.eval(list(versions.values()))", _EVAL),
    ("alternative 2", "boundary", "size(widths) > budget", _CHOICE),
    (
        "alternative 2",
        "operator",
        "(judge(w) - now) / (size(widths) - size(w))",
        _CHOICE,
    ),
    ("alternative 2", "operator", "judge(w) - now", _CHOICE),
    ("alternative 2", "operator", "size(widths) - size(w)", _CHOICE),
):
    mixed_bits.same_as(_label, _operator, _fragment, _reason)
