"""quantize_groups, an exercise of lesson 07, quantization."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

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


quantize_groups.hints(
    "What are the smallest and the largest number of each group, and how many steps lie between "
    "the code of the one and of the other?",
    "`w.reshape(R, -1, group_size)` puts each group on an axis of its own; with 2 bits the codes "
    "are 0, 1, 2, 3, which is three steps.",
    "`scales = (high - low) / (2**bits - 1)`, with 1 where that is 0, then `mx.round` of "
    "`(groups - low[..., None]) / scales[..., None]`.",
)
