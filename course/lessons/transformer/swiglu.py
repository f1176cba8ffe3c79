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
    dims, hidden = int(rng.integers(4, 8)), int(rng.integers(9, 13))
    module = answer(dims, hidden)
    names = _names(module)
    shape = [(2, 3, dims), (5, dims), (1, 2, 2, dims)][rng.integers(3)]
    x = mx.array(rng.normal(0, 2, size=shape).astype(np.float32))
    known = names == (
        f"down_proj.weight {(dims, hidden)}, gate_proj.weight {(hidden, dims)}, "
        f"up_proj.weight {(hidden, dims)}"
    )
    y = fill_parameters(module, by_name=True)(x) if known else str(module(x).shape)
    return {"names": names, "y": y}


swiglu.says(
    passed="In the built-in model two thirds of all weights are in these three layers.",
    names="Parameters",
    y="For a few tokens, with known weights",
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
    "Your numbers are those of SiLU on `up_proj`, with a gate that passes as it is. In a model of "
    "your own the two names would be exchanged and nothing lost; weights from elsewhere know which "
    "is which. Which of the two goes through SiLU?",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return up * mx.sigmoid(up) * gate


@swiglu.misconception(
    "sigmoid_gate",
    "Your numbers are those of a gate that is a bare sigmoid, between 0 and 1. That is a GLU, the "
    "older kin of this one. What does SiLU multiply the sigmoid with?",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return mx.sigmoid(gate) * up


@swiglu.misconception(
    "silu_of_the_product",
    "Your numbers are those of a SiLU of the product of gate and up. Then neither is a gate: a "
    "large negative `up` closes what it should only turn round. What comes first, SiLU or the "
    "product?",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return (gate * up) * mx.sigmoid(gate * up)


@swiglu.misconception(
    "added",
    "Your numbers are those of gate and up added. What should pass where the gate is 0?",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return gate * mx.sigmoid(gate) + up


@swiglu.misconception(
    "with_biases",
    "Your parameters are {names}; there should be no biases. `nn.Linear` has one unless it is told "
    "otherwise, and a Llama's weights bring none for it: yours would keep what they began with. "
    "How is it told?",
)
class _(_FeedForward):
    def __init__(self, dims, hidden_dims):
        super().__init__(dims, hidden_dims, bias=True)


@swiglu.misconception(
    "relu_gate",
    "Your numbers are those of a gate that goes through ReLU. It is SiLU with a sharp corner, and "
    "what is below 0 is lost. What does the statement multiply z with?",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return nn.relu(gate) * up


@swiglu.misconception(
    "gelu_gate",
    "Your numbers are those of a gate that goes through GELU. Gemma does it that way, and a Llama "
    "takes SiLU. What does the statement multiply z with?",
)
class _(_FeedForward):
    def mixed(self, gate, up):
        return nn.gelu(gate) * up


@swiglu.misconception(
    "papers_names",
    "Your parameters are {names}; they should be {names:expected}. The first Llama's code has w1, "
    "w2 and w3; files from Hugging Face have the statement's names, and weights find their place "
    "by name alone. Which one is w2?",
)
class _(nn.Module):
    def __init__(self, dims, hidden_dims):
        super().__init__()
        self.w1 = nn.Linear(dims, hidden_dims, bias=False)
        self.w2 = nn.Linear(hidden_dims, dims, bias=False)
        self.w3 = nn.Linear(dims, hidden_dims, bias=False)

    def __call__(self, x):
        return self.w2(nn.silu(self.w1(x)) * self.w3(x))


@swiglu.misconception(
    "forward",
    "Your layer cannot be called. In PyTorch a module has a method `forward`, and calling it leads "
    "there. MLX calls nothing but what Python calls. Which method is that?",
)
class _(nn.Module):
    def __init__(self, dims, hidden_dims):
        super().__init__()
        self.gate_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.up_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.down_proj = nn.Linear(hidden_dims, dims, bias=False)

    def forward(self, x):
        return self.down_proj(nn.silu(self.gate_proj(x)) * self.up_proj(x))


swiglu.hints(
    "Two layers read x. What happens to each of the two results, and where do they meet?",
    "`gate_proj(x)` goes through SiLU, `up_proj(x)` does not; they meet in a product, and "
    "`down_proj` reads it.",
    "`nn.Linear(dims, hidden_dims, bias=False)`, and `nn.silu(self.gate_proj(x)) * "
    "self.up_proj(x)` inside `self.down_proj(...)`.",
)
