"""Others' answers to gated_block."""

import math

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


class _Gated(nn.Module):
    def __init__(self, dims, hidden, bias=False, outer=True, affine=True, eps=1e-5):
        super().__init__()
        self.norm = nn.LayerNorm(dims, affine=affine, eps=eps)
        self.inner = nn.Linear(dims, 2 * hidden, bias=bias)
        self.outer = nn.Linear(hidden, dims, bias=outer)

    gelu = staticmethod(nn.gelu_approx)

    def __call__(self, x):
        a, b = mx.split(self.inner(self.norm(x.swapaxes(1, 2))), 2, axis=-1)
        return x + self.outer(self.gelu(a) * b).swapaxes(1, 2)


@right("slices, moveaxis, gelu by hand")
class _(nn.Module):
    def __init__(self, dims: int, hidden: int):
        super().__init__()
        self.hidden = hidden
        self.outer = nn.Linear(hidden, dims, bias=True)
        self.inner = nn.Linear(dims, hidden * 2, False)
        self.norm = nn.LayerNorm(dims, eps=1e-5)

    def __call__(self, x: mx.array) -> mx.array:
        y = self.inner(self.norm(mx.moveaxis(x, 1, 2)))
        a, b = y[..., : self.hidden], y[..., self.hidden :]
        a = 0.5 * a * (1 + mx.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)))
        return x + mx.moveaxis(self.outer(a * b), 2, 1)


@right("GELU module, transpose of three axes, base class")
class _(nn.Module):
    class _Block(nn.Module):
        pass

    def __init__(self, dims, hidden):
        super().__init__()
        for name, layer in {
            "norm": nn.LayerNorm(dims),
            "inner": nn.Linear(dims, 2 * hidden, bias=False),
            "outer": nn.Linear(hidden, dims),
        }.items():
            setattr(self, name, layer)
        self._gelu = nn.GELU(approx="tanh")

    def __call__(self, x):
        y = mx.transpose(x, (0, 2, 1))
        a, b = self.inner(self.norm(y)).split(2, axis=2)
        return x + mx.transpose(self.outer(self._gelu(a) * b), (0, 2, 1))


@wrong("exact gelu")
class _(_Gated):
    gelu = staticmethod(nn.gelu)


@wrong("gelu_fast_approx")
class _(_Gated):
    gelu = staticmethod(nn.gelu_fast_approx)


@wrong("bias in inner", named="bias_in_inner")
class _(_Gated):
    def __init__(self, dims, hidden):
        super().__init__(dims, hidden, bias=True)


@wrong("no bias in outer")
class _(_Gated):
    def __init__(self, dims, hidden):
        super().__init__(dims, hidden, outer=False)


@wrong("transpose(1, 2)", named="transpose_of_torch")
class _(_Gated):
    def __call__(self, x):
        y = self.norm(x.transpose(1, 2))
        a, b = mx.split(self.inner(y), 2, axis=-1)
        return x + self.outer(self.gelu(a) * b).transpose(1, 2)


@wrong("transpose() of all axes")
class _(_Gated):
    def __call__(self, x):
        a, b = mx.split(
            self.inner(self.norm(x.T.swapaxes(0, 1).swapaxes(0, 2).swapaxes(0, 0))), 2, axis=-1
        )
        return x + (self.outer(self.gelu(a) * b)).T


@wrong("no residual")
class _(_Gated):
    def __call__(self, x):
        a, b = mx.split(self.inner(self.norm(x.swapaxes(1, 2))), 2, axis=-1)
        return self.outer(self.gelu(a) * b).swapaxes(1, 2)


@wrong("channels last expected")
class _(_Gated):
    def __call__(self, x):
        a, b = mx.split(self.inner(self.norm(x)), 2, axis=-1)
        return x + self.outer(self.gelu(a) * b)


@wrong("split(2) by size: chunk(2) as pieces of two")
class _(_Gated):
    def __call__(self, x):
        y = self.inner(self.norm(x.swapaxes(1, 2)))
        a, b = mx.split(y, [2], axis=-1)
        return x + self.outer(self.gelu(a) * b).swapaxes(1, 2)


@wrong("RMSNorm", named="rms_norm")
class _(_Gated):
    def __init__(self, dims, hidden):
        super().__init__(dims, hidden)
        self.norm = nn.RMSNorm(dims)


@wrong("gelu on the product", named="gelu_over_the_product")
class _(_Gated):
    def __call__(self, x):
        a, b = mx.split(self.inner(self.norm(x.swapaxes(1, 2))), 2, axis=-1)
        return x + self.outer(self.gelu(a * b)).swapaxes(1, 2)


@wrong("layers in a list", named="layers_in_a_list")
class _(nn.Module):
    def __init__(self, dims, hidden):
        super().__init__()
        self.layers = [
            nn.LayerNorm(dims),
            nn.Linear(dims, 2 * hidden, bias=False),
            nn.Linear(hidden, dims),
        ]

    def __call__(self, x):
        norm, inner, outer = self.layers
        a, b = mx.split(inner(norm(x.swapaxes(1, 2))), 2, axis=-1)
        return x + outer(nn.gelu_approx(a) * b).swapaxes(1, 2)
