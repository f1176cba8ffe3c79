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
    codes = (packed[..., None] >> mx.arange(0, 32, 4, dtype=mx.uint32)) & 15
    numbers = mx.concatenate([levels, -levels])[codes].reshape(*scales.shape, 32)
    factors = 2.0 ** (scales.astype(mx.float32) - 127)
    return (numbers * factors[..., None]).reshape(scales.shape[0], -1)


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
    "The codes were read as whole numbers from 0 to 7 with a sign. In a floating-point format the "
    "levels are not evenly spaced: near 0 they lie close together, and the last two are 4 and 6. "
    "What do e and m make of the code 3?",
)
def _(packed, scales):
    return _mxfp4(packed, scales, [*map(float, range(8)), *(-float(i) for i in range(8))])


_LEVELS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]


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


_SIGNED = _LEVELS + [-level for level in _LEVELS]


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


decode_mxfp4.hints(
    "Which sixteen numbers can a code stand for? Write them down before the code.",
    "0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives: a table to look codes up in. Shifts of 0, 4, "
    "…, 28 take a word apart.",
    "`(packed[..., None] >> mx.arange(0, 32, 4, dtype=mx.uint32)) & 15` gives the codes; "
    "`2.0 ** (scales.astype(mx.float32) - 127)` the factors, one for 32 numbers.",
)
