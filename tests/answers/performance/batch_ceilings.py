"""Others' answers to batch_ceilings."""

from course.author.answers import wrong


def _ceil(weights, cache, flops, bandwidth, peak, batch, **w):
    moved = (weights * batch if "each" in w else weights) + (
        cache if "one" in w else 0 if "none" in w else batch * cache
    )
    memory, work = moved / bandwidth, (1 if "single" in w else batch) * flops / peak
    step = (
        memory
        if "memory" in w
        else work
        if "work" in w
        else memory + work
        if "sum" in w
        else min(memory, work)
        if "min" in w
        else max(memory, work)
    )
    each = 1 / step
    if "share" in w:
        return each / batch, each
    return each, each * batch


wrong("swapped")(lambda *a: _ceil(*a)[::-1])


wrong("seconds")(
    lambda w, c, f, b, p, n: (max((w + n * c) / b, n * f / p), max((w + n * c) / b, n * f / p) / n)
)
