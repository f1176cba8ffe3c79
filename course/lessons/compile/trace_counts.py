"""trace_counts, an exercise of lesson 04, compile."""

from course.exercise import exercise

from .common import _numbers

trace_counts = exercise(minutes=5, level=1, value=True)


@trace_counts.solution
def _():
    """Six programs. `body` is a Python function that works with any arguments, and each program
    starts anew. How often does MLX run `body`, to trace it? Give a list of six numbers.

        a, b = mx.zeros(3), mx.ones(3)      wide = mx.zeros((2, 3))

        1   f = mx.compile(body)
            f(a); f(b); f(a)
        2   f = mx.compile(body)
            f(a); f(wide); f(a)
        3   f = mx.compile(body)
            f(a, 1.0); f(a, 2.0); f(a, 3.0)
        4   f = mx.compile(body)
            f(a, mx.array(1.0)); f(a, mx.array(2.0)); f(a, mx.array(3.0))
        5   f = mx.compile(body)
            f(a); f(a.astype(mx.float16)); f(b)
        6   for _ in range(3):
                f = mx.compile(lambda x: body(x))
                f(a)

    The first number is 1: `b` looks like `a`. Nothing else in MLX keeps a trace.
    """
    return [1, 2, 3, 1, 2, 3]


@trace_counts.use
def _(answer, rng):
    return _numbers(answer, 6)


trace_counts.says(
    passed="Shapes, dtypes, Python values and the function itself: change one, and it is traced "
    "anew.",
    kind="What you gave",
    length="Numbers in your list",
    line_1="Program 1",
    line_2="Program 2",
    line_3="Program 3",
    line_4="Program 4",
    line_5="Program 5",
    line_6="Program 6",
)


@trace_counts.misconception(
    "values_are_traced",
    "Your numbers are those of a trace for every new array. A trace is made with stand-ins that "
    "have a shape and a dtype and no numbers. Which arrays can take their place?",
)
def _():
    return [2, 2, 3, 3, 3, 3]


@trace_counts.misconception(
    "numbers_are_data",
    "For 3 you gave {line_3}. A Python number is written into the trace like a `2` in the source, "
    "so another number is another program. What is the difference to line 4?",
)
def _():
    return [1, 2, 1, 1, 2, 3]


@trace_counts.misconception(
    "compiled_once_for_all",
    "You gave 1 wherever one function is compiled once. A trace knows the shape and the dtype that "
    "it was made for, and Python numbers too. What is new in the second call of 2, of 3 and of 5?",
)
def _():
    return [1, 1, 1, 1, 1, 3]


@trace_counts.misconception(
    "compile_lambda_loop",
    "For 6 you gave {line_6}. The lambda looks the same each time round, and each time round it is "
    "a new function; traces belong to the function. In a training loop this is the most expensive "
    "line there is.",
)
def _():
    return [1, 2, 3, 1, 2, 1]


@trace_counts.misconception(
    "last_one_only",
    "For 2 you gave {line_2}, and for 5 {line_5}: as if a new shape or dtype threw the old trace "
    "away. Traces are kept side by side. What does it cost to come back to one?",
)
def _():
    return [1, 3, 3, 1, 3, 3]


@trace_counts.misconception(
    "numbers_in_arrays_are_traced",
    "For 4 you gave {line_4}, as for 3. A Python number stands in the trace like a `2` in the "
    "source. An array of one number is an array. Which of its properties does a trace know?",
)
def _():
    return [1, 2, 3, 3, 2, 3]


@trace_counts.misconception(
    "dtype_does_not_count",
    "For 5 you gave {line_5}. An array of float16 has the shape of the others, and a kernel for it "
    "is another kernel. What does a trace know besides the shape?",
)
def _():
    return [1, 2, 3, 1, 1, 3]


@trace_counts.misconception(
    "shape_does_not_count",
    "For 2 you gave {line_2}. A function that works number by number could do with one trace for "
    "all shapes; MLX does not assume it unless it is told so. What did the trace of `f(a)` see?",
)
def _():
    return [1, 1, 3, 1, 2, 3]


@trace_counts.misconception(
    "a_name_is_an_array",
    "For 1 you gave {line_1} and for 5 {line_5}, as if `b` needed a trace that `a` has not made. "
    "`b` is another array of the same kind. What can a trace see of it?",
)
def _():
    return [2, 2, 3, 1, 3, 3]


@trace_counts.misconception(
    "every_call_is_traced",
    "You gave 3 for each program: one trace for each call. That is what compiling saves. When can "
    "the trace of an earlier call be used again?",
)
def _():
    return [3, 3, 3, 3, 3, 3]


trace_counts.hints(
    "What does a trace know about the arrays it was made with, and what does it not?",
    "Shape and dtype, yes; numbers in arrays, no; Python numbers, yes. And whose trace is it?",
    "3 has three programs in it, 4 has one; 6 makes three functions. 2 and 5 each meet two kinds.",
)
