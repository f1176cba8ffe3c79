"""accumulate_gradients, an exercise of lesson 02, lazy_graphs."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

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


@accumulate_gradients.use(w="reduction", first_w="reduction", loss="reduction")
def _(answer, rng):
    w = mx.array(rng.normal(size=3).astype(np.float32))
    every, rows = int(rng.choice([2, 3])), int(rng.integers(2, 6))
    count = every * int(rng.integers(2, 4))
    batches = [mx.array(rng.normal(size=(rows, 3)).astype(np.float32)) for _ in range(count)]
    losses, gradients, updated, parts = [], [], [], []
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
        parts.append(x.shape[0])
        error = (x * (w - 1)).sum(axis=1)
        losses.append(mx.square(error).mean())
        gradients.append((error[:, None] * x).sum(axis=0) / 2)
        return losses[-1], gradients[-1]

    def update(w, g):
        updated.append(w - 0.1 * g)
        return updated[-1]

    w, loss = answer(loss_and_grad, update, w, batches, every)
    look(w)
    return {
        "parts": len(parts),
        "rows": max(parts, default=0),
        "updates": len(updated),
        "first_w": updated[0] if updated else None,
        "w": w,
        "loss": loss,
        "kind": "float" if isinstance(loss, float) else type(loss).__name__,
        **waiting,
    }


accumulate_gradients.says(
    passed="One part in memory at a time, and the step of the whole batch.",
    parts="Calls of loss_and_grad",
    rows="Rows of the largest part that loss_and_grad got",
    updates="Calls of update",
    first_w="w after the first update",
    w="The last w",
    loss="The mean loss",
    kind="The type of the mean loss",
    w_waiting="Operations pending in w, at most",
    gradients_waiting="Gradients pending at once, at most",
    losses_waiting="Losses pending at once, at most",
)


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
    "Gradients were evaluated at the updates, as in an ordinary loop. Here that undoes the idea: "
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


@accumulate_gradients.misconception(
    "parts_put_together",
    "`loss_and_grad` was called {parts} times for {parts:expected} parts, with up to {rows} rows "
    "at once. The gradient of the whole batch is what one wants, and here the whole batch does not "
    "fit into memory. What can be added up instead of the rows?",
)
def _(loss_and_grad, update, w, batches, every):
    losses = []
    for start in range(0, len(batches), every):
        loss, g = loss_and_grad(w, mx.concatenate(batches[start : start + every]))
        w = update(w, g)
        mx.eval(w, loss)
        losses.append(loss.item())
    return w, sum(losses) / len(losses)


accumulate_gradients.always(w_shape="the statement says (3,)")
accumulate_gradients.hints(
    "What would be in memory if four parts were computed in one go, and what if one by one?",
    "Three things are carried from one part to the next: which? Each of them can be pending.",
    "At the end of the loop's body: `mx.eval` of w, of the sum of gradients, and of the loss.",
)
