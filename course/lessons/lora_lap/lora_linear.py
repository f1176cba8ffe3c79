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
    inputs, outputs = (int(n) for n in rng.permutation([4, 5, 6, 7])[:2])
    x = mx.array(rng.normal(size=(3, inputs)).astype(np.float32))

    def made(rank, scale, inputs=inputs):
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
    # 2,048 numbers show how A was drawn.
    drawn = np.array(made(16, 1.0, 128)["lora_a"]).reshape(-1) * 128**0.5
    low, high, mean = drawn.min(), drawn.max(), np.abs(drawn).mean()
    found = {
        "new": difference,
        "learn": "none" if learn == 0 else str(learn),
        "trained": ", ".join(sorted(trained)) or "nothing",
        "a_in_bounds": bool(max(-low, high) <= 1 + 1e-4),
        "a_signs": "both"
        if low < 0 < high
        else "plus"
        if high > 0
        else "minus"
        if low < 0
        else "0",
        "a_even": bool(abs(mean - 0.5) < 0.06 and max(-low, high) > 0.95),
        "a_shape": str(layer["lora_a"].shape),
        "b_shape": str(layer["lora_b"].shape),
        "dtype": str(layer["lora_a"].dtype).removeprefix("mlx.core."),
    }
    scale = float(rng.choice([0.5, 1.5, 2.5]))
    shapes = {"y": (2, scale, (3,)), "wide": (3, 1.0, (2, 4)), "one": (1, 4.0, (3,))}
    for name, (rank, factor, rows) in shapes.items():
        layer = made(rank, factor)
        given = {n: mx.array(rng.normal(size=layer[n].shape).astype(np.float32)) for n in names}
        layer.update(given)
        found[name] = layer(mx.array(rng.normal(size=(*rows, inputs)).astype(np.float32)))
    return found


lora_linear.says(
    passed="mlx_lm's LoRALinear is this, and dropout.",
    new="Largest difference from `linear`, new",
    learn="Of A and B, how many get a gradient at first",
    trained="Trainable",
    a_in_bounds="Whether A is within its bounds",
    a_signs="The signs in A",
    a_even="Whether A is spread evenly up to its bounds, or nearly",
    a_shape="Shape of A",
    b_shape="Shape of B",
    dtype="Dtype of A",
    y="Output with rank 2, A and B given",
    wide="Output with rank 3 and scale 1, A and B given",
    one="Output with rank 1 and scale 4, A and B given",
)


@lora_linear.alternative
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        linear.freeze()
        self.linear, self._scale = linear, scale
        inputs = linear.weight.shape[1]
        self.lora_a = (2 * mx.random.uniform(shape=(inputs, rank)) - 1) / math.sqrt(inputs)
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
        self.unfreeze(keys=["lora_a", "lora_b"])


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
    "{new}; it should by {new:expected}. What is added is noise, and the model forgets something "
    "before it has learned anything. Which of A and B can make their product vanish?",
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
    "With scale 1 your layer is right, and with another its output is that of scale 1. The factor "
    "lets a rank be changed without looking for a learning rate again. Where does `scale` meet the "
    "product?",
)
class _(_Lora):
    def __call__(self, x):
        return self.linear(x) + x @ self.lora_a @ self.lora_b


@lora_linear.misconception(
    "scale_twice",
    "With scale 1 your layer is right, and with another the correction is that of `scale` squared. "
    "A factor can come in with A, with B, or with the product. In how many of these places is it?",
)
class _(_Lora):
    def __call__(self, x):
        return self.linear(x) + self._factor * ((self._factor * x) @ self.lora_a @ self.lora_b)


@lora_linear.misconception(
    "scale_by_rank",
    "With rank 1 your layer is right, and with a higher one the correction is too small by that "
    "factor. Elsewhere one writes alpha / rank: other people's alpha 16 with rank 8 is a scale of "
    "2. What is `scale` here, alpha or the quotient?",
)
class _(_Lora):
    by_rank = True


@lora_linear.misconception(
    "base_trained",
    "An optimizer would change {trained}; it should be {trained:expected}. The base's own weight "
    "is among them: that is full fine-tuning with a correction beside it, and it needs Adam's "
    "memory for every weight. How does a module say that it will not learn?",
)
class _(_Lora):
    trains_base = True


@lora_linear.misconception(
    "frozen_too_late",
    "An optimizer would change {trained}; it should be {trained:expected}. A and B are frozen as "
    "well: `freeze` meets all that a module has at that moment. What is the order?",
)
class _(_Lora):
    frozen = True


def _plain(self, linear, rank, scale, a=None):
    """A LoRA layer's parts, A perhaps drawn otherwise."""
    outputs, inputs = linear.weight.shape
    self.linear, self.scale = linear, scale
    linear.freeze()
    bound = inputs**-0.5
    self.lora_a = mx.random.uniform(-bound, bound, (inputs, rank)) if a is None else a
    self.lora_b = mx.zeros((rank, outputs))


class _Right(nn.Module):
    def __call__(self, x):
        return self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)


@lora_linear.misconception(
    "a_above_zero",
    "A new layer gives what it should, and no number of A is below 0. A random number is often "
    "drawn between 0 and something. Between which two should it be?",
)
class _(_Right):
    def __init__(self, linear, rank, scale):
        super().__init__()
        inputs = linear.weight.shape[1]
        _plain(self, linear, rank, scale, mx.random.uniform(0, inputs**-0.5, (inputs, rank)))


@lora_linear.misconception(
    "a_from_zero_to_one",
    "A new layer gives what it should; A has numbers beyond its bounds, and none below 0. MLX's "
    "`uniform` draws between 0 and 1 where it is told nothing. Between which two should it be?",
)
class _(_Right):
    def __init__(self, linear, rank, scale):
        super().__init__()
        a = mx.random.uniform(shape=(linear.weight.shape[1], rank))
        _plain(self, linear, rank, scale, a)


@lora_linear.misconception(
    "a_small",
    "A new layer gives what it should; A's numbers lie within the bounds, and not evenly: there "
    "are too few near the bounds. Other recipes draw from a normal distribution. How does the "
    "statement?",
)
class _(_Right):
    def __init__(self, linear, rank, scale):
        super().__init__()
        a = 0.01 * mx.random.normal((linear.weight.shape[1], rank))
        _plain(self, linear, rank, scale, a)


@lora_linear.misconception(
    "a_beyond_its_bounds",
    "A new layer gives what it should, and A has numbers of both signs beyond its bounds. The "
    "statement's bound gets smaller with one of the layer's two sizes. With which?",
)
class _(_Right):
    def __init__(self, linear, rank, scale):
        super().__init__()
        outputs, inputs = linear.weight.shape
        bound = outputs**-0.5
        _plain(self, linear, rank, scale, mx.random.uniform(-bound, bound, (inputs, rank)))


@lora_linear.misconception(
    "forward_for_call",
    "Your layer cannot be called. In PyTorch a module's computation is `forward`; in MLX a module "
    "is called as any Python object is. Which method does Python look for?",
)
class _(nn.Module):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _plain(self, linear, rank, scale)

    def forward(self, x):
        return self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)


@lora_linear.misconception(
    "shapes_of_peft",
    "A has shape {a_shape} and B {b_shape}; they should be {a_shape:expected} and "
    "{b_shape:expected}. Other libraries keep both the other way round, as PyTorch keeps weights. "
    "Which shapes does the statement name?",
)
class _(_Right):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _plain(self, linear, rank, scale)
        self.lora_a, self.lora_b = self.lora_a.T, self.lora_b.T

    def __call__(self, x):
        return self.linear(x) + self.scale * (x @ self.lora_a.T @ self.lora_b.T)


@lora_linear.misconception(
    "layer_left_out",
    "Before any training your layer's output differs from that of the one it wraps, by up to "
    "{new}. Yours is the correction alone, and B is zero: it begins with nothing. What is the "
    "correction added to?",
)
class _(_Right):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _plain(self, linear, rank, scale)

    def __call__(self, x):
        return self.scale * (x @ self.lora_a @ self.lora_b)


@lora_linear.misconception(
    "scale_learns",
    "An optimizer would change {trained}; it should be {trained:expected}. `scale` is among them: "
    "an array that is an attribute is a parameter. Does the scale have to be an array?",
)
class _(_Right):
    def __init__(self, linear, rank, scale):
        super().__init__()
        _plain(self, linear, rank, mx.array(scale))


lora_linear.hints(
    "How can a product of two matrices be zero and still learn?",
    "Only one of them is zero. And `freeze()` freezes what a module has at that moment.",
    "Keep `linear` and `scale`, `self.freeze()`, then make `lora_a` and `lora_b`; in `__call__` "
    "`self.linear(x) + self.scale * (x @ self.lora_a @ self.lora_b)`.",
)
lora_linear.same_as("alternative 2", "entries swapped", "['lora_a', 'lora_b']", "keys are a set")
