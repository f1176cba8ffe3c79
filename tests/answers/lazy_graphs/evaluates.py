"""Others' answers to evaluates."""

import io
import time

import mlx.core as mx

from course import measure
from course.author.answers import right, wrong


@right("is_evaluated")
def _(touch, x):
    y = x + 1
    touch(y)
    return measure.is_evaluated(y)


@right("export to DOT by hand")
def _(touch, x: mx.array) -> bool:
    y = mx.abs(x)
    touch(y)
    text = io.StringIO()
    mx.export_to_dot(text, y)
    return "rectangle" not in text.getvalue()


@wrong("touches x, which is evaluated")
def _(touch, x):
    touch(x)
    return measure.is_evaluated(x)


@wrong("looks at the result of touch")
def _(touch, x):
    y = x + 1
    out = touch(y)
    return not isinstance(out, mx.array)


@wrong("asks before touching")
def _(touch, x):
    y = x + 1
    done = measure.is_evaluated(y)
    touch(y)
    return done


@wrong("negated")
def _(touch, x):
    y = x + 1
    touch(y)
    return not measure.is_evaluated(y)


@wrong("asks whether the result is evaluated")
def _(touch, x):
    out = touch(x + 1)
    return measure.is_evaluated(out) if isinstance(out, mx.array) else True


@wrong("measures time")
def _(touch, x):
    y = x + 1
    start = time.perf_counter()
    touch(y)
    return time.perf_counter() - start > 1e-3


@right("mx.array(x): pending, though it looks like a plain copy")
def _(touch, x):
    y = mx.array(x)
    touch(y)
    return measure.is_evaluated(y)
