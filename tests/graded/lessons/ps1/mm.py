"""mm, an exercise of lesson 00, ps1."""

from course.exercise import exercise

from .common import _numbers

mm = exercise(minutes=3, level=1)


@mm.solution
def _(a, b):
    """Return the matrix product of `a` and `b`."""
    return a @ b


@mm.use(y="matmul")
def _(answer, rng):
    return {"y": answer(_numbers(rng, 3, 3), _numbers(rng, 3, 3))}


@mm.misconception("elementwise", "Each number met only its own neighbour.")
def _(a, b):
    return a * b


@mm.misconception("other_way_round", "The order matters.")
def _(a, b):
    return b @ a


mm.hints("Which product?", "Rows with columns.", "`a @ b`")
