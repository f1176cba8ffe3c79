"""Others' answers to quantize_linears."""

import mlx.nn as nn

from course.author.answers import right, wrong


@right("nn.quantize with a predicate")
def _(model, group_size, bits):
    nn.quantize(
        model,
        group_size,
        bits,
        class_predicate=lambda p, m: (
            isinstance(m, nn.Linear) and m.weight.shape[1] % group_size == 0
        ),
    )
    return model


@right("predicate as def, keyword args, dict returned")
def _(model, group_size, bits):
    def pick(path, m):
        if type(m) is not nn.Linear:
            return False
        O, I = m.weight.shape
        return {"group_size": group_size, "bits": bits} if not I % group_size else False

    nn.quantize(model=model, group_size=group_size, bits=bits, class_predicate=pick)
    return model


@wrong("linears only, size not looked at", named="last_dimension_does_not_divide")
def _(model, group_size, bits):
    nn.quantize(model, group_size, bits, class_predicate=lambda p, m: isinstance(m, nn.Linear))
    return model


@wrong("both sizes must divide", named="both_dimensions_must_divide")
def _(model, group_size, bits):
    nn.quantize(
        model,
        group_size,
        bits,
        class_predicate=lambda p, m: (
            isinstance(m, nn.Linear) and all(s % group_size == 0 for s in m.weight.shape)
        ),
    )
    return model


@wrong("returns None", named="returns_nothing")
def _(model, group_size, bits):
    nn.quantize(
        model,
        group_size,
        bits,
        class_predicate=lambda p, m: (
            isinstance(m, nn.Linear) and m.weight.shape[1] % group_size == 0
        ),
    )


@wrong("hasattr to_quantized: embedding too", named="embedding_by_accident")
def _(model, group_size, bits):
    nn.quantize(
        model,
        group_size,
        bits,
        class_predicate=lambda p, m: (
            hasattr(m, "to_quantized") and m.weight.shape[-1] % group_size == 0
        ),
    )
    return model


@wrong("only direct children", named="top_level_only")
def _(model, group_size, bits):
    for name, m in model.children().items():
        if isinstance(m, nn.Linear) and m.weight.shape[1] % group_size == 0:
            setattr(model, name, nn.QuantizedLinear.from_linear(m, group_size, bits))
    return model


@wrong("group size 64 hard-coded")
def _(model, group_size, bits):
    nn.quantize(
        model,
        64,
        bits,
        class_predicate=lambda p, m: isinstance(m, nn.Linear) and m.weight.shape[1] % 64 == 0,
    )
    return model


@wrong("bits default", named="bits_forgotten")
def _(model, group_size, bits):
    nn.quantize(
        model,
        group_size,
        class_predicate=lambda p, m: (
            isinstance(m, nn.Linear) and m.weight.shape[1] % group_size == 0
        ),
    )
    return model


@wrong("group size made smaller where it does not divide", named="smaller_groups_where_needed")
def _(model, group_size, bits):
    def pick(p, m):
        if not isinstance(m, nn.Linear):
            return False
        for g in (group_size, 64, 32):
            if m.weight.shape[1] % g == 0:
                return {"group_size": g, "bits": bits}
        return False

    nn.quantize(model, group_size, bits, class_predicate=pick)
    return model
