"""Others' answers to copy_bandwidth."""

import mlx.core as mx

from course.author.answers import right, wrong

right("read plus written")(
    lambda x, seconds: (x.nbytes + (x + mx.array(1, x.dtype)).nbytes) / seconds / 10**9
)


@right("product of the shape, dtype size")
def _(x: mx.array, seconds: float) -> float:
    n = 1
    for side in x.shape:
        n *= side
    one_way = n * x.dtype.size
    return float(one_way + one_way) / seconds * 1e-9


wrong("one way")(lambda x, seconds: x.nbytes / seconds / 1e9)


wrong("numbers instead of bytes")(lambda x, seconds: 2 * x.size / seconds / 1e9)


wrong("len instead of size")(lambda x, seconds: 2 * len(x) * x.itemsize / seconds / 1e9)


wrong("bits")(lambda x, seconds: 16 * x.nbytes / seconds / 1e9)


wrong("first two axes")(
    lambda x, seconds: 2 * x.shape[0] * x.shape[-1] * x.itemsize / seconds / 1e9
)
