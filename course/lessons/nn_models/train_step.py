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


def _pending(loss, model, optimizer):
    """What of a step is not evaluated, in words: how many operations it has differs by style."""
    parts = [
        ("the loss", [loss]),
        ("the weights", model.parameters()),
        ("the optimizer's state", optimizer.state),
    ]
    waiting = []
    for part, tree in parts:
        arrays = [value for _, value in tree_flatten(tree) if isinstance(value, mx.array)]
        if arrays and measure.graph_nodes(*arrays):
            waiting.append(part)
    return " and ".join(waiting) or "nothing"


@train_step.use(loss="reduction", weights="matmul", memory="matmul", pending="reading")
def _(answer, rng):
    B, D, hidden, C = (int(size) for size in rng.integers((4, 2, 6, 3), (9, 5, 9, 6)))
    model = fill_parameters(nn.Sequential(nn.Linear(D, hidden), nn.Tanh(), nn.Linear(hidden, C)))
    optimizer = rng.choice([optim.Adam, optim.AdamW])(learning_rate=0.05)
    optimizer.init(model.trainable_parameters())
    x = mx.array(rng.normal(size=(B, D)).astype(np.float32))
    y = mx.array(rng.integers(0, C, B))
    mx.eval(model.state, optimizer.state, x, y)
    loss = answer(model, optimizer, x, y)
    pending = _pending(loss, model, optimizer)
    answer(model, optimizer, x, y)
    counts = ("step", "learning_rate")
    memory = {name: value for name, value in optimizer.state.items() if name not in counts}
    return {
        "pending": pending,
        "loss": loss.item() if isinstance(loss, mx.array) and loss.size == 1 else loss,
        "weights": _flat(model.parameters()),
        "steps": optimizer.step.item(),
        "memory": _flat(memory),
    }


train_step.says(
    passed="Four lines, and the last is the one that does the work.",
    pending="What was pending when you returned",
    loss="The loss of the first step",
    weights="The weights after two steps",
    steps="Steps that the optimizer counted in two of yours",
    memory="The optimizer's state after two steps",
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
    "The optimizer has counted {steps} steps, and the weights are as before. `apply_gradients` "
    "returns new parameters and leaves the model alone; its name sounds as if it did more. What "
    "writes into the model?",
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
    "When you returned, {pending} were pending: the step was written down and not done. A loop of "
    "such steps is over in a moment, and the first print does all the work at once, with "
    "everything in memory. Who asks for the numbers?",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    return loss


@train_step.misconception(
    "eval_loss_only",
    "The loss is evaluated, and {pending} are still pending. The loss was computed from the old "
    "weights, so asking for it asks for nothing that came after. What did the optimizer write "
    "down?",
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
    "Your loss is {loss}, the sum over the batch, and the mean is {loss:expected}. The gradient is "
    "larger by the same factor, and a learning rate that was right for one batch size is wrong for "
    "the next. Which reduction does the statement ask for?",
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
    "Your loss is {loss}, and it should be {loss:expected}. Yours is the cross-entropy of a "
    "softmax of a softmax: it takes one itself. Nothing fails: the model still learns, slowly, "
    "because probabilities between 0 and 1 make almost equal logits. What does `model(x)` give?",
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
    "weights after the change. It makes every curve look one step better than it is. Which call "
    "has given the loss already?",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    _, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    loss = loss_fn(model, x, y)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


def _loss(model, x, y):
    return nn.losses.cross_entropy(model(x), y, reduction="mean")


@train_step.misconception(
    "optimizer_not_called",
    "The optimizer has counted {steps} steps, and the weights are as before. Gradients alone "
    "change nothing: in MLX they live beside the model, not in it. Who turns them into a change?",
)
def _(model, optimizer, x, y):
    loss, _ = nn.value_and_grad(model, _loss)(model, x, y)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "state_left_pending",
    "Loss and weights are evaluated, and {pending} is still pending. The optimizer counts its "
    "steps, and no weight asks for the count; over a long training it is a sum that nobody takes. "
    "Where does an optimizer keep what it remembers?",
)
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(model, _loss)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters())
    return loss


@train_step.misconception(
    "loss_left_pending",
    "The weights are evaluated, and {pending} that you return is still pending. It was computed "
    "on the way, and yet nobody asked for its number: who prints it later pays for it. What "
    "belongs into your `mx.eval`?",
)
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(model, _loss)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "loss_not_reduced",
    "MLX stopped where it should differentiate: your loss has a number for each example. "
    "`nn.losses.cross_entropy` reduces nothing unless it is told to; PyTorch's takes the mean. Of "
    "what can there be a gradient?",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y)

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "backward",
    "An MLX array has no `backward`. In PyTorch a loss knows how it was made and fills gradients "
    "into the weights; in MLX you differentiate a function. Which function gives the loss?",
)
def _(model, optimizer, x, y):
    loss = _loss(model, x, y)
    loss.backward()
    optimizer.update(model, model.parameters())
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "two_updates",
    "The first loss is right, and the optimizer has counted {steps} steps in two of yours. Each "
    "gradient was used twice. How often does one step change the model?",
)
def _(model, optimizer, x, y):
    loss, grads = nn.value_and_grad(model, _loss)(model, x, y)
    optimizer.update(model, grads)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


train_step.same_as(
    "alternative 1",
    "axis dropped",
    "mx.take_along_axis(logits, y[:, None], axis=1)",
    "without an axis it is the last one, which is axis 1",
)


train_step.hints(
    "Which four things happen in a step, and which of them are only written down?",
    "`nn.value_and_grad` gives loss and gradients; `optimizer.update` writes the change down.",
    "`mx.eval` on the loss, `model.parameters()` and `optimizer.state`, before `return loss`.",
)
