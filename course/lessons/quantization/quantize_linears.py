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
        return isinstance(module, nn.Linear) and module.weight.shape[-1] % group_size == 0

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


class _Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(128)
        self.up = nn.Linear(128, 64)
        self.odd = nn.Linear(100, 64, bias=False)


class _Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 128)
        self.blocks = [_Block(), _Block()]
        self.head = nn.Linear(128, 100)


@quantize_linears.use(layers="reading")
def _(answer, rng):
    bits = int(rng.choice([3, 5, 6, 8]))
    model = fill_parameters(_Model())
    found = answer(model, 128, bits)
    named = [
        f"{path} ({m.bits} bits, groups of {m.group_size})"
        for path, m in found.named_modules()
        if hasattr(m, "bits")
    ]
    x = mx.array(rng.normal(size=(2, 128)).astype(np.float32))
    return {
        "layers": ", ".join(sorted(named)) or "none",
        "head": found.head(x),
        "same": found is model,
    }


quantize_linears.says(
    passed="The same predicate goes to `mlx_lm.convert` as its `quant_predicate`.",
    layers="Quantized layers",
    head="What the head returns",
    same="The model that came in",
)


@quantize_linears.alternative
def _(model, group_size, bits):
    for module in model.modules():
        for name, child in module.children().items():
            many = child if isinstance(child, list) else [child]
            new = [
                nn.QuantizedLinear.from_linear(layer, group_size, bits)
                if type(layer) is nn.Linear and not layer.weight.shape[1] % group_size
                else layer
                for layer in many
            ]
            setattr(module, name, new if isinstance(child, list) else new[0])
    return model


@quantize_linears.alternative
def _(model, group_size, bits):
    settings = {"group_size": group_size, "bits": bits, "mode": "affine"}
    nn.quantize(
        model,
        class_predicate=lambda _, m: (
            dict(settings)
            if isinstance(m, nn.Linear) and m.weight.shape[1] % group_size < 1
            else {}
        ),
    )
    return model


@quantize_linears.misconception(
    "last_dimension_does_not_divide",
    "MLX stopped at a weight of shape (64, 100), and nothing was quantized: groups lie along the "
    "last dimension, and 100 is no multiple of the group size. `nn.quantize` takes everything that "
    "can be quantized in general and does not look whether it fits. What may say no for a layer?",
)
def _(model, group_size, bits):
    nn.quantize(model, group_size, bits)
    return model


@quantize_linears.misconception(
    "embedding_by_accident",
    "Quantized are {layers}; it should be {layers:expected}. An embedding can be quantized as "
    "well, and a test for what can be lets it through. Where it is tied to the output it decides "
    "every token, and many recipes spare it. What is the layer an instance of?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return hasattr(m, "to_quantized") and m.weight.shape[-1] % group_size == 0

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "both_dimensions_must_divide",
    "Quantized are {layers}; it should be {layers:expected}. A layer with 100 outputs fits too: "
    "its weight has 100 rows, and a group never leaves its row. Which dimension do groups lie "
    "along?",
)
def _(model, group_size, bits):
    def fits(_, m):
        return isinstance(m, nn.Linear) and all(n % group_size == 0 for n in m.weight.shape)

    nn.quantize(model, group_size, bits, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "settings_forgotten",
    "The right layers are quantized, as {layers}, and it should be {layers:expected}. "
    "`nn.quantize` was not told bits and group size and took its own, 4 and 64.",
)
def _(model, group_size, bits):
    def fits(_, m):
        return isinstance(m, nn.Linear) and m.weight.shape[-1] % group_size == 0

    nn.quantize(model, class_predicate=fits)
    return model


@quantize_linears.misconception(
    "top_level_only",
    "Quantized are {layers}; it should be {layers:expected}. Only the model's own attributes were "
    "looked at, and layers also lie in lists and in other modules.",
)
def _(model, group_size, bits):
    for name, child in model.children().items():
        if isinstance(child, nn.Linear) and child.weight.shape[-1] % group_size == 0:
            setattr(model, name, child.to_quantized(group_size, bits))
    return model


quantize_linears.hints(
    "Who decides for each layer, and what does it get to see?",
    "`nn.quantize` has an argument `class_predicate`: a function of a layer's path and the layer.",
    "`isinstance(module, nn.Linear) and module.weight.shape[-1] % group_size == 0`, together with "
    "`group_size` and `bits`.",
)
