"""replace_row, an exercise of lesson 01, unified_memory."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

replace_row = exercise(minutes=3, level=1)


@replace_row.solution
def _(table, i, row):
    """Return `table` with row `i` replaced by `row`. Whoever called you still needs the old table:
    theirs must not change.

        table:  (R, C) float32
        i:      an int, 0 <= i < R
        row:    (C,) float32
        result: (R, C) float32

    For [[1, 2], [3, 4]], i = 1 and row = [8, 9] the result is [[1, 2], [8, 9]], and the caller's
    array is still [[1, 2], [3, 4]].
    """
    new = mx.array(table)
    new[i] = row
    return new


@replace_row.use
def _(answer, rng):
    rows, columns = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    table = mx.array(rng.normal(2, 1, size=(rows, columns)).round(1).astype(np.float32))
    row = mx.array(rng.normal(9, 1, size=columns).round(1).astype(np.float32))
    return {"y": answer(table, int(rng.integers(0, rows)), row), "table": table}


replace_row.says(
    passed="A new array for you, and the caller's is untouched.",
    y="The result",
    table="The caller's table afterwards",
)


@replace_row.alternative
def _(table, i, row):
    is_it = mx.arange(table.shape[0])[:, None] == i
    return mx.where(is_it, row, table)


@replace_row.alternative
def _(table, i, row):
    return mx.concatenate([table[:i], row[None], table[i + 1 :]])


@replace_row.misconception(
    "alias_is_copy",
    "The result is right, and the caller's table has changed too: its numbers are now {table}. "
    "`new = table` makes a second name and no second array, in MLX as in Python, and an assignment "
    "to an index is seen through every name. Where does your code make an array of its own?",
)
def _(table, i, row):
    new = table
    new[i] = row
    return new


@replace_row.misconception(
    "slice_is_view",
    "Nothing was replaced. What you take out of a table, with `table[i]` or a slice, is in NumPy "
    "and PyTorch a window onto it; in MLX it is an array of its own, and the table never hears of "
    "what you write there. (`.at` leaves its array alone too, and returns another.) On which array "
    "should the assignment stand?",
)
def _(table, i, row):
    new = mx.array(table)
    target = new[i]
    target[:] = row
    return new


@replace_row.misconception(
    "at_adds",
    "Row `i` is now the sum of the old row and the new one. `x.at[i]` reads like JAX's, where "
    "`.set` exists; MLX's `.at` only combines with what is there. Which syntax replaces?",
)
def _(table, i, row):
    return table.at[i].add(row)


replace_row.hints(
    "How many arrays are there when your function returns: one under two names, or two?",
    "Make the new array first. Then assign to an index of it, not to something taken out of it.",
    "`mx.array(table)` is a copy; `new[i] = row` replaces a row of it.",
)
