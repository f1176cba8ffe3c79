"""weights_to_numpy, an exercise of lesson 01, unified_memory."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

from .common import _dtype

weights_to_numpy = exercise(minutes=6, level=2)


@weights_to_numpy.solution
def _(weights):
    """Hand a model's weights to a program that knows NumPy and not MLX.

        weights: dict of name -> MLX array, of any dtype
        result:  dict of the same names -> NumPy array, same shape and values

    NumPy has no bfloat16: such an array becomes float32. All others keep their dtype. The NumPy
    arrays have memory of their own: whoever writes into one must not change your model.

    For {"b": 1.5 in bfloat16, "n": 3 in int32} the results are 1.5 in float32 and 3 in int32.
    """
    found = {}
    for name, array in weights.items():
        if array.dtype == mx.bfloat16:
            array = array.astype(mx.float32)
        found[name] = np.array(array)
    return found


@weights_to_numpy.use
def _(answer, rng):
    def numbers(*shape):
        return mx.array(rng.normal(2, 1, size=shape).astype(np.float32))

    weights = {
        "embed": numbers(int(rng.integers(2, 6)), 3).astype(mx.bfloat16),
        "scale": numbers(3).astype(mx.float16),
        "bias": numbers(2),
        "ids": mx.array(rng.integers(0, 99, size=4).astype(np.int32)),
    }
    mx.eval(weights)
    found = answer(dict(weights))
    if not isinstance(found, dict):
        found = dict.fromkeys(weights, found)
    seen = {name: found[name] for name in weights if name in found}
    dtypes = {f"{name}_dtype": _dtype(seen.get(name)) for name in ("embed", "scale")}
    for name, made in seen.items():
        if isinstance(made, np.ndarray):
            seen[name] = np.array(made)
            made[...] = 0
    return {**seen, **dtypes, "bias_after": weights["bias"]}


weights_to_numpy.says(
    passed="One dtype converted, the others as they were, and nothing shared.",
    embed="The bfloat16 weights",
    embed_dtype="Their dtype in NumPy",
    scale="The float16 weights",
    scale_dtype="Their dtype in NumPy (float16 before)",
    bias="The float32 weights",
    ids="The int32 ids",
    bias_after="The model's float32 weights after zeros were written into your arrays",
)


@weights_to_numpy.alternative
def _(weights):
    def plain(array):
        return array.astype(mx.float32) if array.dtype == mx.bfloat16 else array

    return {name: np.asarray(plain(array)).copy() for name, array in weights.items()}


@weights_to_numpy.misconception(
    "bf16_to_numpy",
    "One of the weights is bfloat16, and NumPy has no such type: it asked for the array's buffer "
    "and did not know the format. Every bfloat16 is also a float32, with 16 zero bits at its end. "
    "On which side of the crossing can that be done?",
)
def _(weights):
    return {name: np.array(array) for name, array in weights.items()}


@weights_to_numpy.misconception(
    "all_to_float32",
    "Every array came out as float32, the float16 one and the token ids too. That was needed for "
    "one of them; the others double in size or are no longer whole numbers. Which dtype is the "
    "only one that NumPy lacks?",
)
def _(weights):
    return {name: np.array(array.astype(mx.float32)) for name, array in weights.items()}


@weights_to_numpy.misconception(
    "buffer_shared",
    "After someone wrote zeros into your NumPy arrays, the model's bias is {bias_after}. "
    "`np.asarray` and `copy=False` give a window onto MLX's own memory: good for reading a large "
    "array once, and not what the statement asks for. What makes it a copy?",
)
def _(weights):
    return {
        name: np.asarray(array.astype(mx.float32) if array.dtype == mx.bfloat16 else array)
        for name, array in weights.items()
    }


@weights_to_numpy.misconception(
    "bits_not_numbers",
    "The bfloat16 weights arrived as {embed_dtype}: their bits, read as whole numbers. `view` "
    "keeps the bits and changes their meaning; this needs it the other way round. What keeps the "
    "value and changes the bits?",
)
def _(weights):
    return {
        name: np.array(array.view(mx.uint16) if array.dtype == mx.bfloat16 else array)
        for name, array in weights.items()
    }


@weights_to_numpy.misconception(
    "through_lists",
    "The numbers are right and the dtypes are Python's: float16 became {scale_dtype}. A list of "
    "numbers has forgotten what it was made of, and each of its numbers is an object of its own; a "
    "large model does not fit in memory that way.",
)
def _(weights):
    return {name: np.array(array.tolist()) for name, array in weights.items()}


weights_to_numpy.hints(
    "Which of MLX's dtypes has NumPy never heard of, and which type has room for all its values?",
    "Convert in MLX, before NumPy sees the array; and think about who owns the memory afterwards.",
    "`array.astype(mx.float32)` where the dtype is `mx.bfloat16`, then `np.array(array)`.",
)
