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
    rows, size = int(rng.integers(4, 9)), int(rng.choice([32, 64]))
    w = rng.uniform(-0.55, 1, size=(rows, 128 * int(rng.integers(1, 3))))
    w[:, ::32] = -0.55  # ends between which MLX's grid and the formula's differ most
    w[:, 1::32] = 1
    w[0] += 9  # the whole array is wider than any of its groups
    w = mx.array((w * rng.uniform(0.5, 2)).astype(np.float32))

    def error(bits, w=w, size=size):
        back = mx.dequantize(
            *mx.quantize(w, group_size=size, bits=bits), group_size=size, bits=bits
        )
        return mx.abs(back - w).max().item()

    # Groups of 128 whose halves lie apart: far wider than groups of 64.
    wide = rng.uniform(-1, 1, size=(2, 256)) + np.arange(256) // 64 % 2 * 6
    wide = mx.array(wide.astype(np.float32))
    # A grid of whole numbers in 3 bits, and one number a quarter beside it.
    whole = rng.integers(-1, 7, size=(3, 64)).astype(np.float32)
    whole[:, ::32], whole[:, 1::32], whole[1, 7] = -1, 6, 2.25
    return {
        "two": answer(w, size, 1.02 * error(2)),
        "three": answer(w, size, 1.02 * error(3)),
        "four": answer(w, size, 0.98 * error(3)),
        "five": answer(w, size, 1.02 * error(5)),
        "six": answer(w, size, 1.02 * error(6)),
        "eight": answer(w, size, 1.02 * error(8)),
        "never": answer(w, size, 0.5 * error(8)),
        "minus": answer(-w, size, 0.98 * error(3, -w)),
        "large": answer(wide, 128, 1.02 * error(4, wide, 128)),
        "exactly": answer(mx.array(whole), 32, 0.25),
        "any": answer(w, size, 100.0),
    }


fewest_bits.says(
    passed="Measured, not derived: the bound on paper would have been too kind here.",
    two="With a tolerance that 2 bits meet",
    three="With a tolerance that 3 bits meet",
    four="With a tolerance that 3 bits miss",
    five="With a tolerance that 5 bits meet",
    six="With a tolerance that 6 bits meet",
    eight="With a tolerance that only 8 bits meet",
    never="With a tolerance that 8 bits miss",
    minus="With all signs turned round and a tolerance that 3 bits miss",
    large="With groups of 128, and a tolerance that 4 bits meet",
    exactly="With a tolerance that is the largest error of 3 bits exactly",
    any="With a tolerance larger than the range",
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
    "You answered {four}, and {four:expected} is needed. With {four} bits the weights are near "
    "enough on average, and the mean is how one sums errors up. Which one number tells you about "
    "the worst?",
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
    "With all signs turned round you answered {minus}, and {minus:expected} is needed. Your "
    "answers are those of the largest difference in one direction: a weight that comes back too "
    "small differs by a negative number. How far off is it?",
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
    "You answered {four}, and {four:expected} is needed. Your answers are those of half a step, "
    "the bound on paper, and it holds for the formula in MLX's documentation. `mx.quantize` moves "
    "the grid a little, so that 0 comes back as exactly 0, and a number at the far end can then be "
    "off by nearly a whole step. What does it return, measured?",
)
def _(w, group_size, tolerance):
    groups = w.reshape(-1, group_size)
    span = (groups.max(axis=1) - groups.min(axis=1)).max().item()
    return next((b for b in (2, 3, 4, 5, 6, 8) if span / (2**b - 1) / 2 <= tolerance), None)


@fewest_bits.misconception(
    "range_of_the_tensor",
    "You answered {three}, and {three:expected} is enough. Your answers are those of a step worked "
    "out from the range of the whole array. One row lies far from the others, and the whole is "
    "wider than any group. What has a scale of its own?",
)
def _(w, group_size, tolerance):
    span = (w.max() - w.min()).item()
    return next((b for b in (2, 3, 4, 5, 6, 8) if span / (2**b - 1) <= tolerance), None)


@fewest_bits.misconception(
    "seven_bits",
    "MLX stopped, since it was asked for 7 bits, and it has 1, 2, 3, 4, 5, 6 and 8. Trying every "
    "number works as long as fewer bits are enough. Which widths does the statement name?",
)
def _(w, group_size, tolerance):
    for bits in range(2, 9):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if mx.abs(back - w).max().item() <= tolerance:
            return bits
    return None


@fewest_bits.misconception(
    "groups_of_64",
    "Your answers are those of groups of 64, whatever `group_size` says: with groups of 128 you "
    "answered {large}, and it is {large:expected}. `mx.quantize` takes 64 where it is told "
    "nothing. Does it know the group size, and does `mx.dequantize`?",
)
def _(w, group_size, tolerance):
    for bits in (2, 3, 4, 5, 6, 8):
        back = mx.dequantize(*mx.quantize(w, bits=bits), bits=bits)
        if mx.abs(back - w).max().item() <= tolerance:
            return bits
    return None


@fewest_bits.misconception(
    "eight_at_last",
    "Where 8 bits are not enough you answered {never}; the rest is right. The most that there is "
    "looks like the best answer left, and whoever asked would take it for good enough. What does "
    "the statement return then?",
)
def _(w, group_size, tolerance):
    for bits in (2, 3, 4, 5, 6):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if mx.abs(back - w).max().item() <= tolerance:
            return bits
    return 8


@fewest_bits.misconception(
    "powers_of_two",
    "You answered {three} where {three:expected} bits are enough, and {five} where it is "
    "{five:expected}: only 2, 4 and 8 come out. Elsewhere widths are powers of two. Which others "
    "does MLX have?",
)
def _(w, group_size, tolerance):
    for bits in (2, 4, 8):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if mx.abs(back - w).max().item() <= tolerance:
            return bits
    return None


@fewest_bits.misconception(
    "one_bit_too",
    "With a tolerance larger than the whole range you answered {any}, and it is {any:expected}. "
    "MLX has 1 bit as well, and the statement begins with more. With how many?",
)
def _(w, group_size, tolerance):
    for bits in (1, 2, 3, 4, 5, 6, 8):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if mx.abs(back - w).max().item() <= tolerance:
            return bits
    return None


@fewest_bits.misconception(
    "less_than",
    "Where the largest error is the tolerance itself you answered {exactly}, and "
    "{exactly:expected} is enough; the rest is right. Is a number that is changed by the tolerance "
    "changed by more?",
)
def _(w, group_size, tolerance):
    for bits in (2, 3, 4, 5, 6, 8):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        back = mx.dequantize(*packed, group_size=group_size, bits=bits)
        if mx.abs(back - w).max().item() < tolerance:
            return bits
    return None


fewest_bits.hints(
    "What do you get when you quantize and dequantize, and what would you compare it with?",
    "The largest of the absolute differences; the widths from the smallest up, and stop at the "
    "first that will do.",
    "`back = mx.dequantize(*mx.quantize(w, group_size=g, bits=b), group_size=g, bits=b)` and "
    "`mx.abs(back - w).max()`.",
)
