"""identity_bytes, an exercise of lesson 00, shapes."""

from course.exercise import exercise

identity_bytes = exercise(minutes=2, level=1, value=True)


@identity_bytes.solution
def _():
    """How many bytes is a 4 × 4 identity matrix in float16?"""
    bits = 16
    return (
        4 * 4
        * bits // 8
    )  # fmt: skip


@identity_bytes.use
def _(answer, rng):
    return {"bytes": answer}


@identity_bytes.misconception("float32", "These are the bytes of float32: {bytes}.")
def _():
    return 64


@identity_bytes.misconception("diagonal_only", "The zeros are stored too.")
def _():
    return 8


identity_bytes.hints("How many numbers?", "How many bytes has one?", "Multiply.")
