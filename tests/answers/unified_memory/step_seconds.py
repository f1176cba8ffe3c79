"""Others' answers to step_seconds."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


@right("with block, float64")
def _(stamps, stream):
    with mx.stream(stream):
        s = mx.array(stamps, dtype=mx.float64)
        return (s[1:] - s[:-1]).astype(mx.float32)


@right("differences in NumPy")
def _(stamps, stream):
    return mx.array(np.diff(stamps).astype(np.float32))


@right("offset in NumPy, difference in MLX")
def _(stamps: np.ndarray, stream) -> mx.array:
    near = (stamps - stamps[0]).astype(np.float32)
    with mx.stream(stream):
        a = mx.array(near)
        return a[1:] - a[:-1]


@right("list comprehension")
def _(stamps, stream):
    return mx.array([float(b - a) for a, b in zip(stamps[:-1], stamps[1:])], dtype=mx.float32)


@wrong("float64 result")
def _(stamps, stream):
    with mx.stream(stream):
        s = mx.array(stamps, dtype=mx.float64)
        return s[1:] - s[:-1]


@wrong("cast on the default stream")
def _(stamps, stream):
    with mx.stream(stream):
        s = mx.array(stamps, dtype=mx.float64)
        d = s[1:] - s[:-1]
    return d.astype(mx.float32)


@wrong("slices on the default stream")
def _(stamps, stream):
    s = mx.array(stamps, dtype=mx.float64)
    return mx.subtract(s[1:], s[:-1], stream=stream).astype(mx.float32, stream=stream)


@wrong("mx.cpu in place of the stream")
def _(stamps, stream):
    with mx.stream(mx.cpu):
        s = mx.array(stamps, dtype=mx.float64)
        return (s[1:] - s[:-1]).astype(mx.float32)


@wrong("since the first")
def _(stamps, stream):
    return mx.array((stamps[1:] - stamps[0]).astype(np.float32))


@wrong("minus the first in float32 (rounded before)")
def _(stamps, stream):
    with mx.stream(stream):
        s = mx.array(stamps) - stamps[0]
        return s[1:] - s[:-1]
