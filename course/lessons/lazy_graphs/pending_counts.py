"""pending_counts, an exercise of lesson 02, lazy_graphs."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

pending_counts = exercise(minutes=3, level=1, value=True)


@pending_counts.solution
def _():
    """Five programs. `a` and `b` are evaluated arrays of shape (3, 4). How many operations are
    written down and not yet done to get the array in each last line? Give a list of five numbers.

        1   c = (a + b) * (a - b)
            c

        2   c = a + b
            d = c * c
            d

        3   c = a + b
            mx.eval(c)
            d = c * c
            d

        4   c = a + b
            d = mx.exp(c)
            e = mx.log(c)
            d

        5   c = a
            for _ in range(3):
                c = mx.abs(c + b)
            c

    The first number is 3: an addition, a subtraction and a multiplication. Count in your head;
    `measure.graph_nodes` will tell you afterwards.
    """
    return [3, 2, 1, 2, 6]


@pending_counts.use
def _(answer, rng):
    names = [f"program_{i}" for i in range(1, 6)]
    if isinstance(answer, (mx.array, np.ndarray)):
        answer = answer.tolist()
    if not isinstance(answer, (list, tuple)):
        return {"kind": type(answer).__name__}
    return {"kind": "list", "length": len(answer)} | dict(zip(names, answer, strict=False))


pending_counts.says(
    passed="You can read a graph backwards, which is how MLX reads it.",
    kind="What you gave",
    length="Numbers in your list",
    program_1="Program 1",
    program_2="Program 2",
    program_3="Program 3",
    program_4="Program 4",
    program_5="Program 5",
)


@pending_counts.alternative
def _():
    a, b = mx.array([[1.0, 2.0]]), mx.array([[3.0, 4.0]])
    c = a + b
    first = measure.graph_nodes((a + b) * (a - b))
    second, fourth = measure.graph_nodes(c * c), measure.graph_nodes(mx.exp(c))
    mx.eval(c)
    third = measure.graph_nodes(c * c)
    c = a
    for _ in range(3):
        c = mx.abs(c + b)
    return first, second, third, fourth, measure.graph_nodes(c)


@pending_counts.misconception(
    "tree_not_graph",
    "Your {program_2} for program 2 is the number with the addition once for each place that uses "
    "it. That is how a formula looks on paper, and a graph is not a tree: `c` is one node with two"
    " arrows out of it. How often is each line of the program written down?",
)
def _():
    return [3, 3, 1, 2, 6]


@pending_counts.misconception(
    "eval_keeps_the_graph",
    "Your number for program 3 is that with the addition, although `c` had been evaluated. It "
    "would be so if an array remembered how it was made; after `mx.eval` it is numbers and has no "
    "past. What is left to do from there?",
)
def _():
    return [3, 2, 2, 2, 6]


@pending_counts.misconception(
    "every_line_counts",
    "Your number for program 4 is that of everything that was written, and the question is what "
    "`d` needs. Start at `d` and follow the arrows backwards. Which lines do you never meet?",
)
def _():
    return [3, 2, 1, 3, 6]


@pending_counts.misconception(
    "loop_counted_once",
    "Your number for program 5 is that of the loop's body once. A compiler sees a loop; MLX sees "
    "the calls that Python makes while it runs, one after the other, and writes each of them down."
    " How many are made?",
)
def _():
    return [3, 2, 1, 2, 2]


@pending_counts.misconception(
    "nothing_pending",
    "Your numbers are all 0, as they would be in PyTorch or NumPy, where each line is done at "
    "once. When does MLX do a line?",
)
def _():
    return [0, 0, 0, 0, 0]


@pending_counts.misconception(
    "passes_not_operations",
    "Your number for program 5 is 3, as many as the loop has passes. What is written down in one "
    "of them?",
)
def _():
    return [3, 2, 1, 2, 3]


pending_counts.hints(
    "Which operations would MLX have to do if you printed the last line now?",
    "Start at the last line and go backwards. An evaluated array is where the way ends.",
    "In 2 the addition is one node with two users; in 3 it is done; in 4 nobody asked for `e`; in "
    "5 Python ran the body three times.",
)
