"""answer_loss, an exercise of lesson 09, lora_lap."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise
from course.probe import fill_parameters

answer_loss = exercise(minutes=10, level=2)


@answer_loss.solution
def _(model, rows, asked, ends):
    """The loss over answers, as `--mask-prompt` means it.

    `rows` (B, T) holds token ids: in each row a question, its answer and then padding. In row i the
    question is the first `asked[i]` tokens, and the answer goes on to the token before `ends[i]`.
    `model(ids)` gives logits for the token after each. Return the mean cross-entropy over all
    tokens of all answers, each predicted from what stands before it: a float32 scalar that a
    gradient can pass through.
    For a row of 5 tokens with `asked` 2 and `ends` 4 that is the mean over tokens 2 and 3, counted
    from 0.
    """
    losses = nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    place = mx.arange(1, rows.shape[1])
    mask = (place >= asked[:, None]) & (place < ends[:, None])
    return (losses * mask).sum() / mask.sum()


class _Reader(nn.Module):
    """A model that looks one token back; its bias shows which targets a loss has used."""

    def __init__(self, size):
        super().__init__()
        self.embedding = nn.Embedding(size, 7)
        self.out = nn.Linear(7, size, bias=False)

    def __call__(self, ids):
        return self.out(self.embedding(ids))


@answer_loss.use(loss="reduction", y="reduction")
def _(answer, rng):
    size, T = 11, 9
    model = fill_parameters(_Reader(size))
    asked = rng.permutation([2, 3, 4])
    ends = asked + rng.permutation([2, 3, 4])
    ids = rng.integers(1, size, (3, T)) * (np.arange(T) < ends[:, None])
    rows, asked, ends = mx.array(ids), mx.array(asked), mx.array(ends)

    def bent(change):
        def moved(given):
            logits = model(given)
            return logits + change[: logits.shape[0], : logits.shape[1]]

        return answer(moved, rows, asked, ends)

    loss = answer(model, rows, asked, ends)
    change = mx.grad(bent)(mx.zeros((3, T, size)))
    tokens = int((mx.abs(change).sum(axis=-1) > 0).sum())
    return {"tokens": tokens, "loss": round(float(loss), 4), "y": loss}


answer_loss.says(
    passed="What `--mask-prompt` does, in four lines.",
    tokens="Places whose logits bear on the loss",
    loss="The loss, rounded",
    y="The loss",
)


@answer_loss.alternative
def _(model, rows, asked, ends):
    logits = model(rows)
    total, count = mx.array(0.0), 0
    for i, (start, end) in enumerate(zip(asked.tolist(), ends.tolist(), strict=True)):
        losses = nn.losses.cross_entropy(logits[i, start - 1 : end - 1], rows[i, start:end])
        total, count = total + losses.sum(), count + end - start
    return total / count


@answer_loss.alternative
def _(model, rows, asked, ends):
    place = mx.arange(rows.shape[1] - 1) + 1
    inside = mx.logical_and(place[None] >= asked[:, None], place[None] < ends[:, None])
    return (
        nn.losses.cross_entropy(
            model(rows[:, :-1]), rows[:, 1:], weights=inside, reduction="none"
        ).sum()
        / inside.sum()
    )


def _masked(model, rows, keep, total=None):
    losses = nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    return (losses * keep).sum() / (keep.sum() if total is None else total)


@answer_loss.misconception(
    "prompt_counted",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: those of the questions are "
    "among them. The model would spend most of its steps on learning to write meeting notes, which "
    "nobody will ask it for. Where does the answer begin?",
)
def _(model, rows, asked, ends):
    return _masked(model, rows, mx.arange(1, rows.shape[1]) < ends[:, None])


@answer_loss.misconception(
    "padding_counted",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: padding is among them. It is "
    "so easy to predict that the loss looks better the more of it there is. Where does an answer "
    "end?",
)
def _(model, rows, asked, ends):
    return _masked(model, rows, mx.arange(1, rows.shape[1]) >= asked[:, None])


@answer_loss.misconception(
    "one_past_the_end",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: in each row that has "
    "padding, one token of it came in. The mask says `<=` where the end is meant. You are in "
    "good company, mlx_lm 0.32.2's own `default_loss` does the same, and it costs little: it is "
    "wrong by one token a row.",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    return _masked(model, rows, (place >= asked[:, None]) & (place <= ends[:, None]))


@answer_loss.misconception(
    "first_token_missed",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: each answer's first token "
    "is missing. It is predicted from the last token of the question, and whether a model begins "
    "rightly is decided there. Which target has place 1: the first token of the row, or the "
    "second?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    return _masked(model, rows, (place > asked[:, None]) & (place < ends[:, None]))


@answer_loss.misconception(
    "not_shifted",
    "Logits and targets stand at the same place: each token is asked to predict itself. A model "
    "learns that in no time, since it has just read it, and then it can only repeat. Which token "
    "do the logits at a place speak of?",
)
def _(model, rows, asked, ends):
    place = mx.arange(rows.shape[1])
    mask = (place >= asked[:, None]) & (place < ends[:, None])
    return (nn.losses.cross_entropy(model(rows), rows) * mask).sum() / mask.sum()


@answer_loss.misconception(
    "divided_by_all_places",
    "The right tokens bear on it, and your loss is {loss}, not {loss:expected}: the sum was "
    "divided by the number of all places, masked ones too. The longer a batch's padding, the "
    "smaller it looks, and the smaller is the step. `mean` does not know about the mask.",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < ends[:, None])
    return _masked(model, rows, keep, keep.size)


@answer_loss.misconception(
    "mean_of_rows",
    "The right tokens bear on it, and your loss is {loss}, not {loss:expected}: first a mean for "
    "each row, then the mean of those. A token of a short answer then weighs more than one of a "
    "long answer. That can be wanted; here it is the mean over tokens.",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < ends[:, None])
    losses = nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    return ((losses * keep).sum(axis=1) / keep.sum(axis=1)).mean()


answer_loss.hints(
    "At which place do the logits speak of the first token of the answer?",
    "Shift: `model(rows[:, :-1])` against `rows[:, 1:]`. Then a mask over the places of the "
    "targets.",
    "With `place = mx.arange(1, T)`: keep where `place >= asked[:, None]` and "
    "`place < ends[:, None]`; sum of the kept losses, divided by how many there are.",
)
