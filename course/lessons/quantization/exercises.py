"""Exercises of lesson 07, quantization."""

import itertools
import math

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise
from course.probe import fill_parameters

# --------------------------------------------------------------------------------------------------
quantize_groups = exercise(minutes=8, level=1)


@quantize_groups.solution
def _(w, bits, group_size):
    """Affine quantization by hand.

    `w` has shape (R, C), float32; each `group_size` neighbours in a row are one group, and C is a
    multiple of it. Return three arrays: codes of shape (R, C), uint32, whole numbers that fit into
    `bits` bits; scales and biases of shape (R, C // group_size), float32. A group's bias is its
    smallest number, which has the code 0. Its largest has the largest code that `bits` bits can
    hold, and code * scale + bias is as near to each number as the codes allow. A group of equal
    numbers has scale 1 and codes 0.
    For w [[-1., 1., 3., 5.]], 2 bits and groups of 4: codes [[0, 1, 2, 3]], scales [[2.]], biases
    [[-1.]].
    """
    groups = w.reshape(w.shape[0], -1, group_size)
    biases = groups.min(axis=-1)
    scales = (groups.max(axis=-1) - biases) / (2**bits - 1)
    scales = mx.where(scales == 0, 1.0, scales)
    codes = mx.round((groups - biases[..., None]) / scales[..., None])
    return codes.reshape(w.shape).astype(mx.uint32), scales, biases


@quantize_groups.alternative
def _(w, bits, group_size):
    rows = np.array(w)
    top = (1 << bits) - 1
    codes = np.zeros(rows.shape, np.uint32)
    scales = np.ones((rows.shape[0], rows.shape[1] // group_size), np.float32)
    biases = np.zeros_like(scales)
    for r, g in np.ndindex(*scales.shape):
        at = slice(g * group_size, (g + 1) * group_size)
        low, high = rows[r, at].min(), rows[r, at].max()
        biases[r, g] = low
        if high > low:
            scales[r, g] = (high - low) / top
            codes[r, at] = np.floor((rows[r, at] - low) / scales[r, g] + 0.5)
    return mx.array(codes), mx.array(scales), mx.array(biases)


def _affine(groups, low, high, steps, round=mx.round):
    """Codes, scales and biases of groups that lie along the last axis."""
    scales = (high - low) / steps
    scales = mx.where(scales == 0, 1.0, scales)
    codes = round((groups - low[..., None]) / scales[..., None])
    return codes, scales, low


@quantize_groups.misconception(
    "range_off_by_one",
    "Your largest code is {largest}, and the largest that fits is {largest:expected}: there are "
    "2^b codes, and between them one step fewer. Packed into b bits, the code 2^b has no room and "
    "spills into its neighbour. How many steps are there from the first of 16 codes to the last?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits)
    return codes.reshape(w.shape).astype(mx.uint32), *rest


@quantize_groups.misconception(
    "range_off_by_one_and_clipped",
    "All codes fit, because the largest were cut down to it, and the largest number of each group "
    "comes back almost a whole step too small. Something made a code too many, and the clip hides "
    "it. Over how many steps is a group's range spread?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits)
    return mx.minimum(codes, 2**bits - 1).reshape(w.shape).astype(mx.uint32), *rest


@quantize_groups.misconception(
    "one_scale_per_tensor",
    "One scale and one bias serve the whole array. One large number somewhere then decides how "
    "coarse every other is: here the largest error is {error} instead of {error:expected}. What "
    "are the groups for?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    low, high = (mx.full(groups.shape[:2], value) for value in (w.min(), w.max()))
    codes, *rest = _affine(groups, low, high, 2**bits - 1)
    return codes.reshape(w.shape).astype(mx.uint32), *rest


@quantize_groups.misconception(
    "one_scale_per_row",
    "Scale and bias are the same all along a row. That is how some 8-bit formats do it; here a row "
    "has several groups, and the row with the large number pays for it everywhere. Along which "
    "axis do you take the smallest and the largest, and of which shape?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    low, high = (
        mx.broadcast_to(value, groups.shape[:2])
        for value in (w.min(axis=1, keepdims=True), w.max(axis=1, keepdims=True))
    )
    codes, *rest = _affine(groups, low, high, 2**bits - 1)
    return codes.reshape(w.shape).astype(mx.uint32), *rest


@quantize_groups.misconception(
    "cut_off_not_rounded",
    "Codes were cut off, not rounded: turning a float into an integer drops what stands after the "
    "point. Your largest error is {error}, a whole step, and {error:expected} is possible.",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(
        groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits - 1, lambda x: mx.floor(x + 1e-4)
    )
    return codes.reshape(w.shape).astype(mx.uint32), *rest


@quantize_groups.misconception(
    "zero_scale",
    "A group of equal numbers has the range 0, and your scale is 0 there: its codes are 0 divided "
    "by 0. Padding rows and unused vocabulary look like that in real models. The rest is right.",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    low = groups.min(axis=-1)
    scales = (groups.max(axis=-1) - low) / (2**bits - 1)
    codes = mx.round((groups - low[..., None]) / scales[..., None])
    return codes.reshape(w.shape).astype(mx.uint32), scales, low


def _per_group(values, rows, groups):
    """One number a group, whichever way they were shaped; as they are where that makes no sense."""
    if values.size == rows * groups:
        return values.reshape(rows, groups)
    if values.size == rows:
        values = values.reshape(rows, 1)
    return mx.broadcast_to(values, (rows, groups)) if values.size in (1, rows) else values


@quantize_groups.use
def _(answer, rng):
    rows, groups, size, bits = 4, 3, 32, 3
    w = rng.normal(size=(rows, groups * size)).astype(np.float32)
    w[1, 32:64] = 0.25
    w[2, 5] = 9.0
    codes, scales, biases = answer(mx.array(w), bits, size)
    scales, biases = (_per_group(x, rows, groups) for x in (scales, biases))
    seen = {
        "largest": codes.max().item(),
        "scales": scales,
        "biases": biases,
        "codes": codes,
        "error": None,
    }
    shapes = (codes.shape, scales.shape, biases.shape)
    if shapes == (w.shape, (rows, groups), (rows, groups)):
        back = codes.reshape(rows, groups, size) * scales[..., None] + biases[..., None]
        seen["error"] = mx.abs(back.reshape(w.shape) - mx.array(w)).max()
    return seen


quantize_groups.says(
    passed="Two numbers a group and a few bits a weight: all else in this lesson follows from it.",
    largest="Your largest code",
    scales="The scales",
    biases="The biases",
    codes="The codes",
    error="The largest error of code * scale + bias",
)
quantize_groups.hints(
    "What are the smallest and the largest number of each group, and how many steps lie between "
    "the code of the one and of the other?",
    "`w.reshape(R, -1, group_size)` puts each group on an axis of its own; with 2 bits the codes "
    "are 0, 1, 2, 3, which is three steps.",
    "`scales = (high - low) / (2**bits - 1)`, with 1 where that is 0, then `mx.round` of "
    "`(groups - low[..., None]) / scales[..., None]`.",
)

# --------------------------------------------------------------------------------------------------
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
bits_per_weight.hints(
    "Which arrays belong to a quantized layer, and which of them existed before?",
    "Bytes come from all arrays. For the count, a packed weight of 4 bits holds 8 weights in each "
    "uint32; scales and biases count nothing; all else counts as it is.",
    "`model.modules()` gives the layers; where `weight.dtype` is uint32, its weights are "
    "`weight.size * 32 // bits`.",
)

# --------------------------------------------------------------------------------------------------
pack_codes = exercise(minutes=8, level=2)


@pack_codes.solution
def _(codes, bits):
    """Pack codes as MLX does.

    `codes` has shape (R, C), uint32, each below 2**bits; `bits` is 2, 3, 4, 5, 6 or 8, and C a
    multiple of 32. Return an array of shape (R, C * bits // 32), uint32. Code i of a row stands in
    that row's bits i * bits to i * bits + bits - 1, the lowest bit of a code first. Bits are
    counted from the lowest of the first word; after a word's 32 they go on in the next, also in
    the middle of a code.
    For 4 bits and a row that begins 1, 2, 3, and is 0 from there on, the first word is 801: 1 + 2
    * 16 + 3 * 256.
    """
    ones = (codes[..., None] >> mx.arange(bits, dtype=mx.uint32)) & 1
    words = ones.reshape(codes.shape[0], -1, 32) << mx.arange(32, dtype=mx.uint32)
    return words.sum(axis=-1).astype(mx.uint32)


@pack_codes.alternative
def _(codes, bits):
    packed = []
    for row in codes.tolist():
        number = sum(code << i * bits for i, code in enumerate(row))
        packed.append([number >> 32 * j & 0xFFFFFFFF for j in range(len(row) * bits // 32)])
    return mx.array(packed, dtype=mx.uint32)


@pack_codes.alternative
def _(codes, bits):
    ones = np.unpackbits(np.array(codes, np.uint8)[..., None], axis=-1, bitorder="little")
    stream = ones[..., :bits].reshape(codes.shape[0], -1)
    return mx.array(np.packbits(stream, axis=-1, bitorder="little").view("<u4"))


@pack_codes.misconception(
    "high_bits_first",
    "Your first word is {first}, and it should be {first:expected}. The first code went to the top "
    "of its word, the way we write numbers; MLX begins at the bottom. The values are all there and "
    "`mx.dequantize` would read them in another order.",
)
def _(codes, bits):
    packed = []
    for row in codes.tolist():
        stream = "".join(f"{code:0{bits}b}" for code in row)
        packed.append([int(stream[i : i + 32], 2) for i in range(0, len(stream), 32)])
    return mx.array(packed, dtype=mx.uint32)


@pack_codes.misconception(
    "words_padded",
    "For 3 bits your shape is {shape}, and it should be {shape:expected}: as many codes as fit "
    "went into each word, and the bits left over stayed empty. For 2, 4 and 8 bits nothing is left "
    "over. Where does a code go that does not fit into what is left of its word?",
)
def _(codes, bits):
    each = 32 // bits
    pad = -codes.shape[1] % each
    rows = mx.pad(codes, [(0, 0), (0, pad)]).reshape(codes.shape[0], -1, each)
    return (rows << mx.arange(0, each * bits, bits, dtype=mx.uint32)).sum(axis=-1)


@pack_codes.misconception(
    "shifted_by_one_each",
    "Your first word is {first}, and it should be {first:expected}. Each code was moved by one bit "
    "more than the one before it, and it is wider than that, so neighbours lie on each other and "
    "cannot be taken apart again. How far is it from the start of one code to the next?",
)
def _(codes, bits):
    packed = []
    for row in codes.tolist():
        number = 0
        for i, code in enumerate(row):
            number |= code << i
        packed.append([number >> 32 * j & 0xFFFFFFFF for j in range(len(row) * bits // 32)])
    return mx.array(packed, dtype=mx.uint32)


@pack_codes.misconception(
    "spill_lost",
    "For 4 bits all is right. For 3 and 6 bits some words lack their lowest bits: a code that "
    "begins at the end of one word goes on in the next, and what went beyond 32 bits was lost. "
    "Where should it have gone?",
)
def _(codes, bits):
    packed = []
    for row in codes.tolist():
        words = [0] * (len(row) * bits // 32)
        for i, code in enumerate(row):
            word, place = divmod(i * bits, 32)
            words[word] |= code << place & 0xFFFFFFFF
        packed.append(words)
    return mx.array(packed, dtype=mx.uint32)


@pack_codes.misconception(
    "one_byte_each",
    "Your shape for 4 bits is {shape4}, and it should be {shape4:expected}: every code took a "
    "whole byte, because a byte is the smallest thing that arrays are made of. That is 8 bits a "
    "weight, whatever `bits` says. How do two codes share one?",
)
def _(codes, bits):
    rows = codes.reshape(codes.shape[0], -1, 4)
    return (rows << mx.arange(0, 32, 8, dtype=mx.uint32)).sum(axis=-1)


@pack_codes.use
def _(answer, rng):
    four = mx.array(rng.integers(0, 16, (2, 32)).astype(np.uint32))
    three = mx.array(rng.integers(0, 8, (2, 160)).astype(np.uint32))
    six = mx.array(rng.integers(0, 64, (2, 32)).astype(np.uint32))
    packed = answer(four, 4), answer(three, 3), answer(six, 6)
    return {
        "first": packed[0].reshape(-1)[0].item(),
        "shape4": str(packed[0].shape),
        "shape": str(packed[1].shape),
        "four": packed[0],
        "three": packed[1],
        "six": packed[2],
    }


pack_codes.says(
    passed="Bit for bit what `mx.quantize` returns as its first array, for every width.",
    first="Your first word for 4 bits",
    shape4="The shape for 4 bits",
    shape="The shape for 3 bits",
    four="For 2 × 32 codes of 4 bits",
    three="For 2 × 160 codes of 3 bits",
    six="For 2 × 32 codes of 6 bits",
)
pack_codes.hints(
    "What if every code were first written as a row of single bits, lowest first?",
    "A row of C codes is then a row of C * bits zeros and ones, and every 32 of them are a word, "
    "whatever `bits` is.",
    "`(codes[..., None] >> mx.arange(bits)) & 1`, reshaped to (R, -1, 32), then `<< "
    "mx.arange(32)` and a sum over the last axis, with dtype uint32 throughout.",
)

# --------------------------------------------------------------------------------------------------
fewest_bits = exercise(minutes=6, level=1)


@fewest_bits.solution
def _(w, group_size, tolerance):
    """The fewest bits that leave every weight near enough.

    `w` has shape (R, C), float32. Return the smallest of 2, 3, 4, 5, 6 and 8 with which no number
    of `w` is changed by more than `tolerance` when `mx.quantize` (affine, groups of `group_size`)
    has quantized it and `mx.dequantize` brought it back; None if 8 bits are not enough.
    With a tolerance larger than the whole range of `w` the answer is 2.
    """
    for bits in (2, 3, 4, 5, 6, 8):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if mx.abs(back - w).max().item() <= tolerance:
            return bits
    return None


@fewest_bits.alternative
def _(w, group_size, tolerance):
    def largest_error(bits):
        how = {"group_size": group_size, "bits": bits}
        codes, scales, biases = mx.quantize(w, **how)
        return float(np.abs(np.array(mx.dequantize(codes, scales, biases, **how) - w)).max())

    enough = [bits for bits in (8, 6, 5, 4, 3, 2) if not largest_error(bits) > tolerance]
    return min(enough, default=None)


@fewest_bits.misconception(
    "mean_error",
    "You answered {four}, and {four:expected} is needed. With fewer bits the weights are near "
    "enough on average, and some of them are not. Which one number tells you about the worst?",
)
def _(w, group_size, tolerance):
    for bits in (2, 3, 4, 5, 6, 8):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if mx.abs(back - w).mean().item() <= tolerance:
            return bits
    return None


@fewest_bits.misconception(
    "sign_kept",
    "With all signs turned round you answered {minus}, and {minus:expected} is needed. A weight "
    "that came back too small differs by a negative number, and the largest of the differences "
    "does not see it.",
)
def _(w, group_size, tolerance):
    for bits in (2, 3, 4, 5, 6, 8):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if (back - w).max().item() <= tolerance:
            return bits
    return None


@fewest_bits.misconception(
    "half_a_step",
    "You answered {four}, and {four:expected} is needed. Half a step is the bound on paper, and it "
    "holds for the formula in MLX's documentation. `mx.quantize` moves the grid a little, so that "
    "0 comes back as exactly 0, and a number at the far end can then be off by nearly a whole "
    "step. What does it return, measured?",
)
def _(w, group_size, tolerance):
    groups = w.reshape(-1, group_size)
    span = (groups.max(axis=1) - groups.min(axis=1)).max().item()
    return next((b for b in (2, 3, 4, 5, 6, 8) if span / (2**b - 1) / 2 <= tolerance), None)


@fewest_bits.misconception(
    "range_of_the_tensor",
    "You answered {three}, and {three:expected} is enough. The step was worked out from the range "
    "of the whole array, and each group has a scale of its own; most groups are far narrower.",
)
def _(w, group_size, tolerance):
    span = (w.max() - w.min()).item()
    return next((b for b in (2, 3, 4, 5, 6, 8) if span / (2**b - 1) <= tolerance), None)


@fewest_bits.misconception(
    "seven_bits",
    "MLX has no 7 bits, and says so: widths are 2, 3, 4, 5, 6 and 8 (and 1). A loop over all "
    "numbers up to 8 works as long as it ends before.",
)
def _(w, group_size, tolerance):
    for bits in range(2, 9):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if mx.abs(back - w).max().item() <= tolerance:
            return bits
    return None


@fewest_bits.use
def _(answer, rng):
    w = rng.uniform(-0.55, 1, size=(6, 128))
    w[:, ::64], w[:, 1::64] = (
        -0.55,
        1,
    )  # ends between which MLX's grid and the formula's differ most
    w[0] += 9  # the whole array is wider than any of its groups
    w = mx.array((w * rng.uniform(0.5, 2)).astype(np.float32))

    def error(bits, w=w):
        back = mx.dequantize(*mx.quantize(w, group_size=64, bits=bits), group_size=64, bits=bits)
        return mx.abs(back - w).max().item()

    return {
        "three": answer(w, 64, 1.02 * error(3)),
        "four": answer(w, 64, 0.98 * error(3)),
        "minus": answer(-w, 64, 0.98 * error(3, -w)),
        "never": answer(w, 64, 0.5 * error(8)),
        "eight": answer(w, 64, 1.02 * error(8)),
    }


fewest_bits.says(
    passed="Measured, not derived: the bound on paper would have been too kind here.",
    three="With a tolerance that 3 bits meet",
    four="With a tolerance that 3 bits miss",
    minus="The same with all signs turned round",
    never="With a tolerance that 8 bits miss",
    eight="With a tolerance that only 8 bits meet",
)
fewest_bits.hints(
    "What do you get when you quantize and dequantize, and what would you compare it with?",
    "The largest of the absolute differences; the widths from the smallest up, and stop at the "
    "first that will do.",
    "`back = mx.dequantize(*mx.quantize(w, group_size=g, bits=b), group_size=g, bits=b)` and "
    "`mx.abs(back - w).max()`.",
)

# --------------------------------------------------------------------------------------------------
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
packed_linear.hints(
    "What does `mx.quantize` return, and which of it does `mx.quantized_matmul` want?",
    "Keep the three arrays, the layer's bias if it has one, and the two numbers; let go of the "
    "rest. `freeze` comes when all of them are there.",
    "`mx.quantized_matmul(x, weight, scales, biases, bits=..., group_size=...)`, then `+ bias` if "
    '`"bias" in self`.',
)

# --------------------------------------------------------------------------------------------------
quantize_linears = exercise(minutes=6, level=2)


@quantize_linears.solution
def _(model, group_size, bits):
    """Quantize what should be, and only that.

    `model` is a module with other modules in it, however deep. In place, make every `nn.Linear`
    whose weight can be quantized in groups of `group_size` an `nn.QuantizedLinear` (affine, with
    `bits` bits), and leave all other layers as they are: embeddings too, and linear layers whose
    weight does not divide. Return the model.
    In a model of `nn.Embedding(10, 64)`, `nn.Linear(64, 100)` and `nn.Linear(100, 64)`, with
    groups of 64, only the second is quantized.
    """

    def fits(path, module):
        return isinstance(module, nn.Linear) and module.weight.shape[-1] % group_size == 0

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


@quantize_linears.alternative
def _(model, group_size, bits):
    for module in model.modules():
        for name, child in module.children().items():
            many = child if isinstance(child, list) else [child]
            new = [
                nn.QuantizedLinear.from_linear(layer, group_size, bits)
                if type(layer) is nn.Linear and not layer.weight.shape[1] % group_size
                else layer
                for layer in many
            ]
            setattr(module, name, new if isinstance(child, list) else new[0])
    return model


@quantize_linears.alternative
def _(model, group_size, bits):
    settings = {"group_size": group_size, "bits": bits, "mode": "affine"}
    nn.quantize(
        model,
        class_predicate=lambda _, m: (
            dict(settings)
            if isinstance(m, nn.Linear) and m.weight.shape[1] % group_size < 1
            else {}
        ),
    )
    return model


@quantize_linears.misconception(
    "last_dimension_does_not_divide",
    "MLX stopped at a weight of shape (64, 100), and nothing was quantized: groups lie along the "
    "last dimension, and 100 is no multiple of the group size. `nn.quantize` takes everything that "
    "can be quantized in general and does not look whether it fits. What may say no for a layer?",
)
def _(model, group_size, bits):
    nn.quantize(model, group_size, bits)
    return model


@quantize_linears.misconception(
    "embedding_by_accident",
    "Quantized are {layers}; it should be {layers:expected}. An embedding can be quantized as "
    "well, and a test for what can be lets it through. Where it is tied to the output it decides "
    "every token, and many recipes spare it. What is the layer an instance of?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return hasattr(m, "to_quantized") and m.weight.shape[-1] % group_size == 0

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "both_dimensions_must_divide",
    "Quantized are {layers}; it should be {layers:expected}. A layer with 100 outputs fits too: "
    "its weight has 100 rows, and a group never leaves its row. Which dimension do groups lie "
    "along?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return isinstance(m, nn.Linear) and all(n % group_size == 0 for n in m.weight.shape)

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "settings_forgotten",
    "The right layers are quantized, as {layers}, and it should be {layers:expected}. "
    "`nn.quantize` was not told bits and group size and took its own, 4 and 64.",
)
def _(model, group_size, bits):
    def fits(_, m):
        return isinstance(m, nn.Linear) and m.weight.shape[-1] % group_size == 0

    nn.quantize(model, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "top_level_only",
    "Quantized are {layers}; it should be {layers:expected}. Only the model's own attributes were "
    "looked at, and layers also lie in lists and in other modules.",
)
def _(model, group_size, bits):
    for name, child in model.children().items():
        if isinstance(child, nn.Linear) and child.weight.shape[-1] % group_size == 0:
            setattr(model, name, child.to_quantized(group_size, bits))
    return model


class _Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(128)
        self.up = nn.Linear(128, 64)
        self.odd = nn.Linear(100, 64, bias=False)


class _Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 128)
        self.blocks = [_Block(), _Block()]
        self.head = nn.Linear(128, 100)


@quantize_linears.use(layers="reading")
def _(answer, rng):
    bits = int(rng.choice([3, 5, 6, 8]))
    model = fill_parameters(_Model())
    found = answer(model, 128, bits)
    named = [
        f"{path} ({m.bits} bits, groups of {m.group_size})"
        for path, m in found.named_modules()
        if hasattr(m, "bits")
    ]
    x = mx.array(rng.normal(size=(2, 128)).astype(np.float32))
    return {
        "layers": ", ".join(sorted(named)) or "none",
        "head": found.head(x),
        "same": found is model,
    }


quantize_linears.says(
    passed="The same predicate goes to `mlx_lm.convert` as its `quant_predicate`.",
    layers="Quantized layers",
    head="What the head returns",
    same="The model that came in",
)
quantize_linears.hints(
    "Who decides for each layer, and what does it get to see?",
    "`nn.quantize` has an argument `class_predicate`: a function of a layer's path and the layer.",
    "`isinstance(module, nn.Linear) and module.weight.shape[-1] % group_size == 0`, together with "
    "`group_size` and `bits`.",
)

# --------------------------------------------------------------------------------------------------
decode_mxfp4 = exercise(minutes=8, level=2)


@decode_mxfp4.solution
def _(packed, scales):
    """Read numbers in the format mxfp4.

    `packed` has shape (R, C // 8), uint32, with eight codes of 4 bits in each word, the first in
    the lowest bits; `scales` has shape (R, C // 32), uint8. Return the numbers, (R, C), float32.
    A code's highest bit is the sign, set for minus. The two bits below it are an exponent e and
    the last bit is a mantissa m: the number is 2**(e - 1) * (1 + m / 2), and for e = 0 it is m / 2.
    A scale s multiplies each of its 32 neighbours by 2**(s - 127).
    The code 7 (e 3, m 1) with scale 127 is 6.0; the code 9 (minus, e 0, m 1) with scale 128 is
    -1.0.
    """
    levels = mx.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
    codes = (packed[..., None] >> mx.arange(0, 32, 4, dtype=mx.uint32)) & 15
    numbers = mx.concatenate([levels, -levels])[codes].reshape(*scales.shape, 32)
    factors = 2.0 ** (scales.astype(mx.float32) - 127)
    return (numbers * factors[..., None]).reshape(scales.shape[0], -1)


@decode_mxfp4.alternative
def _(packed, scales):
    words, exponents = np.array(packed), np.array(scales).astype(int)
    out = np.zeros((words.shape[0], words.shape[1] * 8), np.float32)
    for r, c in np.ndindex(*out.shape):
        code = int(words[r, c // 8]) >> 4 * (c % 8) & 15
        e, m = code >> 1 & 3, code & 1
        size = m / 2 if e == 0 else 2.0 ** (e - 1) * (1 + m / 2)
        out[r, c] = (-size if code & 8 else size) * 2.0 ** (exponents[r, c // 32] - 127)
    return mx.array(out)


def _mxfp4(packed, scales, levels, shifts=range(0, 32, 4), factors=None):
    """Numbers of 16 levels, with a factor for each scale."""
    codes = (packed[..., None] >> mx.array(list(shifts), dtype=mx.uint32)) & 15
    numbers = mx.array(levels)[codes].reshape(*scales.shape, 32)
    if factors is None:
        factors = 2.0 ** (scales.astype(mx.float32) - 127)
    return (numbers * factors[..., None]).reshape(scales.shape[0], -1)


_LEVELS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
_SIGNED = _LEVELS + [-level for level in _LEVELS]


@decode_mxfp4.misconception(
    "evenly_spaced",
    "The codes were read as whole numbers from 0 to 7 with a sign. In a floating-point format the "
    "levels are not evenly spaced: near 0 they lie close together, and the last two are 4 and 6. "
    "What do e and m make of the code 3?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, [*map(float, range(8)), *(-float(i) for i in range(8))])


@decode_mxfp4.misconception(
    "twos_complement",
    "Codes from 8 up were read as in a signed integer, where 15 is -1. Here the highest bit says "
    "minus and the other three are the size: 9 is the negative of 1.",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _LEVELS + [-level for level in [8.0, *_LEVELS[:0:-1]]])


@decode_mxfp4.misconception(
    "sign_ignored",
    "No number of yours is below 0. Of the four bits one is the sign, and there are two codes for "
    "zero because of it. Which bit did you leave out?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _LEVELS * 2)


@decode_mxfp4.misconception(
    "no_zero",
    "Your numbers are right where e is not 0. For e = 0 the number is m / 2, without the 1 before "
    "it; otherwise there would be no code for zero: your smallest size is {smallest}.",
)
def _(packed, scales):
    levels = [2.0 ** (e - 1) * (1 + m / 2) for e in range(4) for m in range(2)]
    return _mxfp4(packed, scales, levels + [-level for level in levels])


@decode_mxfp4.misconception(
    "scale_is_a_factor",
    "The scale was multiplied as it is, and it is an exponent: an 8-bit number s stands for "
    "2**(s - 127), so that it reaches from tiny to huge in one byte. In affine mode the scale is "
    "the factor itself.",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _SIGNED, factors=scales.astype(mx.float32))


@decode_mxfp4.misconception(
    "last_code_first",
    "The numbers of each eight come in the opposite order: you began with the highest four bits of "
    "a word, and the first code lies in the lowest.",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _SIGNED, range(28, -1, -4))


@decode_mxfp4.use(numbers="reading")
def _(answer, rng):
    w = rng.normal(size=(3, 64)) * np.array([[1.0], [30.0], [0.02]])
    w[0, :3] = 0
    packed, scales = mx.quantize(mx.array(w.astype(np.float32)), mode="mxfp4")
    numbers = answer(packed, scales)
    return {"smallest": mx.abs(numbers).min().item(), "numbers": numbers}


decode_mxfp4.says(
    passed="Sixteen levels, no bias, and a scale of one byte: 4.25 bits a weight.",
    smallest="The smallest size",
    numbers="For 3 × 64 numbers",
)
decode_mxfp4.hints(
    "Which sixteen numbers can a code stand for? Write them down before the code.",
    "0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives: a table to look codes up in. Shifts of 0, 4, "
    "…, 28 take a word apart.",
    "`(packed[..., None] >> mx.arange(0, 32, 4, dtype=mx.uint32)) & 15` gives the codes; "
    "`2.0 ** (scales.astype(mx.float32) - 127)` the factors, one for 32 numbers.",
)

# --------------------------------------------------------------------------------------------------
kl_to_reference = exercise(minutes=6, level=2)


@kl_to_reference.solution
def _(logits, reference):
    """How far a quantized model's predictions are from the original's.

    Both have shape (B, L, V), float32: the quantized model's logits and the original's, for the
    same text. Return one number, in nats: the mean over all B * L places of the Kullback-Leibler
    divergence, the sum over the vocabulary of p * log(p / q), with p the original's probabilities
    and q the quantized model's.
    For equal logits it is 0; for p = (0.5, 0.5) and q = (0.75, 0.25) it is 0.1438.
    """
    log_p = nn.log_softmax(reference, axis=-1)
    log_q = nn.log_softmax(logits, axis=-1)
    return (mx.exp(log_p) * (log_p - log_q)).sum(axis=-1).mean()


@kl_to_reference.alternative
def _(logits, reference):
    log_p, log_q = (x - mx.logsumexp(x, axis=-1, keepdims=True) for x in (reference, logits))
    return nn.losses.kl_div_loss(log_q, log_p, axis=-1, reduction="mean").item()


@kl_to_reference.alternative
def _(logits, reference):
    p, q = mx.softmax(reference, axis=-1), mx.softmax(logits, axis=-1)
    V = p.shape[-1]
    return mx.mean(mx.sum((p * mx.log(p / q)).reshape(-1, V), axis=1))


@kl_to_reference.misconception(
    "other_way_round",
    "You have {kl}, and it is {kl:expected}: the two models changed places. The divergence is not "
    "the same both ways. This one asks what the original's reader loses, so its probabilities are "
    "the weights.",
)
def _(logits, reference):
    p, q = nn.log_softmax(logits, axis=-1), nn.log_softmax(reference, axis=-1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "mean_over_the_vocabulary",
    "You have {kl}, smaller than {kl:expected} by the size of the vocabulary: within a place the "
    "terms are added up, and only the places are averaged. A larger vocabulary would make any "
    "model look better.",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return (mx.exp(p) * (p - q)).mean()


@kl_to_reference.misconception(
    "distance_of_logits",
    "You have {kl}: a distance between logits, not between predictions. Add 100 to every logit and "
    "no prediction changes; this number does. What turns logits into probabilities?",
)
def _(logits, reference):
    return mx.square(logits - reference).mean()


@kl_to_reference.misconception(
    "wrong_axis",
    "You have {kl}, and it is {kl:expected}. The probabilities were made along another axis than "
    "the vocabulary, so they add up to 1 over places instead of over words.",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=1), nn.log_softmax(logits, axis=1)
    return (mx.exp(p) * (p - q)).sum(axis=-1).mean()


@kl_to_reference.misconception(
    "cross_entropy",
    "You have {kl}, and it is {kl:expected}. This is the cross-entropy, which is not 0 even for "
    "equal models: the original's own uncertainty is in it. What is missing inside the sum?",
)
def _(logits, reference):
    p, q = nn.log_softmax(reference, axis=-1), nn.log_softmax(logits, axis=-1)
    return -(mx.exp(p) * q).sum(axis=-1).mean()


@kl_to_reference.use(kl="reduction")
def _(answer, rng):
    reference = rng.normal(size=(2, 5, 7)) * 2
    logits = reference + rng.normal(size=reference.shape) + 3
    pair = (mx.array(x.astype(np.float32)) for x in (logits, reference))
    return {"kl": float(np.array(answer(*pair)).item())}


kl_to_reference.says(
    passed="It needs no right answers, only text: what recipes for learned quantization follow.",
    kl="For logits of shape (2, 5, 7)",
)
kl_to_reference.hints(
    "What do logits become before they can be compared?",
    "Log-probabilities along the last axis, of both; a sum over the vocabulary, a mean of places.",
    "`log_p = nn.log_softmax(reference, axis=-1)`, likewise `log_q`, then "
    "`(mx.exp(log_p) * (log_p - log_q)).sum(axis=-1).mean()`.",
)

# --------------------------------------------------------------------------------------------------
fake_quantize = exercise(minutes=6, level=2)


@fake_quantize.solution
def _(w, group_size, bits):
    """Weights that are rounded on the way there and not on the way back.

    `w` has shape (R, C), float32. Return it quantized by `mx.quantize` (affine) and dequantized,
    in such a way that gradients pass as if nothing had been done: the gradient of a loss with
    respect to `w` is its gradient with respect to what you return.
    The gradient of `fake_quantize(w, 32, 4).sum()` is 1 everywhere.
    """
    how = {"group_size": group_size, "bits": bits}
    rounded = mx.dequantize(*mx.quantize(w, **how), **how)
    return w + mx.stop_gradient(rounded - w)


@fake_quantize.alternative
def _(w, group_size, bits):
    @mx.custom_function
    def rounded(w):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        return mx.dequantize(*packed, group_size=group_size, bits=bits)

    @rounded.vjp
    def backward(primals, cotangent, output):
        return cotangent

    return rounded(w)


@fake_quantize.misconception(
    "gradient_lost",
    "The values are right, and of 64 numbers {moved} have a gradient other than 0: at most the two "
    "ends of each group, by which its scale is made. A rounded number stays the same when its "
    "input moves a little, so its true slope is 0, and MLX says 0 without a word. What should the "
    "way back see instead?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    return mx.dequantize(*packed, group_size=group_size, bits=bits)


@fake_quantize.misconception(
    "gradient_blocked",
    "The values are right, and no number has a gradient: the whole result was made a constant. "
    "`mx.stop_gradient` blocks every way through what is in it, and one should stay open.",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    return mx.stop_gradient(mx.dequantize(*packed, group_size=group_size, bits=bits))


@fake_quantize.misconception(
    "not_rounded",
    "The gradient passes, and so does everything else: what you return is `w` itself, to within "
    "{error}. The rounding was added and taken away again.",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    rounded = mx.dequantize(*packed, group_size=group_size, bits=bits)
    return mx.stop_gradient(rounded) + w - mx.stop_gradient(rounded)


@fake_quantize.misconception(
    "gradient_twice",
    "The values are right, and the gradient is twice what it should be, or another multiple: `w` "
    "reaches the result by more than one way that is open. Which of them should be shut?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    rounded = mx.dequantize(*packed, group_size=group_size, bits=bits)
    return 2 * w + mx.stop_gradient(rounded - 2 * w)


@fake_quantize.misconception(
    "error_with_the_wrong_sign",
    "The gradient passes, and each number was moved by its rounding error in the opposite "
    "direction, so none lies on a level. What has to be added to `w` to get to the rounded one?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    rounded = mx.dequantize(*packed, group_size=group_size, bits=bits)
    return w + mx.stop_gradient(w - rounded)


@fake_quantize.use(gradients="reduction", rounded="reduction")
def _(answer, rng):
    w = mx.array(rng.normal(size=(2, 32)).astype(np.float32))
    slope = mx.array(rng.normal(size=(2, 32)).astype(np.float32))
    rounded = answer(w, 32, 3)
    gradient = mx.grad(lambda w: (answer(w, 32, 3) * slope).sum())(w)
    return {
        "error": mx.abs(rounded - w).max(),
        "moved": (gradient != 0).sum().item(),
        "rounded": rounded,
        "gradients": gradient,
    }


fake_quantize.says(
    passed="With this in the forward pass a model can be trained until it no longer minds.",
    error="The largest change",
    moved="Numbers of 64 that have a gradient",
    rounded="For 2 × 32 numbers in 3 bits",
    gradients="The gradient of each",
)
fake_quantize.hints(
    "Which part of the result should the way back not look into?",
    "The rounded weight is `w` plus an error. `mx.stop_gradient` makes a constant of its argument.",
    "`w + mx.stop_gradient(rounded - w)`.",
)

# --------------------------------------------------------------------------------------------------
qlora_bytes = exercise(minutes=6, level=2)


@qlora_bytes.solution
def _(shapes, bits, group_size, rank):
    """The memory of QLoRA on paper, in bytes, without activations.

    `shapes` is a list of (O, I), the weights of a model's linear layers. Each is kept in affine
    quantization: `bits` bits a weight, and for each group of `group_size` a scale and a bias in
    float16. These are frozen. Beside each stands an adapter in float32, two matrices of shape
    (I, rank) and (rank, O), which is trained with AdamW: for each of its numbers there is the
    number itself, its gradient, and two that the optimizer remembers. Return the sum, an integer.
    For one weight of (64, 64), 4 bits, groups of 64 and rank 8: 2,304 + 16,384 = 18,688.
    """
    weights = sum(rows * columns for rows, columns in shapes)
    adapters = sum(rank * (rows + columns) for rows, columns in shapes)
    return weights * bits // 8 + weights // group_size * 4 + adapters * 4 * 4


@qlora_bytes.alternative
def _(shapes, bits, group_size, rank):
    total = 0.0
    for rows, columns in shapes:
        total += rows * columns * (bits + 32 / group_size) / 8
        total += 16 * (columns * rank + rank * rows)
    return int(total)


@qlora_bytes.misconception(
    "bits_without_scales",
    "You have {small}, and it is {small:expected}: the base was counted with its bits alone. Each "
    "group has a scale and a bias of 16 bits, which in groups of 64 is half a bit for each weight.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    return weights * bits // 8 + 16 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "base_has_gradients",
    "You have {small}, and it is {small:expected}: the base got gradients and a place in the "
    "optimizer. It is frozen, and that it needs neither is what QLoRA is for.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + 12 * weights + 16 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "optimizer_forgotten",
    "You have {small}, and it is {small:expected}. Of each trained number there are more than "
    "itself and its gradient: AdamW keeps a mean of the gradients and a mean of their squares.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + 8 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "adapters_quantized",
    "You have {small}, and it is {small:expected}: the adapters were counted in the base's bits. "
    "What is trained needs room for small steps, and stays in full precision.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    adapters = sum(rank * (rows + columns) for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + adapters * bits // 8 + 12 * adapters


@qlora_bytes.misconception(
    "adapter_as_large_as_the_weight",
    "You have {small}, and it is {small:expected}. The adapter was counted with as many numbers as "
    "the weight it changes. Their product is that large; it is never kept, only its two factors.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    return weights * bits // 8 + weights // group_size * 4 + 16 * weights


@qlora_bytes.use(large="reduction")
def _(answer, rng):
    width = 64 * int(rng.integers(2, 5))
    shapes = [(width, width), (64, width), (4 * width, width), (width, 4 * width)]
    small = answer(shapes, 4, 64, 8)
    large = answer([(4096, 4096), (14336, 4096)] * 64, 8, 32, 16)
    return {"small": small, "large": float(large)}


qlora_bytes.says(
    passed="At 4 bits the base is the larger part only when the model is much wider than the rank.",
    small="For four small layers, 4 bits, rank 8",
    large="For 128 large layers, 8 bits, groups of 32, rank 16",
)
qlora_bytes.hints(
    "What is there for each frozen weight, and what for each trained number?",
    "Frozen: bits, and its share of a scale and a bias. Trained: four float32 numbers.",
    "`weights * bits / 8 + weights / group_size * 4 + 16 * adapters`, with `rank * (O + I)` "
    "numbers in each adapter.",
)

# --------------------------------------------------------------------------------------------------
mixed_bits = exercise(minutes=15, level=3)

WIDTHS = (2, 3, 4, 5, 6, 8)


def packed_bytes(w, bits):
    """Bytes of a weight in affine quantization, groups of 32, scales and biases included."""
    return sum(part.nbytes for part in mx.quantize(w, group_size=32, bits=bits))


def rounded(w, bits):
    """A weight quantized, in groups of 32, and brought back."""
    return mx.dequantize(*mx.quantize(w, group_size=32, bits=bits), group_size=32, bits=bits)


@mixed_bits.solution
def _(weights, loss, budget):
    """Spend the bits where they count.

    `weights` is a dict of names and matrices; `loss(weights)` is how bad a model is that has these
    weights, a float, for any dict with the same names. `packed_bytes` and `rounded` are given. Each
    matrix may have a width of its own, one of WIDTHS. Return a dict of names and widths, such that
    the matrices take `budget` bytes or less together, and the loss with all of them rounded is at
    most half of what the best single width for all, in the same budget, gives. There is room:
    less than a fifth can be reached.
    For matrices a and b an answer looks like {"a": 6, "b": 3}.
    """
    damage = {
        (name, bits): loss({**weights, name: rounded(w, bits)})
        for name, w in weights.items()
        for bits in WIDTHS
    }
    chosen = dict.fromkeys(weights, WIDTHS[0])

    def total(widths):
        return sum(packed_bytes(weights[name], bits) for name, bits in widths.items())

    while True:
        better = []
        for name, old in chosen.items():
            for bits in WIDTHS[WIDTHS.index(old) + 1 :]:
                cost = total({**chosen, name: bits}) - total(chosen)
                if total(chosen) + cost <= budget:
                    better.append(((damage[name, old] - damage[name, bits]) / cost, name, bits))
        if not better:
            return chosen
        _, name, bits = max(better)
        chosen[name] = bits


@mixed_bits.alternative
def _(weights, loss, budget):
    names = list(weights)
    harm = [[loss({**weights, n: rounded(weights[n], b)}) for b in WIDTHS] for n in names]
    size = [[packed_bytes(weights[n], b) for b in WIDTHS] for n in names]
    best = min(
        (
            choice
            for choice in itertools.product(range(len(WIDTHS)), repeat=len(names))
            if sum(row[i] for row, i in zip(size, choice, strict=True)) <= budget
        ),
        key=lambda choice: sum(row[i] for row, i in zip(harm, choice, strict=True)),
    )
    return {n: WIDTHS[i] for n, i in zip(names, best, strict=True)}


@mixed_bits.alternative
def _(weights, loss, budget):
    versions = {(n, b): rounded(w, b) for n, w in weights.items() for b in WIDTHS}
    sizes = {(n, b): packed_bytes(w, b) for n, w in weights.items() for b in WIDTHS}
    mx.eval(list(versions.values()))

    def judge(widths):
        return loss({pair[0]: versions[pair] for pair in widths.items()})

    def size(widths):
        return sum(sizes[pair] for pair in widths.items())

    widths = dict.fromkeys(weights, 8)
    while size(widths) > budget:
        lower = [
            {**widths, n: WIDTHS[WIDTHS.index(b) - 1]} for n, b in widths.items() if b > WIDTHS[0]
        ]
        now = judge(widths)
        widths = min(lower, key=lambda w: (judge(w) - now) / (size(widths) - size(w)))
    return widths


@mixed_bits.misconception(
    "one_width_for_all",
    "Every matrix got the same width. It fits, and it is what you are to beat: the loss is twice "
    "what was asked for. How much does the loss rise if one matrix alone is rounded, and is that "
    "the same for each of them?",
)
def _(weights, loss, budget):
    fit = [b for b in WIDTHS if sum(packed_bytes(w, b) for w in weights.values()) <= budget]
    return dict.fromkeys(weights, max(fit))


def _greedy(weights, harm, size, budget):
    """Raise the width that mends most for its bytes, as long as something fits."""
    chosen = dict.fromkeys(weights, WIDTHS[0])
    while True:
        spent = sum(size(weights[n], b) for n, b in chosen.items())
        better = [
            ((harm[n, old] - harm[n, b]) / (size(weights[n], b) - size(weights[n], old)), n, b)
            for n, old in chosen.items()
            for b in WIDTHS[WIDTHS.index(old) + 1 :]
            if spent + size(weights[n], b) - size(weights[n], old) <= budget
        ]
        if not better:
            return chosen
        _, name, bits = max(better)
        chosen[name] = bits


@mixed_bits.misconception(
    "judged_by_weight_error",
    "Bits went to the matrices whose numbers changed most. Large numbers change by more, and that "
    "says nothing of what the model does with them: your loss is {loss} times the one asked for. "
    "`loss` is there to be asked.",
)
def _(weights, loss, budget):
    harm = {
        (n, b): mx.square(rounded(w, b) - w).sum().item()
        for n, w in weights.items()
        for b in WIDTHS
    }
    return _greedy(weights, harm, packed_bytes, budget)


@mixed_bits.misconception(
    "bits_without_scales",
    "Your choice takes {bytes} bytes, and the budget is {bytes:expected}. It was counted as bits "
    "times weights; scales and biases are in the file too.",
)
def _(weights, loss, budget):
    harm = {(n, b): loss({**weights, n: rounded(w, b)}) for n, w in weights.items() for b in WIDTHS}
    return _greedy(weights, harm, lambda w, bits: w.size * bits / 8, budget)


@mixed_bits.misconception(
    "small_matrices_first",
    "Small matrices got many bits, because they cost little, and large ones few. Your loss is "
    "{loss} times the one asked for: cheap is not the same as worth it. What did you measure?",
)
def _(weights, loss, budget):
    chosen = dict.fromkeys(weights, WIDTHS[0])
    for name in sorted(weights, key=lambda n: weights[n].size):
        for bits in WIDTHS:
            wish = {**chosen, name: bits}
            if sum(packed_bytes(weights[n], b) for n, b in wish.items()) <= budget:
                chosen = wish
    return chosen


@mixed_bits.misconception(
    "sensitive_first_without_a_price",
    "The matrices that hurt most were given all they could take, one after the other, and nothing "
    "was left for the rest: your loss is {loss} times the one asked for. The step from 6 bits to 8 "
    "mends less than the one from 2 to 3. What does each step mend, for what it costs?",
)
def _(weights, loss, budget):
    chosen = dict.fromkeys(weights, WIDTHS[0])
    harm = {n: loss({**weights, n: rounded(w, 2)}) for n, w in weights.items()}
    for name in sorted(weights, key=harm.get, reverse=True):
        for bits in WIDTHS:
            wish = {**chosen, name: bits}
            if sum(packed_bytes(weights[n], b) for n, b in wish.items()) <= budget:
                chosen = wish
    return chosen


# name -> (rows, size of its numbers, weight of its output)
_PARTS = {
    "attention": (96, 0.2, 30.0),
    "gate": (96, 3.0, 0.1),
    "down": (64, 4.0, 0.03),
    "embedding": (96, 0.5, 10.0),
    "head": (32, 0.3, 8.0),
}


@mixed_bits.use
def _(answer, rng):
    x = mx.array(rng.normal(size=(16, 64)).astype(np.float32))
    weights = {
        name: mx.array((rng.normal(size=(rows, 64)) * size).astype(np.float32))
        for name, (rows, size, _) in _PARTS.items()
    }

    def outputs(weights):
        return {name: (x @ w.T) * _PARTS[name][2] for name, w in weights.items()}

    wanted = outputs(weights)

    def loss(weights):
        return sum(mx.square(y - wanted[n]).sum() for n, y in outputs(weights).items()).item()

    def size(widths):
        return sum(packed_bytes(w, widths[n]) for n, w in weights.items())

    budget = size(dict.fromkeys(weights, 4))
    target = loss({n: rounded(w, 4) for n, w in weights.items()}) / 2
    widths = answer(weights, loss, budget)
    allowed = sorted(widths) == sorted(weights) and all(b in WIDTHS for b in widths.values())
    if not allowed:
        return {"allowed": False, "bytes": None, "loss": None}
    widths = {name: int(bits) for name, bits in widths.items()}
    found = loss({n: rounded(w, widths[n]) for n, w in weights.items()})
    # What is better than asked for reads as what was asked for: there are many right answers.
    over = max(1.0, math.ceil(100 * found / target) / 100)
    return {"allowed": True, "bytes": max(size(widths), budget), "loss": over}


mixed_bits.says(
    passed="Same bytes, less than half of the loss: measured where it counts.",
    allowed="A width of WIDTHS for each matrix",
    bytes="Bytes your widths take (the budget, if they fit)",
    loss="The loss, in multiples of the one asked for (1, if it is met)",
)
mixed_bits.hints(
    "What does each matrix do to the loss when it alone is rounded, at each width?",
    "Measure that first, for every name and width. Then begin with the fewest bits and buy the "
    "step that mends most for each byte, until nothing fits.",
    "`damage[name, bits] = loss({**weights, name: rounded(w, bits)})`; in a loop take the largest "
    "`(damage[name, old] - damage[name, bits]) / more_bytes` that the budget allows.",
)
