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


@finetune_bytes.use
def _(answer, rng):
    width = int(rng.choice([1024, 2048]))
    shapes = [(width, width), (width // 4, width), (3 * width, width), (width, 3 * width)]
    layers = int(rng.integers(20, 40))
    frozen, trained = answer(shapes, layers, layers // 3, int(rng.choice([4, 8])), 8)
    return {"frozen": _plain(frozen) / 1e6, "trained": _plain(trained) / 1e6}


finetune_bytes.says(
    passed="What it leaves out are the activations: they grow with the tokens of a batch, and "
    "often are the largest part.",
    frozen="MB of the frozen matrices",
    trained="MB that the adapters bring along",
)


@finetune_bytes.alternative
def _(shapes, layers, adapted, bits, rank):
    frozen = trained = 0
    for layer in range(layers):
        for rows, columns in shapes:
            frozen += rows * columns * bits // 8 + rows * (columns // 64) * 4
            if layer >= layers - adapted:
                trained += rows * rank + rank * columns
    copies = ("weight", "gradient", "first average", "second average")
    return frozen, sum(4 * trained for _ in copies)


def _finetune(shapes, layers, adapted, bits, rank, scales=0.5, each=16):
    frozen = layers * sum(rows * columns for rows, columns in shapes) * (bits + scales) / 8
    return frozen, each * adapted * sum(rank * (rows + columns) for rows, columns in shapes)


@finetune_bytes.misconception(
    "bits_without_scales",
    "Frozen are {frozen} MB for you, and it is {frozen:expected}. The codes are counted, and not "
    "the scale and the bias of each group.",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, scales=0)


@finetune_bytes.misconception(
    "adapters_alone",
    "The adapters bring {trained} MB for you, and it is {trained:expected}: four times as much. "
    "What the file of adapters takes is there. What does a step of training keep beside it?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, each=4)


@finetune_bytes.misconception(
    "no_gradients",
    "The adapters bring {trained} MB for you, and it is {trained:expected}: weights and Adam's two "
    "averages. Something has to tell Adam the way.",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, each=12)


@finetune_bytes.misconception(
    "everything_is_trained",
    "You have {trained} MB of what is trained, and it is {trained:expected}. Gradients and "
    "averages were counted for every weight of the model, as full fine-tuning needs them. Which "
    "numbers change here?",
)
def _(shapes, layers, adapted, bits, rank):
    frozen, trained = _finetune(shapes, layers, adapted, bits, rank)
    return frozen, trained + 12 * layers * sum(rows * columns for rows, columns in shapes)


@finetune_bytes.misconception(
    "adapters_everywhere",
    "The adapters bring {trained} MB for you, and it is {trained:expected}. Every layer got "
    "adapters; asked were the last few, as `--num-layers` of mlx_lm.lora has it.",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, layers, bits, rank)


@finetune_bytes.misconception(
    "one_matrix_an_adapter",
    "The adapters bring {trained} MB for you, and it is {trained:expected}. One of an adapter's "
    "two matrices is counted. The other leads back to as many rows as the weight has.",
)
def _(shapes, layers, adapted, bits, rank):
    frozen, _ = _finetune(shapes, layers, adapted, bits, rank)
    return frozen, 16 * adapted * sum(rank * columns for _, columns in shapes)


finetune_bytes.hints(
    "Which numbers change in a step, and what is kept for each of them?",
    "Frozen: all matrices, with their scales. Trained: rank × (rows + columns) numbers for each "
    "adapted matrix, four float32 for each.",
    "`(bits + 0.5) / 8` bytes for a frozen weight, 16 for a trained one.",
)
