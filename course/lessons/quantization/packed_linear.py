"""packed_linear, an exercise of lesson 07, quantization."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise
from course.probe import fill_parameters

packed_linear = exercise(minutes=8, level=2)


@packed_linear.solution
class _(nn.Module):
    """A linear layer that keeps its weight quantized.

    `packed_linear(linear, bits, group_size)` takes an `nn.Linear`, with a bias or without, whose
    weight has shape (O, I), and quantizes it with `mx.quantize` (affine). Called with x of shape
    (..., I) it returns what the layer would return with the quantized weight, shape (..., O).
    Between calls it holds the three arrays that `mx.quantize` returns and the layer's own bias, if
    there is one, as parameters, and no other array: the full weight is gone. None of its
    parameters is trainable. The names are yours.
    For a layer of 32 × 64 without bias, in 8 bits and groups of 64, they take 2,304 bytes.
    """

    def __init__(self, linear, bits, group_size):
        super().__init__()
        # -- yours
        self.weight, self.scales, self.biases = mx.quantize(linear.weight, group_size, bits)
        if "bias" in linear:
            self.bias = linear.bias
        self.bits, self.group_size = bits, group_size
        self.freeze()
        # -- end

    def __call__(self, x):
        # -- yours
        how = {"bits": self.bits, "group_size": self.group_size}
        y = mx.quantized_matmul(x, self.weight, self.scales, self.biases, **how)
        return y + self.bias if "bias" in self else y
        # -- end


def _arrays(value):
    """Every array that a module, or what it keeps, holds."""
    if isinstance(value, mx.array):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _arrays(part)
    if isinstance(value, nn.Module):
        yield from _arrays(vars(value))


@packed_linear.use(
    y="matmul",
    bare="matmul",
    flat="matmul",
    **dict.fromkeys(("nbytes", "trainable", "held", "original"), "reading"),
)
def _(answer, rng):
    # Two groups in a row at least: with one, MLX 0.32's product on CUDA is wrong.
    inputs = 64 * int(rng.integers(2, 5))
    outputs, few = int(rng.integers(5, 9)) * 8, int(rng.choice([2, 3, 5]))
    linear = fill_parameters(nn.Linear(inputs, outputs), seed=int(rng.integers(1 << 20)))
    weight = linear.weight
    layer = answer(linear, few, 32)
    bare = answer(fill_parameters(nn.Linear(256, 32, bias=False)), 8, 128)
    full = [w.shape for w in _arrays(layer) if mx.array_equal(w, weight)]
    x = mx.array(rng.normal(size=(2, 3, inputs)).astype(np.float32))
    found = {
        "nbytes": sum(w.nbytes for _, w in tree_flatten(layer.parameters())),
        "trainable": len(tree_flatten(layer.trainable_parameters())),
        "original": len(full),
        "y": layer(x),
        "bare": bare(mx.array(rng.normal(size=(4, 256)).astype(np.float32))),
        "flat": layer(x[0]),
    }
    parameters = {id(w) for _, w in tree_flatten(layer.parameters())}
    others = {id(w): w.nbytes for w in _arrays(layer) if id(w) not in parameters}
    return found | {"held": sum(others.values())}


packed_linear.says(
    passed="This is `nn.QuantizedLinear`, in the lines that matter.",
    nbytes="Bytes of the parameters",
    trainable="Trainable parameters",
    original="Full weights that it still holds",
    held="Bytes of arrays, after a call, that are no parameters",
    y="For a layer with a bias, few bits and groups of 32",
    bare="For a layer without, 8 bits and groups of 128",
    flat="For an input with two axes",
)


@packed_linear.alternative
class _(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.packed = list(mx.quantize(linear.weight, bits=bits, group_size=group_size))
        self._how = {"bits": bits, "group_size": group_size}
        self.b = linear.get("bias")
        self.freeze()

    def __call__(self, x):
        y = x @ mx.dequantize(*self.packed, **self._how).T
        return y if self.b is None else y + self.b


@packed_linear.alternative
class _(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.inner = nn.QuantizedLinear.from_linear(linear, group_size, bits)
        self.freeze()

    def __call__(self, x):
        return self.inner(x)


class _Packed(nn.Module):
    """What the wrong layers share."""

    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.weight, self.scales, self.biases = mx.quantize(linear.weight, group_size, bits)
        if "bias" in linear:
            self.bias = linear.bias
        self.bits, self.group_size = bits, group_size
        self.freeze()

    def product(self, x):
        how = {"bits": self.bits, "group_size": self.group_size}
        return mx.quantized_matmul(x, self.weight, self.scales, self.biases, **how)

    def __call__(self, x):
        y = self.product(x)
        return y + self.bias if "bias" in self else y


@packed_linear.misconception(
    "full_weight_kept",
    "Everything is right but the size: your parameters take {nbytes} bytes, and {nbytes:expected} "
    "are needed. The full weight is still there beside the packed one, so the model grew. A module "
    "keeps all that is given to it. Who still holds the weight?",
)
class _(_Packed):
    def __init__(self, linear, bits, group_size):
        super().__init__(linear, bits, group_size)
        self.linear = linear
        self.freeze()


@packed_linear.misconception(
    "unpacked_at_once",
    "Your parameters take {nbytes} bytes instead of {nbytes:expected}. The outputs are those of "
    "the quantized weight, and what is kept is its full width: that takes as much room as ever. "
    "When is the full width needed, and for how long?",
)
class _(_Packed):
    def __init__(self, linear, bits, group_size):
        super().__init__(linear, bits, group_size)
        how = {"bits": bits, "group_size": group_size}
        self.weight = mx.dequantize(self.weight, self.scales, self.biases, **how)
        self.pop("scales"), self.pop("biases")
        self.freeze()

    def product(self, x):
        return x @ self.weight.T


@packed_linear.misconception(
    "biases_for_the_bias",
    "Your outputs are right but for the layer's own bias, which is missing. The `biases` that "
    "`mx.quantize` returns have a similar name and belong to the weight's groups. Where does the "
    "bias of the `nn.Linear` come in?",
)
class _(_Packed):
    def __call__(self, x):
        return self.product(x)


@packed_linear.misconception(
    "left_trainable",
    "Of your parameters {trainable} are trainable; it should be {trainable:expected}. An optimizer "
    "would ask for gradients of packed whole numbers, which have none. Which call says that a "
    "module is not to be trained?",
)
class _(_Packed):
    def __init__(self, linear, bits, group_size):
        super().__init__(linear, bits, group_size)
        self.unfreeze()


@packed_linear.misconception(
    "defaults_assumed",
    "MLX took the packed weight for one of 4 bits in groups of 64, and the shapes do not fit. "
    "These are its defaults, and nothing in a packed array says what is in it. Who remembers bits "
    "and group size in your layer, and who has to be told?",
)
class _(_Packed):
    def product(self, x):
        return mx.quantized_matmul(x, self.weight, self.scales, self.biases)


@packed_linear.misconception(
    "not_transposed",
    "MLX stopped: the weight of shape (O, I) was multiplied as it lies, and x has I numbers in a "
    "row. In most formulas it is x @ W. Which way round does an `nn.Linear` use its weight?",
)
class _(_Packed):
    def product(self, x):
        how = {"bits": self.bits, "group_size": self.group_size, "transpose": False}
        return mx.quantized_matmul(x, self.weight, self.scales, self.biases, **how)


@packed_linear.misconception(
    "quantized_in_each_call",
    "Your outputs are right, and between calls the layer holds the full weight: {nbytes} bytes "
    "instead of {nbytes:expected}. Each call quantizes it anew, which costs time and saves no "
    "memory. When should the weight be quantized?",
)
class _(_Packed):
    def __init__(self, linear, bits, group_size):
        super().__init__(linear, bits, group_size)
        self.weight = linear.weight
        self.pop("scales"), self.pop("biases")
        self.freeze()

    def product(self, x):
        how = {"bits": self.bits, "group_size": self.group_size}
        return mx.quantized_matmul(x, *mx.quantize(self.weight, **how), **how)


@packed_linear.misconception(
    "no_parameters",
    "Your outputs are right, and your parameters take {nbytes} bytes instead of {nbytes:expected}: "
    "arrays that the layer uses are not among them, so they would be neither saved nor counted. A "
    "module finds arrays in attributes, lists, dicts and other modules; not in a tuple, and not "
    "behind a name that begins with `_`. Where do yours lie?",
)
class _(_Packed):
    def __init__(self, linear, bits, group_size):
        super().__init__(linear, bits, group_size)
        self.parts = self.pop("weight"), self.pop("scales"), self.pop("biases")

    def product(self, x):
        how = {"bits": self.bits, "group_size": self.group_size}
        return mx.quantized_matmul(x, *self.parts, **how)


@packed_linear.misconception(
    "unpacked_and_kept",
    "Everything is right until the first call. After it the layer holds {held} bytes of arrays "
    "that are no parameters: the weight in full width, kept for the next call. That is quick, and "
    "the memory is gone again. What may be kept between calls?",
)
class _(_Packed):
    def product(self, x):
        if "_full" not in self:
            how = {"bits": self.bits, "group_size": self.group_size}
            self._full = mx.dequantize(self.weight, self.scales, self.biases, **how)
        return x @ self._full.T


@packed_linear.misconception(
    "forward_for_call",
    "Your layer cannot be called. In PyTorch a module's computation is `forward`; in MLX a module "
    "is called as any Python object is. Which method does Python look for?",
)
class _(nn.Module):
    def __init__(self, linear, bits, group_size):
        super().__init__()
        self.inner = _Packed(linear, bits, group_size)
        self.freeze()

    def forward(self, x):
        return self.inner(x)


packed_linear.hints(
    "What does `mx.quantize` return, and which of it does `mx.quantized_matmul` want?",
    "Keep the three arrays, the layer's bias if it has one, and the two numbers; let go of the "
    "rest. `freeze` comes when all of them are there.",
    "`mx.quantized_matmul(x, weight, scales, biases, bits=..., group_size=...)`, then `+ bias` if "
    '`"bias" in self`.',
)
