"""take_rows, an exercise of lesson 01, unified_memory."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

take_rows = exercise(minutes=5, level=2)


@take_rows.solution
def _(table, ids):
    """Look up rows of an embedding table, and refuse ids that are not in it: they come from a
    tokenizer, and it may belong to another model.

        table:  (R, C) float32
        ids:    (N,) int32
        result: (N, C) float32, row k is the row ids[k] of the table

    If any id is negative, or R or more, raise an IndexError. You may evaluate `ids` to find out.
    For a table of 3 rows, ids [2, 0, 2] give its last, first and last row; [0, 3] and [-1] raise.
    """
    if mx.any((ids < 0) | (ids >= table.shape[0])):
        raise IndexError(f"ids must be from 0 to {table.shape[0] - 1}, and are {ids.tolist()}.")
    return table[ids]


@take_rows.use
def _(answer, rng):
    rows, columns = int(rng.integers(4, 8)), int(rng.integers(2, 6))
    table = mx.array(rng.normal(size=(rows, columns)).round(2).astype(np.float32))
    ids = rng.integers(0, rows, size=rng.integers(3, 9))

    def ends(*last):  # nothing here is evaluated: what lies outside the table is nobody's business
        bad = mx.array([*([] if len(last) > 1 else ids[:2].tolist()), *last], dtype=mx.int32)
        return outcome(answer, table, bad).split(":")[0]

    return {
        "y": answer(table, mx.array(ids.astype(np.int32))),
        "past_the_end": ends(rows + 4),
        "id_r": ends(rows),
        "all_bad": ends(rows + 4, rows + 1),
        "negative": ends(-1),
    }


take_rows.says(
    passed="Checked where the ids come in, once, instead of hoping that someone further on will.",
    y="For ids that are in the table",
    past_the_end="For an id of R + 4 in a table of R rows",
    id_r="For an id of R in a table of R rows",
    all_bad="For two ids, both past the end",
    negative="For an id of -1",
)


@take_rows.alternative
def _(table, ids):
    lowest, highest = ids.min().item(), ids.max().item()
    if lowest < 0 or highest >= len(table):
        raise IndexError(f"ids reach from {lowest} to {highest}; the table has {len(table)} rows.")
    return mx.take(table, ids, axis=0)


@take_rows.alternative
def _(table, ids):
    rows = table.shape[0]
    for i in ids.tolist():
        if i not in range(rows):
            raise IndexError(f"{i} is no row of {rows}")
    return mx.stack([table[i] for i in ids.tolist()])


@take_rows.misconception(
    "oob_silent",
    "For an id past the end of the table your function {past_the_end}, as if nothing were wrong. "
    "NumPy would have raised for you. MLX checks no index: it writes the operation down now, runs "
    "it later and perhaps on a GPU, from where no exception can come back, and reads whatever lies "
    "there. Who is left to look at the ids?",
)
def _(table, ids):
    return table[ids]


@take_rows.misconception(
    "negative_wraps",
    "Ids that are too large are refused, and -1 is not: it counts from the end, as in Python, and "
    "gives the last row. As an id, -1 is most often padding that slipped through. What is the "
    "smallest id that is in the table?",
)
def _(table, ids):
    if (ids >= table.shape[0]).any():
        raise IndexError("no such row")
    return table[ids]


@take_rows.misconception(
    "off_by_one",
    "The id R itself got through, and a table of R rows ends at R - 1. Look at your comparison: "
    "which side of it may be equal?",
)
def _(table, ids):
    if (ids < 0).any() or (ids > table.shape[0]).any():
        raise IndexError("no such row")
    return table[ids]


@take_rows.misconception(
    "other_error",
    "Bad ids are refused with {past_the_end}. Callers of a lookup catch IndexError; an `assert` "
    "even disappears when Python runs with -O. Which class does the statement name?",
)
def _(table, ids):
    assert bool(((ids >= 0) & (ids < table.shape[0])).all())
    return table[ids]


take_rows.hints(
    "When would MLX notice that an id is not in the table, and whom could it tell?",
    "Two comparisons find the bad ids; `mx.any` makes one answer of them. Both ends count.",
    "`if mx.any((ids < 0) | (ids >= ...)): raise IndexError(...)`, then the lookup.",
)
