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
                packed = w.dtype == mx.uint32
                count += w.size * 32 / module.bits if packed else w.size
    return bits / count


class _Mixed(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(20, width)
        self.blocks = [nn.Linear(width, 64), nn.LayerNorm(64), nn.Linear(64, 96, bias=False)]
        self.head = nn.Linear(96, 20)


@bits_per_weight.use(bits="reduction", one="reduction")
def _(answer, rng):
    one = nn.Linear(64, int(rng.integers(1, 9)) * 32, bias=False)
    one.set_dtype(mx.float16)
    one = nn.Sequential(one)
    nn.quantize(one, 64, int(rng.choice([2, 4, 6])))
    model = _Mixed(int(rng.integers(1, 9)) * 32)
    model.set_dtype(mx.float16)
    few, more = (int(n) for n in rng.choice([3, 4, 5, 8], 2, replace=False))
    affine, other = {"group_size": 32, "mode": "affine"}, {"group_size": 32, "bits": 4}
    how = {
        "blocks.0": affine | {"bits": few},
        "blocks.2": affine | {"bits": more},
        "head": other | {"mode": "mxfp4"},  # no biases, scales of one byte
    }
    nn.quantize(model, class_predicate=lambda path, _: how.get(path, False))
    found = {"bits": model, "one": one}
    return {name: float(np.array(answer(m)).item()) for name, m in found.items()}


bits_per_weight.says(
    passed="`mlx_lm.convert` prints this number when it is done; now you know what is in it.",
    bits="For a model with layers of several widths and layers left alone",
    one="For one quantized layer without a bias",
)


@bits_per_weight.alternative
def _(model):
    parts = dict(tree_flatten(model.parameters()))
    modules = dict(model.named_modules())
    total = weights = 0
    for path, w in parts.items():
        total += w.nbytes
        place, _, name = path.rpartition(".")
        if "scales" not in modules[place]:
            weights += w.size
        elif name == "weight":
            weights += 32 * w.size / modules[place].bits
        elif name == "bias":
            weights += w.size
    return mx.array(8 * total / weights)


@bits_per_weight.misconception(
    "bits_without_scales",
    "You have {bits}, and it is {bits:expected}. Your number is that of the weights without the "
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
    "You have {bits}, and it is {bits:expected}. Your number is that of one weight in each uint32, "
    "and a uint32 holds several. A packed array shows its own `size`, with too few numbers in it. "
    "What do the layer's `bits` say?",
)
def _(model):
    arrays = [(n, w) for n, w in tree_flatten(model.parameters())]
    count = sum(w.size for n, w in arrays if not n.endswith(("scales", "biases")))
    return 8 * sum(w.nbytes for _, w in arrays) / count


@bits_per_weight.misconception(
    "scales_are_weights",
    "You have {bits}, and it is {bits:expected}. Your number is that of scales and biases counted "
    "among the weights. They take room; did the model have them before it was quantized?",
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
    "You have {bits}, and it is {bits:expected}. Your number is that of the quantized layers "
    "alone. In small models with a large vocabulary most of the file can be what was left in full "
    "precision. What does a layer without `bits` hold?",
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
    "You have {bits}, and it is {bits:expected}. Your number is the mean of the quantized layers' "
    "`bits`, and these are the widths of their codes. A mean over layers knows nothing of scales, "
    "of layers left alone, or of which layer is large. What takes room in the model?",
)
def _(model):
    bits = [module.bits for module in model.modules() if hasattr(module, "bits")]
    return sum(bits) / len(bits)


@bits_per_weight.misconception(
    "bits_over_all_numbers",
    "You have {bits}, and it is {bits:expected}. Your number is all bits divided by how many "
    "numbers the arrays hold now: a uint32 with several weights is one of them, and so is each "
    "scale. How many weights were there before?",
)
def _(model):
    arrays = [w for _, w in tree_flatten(model.parameters())]
    return 8 * sum(w.nbytes for w in arrays) / sum(w.size for w in arrays)


@bits_per_weight.misconception(
    "bias_taken_for_biases",
    "You have {bits}, and it is {bits:expected}. Your number leaves every layer's own `bias` out "
    "of the count. The names are easy to confuse: `biases` belongs to the groups and came with "
    "quantization. What does `bias` belong to?",
)
def _(model):
    bits = count = 0
    for module in model.modules():
        for name, w in module.items():
            if isinstance(w, mx.array):
                bits += 8 * w.nbytes
                if not name.startswith(("scales", "bias")):
                    count += w.size * 32 // module.bits if w.dtype == mx.uint32 else w.size
    return bits / count


@bits_per_weight.misconception(
    "trainable_alone",
    "You have {bits}, and it is {bits:expected}. Your number is that of the trainable parameters "
    "alone. A quantized layer is frozen, so its arrays are none of them. Which call gives all?",
)
def _(model):
    arrays = [w for _, w in tree_flatten(model.trainable_parameters())]
    return 8 * sum(w.nbytes for w in arrays) / max(sum(w.size for w in arrays), 1)


@bits_per_weight.misconception(
    "bytes",
    "You have {bits}, and it is {bits:expected}, eight times as much. `nbytes` counts bytes. How "
    "many bits are in one?",
)
def _(model):
    size = count = 0
    for module in model.modules():
        for name, w in module.items():
            if isinstance(w, mx.array):
                size += w.nbytes
                if name not in ("scales", "biases"):
                    count += w.size * 32 // module.bits if w.dtype == mx.uint32 else w.size
    return size / count


bits_per_weight.hints(
    "Which arrays belong to a quantized layer, and which of them existed before?",
    "Bytes come from all arrays. For the count, a packed weight of 4 bits holds 8 weights in each "
    "uint32; scales and biases count nothing; all else counts as it is.",
    "`model.modules()` gives the layers; where `weight.dtype` is uint32, its weights are "
    "`weight.size * 32 // bits`.",
)
