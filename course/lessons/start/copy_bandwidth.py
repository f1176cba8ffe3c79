"""copy_bandwidth, an exercise of lesson 00, start."""

import mlx.core as mx

from course.exercise import exercise

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


@copy_bandwidth.use
def _(answer, rng):
    rows, seconds = int(rng.integers(3, 9)), float(rng.uniform(1e-9, 2e-9))
    half, single = mx.zeros((2, rows, 5), dtype=mx.float16), mx.zeros((rows, 4))
    small = mx.zeros((rows,), dtype=mx.uint8)
    return {
        "rate": answer(half, seconds),
        "rate32": answer(single, seconds),
        "rate8": answer(small, seconds),
        "dtype": "float16",
    }


copy_bandwidth.says(
    passed="Reading and writing both count; so does the size of a number.",
    rate="For a small float16 array",
    rate32="For a small float32 array",
    rate8="For a small uint8 array",
    dtype="The dtype of the first array",
)


@copy_bandwidth.alternative
def _(x, seconds):
    read = written = x.size * x.itemsize
    return (read + written) / seconds * 1e-9


@copy_bandwidth.misconception(
    "read_only",
    "Your {rate} GB/s are those of the bytes that were read. It is the array that one thinks of; "
    "{rate:expected} GB/s crossed the bus. What else has to move for `y = x + 1`?",
)
def _(x, seconds):
    return x.nbytes / seconds / 1e9


@copy_bandwidth.misconception(
    "four_bytes_always",
    "Your rates are those of four bytes for each number. That is float32, the usual dtype; one "
    "array here is {dtype}. Who knows how many bytes an array has?",
)
def _(x, seconds):
    return 2 * 4 * x.size / seconds / 1e9


@copy_bandwidth.misconception(
    "numbers_not_bytes",
    "Your rates are those of numbers, and a bus carries bytes. How many bytes has "
    "one of these numbers?",
)
def _(x, seconds):
    return 2 * x.size / seconds / 1e9


@copy_bandwidth.misconception(
    "gibibytes",
    "Your rates are in GiB/s, of 2**30 bytes. Memory sizes are often counted so; GB/s are not. How "
    "many bytes has a GB in the statement?",
)
def _(x, seconds):
    return 2 * x.nbytes / seconds / 2**30


@copy_bandwidth.misconception(
    "bits_on_the_bus",
    "Your {rate} is eight times {rate:expected}. Links are often sold in bits a second, memory is "
    "not. What does GB mean in the statement?",
)
def _(x, seconds):
    return 8 * 2 * x.nbytes / seconds / 1e9


copy_bandwidth.hints(
    "Which bytes move when `x + 1` is computed, and in which direction?",
    "`x.nbytes` is the size of the input; the output has a size as well.",
    "Bytes read plus bytes written, divided by the time, divided by 1e9.",
)
