"""Others' answers to fewest_bits."""

import mlx.core as mx

from course.author.answers import right, wrong

WIDTHS = (2, 3, 4, 5, 6, 8)


def _off(w, g, b):
    q = mx.quantize(w, group_size=g, bits=b)
    return mx.abs(mx.dequantize(*q, group_size=g, bits=b) - w)


@right("loop")
def _(w, group_size, tolerance):
    for bits in (2, 3, 4, 5, 6, 8):
        if _off(w, group_size, bits).max().item() <= tolerance:
            return bits
    return None


@right("next with a generator")
def _(w, group_size, tolerance):
    return next((b for b in WIDTHS if not mx.any(_off(w, group_size, b) > tolerance).item()), None)


@right("mx.allclose with atol")
def _(w, group_size, tolerance):
    for b in WIDTHS:
        back = mx.dequantize(*mx.quantize(w, group_size, b), group_size=group_size, bits=b)
        if mx.allclose(back, w, rtol=0.0, atol=tolerance):
            return b


@wrong("half a step by the formula", named="half_a_step")
def _(w, group_size, tolerance):
    g = w.reshape(-1, group_size)
    r = (g.max(-1) - g.min(-1)).max().item()
    for b in WIDTHS:
        if r / (2**b - 1) / 2 <= tolerance:
            return b


@wrong("7 bits tried", named="seven_bits")
def _(w, group_size, tolerance):
    for b in range(2, 9):
        if _off(w, group_size, b).max().item() <= tolerance:
            return b


@wrong("8 when nothing fits", named="eight_at_last")
def _(w, group_size, tolerance):
    for b in WIDTHS:
        if _off(w, group_size, b).max().item() <= tolerance:
            return b
    return 8


@wrong("no abs", named="sign_kept")
def _(w, group_size, tolerance):
    for b in WIDTHS:
        d = (
            mx.dequantize(
                *mx.quantize(w, group_size=group_size, bits=b), group_size=group_size, bits=b
            )
            - w
        )
        if d.max().item() <= tolerance:
            return b


@wrong("one bit too", named="one_bit_too")
def _(w, group_size, tolerance):
    for b in (1, *WIDTHS):
        if _off(w, group_size, b).max().item() <= tolerance:
            return b


@wrong("3, 5, 6 forgotten", named="powers_of_two")
def _(w, group_size, tolerance):
    for b in (2, 4, 8):
        if _off(w, group_size, b).max().item() <= tolerance:
            return b


@wrong("allclose with its default rtol")
def _(w, group_size, tolerance):
    for b in WIDTHS:
        back = mx.dequantize(
            *mx.quantize(w, group_size=group_size, bits=b), group_size=group_size, bits=b
        )
        if mx.allclose(back, w, rtol=1e-1, atol=tolerance):
            return b
