"""Others' answers to flops_per_number."""

import numpy as np

from course.author.answers import right, wrong


class _Flops:
    BITS = 8

    def __call__(self, gflops, gigabytes_per_second, bits):
        return float(np.divide(gflops * bits, gigabytes_per_second * self.BITS))


right("ratio times bytes")(
    lambda gflops, gigabytes_per_second, bits: gflops / gigabytes_per_second * bits / 8
)


right("class, NumPy")(_Flops())


wrong("per byte")(lambda gflops, gigabytes_per_second, bits: gflops / gigabytes_per_second)


wrong("upside down")(
    lambda gflops, gigabytes_per_second, bits: gigabytes_per_second / gflops * bits / 8
)


wrong("integer result")(
    lambda gflops, gigabytes_per_second, bits: int(gflops / gigabytes_per_second * bits / 8)
)


wrong("divided by the bytes", named="divided_by_bytes", never=("always_32_bits",))(
    lambda gflops, gigabytes_per_second, bits: gflops / gigabytes_per_second / (bits / 8)
)


wrong("read and written")(
    lambda gflops, gigabytes_per_second, bits: 2 * gflops / gigabytes_per_second * bits / 8
)


wrong("Giga forgotten on one side")(
    lambda gflops, gigabytes_per_second, bits: gflops * 1e9 / gigabytes_per_second * bits / 8
)


wrong("at least one byte")(
    lambda gflops, gigabytes_per_second, bits: gflops / gigabytes_per_second * max(1, bits / 8)
)


wrong("example")(lambda gflops, gigabytes_per_second, bits: 40.0)


wrong("rounded up bytes")(
    lambda gflops, gigabytes_per_second, bits: gflops / gigabytes_per_second * -(-bits // 8)
)


wrong("product")(
    lambda gflops, gigabytes_per_second, bits: gflops * gigabytes_per_second * bits / 8
)
