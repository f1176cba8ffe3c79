"""qlora_bytes, an exercise of lesson 07, quantization."""

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
    return weights * bits // 8 + weights // group_size * 4 + adapters * 4 * 4


@qlora_bytes.use(large="reduction")
def _(answer, rng):
    width = 64 * int(rng.integers(2, 5))
    shapes = [(width, width), (64, width), (4 * width, width), (width, 4 * width)]
    small = answer(shapes, 4, 64, 8)
    large = answer([(4096, 4096), (14336, 4096)] * 64, 8, 32, 16)
    return {"small": small, "large": float(large)}


qlora_bytes.says(
    passed="At 4 bits the base is the larger part only when the model is much wider than the rank.",
    small="For four small layers, 4 bits, rank 8",
    large="For 128 large layers, 8 bits, groups of 32, rank 16",
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
    "You have {small}, and it is {small:expected}: the base was counted with its bits alone. Each "
    "group has a scale and a bias of 16 bits, which in groups of 64 is half a bit for each weight.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    return weights * bits // 8 + 16 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "base_has_gradients",
    "You have {small}, and it is {small:expected}: the base got gradients and a place in the "
    "optimizer. It is frozen, and that it needs neither is what QLoRA is for.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + 12 * weights + 16 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "optimizer_forgotten",
    "You have {small}, and it is {small:expected}. Of each trained number there are more than "
    "itself and its gradient: AdamW keeps a mean of the gradients and a mean of their squares.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + 8 * sum(rank * (rows + columns) for rows, columns in shapes)


@qlora_bytes.misconception(
    "adapters_quantized",
    "You have {small}, and it is {small:expected}: the adapters were counted in the base's bits. "
    "What is trained needs room for small steps, and stays in full precision.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    adapters = sum(rank * (rows + columns) for rows, columns in shapes)
    base = weights * bits // 8 + weights // group_size * 4
    return base + adapters * bits // 8 + 12 * adapters


@qlora_bytes.misconception(
    "adapter_as_large_as_the_weight",
    "You have {small}, and it is {small:expected}. The adapter was counted with as many numbers as "
    "the weight it changes. Their product is that large; it is never kept, only its two factors.",
)
def _(shapes, bits, group_size, rank):
    weights = sum(rows * columns for rows, columns in shapes)
    return weights * bits // 8 + weights // group_size * 4 + 16 * weights


qlora_bytes.hints(
    "What is there for each frozen weight, and what for each trained number?",
    "Frozen: bits, and its share of a scale and a bias. Trained: four float32 numbers.",
    "`weights * bits / 8 + weights / group_size * 4 + 16 * adapters`, with `rank * (O + I)` "
    "numbers in each adapter.",
)
