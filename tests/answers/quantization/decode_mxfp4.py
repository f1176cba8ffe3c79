"""Others' answers to decode_mxfp4."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong

_TABLE = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]


def _dm(packed, scales, shifts=None, table=_TABLE, bias=127, exp=None):
    R = packed.shape[0]
    sh = mx.array(list(shifts or range(0, 32, 4)), dtype=mx.uint32)
    codes = ((packed[..., None] >> sh) & 15).reshape(R, -1)
    vals = mx.array(table)[codes].reshape(R, -1, 32)
    s = mx.power(2.0, scales.astype(mx.float32) - bias) if exp is None else exp(scales)
    return (vals * s[..., None]).reshape(R, -1)


@right("mx.dequantize")
def _(packed, scales):
    return mx.dequantize(packed, scales, mode="mxfp4", group_size=32, bits=4, dtype=mx.float32)


@right("NumPy, ldexp")
def _(packed, scales):
    p = np.array(packed)
    c = ((p[..., None] >> np.arange(0, 32, 4)) & 15).reshape(p.shape[0], -1)
    v = np.array(_TABLE, np.float32)[c]
    return mx.array(
        np.ldexp(v, np.repeat(np.array(scales).astype(int) - 127, 32, axis=1)).astype(np.float32)
    )


@wrong("first code in the highest bits", named="last_code_first")
def _(packed, scales):
    return _dm(packed, scales, shifts=range(28, -1, -4))


@wrong("scale used as it is", named="scale_is_a_factor")
def _(packed, scales):
    return _dm(packed, scales, exp=lambda s: s.astype(mx.float32))


@wrong("scale bias 128", named="half_of_it")
def _(packed, scales):
    return _dm(packed, scales, bias=128)


@wrong("uint8 subtraction wraps", named="scale_wraps")
def _(packed, scales):
    return _dm(
        packed,
        scales,
        exp=lambda s: mx.power(2.0, (s - mx.array(127, dtype=mx.uint8)).astype(mx.float32)),
    )


@wrong("sign forgotten", named="sign_ignored")
def _(packed, scales):
    return _dm(packed, scales, table=_TABLE[:8] * 2)


@wrong("mantissa a whole: 1 + m", named="mantissa_of_a_whole")
def _(packed, scales):
    t = [m / 2 for m in (0, 1)] + [2.0 ** (e - 1) * (1 + m) for e in (1, 2, 3) for m in (0, 1)]
    return _dm(packed, scales, table=t + [-x for x in t])


@wrong("float16 returned")
def _(packed, scales):
    return _dm(packed, scales).astype(mx.float16)


@wrong("exponent in the low bits", named="exponent_in_the_low_bits")
def _(packed, scales):
    t = []
    for c in range(8):
        e, m = c & 3, c >> 2
        t.append(m / 2 if e == 0 else 2.0 ** (e - 1) * (1 + m / 2))
    return _dm(packed, scales, table=t + [-x for x in t])
