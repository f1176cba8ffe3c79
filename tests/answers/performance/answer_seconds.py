"""Others' answers to answer_seconds."""

import itertools
import math

from course.author.answers import right, wrong


def _answer(prompt, new, read, flops, bandwidth, peak, **w):
    go = lambda n: (
        (n * flops / peak + read / bandwidth)
        if "sum" in w
        else max(read / bandwidth * (n if "tokenwise" in w else 1), n * flops / peak)
    )
    first = go(prompt)
    if "prefill arithmetic" in w:
        first = prompt * flops / peak
    if "prefill memory" in w:
        first = read / bandwidth
    step = go(1)
    if "step memory" in w:
        step = read / bandwidth
    if "step arithmetic" in w:
        step = flops / peak
    n = new if "all" in w else new - 1
    if "separate" in w:
        return first, n * step
    if "first too" in w:
        return first + step, first + new * step
    return first, first + n * step


@right("helper, loop over steps")
def _(prompt: int, new: int, read, flops, bandwidth, peak):
    def go(tokens):
        return max(read / bandwidth, tokens * flops / peak)

    times = [go(prompt)] + [go(1) for _ in range(new - 1)]
    return [times[0], math.fsum(times)]


@right("itertools.accumulate")
def _(prompt, new, read, flops, bandwidth, peak):
    steps = [prompt] + [1] * (new - 1)
    total = list(itertools.accumulate(max(read / bandwidth, n * flops / peak) for n in steps))
    return total[0], total[-1]


wrong("milliseconds")(lambda *a: tuple(1e3 * x for x in _answer(*a)))


wrong("swapped")(lambda *a: _answer(*a)[::-1])
