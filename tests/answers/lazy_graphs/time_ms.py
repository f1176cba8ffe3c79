"""Others' answers to time_ms."""

import statistics
import time

import mlx.core as mx

from course.author.answers import right, wrong


def _timer(
    f, x, clock, repeat, warm=True, inside=True, agg=statistics.median, scale=1e3, warm_eval=True
):
    if warm:
        y = f(x)
        if warm_eval:
            mx.eval(y)
    out = []
    for _ in range(repeat):
        s = clock()
        y = f(x)
        if inside:
            mx.eval(y)
        out.append(clock() - s)
        if not inside:
            mx.eval(y)
    return agg(out) * scale


@right("warm-up timed and thrown away")
def _(f, x, clock, repeat):
    spent = []
    for _ in range(1 + repeat):
        begin = clock()
        mx.eval(f(x))
        spent.append(clock() - begin)
    return statistics.median(spent[1:]) * 1e3


wrong("no eval inside")(lambda f, x, clock, repeat: _timer(f, x, clock, repeat, inside=False))


wrong("no warm-up")(lambda f, x, clock, repeat: _timer(f, x, clock, repeat, warm=False))


wrong("warm-up not evaluated")(
    lambda f, x, clock, repeat: _timer(f, x, clock, repeat, warm_eval=False)
)


wrong("best")(lambda f, x, clock, repeat: _timer(f, x, clock, repeat, agg=min))


wrong("seconds")(lambda f, x, clock, repeat: _timer(f, x, clock, repeat, scale=1))


wrong("microseconds")(lambda f, x, clock, repeat: _timer(f, x, clock, repeat, scale=1e6))


wrong("repeat - 1 timed runs")(lambda f, x, clock, repeat: _timer(f, x, clock, repeat - 1))


wrong("own clock")(lambda f, x, clock, repeat: _timer(f, x, time.perf_counter, repeat))


@wrong("async_eval inside", named="eval_after_the_clock")
def _(f, x, clock, repeat):
    mx.eval(f(x))
    out = []
    for _ in range(repeat):
        s = clock()
        y = f(x)
        mx.async_eval(y)
        out.append(clock() - s)
        mx.eval(y)
    return statistics.median(out) * 1e3


@wrong("mx.synchronize in place of eval")
def _(f, x, clock, repeat):
    mx.eval(f(x))
    out = []
    for _ in range(repeat):
        s = clock()
        f(x)
        mx.synchronize()
        out.append(clock() - s)
    return statistics.median(out) * 1e3
