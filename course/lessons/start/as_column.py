"""as_column, an exercise of lesson 00, start."""

import mlx.core as mx

from course.exercise import exercise

as_column = exercise(minutes=3, level=1)


@as_column.solution
def _(values):
    """Make an MLX array of half precision from a Python list: one column, a number in each row.

        values: list of N floats
        result: (N, 1) float16

    For [1.0, 2.5] that is [[1], [2.5]].
    """
    return mx.array(values, dtype=mx.float16)[:, None]


@as_column.use
def _(answer, rng):
    y = answer([float(value) for value in rng.normal(size=rng.integers(2, 8)).round(3)])
    return {"y": y, "y_dtype": str(getattr(y, "dtype", "no dtype")).removeprefix("mlx.core.")}


as_column.says(y_dtype="The dtype", passed="Two bytes a number, one number a row.", y="The column")


@as_column.alternative
def _(values):
    return mx.array([[value] for value in values]).astype(mx.float16)


@as_column.alternative
def _(values):
    return mx.array(values).reshape(-1, 1).astype(mx.float16)


@as_column.misconception(
    "default_dtype",
    "The shape is right, but the numbers are {y_dtype}: MLX makes that of a list of Python floats "
    "unless it is told otherwise. Half precision has a dtype of its own. Where could you say so?",
)
def _(values):
    return mx.array(values).reshape(-1, 1)


@as_column.misconception(
    "flat",
    "You have all the numbers, in an array of one dimension. A list of N numbers becomes shape "
    "(N,), which is neither a row nor a column. What turns it into N rows of one?",
)
def _(values):
    return mx.array(values, dtype=mx.float16)


@as_column.misconception(
    "row_not_column",
    "Your result is one row of N numbers, and a column of N rows is asked for. The new dimension "
    "of size 1 stands first in your shape. Where should it stand?",
)
def _(values):
    return mx.array(values, dtype=mx.float16)[None]


@as_column.misconception(
    "bfloat16_for_half",
    "These are bfloat16 numbers. They take two bytes as well, but spend them on range: 8 bits of "
    "precision where float16 has 11. The statement asks for float16.",
)
def _(values):
    return mx.array(values, dtype=mx.bfloat16).reshape(-1, 1)


as_column.hints(
    "An array has a shape and a dtype, and a list has neither. What are they here?",
    "`mx.array` takes a dtype; indexing with `None` adds a dimension of size 1.",
    "`mx.array(values, dtype=...)`, then `[:, None]`.",
)
