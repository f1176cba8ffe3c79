"""sgd_step, an exercise of lesson 03, transforms."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise

sgd_step = exercise(minutes=5, level=1)


@sgd_step.solution
def _(params, x, y, lr):
    """One step of gradient descent for a linear classifier.

        params: {"w": (D, C) float32, "b": (C,) float32}; the logits are x @ w + b
        x:      (N, D) float32
        y:      (N,) int32, the right class of each row
        lr:     a Python float
        result: (loss, new): the loss at the `params` that came in, a 0-d array: the mean over the
                rows of the cross-entropy (natural logarithm); and a dict like `params`, moved
                against the gradient by lr times it

    The dict that was passed in holds the same values afterwards.

    With w and b all 0, x = [[1, 2]], y = [0] and lr = 1 the loss is 0.6931, the new w is
    [[0.5, -0.5], [1, -1]] and the new b is [0.5, -0.5].
    """

    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.use(loss="reduction", w="matmul", b="reduction")
def _(answer, rng):
    rows, features, classes = (int(size) for size in rng.permutation([2, 3, 4, 5])[:3])
    lr = float(rng.uniform(0.2, 0.8))
    w, b = rng.normal(size=(features, classes)), rng.normal(size=classes)
    params = {"w": mx.array(w.astype(np.float32)), "b": mx.array(b.astype(np.float32))}
    before = {name: value.tolist() for name, value in params.items()}
    x = mx.array(rng.normal(size=(rows, features)).astype(np.float32))
    y = mx.array(rng.integers(0, classes, size=rows).astype(np.int32))
    result = answer(params, x, y, lr)
    kinds = [type(part).__name__ for part in result] if isinstance(result, (tuple, list)) else []
    if len(kinds) != 2 or not isinstance(result[1], dict):
        return {"kind": f"({', '.join(kinds)})" if kinds else type(result).__name__}
    loss, new = result
    return {
        "kind": "(loss, dict)",
        "loss": loss,
        "names": ", ".join(sorted(new)),
        "w": new.get("w"),
        "b": new.get("b"),
        "unchanged": {name: value.tolist() for name, value in params.items()} == before,
    }


sgd_step.says(
    passed="No tape, no backward, nothing to reset: a function and its gradient.",
    kind="What you returned",
    loss="The loss",
    names="Names in the new dict",
    w="The new w",
    b="The new b",
    unchanged="The dict that came in holds the same values afterwards",
)


@sgd_step.alternative
def _(params, x, y, lr):
    def loss_fn(w, b):
        logits = x @ w + b
        right = mx.take_along_axis(logits, y[:, None], axis=1)[:, 0]
        return (mx.logsumexp(logits, axis=1) - right).mean()

    loss, (dw, db) = mx.value_and_grad(loss_fn, argnums=(0, 1))(params["w"], params["b"])
    return loss.item(), {"b": params["b"] - lr * db, "w": params["w"] - lr * dw}


@sgd_step.alternative
def _(params, x, y, lr):
    logits = x @ params["w"] + params["b"]
    error = mx.softmax(logits, axis=1)
    loss = -mx.log(error[mx.arange(len(y)), y]).mean()
    error = (error - mx.eye(logits.shape[1])[y]) / len(y)
    return loss, {"w": params["w"] - lr * x.T @ error, "b": params["b"] - lr * error.sum(axis=0)}


@sgd_step.misconception(
    "zero_grad_backward",
    "An array of MLX has no `backward`, and no `.grad` that it would fill. There is nothing to "
    "set to zero either, because nothing is ever added up behind your back. A gradient is what a "
    "function returns. Which function makes that function?",
)
def _(params, x, y, lr):
    logits = x @ params["w"] + params["b"]
    loss = nn.losses.cross_entropy(logits, y, reduction="mean")
    loss.backward()
    return loss, {name: value - lr * value.grad for name, value in params.items()}


@sgd_step.misconception(
    "grad_nonscalar_loss",
    "Your loss is one number for each row, and a gradient is taken of one number. In PyTorch "
    "cross-entropy averages unless it is told otherwise; MLX's does not. What turns a loss for "
    "each row into the loss of the batch?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        return nn.losses.cross_entropy(x @ params["w"] + params["b"], y)

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.misconception(
    "sum_for_mean",
    "Your loss is {loss}; the mean over the rows is {loss:expected}. The sum points the same way, "
    "and the step grows with the number of rows: with twice the batch, the same lr goes twice as "
    "far. What should it be divided by?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="sum")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.misconception(
    "first_argument_only",
    "`w` took its step and `b` stayed where it was. Unless it is told otherwise, "
    "`mx.value_and_grad` differentiates with respect to the first argument and takes all others "
    "for constants. Where does your gradient by `b` come from?",
)
def _(params, x, y, lr):
    def loss_fn(w, b):
        return nn.losses.cross_entropy(x @ w + b, y, reduction="mean")

    loss, dw = mx.value_and_grad(loss_fn)(params["w"], params["b"])
    return loss, {"w": params["w"] - lr * dw, "b": params["b"]}


@sgd_step.misconception(
    "loss_after_step",
    "Your step is right; your loss, {loss}, is the one after it, and the one before was "
    "{loss:expected}. The gradient was taken at the old parameters and their loss was computed on "
    "the way. Which function hands out both?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    grads = mx.grad(loss_fn)(params)
    new = {name: params[name] - lr * grads[name] for name in params}
    return loss_fn(new), new


@sgd_step.misconception(
    "uphill",
    "Your loss is right. Your step is as long as it should be and goes the other way. The gradient "
    "points to where the loss grows. Which way do you want to go?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] + lr * grads[name] for name in params}


@sgd_step.misconception(
    "changes_what_came_in",
    "The new parameters are right, and the dict that was passed in holds them too: to compare "
    "before and after, or to take the step back, is no longer possible. An assignment into that "
    "dict does it, and so does `-=` on an array, even on an array in a copy of the dict. Where "
    "does your step write?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    for name in params:
        params[name] = params[name] - lr * grads[name]
    return loss, params


@sgd_step.misconception(
    "lr_forgotten",
    "Your loss is right. Your step is the whole gradient, as if lr were 1; here a step is a part "
    "of it. What is the fourth argument for?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - grads[name] for name in params}


@sgd_step.misconception(
    "constants_differentiated",
    "Your loss is right, and nothing moved: the gradient is 0. A framework with a tape knows where "
    "the parameters went. MLX differentiates a function by its argument, and what the function "
    "takes from around it is a constant. Does your loss use the argument that it is called with?",
)
def _(params, x, y, lr):
    logits = x @ params["w"] + params["b"]

    def loss_fn(params):
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.misconception(
    "bias_left_out",
    "Your loss is {loss}, that of x @ w without b, where {loss:expected} is right, and `b` took no "
    "step. What are the logits made of?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        return nn.losses.cross_entropy(x @ params["w"], y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.misconception(
    "mean_over_classes_too",
    "Your loss is {loss}, which is {loss:expected} divided by the number of classes. A mean over a "
    "table with a row for each example and a column for each class divides by both. Over what was "
    "the mean to be taken?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        log_p = logits - mx.logsumexp(logits, axis=1, keepdims=True)
        return -(mx.eye(logits.shape[1])[y] * log_p).mean()

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.misconception(
    "softmax_twice",
    "Your loss is {loss}; that of the logits is {loss:expected}. Your number comes out where "
    "cross-entropy is given probabilities. `nn.losses.cross_entropy` takes the softmax by itself. "
    "What does it want to be given?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        probabilities = mx.softmax(x @ params["w"] + params["b"], axis=1)
        return nn.losses.cross_entropy(probabilities, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return loss, {name: params[name] - lr * grads[name] for name in params}


@sgd_step.misconception(
    "gradients_returned",
    "Your loss is right, and your dict holds the gradients. They say where the loss grows, and how "
    "fast. What is to be done with them, and with lr, to get new parameters?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    return mx.value_and_grad(loss_fn)(params)


@sgd_step.misconception(
    "parameters_first",
    "Your result is {kind}, and {kind:expected} was asked for. New state first and then the loss "
    "is usual in JAX. Which comes first here?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    loss, grads = mx.value_and_grad(loss_fn)(params)
    return {name: params[name] - lr * grads[name] for name in params}, loss


@sgd_step.misconception(
    "loss_not_returned",
    "Your result is a {kind} alone, and {kind:expected} was asked for. `mx.grad` gives the "
    "gradient and keeps the loss to itself. Which transform hands out both?",
)
def _(params, x, y, lr):
    def loss_fn(params):
        logits = x @ params["w"] + params["b"]
        return nn.losses.cross_entropy(logits, y, reduction="mean")

    grads = mx.grad(loss_fn)(params)
    return {name: params[name] - lr * grads[name] for name in params}


sgd_step.same_as(
    "alternative 1",
    "axis dropped",
    "mx.take_along_axis(logits, y[:, None], axis=1)",
    "without an axis it takes along the last one, and that is 1",
)
sgd_step.same_as(
    "alternative 1", "constant", "(:, 0)", "there is one column: it is the first and the last"
)

sgd_step.hints(
    "What is the function whose gradient you want, and what is its argument?",
    "Write the loss as a function of `params`; `mx.value_and_grad` of it returns the loss and a "
    "dict of gradients.",
    "`loss, grads = mx.value_and_grad(loss_fn)(params)`, then a new dict with "
    "`params[name] - lr * grads[name]`.",
)
