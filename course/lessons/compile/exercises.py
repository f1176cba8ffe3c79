"""Exercises of lesson 04, compile."""

import math
import random

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten

from course import measure
from course.exercise import exercise
from course.probe import fill_parameters, outcome

# --------------------------------------------------------------------------------------------------
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
    "You counted the operations that are written there, as MLX runs them without compiling. Which "
    "of them need to know nothing but one number of each array? Those become one.",
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


def _numbers(answer, count):
    """A list of numbers as observations line_1, line_2, …"""
    if isinstance(answer, (mx.array, np.ndarray)):
        answer = answer.tolist()
    if not isinstance(answer, (list, tuple)):
        return {"kind": type(answer).__name__}
    lines = {f"line_{i}": number for i, number in enumerate(answer[:count], 1)}
    return {"kind": "list", "length": len(answer)} | lines


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
kernel_counts.hints(
    "Which operations need only one number of their input for one number of their output?",
    "A product of matrices and a sum need many. They are never joined with anything; and an "
    "operation without a neighbour of the same kind stays as it is.",
    "2: the product, then the rest. 4: the sum, then the division. 5: exp, sum, log, sum, plus.",
)

# --------------------------------------------------------------------------------------------------
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


@trace_counts.misconception(
    "values_are_traced",
    "You count a trace for every new array. A trace is made with stand-ins that have a shape and a "
    "dtype and no numbers; any array of that shape and dtype can take their place.",
)
def _():
    return [2, 2, 3, 3, 2, 3]


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
    "it was made for; others need one of their own, and all are kept. Look at 2 and 5.",
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
    "For 2 you gave {line_2}: as if a new shape threw the old trace away. Traces are kept side by "
    "side, so coming back to a shape costs nothing.",
)
def _():
    return [1, 3, 3, 1, 3, 3]


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
trace_counts.hints(
    "What does a trace know about the arrays it was made with, and what does it not?",
    "Shape and dtype, yes; numbers in arrays, no; Python numbers, yes. And whose trace is it?",
    "3 has three programs in it, 4 has one; 6 makes three functions. 2 and 5 each meet two kinds.",
)

# --------------------------------------------------------------------------------------------------
break_even = exercise(minutes=5, level=1)


@break_even.solution
def _(plain, first, steady):
    """From how many calls on does compiling pay?

    A call takes `plain` seconds uncompiled. Compiled, the first call takes `first` seconds, which
    includes the work itself, and each further call `steady` seconds. Return the smallest number of
    calls, an int, for which the compiled function takes less time in all; None if it never does.
    For plain 2, first 5 and steady 1 it is 5: nine seconds instead of ten.
    """
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return math.floor((first - steady) / (plain - steady)) + 1


@break_even.alternative
def _(plain, first, steady):
    if min(first, steady) >= plain:
        return None
    calls = 1
    while first + (calls - 1) * steady >= calls * plain:
        calls += 1
    return calls


@break_even.misconception(
    "times_the_first_call",
    "For a function that gains in the end you gave {gains}, and it should be {gains:expected}. The "
    "first call was taken for all calls. It pays for tracing and for a compiler once; what matters "
    "for a loop is the second one.",
)
def _(plain, first, steady):
    return 1 if first < plain else None


@break_even.misconception(
    "first_call_counted_twice",
    "You gave {gains} instead of {gains:expected}. `first` holds a call's work too, so after it "
    "one call less is left to do at the steady price.",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return math.floor(first / (plain - steady)) + 1


@break_even.misconception(
    "equal_is_enough",
    "Where both take the same time you gave {equal}, and less time was asked for, which is "
    "{equal:expected}. Check your number by putting it in.",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return math.ceil((first - steady) / (plain - steady))


@break_even.misconception(
    "always_pays",
    "Where the compiled function is no faster you gave {never}. Compiling does not help "
    "everywhere: a single matrix product has nothing to be joined with. Then there is no number of "
    "calls.",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    return math.floor((first - steady) / max(plain - steady, 1e-9)) + 1


@break_even.use
def _(answer, rng):
    steady, gain = int(rng.integers(1, 5)), int(rng.integers(2, 6))
    calls = int(rng.integers(3, 30))
    plain = steady + gain
    exact = steady + calls * gain  # after `calls` calls both have taken the same time

    def at(*times):
        number = answer(*map(float, times))
        return number if number is None else float(number)

    return {
        "gains": at(plain, exact - 1, steady),
        "equal": at(plain, exact, steady),
        "never": at(plain, exact, plain + 1),
        "same": at(plain, exact, plain),
        "at_once": at(plain, plain - 1, steady),
    }


break_even.says(
    passed="Now you can say it before you wait: measure three times, divide once.",
    gains="Where it pays after a while",
    equal="Where a number of calls takes the same time",
    never="Where it is slower for ever",
    same="Where it is as fast for ever",
    at_once="Where even the first call is faster",
)
break_even.hints(
    "How much is lost in the first call, and how much is gained in each one after it?",
    "After n calls: first + (n - 1) * steady against n * plain.",
    "n > (first - steady) / (plain - steady), and the smallest whole number above it. Before that, "
    "ask whether anything is gained at all.",
)

# --------------------------------------------------------------------------------------------------
compile_once = exercise(minutes=5, level=1, needs=("compile",))


@compile_once.solution
def _(body, batches):
    """Run a function over many arrays, compiled.

    `body(x)` takes an array and returns one; `batches` yields arrays of a few different shapes.
    Return the list of `body`'s results, in order. `body` must have been traced once for each shape
    that occurs, or less often. The results may be pending.
    For three batches of shape (2,) `body` runs once.
    """
    compiled = mx.compile(body)
    return [compiled(x) for x in batches]


@compile_once.alternative
def _(body, batches):
    @mx.compile
    def run(x):
        return body(x)

    results = []
    for x in batches:
        results.append(run(x))
    return results


@compile_once.alternative
def _(body, batches):
    kept = {}
    results = []
    for x in batches:
        if x.shape not in kept:
            kept[x.shape] = mx.compile(body)
        results.append(kept[x.shape](x))
    return results


@compile_once.misconception(
    "compile_lambda_loop",
    "`body` was traced {traces} times, once for each batch, and it should be {traces:expected}. "
    "A function that is compiled inside the loop is new each time round, and so is its trace. What "
    "can stand before the loop?",
)
def _(body, batches):
    results = []
    for x in batches:
        compiled = mx.compile(lambda x: body(x))
        results.append(compiled(x))
    return results


@compile_once.misconception(
    "never_compiled",
    "The results are right, and {fused} of them hold a fused kernel; it should be "
    "{fused:expected}. `mx.compile` returns a new function and leaves the old one as it was. Which "
    "of the two do you call?",
)
def _(body, batches):
    mx.compile(body)
    return [body(x) for x in batches]


@compile_once.use(y="elementwise", traces="reading", fused="reading")
def _(answer, rng):
    runs = 0

    def body(x):
        nonlocal runs
        runs += 1
        return mx.tanh(x) * 3 + x

    shapes = [(2,), (3,), (2,), (2, 2), (3,), (2,)]
    batches = [mx.array(rng.normal(size=shape).astype(np.float32)) for shape in shapes]
    mx.eval(batches)
    given = list(answer(body, iter(batches)))
    found = {"traces": max(3, runs), "fused": sum(measure.fused_kernels(y) > 0 for y in given)}
    mx.disable_compile()  # the values, without waiting for a compiler
    try:
        values = list(answer(body, iter(batches)))
    finally:
        mx.enable_compile()
    return found | {"count": len(values), "y": mx.concatenate([y.reshape(-1) for y in values])}


compile_once.says(
    passed="Three shapes, three traces, however many batches there are.",
    traces="Traces of `body` for six batches of three shapes",
    fused="Results that hold a fused kernel",
    count="Number of results",
    y="The results, in a row",
)
compile_once.hints(
    "When is a function compiled: when you call `mx.compile`, or when you call what it returns?",
    "`mx.compile` belongs before the loop, and in the loop stands what it returned.",
    "`compiled = mx.compile(body)`, then `[compiled(x) for x in batches]`.",
)

# --------------------------------------------------------------------------------------------------
soft_step = exercise(minutes=6, level=2)


@soft_step.solution
def _(x):
    """A function with a decision in it, for use under `mx.compile`.

    `x` is a float32 array of shape (N,). If the mean of x is above 0, return x with all negative
    numbers set to 0; otherwise return x divided by the largest magnitude in it. The function will
    be compiled, so it must decide without looking: no number may leave MLX while it runs. x is
    never all zeros. For [2, -1] the answer is [2, 0]; for [1, -4] it is [0.25, -1].
    """
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / mx.abs(x).max())


@soft_step.alternative
def _(x):
    above = (mx.sum(x) > 0).astype(x.dtype)
    kept = x * (x > 0)
    return above * kept + (1 - above) * x / mx.max(mx.abs(x))


@soft_step.alternative
def _(x):
    both = mx.stack([x / mx.abs(x).max(), mx.clip(x, 0, None)])
    return mx.take(both, (x.mean() > 0).astype(mx.int32), axis=0)


@soft_step.misconception(
    "branch_on_values",
    "Without compiling it is right. Under `mx.compile` it ends with: {compiled}. While a function "
    "is traced there are no numbers, and something asked for one: an `if`, a `while`, `item`, "
    "`float`. Which operation of MLX keeps both answers and picks one later?",
)
def _(x):
    if x.mean() > 0:
        return mx.maximum(x, 0)
    return x / mx.abs(x).max().item()


@soft_step.misconception(
    "decides_for_each_number",
    "The decision was made for every number by itself, and it is one for the whole array: for a "
    "mean above 0 you have {above}. What does the condition look at?",
)
def _(x):
    return mx.where(x > 0, mx.maximum(x, 0), x / mx.abs(x).max())


@soft_step.misconception(
    "largest_not_magnitude",
    "For a mean below 0 you have {below}; it should be {below:expected}. The largest number is not "
    "the largest magnitude when the numbers are below 0.",
)
def _(x):
    return mx.where(x.mean() > 0, mx.maximum(x, 0), x / x.max())


@soft_step.use
def _(answer, rng):
    x = mx.array(np.round(rng.normal(size=4), 2).astype(np.float32))
    x = x - x.mean()
    x[0] = -3.0
    lift = mx.array(float(rng.uniform(2, 3)))
    mx.eval(x, lift)
    traced = outcome(lambda: mx.compile(answer)(x))
    mx.eval(x)
    return {
        "compiled": traced.partition("\n")[0].rstrip("."),
        "above": answer(x + lift),
        "below": answer(x - lift / 10),
    }


soft_step.says(
    passed="Both sides are computed and one is kept: that is the price of not looking.",
    compiled="Under mx.compile",
    above="For a mean above 0",
    below="For a mean below 0",
)
soft_step.hints(
    "What does Python need to know at an `if`, and when does MLX know it?",
    "`mx.where` takes a condition of one number too: it picks one of two whole arrays.",
    "`mx.where(x.mean() > 0, mx.maximum(x, 0), x / mx.abs(x).max())`",
)

# --------------------------------------------------------------------------------------------------
logged_forward = exercise(minutes=7, level=2, needs=("compile",))


@logged_forward.solution
def _(layers):
    """A compiled forward pass that keeps a log.

    `layers` is a list of functions of one array. Return a pair (run, log). `run(x)` sends x through
    the layers, one after the other, and returns what the last one gives. `log` is a list, empty at
    first; each call of `run` appends an array of shape (len(layers),): the largest magnitude in
    what each layer gave. The layers run compiled: once in all, for arrays of one shape.
    For two layers that double and negate, `run(mx.array([1.0, -3.0]))` returns [-2, 6] and appends
    [6, 6].
    """

    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        return x, mx.stack(peaks)

    log = []

    def run(x):
        x, peaks = forward(x)
        log.append(peaks)
        return x

    return run, log


@logged_forward.alternative
def _(layers):
    log, state = [], {}

    def forward(x):
        for i, layer in enumerate(layers):
            x = layer(x)
            state[str(i)] = mx.abs(x).max()
        return x

    compiled = mx.compile(forward, outputs=state)

    def run(x):
        y = compiled(x)
        log.append(mx.array([state[str(i)].item() for i in range(len(layers))]))
        return y

    return run, log


@logged_forward.alternative
def _(layers):
    class Run:
        def __init__(self):
            self.log = []
            self.forward = mx.compile(self.all_of_them)

        def all_of_them(self, x):
            found = [x]
            for layer in layers:
                found.append(layer(found[-1]))
            return found[1:]

        def __call__(self, x):
            found = self.forward(x)
            self.log.append(mx.stack([mx.max(mx.abs(h)) for h in found]))
            return found[-1]

    run = Run()
    return run, run.log


@logged_forward.misconception(
    "compile_side_effect",
    "After three calls the log has {entries} instead of {entries:expected} entries, and who looks "
    "into it meets: {ended}. `append` is Python, and Python runs only while the function is "
    "traced; what it put away is a stand-in without numbers. What gets out of a compiled function "
    "at every call?",
)
def _(layers):
    log = []

    @mx.compile
    def run(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        log.append(mx.stack(peaks))
        return x

    return run, log


@logged_forward.misconception(
    "layers_run_again_for_the_log",
    "Results and log are right, and layers ran {runs} times in three calls; it should be "
    "{runs:expected}. The log goes through them once more, uncompiled, and so does all the work "
    "again. Can one compiled function return both?",
)
def _(layers):
    log = []

    def forward(x):
        for layer in layers:
            x = layer(x)
        return x

    compiled = mx.compile(forward)

    def run(x):
        peaks, h = [], x
        for layer in layers:
            h = layer(h)
            peaks.append(mx.abs(h).max())
        log.append(mx.stack(peaks))
        return compiled(x)

    return run, log


@logged_forward.misconception(
    "not_compiled",
    "Results and log are right, and nothing is compiled: layers ran {runs} times in three calls, "
    "and it should be {runs:expected}.",
)
def _(layers):
    log = []

    def run(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        log.append(mx.stack(peaks))
        return x

    return run, log


@logged_forward.misconception(
    "largest_not_magnitude",
    "The log holds {log}; it should hold {log:expected}. The largest number of a layer is not its "
    "largest magnitude where numbers are below 0.",
)
def _(layers):
    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(x.max())
        return x, mx.stack(peaks)

    log = []

    def run(x):
        x, peaks = forward(x)
        log.append(peaks)
        return x

    return run, log


@logged_forward.use(y="elementwise", log="elementwise", runs="reading", entries="reading")
def _(answer, rng):
    runs = 0

    def counted(function):
        def layer(x):
            nonlocal runs
            runs += 1
            return function(x)

        return layer

    # No number of the seed's is in the functions: a kernel is compiled once for all seeds.
    layers = [counted(lambda x: mx.tanh(x) * 2), counted(lambda x: -mx.square(x) - 0.5)]
    xs = [mx.array(rng.normal(size=4).astype(np.float32)) for _ in range(3)]
    mx.eval(xs)
    run, log = answer(layers)
    results = [run(x) for x in xs]
    found = {"runs": runs, "entries": len(log), "y": mx.stack(results)}
    entries = []
    ended = outcome(lambda: entries.append(mx.stack([mx.array(entry) for entry in log]).tolist()))
    found["ended"] = ended.partition(". ")[0].partition("\n")[0]
    return found | {"log": mx.array(entries[0]) if entries else None}


logged_forward.says(
    passed="What comes out of a compiled function is what it returns; the rest is said once, and "
    "never again.",
    runs="How often a layer ran, for two layers and three calls",
    entries="Entries in the log after three calls",
    y="What three calls returned",
    ended="How reading the log ended",
    log="The log",
)
logged_forward.hints(
    "When is a line such as `log.append(...)` run, if it stands in a compiled function?",
    "Let the compiled function return the peaks too, and append them outside, in a function around "
    "it.",
    "`x, peaks = forward(x)` and then `log.append(peaks)`, both in `run`, which is not compiled.",
)

# --------------------------------------------------------------------------------------------------
any_length = exercise(minutes=6, level=2, needs=("compile",))


@any_length.solution
def _(score):
    """One compiled function for tables of any length.

    `score(x)` takes x of shape (N, D) and gives a weight for each row, shape (N, 1). Return a
    compiled function of x that gives the mean over the N rows of score(x) * x, shape (D,). It will
    be called with one N and then with others, and `score` must run once in all: the function is
    traced for the first array and never again.
    With a score of 2 for every row and the rows [3] and [1], the answer is [4].
    """
    return mx.compile(lambda x: (score(x) * x).mean(axis=0), shapeless=True)


@any_length.alternative
def _(score):
    def mean(x):
        weighted = mx.multiply(x, score(x))
        return weighted.sum(axis=0) / mx.ones_like(x).sum(axis=0)

    return mx.compile(mean, shapeless=True)


@any_length.misconception(
    "shape_written_into_the_trace",
    "The first call is right. After it you have {later} where {later:expected} is right: the "
    "length of the first table stands in the trace as a number, like a 3 in the source. "
    "`x.shape[0]` is a Python number, and `shapeless=True` is your promise that no such number "
    "matters.",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).sum(axis=0) / x.shape[0], shapeless=True)


@any_length.misconception(
    "reshaped_to_a_fixed_size",
    "The first table is right, and the second one cannot go through: something in the trace is "
    "reshaped to the length of the first. The size in a reshape is a number, and it was written "
    "down while tracing; `mx.einsum` reshapes inside as well. Which operations find out the length "
    "each time they run?",
)
def _(score):
    def mean(x):
        weights = score(x).reshape(1, x.shape[0])
        return (weights @ x)[0] / mx.ones_like(weights).sum()

    return mx.compile(mean, shapeless=True)


@any_length.misconception(
    "not_shapeless",
    "All values are right, and `score` ran {traces} times; it should be {traces:expected}. MLX "
    "made a trace for each length. Which argument of `mx.compile` says that the length may change?",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).mean(axis=0))


@any_length.misconception(
    "nothing_compiled",
    "All values are right, and nothing is compiled: no kernel is fused, and `score` ran {traces} "
    "times, once for each call. `mx.compile` leaves your function alone and returns another one.",
)
def _(score):
    def mean(x):
        return (score(x) * x).mean(axis=0)

    mx.compile(mean, shapeless=True)
    return mean


@any_length.misconception(
    "score_outside_the_trace",
    "The values of the later tables are wrong: {later} instead of {later:expected}. The weights of "
    "the first table were kept and used for all. What is not an argument of a compiled function is "
    "a constant of it.",
)
def _(score):
    kept = []

    def mean(x, weights):
        return (weights * x).mean(axis=0)

    compiled = mx.compile(mean, shapeless=True)

    def run(x):
        if not kept:
            kept.append(score(x))
        weights = mx.concatenate([kept[0]] * 3)[: len(x)]
        return compiled(x, weights)

    return run


@any_length.misconception(
    "sum_not_mean",
    "You have {first} for three rows, which is their sum; it should be {first:expected}.",
)
def _(score):
    return mx.compile(lambda x: (score(x) * x).sum(axis=0), shapeless=True)


@any_length.use(first="reduction", later="reduction", traces="reading", fused="reading")
def _(answer, rng):
    runs = 0

    def score(x):
        nonlocal runs
        runs += 1
        return mx.abs(x).sum(axis=1, keepdims=True) + 1

    tables = [mx.array(rng.normal(size=(n, 2)).astype(np.float32)) for n in (3, 5, 4)]
    mx.eval(tables)
    function = answer(score)
    results = [function(x) for x in tables]
    return {
        "fused": measure.fused_kernels(results[0]) > 0,
        "traces": runs,
        "first": results[0],
        "later": mx.concatenate([y.reshape(-1) for y in results[1:]]),
    }


any_length.says(
    passed="The price: MLX cannot check your promise. Now you have kept it.",
    fused="Is there a fused kernel",
    traces="How often `score` ran, for tables of three lengths",
    first="For the first table",
    later="For the two tables after it",
)
any_length.hints(
    "Which number in your function depends on the length of x, and who computes it: Python or MLX?",
    "`mean` finds out the length each time it runs. `x.shape[0]` is looked up once, while tracing.",
    "`mx.compile(lambda x: (score(x) * x).mean(axis=0), shapeless=True)`",
)

# --------------------------------------------------------------------------------------------------
compiled_average = exercise(minutes=8, level=2, needs=("compile",))


@compiled_average.solution
def _(blend):
    """A compiled function that remembers.

    `blend(old, x)` returns a new array from two. Return a pair (step, state): `state` is a dict
    {"average": a 0-d float32 array, 0 at first}, and `step(x)` replaces `state["average"]` by
    `blend(state["average"], x)` and returns it. `step` is compiled, `blend` runs inside it, once
    for all calls. Whoever sets `state["average"]` from outside is heard by the next step.
    With blend (old + x) / 2 the steps 1, 1 give 0.5 and 0.75.
    """
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, inputs=state, outputs=state), state


@compiled_average.alternative
def _(blend):
    state = {"average": mx.array(0.0)}
    pure = mx.compile(lambda old, x: blend(old, x))

    def step(x):
        state["average"] = pure(state["average"], x)
        return state["average"]

    return step, state


@compiled_average.misconception(
    "compile_stale_state",
    "The steps give {steps}; it should be {steps:expected}. Each begins from the same old average: "
    "it was there when the function was traced, so it became a constant of it. How does a compiled "
    "function learn that something outside may change?",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        return blend(state["average"], x)

    return mx.compile(step), state


@compiled_average.misconception(
    "outputs_missing",
    "The first step is right, and the second one ends with: {ended}. The stand-in of the trace was "
    "left in `state`: MLX knew that the function reads it, and was not told that it also writes "
    "it.",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, inputs=state), state


@compiled_average.misconception(
    "inputs_missing",
    "The steps give {steps}; it should be {steps:expected}. What is written gets out, and what is "
    "read was fixed when the function was traced. Reading and writing are said separately.",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return mx.compile(step, outputs=state), state


@compiled_average.misconception(
    "not_compiled",
    "The numbers are right, and `blend` ran {traces} times, once for every step: nothing is "
    "compiled.",
)
def _(blend):
    state = {"average": mx.array(0.0)}

    def step(x):
        state["average"] = blend(state["average"], x)
        return state["average"]

    return step, state


@compiled_average.misconception(
    "state_of_its_own",
    'The steps are right until somebody sets `state["average"]`: then you have {after_a_reset} '
    "and it should be {after_a_reset:expected}. Your function goes on with an average of its own, "
    "which the dict that you returned is not.",
)
def _(blend):
    state = {"average": mx.array(0.0)}
    inner = [mx.array(0.0)]

    def step(x):
        inner[0] = blend(inner[0], x)
        return inner[0]

    compiled = mx.compile(step, inputs=inner, outputs=inner)

    def run(x):
        state["average"] = compiled(x)
        return state["average"]

    return run, state


@compiled_average.use(
    steps="elementwise", kept="elementwise", after_a_reset="elementwise", traces="reading"
)
def _(answer, rng):
    runs = 0
    weight = float(rng.uniform(0.2, 0.4))

    def blend(old, x):
        nonlocal runs
        runs += 1
        return mx.maximum(old * (1 - weight) + x * weight, -1e6)

    xs = [mx.array(float(x)) for x in rng.uniform(1, 2, 4)]
    step, state = answer(blend)
    steps, reset = [], []

    def go():
        for x in xs[:3]:
            steps.append(step(x).item())

    ended = outcome(go)
    kept = mx.array(state["average"].item()) if len(steps) == 3 else None
    state["average"] = mx.array(10.0)

    def go_on():
        reset.append(step(xs[3]).item())

    outcome(go_on)
    return {
        "ended": ended.partition(". ")[0].partition("\n")[0],
        "steps": mx.array(steps),
        "kept": kept,
        "after_a_reset": mx.array(reset),
        "traces": runs,
    }


compiled_average.says(
    passed="Read and written, both said: this is what a compiled training step does with a model.",
    ended="How three steps ended",
    steps="The steps",
    kept='`state["average"]` after them',
    after_a_reset="The step after the average was set to 10",
    traces="How often `blend` ran",
)
compiled_average.hints(
    "A compiled function sees its arguments. What else does yours read, and what does it write?",
    "`mx.compile` has two arguments for it, one for what is read and one for what is written. Both "
    "take the dict.",
    "`mx.compile(step, inputs=state, outputs=state)`",
)

# --------------------------------------------------------------------------------------------------
jitter = exercise(minutes=6, level=2, needs=("compile",))


@jitter.solution
def _(scale):
    """Compiled noise that stays noise.

    Return a compiled function of x that returns x plus normal noise times `scale`, same shape. The
    noise is drawn from MLX's global random state inside the function: every call gives other noise,
    `mx.random.seed(s)` before two runs of calls makes them equal, and the draws that others make
    afterwards go on from where the function left the state.
    With a scale of 0 it returns x.
    """

    def noisy(x):
        return x + scale * mx.random.normal(x.shape)

    return mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)


@jitter.alternative
def _(scale):
    from functools import partial

    @partial(mx.compile, inputs=mx.random.state, outputs=mx.random.state)
    def noisy(x):
        return mx.random.normal(x.shape, scale=scale) + x

    return noisy


@jitter.misconception(
    "compile_frozen_random",
    "Two calls gave the same noise. The state of the generator was read once, while the function "
    "was traced, and has been a constant of it since: noise that is the same at every step is a "
    "bias.",
)
def _(scale):
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape))


@jitter.misconception(
    "state_not_given_back",
    "The function reads the random state, and what it leaves there is a stand-in that nobody can "
    "evaluate: {ended}. From then on every draw in the notebook fails. A state that is moved on is "
    "an output as well.",
)
def _(scale):
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape), inputs=mx.random.state)


@jitter.misconception(
    "one_key_for_ever",
    "Two calls gave the same noise. A key always gives the same numbers, and yours was made once; "
    "the global state, which moves on, is not asked at all.",
)
def _(scale):
    key = mx.random.key(0)
    return mx.compile(lambda x: x + scale * mx.random.normal(x.shape, key=key))


@jitter.misconception(
    "noise_from_elsewhere",
    "Every call gives other noise, and `mx.random.seed` does not bring it back: it came from "
    "another generator. A run that cannot be repeated cannot be debugged.",
)
def _(scale):
    compiled = mx.compile(lambda x, key: x + scale * mx.random.normal(x.shape, key=key))
    return lambda x: compiled(x, mx.random.key(random.SystemRandom().getrandbits(32)))


@jitter.misconception(
    "not_compiled",
    "The noise is as it should be, and nothing is compiled.",
)
def _(scale):
    return lambda x: x + scale * mx.random.normal(x.shape)


@jitter.use(fused="reading")
def _(answer, rng):
    x = mx.array(rng.normal(size=64).astype(np.float32))
    seed = int(rng.integers(1 << 20))
    function = answer(0.5)
    found = {"differ": None, "again": None, "spread": None, "left": None, "asks": None}
    found["still"] = None

    def go():
        mx.random.seed(seed)
        one, two = function(x) - x, function(x) - x
        mx.eval(one, two)
        found["differ"] = not mx.array_equal(one, two).item()
        found["spread"] = 0.3 < mx.std(one).item() < 0.7
        next_one = mx.random.uniform().item()
        mx.random.seed(seed)
        found["again"] = mx.array_equal(one, function(x) - x).item()
        function(x)
        found["left"] = mx.random.uniform().item() == next_one != _first_draw(seed)

    def go_on():
        mx.random.seed(seed)
        one = answer(0.5)(x)
        mx.random.seed(seed + 1)
        found["asks"] = not mx.array_equal(one, answer(0.5)(x)).item()
        found["still"] = mx.array_equal(answer(0.0)(x), x).item()

    ended = outcome(go)
    mx.random.seed(seed)
    outcome(go_on)
    mx.random.seed(seed)
    fused = measure.fused_kernels(function(x)) > 0
    mx.random.seed(seed)  # whatever was left in the state
    return {"ended": ended.partition(". ")[0].partition("\n")[0], "fused": fused} | found


def _first_draw(seed):
    mx.random.seed(seed)
    return mx.random.uniform().item()


jitter.says(
    passed="The random state is state like any other: read, written, said.",
    ended="How a few calls ended",
    fused="Is there a fused kernel",
    differ="Is the noise of two calls different",
    spread="Is its standard deviation about `scale`",
    still="Does a scale of 0 leave x as it is",
    again="Is it the same again after the same seed",
    left="Do later draws go on from it",
    asks="Is the noise of another function, after another seed, different",
)
jitter.hints(
    "Where does MLX keep the state that every draw moves on?",
    "In `mx.random.state`, which a function both reads and writes when it draws.",
    "`mx.compile(noisy, inputs=mx.random.state, outputs=mx.random.state)`",
)

# --------------------------------------------------------------------------------------------------
compiled_step = exercise(minutes=9, level=2, needs=("compile",))


@compiled_step.solution
def _(model, optimizer, loss_fn):
    """The training step, compiled.

    Return a function `step(x, y)` that takes one step: loss and gradients of
    `loss_fn(model, x, y)`, `optimizer.update`, and the loss returned. The whole of it is compiled:
    `loss_fn` runs once for batches of one shape. The model and the optimizer are changed as they
    would be uncompiled, also where the model draws random numbers, and each step sees what the one
    before it did. It evaluates nothing: whoever calls `step` does that.
    Three calls with batches of one shape run `loss_fn` once.
    """
    state = [model.state, optimizer.state, mx.random.state]
    loss_and_grad = nn.value_and_grad(model, loss_fn)

    def step(x, y):
        loss, grads = loss_and_grad(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.alternative
def _(model, optimizer, loss_fn):
    from functools import partial

    state = {"model": model.state, "optimizer": optimizer.state, "random": mx.random.state}

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x, y):
        loss, grads = nn.value_and_grad(model, lambda x, y: loss_fn(model, x, y))(x, y)
        model.update(optimizer.apply_gradients(grads, model.trainable_parameters()))
        return loss

    return step


@compiled_step.misconception(
    "compile_stale_state",
    "The weights are as before. Without `inputs` and `outputs` a compiled function has no way to "
    "change a model: what it wrote into it are the stand-ins of the trace, or nothing. What does a "
    "step read, and what does it write?",
)
def _(model, optimizer, loss_fn):
    def pure(params, x, y):
        model.update(params)
        return nn.value_and_grad(model, loss_fn)(model, x, y)[0]

    compiled = mx.compile(pure)
    kept = model.parameters()

    def step(x, y):
        loss = compiled(kept, x, y)
        model.update(kept)
        return loss

    return step


@compiled_step.misconception(
    "state_not_said",
    "After a step the model holds stand-ins of the trace, and evaluating it ends with: {ended}. "
    "The step reads and writes the model and the optimizer; `mx.compile` was told of neither.",
)
def _(model, optimizer, loss_fn):
    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step)


@compiled_step.misconception(
    "optimizer_forgotten",
    "Evaluating ends with: {ended}. The model's state was said, the optimizer's was not, and it "
    "changes with every step too.",
)
def _(model, optimizer, loss_fn):
    state = [model.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "compile_frozen_random",
    "The weights move, and the model's random numbers are the same at every step: its dropout "
    "drops the same numbers for ever. The random state is read and written too, and was not said.",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.misconception(
    "only_the_loss_compiled",
    "Everything is right but the count: gradients and the change of the weights run outside. "
    "After a step there are {pending} fused kernels in the weights, not {pending:expected}. The "
    "optimizer is mostly elementwise work, which is where compiling helps most.",
)
def _(model, optimizer, loss_fn):
    state = [model.state, mx.random.state]
    loss_and_grad = mx.compile(
        lambda x, y: nn.value_and_grad(model, loss_fn)(model, x, y), inputs=state, outputs=state
    )

    def step(x, y):
        loss, grads = loss_and_grad(x, y)
        optimizer.update(model, grads)
        return loss

    return step


@compiled_step.misconception(
    "item_in_compile",
    "The step ends with: {ended}. Inside a compiled function there are no numbers to be had while "
    "it is traced, neither by `item` nor by `mx.eval`. Whoever wants the loss as a number asks "
    "outside.",
)
def _(model, optimizer, loss_fn):
    state = [model.state, optimizer.state, mx.random.state]

    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        mx.eval(model.parameters(), optimizer.state)
        return loss

    return mx.compile(step, inputs=state, outputs=state)


@compiled_step.use(weights="matmul", losses="matmul", traces="reading", pending="reading")
def _(answer, rng):
    runs = 0
    model = fill_parameters(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(0.5)))
    optimizer = optim.SGD(learning_rate=0.1, momentum=0.9)
    optimizer.init(model.trainable_parameters())

    def loss_fn(model, x, y):
        nonlocal runs
        runs += 1
        return mx.square(model(x) - y).mean()

    x = mx.array(rng.normal(size=(5, 3)).astype(np.float32))
    y = mx.array(rng.normal(size=(5, 4)).astype(np.float32))
    mx.eval(model.state, optimizer.state, x, y)
    seed = int(rng.integers(1 << 20))
    mx.random.seed(seed)
    found = {"losses": None, "weights": None, "pending": None}

    def go():
        step = answer(model, optimizer, loss_fn)
        losses = []
        for i in range(3):
            losses.append(step(x, y))
            arrays = [w for _, w in tree_flatten(model.parameters())]
            if i == 0:
                found["pending"] = measure.fused_kernels(*arrays)
            mx.eval(losses, model.parameters(), optimizer.state)
        found["losses"] = mx.stack(losses)
        found["weights"] = mx.concatenate([w.reshape(-1) for w in arrays])
        mx.eval(found["losses"], found["weights"])

    ended = outcome(go)
    mx.random.seed(seed)  # a trace that failed may have left its stand-in there
    return {"ended": ended.partition(". ")[0].partition("\n")[0], "traces": runs} | found


compiled_step.says(
    passed="Read, written, random: three things said, and the step is one program.",
    ended="How three steps ended",
    losses="The losses of three steps",
    weights="The weights after them",
    traces="How often `loss_fn` ran",
    pending="Fused kernels that wait in the weights after the first step",
)
compiled_step.hints(
    "What does a step read, and what does it write, besides x and y?",
    "The model's state, the optimizer's state, and, because of dropout, the random state.",
    "`state = [model.state, optimizer.state, mx.random.state]`, and `mx.compile(step, "
    "inputs=state, outputs=state)`.",
)

# --------------------------------------------------------------------------------------------------
few_kernels = exercise(minutes=12, level=3, needs=("compile",))


@few_kernels.solution
def _(x, w):
    """The same numbers in as few kernels as possible.

    `x` has shape (N, D), D even, `w` has shape (D,) and is positive; all float32. This chain is
    right, and compiled it runs 8 kernels:

        h = mx.exp(-mx.abs(x))
        h = (h.T * w[:, None]).T
        h = h / h.sum(axis=1, keepdims=True)
        both = mx.concatenate([h, 1 - h], axis=1)
        both = mx.log(both + 1e-6)
        return (both[:, :D] + both[:, D:]) / 2

    Write a function that returns the same and runs 3 kernels once it is compiled.
    `measure.kernels(mx.compile(few_kernels)(x, w))` counts them; views count nothing. What you
    gained on this machine is measured in the cell under the check, and not judged.
    """
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@few_kernels.alternative
def _(x, w):
    weights = mx.multiply(mx.exp(mx.negative(mx.abs(x))), w[None])
    total = mx.sum(weights, axis=-1, keepdims=True)
    share = weights / total
    return 0.5 * mx.log((share + 1e-6) * (1 - share + 1e-6))


@few_kernels.alternative
def _(x, w):
    plain = mx.exp(-mx.abs(x))
    share = plain * w / (plain @ w)[:, None]
    return (mx.log(share + 1e-6) + mx.log(1 - share + 1e-6)) * 0.5


@few_kernels.misconception(
    "compiled_as_it_is",
    "The values are right, and {kernels} kernels are left; 3 are enough. Compiling joins "
    "neighbours that work number by number, and rearranges nothing: a transpose and a "
    "concatenation stay where you put them, and part what could be joined. What are they there "
    "for?",
)
def _(x, w):
    D = x.shape[1]
    h = mx.exp(-mx.abs(x))
    h = (h.T * w[:, None]).T
    h = h / h.sum(axis=1, keepdims=True)
    both = mx.concatenate([h, 1 - h], axis=1)
    both = mx.log(both + 1e-6)
    return (both[:, :D] + both[:, D:]) / 2


@few_kernels.misconception(
    "concatenation_left",
    "The transposes are gone, and {kernels} kernels are left. The two halves are still put side by "
    "side into new memory and taken apart again. Does the logarithm need to see both at once?",
)
def _(x, w):
    D = x.shape[1]
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    both = mx.log(mx.concatenate([h, 1 - h], axis=1) + 1e-6)
    return (both[:, :D] + both[:, D:]) / 2


@few_kernels.misconception(
    "transposes_left",
    "The concatenation is gone, and {kernels} kernels are left. A transpose costs nothing by "
    "itself, and it stands between two operations that could have been one. `w` can be spread "
    "over the rows without it.",
)
def _(x, w):
    h = mx.exp(-mx.abs(x))
    h = (h.T * w[:, None]).T
    h = h / h.sum(axis=1, keepdims=True)
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@few_kernels.misconception(
    "stacked_for_the_mean",
    "The values are right, and {kernels} kernels are left; 3 are enough. The two logarithms were "
    "put into one array in order to take their mean: they go into new memory, and the mean reads "
    "them back. What is the mean of two arrays, number by number?",
)
def _(x, w):
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    return mx.stack([mx.log(h + 1e-6), mx.log(1 - h + 1e-6)]).mean(axis=0)


@few_kernels.misconception(
    "epsilon_dropped",
    "You have 3 kernels, and where a share is nearly 0 you have {smallest} instead of "
    "{smallest:expected}. The 1e-6 keeps the logarithm in bounds, and it belongs to the function: "
    "other numbers in fewer kernels are no gain.",
)
def _(x, w):
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum(axis=1, keepdims=True)
    return (mx.log(h) + mx.log(1 - h)) / 2


@few_kernels.misconception(
    "sum_over_everything",
    "You have 3 kernels, and other numbers: {values} instead of {values:expected}. The sum goes "
    "over the whole array, and each row was to have its own.",
)
def _(x, w):
    h = mx.exp(-mx.abs(x)) * w
    h = h / h.sum()
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@few_kernels.misconception(
    "weights_left_out_of_the_sum",
    "Your numbers are {values} instead of {values:expected}: the rows were summed before they were "
    "multiplied by `w`.",
)
def _(x, w):
    h = mx.exp(-mx.abs(x))
    h = h / h.sum(axis=1, keepdims=True) * w
    return (mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / 2


@few_kernels.use(values="reduction", smallest="reduction", kernels="reading", moves="reading")
def _(answer, rng):
    x = rng.normal(size=(2, 4)).astype(np.float32)
    x[1, 0] = rng.uniform(17, 19)  # a share that is next to nothing
    x, w = mx.array(x), mx.array(rng.uniform(0.2, 0.6, size=4).astype(np.float32))
    mx.eval(x, w)
    compiled, values = mx.compile(answer)(x, w), answer(x, w)
    kernels = measure.kernels(compiled)
    moves = {"Transpose", "Concatenate"} & set(measure.graph_ops(compiled)) if kernels > 3 else ()
    return {
        "values": values[:1],
        "smallest": values[1, :1],
        "others": values[1, 1:],
        "kernels": max(3, kernels),
        "moves": " and ".join(sorted(moves)) or "nothing",
    }


few_kernels.says(
    passed="Before the sum, the sum, after the sum: no compiler can do it in fewer.",
    values="The first row",
    smallest="Where a share is next to nothing",
    others="The rest of that row",
    kernels="Kernels, once it is compiled",
    moves="What moves numbers about between them",
)
few_kernels.hints(
    "Which lines of the chain only move numbers about, and what do they stand between?",
    "`exp(-abs(x)) * w` needs no transpose: `w` is spread over the rows by itself. The two halves "
    "can be two expressions of the same `h`.",
    "`h = mx.exp(-mx.abs(x)) * w`, the division, and `(mx.log(h + 1e-6) + mx.log(1 - h + 1e-6)) / "
    "2`.",
)
few_kernels.afterwards(
    "What you gained on this machine, with the spread of nine pairs of runs. Where the spread "
    "holds 1 nothing was gained, whatever the number of kernels says.",
    """
    def chain(x, w):
        D = x.shape[1]
        h = mx.exp(-mx.abs(x))
        h = (h.T * w[:, None]).T
        h = h / h.sum(axis=1, keepdims=True)
        both = mx.log(mx.concatenate([h, 1 - h], axis=1) + 1e-6)
        return (both[:, :D] + both[:, D:]) / 2


    x, w = mx.random.normal((1000, 1000)), mx.random.uniform(shape=(1000,))
    try:
        ratio = measure.ratio(mx.compile(chain), mx.compile(few_kernels), x, w)
        print(f"the chain takes {ratio} of your time")
    except NotImplementedError:
        print("This measures your few_kernels, once it is written.")
    """,
)
