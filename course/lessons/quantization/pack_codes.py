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
    ones = (codes[..., None] >> mx.arange(bits)) & 1
    words = ones.reshape(codes.shape[0], -1, 32) << mx.arange(32)
    return words.sum(axis=-1).astype(mx.uint32)


@pack_codes.use
def _(answer, rng):
    rows, eights = int(rng.integers(2, 5)), int(rng.integers(1, 4))

    def packed(bits, columns):
        codes = rng.integers(0, 2**bits, (rows, columns)).astype(np.uint32)
        codes[:, 0] = 2 ** (bits - 1)  # the same from neither end, in the first word too
        return answer(mx.array(codes), bits)

    four, three = packed(4, 32 * eights), packed(3, 160)
    return {
        "first": four.reshape(-1)[0].item(),
        "shape4": str(four.shape),
        "shape": str(three.shape),
        "four": four,
        "three": three,
        "two": packed(2, 96),
        "eight": packed(8, 32),
        "five": packed(5, 64),
        "six": packed(6, 32 * eights),
    }


pack_codes.says(
    passed="Bit for bit what `mx.quantize` returns as its first array, for every width.",
    first="Your first word for 4 bits",
    shape4="The shape for 4 bits",
    shape="The shape for 160 codes of 3 bits in a row",
    four="For codes of 4 bits",
    three="For codes of 3 bits",
    two="For codes of 2 bits",
    eight="For codes of 8 bits",
    five="For codes of 5 bits",
    six="For codes of 6 bits",
)


@pack_codes.alternative
def _(codes, bits):
    packed = []
    for row in codes.tolist():
        number = sum(code << i * bits for i, code in enumerate(row))
        packed.append(list(number.to_bytes(len(row) * bits // 8, "little")))
    return mx.array(packed, dtype=mx.uint8).view(mx.uint32)


@pack_codes.alternative
def _(codes, bits):
    ones = np.array(codes)[:, :, None] >> np.arange(bits) & 1
    stream = ones.reshape(codes.shape[0], codes.shape[1] * bits)
    return mx.array(np.packbits(stream, axis=1, bitorder="little").view("<u4"))


@pack_codes.misconception(
    "high_bits_first",
    "Your first word is {first}, and it should be {first:expected}. Your words are those of a row "
    "written from the top down, the way we write numbers. All bits are there, in the other "
    "direction. At which end of a word does the first code lie?",
)
def _(codes, bits):
    packed = []
    for row in codes.tolist():
        stream = "".join(f"{code:0{bits}b}" for code in row)
        packed.append([int(stream[i : i + 32], 2) for i in range(0, len(stream), 32)])
    return mx.array(packed, dtype=mx.uint32)


@pack_codes.misconception(
    "words_padded",
    "For 3 bits your shape is {shape}, and it should be {shape:expected}. Your words hold as many "
    "whole codes as fit, and the bits left over stay empty. For 2, 4 and 8 bits nothing is left "
    "over. Where does a code go that does not fit into what is left of its word?",
)
def _(codes, bits):
    each = 32 // bits
    pad = -codes.shape[1] % each
    rows = mx.pad(codes, [(0, 0), (0, pad)]).reshape(codes.shape[0], -1, each)
    return (rows << mx.arange(0, each * bits, bits, dtype=mx.uint32)).sum(axis=-1)


@pack_codes.misconception(
    "shifted_by_one_each",
    "Your first word is {first}, and it should be {first:expected}. Your words are those of codes "
    "that lie one bit further each. A code is wider than that, so neighbours lie on each other and "
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
    "For 2, 4 and 8 bits all is right. For 3, 5 and 6 bits some words lack their lowest bits: "
    "those of a code that begins at the end of the word before. A shift drops what goes beyond 32 "
    "bits. Where should it have gone?",
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
    "Your shape for 4 bits is {shape4}, and it should be {shape4:expected}. Your words hold four "
    "codes each, one in a byte. A byte is the smallest thing that arrays are made of, and that is "
    "8 bits a weight, whatever `bits` says. How do two codes share one?",
)
def _(codes, bits):
    rows = codes.reshape(codes.shape[0], -1, 4)
    return (rows << mx.arange(0, 32, 8, dtype=mx.uint32)).sum(axis=-1)


@pack_codes.misconception(
    "codes_turned_round",
    "Your first word is {first}, and it should be {first:expected}. The codes lie where they "
    "should, and the bits within each are in the opposite order. We write a number's highest bit "
    "first. Which of a code's bits comes first here?",
)
def _(codes, bits):
    ones = (codes[..., None] >> mx.arange(bits - 1, -1, -1)) & 1
    words = ones.reshape(codes.shape[0], -1, 32) << mx.arange(32)
    return words.sum(axis=-1).astype(mx.uint32)


@pack_codes.misconception(
    "bytes_from_the_top",
    "Your first word is {first}, and it should be {first:expected}. Your bytes are in the right "
    "order, and each is filled from its highest bit down, which is how `np.packbits` does it "
    "unless it is told otherwise. Which bit of a byte comes first here?",
)
def _(codes, bits):
    ones = np.unpackbits(np.array(codes, np.uint8)[..., None], axis=-1)[..., 8 - bits :]
    stream = np.packbits(ones.reshape(codes.shape[0], -1), axis=-1)
    return mx.array(stream.view("<u4"))


@pack_codes.misconception(
    "columns_packed",
    "Your first word is {first}, and it should be {first:expected}. The shape is right, and your "
    "words are those of codes read down the columns. Whose neighbours share a word: those of a "
    "row, or those of a column?",
)
def _(codes, bits):
    flat = codes.T.reshape(1, -1)
    ones = (flat[..., None] >> mx.arange(bits)) & 1
    words = ones.reshape(codes.shape[0], -1, 32) << mx.arange(32)
    return words.sum(axis=-1).astype(mx.uint32)


pack_codes.hints(
    "What if every code were first written as a row of single bits, lowest first?",
    "A row of C codes is then a row of C * bits zeros and ones, and every 32 of them are a word, "
    "whatever `bits` is.",
    "`(codes[..., None] >> mx.arange(bits)) & 1`, reshaped to (R, -1, 32), then `<< "
    "mx.arange(32)` and a sum over the last axis, with dtype uint32 throughout.",
)
pack_codes.same_as(
    "alternative 2", "text", "bitorder='little'", "NumPy reads the first letter alone"
)
