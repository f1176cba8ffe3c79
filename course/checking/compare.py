"""How two observations differ, and by how much they may.

The order of looking is a person's: present, type, shape, dtype, finite, value. Tolerances come
from one table. Knows MLX and NumPy; does not know exercises, nor which side is the learner's
beyond calling it "yours".
"""

from itertools import takewhile

import numpy as np

from course import machine
from course.checking import wording
from course.checking.values import Seen

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
        return f"yours is {yours.type}, expected {wording.described(expected)}"
    both = {yours.type, expected.type}
    if _scalar(yours) and _scalar(expected) and both != {"mx.array"}:
        return _scalar_difference(yours, expected, kind, slack)
    if yours.type != expected.type:
        return f"yours is {wording.described(yours)}, expected {wording.described(expected)}"
    if yours.shape != expected.shape:
        return f"yours has shape {yours.shape}, expected {expected.shape}"
    if yours.dtype != expected.dtype:
        return f"yours is {yours.dtype}, expected {expected.dtype}"
    if yours.dtype:
        return _array_difference(yours, expected, kind, slack)
    return "" if yours.value == expected.value else _text_difference(yours.value, expected.value)


def _text_difference(yours: str, expected: str) -> str:
    if letters := wording.letters(yours, expected):
        return letters
    pairs = zip(yours, expected, strict=False)
    start = max(0, len(list(takewhile(lambda pair: pair[0] == pair[1], pairs))) - 40)
    return f"yours {wording.quoted(yours, start)}, expected {wording.quoted(expected, start)}"


def _scalar(seen: Seen) -> bool:
    if seen.type in ("number", "bool"):
        return True
    return seen.shape == () and (seen.dtype, "exact") in TOLERANCES


def _scalar_difference(yours: Seen, expected: Seen, kind: str | None, slack: float) -> str:
    ours, theirs = np.asarray(expected.value), np.asarray(yours.value)
    if (ours.dtype == bool) != (theirs.dtype == bool):
        return f"yours is {wording.number(theirs[()])}, expected {wording.number(ours[()])}"
    exact = ours.dtype.kind in "biu"  # by what is expected: a coarse dtype of yours buys nothing
    plain = expected.dtype in ("", *EXACT_DTYPES)
    dtype = "int64" if exact else "float32" if plain else expected.dtype
    close = _close(theirs, ours, dtype, kind or ("exact" if exact else "elementwise"), slack)
    return "" if close.all() else wording.both(theirs[()], ours[()])


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
        both = wording.number(theirs[first]), wording.number(ours[first])
        return (
            f"{wording.count(bad, theirs.size)} nan or infinite and should not be. "
            f"First{wording.place(first)}: yours {both[0]}, expected {both[1]}"
        )
    if theirs.ndim <= 1 and theirs.size <= 8:
        few = wording.told_apart(
            lambda digits: (wording.few(theirs, digits), wording.few(ours, digits))
        )
        return f"yours {few[0]}; expected {few[1]}"
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    text = f"{wording.count(wrong, theirs.size, 'differ')}. First{wording.place(first)}: "
    text += wording.both(theirs[first], ours[first])
    return text + wording.right_rows(wrong)


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
