"""scale, an exercise of lesson 00, ps1."""

from course.exercise import exercise

from .common import _numbers

scale = exercise(minutes=3, level=1)


@scale.solution
def _(x, factor):
    """Return `x` times `factor`. For [1, 2] and 3 that is [3, 6]."""
    return x * factor


@scale.use
def _(answer, rng):
    return {"y": answer(_numbers(rng, 4), float(rng.uniform(2, 3)))}


@scale.misconception("adds", "You added {y} where a product was asked for.")
def _(x, factor):
    return x + factor


@scale.misconception("squares", "The factor went in twice.")
def _(x, factor):
    return x * factor * factor


scale.hints("What is asked for?", "A product.", "`x * factor`")
