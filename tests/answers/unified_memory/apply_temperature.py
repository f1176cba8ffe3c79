"""Others' answers to apply_temperature."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong

right("cast the temperature")(lambda logits, temperature: logits / temperature.astype(logits.dtype))


right("times the reciprocal in float32")(
    lambda logits, temperature: (logits * (1 / temperature)).astype(logits.dtype)
)


@wrong("plain")
def _(logits, temperature):
    return logits / temperature


@wrong("float16 always")
def _(logits, temperature):
    return (logits / temperature).astype(mx.float16)


@wrong("in place through a slice")
def _(logits, temperature):
    logits[:] = logits / temperature
    return logits


@wrong("softmax too")
def _(logits, temperature):
    return mx.softmax(logits / temperature, axis=-1).astype(logits.dtype)


@wrong("integer temperature")
def _(logits, temperature):
    return logits / int(temperature.item())


@wrong("float32 for bfloat16 only")
def _(logits, temperature):
    return logits / (temperature.astype(mx.float16) if logits.dtype == mx.float16 else temperature)


@wrong("NumPy")
def _(logits, temperature):
    return mx.array(np.array(logits.astype(mx.float32)) / temperature.item())


@wrong("floor division")
def _(logits, temperature):
    return (logits // temperature).astype(logits.dtype)
