"""evaluate, an exercise of lesson 05, nn_models."""

import itertools
from contextlib import suppress

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
    the logits of the one before are evaluated.
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

    def __init__(self, features, hidden, classes):
        super().__init__()
        self.up, self.half = nn.Linear(features, hidden), _Half()
        self.out = nn.Linear(hidden, classes)
        self._gave = []

    def __call__(self, x):
        logits = self.out(self.half(nn.relu(self.up(x))))
        with suppress(ValueError):  # inside of mx.compile there is nothing to evaluate
            mx.eval(x)
            self._gave.append(logits)
        return logits


def _kind(number):
    """What a number is; float64 of NumPy is a Python float too."""
    return "float" if isinstance(number, float) else type(number).__name__


@evaluate.use(accuracy="reduction", loss="reduction", pending="reading")
def _(answer, rng):
    features, hidden, classes = (int(size) for size in rng.integers((3, 6, 3), (6, 10, 6)))
    model = _Watched(features, hidden, classes)
    fill_parameters(model, seed=int(rng.integers(1 << 20)))
    many, few = int(rng.integers(12, 18)), int(rng.integers(4, 7))
    sizes = [many] * int(rng.integers(2, 4)) + [few]
    x = rng.normal(size=(sum(sizes), features)).astype(np.float32)
    y = rng.integers(0, classes, len(x))
    sure = (np.arange(len(x)) % 3 == 0) | (np.arange(len(x)) >= len(x) - few)
    y[sure] = np.array(model.eval()(mx.array(x)).argmax(axis=1))[sure]  # often right, or always
    starts = np.cumsum([0, *sizes])
    data = [(mx.array(x[a:b]), mx.array(y[a:b])) for a, b in itertools.pairwise(starts)]
    mx.eval(model.parameters(), data)
    model.train()
    model._gave = []
    pending = []

    def batches():
        for pair in data:
            pending.append("yes" if model._gave and measure.graph_nodes(*model._gave) else "no")
            yield pair

    accuracy, loss = answer(model, batches())
    modes = [model.training]
    model.eval()
    answer(model, data)
    modes.append(model.training)
    return {
        "accuracy": float(accuracy),
        "loss": float(loss),
        "types": f"{_kind(accuracy)}, {_kind(loss)}",
        "modes": ", ".join("training" if mode else "evaluation" for mode in modes),
        "pending": ", ".join(pending),
    }


evaluate.says(
    passed="You can call it in the middle of training and nothing will have happened.",
    accuracy="Accuracy over all examples",
    loss="Loss over all examples",
    types="Types of the two numbers",
    modes="Mode afterwards, when it came in training and in evaluation mode",
    pending="When each batch was taken, were logits of earlier ones pending",
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
    "Your accuracy is {accuracy}, that of the model in training mode, where dropout switches a "
    "part of it off; with all of it the accuracy is {accuracy:expected}. Modules begin in training "
    "mode. Who ends it?",
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
    "The numbers are right, and a model that came in training mode was left in evaluation mode. "
    "From the next epoch on it trains without its dropout, and nothing says so. What was its mode "
    "when it came?",
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
    "Your accuracy is {accuracy}, the mean of the batches' means; the share of all examples is "
    "{accuracy:expected}. The last batch is smaller, and in a mean of means each of its examples "
    "counts for more. How many examples are there?",
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
    "The numbers are right. When a batch was taken, logits of earlier ones were still pending: "
    "{pending}. A sum that nobody evaluates keeps all that it is made of, every batch's "
    "activations too, until you look at it. When do you look?",
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


@evaluate.misconception(
    "loss_divided_twice",
    "The accuracy is right. Your loss is {loss}, and it should be {loss:expected}: yours are the "
    "batches' mean losses, divided by the number of examples once more. A mean is what one trains "
    "with. Which reduction can be added up?",
)
def _(model, batches):
    training = model.training
    model.eval()
    right, loss, count = 0, 0.0, 0
    for x, y in batches:
        logits = model(x)
        right += (logits.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(logits, y, reduction="mean").item()
        count += len(y)
    model.train(training)
    return right / count, loss / count


@evaluate.misconception(
    "mean_of_mean_losses",
    "The accuracy is right. Your loss is {loss}, the mean of the batches' means; over all examples "
    "it is {loss:expected}. The last batch is smaller, and each of its examples counts for more. "
    "Which reduction can be added up?",
)
def _(model, batches):
    training = model.training
    model.eval()
    right, losses, count = 0, [], 0
    for x, y in batches:
        logits = model(x)
        right += (logits.argmax(axis=1) == y).sum().item()
        losses.append(nn.losses.cross_entropy(logits, y, reduction="mean").item())
        count += len(y)
    model.train(training)
    return right / count, sum(losses) / len(losses)


@evaluate.misconception(
    "loss_not_reduced",
    "It stopped where one number was asked of an array with a number for each example. A "
    "comparison gives one for each, and so does `nn.losses.cross_entropy` unless it is told "
    "otherwise; PyTorch's takes the mean. What makes one number of it?",
)
def _(model, batches):
    training = model.training
    model.eval()
    right, loss, count = 0, 0.0, 0
    for x, y in batches:
        logits = model(x)
        right += (logits.argmax(axis=1) == y).sum().item()
        loss += nn.losses.cross_entropy(logits, y).item()
        count += len(y)
    model.train(training)
    return right / count, loss / count


@evaluate.misconception(
    "arrays_returned",
    "The numbers are right, and two arrays came back ({types}). An array can be printed and "
    "compared, and goes into no file of JSON. What makes a Python float of it?",
)
def _(model, batches):
    training = model.training
    model.eval()
    right, loss, count = mx.array(0), mx.array(0.0), 0
    for x, y in batches:
        logits = model(x)
        right = right + (logits.argmax(axis=1) == y).sum()
        loss = loss + nn.losses.cross_entropy(logits, y, reduction="sum")
        mx.eval(right, loss)
        count += len(y)
    model.train(training)
    return right / count, loss / count


evaluate.hints(
    "What differs between a model in training and the same model in use? And how many examples are "
    "in the last batch?",
    "Note `model.training`, call `model.eval()`, and put the mode back at the end. Count right "
    "answers and add up losses; divide once.",
    "`(logits.argmax(axis=1) == y).sum().item()` for each batch, the loss with "
    '`reduction="sum"`, and `model.train(training)` before you return.',
)
