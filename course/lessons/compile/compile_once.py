"""compile_once, an exercise of lesson 04, compile."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

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


compile_once.hints(
    "When is a function compiled: when you call `mx.compile`, or when you call what it returns?",
    "`mx.compile` belongs before the loop, and in the loop stands what it returned.",
    "`compiled = mx.compile(body)`, then `[compiled(x) for x in batches]`.",
)
