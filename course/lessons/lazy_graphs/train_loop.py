"""train_loop, an exercise of lesson 02, lazy_graphs."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise
from course.probe import Recorder

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


@train_loop.use(w="matmul")
def _(answer, rng):
    w = mx.array(rng.normal(size=5).astype(np.float32))
    batches = [
        mx.array(rng.normal(size=(4, 5)).astype(np.float32)) for _ in range(rng.integers(3, 6))
    ]
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


train_loop.always(w_shape="the statement says (5,)")
train_loop.says(
    passed="Each step was one graph, and was done before the next began.",
    w="The trained w",
    updates="Calls of update",
    at_start="Operations pending when grad was called",
    early="Gradients evaluated before update saw them",
    at_end="Operations pending in what you returned",
)


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
    "{early} of the gradients had been computed before `update` saw them. Evaluating after every "
    "operation feels safe; each evaluation has a fixed price and takes from MLX the chance to see "
    "more than one operation. Which one evaluation would do the work of a whole step?",
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


train_loop.hints(
    "When does MLX know that you want a step's result?",
    "Inside the loop, after the update.",
    "`mx.eval(...)` as the last line of the body, with the array that the next step starts from.",
)
