"""Six exercises to grade: arrays, a class, a value, and one that rests on a reading."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course import measure
from course.exercise import exercise
from course.probe import fill_parameters

scale = exercise(minutes=3, level=1)


@scale.solution
def _(x, factor):
    """Return `x` times `factor`. For [1, 2] and 3 that is [3, 6]."""
    return x * factor


@scale.misconception("adds", "You added {y} where a product was asked for.")
def _(x, factor):
    return x + factor


@scale.misconception("squares", "The factor went in twice.")
def _(x, factor):
    return x * factor * factor


@scale.use
def _(answer, rng):
    return {"y": answer(_numbers(rng, 4), float(rng.uniform(2, 3)))}


def _numbers(rng, *shape):
    return mx.array(rng.normal(size=shape).astype(np.float32))


scale.hints("What is asked for?", "A product.", "`x * factor`")

mm = exercise(minutes=3, level=1)


@mm.solution
def _(a, b):
    """Return the matrix product of `a` and `b`."""
    return a @ b


@mm.misconception("elementwise", "Each number met only its own neighbour.")
def _(a, b):
    return a * b


@mm.misconception("other_way_round", "The order matters.")
def _(a, b):
    return b @ a


@mm.use(y="matmul")
def _(answer, rng):
    return {"y": answer(_numbers(rng, 3, 3), _numbers(rng, 3, 3))}


mm.hints("Which product?", "Rows with columns.", "`a @ b`")

softmax_rows = exercise(minutes=3, level=1)


@softmax_rows.solution
def _(x):
    """Return the softmax of each row of `x`, of shape (R, C)."""
    return mx.softmax(x, axis=1)


@softmax_rows.misconception("over_columns", "The columns add up to 1, and the rows should.")
def _(x):
    return mx.softmax(x, axis=0)


@softmax_rows.misconception("no_exponential", "These are shares of the numbers themselves.")
def _(x):
    return x / x.sum(axis=1, keepdims=True)


@softmax_rows.use(y="reduction")
def _(answer, rng):
    y = answer(_numbers(rng, 2, 3))
    return {"y": y, "dtype": str(getattr(y, "dtype", "none"))}


softmax_rows.hints("What adds up to 1?", "Each row.", "`mx.softmax(x, axis=1)`")

Affine = exercise(minutes=3, level=1)


@Affine.solution
class _(nn.Module):
    """A layer `Affine(ins, outs)` with a weight (outs, ins) and a bias (outs,): x @ w.T + b."""

    def __init__(self, ins, outs):
        super().__init__()
        # -- yours
        self.weight, self.bias = mx.zeros((outs, ins)), mx.zeros(outs)
        # -- end

    def __call__(self, x):
        # -- yours
        return x @ self.weight.T + self.bias
        # -- end


@Affine.misconception("no_bias", "The bias is there and is not used.")
class _(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.weight, self.bias = mx.zeros((outs, ins)), mx.zeros(outs)

    def __call__(self, x):
        return x @ self.weight.T


@Affine.misconception("minus", "The bias was taken away.")
class _(nn.Module):
    def __init__(self, ins, outs):
        super().__init__()
        self.weight, self.bias = mx.zeros((outs, ins)), mx.zeros(outs)

    def __call__(self, x):
        return x @ self.weight.T - self.bias


@Affine.use(y="matmul")
def _(answer, rng):
    return {"y": fill_parameters(answer(3, 2))(_numbers(rng, 4, 3))}


Affine.hints("What has a layer?", "Parameters.", "`mx.zeros((outs, ins))`")

lazy = exercise(minutes=3, level=1, value=True)


@lazy.solution
def _():
    """How many operations wait after `y = x + 1`, x known, and nobody has looked?"""
    return 1


@lazy.misconception("none", "Nothing has been computed yet.")
def _():
    return 0


@lazy.misconception("two", "The 1 is no operation.")
def _():
    return 2


@lazy.use
def _(answer, rng):
    return {"waiting": answer}


lazy.hints("What was done?", "Nothing.", "One.")

total = exercise(minutes=3, level=1)


@total.solution
def _(values):
    """Return the sum of a list of arrays, not yet evaluated."""
    return sum(values[1:], values[0])


@total.misconception("evaluated", "It was evaluated: {waiting} operations wait.")
def _(values):
    y = sum(values[1:], values[0])
    mx.eval(y)
    return y


@total.misconception("last", "Only the last is there.")
def _(values):
    return values[-1] + 0


@total.use(waiting="reading")
def _(answer, rng):
    y = answer([_numbers(rng, 3) for _ in range(3)])
    return {"waiting": measure.graph_nodes(y), "y": y}


total.hints("When is it computed?", "Later.", "`sum`")
