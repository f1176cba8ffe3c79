"""bits_per_weight, an exercise of lesson 07, quantization."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise

bits_per_weight = exercise(minutes=6, level=1)


@bits_per_weight.solution
def _(model):
    """How many bits a weight of this model really takes.

    `model` is a module of which some layers are quantized, maybe not all with the same bits. Such
    a layer has `bits`, `scales` and a packed `weight` of dtype uint32, and perhaps `biases` and a
    `bias`. Return a number: the bits of everything that `model.parameters()` holds, divided by
    the number of weights that the model had before it was quantized. Norms and biases of layers
    were weights; what quantization added was not.
    For one layer of 64 × 64 in 4 bits, groups of 64 and float16 scales, it is 4.5.
    """
    bits = 8 * sum(w.nbytes for _, w in tree_flatten(model.parameters()))
    count = 0
    for module in model.modules():
        for name, w in module.items():
            if isinstance(w, mx.array) and name not in ("scales", "biases"):
                packed = name == "weight" and w.dtype == mx.uint32
                count += w.size * 32 // module.bits if packed else w.size
    return bits / count


class _Mixed(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(20, width)
        self.blocks = [nn.Linear(width, 64), nn.LayerNorm(64), nn.Linear(64, 96, bias=False)]
        self.head = nn.Linear(96, 20)


@bits_per_weight.use(bits="reduction", one="reduction")
def _(answer, rng):
    one = nn.Linear(64, 64, bias=False)
    one.set_dtype(mx.float16)
    one = nn.Sequential(one)
    nn.quantize(one, 64, 4)
    model = _Mixed(int(rng.integers(1, 4)) * 128)
    model.set_dtype(mx.float16)
    bits = {"blocks.0": 4, "blocks.2": 8}
    nn.quantize(
        model,
        class_predicate=lambda path, _: (
            {"bits": bits[path], "group_size": 32} if path in bits else False
        ),
    )
    found, single = (float(np.array(answer(m)).item()) for m in (model, one))
    return {"bits": found, "one": single}


bits_per_weight.says(
    passed="`mlx_lm.convert` prints this number when it is done; now you know what is in it.",
    bits="For a model with 4 bits, 8 bits and layers left alone",
    one="For one layer of 4 bits",
)


@bits_per_weight.alternative
def _(model):
    parts = dict(tree_flatten(model.parameters()))
    modules = dict(model.named_modules())
    total = weights = 0
    for path, w in parts.items():
        total += w.nbytes
        place, _, name = path.rpartition(".")
        if f"{place}.scales".lstrip(".") not in parts:
            weights += w.size
        elif name == "weight":
            weights += 32 * w.size / modules[place].bits
        elif name == "bias":
            weights += w.size
    return mx.array(8 * total / weights)


@bits_per_weight.misconception(
    "bits_without_scales",
    "You have {bits}, and it is {bits:expected}: the packed weights were counted and not the "
    "scales and biases beside them. Without these the codes are only small whole numbers. What "
    "does `parameters()` show for a quantized layer?",
)
def _(model):
    bits = count = 0
    for module in model.modules():
        for name, w in module.items():
            if isinstance(w, mx.array) and name not in ("scales", "biases"):
                packed = w.dtype == mx.uint32
                count += w.size * 32 // module.bits if packed else w.size
                bits += 8 * w.nbytes
    return bits / count


@bits_per_weight.misconception(
    "packed_words_are_weights",
    "You have {bits}, and it is {bits:expected}: each uint32 was counted as one weight, and it "
    "holds several. Every quantized model looks like one of nearly 32 bits this way, with too few "
    "parameters. What are its `bits`?",
)
def _(model):
    arrays = [(n, w) for n, w in tree_flatten(model.parameters())]
    count = sum(w.size for n, w in arrays if not n.endswith(("scales", "biases")))
    return 8 * sum(w.nbytes for _, w in arrays) / count


@bits_per_weight.misconception(
    "scales_are_weights",
    "You have {bits}, and it is {bits:expected}: scales and biases were counted among the weights. "
    "They take room, and before the model was quantized there were none of them.",
)
def _(model):
    bits = count = 0
    for module in model.modules():
        for _, w in module.items():
            if isinstance(w, mx.array):
                packed = w.dtype == mx.uint32
                count += w.size * 32 // module.bits if packed else w.size
                bits += 8 * w.nbytes
    return bits / count


@bits_per_weight.misconception(
    "quantized_layers_only",
    "You have {bits}, and it is {bits:expected}: what was left in full precision is missing, and "
    "it is part of the file. In small models with a large vocabulary it can be most of it.",
)
def _(model):
    bits = count = 0
    for module in model.modules():
        if "scales" in module:
            count += module.weight.size * 32 // module.bits
            bits += 8 * sum(w.nbytes for _, w in tree_flatten(module.parameters()))
            if "bias" in module:
                count += module.bias.size
    return bits / count


@bits_per_weight.misconception(
    "mean_of_the_layers_bits",
    "You have {bits}, and it is {bits:expected}. `bits` of a layer is the width of its codes; the "
    "mean over layers knows nothing of scales, of layers left alone, or of which layer is large.",
)
def _(model):
    bits = [module.bits for module in model.modules() if hasattr(module, "bits")]
    return sum(bits) / len(bits)


bits_per_weight.hints(
    "Which arrays belong to a quantized layer, and which of them existed before?",
    "Bytes come from all arrays. For the count, a packed weight of 4 bits holds 8 weights in each "
    "uint32; scales and biases count nothing; all else counts as it is.",
    "`model.modules()` gives the layers; where `weight.dtype` is uint32, its weights are "
    "`weight.size * 32 // bits`.",
)
