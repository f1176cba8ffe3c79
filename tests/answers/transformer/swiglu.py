"""Others' answers to swiglu."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


class _SwiBase(nn.Module):
    def __init__(self, dims, hidden_dims):
        super().__init__()
        self.gate_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.up_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.down_proj = nn.Linear(hidden_dims, dims, bias=False)


@right("matmul with the weights, z / (1 + exp(-z))")
class _(_SwiBase):
    def __call__(self, x):
        z = x @ self.gate_proj.weight.T
        return ((z / (1 + mx.exp(-z))) * (x @ self.up_proj.weight.T)) @ self.down_proj.weight.T


@wrong("sigmoid only (GLU)", named="sigmoid_gate")
class _(_SwiBase):
    def __call__(self, x):
        return self.down_proj(mx.sigmoid(self.gate_proj(x)) * self.up_proj(x))


@wrong("silu of the product", named="silu_of_the_product")
class _(_SwiBase):
    def __call__(self, x):
        return self.down_proj(nn.silu(self.gate_proj(x) * self.up_proj(x)))


@wrong("with biases", named="with_biases")
class _(nn.Module):
    def __init__(self, dims, hidden_dims):
        super().__init__()
        self.gate_proj, self.up_proj = nn.Linear(dims, hidden_dims), nn.Linear(dims, hidden_dims)
        self.down_proj = nn.Linear(hidden_dims, dims)

    def __call__(self, x):
        return self.down_proj(nn.silu(self.gate_proj(x)) * self.up_proj(x))


@wrong("relu", named="relu_gate")
class _(_SwiBase):
    def __call__(self, x):
        return self.down_proj(nn.relu(self.gate_proj(x)) * self.up_proj(x))


@wrong("w1 w2 w3 names", named="papers_names")
class _(nn.Module):
    def __init__(self, dims, hidden_dims):
        super().__init__()
        self.w1 = nn.Linear(dims, hidden_dims, bias=False)
        self.w3 = nn.Linear(dims, hidden_dims, bias=False)
        self.w2 = nn.Linear(hidden_dims, dims, bias=False)

    def __call__(self, x):
        return self.w2(nn.silu(self.w1(x)) * self.w3(x))
