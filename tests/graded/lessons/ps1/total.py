"""total, an exercise of lesson 00, ps1."""

import mlx.core as mx

from course import measure
from course.exercise import exercise

from .common import _numbers

total = exercise(minutes=3, level=1)


@total.solution
def _(values):
    """Return the sum of a list of arrays, not yet evaluated."""
    return sum(values[1:], values[0])


@total.use(waiting="reading")
def _(answer, rng):
    y = answer([_numbers(rng, 3) for _ in range(3)])
    return {"waiting": measure.graph_nodes(y), "y": y}


@total.misconception("evaluated", "It was evaluated: {waiting} operations wait.")
def _(values):
    y = sum(values[1:], values[0])
    mx.eval(y)
    return y


@total.misconception("last", "Only the last is there.")
def _(values):
    return values[-1] + 0


total.hints("When is it computed?", "Later.", "`sum`")
