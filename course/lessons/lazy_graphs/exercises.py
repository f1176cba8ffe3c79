"""Exercises of lesson 02, lazy_graphs."""

import statistics
import time

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise
from course.probe import Recorder

# --------------------------------------------------------------------------------------------------
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
    "In program 2 you counted {program_2}: the addition once for each place that uses it. That is "
    "how a formula looks on paper, and a graph is not a tree: `c` is one node with two arrows out "
    "of it. How often is each line of the program written down?",
)
def _():
    return [3, 3, 1, 2, 6]


@pending_counts.misconception(
    "eval_keeps_the_graph",
    "In program 3 you counted the addition although `c` had been evaluated. It would be so if an "
    "array remembered how it was made; after `mx.eval` it is numbers and has no past. What is left "
    "to do from there?",
)
def _():
    return [3, 2, 2, 2, 6]


@pending_counts.misconception(
    "every_line_counts",
    "In program 4 you counted everything that was written, and the question is what `d` needs. "
    "Start at `d` and follow the arrows backwards. Which lines do you never meet?",
)
def _():
    return [3, 2, 1, 3, 6]


@pending_counts.misconception(
    "loop_counted_once",
    "In program 5 you counted the loop's body once. A compiler sees a loop; MLX sees the calls "
    "that Python makes while it runs, one after the other, and writes each of them down. How many "
    "are made?",
)
def _():
    return [3, 2, 1, 2, 2]


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
pending_counts.hints(
    "Which operations would MLX have to do if you printed the last line now?",
    "Start at the last line and go backwards. An evaluated array is where the way ends.",
    "In 2 the addition is one node with two users; in 3 it is done; in 4 nobody asked for `e`; in "
    "5 Python ran the body three times.",
)

# --------------------------------------------------------------------------------------------------
what_evaluates = exercise(minutes=3, level=1, value=True)


@what_evaluates.solution
def _():
    """`y` is an array of shape (3, 4) with operations pending. Which of these lines make MLX
    compute them, each line tried alone? Write the letters in one string, in any order.

        A   y.shape[0] > 2
        B   if (y > 0).all(): y = -y
        C   y[0] = 0.0
        D   text = f"{y.sum():.2f}"
        E   rows = [row for row in y]
        F   z = y.astype(mx.float16)
        G   top = max(y.sum(), 1.0)
        H   z = mx.maximum(y, 1.0)
        I   table = np.array(y)
        J   print(y.dtype)

    For the lines `mx.eval(y)` (K) and `len(y)` (L) the answer would be "K".
    """
    return "BDGI"


@what_evaluates.alternative
def _():
    return ["b", "d", "g", "i"]


@what_evaluates.misconception(
    "python_never_asks",
    "You have the lines that turn an array into text or into NumPy, and not those in which Python "
    "itself has to decide something. Python cannot branch on a value that does not exist yet. "
    "Which lines need a yes or a no?",
)
def _():
    return "DI"


@what_evaluates.misconception(
    "max_stays_lazy",
    "One line is missing. `max` reads like an operation of MLX, and it is Python's: it compares "
    "two things and keeps one, so it needs to know which is larger. Compare lines G and H.",
)
def _():
    return "BDI"


@what_evaluates.misconception(
    "shape_needs_values",
    "You count shape and dtype among the things that have to be computed. They are known when the "
    "operation is written down, from the shapes and dtypes that go into it; no number is needed.",
)
def _():
    return "ABDGIJ"


@what_evaluates.misconception(
    "indexing_computes",
    "You count taking a part of `y`, or setting one, as something that needs its values. Both are "
    "operations like any other: they are written down, and the result is an array that is pending.",
)
def _():
    return "BCDEGI"


@what_evaluates.misconception(
    "numpy_is_lazy_too",
    "You left out NumPy. Its arrays are memory full of numbers, and it has no way to hold a number "
    "that will come later. What does MLX have to do before it can hand any over?",
)
def _():
    return "BDG"


@what_evaluates.use
def _(answer, rng):
    if not isinstance(answer, (str, list, tuple, set, frozenset)):
        return {"kind": type(answer).__name__}
    given = "".join(map(str, answer)).upper()
    stray = "".join(c for c in given if c not in "ABCDEFGHIJ ,;")
    return {"kind": "str", "stray": stray} | {letter: letter in given for letter in "ABCDEFGHIJ"}


what_evaluates.says(
    passed="You know where a lazy program stops to compute without being told to.",
    kind="What you gave",
    stray="What is no letter from A to J",
    **{letter: f"Line {letter} computes y" for letter in "ABCDEFGHIJ"},
)
what_evaluates.hints(
    "For each line: could Python go on if MLX answered 'later'?",
    "Text, Python numbers, NumPy and yes-or-no decisions need values. New arrays do not.",
    "B decides, D makes text, I fills NumPy's memory; and look twice at who provides `max` in G.",
)

# --------------------------------------------------------------------------------------------------
evaluates = exercise(minutes=5, level=1)


@evaluates.solution
def _(touch, x):
    """Find out whether `touch(y)` makes MLX compute an array `y` that it is given.

        touch:  a function that takes one array
        x:      (3, 4) float32, evaluated; make a `y` of the same shape from it
        result: True if `touch(y)` evaluated `y`, else False

    `evaluates(repr, x)` is True and `evaluates(len, x)` is False. What `touch` returns is of no
    interest: it may be text, a number, another array or nothing.
    """
    y = x + 1
    touch(y)
    return measure.graph_nodes(y) == 0


@evaluates.alternative
def _(touch, x):
    y = mx.square(mx.abs(x))
    before = measure.graph_nodes(y)
    touch(y)
    return measure.graph_nodes(y) < before


@evaluates.misconception(
    "asks_the_result",
    "You looked at what `touch` returned and not at the array that it was given. A shape is no "
    "array and has nothing pending, whatever became of `y`: so {shape} for `y.shape`. Which array "
    "is the question about?",
)
def _(touch, x):
    return measure.graph_nodes(touch(x + 1)) == 0


@evaluates.misconception(
    "already_evaluated",
    "Your test says True to everything, even to `len`, so it tells nothing. An array with nothing "
    "pending before it is touched, for one, has nothing pending afterwards, whatever `touch` does. "
    "What must be true of `y` before, and what do you look at after?",
)
def _(touch, x):
    touch(x)
    return measure.graph_nodes(x) == 0


@evaluates.misconception(
    "upside_down",
    "Your answers are right and the wrong way round. Pending operations are what is left to do: "
    "none of them means that the array has been evaluated.",
)
def _(touch, x):
    y = x + 1
    touch(y)
    return measure.graph_nodes(y) > 0


@evaluates.use
def _(answer, rng):
    x = mx.array(rng.normal(size=(3, 4)).astype(np.float32))
    touches = {
        "text": repr,
        "list": lambda y: y.tolist(),
        "numpy": np.array,
        "number": lambda y: float(y.sum()),
        "condition": lambda y: 1 if (y > 0).all() else 0,
        "length": len,
        "shape": lambda y: y.shape,
        "row": lambda y: y[0],
        "transposed": lambda y: y.T,
        "nothing": lambda y: time.sleep(0.002),
    }
    return {name: answer(touch, x) for name, touch in touches.items()}


evaluates.says(
    passed="Now you can ask any library whether it looks at your arrays.",
    text="For `repr`",
    list="For `y.tolist()`",
    numpy="For `np.array(y)`",
    number="For `float(y.sum())`",
    condition="For `if (y > 0).all()`",
    length="For `len(y)`",
    shape="For `y.shape`",
    row="For `y[0]`",
    transposed="For `y.T`",
    nothing="For a function that takes its time and ignores `y`",
)
evaluates.hints(
    "What is different about an array before it was evaluated and after?",
    "Make an array that has something pending, touch it, and look at the same array again.",
    "`y = x + 1`, then `touch(y)`, then `measure.graph_nodes(y)`.",
)

# --------------------------------------------------------------------------------------------------
train_loop = exercise(minutes=5, level=1)


@train_loop.solution
def _(grad, update, w, batches):
    """Train `w`: one step for each batch, in order. Return the last `w`.

        grad(w, x):   the gradient for a batch `x`, pending
        update(w, g): the new `w`, pending
        w:            (5,) float32, evaluated
        batches:      a list of (4, 5) float32 arrays, evaluated

    MLX should do the work of each step as a whole and before the next step begins:

    - whenever `grad` is called, nothing is pending in the `w` that it is given;
    - whenever `update` is called, the gradient that it is given is still pending;
    - nothing is pending in the `w` that you return.

    With grad(w, x) = 2 w, update(w, g) = w - 0.25 g, w = [8] and three batches the result is [1].
    """
    for x in batches:
        w = update(w, grad(w, x))
        mx.eval(w)
    return w


@train_loop.alternative
def _(grad, update, w, batches):
    for x in batches:
        g = grad(w, x)
        w = update(w, g)
        mx.async_eval(g, w)
    return w


@train_loop.alternative
def _(grad, update, w, batches):
    step = 0
    while step < len(batches):
        mx.eval(w)
        w = update(w, grad(w, batches[step]))
        step += 1
    mx.eval(w)
    return w


@train_loop.misconception(
    "never_eval_loop",
    "Nothing in your loop asks for a value, so every step is added to one graph: when the steps "
    "began, {at_start} operations were waiting, and {at_end} at the end. Such a loop returns in no "
    "time and looks like fast training; whoever prints the result then waits for all of it. "
    "When in a step do you know that its work can be done?",
)
def _(grad, update, w, batches):
    for x in batches:
        w = update(w, grad(w, x))
    return w


@train_loop.misconception(
    "eval_after_loop",
    "You evaluate once, after the last step. The result is right, and until then the graph grows: "
    "{at_start} operations were waiting when the steps began. With a few thousand steps that graph "
    "and everything it holds on to fill the memory. What would keep it at the size of one step?",
)
def _(grad, update, w, batches):
    for x in batches:
        w = update(w, grad(w, x))
    mx.eval(w)
    return w


@train_loop.misconception(
    "eval_every_op",
    "You evaluate after every operation: {early} of the gradients had been computed before "
    "`update` saw them. It feels safe, and each evaluation has a fixed price and takes from MLX "
    "the chance to see more than one operation. One of your evaluations does the work of both.",
)
def _(grad, update, w, batches):
    for x in batches:
        g = grad(w, x)
        mx.eval(g)
        w = update(w, g)
        mx.eval(w)
    return w


@train_loop.misconception(
    "eval_the_gradient",
    "You evaluate the gradient, and what the next step needs is `w`: {at_start} operations were "
    "waiting in it when the steps began, and {at_end} when you returned it. Evaluating an array "
    "does what leads to it, never what is made from it. Which array is the last of a step?",
)
def _(grad, update, w, batches):
    for x in batches:
        g = grad(w, x)
        mx.eval(g)
        w = update(w, g)
    return w


@train_loop.use(w="matmul")
def _(answer, rng):
    w = mx.array(rng.normal(size=5).astype(np.float32))
    batches = [mx.array(rng.normal(size=(4, 5)).astype(np.float32)) for _ in range(4)]
    early = []

    def update(w, g):
        early.append(measure.is_evaluated(g))
        return w - 0.1 * g

    grad = Recorder(lambda w, x: x.T @ (x @ w))
    result = answer(grad, update, w, batches)
    at_end = measure.graph_nodes(result)
    return {
        "w": result,
        "updates": len(early),
        "at_start": np.array(grad.pending),
        "early": sum(early),
        "at_end": at_end,
    }


train_loop.says(
    passed="Each step was one graph, and was done before the next began.",
    w="The trained w",
    updates="Calls of update",
    at_start="Operations pending when grad was called",
    early="Gradients evaluated before update saw them",
    at_end="Operations pending in what you returned",
)
train_loop.hints(
    "When does MLX know that you want a step's result?",
    "Inside the loop, after the update.",
    "`mx.eval(...)` as the last line of the body, with the array that the next step starts from.",
)

# --------------------------------------------------------------------------------------------------
mean_loss = exercise(minutes=6, level=2)


@mean_loss.solution
def _(loss_fn, batches):
    """Return the mean loss of one row over all batches, as a Python float.

        loss_fn(x): the mean loss of the rows of a batch `x`: a 0-d float32 array, pending
        batches:    a list of arrays (rows, 3); the number of rows differs from batch to batch

    Call `loss_fn` once for each batch, in order. At each call, at most one of the losses that you
    were given before may still be pending.

    For a batch of 1 row with a loss of 4 and one of 3 rows with a loss of 2 the result is 2.5.
    """
    total = 0.0
    for x in batches:
        total += loss_fn(x).item() * len(x)
    return total / sum(len(x) for x in batches)


@mean_loss.alternative
def _(loss_fn, batches):
    total, rows = mx.array(0.0), 0
    for x in batches:
        total += loss_fn(x) * x.shape[0]
        rows += x.shape[0]
        mx.eval(total)
    return (total / rows).item()


@mean_loss.alternative
def _(loss_fn, batches):
    losses, before = [], None
    for x in batches:  # read each loss while the next one is on its way
        loss = loss_fn(x)
        if before is not None:
            losses.append(float(before))
        before = loss
    losses.append(float(before))
    return float(np.average(losses, weights=[len(x) for x in batches]))


@mean_loss.misconception(
    "lazy_metric_leak",
    "Up to {waiting} losses were waiting to be computed. `total += loss` looks like adding to a "
    "number; here it writes one more addition down, and that addition holds on to everything its "
    "loss was made from. The sum is small, its history is not. When should it become a number?",
)
def _(loss_fn, batches):
    total, rows = 0.0, 0
    for x in batches:
        total += loss_fn(x) * len(x)
        rows += len(x)
    return float(total / rows)


@mean_loss.misconception(
    "mean_of_means",
    "You have the mean of the batches' means, {mean}, and the mean over rows is {mean:expected}. "
    "The two agree when all batches have the same number of rows; the last one rarely does. What "
    "should a batch of one row weigh beside a batch of six?",
)
def _(loss_fn, batches):
    return sum(loss_fn(x).item() for x in batches) / len(batches)


@mean_loss.misconception(
    "divided_by_batches",
    "You added up the loss of every row and divided by the number of batches: {mean}. How many "
    "things did you add up?",
)
def _(loss_fn, batches):
    return sum(loss_fn(x).item() * len(x) for x in batches) / len(batches)


@mean_loss.misconception(
    "leaky_mean_of_means",
    "Two things at once. Up to {waiting} losses were waiting, because a list of losses is a list "
    "of graphs, each with all that it was made from. And this is the mean of the batches, whatever "
    "number of rows each has. Start with the first: when does a loss become a number?",
)
def _(loss_fn, batches):
    return mx.stack([loss_fn(x) for x in batches]).mean().item()


@mean_loss.use(mean="reduction")
def _(answer, rng):
    batches = [mx.array(rng.normal(size=(n, 3)).astype(np.float32)) for n in (6, 4, 5, 2, 1)]
    given, waiting = [], [1]

    def loss_fn(x):
        waiting.append(sum(measure.graph_nodes(loss) > 0 for loss in given))
        given.append(mx.square(x * x - 1).sum() / len(x))
        return given[-1]

    mean = answer(loss_fn, batches)
    return {"mean": mean, "calls": len(given), "waiting": max(waiting)}


mean_loss.says(
    passed="A number was kept of every batch, and nothing else.",
    mean="The mean loss of a row",
    calls="Calls of loss_fn",
    waiting="Losses pending at once (one is allowed)",
)
mean_loss.hints(
    "What does `total` hold after a hundred batches: a number, or a hundred batches?",
    "Look at the line that adds to the total. And at how many rows each loss stands for.",
    "`loss.item()` inside the loop, times `len(x)`; divided by all rows at the end.",
)

# --------------------------------------------------------------------------------------------------
time_ms = exercise(minutes=8, level=2)


@time_ms.solution
def _(f, x, clock, repeat):
    """Time `f(x)`: call it once to warm up, then `repeat` times, and return the median in
    milliseconds.

        f:       takes an array, returns an array
        x:       evaluated
        clock(): seconds as a float, such as time.perf_counter; only differences mean anything
        repeat:  odd

    What counts is the time to get the numbers of f(x). The warm-up pays whatever the first run
    alone has to pay. If the timed runs take 0.003, 0.002 and 0.007 s, the result is 3.0.
    """
    mx.eval(f(x))
    seconds = []
    for _ in range(repeat):
        start = clock()
        mx.eval(f(x))
        seconds.append(clock() - start)
    return statistics.median(seconds) * 1e3


@time_ms.alternative
def _(f, x, clock, repeat):
    times = []
    for _ in range(1 + repeat):
        mx.synchronize()
        before = clock()
        np.array(f(x))
        times.append((clock() - before) * 1000)
    return sorted(times[1:])[repeat // 2]


@time_ms.misconception(
    "bench_without_eval",
    "You measured {ms} ms. That is how long it takes to write the work down: {computed} of your "
    "timed results had been computed when you read the clock. `f` returned, and for a function "
    "that hands back a lazy array that says nothing. What has to happen before you look at the "
    "clock the second time?",
)
def _(f, x, clock, repeat):
    mx.eval(f(x))
    seconds = []
    for _ in range(repeat):
        start = clock()
        f(x)
        seconds.append(clock() - start)
    return statistics.median(seconds) * 1e3


@time_ms.misconception(
    "eval_after_the_clock",
    "You do evaluate, after you have read the clock: {ms} ms is the time to write the work down, "
    "and the work fell between two measurements. Which two lines should change places?",
)
def _(f, x, clock, repeat):
    mx.eval(f(x))
    seconds = []
    for _ in range(repeat):
        start = clock()
        y = f(x)
        seconds.append(clock() - start)
        mx.eval(y)
    return statistics.median(seconds) * 1e3


@time_ms.misconception(
    "only_the_last_computed",
    "Of your timed results {computed} was evaluated, the last. The others were overwritten before "
    "anyone asked for them, so MLX never computed them, and the time of one run was divided by the "
    "number of all: {ms} ms. An array that nobody asks for costs nothing.",
)
def _(f, x, clock, repeat):
    mx.eval(f(x))
    start = clock()
    for _ in range(repeat):
        y = f(x)
    mx.eval(y)
    return (clock() - start) / repeat * 1e3


@time_ms.misconception(
    "lazy_warm_up",
    "Your warm-up calls `f` and throws the result away. Nothing was computed, so nothing got warm, "
    "and the first run that you timed paid for it: your median is {ms} ms and should be "
    "{ms:expected}. What would make the warm-up do its work?",
)
def _(f, x, clock, repeat):
    f(x)
    seconds = []
    for _ in range(repeat):
        start = clock()
        mx.eval(f(x))
        seconds.append(clock() - start)
    return statistics.median(seconds) * 1e3


@time_ms.misconception(
    "no_warm_up",
    "The first run is among those that you timed. It pays for what is done once, such as compiling "
    "a kernel or touching memory for the first time: {ms} ms instead of {ms:expected}. The "
    "statement gives the first call a name of its own.",
)
def _(f, x, clock, repeat):
    seconds = []
    for _ in range(repeat):
        start = clock()
        mx.eval(f(x))
        seconds.append(clock() - start)
    return statistics.median(seconds) * 1e3


class _FakeClock:
    """Time that passes when work is done: 1 ms to write a call of ``work`` down, and its price as
    soon as its result has been evaluated. Each run is cheaper than the last; the first costs more.
    """

    def __init__(self, rng):
        self.now, self.price = float(rng.uniform(0, 1)), 0.2
        self.ratio = float(rng.uniform(1.2, 1.4))
        self.results, self.read, self.paid = [], set(), set()
        self.computed = 0

    def work(self, x):
        self.now += 1e-3
        self.results.append(mx.exp(x) * x)
        return self.results[-1]

    def __call__(self):
        for i, y in enumerate(self.results):
            if i not in self.paid and measure.is_evaluated(y):
                self.now += self.price + (0.0 if self.paid else 0.5)
                self.price /= self.ratio
                self.paid.add(i)
        last = len(self.results) - 1
        self.computed += last > 0 and last not in self.read and last in self.paid
        self.read.add(last)
        return self.now


@time_ms.use
def _(answer, rng):
    x = mx.array(rng.normal(size=(3, 4)).astype(np.float32))
    clock = _FakeClock(rng)
    ms = answer(clock.work, x, clock, 5)
    return {
        "ms": ms,
        "calls": len(clock.results),
        "computed": clock.computed,
        "afterwards": sum(map(measure.is_evaluated, clock.results[1:])),
    }


time_ms.says(
    passed="The clock was read when the numbers were there, and not before.",
    ms="Milliseconds, by a clock that knows what was computed",
    calls="Calls of f (one to warm up, five to time)",
    computed="Timed results computed when the clock was first read after their call",
    afterwards="Timed results computed when you returned",
)
time_ms.hints(
    "When `f(x)` returns, what has been done?",
    "Between the two readings of the clock; and look at the warm-up with the same eyes.",
    "`start = clock()`, then `mx.eval(f(x))`, then `clock() - start`.",
)

# --------------------------------------------------------------------------------------------------
watch_layers = exercise(minutes=6, level=2)


@watch_layers.solution
def _(layers, stat, x):
    """Run `x` through `layers`, and offer one statistic of each layer's output for whoever wants
    to look. Return `(y, stats)`.

        layers:  a list of functions; the output of each is the input of the next
        stat(h): a statistic of an output `h`, a 0-d array, pending
        y:       the last layer's output
        stats:   stats[i] is the statistic of layer i's output, a 0-d array

    Statistics are dear and seldom read, so nobody pays for one that is not read: your function
    computes nothing, evaluating `y` computes no statistic, and evaluating `stats[i]` computes
    that one alone.

    With layers [x + 1, 10 x], stat = max and x = [1, 2]: y = [20, 30], stats[0] = 3, stats[1] = 30.
    """
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    return x, stats


@watch_layers.alternative
def _(layers, stat, x):
    outputs = [x]
    for layer in layers:
        outputs.append(layer(outputs[-1]))
    return outputs[-1], tuple(stat(h) for h in outputs[1:])


@watch_layers.misconception(
    "stats_as_numbers",
    "Your statistics are Python numbers, so they had to be computed on the spot: {at_return} of "
    "the layers' outputs and statistics existed when you returned. A number seems lighter than an "
    "array; a pending array has cost nothing yet. What could you hand out instead?",
)
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x).item())
    return x, stats


@watch_layers.misconception(
    "evaluated_inside",
    "When you returned, {at_return} of the layers' outputs and statistics had been computed: "
    "something inside asked for values, an eval, a print or an `if`. The caller may want `y` and "
    "nothing else. Who should say when?",
)
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    mx.eval(x, stats)
    return x, stats


@watch_layers.misconception(
    "packed_together",
    "Reading one statistic computed {after_one} of them. You put them into one array, and an array "
    "is computed as a whole: its entries cannot wait one by one. In what could they be kept "
    "without being tied together?",
)
def _(layers, stat, x):
    stats = []
    for layer in layers:
        x = layer(x)
        stats.append(stat(x))
    return x, mx.stack(stats)


@watch_layers.misconception(
    "stat_of_the_input",
    "Each statistic is that of the layer's input: `stats[0]` belongs to `x` itself and the last "
    "output has none. In which order do a layer and its statistic come?",
)
def _(layers, stat, x):
    stats = []
    for layer in layers:
        stats.append(stat(x))
        x = layer(x)
    return x, stats


@watch_layers.use(y="matmul", stats="matmul")
def _(answer, rng):
    x = mx.array(rng.normal(size=(2, 3)).astype(np.float32))
    sizes = [(3, 4), (4, 5), (5, 2)]
    weights = [mx.array(rng.normal(size=size).astype(np.float32)) for size in sizes]
    outputs, given = [], []

    def keep(where, array):
        where.append(array)
        return array

    layers = [lambda h, w=w: keep(outputs, mx.tanh(h @ w)) for w in weights]
    y, stats = answer(layers, lambda h: keep(given, mx.abs(h).max()), x)
    calls, kind = len(given), type(stats[0]).__name__
    at_return = sum(map(measure.is_evaluated, [*outputs, *given]))
    if not isinstance(stats[0], (mx.array, float)):
        return {"kind": kind, "calls": calls, "y": y}
    mx.eval(y)
    after_y = sum(map(measure.is_evaluated, given))
    first = float(stats[0])
    after_one = sum(map(measure.is_evaluated, given))
    return {
        "kind": kind,
        "calls": calls,
        "y": y,
        "stats": np.array([first, float(stats[1]), float(stats[2])], dtype=np.float32),
        "at_return": at_return,
        "after_y": after_y,
        "after_one": after_one,
    }


watch_layers.says(
    passed="Offered to everyone, paid for by whoever looks.",
    y="The last layer's output",
    stats="The three statistics",
    calls="Calls of stat",
    kind="The type of stats[0]",
    at_return="Outputs and statistics computed when you returned",
    after_y="Statistics computed when y was evaluated",
    after_one="Statistics computed when one was read",
)
watch_layers.hints(
    "What does a statistic cost that is written down and never asked for?",
    "Whatever you return, `stats[0]` should depend on the first layer and on nothing else.",
    "A Python list of pending arrays; no eval, no `.item()`, no `mx.stack`.",
)

# --------------------------------------------------------------------------------------------------
when_it_fails = exercise(minutes=5, level=2)


@when_it_fails.solution
def _(build):
    """Say when something goes wrong with the array that `build()` returns.

        build:  a function without arguments that returns an array, or raises
        result: "building"   if the call itself raises,
                "evaluating" if it returns, and the array raises when it is evaluated,
                "never"      if neither raises

    Only exceptions count; a nan is a value. For `lambda: mx.ones((2, 3)) @ mx.ones((2, 3))` the
    result is "building". Which exception it is differs from case to case.
    """
    try:
        y = build()
    except Exception:
        return "building"
    try:
        mx.eval(y)
    except Exception:
        return "evaluating"
    return "never"


@when_it_fails.alternative
def _(build):
    step = "building"
    try:
        y = build()
        step = "evaluating"
        np.array(y)
    except (ValueError, IndexError, RuntimeError):
        return step
    return "never"


@when_it_fails.misconception(
    "never_evaluates",
    "An array that cannot be computed went through as {escaped}. Your code waits for an exception "
    "from a call that only writes operations down; what can be seen then are shapes and dtypes. "
    "What would make MLX try to compute it?",
)
def _(build):
    try:
        build()
    except Exception:
        return "building"
    return "never"


@when_it_fails.misconception(
    "one_place_for_both",
    "Shapes that do not fit came out as {shapes}. Building and evaluating stand in the same "
    "`try`, so an exception does not tell which of the two it came from. How could your code know "
    "how far it got?",
)
def _(build):
    try:
        mx.eval(build())
    except Exception:
        return "evaluating"
    return "never"


@when_it_fails.misconception(
    "nan_is_a_failure",
    "The logarithm of a negative number came out as {logarithm}. It is nan, and for MLX, as for "
    "NumPy, nan is a value like others: nothing is raised. The statement counts exceptions.",
)
def _(build):
    try:
        y = build()
    except Exception:
        return "building"
    try:
        bad = mx.isnan(y).any().item()
    except Exception:
        return "evaluating"
    return "evaluating" if bad else "never"


@when_it_fails.misconception(
    "one_kind_of_error",
    "An exception got through your `except`. Shapes that do not fit raise ValueError, an axis that "
    "is not there raises IndexError, and what goes wrong in an evaluation RuntimeError: `except "
    "ValueError` waits for one of three. What do they have in common?",
)
def _(build):
    try:
        y = build()
    except ValueError:
        return "building"
    try:
        mx.eval(y)
    except ValueError:
        return "evaluating"
    return "never"


@when_it_fails.use
def _(answer, rng):
    n = int(rng.integers(2, 6))
    x = mx.array(rng.normal(size=(n, n + 1)).astype(np.float32))

    def escaped():
        kept = []
        mx.vmap(lambda row: kept.append(2 * row) or row)(x)
        return kept[0] + 1  # of a row that never had numbers

    builds = {
        "shapes": lambda: x @ x,
        "reshaped": lambda: x.reshape(-1, n * (n + 1) + 1),
        "axis": lambda: x.sum(axis=2),
        "branch": lambda: mx.vmap(lambda row: row if row.sum() > 0 else -row)(x),
        "escaped": escaped,
        "logarithm": lambda: mx.log(-mx.abs(x)),
        "fine": lambda: x + 1,
    }
    return {name: answer(build) for name, build in builds.items()}


when_it_fails.says(
    passed="Shapes are checked when you write an operation down; the rest comes when it is done.",
    shapes="For a product of shapes that do not fit",
    reshaped="For a reshape to another number of entries",
    axis="For a sum over an axis that is not there",
    branch="For an `if` on a value inside mx.vmap",
    escaped="For an array that was carried out of mx.vmap",
    logarithm="For the logarithm of negative numbers",
    fine="For x + 1",
)
when_it_fails.hints(
    "Which errors can be seen from shapes alone, and which need numbers?",
    "Two moments, so two places at which an exception can be caught.",
    "`y = build()` in one `try`, `mx.eval(y)` in another.",
)

# --------------------------------------------------------------------------------------------------
first_nan = exercise(minutes=6, level=2)


@first_nan.solution
def _(stages, x):
    """Find where a computation goes bad: return the name of the first stage whose output contains
    a nan, or None if none does.

        stages: a list of (name, function) pairs; the output of each is the input of the next
        x:      the first stage's input, a float32 array without nan
        result: a string, or None

    Infinities are legal. Once a nan is found, the stages after it are not called.

    For x = [0, 1] and the stages ("log", mx.log), ("square", mx.square), ("centre", h - h.max()),
    ("double", 2 h) the outputs are [-inf, 0], [inf, 0], [nan, -inf] and [nan, -inf], so the result
    is "centre".
    """
    for name, stage in stages:
        x = stage(x)
        if mx.isnan(x).any():
            return name
    return None


@first_nan.alternative
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if np.isnan(np.array(x)).any():
            return name


@first_nan.alternative
def _(stages, x):
    return next((name for name, stage in stages if ((x := stage(x)) != x).sum().item() > 0), None)


@first_nan.misconception(
    "compared_with_nan",
    "You found no nan anywhere. One looks for a value by comparing with it, and nan is the value "
    "that equals nothing, not even itself: `x == nan` is False everywhere. What can you ask of a "
    "number that is not equal to itself?",
)
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if (x == float("nan")).any():
            return name
    return None


@first_nan.misconception(
    "each_on_the_input",
    "Only {chained} of the stages you called was given what the one before it returned. You ran "
    "each on `x` itself, and a stage that is sound on `x` may fail on what really reaches it. What "
    "should `x` be when the second stage is called?",
)
def _(stages, x):
    for name, stage in stages:
        if mx.isnan(stage(x)).any():
            return name
    return None


@first_nan.misconception(
    "only_the_end",
    "You named the last stage, {overflow}. A nan spreads through everything that follows, so the "
    "end of the chain tells that there is one and not where it came from. Look at the output of "
    "each stage.",
)
def _(stages, x):
    for _, stage in stages:
        x = stage(x)
    return stages[-1][0] if mx.isnan(x).any() else None


@first_nan.misconception(
    "infinities_count",
    "You stopped at {overflow}, whose output has an infinity and no nan. Infinities often come "
    "first, and the statement allows them; many programs need them, a mask for instance.",
)
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if not mx.isfinite(x).all():
            return name
    return None


@first_nan.misconception(
    "all_must_be_nan",
    "You wait until every entry is nan. A bad stage often spoils a single entry, and one is enough "
    "to spoil the result later.",
)
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if mx.isnan(x).all():
            return name
    return None


@first_nan.misconception(
    "nan_of_the_sum",
    "For outputs with +inf and -inf, and no nan, you answered {infinite}. You looked at a sum, "
    "which is nan when an entry is; and also when two infinities of opposite sign meet in it. What "
    "can you ask of each entry?",
)
def _(stages, x):
    for name, stage in stages:
        x = stage(x)
        if mx.isnan(x.sum()):
            return name
    return None


@first_nan.use
def _(answer, rng):
    x = mx.array(rng.uniform(0.5, 1, size=(2, 3)).astype(np.float32))
    row = int(rng.integers(2))
    hot = mx.array((np.arange(2) == row).astype(np.float32))[:, None] * mx.array([0, 200.0, 0])
    calls, outputs = [], [x]

    def stage(name, function):
        def counted(h):
            calls.append(mx.array_equal(h, outputs[-1], equal_nan=True))
            outputs.append(function(h))
            return outputs[-1]

        return name, counted

    overflow = [
        stage("scale", lambda h: h + hot),
        stage("exp", mx.exp),
        stage("normalize", lambda h: h / h.sum(axis=-1, keepdims=True)),
        stage("centre", lambda h: h - h.sum()),
        stage("shift", lambda h: h + 1),
    ]
    signed = [
        stage("shift", lambda h: h - mx.array([0.0, 2.0, 0.0])),
        stage("divide", lambda h: h / 0.0),
        stage("negate", lambda h: -h),
    ]
    found = answer(overflow, x)
    stages_run, chained = len(calls), int(sum(calls))
    return {
        "overflow": found,
        "stages_run": stages_run,
        "chained": chained,
        "infinite": answer(signed, x),
        "healthy": answer(signed[:1], x),
    }


first_nan.says(
    passed="It stops where the nan is born.",
    overflow="For an exp that overflows before it is normalized",
    stages_run="Stages called for that",
    chained="Stages given what the one before returned",
    infinite="For outputs with infinities and no nan",
    healthy="For a computation without either",
)
first_nan.hints(
    "What does MLX do when a nan comes up: does anything tell you?",
    "After each stage: does its output contain a nan? Python needs a yes or a no there.",
    "`if mx.isnan(x).any(): return name`, inside the loop.",
)

# --------------------------------------------------------------------------------------------------
generate_ahead = exercise(minutes=10, level=3)


@generate_ahead.solution
def _(step, token, n, emit):
    """Make `n` tokens and hand each to `emit`, so that MLX is working on the next token while
    `emit` deals with this one.

        step(token): the next token, an array, pending
        token:       (1,) int32, evaluated: where to start; it is not emitted
        n:           at least 2
        emit(t):     takes a token as a Python int
        result:      nothing

    - `step` is called n times, each time with the array that it returned before.
    - Each of its results is given to `mx.async_eval` before anything else is done with it.
    - When token k is emitted, token k + 1 is on its way and token k + 2 has not been asked for.

    For n = 3 the order of the calls is: step, step, emit, step, emit, emit.
    """
    following = step(token)
    mx.async_eval(following)
    for i in range(n):
        token = following
        if i < n - 1:
            following = step(token)
            mx.async_eval(following)
        emit(token.item())


@generate_ahead.alternative
def _(step, token, n, emit):
    waiting = []
    for _ in range(n):
        token = step(token)
        mx.async_eval(token)
        waiting.append(token)
        if len(waiting) == 2:
            emit(int(waiting.pop(0)))
    emit(int(waiting.pop()))


@generate_ahead.misconception(
    "read_at_once",
    "You read each token right after you handed it over: {order}. `mx.async_eval` returns at once "
    "so that you can do something else; `.item()` in the next line waits for the result after all. "
    "What could be handed over before you read?",
)
def _(step, token, n, emit):
    for _ in range(n):
        token = step(token)
        mx.async_eval(token)
        emit(token.item())


@generate_ahead.misconception(
    "eval_not_async",
    "The order is right, and {handed_over} of {order_steps} results went to `mx.async_eval`. An "
    "`mx.eval` comes back when the numbers are there: the next token is ready before this one is "
    "emitted, and your program stood still meanwhile. Which function only hands the work over?",
)
def _(step, token, n, emit):
    following = step(token)
    mx.eval(following)
    for i in range(n):
        token = following
        if i < n - 1:
            following = step(token)
            mx.eval(following)
        emit(token.item())


@generate_ahead.misconception(
    "handed_over_too_late",
    "You build the next token first, as you should, and hand it over when this one has been "
    "emitted: at {idle} of the calls of `emit` the next token was only written down. While your "
    "program was busy with one token, MLX had nothing to do. Which line should move up?",
)
def _(step, token, n, emit):
    token = step(token)
    mx.async_eval(token)
    for _ in range(n - 1):
        following = step(token)
        emit(token.item())
        mx.async_eval(following)
        token = following
    emit(token.item())


@generate_ahead.misconception(
    "one_step_too_many",
    "`step` was called {order_steps} times for {emitted} tokens. When the last token is read there "
    "is no next one to prepare, and your loop starts it all the same. For a language model that is "
    "one more pass through all its weights.",
)
def _(step, token, n, emit):
    token = step(token)
    mx.async_eval(token)
    for _ in range(n):
        following = step(token)
        mx.async_eval(following)
        emit(token.item())
        token = following


@generate_ahead.misconception(
    "all_at_once",
    "You ask for all tokens first and emit them afterwards: {order}. MLX is never idle, and who "
    "reads along sees nothing until every token has been asked for; if they stop you half-way, "
    "the rest is wasted. How far ahead is far enough?",
)
def _(step, token, n, emit):
    tokens = []
    for _ in range(n):
        token = step(token)
        mx.async_eval(token)
        tokens.append(token)
    for token in tokens:
        emit(token.item())


@generate_ahead.use
def _(answer, rng):
    shift = int(rng.integers(3, 90))
    made, order, tokens, pending, idle, handed_over = [], [], [], [], [], []

    def step(token):
        order.append("step")
        pending.append(measure.graph_nodes(token))
        made.append((token * 7 + shift) % 97)
        return made[-1]

    def emit(token):
        order.append("emit")
        tokens.append(token)
        idle.append(bool(made) and not measure.is_evaluated(made[-1]))

    real = mx.async_eval

    def async_eval(*arrays):
        for array in arrays:
            handed_over.extend(array if isinstance(array, (list, tuple)) else [array])
        return real(*arrays)

    mx.async_eval = async_eval  # nothing else tells handing over from waiting
    try:
        answer(step, mx.array([int(rng.integers(97))]), 3, emit)
        found = {
            "order": ", ".join(order),
            "order_steps": order.count("step"),
            "emitted": len(tokens),
            "type": ", ".join(sorted({type(token).__name__ for token in tokens})),
            "tokens": np.array([int(token) for token in tokens]),
            "handed_over": sum(any(array is y for array in handed_over) for y in made),
            "pending": max(pending, default=0),
            "idle": sum(idle[:-1]),
        }
        order.clear()
        answer(step, mx.array([int(rng.integers(97))]), 2, emit)
    finally:
        mx.async_eval = real
    return found | {"shortest": ", ".join(order)}


generate_ahead.says(
    passed="MLX had the next token in hand whenever you were busy with this one.",
    order="The order of the calls for n = 3",
    shortest="The order of the calls for n = 2",
    order_steps="Calls of step",
    emitted="Calls of emit",
    type="What emit was given",
    tokens="The three tokens",
    handed_over="Results of step given to mx.async_eval",
    pending="Operations pending in what step was given, at most",
    idle="Calls of emit during which nothing was on its way",
)
generate_ahead.hints(
    "While `emit` prints a token, what could MLX be computing?",
    "Keep two tokens in two names: the one on its way, and the one that you are about to read.",
    "First `step` and `mx.async_eval` before the loop; in it: step and async_eval for the next "
    "token (unless this is the last), then `emit(token.item())`.",
)

# --------------------------------------------------------------------------------------------------
accumulate_gradients = exercise(minutes=12, level=3)


@accumulate_gradients.solution
def _(loss_and_grad, update, w, batches, every):
    """Train with batches too large for memory: each comes in `every` small parts. Return the last
    `w` and the mean of all losses, a Python float.

        loss_and_grad(w, x): (loss, gradient) for a part `x`, both pending; loss is 0-d
        update(w, g):        the new `w`, pending
        w:                   (3,) float32, evaluated
        batches:             the parts in order; their number is a multiple of `every`

    After each `every` parts `w` is updated once, with the mean of their gradients. All of them are
    taken at the same `w`, and the sum starts anew after the update.

    The point of it is memory. So whenever `loss_and_grad` is called nothing may be pending of what
    came before: not in `w`, and in no loss or gradient that you were given. The same holds when
    you return.

    With gradients 2, 4, 6, 8 (whatever w), every = 2, update(w, g) = w - g and w = [0] the updates
    get 3 and 7, and the last w is [-10].
    """
    g, total = mx.zeros_like(w), 0.0
    for i, x in enumerate(batches, 1):
        loss, part = loss_and_grad(w, x)
        g = g + part / every
        if i % every == 0:
            w = update(w, g)
            g = mx.zeros_like(w)
        mx.eval(w, g, loss)
        total += loss.item()
    return w, total / len(batches)


@accumulate_gradients.alternative
def _(loss_and_grad, update, w, batches, every):
    losses = []
    for start in range(0, len(batches), every):
        parts = []
        for x in batches[start : start + every]:
            loss, part = loss_and_grad(w, x)
            mx.eval(loss, part)
            losses.append(loss)
            parts.append(part)
        w = update(w, sum(parts) / every)
        mx.eval(w)
    return w, mx.stack(losses).mean().item()


@accumulate_gradients.alternative
def _(loss_and_grad, update, w, batches, every):
    g, total = None, mx.array(0.0)
    for i, x in enumerate(batches):
        loss, part = loss_and_grad(w, x)
        total = total + loss
        g = part if g is None else g + part
        mx.async_eval(g, total)
        if (i + 1) % every == 0:
            w, g = update(w, g * (1 / every)), None
            mx.async_eval(w)
    return w, float(total) / len(batches)


@accumulate_gradients.misconception(
    "eval_only_at_update",
    "You evaluate once for each update, as in an ordinary loop. Here that undoes the whole idea: "
    "up to {gradients_waiting} gradients were waiting, each with its part of the batch and all "
    "that is made from it, and when MLX computes them in one go, memory must hold several of them "
    "together. What is small enough to be evaluated on its own?",
)
def _(loss_and_grad, update, w, batches, every):
    g, total = mx.zeros_like(w), mx.array(0.0)
    for i, x in enumerate(batches, 1):
        loss, part = loss_and_grad(w, x)
        g, total = g + part / every, total + loss
        if i % every == 0:
            w, g = update(w, g), mx.zeros_like(w)
            mx.eval(w, total)
    return w, total.item() / len(batches)


@accumulate_gradients.misconception(
    "loss_left_behind",
    "Your weights and gradients are evaluated in time; up to {losses_waiting} losses were not. The "
    "gradient is computed without the loss ever being finished, so evaluating one leaves the other "
    "pending, and each pending loss holds on to what it is made from. What else is carried from "
    "one part to the next?",
)
def _(loss_and_grad, update, w, batches, every):
    g, total = mx.zeros_like(w), mx.array(0.0)
    for i, x in enumerate(batches, 1):
        loss, part = loss_and_grad(w, x)
        g, total = g + part / every, total + loss
        if i % every == 0:
            w, g = update(w, g), mx.zeros_like(w)
        mx.eval(w, g)
    return w, total.item() / len(batches)


@accumulate_gradients.misconception(
    "never_evaluates",
    "Nothing is evaluated on the way: {gradients_waiting} gradients and {losses_waiting} losses "
    "were waiting at worst, and up to {w_waiting} operations in `w`. All parts become one graph, "
    "which is what splitting the batch was meant to avoid. After which line is a part done with?",
)
def _(loss_and_grad, update, w, batches, every):
    g, total = mx.zeros_like(w), mx.array(0.0)
    for i, x in enumerate(batches, 1):
        loss, part = loss_and_grad(w, x)
        g, total = g + part / every, total + loss
        if i % every == 0:
            w, g = update(w, g), mx.zeros_like(w)
    return w, total.item() / len(batches)


@accumulate_gradients.misconception(
    "sum_for_mean",
    "The update got the sum of the gradients. A batch in parts should give the step that the whole "
    "batch would give, and its loss is a mean. With more parts your steps get longer. What is "
    "missing between the sum and the update?",
)
def _(loss_and_grad, update, w, batches, every):
    g, total = mx.zeros_like(w), 0.0
    for i, x in enumerate(batches, 1):
        loss, part = loss_and_grad(w, x)
        g = g + part
        if i % every == 0:
            w, g = update(w, g), mx.zeros_like(w)
        mx.eval(w, g, loss)
        total += loss.item()
    return w, total / len(batches)


@accumulate_gradients.misconception(
    "never_starts_anew",
    "The first update is right and the later ones are not: the gradients of earlier groups are "
    "still in the sum. In PyTorch one calls zero_grad for this; here the sum is an ordinary "
    "variable. What should it be after an update?",
)
def _(loss_and_grad, update, w, batches, every):
    g, total = mx.zeros_like(w), 0.0
    for i, x in enumerate(batches, 1):
        loss, part = loss_and_grad(w, x)
        g = g + part / every
        if i % every == 0:
            w = update(w, g)
        mx.eval(w, g, loss)
        total += loss.item()
    return w, total / len(batches)


@accumulate_gradients.use(w="reduction", first_w="reduction", loss="reduction")
def _(answer, rng):
    w = mx.array(rng.normal(size=3).astype(np.float32))
    batches = [mx.array(rng.normal(size=(4, 3)).astype(np.float32)) for _ in range(6)]
    losses, gradients, updated = [], [], []
    waiting = {"w_waiting": 0, "gradients_waiting": 0, "losses_waiting": 0}

    def look(w):
        now = {
            "w_waiting": measure.graph_nodes(w),
            "gradients_waiting": sum(measure.graph_nodes(g) > 0 for g in gradients),
            "losses_waiting": sum(measure.graph_nodes(loss) > 0 for loss in losses),
        }
        waiting.update({name: max(waiting[name], count) for name, count in now.items()})

    def loss_and_grad(w, x):
        look(w)
        error = (x * (w - 1)).sum(axis=1)
        losses.append(mx.square(error).mean())
        gradients.append((error[:, None] * x).sum(axis=0) / 2)
        return losses[-1], gradients[-1]

    def update(w, g):
        updated.append(w - 0.1 * g)
        return updated[-1]

    w, loss = answer(loss_and_grad, update, w, batches, 3)
    look(w)
    return {
        "updates": len(updated),
        "first_w": updated[0] if updated else None,
        "w": w,
        "loss": loss,
        **waiting,
    }


accumulate_gradients.says(
    passed="One part in memory at a time, and the step of the whole batch.",
    updates="Calls of update for 6 parts, 3 to a batch",
    first_w="w after the first update",
    w="The last w",
    loss="The mean loss",
    w_waiting="Operations pending in w, at most",
    gradients_waiting="Gradients pending at once, at most",
    losses_waiting="Losses pending at once, at most",
)
accumulate_gradients.hints(
    "What would be in memory if four parts were computed in one go, and what if one by one?",
    "Three things are carried from one part to the next: which? Each of them can be pending.",
    "At the end of the loop's body: `mx.eval` of w, of the sum of gradients, and of the loss.",
)
