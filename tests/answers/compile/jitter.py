"""Others' answers to jitter."""

import math
from functools import partial

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


class _Jitter:
    def __init__(self, scale):
        self.scale = mx.array(scale, dtype=mx.float32)

    def __call__(self, x):
        return mx.random.normal(x.shape) * self.scale + x


@right("partial, lambda")
def _(scale):
    return partial(mx.compile, inputs=mx.random.state, outputs=mx.random.state)(
        lambda x: x + scale * mx.random.normal(x.shape)
    )


right("compiled object")(
    lambda scale: mx.compile(_Jitter(scale), inputs=mx.random.state, outputs=mx.random.state)
)


wrong("no state", named="compile_frozen_random")(
    lambda scale: mx.compile(lambda x: x + scale * mx.random.normal(x.shape))
)


wrong("inputs only", named="state_not_given_back")(
    lambda scale: mx.compile(
        lambda x: x + scale * mx.random.normal(x.shape), inputs=mx.random.state
    )
)


wrong("outputs only", named="state_not_read")(
    lambda scale: mx.compile(
        lambda x: x + scale * mx.random.normal(x.shape), outputs=mx.random.state
    )
)


wrong("one row of noise for all rows", named="one_row_of_noise")(
    lambda scale: mx.compile(
        lambda x: x + scale * mx.random.normal(x.shape[-1:]),
        inputs=mx.random.state,
        outputs=mx.random.state,
    )
)


wrong("sqrt of scale (variance)", named="scale_is_a_variance")(
    lambda scale: mx.compile(
        lambda x: x + math.sqrt(scale) * mx.random.normal(x.shape),
        inputs=mx.random.state,
        outputs=mx.random.state,
    )
)


wrong("no scale", named="scale_left_out")(
    lambda scale: mx.compile(
        lambda x: x + mx.random.normal(x.shape), inputs=mx.random.state, outputs=mx.random.state
    )
)


wrong("a copy of the state")(
    lambda scale: mx.compile(
        lambda x: x + scale * mx.random.normal(x.shape),
        inputs=list(mx.random.state),
        outputs=list(mx.random.state),
    )
)


@wrong("own keys: a counter outside", named="keys_that_are_counted")
def _(scale):
    count = [0]
    f = mx.compile(lambda x, k: x + scale * mx.random.normal(x.shape, key=k))

    def g(x):
        count[0] += 1
        return f(x, mx.random.key(count[0]))

    return g


@wrong("fixed key", named="one_key_for_ever")
def _(scale):
    key = mx.random.key(0)
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape, key=key))


@wrong("NumPy noise, drawn while tracing", named="noise_of_numpy", never=("compile_frozen_random",))
def _(scale):
    return mx.compile(
        lambda x: x + scale * mx.array(np.random.normal(size=x.shape).astype(np.float32))
    )


wrong("noise with mean 1")(
    lambda scale: mx.compile(
        lambda x: x + scale * (mx.random.normal(x.shape) + 1),
        inputs=mx.random.state,
        outputs=mx.random.state,
    )
)


wrong("uniform noise of the right spread", named="uniform_noise")(
    lambda scale: mx.compile(
        lambda x: x + scale * 3**0.5 * mx.random.uniform(-1, 1, x.shape),
        inputs=mx.random.state,
        outputs=mx.random.state,
    )
)


wrong("only the first entry's noise is drawn, repeated with signs")(
    lambda scale: mx.compile(
        lambda x: (
            x
            + scale
            * mx.random.normal(())
            * mx.where(mx.arange(x.size).reshape(x.shape) % 2 == 0, 1.0, -1.0)
        ),
        inputs=mx.random.state,
        outputs=mx.random.state,
    )
)
