"""matmul_gflops, an exercise of lesson 00, start."""

from course.exercise import exercise

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


@matmul_gflops.use
def _(answer, rng):
    n, seconds = int(rng.integers(500, 4000)), float(rng.uniform(0.01, 2))
    return {"rate": answer(n, seconds), "example": answer(1000, 0.5)}


matmul_gflops.says(
    passed="This is the number to set beside any claim about a machine's arithmetic.",
    rate="For a random n and time", example="For n = 1,000 and 0.5 s",
)  # fmt: skip


@matmul_gflops.alternative
def _(n, seconds):
    entries, per_entry = n * n, n + n
    return entries * per_entry * 1e-9 / seconds


@matmul_gflops.misconception(
    "multiplications_only",
    "Your {rate} is half of {rate:expected}: that is one operation where a multiplication and an "
    "addition are made, which some chips do at once. By convention, how many are they?",
)
def _(n, seconds):
    return n**3 / seconds / 1e9


@matmul_gflops.misconception(
    "square_not_cube",
    "Your rate is that of one multiplication and one addition for each entry. There are n × n "
    "entries, and each is a sum over a whole row and a whole column. How long is that sum?",
)
def _(n, seconds):
    return 2 * n**2 / seconds / 1e9


@matmul_gflops.misconception(
    "binary_giga",
    "Your rate is that of a G of 2**30. Memory is sometimes counted so, operations never. What is "
    "G in the statement?",
)
def _(n, seconds):
    return 2 * n**3 / seconds / 2**30


@matmul_gflops.misconception(
    "seconds_per_work",
    "With your formula a faster machine gets a smaller number: it is time for work. Which of the "
    "two should be divided by the other?",
)
def _(n, seconds):
    return seconds / (2 * n**3) * 1e9


@matmul_gflops.misconception(
    "not_in_giga",
    "For the example your rate is {example}, and 4 is asked for: that is operations a second. They "
    "are right; what is the unit of the result?",
)
def _(n, seconds):
    return 2 * n**3 / seconds


@matmul_gflops.misconception(
    "one_addition_less",
    "For the example your rate is {example}, not 4: that is n multiplications and n - 1 additions "
    "for each entry. A sum of n numbers needs no more; how many does the statement count?",
)
def _(n, seconds):
    return n * n * (2 * n - 1) / seconds / 1e9


@matmul_gflops.misconception(
    "times_seconds",
    "For the example your rate is {example}, not 4: that is the work multiplied by the time. "
    "Should a machine that takes longer get a larger number?",
)
def _(n, seconds):
    return 2 * n**3 * seconds / 1e9


matmul_gflops.hints(
    "How many operations make one entry of the result, and how many entries are there?",
    "Operations first, then divide by the time, then by 1e9.",
    "n × n entries, each n multiplications and n additions.",
)
