"""kernel_counts, an exercise of lesson 04, compile."""

import mlx.core as mx

from course import measure
from course.exercise import exercise

from .common import _numbers

kernel_counts = exercise(minutes=3, level=1, value=True)


@kernel_counts.solution
def _():
    """Five functions, each compiled by `mx.compile`. `x` is an evaluated array of shape (4, 4). How
    many kernels does a call run? Give a list of five numbers.

        1   mx.exp(x) * 2 + 1
        2   mx.exp(x @ x) * 2 + 1
        3   mx.exp(x) + mx.exp(x)
        4   x / x.sum()
        5   mx.exp(x).sum() + mx.log(x).sum()

    A kernel is one pass over memory: a fused one, or an operation that stands alone. Spreading a
    number over an array is no kernel. The first number is 1: exp, times and plus are fused.
    """
    return [1, 2, 1, 2, 5]


@kernel_counts.use
def _(answer, rng):
    return _numbers(answer, 5)


kernel_counts.says(
    passed="What works number by number is joined; what needs the whole array stands between.",
    kind="What you gave",
    length="Numbers in your list",
    line_1="Function 1",
    line_2="Function 2",
    line_3="Function 3",
    line_4="Function 4",
    line_5="Function 5",
)


@kernel_counts.alternative
def _():
    x = mx.array([[1.0, 2.0], [3.0, 4.0]])
    ones = [
        lambda x: mx.exp(x) * 2 + 1,
        lambda x: mx.exp(x @ x) * 2 + 1,
        lambda x: mx.exp(x) + mx.exp(x),
        lambda x: x / x.sum(),
        lambda x: mx.exp(x).sum() + mx.log(x).sum(),
    ]
    if not measure.fused_kernels(mx.compile(ones[0])(x)):
        return 1, 2, 1, 2, 5  # nothing is fused on this machine, and so nothing can be counted
    return tuple(measure.kernels(mx.compile(f)(x)) for f in ones)


@kernel_counts.misconception(
    "one_kernel_each",
    "You gave 1 for each of them: one function, one kernel. Compiling joins operations that work "
    "on each number by itself. In 2, 4 and 5 something needs other numbers of the array first. "
    "What?",
)
def _():
    return [1, 1, 1, 1, 1]


@kernel_counts.misconception(
    "nothing_is_fused",
    "Your numbers are those of the operations that are written there, as MLX runs them without "
    "compiling. Which of them need to know nothing but one number of each array? Those become one.",
)
def _():
    return [3, 4, 3, 2, 5]


@kernel_counts.misconception(
    "matmul_fuses",
    "For 2 you gave {line_2}. A matrix product is a kernel of its own, made with great care by "
    "hand; what comes after it is joined, but not to it.",
)
def _():
    return [1, 1, 1, 2, 5]


@kernel_counts.misconception(
    "sums_fuse",
    "For 4 you gave {line_4} and for 5 {line_5}. A sum has to see all numbers before it can give "
    "one, and what is divided by it has to wait. It stays a kernel of its own.",
)
def _():
    return [1, 2, 1, 1, 1]


@kernel_counts.misconception(
    "lone_operations_are_free",
    "For 5 you gave {line_5}. An `exp` that goes into a sum has no neighbour to be joined with, "
    "and the same holds for `log` and for the plus at the end. Alone they run as they always did, "
    "and each is a kernel.",
)
def _():
    return [1, 2, 1, 2, 2]


@kernel_counts.misconception(
    "exp_counted_twice",
    "For 3 you gave {line_3}, which is what runs without compiling: two times exp, and the plus. "
    "All three need only one number of x at a time. What can become of them?",
)
def _():
    return [1, 2, 3, 2, 5]


@kernel_counts.misconception(
    "division_joins_the_sum",
    "For 4 you gave {line_4}. The division works number by number, and one might think that it can "
    "be done on the way. What does it need before its first number, and who has that?",
)
def _():
    return [1, 2, 1, 1, 5]


@kernel_counts.misconception(
    "exp_joins_the_sum",
    "For 5 you gave {line_5}: two sums and the plus. One might think that `exp` and `log` are done "
    "while adding up. A sum is never joined with anything. What is left for `exp` to be joined "
    "with?",
)
def _():
    return [1, 2, 1, 2, 3]


kernel_counts.hints(
    "Which operations need only one number of their input for one number of their output?",
    "A product of matrices and a sum need many. They are never joined with anything; and an "
    "operation without a neighbour of the same kind stays as it is.",
    "2: the product, then the rest. 4: the sum, then the division. 5: exp, sum, log, sum, plus.",
)
