"""evaluate, an exercise of lesson 05, nn_models."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course import measure
from course.exercise import exercise
from course.probe import fill_parameters

evaluate = exercise(minutes=8, level=2)


@evaluate.solution
def _(model, batches):
    """Accuracy and loss of a model on data that it is not trained on.

    `batches` yields pairs (x, y), not all of one size; `model(x)` gives logits of shape (B, C), and
    y holds the right classes. Return two Python floats: the share of all examples whose largest
    logit is the right one, and the mean cross-entropy over all examples. The model is used as it
    would be after training, and is left in the mode in which it came. When the next batch is taken,
    nothing of the one before is pending.
    For batches of 3 and 1 examples with 3 and 0 right answers, the first number is 0.75.
    """
    training = model.training
    model.eval()
    right, loss, count = 0, 0.0, 0
    for x, y in batches:
        logits = model(x)
        right += (logits.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(logits, y, reduction="sum").item()
        count += len(y)
    model.train(training)
    return right / count, loss / count


class _Half(nn.Module):
    """Dropout without chance: in training mode every second number is missing."""

    def __call__(self, x):
        return x * (mx.arange(x.shape[-1]) % 2) * 2 if self.training else x


class _Watched(nn.Module):
    """A small classifier that keeps the logits it gave."""

    def __init__(self):
        super().__init__()
        self.up, self.half, self.out = nn.Linear(3, 8), _Half(), nn.Linear(8, 4)
        self._gave = []

    def __call__(self, x):
        logits = self.out(self.half(nn.relu(self.up(x))))
        self._gave.append(logits)
        return logits


@evaluate.use(accuracy="reduction", loss="reduction", pending="reading")
def _(answer, rng):
    model = fill_parameters(_Watched(), seed=int(rng.integers(1 << 20)))
    data = [
        (mx.array(rng.normal(size=(n, 3)).astype(np.float32)), mx.array(rng.integers(0, 4, n)))
        for n in (16, 16, 5)
    ]
    mx.eval(model.parameters(), data)
    for x, y in data:  # the model shall be right now and then, differently from batch to batch
        y[: len(y) // (3 if len(y) > 9 else 1)] = model.eval()(x).argmax(axis=1)[
            : len(y) // (3 if len(y) > 9 else 1)
        ]
    mx.eval(data)
    model.train()
    model._gave = []
    pending = []

    def batches():
        for pair in data:
            pending.append(measure.graph_nodes(*model._gave) if model._gave else 0)
            yield pair

    accuracy, loss = answer(model, batches())
    modes = [model.training]
    model.eval()
    answer(model, data)
    modes.append(model.training)
    return {
        "floats": all(type(number) is float for number in (accuracy, loss)),
        "accuracy": float(accuracy),
        "loss": float(loss),
        "modes": ", ".join("training" if mode else "evaluation" for mode in modes),
        "pending": ", ".join(map(str, pending)),
    }


evaluate.says(
    passed="You can call it in the middle of training and nothing will have happened.",
    floats="Two Python floats",
    accuracy="Accuracy over 37 examples",
    loss="Loss over 37 examples",
    modes="Mode afterwards, when it came in training and in evaluation mode",
    pending="Operations pending when each batch was taken",
)


@evaluate.alternative
def _(model, batches):
    before = model.training
    model.train(False)
    try:
        hits, losses = [], []
        for x, y in batches:
            logits = model(x)
            hit = mx.argmax(logits, axis=-1) == y
            loss = nn.losses.cross_entropy(logits, y)
            mx.eval(hit, loss)
            hits.append(hit)
            losses.append(loss)
    finally:
        model.train(before)
    return mx.concatenate(hits).mean().item(), mx.concatenate(losses).mean().item()


@evaluate.misconception(
    "eval_forgotten",
    "The model was used in training mode, so a part of it was switched off by chance for every "
    "example: accuracy {accuracy}, and it is {accuracy:expected} when all of it is there. Modules "
    "begin in training mode. Who turns it off?",
)
def _(model, batches):
    right, loss, count = 0, 0.0, 0
    for x, y in batches:
        logits = model(x)
        right += (logits.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(logits, y, reduction="sum").item()
        count += len(y)
    return right / count, loss / count


@evaluate.misconception(
    "left_in_eval_mode",
    "The numbers are right, and the model was left in evaluation mode. From the next epoch on it "
    "trains without its dropout, and nothing says so.",
)
def _(model, batches):
    model.eval()
    right, loss, count = 0, 0.0, 0
    for x, y in batches:
        logits = model(x)
        right += (logits.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(logits, y, reduction="sum").item()
        count += len(y)
    return right / count, loss / count


@evaluate.misconception(
    "always_trains_afterwards",
    "The numbers are right, and a model that came in evaluation mode went away in training mode. "
    "That is right in a training loop and wrong everywhere else. What was its mode when it came?",
)
def _(model, batches):
    model.eval()
    right, loss, count = 0, 0.0, 0
    for x, y in batches:
        logits = model(x)
        right += (logits.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(logits, y, reduction="sum").item()
        count += len(y)
    model.train()
    return right / count, loss / count


@evaluate.misconception(
    "mean_of_means",
    "You have {accuracy}, the mean of the batches, and {accuracy:expected} was asked for, the mean "
    "of the examples. The last batch is smaller, and in a mean of means each of its examples "
    "counts for more.",
)
def _(model, batches):
    training = model.training
    model.eval()
    shares, losses = [], []
    for x, y in batches:
        logits = model(x)
        shares.append((logits.argmax(axis=1) == y).mean().item())
        losses.append(nn.losses.cross_entropy(logits, y, reduction="mean").item())
    model.train(training)
    return sum(shares) / len(shares), sum(losses) / len(losses)


@evaluate.misconception(
    "lazy_metric_leak",
    "The numbers are right. When a batch was taken, these operations of earlier ones were pending: "
    "{pending}; it should be {pending:expected}. A sum that nobody evaluates keeps all that it is "
    "made of, every batch's activations too, until you look at it.",
)
def _(model, batches):
    training = model.training
    model.eval()
    right, loss, count = mx.array(0), mx.array(0.0), 0
    for x, y in batches:
        logits = model(x)
        right = right + (logits.argmax(axis=1) == y).sum()
        loss = loss + nn.losses.cross_entropy(logits, y, reduction="sum")
        count += len(y)
    model.train(training)
    return right.item() / count, loss.item() / count


evaluate.hints(
    "What differs between a model in training and the same model in use? And how many examples are "
    "in the last batch?",
    "Note `model.training`, call `model.eval()`, and put the mode back at the end. Count right "
    "answers and add up losses; divide once.",
    "`(logits.argmax(axis=1) == y).sum().item()` for each batch, the loss with "
    '`reduction="sum"`, and `model.train(training)` before you return.',
)
