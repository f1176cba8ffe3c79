"""per_example_grads, an exercise of lesson 03, transforms."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

per_example_grads = exercise(minutes=7, level=2)


@per_example_grads.solution
def _(loss_fn, params, xs, ys):
    """The gradient of each example by itself. (To clip gradients for privacy, or to look for
    mislabelled examples, one needs them before they are averaged.)

        loss_fn(params, x, y): the loss of one example, 0-d; x is (D,), y is 0-d
        params: a dict of float32 arrays
        xs:     (D, B) float32: the examples are the columns
        ys:     (B,) float32
        result: a dict like `params`; entry b along the first axis of each array is the gradient
                of the loss of example b

    Call `loss_fn` once, for all examples together.

    With loss_fn = lambda p, x, y: (p["w"] * x).sum() * y, xs = [[1, 2], [3, 4]] and ys = [1, 10]
    the result is {"w": [[1, 3], [20, 40]]}.
    """
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 1, 0))(params, xs, ys)


@per_example_grads.use(w="matmul", v="matmul")
def _(answer, rng):
    def array(*shape):
        return mx.array(rng.normal(size=shape).astype(np.float32))

    # First a square of xs, in which a wrong axis has the right size, then more or fewer examples.
    size, hidden = (int(n) for n in rng.permutation([3, 4, 5])[:2])
    others = size + int(rng.choice([-1, 2]))
    params = {"w": array(size, hidden), "v": array(hidden)}
    calls = []

    def loss_fn(params, x, y):
        calls.append(x)
        return mx.square(mx.tanh(x @ params["w"]) @ params["v"] - y)

    grads = answer(loss_fn, params, array(size, size), array(size))
    if not isinstance(grads, dict):
        return {"kind": type(grads).__name__}
    slopes = {}

    def more():
        given = {"slope": array(size)}
        found = answer(
            lambda p, x, y: (p["slope"] * x).sum() * y, given, array(size, others), array(others)
        )
        slopes["slopes"] = found["slope"]

    return {
        "kind": "dict",
        "names": ", ".join(sorted(grads)),
        "w": grads.get("w"),
        "v": grads.get("v"),
        "calls": len(calls),
        "more": outcome(more),
        "slopes": slopes.get("slopes"),
    }


per_example_grads.says(
    passed="One function of one example, two transforms, all gradients.",
    kind="What you returned",
    names="Names in the result",
    w="The gradients of w, for as many examples as features",
    v="The gradients of v",
    calls="Calls of loss_fn",
    more="How a call with more or fewer examples than features ended",
    slopes="The gradients of a linear loss, for more or fewer examples than features",
)


@per_example_grads.alternative
def _(loss_fn, params, xs, ys):
    one = mx.grad(loss_fn)
    return mx.vmap(lambda x, y: one(params, x, y))(xs.T, ys)


@per_example_grads.alternative
def _(loss_fn, params, xs, ys):
    copies = {
        name: mx.broadcast_to(value, (len(ys), *value.shape)) for name, value in params.items()
    }

    def total(copies):
        return mx.vmap(loss_fn, in_axes=(0, 1, 0))(copies, xs, ys).sum()

    return mx.grad(total)(copies)


@per_example_grads.misconception(
    "wrong_vmap_axis",
    "With as many examples as features your arrays have the right shapes and the wrong numbers: "
    "each of your examples is made of one feature of all of them. Unless it is told otherwise, "
    "`mx.vmap` goes along the first axis, and that is usual for examples. Along which axis do they "
    "lie here?",
)
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 0, 0))(params, xs, ys)


@per_example_grads.misconception(
    "parameters_mapped_too",
    "`mx.vmap` was asked to walk along the parameters or their copies too, and the sizes of the "
    "axes do not go together. Unless it is told otherwise it walks along every argument. Which of "
    "them are the same for all examples, and along which axis do the examples lie in the others?",
)
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(0, 1, 0))(params, xs, ys)


@per_example_grads.misconception(
    "grad_nonscalar_loss",
    "What is differentiated returns one loss for each example. A gradient is taken of one number, "
    "and MLX refuses. Both transforms are needed, and their order decides: the losses of all "
    "examples first and their gradient then, or the other way round?",
)
def _(loss_fn, params, xs, ys):
    return mx.grad(mx.vmap(loss_fn, in_axes=(None, 1, 0)))(params, xs, ys)


@per_example_grads.misconception(
    "averaged_first",
    "Your result is one gradient, that of the mean loss. It is what training needs, and the "
    "gradients of the examples can't be got back from it. Which comes first, the gradient or the "
    "mean?",
)
def _(loss_fn, params, xs, ys):
    def mean_loss(params):
        return mx.vmap(loss_fn, in_axes=(None, 1, 0))(params, xs, ys).mean()

    return mx.grad(mean_loss)(params)


@per_example_grads.misconception(
    "loop_over_examples",
    "The gradients are right, and `loss_fn` was called {calls} times. Each call writes a graph of "
    "its own, with small operations that run one after the other. A transform turns a function "
    "of one example into one of many, and calls it once.",
)
def _(loss_fn, params, xs, ys):
    grads = [mx.grad(loss_fn)(params, xs[:, b], ys[b]) for b in range(len(ys))]
    return {name: mx.stack([g[name] for g in grads]) for name in params}


@per_example_grads.misconception(
    "added_first",
    "Your result is one gradient, that of the sum of all losses. A sum makes one number, of which "
    "MLX takes a gradient, and the gradients of the examples are added up in it. Which comes "
    "first, the gradient or the sum?",
)
def _(loss_fn, params, xs, ys):
    def total(params):
        return mx.vmap(loss_fn, in_axes=(None, 1, 0))(params, xs, ys).sum()

    return mx.grad(total)(params)


@per_example_grads.misconception(
    "examples_last",
    "The numbers are right, and the examples lie along the last axis of each array. `xs` is laid "
    "out like that; the result was to have them along the first. What does `mx.vmap` do with the "
    "results if it is told nothing about them?",
)
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 1, 0), out_axes=-1)(params, xs, ys)


@per_example_grads.misconception(
    "gradient_by_x",
    "Your result is {kind}, and a dict like `params` was asked for. `mx.grad` differentiates by "
    "the first argument unless it is told otherwise, and gives something that is made like it. By "
    "which argument is yours?",
)
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn, argnums=1), in_axes=(None, 1, 0))(params, xs, ys)


@per_example_grads.misconception(
    "list_of_gradients",
    "Your result is a {kind}, with a gradient for each example. That is how a loop collects them. "
    "A dict of arrays was asked for, and one call of `loss_fn`. Which transform calls a function "
    "of one example for all of them?",
)
def _(loss_fn, params, xs, ys):
    return [mx.grad(loss_fn)(params, xs[:, b], ys[b]) for b in range(len(ys))]


per_example_grads.same_as(
    "solution", "constant", "(None, 1, 0)", "xs has two axes: the last one is 1"
)
per_example_grads.same_as(
    "alternative 2", "constant", "(0, 1, 0)", "xs has two axes: the last one is 1"
)

per_example_grads.hints(
    "What does `mx.grad(loss_fn)` do with one example? And who does that for many?",
    "`mx.vmap` takes `in_axes`: an axis for each argument, or None for one that is not mapped.",
    "`mx.vmap(mx.grad(loss_fn), in_axes=(None, ...))`: look at the shapes of xs and ys.",
)
