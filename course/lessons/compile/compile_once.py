"""compile_once, an exercise of lesson 04, compile."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

from .common import _stand_in

compile_once = exercise(minutes=5, level=1, needs=("compile",))


@compile_once.solution
def _(body, batches):
    """Run a function over many arrays, compiled.

    `body(x)` takes an array of any shape and returns one; what it does may depend on the shape.
    `batches` yields arrays of a few different shapes. Return the list of `body`'s results, in
    order. `body` must have been traced at most once for each shape that occurs. The results may be
    pending or evaluated.
    For three batches of shape (2,) `body` runs once.
    """
    compiled = mx.compile(body)
    return [compiled(x) for x in batches]


@compile_once.use(y="elementwise", traces="reading", plain="reading")
def _(answer, rng):
    runs = plain = 0

    def body(x):
        nonlocal runs, plain
        runs += 1
        plain += not _stand_in(x)
        y = mx.tanh(x) * 3 + x
        return y if x.ndim + len(x) < 5 else -y  # no number of a shape is in a kernel's source

    shapes = [(2,), (3,), (4,), (1, 4), (2, 2)]
    more = [shapes[i] for i in rng.permutation([0, 3, 4])[: int(rng.integers(3))]]
    kinds = [*more, *((shapes[1], shapes[2])[:: int(rng.choice([-1, 1]))])]
    order = [*kinds, *(kinds[int(i)] for i in rng.integers(0, len(kinds), size=3)), kinds[0]]
    batches = [mx.array(rng.normal(size=shape).astype(np.float32)) for shape in order]
    mx.eval(batches)
    given = answer(body, iter(batches))
    if not isinstance(given, (list, tuple)):
        return {"kind": type(given).__name__}
    return {
        "kind": "list",
        "traces": "at most one for each shape" if runs <= len(kinds) else str(runs),
        "plain": plain,
        "shapes": "; ".join(str(tuple(y.shape)) for y in given),
        "y": mx.concatenate([y.reshape(-1) for y in given]),
    }


compile_once.says(
    passed="A trace for each shape, however many batches there are.",
    kind="What you returned",
    traces="Traces of `body`",
    plain="Runs of `body` that were no trace",
    shapes="The shapes of the results, in order",
    y="The results, in a row",
)


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
    "`body` was traced {traces} times, once for each batch. That happens where a new function is "
    "compiled for each batch, and also where one compiled function takes all the batches at once. "
    "What can stand before the loop, and what is called inside it?",
)
def _(body, batches):
    results = []
    for x in batches:
        compiled = mx.compile(lambda x: body(x))
        results.append(compiled(x))
    return results


@compile_once.misconception(
    "never_compiled",
    "The results are right, and `body` ran {plain} times with arrays that have numbers: it was not "
    "traced then. `mx.compile` returns a new function and leaves the old one as it was. Which of "
    "the two is called?",
)
def _(body, batches):
    mx.compile(body)
    return [body(x) for x in batches]


@compile_once.misconception(
    "one_trace_for_all_shapes",
    "Results are wrong for some shapes: `body` does one thing for some and another for others, and "
    "one trace was used for several shapes. `shapeless=True` is a "
    "promise that the shape does not matter. Who can promise that of a `body` that is only given?",
)
def _(body, batches):
    compiled = mx.compile(body, shapeless=True)
    return [compiled(x) for x in batches]


@compile_once.misconception(
    "nothing_has_run",
    "Your result is {kind}, and a list was asked for. `map` and generators are lazy in Python's "
    "way: nothing has run yet. What makes a list of it?",
)
def _(body, batches):
    return map(mx.compile(body), batches)


@compile_once.misconception(
    "first_result_kept",
    "Each shape has one result, which was used again for all batches of that shape. A trace can be "
    "kept for a shape, since it has no numbers in it. Does the same hold for a result?",
)
def _(body, batches):
    compiled, kept, results = mx.compile(body), {}, []
    for x in batches:
        if x.shape not in kept:
            kept[x.shape] = compiled(x)
        results.append(kept[x.shape])
    return results


compile_once.hints(
    "When is a function compiled: when you call `mx.compile`, or when you call what it returns?",
    "`mx.compile` belongs before the loop, and in the loop stands what it returned.",
    "`compiled = mx.compile(body)`, then `[compiled(x) for x in batches]`.",
)
