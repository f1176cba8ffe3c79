"""answer_loss, an exercise of lesson 09, lora_lap."""

import mlx.core as mx
import mlx.nn as nn

from course.exercise import exercise
from course.probe import fill_parameters

answer_loss = exercise(minutes=10, level=2)


@answer_loss.solution
def _(model, rows, asked, ends):
    """The loss over answers, as `--mask-prompt` means it.

    `rows` (B, T) holds token ids: in each row a question, its answer and then padding, which may be
    any tokens. In row i the question is the first `asked[i]` tokens, at least one, and the answer
    goes on to the token before `ends[i]`. `model(ids)` gives logits for the token after each.
    Return the mean cross-entropy over all tokens of all answers, each predicted from what stands
    before it: a float32 scalar that a gradient can pass through.
    For a row of 5 tokens with `asked` 2 and `ends` 4 that is the mean over tokens 2 and 3, counted
    from 0.
    """
    losses = nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    place = mx.arange(1, rows.shape[1])
    mask = (place >= asked[:, None]) & (place < ends[:, None])
    return (losses * mask).sum() / mask.sum()


class _Reader(nn.Module):
    """A model that sees one token. Where no token comes twice, the gradients of its embeddings show
    which logits a loss has used, however often the model was called."""

    def __init__(self, size):
        super().__init__()
        self.embedding = nn.Embedding(size, 7)
        self.out = nn.Linear(7, size, bias=False)

    def __call__(self, ids):
        return self.out(self.embedding(ids))


@answer_loss.use(loss="reduction", y="reduction")
def _(answer, rng):
    B, T = int(rng.integers(3, 5)), int(rng.integers(8, 11))
    size = B * T + 3
    model = fill_parameters(_Reader(size), seed=int(rng.integers(100)))
    asked = rng.permutation([1, 2, 3, 4])[:B]
    ends = asked + rng.permutation([1, 2, 3, 4])[:B]
    ends[int(rng.integers(B))] = T  # one row has no padding
    rows = mx.array(rng.permutation(size)[: B * T].reshape(B, T))
    asked, ends = mx.array(asked), mx.array(ends)
    learned = model.embedding.weight

    def loss_of(weight):
        model.embedding.weight = weight
        return answer(model, rows, asked, ends)

    change = mx.grad(loss_of)(learned)
    model.embedding.weight = learned
    loss = answer(model, rows, asked, ends)
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
        total, count = total + losses.sum(), count + losses.size
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
    "among them, as in ordinary training. The model would spend its steps on learning to write "
    "meeting notes, which nobody will ask it for. Where does the answer begin?",
)
def _(model, rows, asked, ends):
    return _masked(model, rows, mx.arange(1, rows.shape[1]) < ends[:, None])


@answer_loss.misconception(
    "padding_counted",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: padding is among them. It "
    "may be any token, so its id does not show it. Where does an answer end?",
)
def _(model, rows, asked, ends):
    return _masked(model, rows, mx.arange(1, rows.shape[1]) >= asked[:, None])


@answer_loss.misconception(
    "one_past_the_end",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: in each row that has "
    "padding, one token of it is among them. mlx_lm 0.32.2's own `default_loss` does the same. Is "
    "the token at `ends` still the answer's?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    return _masked(model, rows, (place >= asked[:, None]) & (place <= ends[:, None]))


@answer_loss.misconception(
    "first_token_missed",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: each answer's first token "
    "is missing. It is predicted from the last token of the question, and whether a model begins "
    "rightly is decided there. Which target is at place 0, once targets are shifted?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    return _masked(model, rows, (place > asked[:, None]) & (place < ends[:, None]))


@answer_loss.misconception(
    "not_shifted",
    "Your loss is {loss}, not {loss:expected}: that of each token predicting itself. A model "
    "learns that in no time, since it has just read it, and then it can only repeat. Which token "
    "do the logits at a place speak of?",
)
def _(model, rows, asked, ends):
    place = mx.arange(rows.shape[1])
    mask = (place >= asked[:, None]) & (place < ends[:, None])
    return (nn.losses.cross_entropy(model(rows), rows) * mask).sum() / mask.sum()


@answer_loss.misconception(
    "divided_by_all_places",
    "The right tokens bear on it, and your loss is {loss}, not {loss:expected}: that is their sum "
    "divided by the number of all places. A plain mean does that, and the longer a batch's "
    "padding, the smaller it gets. How many tokens are in the sum?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < ends[:, None])
    return _masked(model, rows, keep, keep.size)


@answer_loss.misconception(
    "mean_of_rows",
    "The right tokens bear on it, and your loss is {loss}, not {loss:expected}: that is the mean "
    "of the rows' means. A token of a short answer then weighs more than one of a long answer, "
    "which can be wanted. Over what does the statement take its one mean?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < ends[:, None])
    losses = nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    return ((losses * keep).sum(axis=1) / keep.sum(axis=1)).mean()


@answer_loss.misconception(
    "mask_over_inputs",
    "Your loss is {loss}, not {loss:expected}: that of answers taken one place too late, without "
    "their first token and with the one at `ends`. That is a mask "
    "counted over inputs, laid on targets. Which token of a row is the first target?",
)
def _(model, rows, asked, ends):
    place = mx.arange(rows.shape[1] - 1)
    return _masked(model, rows, (place >= asked[:, None]) & (place < ends[:, None]))


@answer_loss.misconception(
    "last_token_missed",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: each answer's last token is "
    "missing. It is often the end mark, and a model that never learns it does not stop. Which is "
    "the last token before `ends`?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    return _masked(model, rows, (place >= asked[:, None]) & (place < ends[:, None] - 1))


@answer_loss.misconception(
    "everything_counted",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: questions and padding are "
    "all among them, as in training on plain text. Which tokens should the model learn to write?",
)
def _(model, rows, asked, ends):
    return nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:], reduction="mean")


@answer_loss.misconception(
    "sum_of_losses",
    "The right tokens bear on it, and your loss is {loss}, not {loss:expected}: that is their sum. "
    "A batch with longer answers would take larger steps. By what should it be divided?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < ends[:, None])
    return _masked(model, rows, keep, 1)


@answer_loss.misconception(
    "ends_as_a_length",
    "{tokens} tokens bear on your loss, and {tokens:expected} should: those of answers that are "
    "`ends` tokens long. Many loaders keep lengths. From where is `ends` counted here?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < (asked + ends)[:, None])
    return _masked(model, rows, keep)


@answer_loss.misconception(
    "a_number_of_python",
    "MLX stopped: a value was asked for while it looked for gradients. A loss as a Python number "
    "is handy to print, and no gradient comes back from it. What should be returned?",
)
def _(model, rows, asked, ends):
    place = mx.arange(1, rows.shape[1])
    keep = (place >= asked[:, None]) & (place < ends[:, None])
    return _masked(model, rows, keep).item()


answer_loss.hints(
    "At which place do the logits speak of the first token of the answer?",
    "Shift: `model(rows[:, :-1])` against `rows[:, 1:]`. Then a mask over the places of the "
    "targets.",
    "With `place = mx.arange(1, T)`: keep where `place >= asked[:, None]` and "
    "`place < ends[:, None]`; sum of the kept losses, divided by how many there are.",
)
answer_loss.same_as(
    "alternative 1",
    "keyword dropped",
    "zip(asked.tolist(), ends.tolist(), strict=True)",
    "both have one number for each row",
)
answer_loss.same_as("alternative 1", "constant", "strict=True", "both have one number for each row")
answer_loss.same_as(
    "alternative 2",
    "arguments swapped",
    "mx.logical_and(place[None] >= asked[:, None], place[None] < ends[:, None])",
    "`and` is symmetric",
)
answer_loss.same_as(
    "alternative 2",
    "keyword dropped",
    "nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:], weights=inside, reduc…",
    "'none' is its default",
)
