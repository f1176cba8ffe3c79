"""Affine, an exercise of lesson 00, ps1."""

import mlx.core as mx
import mlx.nn as nn

from course.exercise import exercise
from course.probe import fill_parameters

from .common import _numbers

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


@Affine.use(y="matmul")
def _(answer, rng):
    return {"y": fill_parameters(answer(3, 2))(_numbers(rng, 4, 3))}


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


Affine.hints("What has a layer?", "Parameters.", "`mx.zeros((outs, ins))`")
