"""apply_temperature, an exercise of lesson 01, unified_memory."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

from .common import _dtype

apply_temperature = exercise(minutes=4, level=1)


@apply_temperature.solution
def _(logits, temperature):
    """Divide a model's logits by the temperature, and keep the model's precision.

        logits:      (B, V) float16, bfloat16 or float32; the caller's array must not change
        temperature: () float32, an array: it comes from a schedule
        result:      (B, V), of the dtype that the logits have

    For float16 logits [[2, 4]] and temperature 2 that is [[1, 2]], float16.
    """
    return logits / temperature.astype(logits.dtype)


@apply_temperature.use
def _(answer, rng):
    shape = (int(rng.integers(1, 5)), int(rng.integers(3, 7)))
    logits = mx.array(rng.normal(0, 4, size=shape).round(1).astype(np.float32))
    temperature = mx.array(float(rng.choice([0.6, 0.7, 1.5])))
    mine = logits.astype(mx.float16)
    half = answer(mine, temperature)
    bfloat = answer(logits.astype(mx.bfloat16), temperature)
    return {
        "half": half,
        "half_dtype": _dtype(half),
        "bfloat": bfloat,
        "bfloat_dtype": _dtype(bfloat),
        "single": answer(mx.array(logits), temperature),
        "logits": mine,
        "logits_dtype": _dtype(mine),
    }


apply_temperature.always(temperature_shape="the statement says ()")
apply_temperature.says(
    passed="Half precision went in and half precision came out.",
    half="The result for float16 logits",
    half_dtype="The result's dtype for float16 logits",
    bfloat="The result for bfloat16 logits",
    bfloat_dtype="The result's dtype for bfloat16 logits",
    single="The result for float32 logits",
    logits="The caller's float16 logits afterwards",
    logits_dtype="The dtype of the caller's logits afterwards",
)


@apply_temperature.alternative
def _(logits, temperature):
    return (logits / temperature).astype(logits.dtype)


@apply_temperature.alternative
def _(logits, temperature):
    return logits / temperature.item()


@apply_temperature.misconception(
    "scalar_array_upcast",
    "Your result for float16 logits is {half_dtype}. A Python number takes the dtype of the array "
    "that it meets; an array has a dtype of its own, even with a single number in it, and float16 "
    "with float32 makes float32. From there on everything is twice the bytes. Which of the two "
    "operands should give way?",
)
def _(logits, temperature):
    return logits / temperature


@apply_temperature.misconception(
    "half_always",
    "float16 logits stay float16, and bfloat16 ones come back as {bfloat_dtype}, as if one dtype "
    "were meant for all. float16 ends at 65,504, where bfloat16 goes on to 3e38. Which array knows"
    " what the result should be?",
)
def _(logits, temperature):
    return (logits / temperature).astype(mx.float16)


@apply_temperature.misconception(
    "caller_divided_too",
    "The caller's logits changed with yours, even their dtype: they are {logits_dtype} now. `/=` "
    "writes into the array that you were given; it looks like a local variable, and is the "
    "caller's. What would make a new array?",
)
def _(logits, temperature):
    logits /= temperature
    return logits


apply_temperature.hints(
    "Which dtype does float16 divided by float32 have?",
    "Bring the temperature to the logits' dtype, or the result back to it.",
    "`temperature.astype(logits.dtype)`.",
)
