"""evaluates, an exercise of lesson 02, lazy_graphs."""

import time

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

evaluates = exercise(minutes=5, level=1)


@evaluates.solution
def _(touch, x):
    """Find out whether `touch(y)` makes MLX compute an array `y` that it is given.

        touch:  a function that takes one array
        x:      (3, 4) float32, evaluated; make a `y` of the same shape from it
        result: True if `touch(y)` evaluated `y`, else False

    `evaluates(repr, x)` is True and `evaluates(len, x)` is False. What `touch` returns is of no
    interest: it may be text, a number, another array or nothing.
    """
    y = mx.exp(x)
    touch(y)
    return measure.graph_nodes(y) == 0


@evaluates.use
def _(answer, rng):
    x = mx.array(rng.normal(size=(3, 4)).astype(np.float32))
    touches = {
        "text": repr,
        "list": lambda y: y.tolist(),
        "numpy": np.array,
        "number": lambda y: float(y.sum()),
        "condition": lambda y: 1 if (y > 0).all() else 0,
        "length": len,
        "shape": lambda y: y.shape,
        "row": lambda y: y[0],
        "transposed": lambda y: y.T,
        "nothing": lambda y: time.sleep(0.002),
    }
    return {name: answer(touch, x) for name, touch in touches.items()}


evaluates.always(x_shape="the statement says (3, 4)")
evaluates.says(
    passed="Now you can ask any library whether it looks at your arrays.",
    text="For `repr`",
    list="For `y.tolist()`",
    numpy="For `np.array(y)`",
    number="For `float(y.sum())`",
    condition="For `if (y > 0).all()`",
    length="For `len(y)`",
    shape="For `y.shape`",
    row="For `y[0]`",
    transposed="For `y.T`",
    nothing="For a function that takes its time and ignores `y`",
)


@evaluates.alternative
def _(touch, x):
    y = mx.square(mx.abs(x))
    before = measure.graph_nodes(y)
    touch(y)
    return measure.graph_nodes(y) < before


@evaluates.misconception(
    "asks_the_result",
    "Your answers are those for what `touch` returned, not for the array that it was given. A "
    "shape is no array and has nothing pending, whatever became of `y`: so {shape} for `y.shape`. "
    "Which array is the question about?",
)
def _(touch, x):
    return measure.graph_nodes(touch(x + 1)) == 0


@evaluates.misconception(
    "already_evaluated",
    "Your test says True to everything, even to `len`, so it tells nothing. An array with nothing "
    "pending before it is touched, for one, has nothing pending afterwards, whatever `touch` does. "
    "What must be true of `y` before, and what do you look at after?",
)
def _(touch, x):
    touch(x)
    return measure.graph_nodes(x) == 0


@evaluates.misconception(
    "upside_down",
    "Your answers are right and the wrong way round. Pending operations are what is left to do: "
    "none of them means that the array has been evaluated.",
)
def _(touch, x):
    y = x + 1
    touch(y)
    return measure.graph_nodes(y) > 0


evaluates.hints(
    "What is different about an array before it was evaluated and after?",
    "Make an array that has something pending, touch it, and look at the same array again.",
    "`y = x + 1`, then `touch(y)`, then `measure.graph_nodes(y)`.",
)
