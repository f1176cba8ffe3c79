"""watch_layers, an exercise of lesson 02, lazy_graphs."""

import itertools

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

watch_layers = exercise(minutes=6, level=2)


@watch_layers.solution
def _(layers, stat, x):
    """Run `x` through `layers`, and offer one statistic of each layer's output for whoever wants
    to look. Return `(y, stats)`.

        layers:  a list of functions; the output of each is the input of the next
        stat(h): a statistic of an output `h`, a 0-d array, pending
        y:       the last layer's output
        stats:   stats[i] is the statistic of layer i's output, a 0-d array

    Statistics are dear and seldom read, so nobody pays for one that is not read: your function
    computes nothing, evaluating `y` computes no statistic, and evaluating `stats[i]` computes
    that one alone.

    With layers [x + 1, 10 x], stat = max and x = [1, 2]: y = [20, 30], stats[0] = 3, stats[1] = 30.
    """
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    return x, stats


@watch_layers.use(y="matmul", stats="matmul")
def _(answer, rng):
    sides = rng.permutation([2, 3, 4, 5, 6])[: int(rng.integers(4, 6))].tolist()
    x = mx.array(rng.normal(size=(int(rng.integers(1, 4)), sides[0])).astype(np.float32))
    sizes = list(itertools.pairwise(sides))
    weights = [mx.array(rng.normal(size=size).astype(np.float32)) for size in sizes]
    outputs, given = [], []

    def keep(where, array):
        where.append(array)
        return array

    layers = [lambda h, w=w: keep(outputs, mx.tanh(h @ w)) for w in weights]
    y, stats = answer(layers, lambda h: keep(given, mx.abs(h).max()), x)
    calls, kind = len(given), type(stats[0]).__name__
    at_return = sum(map(measure.is_evaluated, [*outputs, *given]))
    if not isinstance(stats[0], (mx.array, float)):
        return {"kind": kind, "calls": calls, "y": y}
    mx.eval(y)
    after_y = sum(map(measure.is_evaluated, given))
    middle = float(stats[1])
    after_one = sum(map(measure.is_evaluated, given))
    return {
        "kind": kind,
        "calls": calls,
        "y": y,
        "stats": np.array([float(stats[0]), middle, *map(float, stats[2:])], dtype=np.float32),
        "at_return": at_return,
        "after_y": after_y,
        "after_one": after_one,
    }


watch_layers.says(
    passed="Offered to everyone, paid for by whoever looks.",
    y="The last layer's output",
    stats="The statistics",
    calls="Calls of stat",
    kind="The type of stats[0]",
    at_return="Outputs and statistics computed when you returned",
    after_y="Statistics computed when y was evaluated",
    after_one="Statistics computed when stats[1] was read",
)


@watch_layers.alternative
def _(layers, stat, x):
    outputs = [x]
    for layer in layers:
        outputs.append(layer(outputs[-1]))
    return outputs[-1], tuple(stat(h) for h in outputs[1:])


@watch_layers.misconception(
    "stats_as_numbers",
    "Your statistics are Python numbers, so they had to be computed on the spot: {at_return} of "
    "the layers' outputs and statistics existed when you returned. A number seems lighter than an "
    "array; a pending array has cost nothing yet. What could you hand out instead?",
)
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x).item())
    return x, stats


@watch_layers.misconception(
    "evaluated_inside",
    "When you returned, {at_return} of the layers' outputs and statistics had been computed: "
    "something inside asked for values or handed them over, such as an eval, a print or an `if`. "
    "The caller may want `y` and nothing else. Who should say when?",
)
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    mx.eval(x, stats)
    return x, stats


@watch_layers.misconception(
    "packed_together",
    "Reading `stats[1]` computed {after_one} statistics. One array for all of them is tidy, and an "
    "array is computed as a whole: its entries cannot wait one by one. In what could they be kept "
    "without being tied together?",
)
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    return x, mx.stack(stats)


@watch_layers.misconception(
    "stat_of_the_input",
    "Each statistic is that of the layer's input: `stats[0]` belongs to `x` itself and the last "
    "output has none. In which order do a layer and its statistic come?",
)
def _(layers, stat, x):
    stats = []
    for layer in layers:
        stats.append(stat(x))
        x = layer(x)
    return x, stats


watch_layers.hints(
    "What does a statistic cost that is written down and never asked for?",
    "Whatever you return, `stats[0]` should depend on the first layer and on nothing else.",
    "A Python list of pending arrays; no eval, no `.item()`, no `mx.stack`.",
)
