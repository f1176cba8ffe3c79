"""Others' answers to training_bytes."""

import numpy as np

from course.author.answers import right, wrong


@right("sum")
def _(shapes, blocks, rank):
    numbers = blocks * rank * sum(o + i for o, i in shapes)
    return numbers, 16 * numbers


@right("loops over blocks and matrices")
def _(shapes: list[tuple[int, int]], blocks: int, rank: int) -> tuple[int, int]:
    total = 0
    for _ in range(blocks):
        for outputs, inputs in shapes:
            a = inputs * rank
            b = rank * outputs
            total += a + b
    per = {"weight": 4, "gradient": 4, "m": 4, "v": 4}
    return total, total * sum(per.values())


@right("a list")
def _(shapes, blocks, rank):
    n = sum(rank * sum(shape) for shape in shapes) * blocks
    return [n, n * 4 * 4]


@right("NumPy, made ints")
def _(shapes, blocks, rank):
    n = int(np.array(shapes).sum()) * rank * blocks
    return int(n), int(n * np.dtype(np.float32).itemsize * 4)


@wrong("4 bytes a number", named="weights_alone")
def _(shapes, blocks, rank):
    n = blocks * rank * sum(o + i for o, i in shapes)
    return n, 4 * n


@wrong("one moment", named="one_moment")
def _(shapes, blocks, rank):
    n = blocks * rank * sum(o + i for o, i in shapes)
    return n, 4 * 3 * n


@wrong("product of the shape", named="rank_times_matrix")
def _(shapes, blocks, rank):
    n = blocks * rank * sum(o * i for o, i in shapes)
    return n, 16 * n


@wrong("blocks forgotten", named="one_block")
def _(shapes, blocks, rank):
    n = rank * sum(o + i for o, i in shapes)
    return n, 16 * n


@wrong("base weights counted too", named="base_counted")
def _(shapes, blocks, rank):
    n = blocks * sum(rank * (o + i) + o * i for o, i in shapes)
    return n, 16 * n


@wrong("right for square matrices only", named="square_layers")
def _(shapes, blocks, rank):
    n = blocks * rank * sum(2 * o for o, i in shapes)
    return n, 16 * n


@wrong("half precision", named="sixteen_bits")
def _(shapes, blocks, rank):
    n = blocks * rank * sum(o + i for o, i in shapes)
    return n, 8 * n


@wrong("first layer times number of layers", named="first_layer_for_all")
def _(shapes, blocks, rank):
    n = blocks * rank * len(shapes) * sum(shapes[0])
    return n, 16 * n
