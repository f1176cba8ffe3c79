"""quantize_linears, an exercise of lesson 07, quantization."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise
from course.probe import fill_parameters

quantize_linears = exercise(minutes=6, level=2, mutates=("model",))


@quantize_linears.solution
def _(model, group_size, bits):
    """Quantize what should be, and only that.

    `model` is a module with other modules in it, however deep. In place, make every `nn.Linear`
    whose weight can be quantized in groups of `group_size` an `nn.QuantizedLinear` (affine, with
    `bits` bits), and leave all other layers as they are: embeddings too, and linear layers whose
    weight does not divide. Return the model.
    In a model of `nn.Embedding(10, 64)`, `nn.Linear(64, 100)` and `nn.Linear(100, 64)`, with
    groups of 64, only the second is quantized.
    """

    def fits(path, module):
        return isinstance(module, nn.Linear) and module.weight.shape[1] % group_size == 0

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


class _Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 64)
        self.odd = nn.Linear(100, 64, bias=False)
        self.half = nn.Linear(96, 256, bias=False)


class _Model(nn.Module):
    def __init__(self, width, blocks):
        super().__init__()
        self.embed = nn.Embedding(10, width)
        self.blocks = [_Block(width) for _ in range(blocks)]
        self.square = nn.Linear(width, 2 * width)
        self.head = nn.Linear(width, 100)


@quantize_linears.use(layers="reading", head="matmul", other="matmul")
def _(answer, rng):
    bits = int(rng.choice([3, 5, 6, 8]))
    # Two groups in a row at least: with one, MLX 0.32's product on CUDA is wrong.
    size = int(rng.choice([64, 128]))
    width = size * int(rng.integers(2, 4))
    model = fill_parameters(_Model(width, int(rng.integers(1, 4))), by_name=True)
    found = answer(model, size, bits)
    named = [
        f"{path} ({m.bits} bits, groups of {m.group_size})"
        for path, m in found.named_modules()
        if hasattr(m, "bits")
    ]
    x = mx.array(rng.normal(size=(2, width)).astype(np.float32))
    return {
        "layers": ", ".join(sorted(named)) or "none",
        "head": found.head(x),
        "other": found.blocks[-1].half(x[:, :96]) + found.embed(mx.array([3]))[:, :1],
        "same": found is model,
    }


quantize_linears.says(
    passed="The same predicate goes to `mlx_lm.convert` as its `quant_predicate`.",
    layers="Quantized layers",
    head="What the head returns",
    other="What layers return that are left as they are",
    same="The model that came in",
)


@quantize_linears.alternative
def _(model, group_size, bits):
    for module in model.modules():
        for name, child in module.children().items():
            if type(child) is nn.Linear and not child.weight.shape[1] % group_size:
                setattr(module, name, nn.QuantizedLinear.from_linear(child, group_size, bits))
    return model


@quantize_linears.alternative
def _(model, group_size, bits):
    settings = {"group_size": group_size, "bits": bits, "mode": "affine"}
    nn.quantize(
        model,
        class_predicate=lambda _, m: (
            dict(settings)
            if isinstance(m, nn.Linear) and m.weight.shape[1] % group_size == 0
            else {}
        ),
    )
    return model


@quantize_linears.misconception(
    "last_dimension_does_not_divide",
    "MLX stopped at a weight of shape (64, 100). Groups lie along the last dimension, and 100 is "
    "no multiple of the group size; `nn.quantize` does not look whether a layer fits. What may say "
    "no for a layer?",
)
def _(model, group_size, bits):
    nn.quantize(model, group_size, bits)
    return model


@quantize_linears.misconception(
    "embedding_by_accident",
    "Quantized are {layers}; it should be {layers:expected}. An embedding can be quantized as "
    "well, and its size divides. Where it is tied to the output it decides every token, and many "
    "recipes spare it. What is the layer an instance of?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return hasattr(m, "to_quantized") and m.weight.shape[-1] % group_size == 0

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "both_dimensions_must_divide",
    "Quantized are {layers}; it should be {layers:expected}. Those are the layers of which both "
    "sizes are multiples. A layer with 100 outputs fits too: its weight has 100 rows, and a group "
    "never leaves its row. Which dimension do groups lie along?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return isinstance(m, nn.Linear) and all(n % group_size == 0 for n in m.weight.shape)

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "settings_forgotten",
    "The right layers are quantized, as {layers}, and it should be {layers:expected}. 4 bits and "
    "groups of 64 are what `nn.quantize` takes where it is told nothing. Where do `bits` and "
    "`group_size` go?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return isinstance(m, nn.Linear) and m.weight.shape[-1] % group_size == 0

    nn.quantize(model, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "top_level_only",
    "Quantized are {layers}; it should be {layers:expected}. Those are the layers that are "
    "attributes of the model itself. Where else can a layer lie?",
)
def _(model, group_size, bits):
    for name, child in model.children().items():
        if isinstance(child, nn.Linear) and child.weight.shape[-1] % group_size == 0:
            setattr(model, name, child.to_quantized(group_size, bits))
    return model


@quantize_linears.misconception(
    "returns_nothing",
    "Your function returned None. `nn.quantize` changes the model in place and returns nothing, so "
    "its result is not the model. What should your function return?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return isinstance(m, nn.Linear) and m.weight.shape[-1] % group_size == 0

    return nn.quantize(model, group_size, bits, class_predicate=fits)


@quantize_linears.misconception(
    "smaller_groups_where_needed",
    "Quantized are {layers}; it should be {layers:expected}. Layers whose weight does not divide "
    "were quantized too, in smaller groups that fit. That would be sensible; what does the "
    "statement ask for with them?",
)
def _(model, group_size, bits):
    def fits(_, m):
        sizes = (group_size, 64, 32)
        fit = [n for n in sizes if isinstance(m, nn.Linear) and m.weight.shape[-1] % n == 0]
        return {"group_size": fit[0], "bits": bits} if fit else False

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "bits_forgotten",
    "Quantized are {layers}; it should be {layers:expected}. The layers and the groups are right, "
    "and the width is 4 bits, what `nn.quantize` takes where it is told nothing. Where do `bits` "
    "go?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return isinstance(m, nn.Linear) and m.weight.shape[-1] % group_size == 0

    nn.quantize(model, group_size, class_predicate=fits)
    return model


quantize_linears.hints(
    "Who decides for each layer, and what does it get to see?",
    "`nn.quantize` has an argument `class_predicate`: a function of a layer's path and the layer.",
    "`isinstance(module, nn.Linear) and module.weight.shape[-1] % group_size == 0`, together with "
    "`group_size` and `bits`.",
)
