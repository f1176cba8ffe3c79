"""Others' answers to checkpoint_sequential."""

from functools import partial

import mlx.core as mx

from course.author.answers import right, wrong


class _Group:
    def __init__(self, layers):
        self.layers = layers

    def __call__(self, ps, x):
        for layer, p in zip(self.layers, ps):
            x = layer(p, x)
        return x


@right("group function with arguments")
def _(layers, params, x, every):
    def run(fs, ps, x):
        for f, p in zip(fs, ps):
            x = f(p, x)
        return x

    for i in range(0, len(layers), every):
        fs = layers[i : i + every]
        x = mx.checkpoint(partial(run, fs))(params[i : i + every], x)
    return x


@right("closure over the layers, star arguments")
def _(layers, params, x, every):
    def group(fs):
        @mx.checkpoint
        def g(x, *ps):
            for f, p in zip(fs, ps):
                x = f(p, x)
            return x

        return g

    i = 0
    while i < len(layers):
        x = group(layers[i : i + every])(x, *params[i : i + every])
        i += every
    return x


@right("class for a group")
def _(layers, params, x, every):
    starts = list(range(0, len(layers), every))
    for s in starts:
        x = mx.checkpoint(_Group(layers[s : s + every]))(list(params[s : s + every]), x)
    return x


@wrong("closes over params", named="parameters_closed_over")
def _(layers, params, x, every):
    for i in range(0, len(layers), every):

        def group(x, i=i):
            for f, p in zip(layers[i : i + every], params[i : i + every]):
                x = f(p, x)
            return x

        x = mx.checkpoint(group)(x)
    return x


@wrong("checkpoint for each layer", named="a_group_for_each_layer")
def _(layers, params, x, every):
    for f, p in zip(layers, params):
        x = mx.checkpoint(f)(p, x)
    return x


@wrong("no checkpoint", named="plain_loop")
def _(layers, params, x, every):
    for f, p in zip(layers, params):
        x = f(p, x)
    return x


@wrong("drops the rest", named="last_layers_forgotten")
def _(layers, params, x, every):
    for i in range(0, len(layers) - every + 1, every):
        x = mx.checkpoint(_Group(layers[i : i + every]))(params[i : i + every], x)
    return x


@wrong("checkpoints only each every-th layer", named="one_layer_of_each_group")
def _(layers, params, x, every):
    for i, (f, p) in enumerate(zip(layers, params)):
        x = (mx.checkpoint(f) if i % every == 0 else f)(p, x)
    return x


@wrong("short group first", named="short_group_first")
def _(layers, params, x, every):
    first = len(layers) % every or every
    cuts = [0, *range(first, len(layers) + 1, every)]
    for a, b in zip(cuts, cuts[1:]):
        x = mx.checkpoint(_Group(layers[a:b]))(params[a:b], x)
    return x


@wrong("groups of 2, whatever `every` says")
def _(layers, params, x, every):
    for i in range(0, len(layers), 2):
        x = mx.checkpoint(_Group(layers[i : i + 2]))(params[i : i + 2], x)
    return x


@wrong("late binding, forgiving: the last group runs again for all", named="loop_variable_moved_on")
def _(layers, params, x, every):
    for i in range(0, len(layers), every):
        fs = layers[i : i + every]

        def group(ps, x):
            for f, p in zip(fs, ps):
                x = f(p, x)
            return x

        x = mx.checkpoint(group)(params[i : i + every], x)
    return x


@wrong("nested: checkpoint of a checkpointed prefix", named="layers_wrapped_inside_groups")
def _(layers, params, x, every):
    for i in range(0, len(layers), every):
        x = mx.checkpoint(
            lambda ps, x, fs=layers[i : i + every]: [
                x := mx.checkpoint(f)(p, x) for f, p in zip(fs, ps)
            ][-1]
        )(params[i : i + every], x)
    return x


@right("arrays flattened into the arguments")
def _(layers, params, x, every):
    from mlx.utils import tree_flatten, tree_unflatten

    for i in range(0, len(layers), every):
        flat = tree_flatten(params[i : i + every])
        names, arrays = [k for k, _ in flat], [v for _, v in flat]

        def group(x, *arrays, fs=layers[i : i + every], names=names):
            for f, p in zip(fs, tree_unflatten(list(zip(names, arrays)))):
                x = f(p, x)
            return x

        x = mx.checkpoint(group)(x, *arrays)
    return x
