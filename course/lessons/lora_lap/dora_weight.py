"""dora_weight, an exercise of lesson 09, lora_lap."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

dora_weight = exercise(minutes=6, level=2)


@dora_weight.solution
def _(weight, a, b, scale, m):
    """The weight that a DoRA layer computes with.

    DoRA trains direction and length apart. Each row of a weight (outputs, inputs) belongs to one
    output. The direction of a row is that of `weight` plus the LoRA correction, whose factors are A
    (inputs, rank) and B (rank, outputs), with `scale`; its length is `m`, of shape (outputs,), and
    is trained too. Return the weight: float32, of the shape of `weight`.
    For a weight `[[3, 4]]`, A and B zero and m `[10]` that is `[[6, 8]]`.
    """
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / mx.linalg.norm(adapted, axis=1, keepdims=True)


@dora_weight.use(y="matmul", new="matmul")
def _(answer, rng):
    outputs, inputs, rank = (int(n) for n in rng.permutation([2, 3, 4, 5, 6])[:3])
    weight, a, b = (
        mx.array(rng.normal(size=shape).astype(np.float32))
        for shape in ((outputs, inputs), (inputs, rank), (rank, outputs))
    )
    m = mx.array(rng.uniform(2, 5, outputs).astype(np.float32))
    y = answer(weight, a, b, float(rng.choice([0.5, 1.5, 2.0])), m)
    lengths = mx.linalg.norm(y, axis=1).tolist()
    new = answer(weight, a, mx.zeros_like(b), 1.5, mx.linalg.norm(weight, axis=1))
    return {"rows": ", ".join(f"{n:.2f}" for n in lengths), "y": y, "new": new}


dora_weight.says(
    passed="One more number for each output, and the length is free of the direction.",
    rows="Lengths of the rows",
    y="The weight",
    new="The weight before any training, where m has the base's lengths",
)


@dora_weight.alternative
def _(weight, a, b, scale, m):
    adapted = weight + scale * b.T @ a.T
    return mx.expand_dims(m / adapted.square().sum(axis=-1).sqrt(), 1) * adapted


@dora_weight.misconception(
    "lengths_of_columns",
    "The rows of your weight have lengths {rows}, and should have those of m, {rows:expected}. "
    "Yours are what a division by the lengths of the columns leaves. A column belongs to an input; "
    "which axis runs along what makes one output?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / mx.linalg.norm(adapted, axis=0, keepdims=True)


@dora_weight.misconception(
    "length_of_the_base",
    "The rows have lengths {rows}, not {rows:expected}. Before training it is right: yours are "
    "what a division by the lengths of the base's rows leaves, and the correction makes rows "
    "longer or shorter. Whose length should be taken out?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / mx.linalg.norm(weight, axis=1, keepdims=True)


@dora_weight.misconception(
    "one_length_for_all",
    "The rows have lengths {rows}, not {rows:expected}. Yours are what a division by one length, "
    "that of the whole matrix, leaves. A norm without an axis gives that. There is one m for each "
    "row; how many lengths are there to take out?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / mx.linalg.norm(adapted)


@dora_weight.misconception(
    "length_kept",
    "The rows have lengths {rows}, not {rows:expected}: m multiplies rows that still have a length "
    "of their own. How long is a direction?",
)
def _(weight, a, b, scale, m):
    return m[:, None] * (weight + scale * (a @ b).T)


@dora_weight.misconception(
    "direction_of_the_correction",
    "The lengths are right and the directions are those of the correction alone, as if it replaced "
    "the base's weight. Before training there is no correction. Which direction has a row then?",
)
def _(weight, a, b, scale, m):
    correction = scale * (a @ b).T
    length = mx.linalg.norm(correction, axis=1, keepdims=True)
    return m[:, None] * correction / mx.maximum(length, 1e-9)


@dora_weight.misconception(
    "magnitude_forgotten",
    "Every row has length 1: {rows}, not {rows:expected}. That is the direction. What says how "
    "long a row is to be?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return adapted / mx.linalg.norm(adapted, axis=1, keepdims=True)


@dora_weight.misconception(
    "squared_length",
    "The rows have lengths {rows}, not {rows:expected}. Yours are what a division by the square of "
    "each row's length leaves. What turns a sum of squares into a length?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return m[:, None] * adapted / adapted.square().sum(axis=1, keepdims=True)


@dora_weight.misconception(
    "m_along_the_columns",
    "MLX stopped: `m` has one number for each output and was multiplied along a row, which has one "
    "for each input. For a square weight nothing would have protested. Along which axis of the "
    "weight does `m` lie?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    return m * adapted / mx.linalg.norm(adapted, axis=1, keepdims=True)


@dora_weight.misconception(
    "corrected_afterwards",
    "The rows have lengths {rows}, not {rows:expected}. Before training it is right: yours are "
    "those of the base's directions in the length of `m`, with the correction added at the end. "
    "Then it changes the length as well. What should have the length m, once all is added?",
)
def _(weight, a, b, scale, m):
    base = m[:, None] * weight / mx.linalg.norm(weight, axis=1, keepdims=True)
    return base + scale * (a @ b).T


@dora_weight.misconception(
    "m_as_a_factor",
    "The rows have lengths {rows}, not {rows:expected}. Yours are those of the base's rows, times "
    "`m`: a magnitude sounds like a factor. What is the length of a row, by the statement?",
)
def _(weight, a, b, scale, m):
    adapted = weight + scale * (a @ b).T
    direction = adapted / mx.linalg.norm(adapted, axis=1, keepdims=True)
    return m[:, None] * mx.linalg.norm(weight, axis=1, keepdims=True) * direction


@dora_weight.misconception(
    "merged_as_lora",
    "The rows have lengths {rows}, not {rows:expected}. Your weight is that of LoRA, with the "
    "correction added and nothing else. What does DoRA train beside the direction?",
)
def _(weight, a, b, scale, m):
    return weight + scale * (a @ b).T


dora_weight.hints(
    "What is left of a row when its length is taken out, and what gives it one again?",
    "First the LoRA weight, then divide each row by its own length, then multiply by its m.",
    "`adapted / mx.linalg.norm(adapted, axis=1, keepdims=True)`, times `m[:, None]`.",
)
