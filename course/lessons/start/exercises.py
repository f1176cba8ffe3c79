"""Exercises of lesson 00, start."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

# --------------------------------------------------------------------------------------------------
row_means = exercise(minutes=3, level=1)


@row_means.solution
def _(x):
    """Return the mean of each row of `x`.

        x:      (R, C) float32
        result: (R,)   float32

    For [[1, 2, 6], [4, 4, 4]] that is [3, 4].
    """
    return x.mean(axis=1)


@row_means.alternative
def _(x):
    return mx.sum(x, axis=-1) / x.shape[-1]


@row_means.alternative
def _(x):
    return mx.stack([row.mean() for row in x])


@row_means.misconception(
    "mean_of_columns",
    "You have {y}, which are the means of the columns: one number for each of the columns, not "
    "for each of the rows. `axis` names the direction that disappears, not the one that stays. "
    "Which of the two should be gone from the result?",
)
def _(x):
    return x.mean(axis=0)


@row_means.misconception(
    "mean_of_all",
    "You have one number, the mean of the whole array. Without an axis a reduction takes in every "
    "entry; here only the entries of one row belong together. What tells MLX which ones?",
)
def _(x):
    return x.mean()


@row_means.misconception(
    "kept_dimension",
    "The numbers are right, and each stands in a row of its own: your result has two dimensions, "
    "the statement asks for one. Something asked MLX to keep the dimension it reduced. Look at "
    "the arguments of your reduction.",
)
def _(x):
    return x.mean(axis=1, keepdims=True)


@row_means.misconception(
    "sum_not_mean",
    "These are the sums of the rows, {y}, and the means were asked for: {y:expected}. What is "
    "still to be done to a sum?",
)
def _(x):
    return x.sum(axis=1)


@row_means.use(y="reduction")
def _(answer, rng):
    x = mx.array(rng.normal(3, 1, size=(2, 3)).round(1).astype(np.float32))
    return {"y": answer(x)}


row_means.says(passed="The axis that you named is the one that disappeared.", y="For a 2 × 3 input")
row_means.hints(
    "How many numbers should come out of an array with two rows?",
    "Look at the `axis` argument of the reduction: what does it do to the shape?",
    "`x.mean(axis=...)`, where the axis is the one that runs along a row.",
)

# --------------------------------------------------------------------------------------------------
as_column = exercise(minutes=3, level=1)


@as_column.solution
def _(values):
    """Make an MLX array of half precision from a Python list: one column, a number in each row.

        values: list of N floats
        result: (N, 1) float16

    For [1.0, 2.5] that is [[1], [2.5]].
    """
    return mx.array(values, dtype=mx.float16)[:, None]


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
    "You made one row of N numbers, and a column of N rows is asked for. The new dimension of "
    "size 1 stands first in your shape; where should it stand?",
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


@as_column.use
def _(answer, rng):
    y = answer([float(value) for value in rng.normal(size=4).round(3)])
    return {"y": y, "y_dtype": str(getattr(y, "dtype", "no dtype")).removeprefix("mlx.core.")}


as_column.says(passed="Two bytes a number, one number a row.", y="For four numbers")
as_column.hints(
    "An array has a shape and a dtype, and a list has neither. What are they here?",
    "`mx.array` takes a dtype; indexing with `None` adds a dimension of size 1.",
    "`mx.array(values, dtype=...)`, then `[:, None]`.",
)

# --------------------------------------------------------------------------------------------------
matmul_gflops = exercise(minutes=4, level=1)


@matmul_gflops.solution
def _(n, seconds):
    """Say how fast a matrix product was: GFLOP/s, that is 1e9 floating-point operations a second.

        n:       the product was (n, n) @ (n, n)
        seconds: what it took
        result:  a float

    Each entry of the result is n multiplications and n additions. A product with n = 1,000 that
    took 0.5 s ran at 4 GFLOP/s.
    """
    return 2 * n**3 / seconds / 1e9


@matmul_gflops.alternative
def _(n, seconds):
    entries, per_entry = n * n, n + n
    return entries * per_entry * 1e-9 / seconds


@matmul_gflops.misconception(
    "multiplications_only",
    "You counted the multiplications and not the additions: your {rate} is half of what the "
    "machine did, {rate:expected}. By convention each of the two counts as one operation.",
)
def _(n, seconds):
    return n**3 / seconds / 1e9


@matmul_gflops.misconception(
    "square_not_cube",
    "You counted one multiplication and one addition for each entry. There are n × n entries, and "
    "each is a sum over a whole row and a whole column. How long is that sum?",
)
def _(n, seconds):
    return 2 * n**2 / seconds / 1e9


@matmul_gflops.misconception(
    "binary_giga",
    "You divided by 2**30. Memory is sometimes counted so, operations never: G is 1e9 here.",
)
def _(n, seconds):
    return 2 * n**3 / seconds / 2**30


@matmul_gflops.misconception(
    "seconds_per_work",
    "This is time for work, not work for time: a faster machine would get a smaller number. Turn "
    "the fraction over.",
)
def _(n, seconds):
    return seconds / (2 * n**3) * 1e9


@matmul_gflops.use
def _(answer, rng):
    n, seconds = int(rng.integers(500, 4000)), float(rng.uniform(0.01, 2))
    return {"rate": answer(n, seconds), "example": answer(1000, 0.5)}


matmul_gflops.says(
    passed="This is the number to set beside any claim about a machine's arithmetic.",
    rate="For a random n and time", example="For n = 1,000 and 0.5 s",
)  # fmt: skip
matmul_gflops.hints(
    "How many operations make one entry of the result, and how many entries are there?",
    "Operations first, then divide by the time, then by 1e9.",
    "n × n entries, each n multiplications and n additions.",
)

# --------------------------------------------------------------------------------------------------
copy_bandwidth = exercise(minutes=4, level=1)


@copy_bandwidth.solution
def _(x, seconds):
    """Say how fast memory was when `y = x + 1` took `seconds`: GB/s, 1e9 bytes a second.

        x:       an array of any shape and dtype
        seconds: what the addition took, y evaluated
        result:  a float

    Count every byte that crossed the memory bus. One million float32 numbers in 0.001 s are
    8 GB/s.
    """
    return 2 * x.nbytes / seconds / 1e9


@copy_bandwidth.alternative
def _(x, seconds):
    read = written = x.size * x.itemsize
    return (read + written) / seconds * 1e-9


@copy_bandwidth.misconception(
    "read_only",
    "You counted the bytes that were read. The result had to be written too, so twice as many "
    "bytes crossed the bus: {rate:expected} GB/s, not {rate}.",
)
def _(x, seconds):
    return x.nbytes / seconds / 1e9


@copy_bandwidth.misconception(
    "four_bytes_always",
    "You took four bytes for each number. That is float32; one array is {dtype}. The array knows "
    "how many bytes it has.",
)
def _(x, seconds):
    return 2 * 4 * x.size / seconds / 1e9


@copy_bandwidth.misconception(
    "numbers_not_bytes",
    "This counts numbers, and a bus carries bytes. How many bytes has one of these numbers?",
)
def _(x, seconds):
    return 2 * x.size / seconds / 1e9


@copy_bandwidth.misconception(
    "gibibytes",
    "You divided by 2**30, which gives GiB/s. Makers of machines count GB/s with 1e9, and so does "
    "the statement.",
)
def _(x, seconds):
    return 2 * x.nbytes / seconds / 2**30


@copy_bandwidth.use
def _(answer, rng):
    rows, seconds = int(rng.integers(3, 9)), float(rng.uniform(1e-9, 2e-9))
    half, single = mx.zeros((rows, 5), dtype=mx.float16), mx.zeros((rows, 5))
    return {"rate": answer(half, seconds), "rate32": answer(single, seconds), "dtype": "float16"}


copy_bandwidth.says(
    passed="Reading and writing both count; so does the size of a number.",
    rate="For a small float16 array",
    rate32="For a small float32 array",
)
copy_bandwidth.hints(
    "Which bytes move when `x + 1` is computed, and in which direction?",
    "`x.nbytes` is the size of the input; the output has a size as well.",
    "Bytes read plus bytes written, divided by the time, divided by 1e9.",
)

# --------------------------------------------------------------------------------------------------
flops_per_number = exercise(minutes=5, level=2)


@flops_per_number.solution
def _(gflops, gigabytes_per_second, bits):
    """Say how many operations a machine can do in the time it takes to read one number.

        gflops:               what its arithmetic can do, in 1e9 operations a second
        gigabytes_per_second: what its memory can do, in 1e9 bytes a second
        bits:                 the size of one number in memory: 32, 16, 4 …
        result:               a float

    An operation that does less than this with each number that it reads waits for memory. A
    machine of 1,000 GFLOP/s and 100 GB/s can do 40 operations for each 32-bit number.
    """
    return gflops / gigabytes_per_second * bits / 8


@flops_per_number.alternative
def _(gflops, gigabytes_per_second, bits):
    seconds_a_number = (bits / 8) / (gigabytes_per_second * 1e9)
    return gflops * 1e9 * seconds_a_number


@flops_per_number.misconception(
    "per_byte",
    "This is operations for each byte. The statement asks for each number, and a number of "
    "{bits} bits is not one byte.",
)
def _(gflops, gigabytes_per_second, bits):
    return gflops / gigabytes_per_second


@flops_per_number.misconception(
    "bits_as_bytes",
    "You multiplied by the bits of a number, and the memory's speed is in bytes: your result is 8 "
    "times too large.",
)
def _(gflops, gigabytes_per_second, bits):
    return gflops / gigabytes_per_second * bits


@flops_per_number.misconception(
    "always_32_bits",
    "You took four bytes for every number. Here a number has {bits} bits, so more or fewer of them "
    "fit into the same traffic.",
)
def _(gflops, gigabytes_per_second, bits):
    return gflops / gigabytes_per_second * 4


@flops_per_number.misconception(
    "upside_down",
    "You divided memory by arithmetic. A machine with faster arithmetic would then be allowed "
    "fewer operations for each number. Turn the fraction over.",
)
def _(gflops, gigabytes_per_second, bits):
    return gigabytes_per_second / gflops * bits / 8


@flops_per_number.use
def _(answer, rng):
    gflops, bandwidth = float(rng.uniform(500, 9000)), float(rng.uniform(50, 800))
    bits = int(rng.choice([2, 16]))
    return {"operations": answer(gflops, bandwidth, bits), "bits": bits}


flops_per_number.says(
    passed="Lesson 12 draws this number as the corner of a roofline.",
    operations="For a random machine",
)
flops_per_number.hints(
    "How long does one number take to arrive, and what could be computed meanwhile?",
    "Bytes of one number, divided by bytes a second: that is the time.",
    "The ratio of the two rates is operations a byte; then from bytes to a number.",
)
