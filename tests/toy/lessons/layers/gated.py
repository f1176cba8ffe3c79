"""gated, an exercise of lesson 01, layers."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise
from course.probe import fill_parameters

gated = exercise(minutes=8, level=2)


@gated.solution
class _(nn.Module):
    """Multiply `up(x)` by the sigmoid of `gate(x)`; both are linear, without bias."""

    def __init__(self, d, h):
        super().__init__()
        # -- yours
        self.up = nn.Linear(d, h, bias=False)
        self.gate = nn.Linear(d, h, bias=False)
        # -- end

    def __call__(self, x):
        # -- yours
        # Sigmoid is the gate.
        gate = mx.sigmoid(self.gate(x))
        return self.up(x) * gate
        # -- end


@gated.use(y="matmul")
def _(answer, rng):
    model = fill_parameters(answer(3, 5), by_name=True)
    x = mx.array(rng.normal(size=(2, 3)).astype(np.float32))
    return {"y": model(x), "parameters": len(model.up) + len(model.gate)}


@gated.alternative
class _(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.gate, self.up = nn.Linear(d, h, bias=False), nn.Linear(d, h, bias=False)

    def __call__(self, x):
        return self.up(x) / (1 + mx.exp(-self.gate(x)))


@gated.misconception("gate_not_squashed", "The gate is not between 0 and 1.")
class _(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.up, self.gate = nn.Linear(d, h, bias=False), nn.Linear(d, h, bias=False)

    def __call__(self, x):
        return self.up(x) * self.gate(x)


@gated.misconception("with_bias", "Your layers have {parameters} parameters: a bias too.")
class _(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.up, self.gate = nn.Linear(d, h), nn.Linear(d, h)

    def __call__(self, x):
        return self.up(x) * mx.sigmoid(self.gate(x))


gated.hints("How many layers are there?", "`nn.Linear` knows `bias`.", "`mx.sigmoid`.")
