"""doubled, an exercise of lesson 01, layers."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

doubled = exercise(minutes=2, level=1, needs=("cuda",))


@doubled.solution
def _(x):
    """Return twice `x`."""
    return 2 * x


@doubled.use
def _(answer, rng):
    return {"y": answer(mx.array(rng.uniform(3, 4, size=3).astype(np.float32)))}


@doubled.misconception("halved", "This is half of it.")
def _(x):
    return x / 2


@doubled.misconception("squared", "This is the square.")
def _(x):
    return x * x


doubled.hints("What is twice?", "A product.", "`2 * x`.")
