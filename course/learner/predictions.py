"""The learner's verbs on numbers: predict, then measured.

Knows the display and the progress file; neither verb raises.
"""

from typing import Any

from course.errors import UserError
from course.learner import display, journal


@display.never_raises
def predict(id: str, guess: Any, unit: str = "") -> None:
    """Note your guess before a measurement. ``None`` means no guess; nothing waits for one.

    Args:
        id: the prediction's name, such as "lazy_graphs.build_ms".
        guess: a number, or one of the words that the question offers.
        unit: printed after it.
    """
    if guess is None or guess is ...:
        display.show(
            ["No guess yet. Put yours in place of `None`, or go on: nothing waits for it."]
        )
        return
    if not isinstance(guess, (bool, int, float, str)):
        raise UserError(f"A guess is a number or a word, and yours is a {type(guess).__name__}.")
    remark = journal.record("predictions", id, guess=guess)
    lines = [f"Your guess: **{_with_unit(guess, unit)}**. Now measure.", remark]
    display.show([line for line in lines if line])


@display.never_raises
def measured(id: str, value: Any, unit: str = "") -> None:
    """Set a measured value beside your guess for the same id.

    Args:
        id: as in ``predict``.
        value: what was measured on this machine.
        unit: printed after it.
    """
    if getattr(value, "size", 1) != 1:
        raise UserError(f"One number is measured at a time, and this array has {value.size}.")
    value = getattr(value, "item", lambda: value)()
    progress, remark = journal.read()
    guess = progress["predictions"].get(id, {}).get("guess")
    remark = journal.record("predictions", id, measured=value) or remark
    lines = [f"Measured: **{_with_unit(value, unit)}**.{_beside(guess, value, unit)}", remark]
    display.show([line for line in lines if line])


def _with_unit(value: Any, unit: str) -> str:
    if isinstance(value, float):
        value = f"{value:.3g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value} {unit}".rstrip()


def _beside(guess: Any, value: Any, unit: str) -> str:
    """A sentence on the guess beside the value, "" without a guess."""
    if guess is None:
        return ""
    said = f" You guessed {_with_unit(guess, unit)}"
    numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (guess, value))
    if not numbers or guess <= 0 or value <= 0:
        return said + (", and so it is." if guess == value else ".")
    ratio = max(guess, value) / min(guess, value)
    if ratio < 1.5:
        return said + ": close."
    return said + f": {ratio:,.0f} times too {'much' if guess > value else 'little'}."
