"""Observations as plain data, and how two of them differ.

The order of looking is a person's: present, type, shape, dtype, finite, value. Tolerances come
from one table. Knows MLX and NumPy; does not know exercises, nor which side is the learner's
beyond calling it "yours".
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import mlx.core as mx
import numpy as np

from course import machine

KINDS = ("exact", "reading", "elementwise", "reduction", "matmul")
EXACT_DTYPES = (
    *("bool", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
)
# (dtype, kind) -> (rtol, atol). atol is a share of the largest expected magnitude, so that small
# numbers are judged as strictly as large ones. A few rounding errors, more where a kind adds up.
TOLERANCES: dict[tuple[str, str], tuple[float, float]] = {
    ("float64", "elementwise"): (1e-12, 1e-13),
    ("float64", "reduction"): (1e-11, 1e-12),
    ("float64", "matmul"): (1e-11, 1e-12),
    ("float32", "elementwise"): (1e-5, 1e-6),
    ("float32", "reduction"): (1e-4, 1e-5),
    ("float32", "matmul"): (1e-4, 1e-4),
    ("float16", "elementwise"): (4e-3, 1e-3),
    ("float16", "reduction"): (1e-2, 2e-3),
    ("float16", "matmul"): (1e-2, 4e-3),
    ("bfloat16", "elementwise"): (2e-2, 8e-3),
    ("bfloat16", "reduction"): (4e-2, 1e-2),
    ("bfloat16", "matmul"): (4e-2, 2e-2),
    ("complex64", "elementwise"): (1e-5, 1e-6),
    ("complex64", "reduction"): (1e-4, 1e-5),
    ("complex64", "matmul"): (1e-4, 1e-4),
}
for _dtype in EXACT_DTYPES:
    TOLERANCES |= {(_dtype, _kind): (0.0, 0.0) for _kind in KINDS}
for _dtype in ("float64", "float32", "float16", "bfloat16", "complex64"):
    TOLERANCES |= {(_dtype, _kind): (0.0, 0.0) for _kind in ("exact", "reading")}
TF32_MATMUL = (5e-3, 5e-3)  # 10 bits of mantissa: 2**-11 for each factor, and they add up

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


def tolerance(dtype: str, kind: str) -> tuple[float, float]:
    """(rtol, atol as a share of the largest expected magnitude) for an answer of this dtype.

    Raises:
        KeyError: no row for this pair; `verify` finds it before a learner does.
    """
    if (dtype, kind) == ("float32", "matmul") and machine.tf32():
        return TF32_MATMUL
    return TOLERANCES[dtype, kind]


def difference(yours: Seen | None, expected: Seen, kind: str | None, slack: float = 1.0) -> str:
    """The first thing in which ``yours`` differs, as a clause to follow a name; "" if nothing.

    Args:
        yours: the learner's observation, None if it is missing.
        expected: ours, on the same seed.
        kind: one of KINDS, or None for elementwise on floats and exact on all else.
        slack: multiplies the tolerance.
    """
    if yours is None:
        return "is missing"
    if not yours.legal:
        return f"yours is {yours.type}, expected {_a(expected)}"
    both = {yours.type, expected.type}
    if _scalar(yours) and _scalar(expected) and both != {"mx.array"}:
        return _scalar_difference(yours, expected, kind, slack)
    if yours.type != expected.type:
        return f"yours is {_a(yours)}, expected {_a(expected)}"
    if yours.shape != expected.shape:
        return f"yours has shape {yours.shape}, expected {expected.shape}"
    if yours.dtype != expected.dtype:
        return f"yours is {yours.dtype}, expected {expected.dtype}"
    if yours.dtype:
        return _array_difference(yours, expected, kind, slack)
    if yours.value != expected.value:
        pairs = zip(yours.value, expected.value, strict=False)
        start = max(0, len(list(takewhile(lambda pair: pair[0] == pair[1], pairs))) - 40)
        return f"yours {_quote(yours.value, start)}, expected {_quote(expected.value, start)}"
    return ""


def shown(seen: Seen) -> str:
    """An observation in a few words, for the sentences of misconceptions.

    Example:
        >>> shown(see(mx.array([0, 4, 8])))
        '0, 4 and 8'
    """
    if not seen.legal or seen.value is None:
        return seen.type
    if isinstance(seen.value, np.ndarray):
        return _few(seen.value)
    return seen.value if isinstance(seen.value, str) else _number(seen.value)


def _to_numpy(array: mx.array) -> np.ndarray:
    _eval(array)  # NumPy would ask three times and hide that the first evaluation failed
    if array.dtype == mx.bfloat16:  # NumPy has no bfloat16; every one of its values is a float32
        array = array.astype(mx.float32)
    return np.array(array)


def _scalar(seen: Seen) -> bool:
    if seen.type in ("number", "bool"):
        return True
    return seen.shape == () and (seen.dtype, "exact") in TOLERANCES


def _scalar_difference(yours: Seen, expected: Seen, kind: str | None, slack: float) -> str:
    ours, theirs = np.asarray(expected.value), np.asarray(yours.value)
    if (ours.dtype == bool) != (theirs.dtype == bool):
        return f"yours is {_number(theirs[()])}, expected {_number(ours[()])}"
    exact = ours.dtype.kind in "biu"  # by what is expected: a coarse dtype of yours buys nothing
    plain = expected.dtype in ("", *EXACT_DTYPES)
    dtype = "int64" if exact else "float32" if plain else expected.dtype
    close = _close(theirs, ours, dtype, kind or ("exact" if exact else "elementwise"), slack)
    return "" if close.all() else _both(theirs[()], ours[()])


def _array_difference(yours: Seen, expected: Seen, kind: str | None, slack: float) -> str:
    if yours.value is None or expected.value is None:
        return "yours is too large to compare"
    theirs, ours = yours.value, expected.value
    kind = kind or ("exact" if expected.dtype in EXACT_DTYPES else "elementwise")
    wrong = ~_close(theirs, ours, expected.dtype, kind, slack)
    if not wrong.any():
        return ""
    bad = _not_finite(theirs) & ~_not_finite(ours)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        return (
            f"{_count(bad, theirs.size)} nan or infinite and should not be. "
            f"First{_place(first)}: yours {_number(theirs[first])}, expected {_number(ours[first])}"
        )
    if theirs.ndim <= 1 and theirs.size <= 8:
        few = _told_apart(lambda digits: (_few(theirs, digits), _few(ours, digits)))
        return f"yours {few[0]}; expected {few[1]}"
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    text = f"{_count(wrong, theirs.size, 'differ')}. First{_place(first)}: "
    text += _both(theirs[first], ours[first])
    return text + _right_rows(wrong)


def _close(theirs: np.ndarray, ours: np.ndarray, dtype: str, kind: str, slack: float) -> np.ndarray:
    rtol, atol = tolerance(dtype, kind)
    if rtol == atol == 0.0:
        return (theirs == ours) | ((theirs != theirs) & (ours != ours))
    wide = np.complex128 if np.iscomplexobj(ours) or np.iscomplexobj(theirs) else np.float64
    theirs, ours = theirs.astype(wide), ours.astype(wide)
    finite = np.abs(ours[np.isfinite(ours)])
    scale = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    rtol, atol = rtol * slack, atol * scale * slack
    with np.errstate(all="ignore"):  # whatever a notebook made of np.seterr
        return np.isclose(theirs, ours, rtol, atol, equal_nan=True)


def _not_finite(values: np.ndarray) -> np.ndarray:
    return ~np.isfinite(values) if values.dtype.kind in "fc" else np.zeros(values.shape, bool)


def _right_rows(wrong: np.ndarray) -> str:
    """Which rows are all right: the most useful thing to know about a half-right matrix."""
    if wrong.ndim != 2 or len(wrong) > 8:
        return ""
    right = [str(i) for i, row in enumerate(wrong) if not row.any()]
    if not right:
        return ""
    names = " and ".join(filter(None, [", ".join(right[:-1]), right[-1]]))
    return f". Row {names} is right" if len(right) == 1 else f". Rows {names} are right"


def _count(mask: np.ndarray, size: int, verb: str = "") -> str:
    count = int(mask.sum())
    verb = verb + "s" * (count == 1) if verb else ("is" if count == 1 else "are")
    return f"{count} of {size} entries {verb}"


def _place(index: tuple[int, ...]) -> str:
    if len(index) == 1:
        return f" at {index[0]}"
    if len(index) == 2:
        return f" at row {index[0]}, column {index[1]}"
    return f" at {index}" if index else ""


def _both(yours: Any, expected: Any) -> str:
    both = _told_apart(lambda digits: (_number(yours, digits), _number(expected, digits)))
    return f"yours {both[0]}, expected {both[1]}"


def _told_apart(texts: Callable[[int], tuple[str, str]]) -> tuple[str, str]:
    """Two texts with enough digits to see that they differ."""
    return next((pair for pair in map(texts, (4, 7, 10)) if pair[0] != pair[1]), texts(17))


def _few(values: np.ndarray, digits: int = 4) -> str:
    flat = [_number(entry, digits) for entry in values.ravel()[:12]]
    if values.size > 12:
        return f"{', '.join(flat)}, … ({values.size} entries)"
    return " and ".join(filter(None, [", ".join(flat[:-1]), *flat[-1:]])) or "nothing"


def _number(value: Any, digits: int = 4) -> str:
    value = value.item() if isinstance(value, np.generic) else value
    return f"{value:.{digits}g}" if isinstance(value, (float, complex)) else str(value)


def _quote(text: str, start: int) -> str:
    """At most 80 characters of a text, from shortly before it differs from another."""
    before, after = "…" * (start > 0), "…" * (len(text) > start + 80)
    return before + repr(text[start : start + 80]) + after


def _a(seen: Seen) -> str:
    if seen.type in ("mx.array", "numpy.ndarray"):
        article = "an" if seen.type == "mx.array" else "a"
        return f"{article} {seen.type} of shape {seen.shape} and dtype {seen.dtype}"
    words = {"number": "a number", "bool": "True or False", "str": "a string"}
    return words.get(seen.type, seen.type)


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
