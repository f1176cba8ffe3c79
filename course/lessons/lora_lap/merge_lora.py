"""merge_lora, an exercise of lesson 09, lora_lap."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_lm.tuner.lora import LoRALinear

from course.exercise import exercise
from course.probe import outcome

merge_lora = exercise(minutes=5, level=2)


@merge_lora.solution
def _(weight, a, b, scale):
    """The weight of one layer that does what a layer and its adapter did together.

    `weight` is that of an `nn.Linear`, (outputs, inputs): the layer computes `x @ weight.T`. The
    adapter adds `scale · x A B`, with A of shape (inputs, rank) and B of (rank, outputs), both
    float32. Return the merged weight, in the shape and dtype of `weight`.
    For a weight `[[1]]`, A `[[2]]`, B `[[3]]` and scale 0.5 that is `[[4]]`.
    """
    return weight + (scale * (a @ b).T).astype(weight.dtype)


@merge_lora.use(y="matmul", plain="matmul", wide="matmul", half="matmul")
def _(answer, rng):
    size, rank = int(rng.integers(4, 8)), int(rng.integers(2, 4))
    x, weight = (mx.array(rng.normal(size=(size, size)).astype(np.float32)) for _ in range(2))
    a = mx.array(rng.normal(size=(size, rank)).astype(np.float32))
    b = mx.array(rng.normal(size=(rank, size)).astype(np.float32))
    dtype = mx.float16 if rng.random() < 0.5 else mx.bfloat16
    half = answer(weight.astype(dtype), a, b, 1.0)
    merged, plain = answer(weight, a, b, 2.5), answer(weight, a, b, 1.0)
    together = x @ weight.T + 2.5 * (x @ a @ b)
    off = float(mx.abs(x @ merged.T - together).max())
    wide = (weight[: size - 2], a, b[:, : size - 2], float(rng.choice([0.5, 3.0])))
    # A square weight hides which way round it is; the other one ends some answers with an error.
    end = outcome(answer, *wide)
    return {
        "off": round(off, 2),
        "y": merged,
        "plain": plain,
        "dtype": _name(half.dtype) if half.dtype != dtype else "as it came",
        "half": half,
        "end": end,
        "wide": answer(*wide) if end == "returned" else None,
    }


def _name(dtype):
    return str(dtype).removeprefix("mlx.core.")


merge_lora.says(
    passed="`mlx_lm.fuse` does this to every layer, and writes the model anew.",
    off="Largest difference of the outputs",
    y="Merged with scale 2.5",
    plain="Merged with scale 1",
    dtype="Dtype for a weight in 16 bits",
    half="Merged in 16 bits",
    end="How it ended for a weight that is not square",
    wide="Merged for a weight that is not square",
)


@merge_lora.alternative
def _(weight, a, b, scale):
    return (weight + scale * b.T @ a.T).astype(weight.dtype)


@merge_lora.alternative
def _(weight, a, b, scale):
    outputs, inputs = weight.shape
    layer = nn.Linear(inputs, outputs, False)
    layer.weight = weight
    adapted = LoRALinear.from_base(layer, scale=scale)
    adapted.lora_a, adapted.lora_b = a, b
    return adapted.fuse().weight


@merge_lora.misconception(
    "product_not_transposed",
    "For a square weight the layer's outputs are off by up to {off}, and for another one MLX "
    "refused: {end}. A B is (inputs, outputs). Which way round does a linear layer keep its "
    "weight?",
)
def _(weight, a, b, scale):
    return weight + (scale * (a @ b)).astype(weight.dtype)


@merge_lora.misconception(
    "scale_forgotten",
    "With scale 1 the merge is right, and with 2.5 the outputs are off by up to {off}: yours is "
    "the merge with scale 1. mlx_lm keeps the scale in adapter_config.json, beside the weights, "
    "where it is easily overlooked. Where does the adapter use it?",
)
def _(weight, a, b, scale):
    return weight + (a @ b).T.astype(weight.dtype)


@merge_lora.misconception(
    "scale_twice",
    "With scale 1 the merge is right, and with 2.5 the outputs are off by up to {off}: yours is "
    "the merge with the scale squared. A, B and their product are three places for it. How often "
    "does the adapter use it?",
)
def _(weight, a, b, scale):
    return weight + ((scale * a) @ (scale * b)).T.astype(weight.dtype)


@merge_lora.misconception(
    "correction_alone",
    "The outputs are off by up to {off}: what you return is the correction without the weight that "
    "it corrects. The merged layer has no second layer beside it. What does it have to do alone?",
)
def _(weight, a, b, scale):
    return (scale * (a @ b).T).astype(weight.dtype)


@merge_lora.misconception(
    "float32_now",
    "The values are right and the dtype became {dtype}. A weight in 16 bits and a float32 "
    "correction make float32, twice as large, and all that is computed behind it is float32 too. "
    "Which dtype should come back?",
)
def _(weight, a, b, scale):
    return weight + scale * (a @ b).T


@merge_lora.misconception(
    "merged_again",
    "The outputs are off by up to {off}: in yours the correction is twice as large, as when a "
    "model that was fused is loaded with its adapter as well. How often does it go in?",
)
def _(weight, a, b, scale):
    return weight + (2 * scale * (a @ b).T).astype(weight.dtype)


@merge_lora.misconception(
    "scale_by_rank",
    "The outputs are off by up to {off}: yours is the merge with the scale divided by the rank. "
    "Elsewhere one writes alpha / rank. What is `scale` here, alpha or the quotient?",
)
def _(weight, a, b, scale):
    return weight + (scale / a.shape[1] * (a @ b).T).astype(weight.dtype)


@merge_lora.misconception(
    "subtracted",
    "The outputs are off by up to {off}: yours is the weight minus the correction, which takes an "
    "adapter out of a merged weight again. What does the layer do with both beside each other?",
)
def _(weight, a, b, scale):
    return weight - (scale * (a @ b).T).astype(weight.dtype)


@merge_lora.misconception(
    "reshaped",
    "For a square weight the outputs are off by up to {off}, and for another one nothing "
    "protested: the numbers of A B were put into the weight's shape in the order in which they "
    "lie. What turns (inputs, outputs) into (outputs, inputs)?",
)
def _(weight, a, b, scale):
    return weight + (scale * (a @ b).reshape(weight.shape)).astype(weight.dtype)


merge_lora.hints(
    "Write both sides down: x Wᵀ + scale · x A B = x Mᵀ. What is M?",
    "Transpose a product: (A B)ᵀ. And look at the dtype at the end.",
    "`weight + (scale * (a @ b).T).astype(weight.dtype)`.",
)
merge_lora.same_as(
    "alternative 2",
    "constant",
    "nn.Linear(inputs, outputs, False)",
    "a bias is no part of the weight",
)
