"""finetune_bytes, an exercise of lesson 12, performance."""

from course.exercise import exercise

from .common import _plain

finetune_bytes = exercise(minutes=8, level=2)


@finetune_bytes.solution
def _(shapes, layers, adapted, bits, rank):
    """What QLoRA needs before the first token is read.

    Each of a model's `layers` layers has matrices of the given `shapes`, a list of (rows,
    columns), frozen with `bits` bits and, for each group of 64 weights, a scale and a bias of 16
    bits each. In the last `adapted` layers each matrix gets an adapter of rank `rank`: two
    matrices in float32, rows × rank and rank × columns. Only the adapters are trained, by Adam:
    beside each of their numbers lie its gradient and the two averages that Adam keeps, all float32.
    Return two numbers of bytes: of the frozen matrices, and of all that the adapters bring along.
    For the shapes [(4096, 4096)], 2 layers of which 1 adapted, 4 bits and rank 8: 18874368 and
    1048576.
    """
    frozen = layers * sum(rows * columns for rows, columns in shapes) * (bits + 0.5) / 8
    trained = adapted * sum(rank * (rows + columns) for rows, columns in shapes)
    return frozen, 16 * trained


@finetune_bytes.use(few_frozen="exact", few_trained="exact")
def _(answer, rng):
    width = int(rng.choice([1024, 2048]))
    shapes = [(width, width), (width // 4, width), (3 * width, width), (width, 3 * width)]
    layers, bits, rank = (
        int(rng.integers(20, 40)),
        int(rng.choice([4, 8])),
        int(rng.choice([4, 8, 16])),
    )
    frozen, trained = answer(list(shapes), layers, layers // 3, bits, rank)
    few = [(int(rows), 64 * int(columns)) for rows, columns in rng.integers(1, 9, size=(2, 2))]
    few_frozen, few_trained = answer(few, 3, int(rng.choice([1, 2])), int(rng.choice([3, 6])), 5)
    every_frozen, every = answer(few, 4, 4, 5, int(rng.choice([2, 6])))
    return {
        "frozen": _plain(frozen) / 1e6,
        "trained": _plain(trained) / 1e6,
        "few_frozen": _plain(few_frozen),
        "few_trained": _plain(few_trained),
        "every_frozen": _plain(every_frozen),
        "every": _plain(every),
    }


finetune_bytes.says(
    passed="What it leaves out are the activations: they grow with the tokens of a batch, and "
    "often are the largest part.",
    frozen="MB of the frozen matrices",
    trained="MB that the adapters bring along",
    few_frozen="Bytes of the frozen matrices of a very small model",
    few_trained="Bytes that its adapters bring along",
    every_frozen="Bytes of the frozen matrices, where every layer is adapted",
    every="Bytes that the adapters bring along, where every layer is adapted",
)


@finetune_bytes.alternative
def _(shapes, layers, adapted, bits, rank):
    frozen = trained = 0
    for layer in range(layers):
        for rows, columns in shapes:
            frozen += rows * columns * bits / 8 + rows * columns / 64 * (2 + 2)
            if layer >= layers - adapted:
                trained += rows * rank + rank * columns
    return frozen, 4 * (trained + trained + 2 * trained)


def _finetune(shapes, layers, adapted, bits, rank, scales=0.5, each=16):
    frozen = layers * sum(rows * columns for rows, columns in shapes) * (bits + scales) / 8
    return frozen, each * adapted * sum(rank * (rows + columns) for rows, columns in shapes)


@finetune_bytes.misconception(
    "bits_without_scales",
    "Frozen are {frozen} MB for you, and it is {frozen:expected}. Yours has room for the codes of "
    "the weights, which are most of it. What does each group of 64 bring along?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, scales=0)


@finetune_bytes.misconception(
    "scale_without_bias",
    "Frozen are {frozen} MB for you, and it is {frozen:expected}. Yours has 16 bits for each group "
    "beside the codes. Some formats have no more. How many numbers does a group have here?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, scales=0.25)


@finetune_bytes.misconception(
    "adapted_layers_not_frozen",
    "Frozen are {frozen} MB for you, and it is {frozen:expected}: yours are the layers without "
    "adapters. The others learn something as well. Do their own matrices change?",
)
def _(shapes, layers, adapted, bits, rank):
    frozen, _ = _finetune(shapes, layers - adapted, adapted, bits, rank)
    return frozen, _finetune(shapes, layers, adapted, bits, rank)[1]


@finetune_bytes.misconception(
    "always_four_bits",
    "Your adapters are right. Your frozen matrices take 4 bits, and a scale and a bias for each "
    "group, whatever `bits` is: {few_frozen} bytes for a very small model, and it is "
    "{few_frozen:expected}. QLoRA mostly means 4. Which argument says it here?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, 4, rank)


@finetune_bytes.misconception(
    "adapters_alone",
    "The adapters bring {trained} MB for you, and it is {trained:expected}: four times as much. "
    "Yours is what a file of adapters takes. What does a step of training keep beside it?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, each=4)


@finetune_bytes.misconception(
    "three_for_each",
    "The adapters bring {trained} MB for you, and it is {trained:expected}: you have 12 bytes for "
    "each number that is trained. There are the number itself and Adam's two averages. What tells "
    "Adam the way?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, each=12)


@finetune_bytes.misconception(
    "eight_for_each",
    "The adapters bring {trained} MB for you, and it is {trained:expected}: you have 8 bytes for "
    "each number that is trained. That is two float32 numbers, or four in half precision. How many "
    "are kept for each, and in which precision?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, each=8)


@finetune_bytes.misconception(
    "everything_is_trained",
    "You have {trained} MB of what is trained, and it is {trained:expected}. Yours has room for "
    "gradients and averages of every weight of the model, as full fine-tuning needs them. Which "
    "numbers change here?",
)
def _(shapes, layers, adapted, bits, rank):
    frozen, trained = _finetune(shapes, layers, adapted, bits, rank)
    return frozen, trained + 12 * layers * sum(rows * columns for rows, columns in shapes)


@finetune_bytes.misconception(
    "adapters_everywhere",
    "The adapters bring {trained} MB for you, and it is {trained:expected}; where every layer is "
    "adapted you are right. Yours are adapters in all layers. How many layers get them, as "
    "`--num-layers` of mlx_lm.lora says it?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, layers, bits, rank)


@finetune_bytes.misconception(
    "one_matrix_an_adapter",
    "The adapters bring {trained} MB for you, and it is {trained:expected}. Yours has one matrix "
    "for each adapter, rank × columns. What leads back to as many rows as the weight has?",
)
def _(shapes, layers, adapted, bits, rank):
    frozen, _ = _finetune(shapes, layers, adapted, bits, rank)
    return frozen, 16 * adapted * sum(rank * columns for _, columns in shapes)


@finetune_bytes.misconception(
    "rows_times_columns",
    "The adapters bring {trained} MB for you, and it is {trained:expected}. Yours are adapters of "
    "rank × rows × columns numbers, larger than the weights themselves. One matrix is rows × rank, "
    "the other rank × columns. How many numbers is that together?",
)
def _(shapes, layers, adapted, bits, rank):
    frozen, _ = _finetune(shapes, layers, adapted, bits, rank)
    return frozen, 16 * adapted * sum(rank * rows * columns for rows, columns in shapes)


finetune_bytes.hints(
    "Which numbers change in a step, and what is kept for each of them?",
    "Frozen: all matrices, with their scales. Trained: rank × (rows + columns) numbers for each "
    "adapted matrix, four float32 for each.",
    "`(bits + 0.5) / 8` bytes for a frozen weight, 16 for a trained one.",
)
