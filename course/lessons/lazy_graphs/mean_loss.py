"""mean_loss, an exercise of lesson 02, lazy_graphs."""

import mlx.core as mx
import numpy as np

from course import measure
from course.exercise import exercise

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


@mean_loss.use(mean="reduction")
def _(answer, rng):
    batches = [
        mx.array(rng.normal(size=(n, 3)).astype(np.float32))
        for n in rng.permutation([6, 4, 5, 2, 1])
    ]
    given, waiting = [], [1]

    def loss_fn(x):
        waiting.append(sum(measure.graph_nodes(loss) > 0 for loss in given))
        given.append(mx.square(x * x - 1).sum() / len(x))
        return given[-1]

    mean = answer(loss_fn, batches)
    kind = "float" if isinstance(mean, float) else type(mean).__name__
    return {"mean": mean, "kind": kind, "calls": len(given), "waiting": max(waiting)}


mean_loss.says(
    passed="A number was kept of every batch, and nothing else.",
    mean="The mean loss of a row",
    kind="The type of the result",
    calls="Calls of loss_fn",
    waiting="Losses pending at once (one is allowed)",
)


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
    "Up to {waiting} losses were waiting to be computed. A sum or a list of losses looks "
    "small, as if it held numbers; each pending loss holds on to everything that it is made from. "
    "When should a loss become a number?",
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


@mean_loss.misconception(
    "array_returned",
    "The mean is right, and it is of type `{kind}`. It may print like a number; the caller was "
    "promised one of Python's. What makes it one?",
)
def _(loss_fn, batches):
    total = mx.array(0.0)
    for x in batches:
        total = total + loss_fn(x) * len(x)
        mx.eval(total)
    return total / sum(len(x) for x in batches)


mean_loss.hints(
    "What does `total` hold after a hundred batches: a number, or a hundred batches?",
    "Look at the line that adds to the total. And at how many rows each loss stands for.",
    "`loss.item()` inside the loop, times `len(x)`; divided by all rows at the end.",
)
