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


@train_until_best.use
def _(answer, rng):
    model = fill_parameters(nn.Linear(3, 2))
    step = mx.array(rng.normal(size=(2, 3)).astype(np.float32))
    # The lowest is the fourth. Its equal comes two later, and then some that beat the one before.
    losses = [5.0, 3.5, 4.0, 2.0, 3.0, 2.0, 2.5, 2.4, 2.6, 2.2, 2.5, 2.1, 2.3, 2.2] + [9.0] * 60
    factor = int(rng.integers(1, 9))
    done = []

    def train_epoch():
        done.append(1)
        model.weight = model.weight + step
        mx.eval(model.parameters())

    best, epochs = answer(model, train_epoch, lambda: factor * losses[len(done) - 1], 3)
    return {"best": best, "epochs": epochs, "trained": len(done), "weight": model.weight}


train_until_best.says(
    passed="Keeping the best cost no copy: an optimizer exchanges arrays and writes into none.",
    best="The best epoch",
    epochs="Epochs, as you returned them",
    trained="Epochs that were trained",
    weight="The model's weight afterwards",
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
    "had been getting worse for a while. If you kept something, it was no copy: a second name for "
    "the model sees every step that is taken. What does `model.parameters()` give you at a moment?",
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
    "You stopped after {epochs} epochs, and it should be {epochs:expected}. With a patience of n, "
    "the n-th epoch without a new lowest loss is still trained, and only then it ends.",
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
    "You compared each loss with the one before it. Epochs that were better than a bad one and "
    "worse than the best then count as progress: you trained {epochs} epochs instead of "
    "{epochs:expected}, and call epoch {best} the best.",
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
    "trained for ever.",
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
