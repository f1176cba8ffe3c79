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
        y = mx.quantized_matmul(x, self.weight, self.scales, self.biases, transpose=True, **how)
        return y + self.bias if "bias" in self else y
        # -- end


@packed_linear.use(y="matmul", bare="matmul", nbytes="reading", trainable="reading")
def _(answer, rng):
    linear = fill_parameters(nn.Linear(64, 96), seed=int(rng.integers(1 << 20)))
    layer = answer(linear, 8, 32)
    bare = answer(fill_parameters(nn.Linear(64, 32, bias=False)), 8, 64)
    x = mx.array(rng.normal(size=(2, 3, 64)).astype(np.float32))
    return {
        "nbytes": sum(w.nbytes for _, w in tree_flatten(layer.parameters())),
        "trainable": len(tree_flatten(layer.trainable_parameters())),
        "y": layer(x),
        "bare": bare(x),
    }


packed_linear.says(
    passed="This is `nn.QuantizedLinear`, in the lines that matter.",
    nbytes="Bytes of the parameters",
    trainable="Trainable parameters",
    y="For a layer with a bias, 8 bits and groups of 32",
    bare="For a layer without",
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
    "are needed. The layer that came in, or its weight, is still there beside the packed one, so "
    "the model grew. Who still holds it?",
)
class _(_Packed):
    def __init__(self, linear, bits, group_size):
        super().__init__(linear, bits, group_size)
        self.linear = linear
        self.freeze()


@packed_linear.misconception(
    "unpacked_at_once",
    "Your parameters take {nbytes} bytes instead of {nbytes:expected}: the weight was quantized "
    "and brought back to full width in the same breath. Its values are those of few bits, and it "
    "takes as much room as ever. When is the full weight needed, and for how long?",
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
    "The layer's own bias is missing from what you return. `biases`, which `mx.quantize` returns, "
    "has a similar name and belongs to the weight's groups: it is what a code of 0 stands for.",
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
    "`mx.quantized_matmul` was not told the bits and the group size, and takes 4 and 64 then. "
    "Nothing in the packed array says what is in it: whoever packs it has to remember.",
)
class _(_Packed):
    def product(self, x):
        return mx.quantized_matmul(x, self.weight, self.scales, self.biases)


@packed_linear.misconception(
    "not_transposed",
    "The weight was multiplied as it lies, (O, I), and x has I numbers in a row. An `nn.Linear` "
    "computes x @ weight.T; `mx.quantized_matmul` does so too unless it is told otherwise.",
)
class _(_Packed):
    def product(self, x):
        how = {"bits": self.bits, "group_size": self.group_size, "transpose": False}
        return mx.quantized_matmul(x, self.weight, self.scales, self.biases, **how)


packed_linear.hints(
    "What does `mx.quantize` return, and which of it does `mx.quantized_matmul` want?",
    "Keep the three arrays, the layer's bias if it has one, and the two numbers; let go of the "
    "rest. `freeze` comes when all of them are there.",
    "`mx.quantized_matmul(x, weight, scales, biases, bits=..., group_size=...)`, then `+ bias` if "
    '`"bias" in self`.',
)
