"""Others' answers to watch_layers."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("accumulate, tuple")
def _(layers, stat, x):
    from itertools import accumulate

    outs = list(accumulate(layers, lambda h, f: f(h), initial=x))[1:]
    return outs[-1], tuple(stat(h) for h in outs)


@right("list of outputs, comprehension, list returned")
def _(layers, stat, x):
    outputs = [x]
    for i in range(len(layers)):
        outputs.append(layers[i](outputs[i]))
    return [outputs[-1], [stat(h) for h in outputs[1:]]]


@wrong("items")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x).item())
    return x, stats


@wrong("evaluates each layer")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        mx.eval(x)
        stats.append(stat(x))
    return x, stats


@wrong("stacked: reading one computes all")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    return x, mx.stack(stats)


@wrong("inputs instead of outputs")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        stats.append(stat(x))
        x = layer(x)
    return x, stats


@wrong("all layers fed with x")
def _(layers, stat, x):
    outs = [layer(x) for layer in layers]
    return outs[-1], [stat(h) for h in outs]


@wrong("evaluates at the end")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    mx.eval(x, stats)
    return x, stats


@wrong("evaluates y only")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    mx.eval(x)
    return x, stats


@wrong("async_eval")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
        mx.async_eval(stats[-1])
    return x, stats


@wrong("y depends on the statistics (mx.depends)")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    return mx.depends(x, stats), stats


@wrong("statistics of the last output for all")
def _(layers, stat, x):
    for layer in layers:
        x = layer(x)
    return x, [stat(x) for _ in layers]


@wrong("cumulative: each statistic hangs on the one before")
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        s = stat(x)
        if stats:
            s = s + 0 * stats[-1]
        stats.append(s)
    return x, stats
