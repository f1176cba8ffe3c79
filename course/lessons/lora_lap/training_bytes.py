"""training_bytes, an exercise of lesson 09, lora_lap."""

from course.exercise import exercise

training_bytes = exercise(minutes=4, level=1)


@training_bytes.solution
def _(shapes, blocks, rank):
    """What an adapter costs: how many numbers are trained, and how many bytes they take meanwhile.

    `shapes` has (outputs, inputs) of every linear layer of one block that gets an adapter of rank
    `rank`, `blocks` says how many blocks there are. Each of these layers gets a matrix A of inputs
    × rank and a matrix B of rank × outputs. All is float32; training with Adam keeps for each
    number its gradient and two moments. Return (numbers, bytes) as two ints.
    For one layer of 4 outputs and 6 inputs, one block and rank 2 that is (20, 320).
    """
    numbers = blocks * sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, numbers * 4 * 4


@training_bytes.use
def _(answer, rng):
    shapes = [tuple(int(n) for n in rng.integers(5, 40, 2)) for _ in range(int(rng.integers(2, 5)))]
    shapes = [(outputs, outputs + inputs) for outputs, inputs in shapes]
    shapes[-1] = shapes[-1][::-1]  # wide ones and a tall one
    numbers, size = answer(shapes, int(rng.integers(2, 9)), int(rng.integers(2, 5)))
    return {"numbers": numbers, "bytes": size, "wide": answer([(4096, 4096)], 1, 1)[0]}


training_bytes.says(
    passed="Llama 3.1 8B, rank 8, seven layers in each of 16 blocks: 10,485,760 numbers, 168 MB.",
    numbers="Numbers",
    bytes="Bytes",
    wide="Numbers for one layer of 4096 × 4096, rank 1",
)


@training_bytes.alternative
def _(shapes, blocks, rank):
    numbers = 0
    for outputs, inputs in shapes:
        numbers += inputs * rank + rank * outputs
    return blocks * numbers, 16 * blocks * numbers


@training_bytes.misconception(
    "as_many_as_the_matrix",
    "{numbers} numbers: that is the size of all the matrices themselves, and of the products of A "
    "and B. A product need not be stored while training. What is stored instead?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(outputs * inputs for outputs, inputs in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "rank_times_matrix",
    "{numbers} numbers are those of inputs times outputs times rank: a layer of 4096 × 4096 would "
    "get {wide} with rank 1. Write down the shapes of A and B for the layer of 4 × 6: what do they "
    "hold together?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * outputs * inputs for outputs, inputs in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "one_factor",
    "{numbers} numbers, where there are {numbers:expected}: those of the matrices A, as if there "
    "were no B. Which side of the layer does A belong to, and what is on the other?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * inputs for _, inputs in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "one_block",
    "{numbers} numbers are those of a single block: `shapes` lists the layers of one. How many "
    "blocks does the model have?",
)
def _(shapes, blocks, rank):
    numbers = sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "weights_alone",
    "The numbers are right, and {bytes} bytes hold nothing but them. While it learns, each number "
    "has company: what does Adam need to know about it, and what did backward leave?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, 4 * numbers


@training_bytes.misconception(
    "one_moment",
    "The numbers are right, and {bytes} bytes are 12 for each: the number, its gradient and one "
    "moment. Momentum has one. How many has Adam?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, 12 * numbers


@training_bytes.misconception(
    "sixteen_bits",
    "The numbers are right, and {bytes} bytes are 8 for each: half. Either all is in 16 bits, as a "
    "base often is, or two of the four that Adam's training keeps are missing. How many are kept, "
    "and in which dtype?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(rank * (outputs + inputs) for outputs, inputs in shapes)
    return numbers, 8 * numbers


@training_bytes.misconception(
    "base_counted",
    "{numbers} numbers, where there are {numbers:expected}: the layers' own weights are among "
    "them. They are there while one trains, and are frozen. Which numbers are trained?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(
        rank * (outputs + inputs) + outputs * inputs for outputs, inputs in shapes
    )
    return numbers, 16 * numbers


@training_bytes.misconception(
    "square_layers",
    "{numbers} numbers, where there are {numbers:expected}; for a layer of 4096 × 4096 it is "
    "right. Your numbers are those of layers with as many inputs as outputs. Which size has A, and "
    "which B?",
)
def _(shapes, blocks, rank):
    numbers = blocks * sum(2 * rank * outputs for outputs, _ in shapes)
    return numbers, 16 * numbers


@training_bytes.misconception(
    "first_layer_for_all",
    "{numbers} numbers, where there are {numbers:expected}: those of layers that are all as large "
    "as the first. Do the shapes differ?",
)
def _(shapes, blocks, rank):
    numbers = blocks * len(shapes) * rank * sum(shapes[0])
    return numbers, 16 * numbers


training_bytes.hints(
    "What is stored for one layer, and what is it multiplied by?",
    "A has inputs × rank numbers, B has rank × outputs; then every block, then what training adds.",
    "rank · (outputs + inputs) for each layer, summed, times `blocks`; and four float32 for each.",
)
