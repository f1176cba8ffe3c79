"""Others' answers to finetune_bytes."""

import functools

import numpy as np

from course.author.answers import right, wrong


def _tune(
    shapes, layers, adapted, bits, rank, extra=0.5, each=16, where=None, once=False, prod=False
):
    weights = layers * sum(r * c for r, c in shapes)
    numbers = (
        (adapted if where is None else layers)
        * rank
        * sum((r * c if prod else r + c) for r, c in shapes)
    )
    if once:
        numbers = adapted * rank * sum(c for r, c in shapes)
    return weights * (bits + extra) / 8, each * numbers


@right("loops, integers")
def _(shapes: list[tuple[int, int]], layers: int, adapted: int, bits: int, rank: int):
    frozen = trained = 0
    for layer in range(layers):
        for rows, columns in shapes:
            n = rows * columns
            frozen += n * bits // 8 + n // 64 * (2 + 2)
            if layer >= layers - adapted:
                trained += rows * rank + rank * columns
    return [frozen, trained * 4 * (1 + 1 + 2)]


@right("NumPy")
def _(shapes, layers, adapted, bits, rank):
    a = np.array(shapes, dtype=np.int64)
    return float(a.prod(axis=1).sum() * layers * (bits + 32 / 64) / 8), float(
        a.sum() * rank * adapted * 16
    )


wrong("frozen ones only where not adapted", named="adapted_layers_not_frozen")(
    lambda s, l, a, b, r: (_tune(s, l - a, a, b, r)[0], _tune(s, l, a, b, r)[1])
)


wrong("rank of 8")(lambda s, l, a, b, r: _tune(s, l, a, b, 8))


wrong("4 bits", named="always_four_bits")(lambda s, l, a, b, r: _tune(s, l, a, 4, r))


wrong("no scales", named="bits_without_scales")(functools.partial(_tune, extra=0))


wrong("scales alone", named="scale_without_bias")(functools.partial(_tune, extra=0.25))


wrong("weights of the adapters alone", named="adapters_alone")(functools.partial(_tune, each=4))


wrong("no gradient", named="three_for_each")(functools.partial(_tune, each=12))


wrong("half precision", named="eight_for_each")(functools.partial(_tune, each=8))


wrong("adapters in all layers", named="adapters_everywhere")(functools.partial(_tune, where=1))


wrong("one of the two matrices", named="one_matrix_an_adapter")(functools.partial(_tune, once=True))


wrong("product of rows and columns", named="rows_times_columns")(
    functools.partial(_tune, prod=True)
)
