"""Others' answers to batch_ceilings."""

import functools

from course.author.answers import right, wrong


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


wrong("swapped", named="together_before_each")(lambda *a: _ceil(*a)[::-1])


wrong("seconds")(
    lambda w, c, f, b, p, n: (max((w + n * c) / b, n * f / p), max((w + n * c) / b, n * f / p) / n)
)


@right("seconds of each part, a list")
def _(weights, cache, flops, bandwidth, peak, batch):
    parts = [(weights + batch * cache) / bandwidth, batch * flops / peak]
    return [1 / max(parts), batch / max(parts)]


wrong("arithmetic not counted", named="memory_alone")(functools.partial(_ceil, memory=1))


wrong("arithmetic alone", named="arithmetic_alone")(functools.partial(_ceil, work=1))


wrong("one after the other", named="one_after_the_other")(functools.partial(_ceil, sum=1))


wrong("the shorter of the two", named="the_shorter_counts")(functools.partial(_ceil, min=1))


wrong("weights read for each stream", named="weights_for_each")(functools.partial(_ceil, each=1))


wrong("one cache", named="one_cache_for_all")(functools.partial(_ceil, one=1))


wrong("no cache", named="cache_forgotten")(functools.partial(_ceil, none=1))


wrong("one token's arithmetic", named="arithmetic_of_one")(functools.partial(_ceil, single=1))


wrong("a step is shared by the streams", named="a_step_gives_one_token")(
    functools.partial(_ceil, share=1)
)
