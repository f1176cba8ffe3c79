"""flops_per_number, an exercise of lesson 00, start."""

from course.exercise import exercise

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


@flops_per_number.use
def _(answer, rng):
    gflops, bandwidth = float(rng.uniform(500, 9000)), float(rng.uniform(50, 800))
    bits = int(rng.choice([3, 4, 6]))
    wide = answer(gflops, bandwidth, 16)
    return {"operations": answer(gflops, bandwidth, bits), "wide": wide, "bits": bits}


flops_per_number.says(
    passed="Lesson 12 draws this number as the corner of a roofline.",
    operations="For a number of few bits",
    wide="For a number of 16 bits",
    bits="Bits of the first number",
)


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
    "Your result is 8 times too large, {operations} for {operations:expected}: that is what comes "
    "out where bits are taken for bytes. In what is the memory's speed given?",
)
def _(gflops, gigabytes_per_second, bits):
    return gflops / gigabytes_per_second * bits


@flops_per_number.misconception(
    "always_32_bits",
    "Your results are those of four bytes for every number, the usual float32. Here a number has "
    "{bits} bits. How many of them arrive in the time of one float32?",
)
def _(gflops, gigabytes_per_second, bits):
    return gflops / gigabytes_per_second * 4


@flops_per_number.misconception(
    "upside_down",
    "With your formula a machine with faster arithmetic could do fewer operations for each number. "
    "A ratio is easily turned over. Which of the two rates says how much is computed?",
)
def _(gflops, gigabytes_per_second, bits):
    return gigabytes_per_second / gflops * bits / 8


@flops_per_number.misconception(
    "divided_by_bytes",
    "At {bits} bits your result is {operations}, the operations for each byte divided by the bytes"
    " of a number. Bits and bytes are easily turned over. Does a larger number take more or less "
    "time to arrive?",
)
def _(gflops, gigabytes_per_second, bits):
    return gflops / gigabytes_per_second / (bits / 8)


@flops_per_number.misconception(
    "whole_bytes",
    "At 16 bits you are right. At {bits} bits your result is that of one whole byte for each "
    "number. No address is finer than a byte, and several numbers can share one. How many bytes "
    "are a thousand such numbers?",
)
def _(gflops, gigabytes_per_second, bits):
    return gflops / gigabytes_per_second * max(1, bits / 8)


@flops_per_number.misconception(
    "read_and_written",
    "Your results are twice what they should be, as if each number crossed the bus twice. In "
    "`copy_bandwidth` it does. What does the statement do with each number?",
)
def _(gflops, gigabytes_per_second, bits):
    return 2 * gflops / gigabytes_per_second * bits / 8


flops_per_number.hints(
    "How long does one number take to arrive, and what could be computed meanwhile?",
    "Bytes of one number, divided by bytes a second: that is the time.",
    "The ratio of the two rates is operations a byte; then from bytes to a number.",
)
