"""swiglu, an exercise of lesson 06, transformer."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise
from course.probe import fill_parameters

from .common import _names

swiglu = exercise(minutes=5, level=1)


@swiglu.solution
class _(nn.Module):
    """The feed-forward part of a Llama block.

    `swiglu(dims, hidden_dims)` makes it. Called with x of shape (..., dims) it returns the same
    shape. Three linear layers without biases, called `gate_proj` and `up_proj` (dims to
    hidden_dims) and `down_proj` (hidden_dims to dims). The gate goes through SiLU, which is
    z * sigmoid(z); what comes out is multiplied with what `up_proj` makes, and goes down.
    With a gate of 0 the output is 0, whatever `up_proj` says.
    """

    def __init__(self, dims, hidden_dims):
        super().__init__()
        # -- yours
        self.gate_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.up_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.down_proj = nn.Linear(hidden_dims, dims, bias=False)
        # -- end

    def __call__(self, x):
        # -- yours
        gate = self.gate_proj(x)
        return self.down_proj(gate * mx.sigmoid(gate) * self.up_proj(x))
        # -- end


@swiglu.use(y="matmul", names="reading")
def _(answer, rng):
    module = answer(6, 10)
    names = _names(module)
    x = mx.array(rng.normal(0, 2, size=(2, 3, 6)).astype(np.float32))
    known = names == "down_proj.weight (6, 10), gate_proj.weight (10, 6), up_proj.weight (10, 6)"
    return {"names": names, "y": fill_parameters(module, by_name=True)(x) if known else None}


swiglu.says(
    passed="In the built-in model two thirds of all weights are in these three layers.",
    names="Parameters",
    y="For 2 × 3 tokens, with known weights",
)


@swiglu.alternative
class _(nn.Module):
    def __init__(self, dims, hidden_dims):
        super().__init__()
        for name in ("up_proj", "gate_proj"):
            setattr(self, name, nn.Linear(dims, hidden_dims, bias=False))
        self.down_proj = nn.Linear(hidden_dims, dims, bias=False)

    def __call__(self, x):
        return self.down_proj(nn.silu(self.gate_proj(x)) * self.up_proj(x))


class _FeedForward(nn.Module):
    """What the wrong ones share."""

    def __init__(self, dims, hidden_dims, bias=False):
        super().__init__()
        self.gate_proj = nn.Linear(dims, hidden_dims, bias=bias)
        self.up_proj = nn.Linear(dims, hidden_dims, bias=bias)
        self.down_proj = nn.Linear(hidden_dims, dims, bias=bias)

    def __call__(self, x):
        return self.down_proj(self.mixed(self.gate_proj(x), self.up_proj(x)))

    def mixed(self, gate, up):
        return gate * mx.sigmoid(gate) * up


@swiglu.misconception(
    "silu_on_up",
    "SiLU is on `up_proj`, and the gate passes as it is. In your own model the two names would be "
    "exchanged and nothing lost; weights from elsewhere know which is which.",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return up * mx.sigmoid(up) * gate


@swiglu.misconception(
    "sigmoid_gate",
    "The gate is a bare sigmoid, between 0 and 1. That is a GLU, the older kin of this one; SiLU "
    "multiplies the sigmoid with its own input once more.",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return mx.sigmoid(gate) * up


@swiglu.misconception(
    "silu_of_the_product",
    "Gate and up were multiplied first, and SiLU taken of the product. Then neither is a gate: a "
    "large negative `up` closes what it should only turn round.",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return (gate * up) * mx.sigmoid(gate * up)


@swiglu.misconception(
    "added",
    "Gate and up were added. A gate multiplies: where it is 0, nothing passes.",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return gate * mx.sigmoid(gate) + up


@swiglu.misconception(
    "with_biases",
    "Your parameters are {names}; there should be no biases. `nn.Linear` has one unless it is told "
    "otherwise, and a Llama's weights bring none for it: yours would keep what they began with.",
)
class _(_FeedForward):
    def __init__(self, dims, hidden_dims):
        super().__init__(dims, hidden_dims, bias=True)


swiglu.hints(
    "Two layers read x. What happens to each of the two results, and where do they meet?",
    "`gate_proj(x)` goes through SiLU, `up_proj(x)` does not; they meet in a product, and "
    "`down_proj` reads it.",
    "`nn.Linear(dims, hidden_dims, bias=False)`, and `nn.silu(self.gate_proj(x)) * "
    "self.up_proj(x)` inside `self.down_proj(...)`.",
)
