"""Numbers, arrays and counts in words, for verdicts. Decides nothing."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from course.checking.values import Seen


def shown(seen: Seen) -> str:
    """An observation in a few words, for the sentences of misconceptions.

    Example:
        >>> shown(see(mx.array([0, 4, 8])))
        '0, 4 and 8'
    """
    if not seen.legal or seen.value is None:
        return seen.type
    if isinstance(seen.value, np.ndarray):
        return few(seen.value)
    return seen.value if isinstance(seen.value, str) else number(seen.value)


def right_rows(wrong: np.ndarray) -> str:
    """Which rows are all right: the most useful thing to know about a half-right matrix."""
    if wrong.ndim != 2 or len(wrong) > 8:
        return ""
    right = [str(i) for i, row in enumerate(wrong) if not row.any()]
    if not right:
        return ""
    names = " and ".join(filter(None, [", ".join(right[:-1]), right[-1]]))
    return f". Row {names} is right" if len(right) == 1 else f". Rows {names} are right"


def count(mask: np.ndarray, size: int, verb: str = "") -> str:
    count = int(mask.sum())
    verb = verb + "s" * (count == 1) if verb else ("is" if count == 1 else "are")
    return f"{count} of {size} entries {verb}"


def place(index: tuple[int, ...]) -> str:
    if len(index) == 1:
        return f" at {index[0]}"
    if len(index) == 2:
        return f" at row {index[0]}, column {index[1]}"
    return f" at {index}" if index else ""


def both(yours: Any, expected: Any) -> str:
    both = told_apart(lambda digits: (number(yours, digits), number(expected, digits)))
    return f"yours {both[0]}, expected {both[1]}"


def told_apart(texts: Callable[[int], tuple[str, str]]) -> tuple[str, str]:
    """Two texts with enough digits to see that they differ."""
    return next((pair for pair in map(texts, (4, 7, 10)) if pair[0] != pair[1]), texts(17))


def few(values: np.ndarray, digits: int = 4) -> str:
    flat = [number(entry, digits) for entry in values.ravel()[:12]]
    if values.size > 12:
        return f"{', '.join(flat)}, … ({values.size} entries)"
    return " and ".join(filter(None, [", ".join(flat[:-1]), *flat[-1:]])) or "nothing"


def number(value: Any, digits: int = 4) -> str:
    value = value.item() if isinstance(value, np.generic) else value
    return f"{value:.{digits}g}" if isinstance(value, (float, complex)) else str(value)


def quoted(text: str, start: int = 0) -> str:
    """At most 80 characters of a text, from shortly before it differs, cut between words."""
    end = start + 80
    if start and (space := text.find(" ", start, start + 20)) > 0:
        start = space + 1
    if len(text) > end and (space := text.rfind(" ", start + 40, end)) > 0:
        end = space
    before, after = "…" * (start > 0), "…" * (len(text) > end)
    return before + repr(text[start:end]) + after


def letters(yours: str, expected: str) -> str:
    """How two choices of letters differ, without saying which; "" for any other text.

    Example:
        >>> letters("AEHJ", "AEH")
        "yours 'AEHJ': 1 of its letters is too many"
    """
    if not (re.fullmatch("[A-Z]*", yours) and re.fullmatch("[A-Z]+", expected)):
        return ""
    if sorted(set(expected)) != list(expected) or len(set(yours)) != len(yours):
        return ""
    more, less = len(set(yours) - set(expected)), len(set(expected) - set(yours))
    said = []
    if more:
        said.append(f"{more} of its letters {'are' if more > 1 else 'is'} too many")
    if less:
        said.append(f"{less} {'are' if less > 1 else 'is'} missing")
    return f"yours {yours!r}: {', '.join(said) or 'not in the order of the alphabet'}"


def full_stop(text: str) -> str:
    """A sentence with one full stop, whatever it ended in."""
    return text if text.endswith((".", "?", "!", "…", ".'", '."')) else f"{text}."


def described(seen: Seen) -> str:
    if seen.type in ("mx.array", "numpy.ndarray"):
        article = "an" if seen.type == "mx.array" else "a"
        return f"{article} {seen.type} of shape {seen.shape} and dtype {seen.dtype}"
    words = {"number": "a number", "bool": "True or False", "str": "a string"}
    return words.get(seen.type, seen.type)
