"""checkpoint_sequential, an exercise of lesson 03, transforms."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

checkpoint_sequential = exercise(minutes=15, level=3)


@checkpoint_sequential.solution
def _(layers, params, x, every):
    """Run `x` through `layers`, in groups of `every` layers, each group under `mx.checkpoint`.

        layers: a list of functions; layers[i](params[i], x) returns the next x
        params: a list of dicts of arrays, one for each layer
        x:      what the first layer is given
        every:  layers in a group, at least 1; the last group has fewer if they run out
        result: what the last layer returns

    The caller takes gradients of the result, with respect to `params` and `x`. They must be what
    they are without checkpointing, and on the way back each group runs once more as a whole, the
    last group first: with 5 layers and every = 2 the layers are called in the order
    0 1 2 3 4, then 4, then 2 3, then 0 1.

    With two layers f(p, x) = p["w"] * x, w = 2 and w = 5, and x = 3 the result is 30, its
    gradient by x is 10, and those by w are 15 and 6.
    """

    def segment(group):
        def run(params, x):
            for layer, p in zip(group, params, strict=True):
                x = layer(p, x)
            return x

        return mx.checkpoint(run)

    for i in range(0, len(layers), every):
        x = segment(layers[i : i + every])(params[i : i + every], x)
    return x


@checkpoint_sequential.use(
    y="matmul",
    gradient_x="matmul",
    other_y="matmul",
    other_x="matmul",
    **{f"gradient_{name}": "matmul" for name in ("first", "middle", "last")},
)
def _(answer, rng):
    order = []

    def layer(i):
        def run(p, x):
            order.append(str(i))
            return mx.tanh(x @ p["w"] + p["b"]) + x

        return run

    rows, width = int(rng.integers(1, 4)), int(rng.integers(2, 5))

    def array(*shape):
        return mx.array(rng.normal(0, 0.5, size=shape).astype(np.float32))

    layers = [layer(i) for i in range(5)]
    params = [{"w": array(width, width), "b": array(width)} for _ in layers]
    x = array(rows, width)
    y = answer(layers, params, x, 2)
    order.clear()

    def loss(params, x):
        return mx.square(answer(layers, params, x, 2)).sum()

    by_params, by_x = mx.grad(loss, argnums=(0, 1))(params, x)
    first_order = " ".join(order)

    # Then other sizes: groups that come out even, a group of one, a group larger than the list.
    count, every = [(6, 3), (3, 1), (4, 3), (2, 3), (7, 4)][int(rng.integers(5))]
    others, order[:] = [layer(i) for i in range(count)], []
    weights = [{"w": array(width, width), "b": array(width)} for _ in others]
    other_y, other_x = mx.value_and_grad(lambda x: answer(others, weights, x, every).sum())(x)
    return {
        "y": y,
        "gradient_x": by_x,
        "gradient_first": by_params[0]["b"],
        "gradient_middle": by_params[2]["w"],
        "gradient_last": by_params[4]["w"],
        "order": first_order,
        "other_y": other_y,
        "other_x": other_x,
        "other_order": f"{count} layers in groups of {every}: {' '.join(order)}",
    }


checkpoint_sequential.says(
    passed="Forgotten on the way there, made again on the way back, one group at a time.",
    y="The result, for 5 layers in groups of 2",
    gradient_x="The gradient by x",
    gradient_first="The gradient by b of the first layer",
    gradient_middle="The gradient by w of the third layer",
    gradient_last="The gradient by w of the last layer",
    order="The order in which the layers were called",
    other_y="The sum of the result, for another number of layers and size of groups",
    other_x="Its gradient by x",
    other_order="The order in which those layers were called",
)


@checkpoint_sequential.alternative
def _(layers, params, x, every):
    for start in range(0, len(layers), every):
        stop = min(start + every, len(layers))

        @mx.checkpoint
        def group(params, x, start=start, stop=stop):
            for i in range(start, stop):
                x = layers[i](params[i - start], x)
            return x

        x = group(params[start:stop], x)
    return x


@checkpoint_sequential.alternative
def _(layers, params, x, every):
    class Segment:
        def __init__(self, layers):
            self.layers = layers

        def __call__(self, x, *params):
            for i in range(len(self.layers)):
                x = self.layers[i](params[i], x)
            return x

    rest, weights = list(layers), list(params)
    while rest:
        segment = mx.checkpoint(Segment(rest[:every]))
        x = segment(x, *weights[:every])
        rest, weights = rest[every:], weights[every:]
    return x


@checkpoint_sequential.misconception(
    "parameters_closed_over",
    "The result is right, and so is the gradient by x. The gradient by b of the first layer is "
    "{gradient_first}: zeros, and no error. `mx.checkpoint` differentiates with respect to the "
    "arguments of the function that it wraps; what that function takes from around it is a "
    "constant. How do the parameters get in?",
)
def _(layers, params, x, every):
    def segment(start):
        def run(x):
            for i in range(start, min(start + every, len(layers))):
                x = layers[i](params[i], x)
            return x

        return mx.checkpoint(run)

    for start in range(0, len(layers), every):
        x = segment(start)(x)
    return x


@checkpoint_sequential.misconception(
    "loop_variable_moved_on",
    "The result is right and the gradients are wrong, and the layers were called in the order "
    "{order}: on the way back the last group ran for all of them. A checkpointed function is "
    "called again after the loop has ended. A name that the loop sets again and again: what does "
    "it stand for by then?",
)
def _(layers, params, x, every):
    for start in range(0, len(layers), every):
        group = layers[start : start + every]

        def run(params, x):
            for layer, p in zip(group, params):  # noqa: B023, B905 (the mistake)
                x = layer(p, x)
            return x

        x = mx.checkpoint(run)(params[start : start + every], x)
    return x


@checkpoint_sequential.misconception(
    "one_group_for_all",
    "The gradients are right, and the layers were called in the order {order}: all of them form "
    "one group. The way back then begins by making every array of the network again, and holds "
    "all of them, so it takes the time of checkpointing and saves next to nothing. What is "
    "`every` for?",
)
def _(layers, params, x, every):
    def run(params, x):
        for layer, p in zip(layers, params, strict=True):
            x = layer(p, x)
        return x

    return mx.checkpoint(run)(params, x)


@checkpoint_sequential.misconception(
    "a_group_for_each_layer",
    "The gradients are right, and each layer is a group of its own: the order was {order}. The "
    "inputs of all layers are kept then, where one for each group would do. Which function could "
    "be wrapped instead of a layer?",
)
def _(layers, params, x, every):
    for layer, p in zip(layers, params, strict=True):
        x = mx.checkpoint(layer)(p, x)
    return x


@checkpoint_sequential.misconception(
    "plain_loop",
    "The gradients are right, and no layer ran a second time: {order}. Everything that the way "
    "back needs was kept from the way there. Which transform throws it away and makes it again?",
)
def _(layers, params, x, every):
    for i in range(0, len(layers), every):
        for layer, p in zip(layers[i : i + every], params[i : i + every], strict=True):
            x = layer(p, x)
    return x


@checkpoint_sequential.misconception(
    "last_layers_forgotten",
    "With 5 layers in groups of 2 the last layer did not run: {order}. Your groups are those of a "
    "division rounded down, which is right where it comes out even. What is to become of the "
    "layers that do not fill a group?",
)
def _(layers, params, x, every):
    def segment(group):
        def run(params, x):
            for layer, p in zip(group, params, strict=True):
                x = layer(p, x)
            return x

        return mx.checkpoint(run)

    for i in range(len(layers) // every):
        part = slice(i * every, (i + 1) * every)
        x = segment(layers[part])(params[part], x)
    return x


@checkpoint_sequential.misconception(
    "short_group_first",
    "The gradients are right. The layers were called in the order {order}, and {order:expected} "
    "was asked for: your first group is the short one. Where does the counting begin?",
)
def _(layers, params, x, every):
    def segment(group):
        def run(params, x):
            for layer, p in zip(group, params, strict=True):
                x = layer(p, x)
            return x

        return mx.checkpoint(run)

    ends = range(len(layers) % every or every, len(layers) + 1, every)
    start = 0
    for end in [end for end in ends if end <= len(layers)] or [len(layers)]:
        x = segment(layers[start:end])(params[start:end], x)
        start = end
    return x


@checkpoint_sequential.misconception(
    "one_layer_of_each_group",
    "The gradients are right, and the layers were called in the order {order}: of each group only "
    "the first layer ran again. What the others made was kept. What has to be one function for a "
    "whole group to be forgotten?",
)
def _(layers, params, x, every):
    for i, (layer, p) in enumerate(zip(layers, params, strict=True)):
        x = (mx.checkpoint(layer) if i % every == 0 else layer)(p, x)
    return x


@checkpoint_sequential.misconception(
    "layers_wrapped_inside_groups",
    "The gradients are right, and the layers were called in the order {order}: some of them ran "
    "three times. A group was wrapped, and the layers inside it as well, so that each forgets once "
    "more. How often does a group need to run on the way back?",
)
def _(layers, params, x, every):
    def segment(group):
        def run(params, x):
            for layer, p in zip(group, params, strict=True):
                x = mx.checkpoint(layer)(p, x)
            return x

        return mx.checkpoint(run)

    for i in range(0, len(layers), every):
        x = segment(layers[i : i + every])(params[i : i + every], x)
    return x


_SAME_LENGTH = "a group has as many layers as dicts of parameters"
checkpoint_sequential.same_as(
    "solution", "keyword dropped", "zip(group, params, strict=True)", _SAME_LENGTH
)
checkpoint_sequential.same_as("solution", "constant", "strict=True", _SAME_LENGTH)
for _label, _fragment in (("alternative 1", "start:stop"), ("alternative 2", ":every")):
    checkpoint_sequential.same_as(
        _label, "slice", _fragment, "parameters that a group does not use get no gradient from it"
    )

checkpoint_sequential.hints(
    "`mx.checkpoint(f)` forgets what `f` made and calls `f` again later. Which function should be "
    "forgotten and called again here, and what are its arguments?",
    "One function for each group, with the group's parameters and x as its arguments. It has to "
    "know its own layers still when it is called again, long after the loop.",
    "A function `segment(group)` that defines `run(params, x)` and returns `mx.checkpoint(run)`; "
    "then `x = segment(layers[i : i + every])(params[i : i + every], x)`.",
)
