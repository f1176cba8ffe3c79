"""per_example_grads, an exercise of lesson 03, transforms."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

per_example_grads = exercise(minutes=7, level=2)


@per_example_grads.solution
def _(loss_fn, params, xs, ys):
    """The gradient of each example by itself. (Who clips gradients for privacy, or looks for
    mislabelled examples, needs them before they are averaged.)

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
    params = {
        "w": mx.array(rng.normal(size=(4, 3)).astype(np.float32)),
        "v": mx.array(rng.normal(size=3).astype(np.float32)),
    }
    xs = mx.array(rng.normal(size=(4, 4)).astype(np.float32))
    ys = mx.array(rng.normal(size=4).astype(np.float32))
    calls = []

    def loss_fn(params, x, y):
        calls.append(x)
        return mx.square(mx.tanh(x @ params["w"]) @ params["v"] - y)

    grads = answer(loss_fn, params, xs, ys)
    if not isinstance(grads, dict):
        return {"kind": type(grads).__name__}
    return {
        "kind": "dict",
        "names": ", ".join(sorted(grads)),
        "w": grads.get("w"),
        "v": grads.get("v"),
        "calls": len(calls),
    }


per_example_grads.says(
    passed="One function of one example, two transforms, all gradients.",
    kind="What you returned",
    names="Names in the result",
    w="The gradients of w, for 4 examples of 4 features",
    v="The gradients of v",
    calls="Calls of loss_fn",
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
    "Your arrays have the right shapes and the wrong numbers. Unless it is told otherwise, "
    "`mx.vmap` goes along the first axis, and here that is the axis of the features: each of your "
    "examples is made of one feature of all of them. With as many examples as features nothing "
    "complains. Along which axis do the examples lie?",
)
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(None, 0, 0))(params, xs, ys)


@per_example_grads.misconception(
    "parameters_mapped_too",
    "`mx.vmap` was asked to walk along the parameters as well, one row of them for each example, "
    "and their sizes do not go together. The parameters are the same for every example. How is "
    "`vmap` told to leave an argument whole?",
)
def _(loss_fn, params, xs, ys):
    return mx.vmap(mx.grad(loss_fn), in_axes=(0, 1, 0))(params, xs, ys)


@per_example_grads.misconception(
    "grad_nonscalar_loss",
    "You differentiate a function that returns one loss for each example. A gradient is taken of "
    "one number, and MLX refuses. Both transforms are needed, and their order decides: the losses "
    "of all examples first and their gradient then, or the other way round?",
)
def _(loss_fn, params, xs, ys):
    return mx.grad(mx.vmap(loss_fn, in_axes=(None, 1, 0)))(params, xs, ys)


@per_example_grads.misconception(
    "averaged_first",
    "You return one gradient, that of the mean loss. It is what training needs, and what each "
    "example had to say can't be got back from it. Which comes first, the gradient or the "
    "gathering?",
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


per_example_grads.hints(
    "What does `mx.grad(loss_fn)` do with one example? And who does that for many?",
    "`mx.vmap` takes `in_axes`: an axis for each argument, or None for one that is not mapped.",
    "`mx.vmap(mx.grad(loss_fn), in_axes=(None, ...))`: look at the shapes of xs and ys.",
)
