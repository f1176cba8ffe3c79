"""Others' answers to kernel_counts."""

import numpy as np

from course.author.answers import right, wrong

right("NumPy array")(lambda: np.array([1, 2, 1, 2, 5]))


wrong("everything fuses to one", named="one_kernel_each")(lambda: [1, 1, 1, 1, 1])


wrong("matmul fuses with what follows", named="matmul_fuses")(lambda: [1, 1, 1, 2, 5])


wrong("exp computed twice", named="exp_counted_twice")(lambda: [1, 2, 3, 2, 5])


wrong("divide fuses with the sum", named="division_joins_the_sum")(lambda: [1, 2, 1, 1, 5])
