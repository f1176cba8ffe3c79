"""An observation as plain data. Knows MLX and NumPy; compares nothing."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np

_eval = mx.eval  # bound once: an answer may replace it
MAX_BYTES = 256 << 20  # inputs of checks are small; a larger answer has the wrong shape anyway


@dataclass(frozen=True)
class Seen:
    """One observation as plain data.

    Args:
        type: "mx.array", "numpy.ndarray", "number", "bool", "str", "None", or a phrase such as
            "a list of 3 arrays" for what no observation may be.
        value: an ndarray, a Python value, or None where it was illegal or too large to take.
        dtype: as MLX spells it ("float32"); "" for what is no array.
        shape: of the array; () for the rest.
        legal: whether it may be an observation at all.
    """

    type: str
    value: Any
    dtype: str = ""
    shape: tuple[int, ...] = ()
    legal: bool = True


def see(value: Any) -> Seen:
    """Turn an observation into plain data; evaluates an array that is still pending.

    Whatever the array's evaluation raises is raised here.
    """
    if isinstance(value, mx.array):
        dtype, shape = str(value.dtype).removeprefix("mlx.core."), tuple(value.shape)
        copy = _to_numpy(value) if value.nbytes <= MAX_BYTES else None
        return Seen("mx.array", copy, dtype, shape)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufc":
            return Seen(f"a NumPy array of dtype {value.dtype}", None, legal=False)
        copy = np.array(value) if value.nbytes <= MAX_BYTES else None
        return Seen("numpy.ndarray", copy, str(value.dtype), value.shape)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return Seen("None" if value is None else "bool", value)
    if isinstance(value, str):  # nothing of the learner's own subclass may be left
        return Seen("str", str.__str__(value))
    if isinstance(value, int) and (bits := int(value).bit_length()) > 64:
        return Seen(f"an integer of {bits} bits", None, legal=False)
    for kind in (int, float, complex):
        if isinstance(value, kind):
            return Seen("number", kind(value))  # pyright: ignore[reportArgumentType]
    what = phrase(value)
    if what.startswith("the "):
        what += ", not an object of it" if isinstance(value, type) else ", not what it returns"
    return Seen(what, None, legal=False)


def _to_numpy(array: mx.array) -> np.ndarray:
    _eval(array)  # NumPy would ask three times and hide that the first evaluation failed
    if array.dtype == mx.bfloat16:  # NumPy has no bfloat16; every one of its values is a float32
        array = array.astype(mx.float32)
    return np.array(array)


def phrase(value: Any) -> str:
    """What an answer is, for someone who expected an array."""
    name = type(value).__name__
    if value is None:
        return "None"
    if type(value) in (list, tuple, set, frozenset, dict):
        inside = {type(x).__name__ for x in (value.values() if type(value) is dict else value)}
        item = inside.pop() if len(inside) == 1 else "item"
        return f"a {name} of {len(value)} {item}{'s' * (len(value) != 1)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    with suppress(Exception):  # an object's own __getattr__ may raise anything
        if callable(value):
            return f"the function {value.__name__}"
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
