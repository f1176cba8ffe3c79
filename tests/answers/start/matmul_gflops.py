"""Others' answers to matmul_gflops."""

import operator

import numpy as np

from course.author.answers import right, wrong

right("formula")(lambda n, seconds: 2 * n**3 / seconds / 1e9)


right("per entry")(lambda n, seconds: (n * n) * (n + n) / (seconds * 1e9))


right("helper, pow, keyword")(lambda n, seconds: operator.truediv(2.0 * pow(n, 3), seconds) * 1e-9)


@right("NumPy float")
def _(n, seconds):
    flops = np.float64(2) * np.float64(n) ** 3
    return flops / seconds / 10**9


@right("loop over three axes' sizes")
def _(n: int, seconds: float) -> float:
    total = 2
    for _ in range(3):
        total *= n
    return float(total) / seconds / 1_000_000_000


wrong("n cubed")(lambda n, seconds: n**3 / seconds / 1e9)


wrong("FLOP/s")(lambda n, seconds: 2 * n**3 / seconds)


wrong("times seconds")(lambda n, seconds: 2 * n**3 * seconds / 1e9)


wrong("n - 1 additions")(lambda n, seconds: n * n * (2 * n - 1) / seconds / 1e9)


wrong("integer division")(lambda n, seconds: 2 * n**3 // seconds // 1e9)


wrong("rounded")(lambda n, seconds: round(2 * n**3 / seconds / 1e9))


wrong("example")(lambda n, seconds: 4.0)


wrong("measures it, ignoring seconds")(lambda n, seconds: 2 * n**3 / 0.5 / 1e9)


wrong("bytes too: 3 n squared added")(lambda n, seconds: (2 * n**3 + 3 * n**2) / seconds / 1e9)


wrong("string")(lambda n, seconds: f"{2 * n**3 / seconds / 1e9} GFLOP/s")
