"""train_step, an exercise of lesson 05, nn_models."""

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten

from course import measure
from course.exercise import exercise
from course.probe import fill_parameters

train_step = exercise(minutes=6, level=1, mutates=("model",))


@train_step.solution
def _(model, optimizer, x, y):
    """One step of training.

    `model` maps x of shape (B, D) to logits of shape (B, C); `y` holds the B right classes. Take
    the mean cross-entropy of the batch and its gradient, let `optimizer` change the model, and
    return the loss as it was before the change. When you return, nothing is pending: not in the
    loss, the parameters or the optimizer's state.
    With logits that are all equal, and C = 4, the loss returned is log 4, about 1.386.
    """

    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


def _flat(tree):
    """All numbers of a tree in one row, in the order of their names."""
    pairs = sorted(tree_flatten(tree), key=lambda pair: pair[0])
    return mx.concatenate([value.reshape(-1) for _, value in pairs])


@train_step.use(loss="reduction", weights="matmul", pending="reading")
def _(answer, rng):
    model = fill_parameters(nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)))
    optimizer = optim.Adam(learning_rate=0.05)
    optimizer.init(model.trainable_parameters())
    x = mx.array(rng.normal(size=(6, 3)).astype(np.float32))
    y = mx.array(rng.integers(0, 4, 6))
    mx.eval(model.state, optimizer.state, x, y)
    loss = answer(model, optimizer, x, y)
    arrays = [value for _, value in tree_flatten([model.parameters(), optimizer.state])]
    arrays += [loss] if isinstance(loss, mx.array) else []
    pending = measure.graph_nodes(*[value for value in arrays if isinstance(value, mx.array)])
    answer(model, optimizer, x, y)
    return {
        "pending": pending,
        "loss": loss.item() if isinstance(loss, mx.array) and loss.size == 1 else loss,
        "weights": _flat(model.parameters()),
    }


train_step.says(
    passed="Four lines, and the last is the one that does the work.",
    pending="Operations pending when you returned",
    loss="The loss of the first step",
    weights="The weights after two steps",
)


@train_step.alternative
def _(model, optimizer, x, y):
    def loss_fn(x):
        logits = model(x)
        right = mx.take_along_axis(logits, y[:, None], axis=1).squeeze(1)
        return (mx.logsumexp(logits, axis=1) - right).mean()

    loss, grads = nn.value_and_grad(model, loss_fn)(x)
    model.update(optimizer.apply_gradients(grads, model.trainable_parameters()))
    mx.eval(model.state, optimizer.state, loss)
    return loss.item()


@train_step.misconception(
    "apply_gradients_discarded",
    "The weights are as before. `apply_gradients` returns new parameters and leaves the model "
    "alone; its name sounds as if it did more. Where did what it returned go?",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.apply_gradients(grads, model)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "never_eval_loop",
    "When you returned, {pending} operations were pending; it should be 0. The step was written "
    "down and not done. A loop of such steps is over in a moment, and the first print does all the "
    "work at once, with everything in memory. Who asks for the numbers?",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    return loss


@train_step.misconception(
    "eval_loss_only",
    "The loss is evaluated, and {pending} operations are still pending in the weights and in the "
    "optimizer's state. The loss was computed from the old weights, so asking for it asks for "
    "nothing that came after.",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss)
    return loss


@train_step.misconception(
    "summed_loss",
    "Your loss is {loss}, and the mean is {loss:expected}: it was added up over the batch. The "
    "gradient is then larger by the same factor, and a learning rate that was right for one batch "
    "size is wrong for the next.",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="sum")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "softmax_before_cross_entropy",
    "Your loss is {loss}, and it should be {loss:expected}. The cross-entropy got probabilities, "
    "and it takes the softmax itself. Taken twice nothing fails: the model still learns, slowly, "
    "because probabilities between 0 and 1 make almost equal logits.",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(mx.softmax(model(x), axis=-1), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "loss_after_the_step",
    "The step is right, and the loss is {loss} instead of {loss:expected}: it belongs to the "
    "weights after the change. It costs a second pass through the model, and makes every curve "
    "look one step better than it is.",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    _, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    loss = loss_fn(model, x, y)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


train_step.hints(
    "Which four things happen in a step, and which of them are only written down?",
    "`nn.value_and_grad` gives loss and gradients; `optimizer.update` writes the change down.",
    "`mx.eval` on the loss, `model.parameters()` and `optimizer.state`, before `return loss`.",
)
