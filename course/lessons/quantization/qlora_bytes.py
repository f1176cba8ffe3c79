"""qlora_bytes, an exercise of lesson 07, quantization."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

qlora_bytes = exercise(minutes=6, level=2)


@qlora_bytes.solution
def _(shapes, bits, group_size, rank):
    """The memory of QLoRA on paper, in bytes, without activations.

    `shapes` is a list of (O, I), the weights of a model's linear layers. Each is kept in affine
    quantization: `bits` bits a weight, and for each group of `group_size` a scale and a bias in
    float16. These are frozen. Beside each stands an adapter in float32, two matrices of shape
    (I, rank) and (rank, O), which is trained with AdamW: for each of its numbers there is the
    number itself, its gradient, and two that the optimizer remembers. Return the sum, an integer.
    For one weight of (64, 64), 4 bits, groups of 64 and rank 8: 2,304 + 16,384 = 18,688.
    """
    weights = sum(rows * columns for rows, columns in shapes)
    adapters = sum(rank * (rows + columns) for rows, columns in shapes)
    return (weights * bits + 32 * (weights // group_size)) // 8 + adapters * 4 * 4


@qlora_bytes.use(large="reduction")
def _(answer, rng):
    width, rank = 128 * int(rng.integers(2, 5)), int(rng.choice([4, 6, 8, 12]))
    shapes = [(width, width), (64, width), (4 * width, width), (width, 3 * width)]
    few, size = int(rng.choice([2, 3, 5, 6])), int(rng.choice([32, 64, 128]))
    small = answer(shapes[: int(rng.integers(2, 5))], 4, 64, rank)
    large = answer([(4096, 4096), (14336, 4096)] * int(rng.integers(32, 65)), 8, 32, 16)
    other = answer(shapes[1:2], few, size, rank + 1)
    whole = isinstance(small, (int, np.integer))
    if isinstance(small, mx.array):
        whole = mx.issubdtype(small.dtype, mx.integer)
    kind = "an integer" if whole else "a float" if isinstance(small, float) else "neither"
    return {"small": small, "other": other, "large": float(large), "kind": kind}


qlora_bytes.says(
    passed="At 4 bits the base is the larger part only when the model is much wider than the rank.",
    small="For two to four small layers, 4 bits",
    other="For one layer, other bits and groups",
    large="For many large layers, 8 bits, groups of 32, rank 16",
    kind="What you return",
)


@qlora_bytes.alternative
def _(shapes, bits, group_size, rank):
    total = 0.0
    for rows, columns in shapes:
        total += rows * columns * (bits + 32 / group_size) / 8
        total += 16 * (columns * rank + rank * rows)
    return int(total)


@qlora_bytes.misconception(
    "bits_without_scales",
    "You have {small}, and it is {small:expected}. Your number is that of a base with its codes "
    "alone. The name says 4 bits, and the file has more than that. What does each group keep "
    "beside its codes?",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    return weights * bits // 8 + 16 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "base_has_gradients",
    "You have {small}, and it is {small:expected}. Your number is that of a base which has "
    "gradients and a place in the optimizer, as in full training. What does it mean that it is "
    "frozen?",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + 12 * weights + 16 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "optimizer_forgotten",
    "You have {small}, and it is {small:expected}. Your number is that of 8 bytes for each trained "
    "number, as of itself and its gradient alone in float32. What does AdamW remember of each "
    "between steps, and in which dtype?",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + 8 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "adapters_quantized",
    "You have {small}, and it is {small:expected}. Your number is that of adapters in the base's "
    "bits. The model is called a 4-bit one; but what is trained needs room for small steps. In "
    "which precision do adapters stay?",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    adapters = sum(rank * (rows + columns) for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + adapters * bits // 8 + 12 * adapters


@qlora_bytes.misconception(
    "adapter_as_large_as_the_weight",
    "You have {small}, and it is {small:expected}. Your number is that of adapters as large as the "
    "weights they change. The product of the two matrices is that large. Is it kept?",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    return weights * bits // 8 + weights // group_size * 4 + 16 * weights


@qlora_bytes.misconception(
    "scales_in_float32",
    "You have {small}, and it is {small:expected}. Your number is that of a scale and a bias of "
    "four bytes each. Adapters are float32 here. What are scales and biases?",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 8
    return base + 16 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "scale_without_bias",
    "You have {small}, and it is {small:expected}. Your number is that of two bytes for each "
    "group. Formats around zero have a scale alone. What has a group in affine quantization?",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 2
    return base + 16 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "first_weight_alone",
    "You have {small}, and it is {small:expected}; for one layer your number is right. Yours is "
    "that of the first layer alone. Which layers does `shapes` list?",
)
def _(shapes, bits, group_size, rank):
    (rows, columns), *_ = shapes
    base = rows * columns * bits // 8 + rows * columns // group_size * 4
    return base + 16 * rank * (rows + columns)


@qlora_bytes.misconception(
    "a_float",
    "The number is right, and it is {kind}. A division with `/` makes one, and above 2**53 a float "
    "misses single bytes. What does the statement ask for?",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    adapters = sum(rank * (rows + columns) for rows, columns in shapes)
    return weights * bits / 8 + weights / group_size * 4 + 16 * adapters


qlora_bytes.hints(
    "What is there for each frozen weight, and what for each trained number?",
    "Frozen: bits, and its share of a scale and a bias. Trained: four float32 numbers.",
    "`weights * bits / 8 + weights / group_size * 4 + 16 * adapters`, with `rank * (O + I)` "
    "numbers in each adapter.",
)
