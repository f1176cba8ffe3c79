"""Others' answers to lora_linear."""

import math

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


def _lora(linear, rank, scale, self, a=None, b=None, freeze=True):
    outputs, inputs = linear.weight.shape
    self.linear = linear
    if freeze:
        self.linear.freeze()
    self.scale = scale
    bound = 1 / math.sqrt(inputs)
    self.lora_a = mx.random.uniform(-bound, bound, (inputs, rank)) if a is None else a
    self.lora_b = mx.zeros((rank, outputs)) if b is None else b


class _Base(nn.Module):
    def __call__(self, x):
        return self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)


@right("freeze all, then unfreeze keys")
class _(nn.Module):
    def __init__(self, linear: nn.Linear, rank: int, scale: float):
        super().__init__()
        self.linear = linear
        outputs, inputs = linear.weight.shape
        self.lora_a = nn.init.uniform(-(inputs**-0.5), inputs**-0.5)(mx.zeros((inputs, rank)))
        self.lora_b = mx.zeros((rank, outputs), dtype=mx.float32)
        self._scale = scale
        self.freeze()
        self.unfreeze(keys=["lora_a", "lora_b"], recurse=False)

    def __call__(self, x):
        return self.linear(x) + (self._scale * x) @ self.lora_a @ self.lora_b


@right("addmm")
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        self.linear = linear
        self.linear.freeze()
        outputs, inputs = linear.weight.shape
        b = math.sqrt(1 / inputs)
        self.lora_a = mx.random.uniform(low=-b, high=b, shape=(inputs, rank), dtype=mx.float32)
        self.lora_b = mx.zeros((rank, outputs))
        self.scale = scale

    def __call__(self, x):
        return mx.addmm(self.linear(x), x @ self.lora_a, self.lora_b, alpha=self.scale)


@wrong("base not frozen", named="base_trained")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale, self, freeze=False)


@wrong("everything frozen", named="frozen_too_late")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale, self)
        self.freeze()


@wrong("B random as well")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        o, i = linear.weight.shape
        _lora(linear, rank, scale, self, b=mx.random.uniform(-0.1, 0.1, (rank, o)))


@wrong("A zero as well", named="both_zero")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale, self, a=mx.zeros((linear.weight.shape[1], rank)))


@wrong("A bounded by 1/sqrt(outputs)", named="a_beyond_its_bounds")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        o, i = linear.weight.shape
        _lora(linear, rank, scale, self, a=mx.random.uniform(-(o**-0.5), o**-0.5, (i, rank)))


@wrong("A drawn between 0 and 1/sqrt(inputs)", named="a_above_zero")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        i = linear.weight.shape[1]
        _lora(linear, rank, scale, self, a=mx.random.uniform(0, i**-0.5, (i, rank)))


@wrong("A default uniform 0..1", named="a_from_zero_to_one")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        i = linear.weight.shape[1]
        _lora(linear, rank, scale, self, a=mx.random.uniform(shape=(i, rank)))


@wrong("scale forgotten", named="scale_forgotten")
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale, self)

    def __call__(self, x):
        return self.linear(x) + x @ self.lora_a @ self.lora_b


@wrong("scale as alpha: divided by the rank", named="scale_by_rank")
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale / rank, self)

    def __call__(self, x):
        return self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)


@wrong("PyTorch's forward", named="forward_for_call")
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale, self)

    def forward(self, x):
        return self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)


@wrong("PEFT's shapes", named="shapes_of_peft")
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        o, i = linear.weight.shape
        _lora(
            linear,
            rank,
            scale,
            self,
            mx.random.uniform(-(i**-0.5), i**-0.5, (rank, i)),
            mx.zeros((o, rank)),
        )

    def __call__(self, x):
        return self.linear(x) + self.scale * (x @ self.lora_a.T @ self.lora_b.T)


@wrong("inputs and outputs swapped")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        i, o = linear.weight.shape
        _lora(
            linear,
            rank,
            scale,
            self,
            mx.random.uniform(-(i**-0.5), i**-0.5, (i, rank)),
            mx.zeros((rank, o)),
        )


@wrong("correction instead of the layer", named="layer_left_out")
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale, self)

    def __call__(self, x):
        return self.scale * (x @ self.lora_a @ self.lora_b)


@wrong("scale as an array: a third trainable", named="scale_learns")
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, mx.array(scale), self)

    def __call__(self, x):
        return self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)


@wrong("a layer of its own in place of the given one")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        o, i = linear.weight.shape
        _lora(nn.Linear(i, o, bias=False), rank, scale, self)


@wrong("A normal with 0.01, as GPT-2's", named="a_small")
class _(_Base):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale, self, a=0.01 * mx.random.normal((linear.weight.shape[1], rank)))


@wrong("adapters in a list")
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _lora(linear, rank, scale, self)
        self.factors = [self.lora_a, self.lora_b]

    def __call__(self, x):
        a, b = self.factors
        return self.linear(x) + self.scale * (x @ a @ b)
