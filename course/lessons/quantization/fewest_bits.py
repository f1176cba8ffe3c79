"""fewest_bits, an exercise of lesson 07, quantization."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

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


fewest_bits.hints(
    "What do you get when you quantize and dequantize, and what would you compare it with?",
    "The largest of the absolute differences; the widths from the smallest up, and stop at the "
    "first that will do.",
    "`back = mx.dequantize(*mx.quantize(w, group_size=g, bits=b), group_size=g, bits=b)` and "
    "`mx.abs(back - w).max()`.",
)
