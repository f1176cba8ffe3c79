"""decode_mxfp4, an exercise of lesson 07, quantization."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

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
    codes = (packed[..., None] >> mx.arange(0, 32, 4)) & 15
    numbers = mx.concatenate([levels, -levels])[codes].reshape(*scales.shape, 32)
    factors = 2.0 ** (scales.astype(mx.float32) - 127)
    return (numbers * factors[..., None]).reshape(scales.shape[0], -1)


@decode_mxfp4.use
def _(answer, rng):
    rows, groups = (int(n) for n in rng.integers(2, 5, 2))
    codes = rng.integers(0, 16, (rows, 4 * groups, 8))
    codes[0, :2] = rng.permutation(16).reshape(2, 8)  # every code once
    packed = (codes.astype(np.uint64) << np.arange(0, 32, 4, dtype=np.uint64)).sum(axis=-1)
    scales = rng.integers(120, 135, (rows, groups))
    scales[0, 0], scales[-1, -1] = 147, 100
    numbers = answer(mx.array(packed.astype(np.uint32)), mx.array(scales.astype(np.uint8)))
    found = {
        "shape": str(numbers.shape),
        "dtype": str(numbers.dtype).removeprefix("mlx.core."),
        "lowest": numbers.min().item(),
        "smallest": mx.abs(numbers).min().item(),
    }
    if numbers.size == codes.size:  # without the scales, so that small numbers count as well
        factors = mx.array((2.0 ** (127 - scales)).astype(np.float32))
        found["levels"] = numbers.reshape(rows, groups, 32).astype(mx.float32) * factors[..., None]
    return found


decode_mxfp4.says(
    passed="Sixteen levels, no bias, and a scale of one byte: 4.25 bits a weight.",
    shape="The shape",
    dtype="The dtype",
    lowest="The lowest number",
    smallest="The smallest size",
    levels="Your numbers in groups of 32, each divided by what its scale stands for",
)


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


@decode_mxfp4.misconception(
    "evenly_spaced",
    "Your numbers are those of codes that count evenly from 0 to 7, with a sign. In a "
    "floating-point format the levels lie close together near 0, and the last two are 4 and 6. "
    "What do e and m make of the code 3?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, [*map(float, range(8)), *(-float(i) for i in range(8))])


_LEVELS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]


@decode_mxfp4.misconception(
    "twos_complement",
    "Codes below 8 come out right. From 8 up your numbers are those of a signed integer's order, "
    "in which 15 stands for the smallest size. Here the highest bit alone says minus. Which code "
    "has the same size as 9?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _LEVELS + [-level for level in [8.0, *_LEVELS[:0:-1]]])


@decode_mxfp4.misconception(
    "sign_ignored",
    "The sizes are right, and your lowest number is {lowest}, not {lowest:expected}. Of the four "
    "bits one is the sign: there are two codes for zero because of it. Which bit says minus?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _LEVELS * 2)


@decode_mxfp4.misconception(
    "no_zero",
    "Your numbers are right where e is not 0. Elsewhere they are those of the same formula, and so "
    "no code stands for zero: your smallest size is {smallest}. Most numbers of this kind have a 1 "
    "before the mantissa; what does the statement say of e = 0?",
)
def _(packed, scales):
    levels = [2.0 ** (e - 1) * (1 + m / 2) for e in range(4) for m in range(2)]
    return _mxfp4(packed, scales, levels + [-level for level in levels])


_SIGNED = _LEVELS + [-level for level in _LEVELS]


@decode_mxfp4.misconception(
    "scale_is_a_factor",
    "Your numbers are those of scales used as factors, as in affine mode. Here a scale is an "
    "exponent, so that one byte reaches from tiny to huge. What does 127 stand for?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _SIGNED, factors=scales.astype(mx.float32))


@decode_mxfp4.misconception(
    "last_code_first",
    "The numbers of each eight come in the opposite order. We write a word's highest digits first. "
    "Where in it does the first code lie?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _SIGNED, range(28, -1, -4))


@decode_mxfp4.misconception(
    "scale_wraps",
    "Your numbers are right where a scale is 127 or more; below they are infinite. "
    "Scales come as uint8, and uint8 has nothing below 0: 126 - 127 is 255 there. In which dtype "
    "should the difference be taken?",
)
def _(packed, scales):
    exponents = scales - mx.array(127, dtype=mx.uint8)
    return _mxfp4(packed, scales, _SIGNED, factors=2.0 ** exponents.astype(mx.float32))


@decode_mxfp4.misconception(
    "half_of_it",
    "Every number is half of what it should be: your lowest is {lowest}, and it is "
    "{lowest:expected}. One byte has 128 numbers on each side, and 128 suggests itself as the "
    "middle. Which scale stands for a factor of 1?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, _SIGNED, factors=2.0 ** (scales.astype(mx.float32) - 128))


@decode_mxfp4.misconception(
    "mantissa_of_a_whole",
    "Your numbers are right where m is 0, or e is 0. Elsewhere they are those of 1 + m, so that "
    "the code 7 becomes 8. The mantissa is what stands after the point, in binary. How much is one "
    "bit there?",
)
def _(packed, scales):
    levels = [0.0, 0.5] + [2.0 ** (e - 1) * (1 + m) for e in (1, 2, 3) for m in (0, 1)]
    return _mxfp4(packed, scales, levels + [-level for level in levels])


@decode_mxfp4.misconception(
    "exponent_in_the_low_bits",
    "Your sizes are those of a mantissa above the exponent: the three bits were taken in the other "
    "order. We read from the left, and bits are counted from the right. Which of the four bits is "
    "the last?",
)
def _(packed, scales):
    pairs = [(code & 3, code >> 2) for code in range(8)]
    levels = [2.0 ** (e - 1) * (1 + m / 2) if e else m / 2 for e, m in pairs]
    return _mxfp4(packed, scales, levels + [-level for level in levels])


@decode_mxfp4.misconception(
    "bfloat16_of_dequantize",
    "The levels are right and the dtype is {dtype}: `mx.dequantize` returns that unless it is told "
    "another one. Scales of one byte say nothing of the dtype that the weight had. Which one does "
    "the statement ask for?",
)
def _(packed, scales):
    return mx.dequantize(packed, scales, mode="mxfp4")


decode_mxfp4.hints(
    "Which sixteen numbers can a code stand for? Write them down before the code.",
    "0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives: a table to look codes up in. Shifts of 0, 4, "
    "…, 28 take a word apart.",
    "`(packed[..., None] >> mx.arange(0, 32, 4, dtype=mx.uint32)) & 15` gives the codes; "
    "`2.0 ** (scales.astype(mx.float32) - 127)` the factors, one for 32 numbers.",
)
decode_mxfp4.same_as(
    "solution",
    "constant",
    "mx.arange(0, 32, 4)",
    "an end of 31 gives the same eight shifts",
)
