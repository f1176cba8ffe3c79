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
    """One number for all or for a row, repeated for each group; others as they are."""
    if values.size == rows:
        values = values.reshape(rows, 1)
    return mx.broadcast_to(values, (rows, groups)) if values.size in (1, rows) else values


@quantize_groups.use
def _(answer, rng):
    rows, groups = (int(n) for n in rng.permutation([2, 3, 4, 5])[:2])
    size, bits = (int(rng.choice(n)) for n in ([8, 16, 32], [2, 3, 4, 6]))
    w = rng.normal(size=(rows, groups * size)) * np.arange(1, rows + 1)[:, None]
    w[1, size : 2 * size], w[1, :size] = 0.25, 0  # groups of equal numbers
    w[0, 5] = 9
    w = w.astype(np.float32)
    codes, scales, biases = answer(mx.array(w), bits, size)
    shapes = [tuple(x.shape) for x in (codes, scales, biases)]
    if scales.size == biases.size != rows * groups:  # for all, or for a row: as one for each group
        shapes[1:] = [(rows, groups)] * 2
        scales, biases = (_per_group(x, rows, groups) for x in (scales, biases))
    seen = {
        "shapes": ", ".join(map(str, shapes)),
        "largest": codes.max().item(),
        "scales": scales,
        "biases": biases,
        "codes": codes,
        "error": None,
    }
    if shapes == [w.shape, (rows, groups), (rows, groups)] and scales.size == rows * groups:
        back = codes.reshape(rows, groups, size) * scales[..., None] + biases[..., None]
        seen["error"] = mx.abs(back.reshape(w.shape) - mx.array(w)).max()
    return seen


quantize_groups.says(
    passed="Two numbers a group and a few bits a weight: all else in this lesson follows from it.",
    shapes="The shapes of codes, scales and biases",
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
    "Your largest code is {largest}, and the largest that fits is {largest:expected}. Your scales "
    "are those of as many steps as there are codes, 2^b. Packed into b bits, the code 2^b has no "
    "room and spills into its neighbour. How many steps are there from the first of 16 codes to "
    "the last?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits)
    return codes.reshape(w.shape).astype(mx.uint32), *rest


@quantize_groups.misconception(
    "range_off_by_one_and_clipped",
    "All codes fit, and the largest number of each group comes back a whole step too small. Your "
    "scales are those of 2^b steps, which need a code more than there is; a limit on the codes "
    "hides it. Over how many steps is a group's range spread?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits)
    return mx.minimum(codes, 2**bits - 1).reshape(w.shape).astype(mx.uint32), *rest


@quantize_groups.misconception(
    "one_scale_per_tensor",
    "One scale and one bias serve the whole array. That is the simplest way, and one large number "
    "somewhere then decides how coarse every other is: here the largest error is {error} instead "
    "of {error:expected}. What are the groups for?",
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
    "Your codes are those of numbers cut off at the point: turning a float into an integer does "
    "that. Your largest error is {error}, nearly a whole step, and {error:expected} is possible. "
    "Which code is nearest to 2.9?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(
        groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits - 1, lambda x: mx.floor(x + 1e-4)
    )
    return codes.reshape(w.shape).astype(mx.uint32), *rest


@quantize_groups.misconception(
    "zero_scale",
    "All is right but the groups of equal numbers: their range is 0, and your scale is 0 there. "
    "A division by it gives no number. Padding rows and unused vocabulary look like that in real "
    "models. Which scale does the statement give them?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    low = groups.min(axis=-1)
    scales = (groups.max(axis=-1) - low) / (2**bits - 1)
    codes = mx.round((groups - low[..., None]) / scales[..., None])
    return codes.reshape(w.shape).astype(mx.uint32), scales, low


@quantize_groups.misconception(
    "small_scale_for_one",
    "All is right but the groups of equal numbers: your scale there is tiny, and it should be 1. A "
    "tiny number keeps the division from failing. Which scale does the statement give such a "
    "group?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    low = groups.min(axis=-1)
    scales = mx.maximum((groups.max(axis=-1) - low) / (2**bits - 1), 1e-8)
    codes = mx.round((groups - low[..., None]) / scales[..., None])
    return codes.reshape(w.shape).astype(mx.uint32), scales, low


@quantize_groups.misconception(
    "one_axis_of_groups",
    "The numbers are right, and scales and biases lie in one row: the shapes are {shapes}, and "
    "should be {shapes:expected}. Whoever reads them could not tell which row of `w` a group is "
    "in. Which axes had `w`?",
)
def _(w, bits, group_size):
    groups = w.reshape(-1, group_size)
    codes, scales, low = _affine(groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits - 1)
    return codes.reshape(w.shape).astype(mx.uint32), scales, low


@quantize_groups.misconception(
    "axis_of_one_kept",
    "The numbers are right, and scales and biases have an axis of length 1 at the end: the shapes "
    "are {shapes}, and should be {shapes:expected}. It helped while you computed. What is it for "
    "afterwards?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits - 1)
    return codes.reshape(w.shape).astype(mx.uint32), *(x[..., None] for x in rest)


@quantize_groups.misconception(
    "around_zero",
    "Your scales and biases are those of a grid around zero, made from the largest absolute value. "
    "Other libraries quantize symmetrically like that; where a group's numbers lie on one side of "
    "0, half of the codes are never used. Which number has the code 0 here?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    half = 2 ** (bits - 1)
    scales = mx.abs(groups).max(axis=-1) / (half - 1)
    scales = mx.where(scales == 0, 1.0, scales)
    codes = mx.round(groups / scales[..., None]) + half
    return codes.reshape(w.shape).astype(mx.uint32), scales, -half * scales


@quantize_groups.misconception(
    "codes_are_floats",
    "The values are right, and your codes are float32. Rounding gives whole numbers, in the dtype "
    "that was rounded. Which dtype can be packed?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits - 1)
    return codes.reshape(w.shape), *rest


@quantize_groups.misconception(
    "codes_are_signed",
    "The values are right, and your codes are int32. It is the usual dtype for whole numbers. Can "
    "a code be below 0, and which dtype does the statement name?",
)
def _(w, bits, group_size):
    groups = w.reshape(w.shape[0], -1, group_size)
    codes, *rest = _affine(groups, groups.min(axis=-1), groups.max(axis=-1), 2**bits - 1)
    return codes.reshape(w.shape).astype(mx.int32), *rest


quantize_groups.hints(
    "What are the smallest and the largest number of each group, and how many steps lie between "
    "the code of the one and of the other?",
    "`w.reshape(R, -1, group_size)` puts each group on an axis of its own; with 2 bits the codes "
    "are 0, 1, 2, 3, which is three steps.",
    "`scales = (high - low) / (2**bits - 1)`, with 1 where that is 0, then `mx.round` of "
    "`(groups - low[..., None]) / scales[..., None]`.",
)
