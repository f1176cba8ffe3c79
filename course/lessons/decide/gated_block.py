"""gated_block, an exercise of lesson 16, decide."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise
from course.probe import fill_parameters

gated_block = exercise(minutes=8, level=2)


@gated_block.solution
class _(nn.Module):
    """Port this PyTorch module. The names of its layers stay, so that its weights can be loaded.

        class GatedBlock(torch.nn.Module):
            def __init__(self, dims, hidden):
                super().__init__()
                self.norm = torch.nn.LayerNorm(dims)
                self.inner = torch.nn.Linear(dims, 2 * hidden, bias=False)
                self.outer = torch.nn.Linear(hidden, dims)

            def forward(self, x):                        # (B, dims, T)
                y = self.norm(x.transpose(1, 2))
                a, b = self.inner(y).chunk(2, dim=-1)
                y = self.outer(F.gelu(a, approximate="tanh") * b)
                return x + y.transpose(1, 2)

    x and the result have the shape (B, dims, T) in MLX as well. The parameters are norm.weight,
    norm.bias, inner.weight, outer.weight and outer.bias.
    """

    def __init__(self, dims, hidden):
        super().__init__()
        # -- yours
        self.norm = nn.LayerNorm(dims)
        self.inner = nn.Linear(dims, 2 * hidden, bias=False)
        self.outer = nn.Linear(hidden, dims)
        # -- end

    def __call__(self, x):
        # -- yours
        y = self.norm(x.swapaxes(1, 2))
        a, b = mx.split(self.inner(y), 2, axis=-1)
        y = self.outer(nn.gelu_approx(a) * b)
        return x + y.swapaxes(1, 2)
        # -- end


@gated_block.use(y="matmul", gate="matmul")
def _(answer, rng):
    block = fill_parameters(answer(6, 5), by_name=True)
    x = mx.array(rng.normal(1, 2, size=(2, 6, 6)).astype(np.float32))
    names = ", ".join(sorted(name for name, _ in tree_flatten(block.parameters())))
    seen = {"names": names, "y": block(x)}
    if names == "inner.weight, norm.bias, norm.weight, outer.bias, outer.weight":
        # What is added to 0, where all of the gate's inputs are -3: there the gelus differ by 10 %.
        inner = mx.concatenate([mx.full((5, 6), -0.5), mx.array(rng.uniform(size=(5, 6)))])
        block.update({"norm": {"bias": mx.ones(6)}, "outer": {"bias": mx.zeros(6)}})
        block.update({"inner": {"weight": inner.astype(mx.float32)}})
        seen["gate"] = block(mx.zeros((1, 6, 6)))
    return seen


gated_block.says(
    passed="Another gelu, swapped halves, the wrong axis: none of these raises. That is porting.",
    names="The parameters",
    y="For a batch of 2, 6 channels and 6 time steps",
    gate="What is added to 0 where the gelu's inputs are all -3",
)


@gated_block.alternative
class _(nn.Module):
    def __init__(self, dims, hidden):
        super().__init__()
        self.inner = nn.Linear(dims, 2 * hidden, bias=False)
        self.outer, self.norm = nn.Linear(hidden, dims), nn.LayerNorm(dims)
        self._hidden = hidden

    def __call__(self, x):
        y = self.inner(self.norm(x.transpose(0, 2, 1)))
        a, b = y[..., : self._hidden], y[..., self._hidden :]
        gate = 0.5 * a * (1 + mx.tanh(0.7978845608 * (a + 0.044715 * a**3)))
        return x + self.outer(gate * b).transpose(0, 2, 1)


class _Block(nn.Module):
    """The layers, and each step as a method that a wrong answer replaces."""

    def __init__(self, dims, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(dims)
        self.inner = nn.Linear(dims, 2 * hidden, bias=False)
        self.outer = nn.Linear(hidden, dims)

    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu_approx(a) * b

    def __call__(self, x):
        y = self.outer(self.gate(self.inner(self.norm(x.swapaxes(1, 2)))))
        return x + y.swapaxes(1, 2)


@gated_block.misconception(
    "exact_gelu",
    "Near, and not the same: `nn.gelu` is the exact function, and the original asks for the "
    "approximation by tanh. They differ by less than 0.001 everywhere, and at -3 by a tenth of "
    "what is left there. Which of MLX's three gelus is it?",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu(a) * b


@gated_block.misconception(
    "fast_gelu",
    "`nn.gelu_fast_approx` is x times a sigmoid, another function that is called approximate. "
    "The original says which one it wants: tanh.",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu_fast_approx(a) * b


@gated_block.misconception(
    "halves_swapped",
    "The gelu went over the second half and should go over the first. Both have the same shape, "
    "and only the trained weights know which is the gate.",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return a * nn.gelu_approx(b)


@gated_block.misconception(
    "split_interleaved",
    "Your halves take every second column. `chunk` cuts in the middle. (Some checkpoints do "
    "interleave; this one does not.)",
)
class _(_Block):
    def gate(self, y):
        return nn.gelu_approx(y[..., ::2]) * y[..., 1::2]


@gated_block.misconception(
    "not_transposed",
    "The layers ran over time instead of channels: the check takes as many time steps as "
    "channels, so no shape complains. What does `x.transpose(1, 2)` of the original do, and "
    "which MLX function swaps two axes?",
)
class _(_Block):
    def __call__(self, x):
        return x + self.outer(self.gate(self.inner(self.norm(x))))


@gated_block.misconception(
    "not_turned_back",
    "What is added to x still has channels last, and x has them first. With as many time steps as "
    "channels both are square, and the sum of the two is nonsense of the right shape.",
)
class _(_Block):
    def __call__(self, x):
        return x + self.outer(self.gate(self.inner(self.norm(x.swapaxes(1, 2)))))


@gated_block.misconception(
    "no_residual",
    "The x of `x + ...` in the last line is missing: the block returns what it should add.",
)
class _(_Block):
    def __call__(self, x):
        y = self.outer(self.gate(self.inner(self.norm(x.swapaxes(1, 2)))))
        return y.swapaxes(1, 2)


@gated_block.misconception(
    "residual_of_the_normed",
    "The sum begins with the normalised x; the original adds to x itself, so that a block can "
    "pass on what it was given.",
)
class _(_Block):
    def __call__(self, x):
        y = self.norm(x.swapaxes(1, 2))
        return (y + self.outer(self.gate(self.inner(y)))).swapaxes(1, 2)


gated_block.hints(
    "Which of the four lines of `forward` would raise in MLX, and which would run and mean "
    "something else?",
    "`transpose` takes the new order of all axes, `chunk` is `mx.split` with a number of parts, "
    "and `nn` has three functions whose names begin with gelu.",
    "`x.swapaxes(1, 2)`, `mx.split(..., 2, axis=-1)` and `nn.gelu_approx`.",
)
