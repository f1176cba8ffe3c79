"""index_add, an exercise of lesson 16, decide."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

index_add = exercise(minutes=5, level=2)


@index_add.solution
def _(x, index, rows):
    """What `torch.index_add(x, 0, index, rows)` returns: `x` with each row of `rows` added to the
    row of `x` that `index` names. An index may come more than once. `x` itself stays as it was.

    x: (N, D), index: (K,) int32, rows: (K, D). For x [[0.], [10.]], index [0, 0, 1] and rows
    [[1.], [2.], [5.]] it is [[3.], [15.]].
    """
    return x.at[index].add(rows)


@index_add.use(y="reduction")
def _(answer, rng):
    values = rng.normal(size=(5, 3)).astype(np.float32)
    x = mx.array(values)
    rows = mx.array(rng.normal(size=(6, 3)).astype(np.float32))
    y = answer(x, mx.array([3, 0, 3, 4, 3, 0]), rows)
    return {"y": y, "x_stays": bool(mx.array_equal(x, mx.array(values)).item())}


index_add.says(
    passed="An embedding's gradient is this function.",
    y="For 5 × 3, with the rows 3 and 0 named more than once",
    x_stays="Whether x stayed as it was",
)


@index_add.alternative
def _(x, index, rows):
    names = mx.arange(x.shape[0])[:, None] == index[None]
    return x + names.astype(x.dtype) @ rows


@index_add.alternative
def _(x, index, rows):
    made = [x[i] for i in range(x.shape[0])]
    for i, row in zip(index.tolist(), rows, strict=True):
        made[i] = made[i] + row
    return mx.stack(made)


@index_add.misconception(
    "last_one_wins",
    "Where an index comes more than once, only its last row was added: `+=` with an index reads "
    "all the rows, adds, and writes them back, one over the other. So it is in NumPy, too. Which "
    "property of an array gathers updates instead?",
)
def _(x, index, rows):
    y = x + 0
    y[index] += rows
    return y


@index_add.misconception(
    "overwritten",
    "The rows took the place of what was there instead of being added to it. Row 0 of x is 0 in "
    "the example, which hides the difference; row 1 is not.",
)
def _(x, index, rows):
    y = x + 0
    y[index] = rows
    return y


@index_add.misconception(
    "without_x",
    "The sums are right and were added to zeros. What was in `x` before is gone.",
)
def _(x, index, rows):
    return mx.zeros_like(x).at[index].add(rows)


@index_add.misconception(
    "changes_x",
    "The result is right, and the array that you were given changed with it: assigning to a part "
    "of an array changes the array for everybody who holds it. PyTorch marks such functions with "
    "an underscore, index_add_; this one has none.",
)
def _(x, index, rows):
    for i, row in zip(index.tolist(), rows, strict=True):
        x[i] = x[i] + row
    return x


@index_add.misconception(
    "averaged",
    "Rows with the same index were averaged, not added. Whoever builds a gradient this way gets "
    "one that is too small for every token that comes twice.",
)
def _(x, index, rows):
    names = (mx.arange(x.shape[0])[:, None] == index[None]).astype(x.dtype)
    return x + names @ rows / mx.maximum(names.sum(axis=1, keepdims=True), 1)


index_add.hints(
    "What happens to `x[mx.array([0, 0])] += 1`? Try it.",
    "`x.at[...]` collects updates and returns a new array; it has add, multiply, maximum and more.",
    "`x.at[index].add(rows)`",
)
