"""Others' answers to qlora_bytes."""

from course.author.answers import right, wrong


def _ql(shapes, b, extra, each):
    return int(sum(O * I * b / 8 + O * I * extra + each(O, I) for O, I in shapes))


@right("generator sum")
def _(shapes, bits, group_size, rank):
    return sum(O * I * bits // 8 + O * I // group_size * 4 + 16 * rank * (O + I) for O, I in shapes)


@right("bits first, then divided")
def _(shapes, bits, group_size, rank):
    total = 0
    for out, inn in shapes:
        n = out * inn
        frozen_bits = n * bits + (n // group_size) * 2 * 16
        adapter = inn * rank + rank * out
        total += frozen_bits // 8 + adapter * 4 * (1 + 1 + 2)
    return total


@wrong("scales and biases forgotten", named="bits_without_scales")
def _(shapes, bits, group_size, rank):
    return _ql(shapes, bits, 0, lambda O, I: 16 * rank * (O + I))


@wrong("optimizer forgotten", named="optimizer_forgotten")
def _(shapes, bits, group_size, rank):
    return _ql(shapes, bits, 4 / group_size, lambda O, I: 8 * rank * (O + I))


@wrong("scales in float32", named="scales_in_float32")
def _(shapes, bits, group_size, rank):
    return _ql(shapes, bits, 8 / group_size, lambda O, I: 16 * rank * (O + I))


@wrong("the first shape only", named="first_weight_alone")
def _(shapes, bits, group_size, rank):
    return _ql(shapes[:1], bits, 4 / group_size, lambda O, I: 16 * rank * (O + I))


@wrong("the example")
def _(shapes, bits, group_size, rank):
    return 18688


@wrong("float returned", named="a_float")
def _(shapes, bits, group_size, rank):
    return float(_ql(shapes, bits, 4 / group_size, lambda O, I: 16 * rank * (O + I)))
