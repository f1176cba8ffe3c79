"""pack_codes, an exercise of lesson 07, quantization."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

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


pack_codes.hints(
    "What if every code were first written as a row of single bits, lowest first?",
    "A row of C codes is then a row of C * bits zeros and ones, and every 32 of them are a word, "
    "whatever `bits` is.",
    "`(codes[..., None] >> mx.arange(bits)) & 1`, reshaped to (R, -1, 32), then `<< "
    "mx.arange(32)` and a sum over the last axis, with dtype uint32 throughout.",
)
