"""merge_lora, an exercise of lesson 09, lora_lap."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_lm.tuner.lora import LoRALinear

from course.exercise import exercise

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


@merge_lora.use(y="matmul", plain="matmul")
def _(answer, rng):
    size, rank = 6, 2
    x, weight = (mx.array(rng.normal(size=(size, size)).astype(np.float32)) for _ in range(2))
    a = mx.array(rng.normal(size=(size, rank)).astype(np.float32))
    b = mx.array(rng.normal(size=(rank, size)).astype(np.float32))
    half = answer(weight.astype(mx.float16), a, b, 1.0)
    merged, plain = answer(weight, a, b, 2.5), answer(weight, a, b, 1.0)
    together = x @ weight.T + 2.5 * (x @ a @ b)
    off = float(mx.abs(x @ merged.T - together).max())
    dtype = str(half.dtype).removeprefix("mlx.core.")
    return {"off": round(off, 2), "y": merged, "plain": plain, "dtype": dtype}


merge_lora.says(
    passed="`mlx_lm.fuse` does this to every layer, and writes the model anew.",
    off="Largest difference of the outputs",
    y="Merged with scale 2.5",
    plain="Merged with scale 1",
    dtype="Dtype for a float16 weight",
)


@merge_lora.alternative
def _(weight, a, b, scale):
    return (weight.astype(mx.float32) + scale * b.T @ a.T).astype(weight.dtype)


@merge_lora.alternative
def _(weight, a, b, scale):
    layer = nn.Linear(*weight.shape[::-1], bias=False)
    layer.weight = weight
    adapted = LoRALinear.from_base(layer, r=a.shape[1], scale=scale)
    adapted.lora_a, adapted.lora_b = a, b
    return adapted.fuse().weight


@merge_lora.misconception(
    "product_not_transposed",
    "The layer's outputs are off by up to {off}. This matrix is square, so nothing protested: A B "
    "is (inputs, outputs) and a linear layer's weight is (outputs, inputs). With another shape MLX "
    "would have refused. Which way round does the layer use its weight?",
)
def _(weight, a, b, scale):
    return weight + (scale * (a @ b)).astype(weight.dtype)


@merge_lora.misconception(
    "scale_forgotten",
    "With scale 1 the merge is right, and with 2.5 the outputs are off by up to {off}: A B went in "
    "as it is. mlx_lm keeps the scale in adapter_config.json, beside the weights, where it is "
    "easily overlooked. Where does the adapter use it?",
)
def _(weight, a, b, scale):
    return weight + (a @ b).T.astype(weight.dtype)


@merge_lora.misconception(
    "scale_twice",
    "With scale 1 the merge is right, and with 2.5 the outputs are off by up to {off}: A and B "
    "were both scaled, so that the product has the scale squared. How often does the adapter use "
    "it?",
)
def _(weight, a, b, scale):
    return weight + ((scale * a) @ (scale * b)).T.astype(weight.dtype)


@merge_lora.misconception(
    "correction_alone",
    "The outputs are off by up to {off}: what you return is the correction without the weight that "
    "it corrects. The merged layer has no second layer beside it.",
)
def _(weight, a, b, scale):
    return (scale * (a @ b).T).astype(weight.dtype)


@merge_lora.misconception(
    "float32_now",
    "The values are right and the dtype became {dtype}: a float16 weight and a float32 correction "
    "make float32. One merged layer would be twice as large as before, and a whole model computes "
    "in float32 behind it. What should come back?",
)
def _(weight, a, b, scale):
    return weight + scale * (a @ b).T


@merge_lora.misconception(
    "merged_again",
    "The outputs are off by up to {off}: the correction went in twice, as when a model that was "
    "fused is loaded with its adapter as well.",
)
def _(weight, a, b, scale):
    return weight + (2 * scale * (a @ b).T).astype(weight.dtype)


merge_lora.hints(
    "Write both sides down: x Wᵀ + scale · x A B = x Mᵀ. What is M?",
    "Transpose a product: (A B)ᵀ. And look at the dtype at the end.",
    "`weight + (scale * (a @ b).T).astype(weight.dtype)`.",
)
