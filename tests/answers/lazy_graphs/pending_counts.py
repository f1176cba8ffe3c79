"""Others' answers to pending_counts."""

import mlx.core as mx
import numpy as np

from course import measure
from course.author.answers import right, wrong

right("NumPy")(lambda: np.array([3, 2, 1, 2, 6]))


@right("measured")
def _():
    a, b = mx.ones((3, 4)), mx.zeros((3, 4))
    mx.eval(a, b)
    c = a + b
    mx.eval(c)
    s = a + b
    e = a
    for _ in range(3):
        e = mx.abs(e + b)
    return [measure.graph_nodes(y) for y in ((a + b) * (a - b), s * s, c * c, mx.exp(s), e)]


wrong("c counted twice, as in a formula")(lambda: [3, 3, 1, 2, 6])


wrong("eval forgotten")(lambda: [3, 2, 2, 2, 6])


wrong("log counted though nobody asks")(lambda: [3, 2, 1, 3, 6])


wrong("three passes as three")(lambda: [3, 2, 1, 2, 3])


wrong("everything is done at once, PyTorch")(lambda: [0, 0, 0, 0, 0])


wrong("arrays counted too")(lambda: [5, 4, 2, 4, 8])


wrong("off by one in the loop")(lambda: [3, 2, 1, 2, 7])


wrong("range(3) as 2")(lambda: [3, 2, 1, 2, 4])
