"""lazy, an exercise of lesson 00, ps1."""

from course.exercise import exercise

lazy = exercise(minutes=3, level=1, value=True)


@lazy.solution
def _():
    """How many operations wait after `y = x + 1`, x known, and nobody has looked?"""
    return 1


@lazy.use
def _(answer, rng):
    return {"waiting": answer}


@lazy.misconception("none", "Nothing has been computed yet.")
def _():
    return 0


@lazy.misconception("two", "The 1 is no operation.")
def _():
    return 2


lazy.hints("What was done?", "Nothing.", "One.")
