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


@index_add.use(y="matmul", once="matmul")
def _(answer, rng):
    n, d = int(rng.integers(5, 8)), int(rng.integers(2, 5))
    twice, thrice, single = (int(row) for row in rng.permutation(n)[:3])
    index = [thrice, twice, thrice, single, thrice, twice]
    values = (rng.normal(size=(n, d)) * 2.0 ** np.arange(n)[:, None]).astype(np.float32)
    x = mx.array(values)
    rows = mx.array(rng.normal(size=(len(index), d)).astype(np.float32))
    y = answer(x, mx.array(index), rows)
    stays = bool(mx.array_equal(x, mx.array(values)).item())
    once = answer(mx.array(values), mx.array(index[:2]), rows[:2])
    return {"y": y, "once": once, "x_stays": stays}


index_add.says(
    passed="An embedding's gradient is this function.",
    y="With rows that are named three times, twice and once",
    once="With two rows, each named once",
    x_stays="Whether x stayed as it was",
)
index_add.same_as(
    "alternative 1",
    "astype dropped",
    "names.astype(x.dtype)",
    "in a product True and False become numbers of the other's dtype",
)
for _operator, _fragment in (
    ("keyword dropped", "zip(index.tolist(), rows, strict=True)"),
    ("constant", "strict=True"),
):
    index_add.same_as("alternative 2", _operator, _fragment, "there is one index for each row")


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
    "Where an index comes more than once, only its last row was added. `+=` with an index does so, "
    "in NumPy too: it reads all the rows, adds, and writes them back, one over the other. Which "
    "property of an array gathers updates instead?",
)
def _(x, index, rows):
    y = x + 0
    y[index] += rows
    return y


@index_add.misconception(
    "overwritten",
    "The rows took the place of what was there instead of being added to it. Row 0 of x is 0 in "
    "the example, which hides the difference; row 1 is not. What should become of the 10?",
)
def _(x, index, rows):
    y = x + 0
    y[index] = rows
    return y


@index_add.misconception(
    "without_x",
    "The sums of the rows are right, and what was in `x` before is gone: they were added to zeros. "
    "For a gradient that is what one wants. To what does the statement add them?",
)
def _(x, index, rows):
    return mx.zeros_like(x).at[index].add(rows)


@index_add.misconception(
    "changes_x",
    "The result is right, and the array that you were given changed with it: assigning to a part "
    "of an array changes the array for everybody who holds it. PyTorch marks such functions with "
    "an underscore, index_add_; this one has none. What could you write to instead?",
)
def _(x, index, rows):
    for i, row in zip(index.tolist(), rows, strict=True):
        x[i] = x[i] + row
    return x


@index_add.misconception(
    "averaged",
    "Rows with the same index were averaged, not added. A gradient that is built so is too small "
    "for every token that comes twice. What should two rows of one index make?",
)
def _(x, index, rows):
    names = (mx.arange(x.shape[0])[:, None] == index[None]).astype(x.dtype)
    return x + names @ rows / mx.maximum(names.sum(axis=1, keepdims=True), 1)


@index_add.misconception(
    "last_one_wins_in_x",
    "Where an index comes more than once, only its last row was added, and the array that you were "
    "given changed. `+=` with an index does both, in NumPy too. Which property of an array gathers "
    "updates, and leaves it as it is?",
)
def _(x, index, rows):
    x[index] += rows
    return x


@index_add.misconception(
    "x_came_back",
    "What came back is x, and nothing was added to it. PyTorch's index_add_ changes x; `x.at` "
    "makes a new array. Where does yours go?",
)
def _(x, index, rows):
    x.at[index].add(rows)
    return x


@index_add.misconception(
    "picked_rows_alone",
    "As many rows came out as were given, not as many as x has: the rows that `index` names, with "
    "something added. Where do they go back to?",
)
def _(x, index, rows):
    return x[index] + rows


index_add.hints(
    "What happens to `x[mx.array([0, 0])] += 1`? Try it.",
    "`x.at[...]` collects updates and returns a new array; it has add, multiply, maximum and more.",
    "`x.at[index].add(rows)`",
)
