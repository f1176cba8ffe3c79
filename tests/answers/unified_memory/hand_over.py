"""Others' answers to hand_over."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("ExitStack")
def _(first, second, x, a, b):
    from contextlib import ExitStack

    for stream, f in zip((a, b), (first, second)):
        with ExitStack() as stack:
            stack.enter_context(mx.stream(stream))
            x = f(x)
    return x


@wrong("swapped streams")
def _(first, second, x, a, b):
    with mx.stream(b):
        y = first(x)
    with mx.stream(a):
        return second(y)


@wrong("nested: first inside second's")
def _(first, second, x, a, b):
    with mx.stream(a), mx.stream(b):
        return second(first(x))


@wrong("eval between")
def _(first, second, x, a, b):
    with mx.stream(a):
        y = first(x)
        mx.eval(y)
    with mx.stream(b):
        return second(y)


@wrong("synchronize / async_eval between")
def _(first, second, x, a, b):
    with mx.stream(a):
        y = first(x)
    mx.async_eval(y)
    mx.synchronize(a)
    with mx.stream(b):
        return second(y)


@wrong("ignores streams")
def _(first, second, x, a, b):
    return second(first(x))


@wrong("order of the functions swapped")
def _(first, second, x, a, b):
    with mx.stream(a):
        y = second(x)
    with mx.stream(b):
        return first(y)
