"""gated_block, an exercise of lesson 16, decide."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise
from course.probe import fill_parameters, outcome

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


@gated_block.use(y="matmul", longer="matmul", gate="matmul")
def _(answer, rng):
    dims, hidden = ((6, 5), (5, 7), (7, 4))[int(rng.integers(3))]
    block = fill_parameters(answer(dims, hidden), by_name=True)
    names = ", ".join(sorted(name for name, _ in tree_flatten(block.trainable_parameters())))
    seen: dict = {"names": names}
    # As many time steps as channels: then no shape tells one axis from the other.
    x = mx.array(rng.normal(1, 2, size=(int(rng.integers(2, 4)), dims, dims)).astype(np.float32))
    seen["y"] = block(x)
    if names == "inner.weight, norm.bias, norm.weight, outer.bias, outer.weight":
        more = mx.array(rng.normal(1, 2, size=(1, dims, 2 * dims)).astype(np.float32))
        said = []
        ended = outcome(lambda: said.append(block(more)))
        seen["longer"] = said[0] if said else ended.partition(":")[0]
        # What is added to 0, where all of the gate's inputs are -3: there the gelus differ by 10 %.
        inner = mx.concatenate(
            [mx.full((hidden, dims), -3 / dims), mx.array(rng.uniform(size=(hidden, dims)))]
        )
        block.update({"norm": {"bias": mx.ones(dims)}, "outer": {"bias": mx.zeros(dims)}})
        block.update({"inner": {"weight": inner.astype(mx.float32)}})
        seen["gate"] = block(mx.zeros((1, dims, dims)))
    return seen


gated_block.says(
    passed="Another gelu, swapped halves, the wrong axis: none of these raises. That is porting.",
    names="The parameters that can be trained",
    y="For as many time steps as channels",
    longer="For twice as many time steps as channels",
    gate="What is added to 0 where the gelu's inputs are all -3",
)
for _fragment in ("x.swapaxes(1, 2)", "y.swapaxes(1, 2)"):
    gated_block.same_as("solution", "arguments swapped", _fragment, "two axes change places")


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
    "Near, and not the same: your numbers are those of the exact gelu, and the original asks for "
    "the approximation by tanh. They differ by less than 0.001 everywhere, and at -3 by a tenth of "
    "what is left there. Which of MLX's three gelus is it?",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu(a) * b


@gated_block.misconception(
    "fast_gelu",
    "Your numbers are those of x times a sigmoid, as `nn.gelu_fast_approx` computes it: another "
    "function that is called approximate. Which approximation does the original name?",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu_fast_approx(a) * b


@gated_block.misconception(
    "halves_swapped",
    "The gelu went over the second half and should go over the first. Both have the same shape, "
    "and only the trained weights know which is the gate. Which half does `forward` name first?",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return a * nn.gelu_approx(b)


@gated_block.misconception(
    "split_interleaved",
    "Your halves are every second column. Some checkpoints do interleave; this one does not. Where "
    "does `chunk` cut?",
)
class _(_Block):
    def gate(self, y):
        return nn.gelu_approx(y[..., ::2]) * y[..., 1::2]


@gated_block.misconception(
    "not_transposed",
    "The layers ran over time instead of channels. With as many time steps as channels no shape "
    "complains; with twice as many it ends in {longer}. What does `x.transpose(1, 2)` of the "
    "original do, and which MLX function swaps two axes?",
)
class _(_Block):
    def __call__(self, x):
        return x + self.outer(self.gate(self.inner(self.norm(x))))


@gated_block.misconception(
    "not_turned_back",
    "What is added to x still has channels last, and x has them first. With as many time steps as "
    "channels both are square, and the sum of the two is nonsense of the right shape. What does "
    "the last line of `forward` do before it adds?",
)
class _(_Block):
    def __call__(self, x):
        return x + self.outer(self.gate(self.inner(self.norm(x.swapaxes(1, 2)))))


@gated_block.misconception(
    "no_residual",
    "The block returns what it should add to x. What does the last line of `forward` begin with?",
)
class _(_Block):
    def __call__(self, x):
        y = self.outer(self.gate(self.inner(self.norm(x.swapaxes(1, 2)))))
        return y.swapaxes(1, 2)


@gated_block.misconception(
    "residual_of_the_normed",
    "What you add to is the normalised x; the original adds to x itself, so that a block can pass "
    "on what it was given. Which of the two has the name x?",
)
class _(_Block):
    def __call__(self, x):
        y = self.norm(x.swapaxes(1, 2))
        return (y + self.outer(self.gate(self.inner(y)))).swapaxes(1, 2)


@gated_block.misconception(
    "transpose_of_torch",
    "MLX's `transpose` takes the new order of all axes, and got two of three. In PyTorch it swaps "
    "the two that it is given. Which MLX function does that?",
)
class _(_Block):
    def __call__(self, x):
        y = self.outer(self.gate(self.inner(self.norm(x.transpose(1, 2)))))
        return x + y.transpose(1, 2)


@gated_block.misconception(
    "forward_not_call",
    "A block of yours cannot be called. PyTorch's Module has a `__call__` of its own, which calls "
    "`forward`; MLX's has none. Which method does Python call?",
)
class _(nn.Module):
    def __init__(self, dims, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(dims)
        self.inner = nn.Linear(dims, 2 * hidden, bias=False)
        self.outer = nn.Linear(hidden, dims)

    def forward(self, x):
        a, b = mx.split(self.inner(self.norm(x.swapaxes(1, 2))), 2, axis=-1)
        return x + self.outer(nn.gelu_approx(a) * b).swapaxes(1, 2)


@gated_block.misconception(
    "gelu_over_the_product",
    "The gelu went over the product of the two halves, and should go over the first alone. Then "
    "there is no gate that opens and shuts. Where does the bracket close in `forward`?",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu_approx(a * b)


@gated_block.misconception(
    "bias_in_inner",
    "The parameters are {names}: one more than in the checkpoint. A Linear has a bias in both "
    "libraries if nobody says otherwise. Which line of the original says so?",
)
class _(_Block):
    def __init__(self, dims, hidden):
        super().__init__(dims, hidden)
        self.inner = nn.Linear(dims, 2 * hidden)


@gated_block.misconception(
    "layers_in_a_list",
    "The parameters are {names}: a list gives its layers numbers for names, and the checkpoint has "
    "others. How are its names made?",
)
class _(nn.Module):
    def __init__(self, dims, hidden):
        super().__init__()
        inner, outer = nn.Linear(dims, 2 * hidden, bias=False), nn.Linear(hidden, dims)
        self.layers = [nn.LayerNorm(dims), inner, outer]

    def __call__(self, x):
        norm, inner, outer = self.layers
        a, b = mx.split(inner(norm(x.swapaxes(1, 2))), 2, axis=-1)
        return x + outer(nn.gelu_approx(a) * b).swapaxes(1, 2)


@gated_block.misconception(
    "rms_norm",
    "The parameters are {names}: norm.bias is missing, as in an RMSNorm, which most language "
    "models have. Which norm has the original?",
)
class _(_Block):
    def __init__(self, dims, hidden):
        super().__init__(dims, hidden)
        self.norm = nn.RMSNorm(dims)


gated_block.hints(
    "Which of the four lines of `forward` would raise in MLX, and which would run and mean "
    "something else?",
    "`transpose` takes the new order of all axes, `chunk` is `mx.split` with a number of parts, "
    "and `nn` has three functions whose names begin with gelu.",
    "`x.swapaxes(1, 2)`, `mx.split(..., 2, axis=-1)` and `nn.gelu_approx`.",
)
