"""lora_linear, an exercise of lesson 09, lora_lap."""

import math

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten
from mlx_lm.tuner.lora import LoRALinear

from course.exercise import exercise
from course.probe import fill_parameters

lora_linear = exercise(minutes=10, level=2)


@lora_linear.solution
class _(nn.Module):
    """A linear layer with a low-rank correction beside it.

    `linear` is an `nn.Linear` without bias. The module keeps it as `linear`, and has two arrays of
    its own, float32:

        lora_a   (inputs, rank)    drawn uniformly between -1/√inputs and 1/√inputs
        lora_b   (rank, outputs)   zeros

    Called with x of shape (..., inputs) it returns `linear(x) + scale · x A B`. `lora_a` and
    `lora_b` are trainable and nothing else is. A new module gives what `linear` gives.
    """

    def __init__(self, linear, rank, scale):
        super().__init__()
        # -- yours
        outputs, inputs = linear.weight.shape
        bound = 1 / math.sqrt(inputs)
        self.linear = linear
        self.scale = scale
        self.freeze()
        self.lora_a = mx.random.uniform(-bound, bound, (inputs, rank))
        self.lora_b = mx.zeros((rank, outputs))
        # -- end

    def __call__(self, x):
        # -- yours
        return self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)
        # -- end


@lora_linear.use(y="matmul", wide="matmul", one="matmul")
def _(answer, rng):
    inputs, outputs = 6, 5
    x = mx.array(rng.normal(size=(3, inputs)).astype(np.float32))

    def made(rank, scale):
        return answer(fill_parameters(nn.Linear(inputs, outputs, bias=False)), rank, scale)

    layer = made(2, 2.5)
    fresh = fill_parameters(nn.Linear(inputs, outputs, bias=False))
    trained = dict(tree_flatten(layer.trainable_parameters()))
    difference = round(float(mx.abs(layer(x) - fresh(x)).max()), 4)
    names = ["lora_a", "lora_b"]

    def loss(arrays):
        layer.update(arrays)
        return layer(x).square().sum()

    gradients = mx.grad(loss)({name: layer[name] for name in names})
    learn = sum(bool((gradients[name] != 0).any()) for name in names)
    size = float(mx.abs(layer["lora_a"]).max())
    found = {
        "new": difference,
        "learn": "none" if learn == 0 else str(learn),
        "trained": ", ".join(sorted(trained)) or "nothing",
        "a_in_bounds": size <= inputs**-0.5 + 1e-6 and (size > 0 or not learn),
        "a_shape": str(layer["lora_a"].shape),
        "dtype": str(layer["lora_a"].dtype),
    }
    for name, rank, scale in (("y", 2, 2.5), ("wide", 3, 1.0), ("one", 1, 2.5)):
        layer = made(rank, scale)
        given = {n: mx.array(rng.normal(size=layer[n].shape).astype(np.float32)) for n in names}
        layer.update(given)
        found[name] = layer(x)
    return found


lora_linear.says(
    passed="mlx_lm's LoRALinear is this, and dropout.",
    new="Largest difference from `linear`, new",
    learn="Of A and B, how many get a gradient at first",
    trained="Trainable",
    a_in_bounds="Whether A is within its bounds",
    a_shape="Shape of A",
    dtype="Dtype of A",
    y="Output with rank 2 and scale 2.5, A and B given",
    wide="Output with rank 3 and scale 1, A and B given",
    one="Output with rank 1 and scale 2.5, A and B given",
)


@lora_linear.alternative
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        linear.freeze()
        self.linear, self._scale = linear, scale
        inputs = linear.weight.shape[1]
        self.lora_a = (2 * mx.random.uniform(shape=(inputs, rank)) - 1) * inputs**-0.5
        self.lora_b = mx.zeros((rank, linear.weight.shape[0]))

    def __call__(self, x):
        return self.linear(x) + ((self._scale * x) @ self.lora_a) @ self.lora_b


@lora_linear.alternative
class _(LoRALinear):
    def __init__(self, linear, rank, scale):
        outputs, inputs = linear.weight.shape
        super().__init__(inputs, outputs, r=rank, scale=scale)
        self.linear = linear
        self.freeze()
        self.unfreeze(keys=["lora_a", "lora_b"], recurse=False)


class _Lora(nn.Module):
    """A LoRA layer with one mistake or another."""

    a_is_zero = b_is_random = frozen = trains_base = False
    inner, outer, by_rank = True, True, False

    def __init__(self, linear, rank, scale):
        super().__init__()
        outputs, inputs = linear.weight.shape
        bound = 1 / math.sqrt(inputs)
        self.linear, self._factor = linear, scale / (rank if self.by_rank else 1)
        if not self.trains_base:
            self.freeze()
        self.lora_a = mx.random.uniform(-bound, bound, (inputs, rank)) * (not self.a_is_zero)
        self.lora_b = mx.zeros((rank, outputs))
        if self.b_is_random:
            self.lora_b = mx.random.uniform(-bound, bound, (rank, outputs))
        if self.frozen:
            self.freeze()

    def __call__(self, x):
        return self.linear(x) + self._factor * (x @ self.lora_a @ self.lora_b)


@lora_linear.misconception(
    "both_random",
    "Before any training your layer's output differs from that of the one it wraps, by up to "
    "{new}; it should by {new:expected}. With A and B both random their product is noise, and "
    "the model forgets something before it has learned anything. One of the two can be what "
    "makes it vanish.",
)
class _(_Lora):
    b_is_random = True


@lora_linear.misconception(
    "both_zero",
    "A new layer gives what it should, and it will never learn: of its two arrays {learn} get a "
    "gradient that is not zero. B's gradient has A as a factor and A's has B, so where both are "
    "zero both stay so. Which one has to begin elsewhere?",
)
class _(_Lora):
    a_is_zero = True


@lora_linear.misconception(
    "scale_forgotten",
    "With scale 1 your layer is right, and with another it does not change: `scale` never meets "
    "the product. It is what lets a rank be changed without looking for a learning rate again.",
)
class _(_Lora):
    def __call__(self, x):
        return self.linear(x) + x @ self.lora_a @ self.lora_b


@lora_linear.misconception(
    "scale_twice",
    "With scale 1 your layer is right, and with another the correction is too large by that "
    "factor: `scale` is applied twice, once to A and once to B perhaps, or when made and again "
    "when used. One place is enough.",
)
class _(_Lora):
    def __call__(self, x):
        return self.linear(x) + self._factor * ((self._factor * x) @ self.lora_a @ self.lora_b)


@lora_linear.misconception(
    "scale_by_rank",
    "With rank 1 your layer is right, and with a higher one the correction is too small by that "
    "factor. Elsewhere one writes alpha / rank, and here `scale` is that quotient already: other "
    "people's alpha 16 with rank 8 is a scale of 2.",
)
class _(_Lora):
    by_rank = True


@lora_linear.misconception(
    "base_trained",
    "An optimizer would change {trained}; it should be {trained:expected}. The base's own weight "
    "is among them: that is full fine-tuning with a correction beside it, and it needs Adam's "
    "memory for every weight. A module can say that it will not learn.",
)
class _(_Lora):
    trains_base = True


@lora_linear.misconception(
    "frozen_too_late",
    "An optimizer would change {trained}. Freezing a module freezes all that it has by then, and "
    "yours had A and B already. What is the order?",
)
class _(_Lora):
    frozen = True


lora_linear.hints(
    "How can a product of two matrices be zero and still learn?",
    "Only one of them is zero. And `freeze()` freezes what a module has at that moment.",
    "Keep `linear` and `scale`, `self.freeze()`, then make `lora_a` and `lora_b`; in `__call__` "
    "`self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)`.",
)
