"""train_until_best, an exercise of lesson 05, nn_models."""

import tempfile

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise
from course.probe import fill_parameters

train_until_best = exercise(minutes=14, level=3, mutates=("model",))


@train_until_best.solution
def _(model, train_epoch, held_out_loss, patience):
    """Train until it stops getting better, and end with the best model there was.

    `train_epoch()` trains `model`, in place, for one epoch; `held_out_loss()` gives its loss on
    data that it is not trained on. Do one after the other until `patience` epochs in a row have not
    gone below the lowest loss so far. Then give `model` the parameters it had at that lowest loss,
    and return the pair (best, epochs): the number of the epoch it came from, counted from 1, and
    how many epochs were trained.
    For losses 3, 1, 2, 2 and a patience of 2 the answer is (2, 4), with the model of epoch 2.
    """
    lowest, best, epoch, kept = float("inf"), 0, 0, model.parameters()
    while epoch - best < patience:
        epoch += 1
        train_epoch()
        loss = held_out_loss()
        if loss < lowest:
            lowest, best, kept = loss, epoch, model.parameters()
    model.update(kept)
    return best, epoch


# The lowest is the fourth or fifth. Then comes its equal, and then some that beat the one before.
_LOSSES = {
    2: [5.0, 3.5, 4.0, 2.0, 3.0, 2.0, 2.5, 2.4, 2.6, 2.2],
    3: [5.0, 3.5, 4.0, 3.0, 2.0, 3.0, 2.0, 2.5, 2.4, 2.6, 2.2],
    4: [5.0, 3.5, 4.0, 3.8, 2.0, 3.0, 2.5, 2.0, 2.6, 2.4, 2.5, 2.2],
}


def _trained(answer, rng, losses, patience):
    """What came of it: (best, epochs, trained, the model's parameters in one row)."""
    i, o = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    model = fill_parameters(nn.Sequential(nn.Linear(i, o), nn.Linear(o, 2)))
    step = mx.array(rng.normal(size=(o, i)).astype(np.float32))
    factor = int(rng.integers(1, 9))
    losses = [*losses, *[9.0] * 60]
    done = []

    def train_epoch():
        done.append(1)
        model.layers[0].weight = model.layers[0].weight + step
        model.layers[1].bias = model.layers[1].bias - 1
        mx.eval(model.parameters())

    def held_out_loss():
        return factor * losses[len(done) - 1] if done else factor * 4.5

    best, epochs = answer(model, train_epoch, held_out_loss, patience)
    row = [value.reshape(-1) for _, value in tree_flatten(model.parameters())]
    return best, epochs, len(done), mx.concatenate(row)


@train_until_best.use
def _(answer, rng):
    patience = int(rng.integers(2, 5))
    best, epochs, trained, weights = _trained(answer, rng, _LOSSES[patience], patience)
    early = _trained(answer, rng, [3.0, 2.0, 4.0, 1.0], 1)
    return {
        "patience": str(patience),
        "best": best,
        "epochs": epochs,
        "trained": trained,
        "weights": weights,
        "early": f"({early[0]}, {early[1]}) after {early[2]}",
        "early_weights": early[3],
    }


train_until_best.says(
    passed="Keeping the best cost no copy: an optimizer exchanges arrays and writes into none.",
    patience="The patience",
    best="The best epoch",
    epochs="Epochs, as you returned them",
    trained="Epochs that were trained",
    weights="The model's parameters afterwards",
    early="Your answer for losses 3, 2, 4, 1 and a patience of 1, and how many epochs were trained",
    early_weights="The model's parameters afterwards, with a patience of 1",
)


@train_until_best.alternative
def _(model, train_epoch, held_out_loss, patience):
    history, states, waited = [], [], 0
    while waited < patience:
        train_epoch()
        loss = float(held_out_loss())
        waited = waited + 1 if history and loss >= min(history) else 0
        history.append(loss)
        states.append([(name, mx.array(value)) for name, value in tree_flatten(model.parameters())])
    best = history.index(min(history))
    model.load_weights(states[best])
    return best + 1, len(history)


@train_until_best.alternative
def _(model, train_epoch, held_out_loss, patience):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/best.safetensors"
        epochs, best, lowest = 0, None, None
        while best is None or epochs < best + patience:
            train_epoch()
            epochs += 1
            loss = held_out_loss()
            if lowest is None or loss < lowest:
                best, lowest = epochs, loss
                model.save_weights(path)
        model.load_weights(path)
        mx.eval(model.parameters())
    return [best, epochs]


@train_until_best.misconception(
    "last_weights_stay",
    "The right epoch was found, and the model ends with the weights of the last one, which by then "
    "had been getting worse for a while. Either nothing was given back, or what was kept went on "
    "changing, as a second name for the model does. What does `model.parameters()` give you at a "
    "moment?",
)
def _(model, train_epoch, held_out_loss, patience):
    lowest, best, epoch = float("inf"), 0, 0
    while epoch - best < patience:
        epoch += 1
        train_epoch()
        loss = held_out_loss()
        if loss < lowest:
            lowest, best = loss, epoch
    return best, epoch


@train_until_best.misconception(
    "patience_one_short",
    "You stopped after {epochs} epochs, and it should be {epochs:expected}. With a patience of "
    "{patience}, your loop ends one epoch early. After the best epoch, how many more may go by?",
)
def _(model, train_epoch, held_out_loss, patience):
    lowest, best, epoch, kept = float("inf"), 0, 0, model.parameters()
    while epoch - best < max(1, patience - 1):
        epoch += 1
        train_epoch()
        loss = held_out_loss()
        if loss < lowest:
            lowest, best, kept = loss, epoch, model.parameters()
    model.update(kept)
    return best, epoch


@train_until_best.misconception(
    "compares_with_the_last_one",
    "Your numbers are those of comparing each loss with the one before it. Epochs that were better "
    "than a bad one and worse than the best then count as progress: you trained {trained} epochs "
    "instead of {trained:expected}, and call epoch {best} the best. With which loss should a new "
    "one be compared?",
)
def _(model, train_epoch, held_out_loss, patience):
    before, best, epoch, waited, kept = float("inf"), 0, 0, 0, model.parameters()
    while waited < patience and epoch < 50:
        epoch += 1
        train_epoch()
        loss = held_out_loss()
        if loss < before:
            best, kept, waited = epoch, model.parameters(), 0
        else:
            waited += 1
        before = loss
    model.update(kept)
    return best, epoch


@train_until_best.misconception(
    "equal_counts_as_better",
    "A loss that was as low as the lowest was taken for a new lowest, and the waiting began again: "
    "{epochs} epochs instead of {epochs:expected}. A model that has stopped changing would be "
    "trained for ever. What does it take to go below?",
)
def _(model, train_epoch, held_out_loss, patience):
    lowest, best, epoch, kept = float("inf"), 0, 0, model.parameters()
    while epoch - best < patience:
        epoch += 1
        train_epoch()
        loss = held_out_loss()
        if loss <= lowest:
            lowest, best, kept = loss, epoch, model.parameters()
    model.update(kept)
    return best, epoch


def _stopped(model, train_epoch, held_out_loss, ends, first=True):
    """The loop once more: ends(epoch, best, bad) says when; `first`: trained, then measured."""
    lowest, best, epoch, bad, kept = float("inf"), 0, 0, 0, model.parameters()
    while not ends(epoch, best, bad):
        epoch += 1
        if first:
            train_epoch()
        loss = held_out_loss()
        if not first:
            train_epoch()
        if loss < lowest:
            lowest, best, kept = loss, epoch, model.parameters()
        else:
            bad += 1
    model.update(kept)
    return best, epoch, lowest


@train_until_best.misconception(
    "patience_one_more",
    "You stopped after {epochs} epochs, and it should be {epochs:expected}. With a patience of "
    "{patience}, your loop ends one epoch late. After the best epoch, how many more may go by?",
)
def _(model, train_epoch, held_out_loss, patience):
    def ends(epoch, best, bad):
        return epoch - best > patience

    return _stopped(model, train_epoch, held_out_loss, ends)[:2]


@train_until_best.misconception(
    "not_in_a_row",
    "You stopped after {epochs} epochs, and it should be {epochs:expected}. Your numbers are those "
    "of counting all epochs without a new lowest loss; the statement counts those in a row. What "
    "happens to the count when a new lowest comes?",
)
def _(model, train_epoch, held_out_loss, patience):
    def ends(epoch, best, bad):
        return bad >= patience

    return _stopped(model, train_epoch, held_out_loss, ends)[:2]


@train_until_best.misconception(
    "measured_before_training",
    "You call epoch {best} the best, and it is {best:expected}: each loss is that of the model "
    "before the epoch that it is counted for. Which comes first in an epoch?",
)
def _(model, train_epoch, held_out_loss, patience):
    def ends(epoch, best, bad):
        return epoch - best >= patience

    return _stopped(model, train_epoch, held_out_loss, ends, first=False)[:2]


@train_until_best.misconception(
    "loss_returned",
    "The right epochs were trained, and the model is right. The first number that you return is "
    "{best}, the lowest loss; asked for was the epoch that it came from, {best:expected}. Which of "
    "the two do you need to repeat a run?",
)
def _(model, train_epoch, held_out_loss, patience):
    def ends(epoch, best, bad):
        return epoch - best >= patience

    _, epochs, lowest = _stopped(model, train_epoch, held_out_loss, ends)
    return lowest, epochs


@train_until_best.misconception(
    "counted_from_0",
    "The right epochs were trained, and the model is right. You call epoch {best} the best, and "
    "counted from 1, as the statement does, it is epoch {best:expected}. What number has the first "
    "one?",
)
def _(model, train_epoch, held_out_loss, patience):
    def ends(epoch, best, bad):
        return epoch - best >= patience

    best, epochs, _ = _stopped(model, train_epoch, held_out_loss, ends)
    return best - 1, epochs


train_until_best.same_as(
    "solution",
    "constant",
    "(float('inf'), 0, 0, model.parameters())",
    "the first loss is below infinity, so `best` is said before the loop can end",
)
train_until_best.same_as(
    "alternative 1",
    "constant",
    "([], [], 0)",
    "the first epoch sets `waited` to 0, and a patience is at least 1",
)
for _operator, _line in (
    ("statement dropped", "mx.eval(model.parameters())"),
    ("eval dropped", "mx.eval(model.parameters())"),
):
    train_until_best.same_as(
        "alternative 2",
        _operator,
        _line,
        "a file that is open can be read after its folder has gone, but on Windows",
    )


train_until_best.hints(
    "Which three things do you have to remember from the best epoch so far?",
    "Its loss, its number, and `model.parameters()` as it was then. How many epochs have gone by "
    "since it?",
    "`while epoch - best < patience:` and, after the loop, `model.update(kept)`.",
)


train_until_best.afterwards(
    "All that you wrote, together: both networks, your step, your batches, your loop. Two of the "
    "held-out fonts say when to stop; three others, which took no part in that, say how good it "
    "is. `glyph_net` should know more than 80 % of their characters, after less than 30 s on two "
    "CPU cores.",
    """
    import time

    from course import glyphs

    letters = glyphs.glyphs(copies=24)
    stop_by = glyphs.glyphs(("DejaVuSerif-Bold", "cmss10"), copies=4, seed=1)
    judge_by = glyphs.glyphs(("DejaVuSerif", "DejaVuSerif-Italic", "cmtt10"), copies=4, seed=2)


    def trained(model):
        rng, optimizer = np.random.default_rng(0), optim.AdamW(learning_rate=2e-3)

        def train_epoch():
            for x, y in minibatches(*letters, 64, rng):
                train_step(model, optimizer, x, y)

        def held_out_loss():
            return evaluate(model, minibatches(*stop_by, 256, rng))[1]

        best, epochs = train_until_best(model, train_epoch, held_out_loss, 1)
        return best, epochs, evaluate(model, minibatches(*judge_by, 256, rng))[0]


    try:
        mx.random.seed(0)
        for model in (mlp([256, 128, 36]), glyph_net((12, 32), 36)):
            start = time.perf_counter()
            best, epochs, share = trained(model)
            print(f"{type(model).__name__}: {share:.1%} of new fonts, best after epoch {best} of "
                  f"{epochs}, {time.perf_counter() - start:.0f} s")
    except NotImplementedError:
        print("This trains your networks on letters, once all of it is written.")
    """,
)
