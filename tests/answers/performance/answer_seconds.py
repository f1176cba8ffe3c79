"""Others' answers to answer_seconds."""

import functools
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


wrong("milliseconds", named="milliseconds")(lambda *a: tuple(1e3 * x for x in _answer(*a)))


wrong("swapped", named="last_before_first")(lambda *a: _answer(*a)[::-1])


wrong("new steps, the first token twice", named="one_step_too_many")(
    functools.partial(_answer, all=1)
)


wrong("both times added", named="read_then_compute")(functools.partial(_answer, sum=1))


wrong("weights read for each token of the prompt", named="prompt_at_writing_speed")(
    functools.partial(_answer, tokenwise=1)
)


wrong("prompt by arithmetic alone", named="short_prompt_is_free")(
    functools.partial(_answer, **{"prefill arithmetic": 1})
)


wrong("prompt by memory alone", named="prompt_in_no_time")(
    functools.partial(_answer, **{"prefill memory": 1})
)


wrong("steps by memory alone", named="writing_is_only_reading")(
    functools.partial(_answer, **{"step memory": 1})
)


wrong("steps by arithmetic alone", named="answer_at_reading_speed")(
    functools.partial(_answer, **{"step arithmetic": 1})
)


wrong("the second is the rest alone", named="the_rest_alone")(
    functools.partial(_answer, separate=1)
)


wrong("the pass gives no token", named="the_pass_gives_no_token")(
    functools.partial(_answer, **{"first too": 1})
)
