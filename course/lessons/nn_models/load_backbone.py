"""load_backbone, an exercise of lesson 05, nn_models."""

import tempfile
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten

from course.exercise import exercise
from course.probe import fill_parameters, outcome

load_backbone = exercise(minutes=8, level=2, mutates=("model",))


@load_backbone.solution
def _(model, path):
    """Take over from a checkpoint what fits, and say what did not.

    `path` is a safetensors file with the weights of a model much like `model`, trained for another
    number of classes. Every array in it whose name and shape are those of a parameter of `model`
    becomes that parameter's value; all else in `model` stays as it is. Return the sorted names of
    the parameters of `model` that were not taken over.
    If the file has `body.weight` in the right shape and `head.weight` in another, and the model has
    these two, the answer is ["head.weight"].
    """
    weights = mx.load(str(path))
    own = dict(tree_flatten(model.parameters()))
    fits = {k: w for k, w in weights.items() if k in own and w.shape == own[k].shape}
    model.load_weights(list(fits.items()), strict=False)
    return sorted(own.keys() - fits.keys())


class _Two(nn.Module):
    """A model of a few layers; the one that takes over has parts that the file lacks."""

    def __init__(self, dims, depth, classes, extra=False):
        super().__init__()
        self.body = [nn.Linear(dims, dims) for _ in range(depth)]
        self.norm = nn.LayerNorm(dims)
        self.head = nn.Linear(dims, classes)
        if extra:
            self.after = nn.Linear(dims, dims)
            self.scale, self.gain = mx.ones(2), mx.ones(1)  # in the file they have other shapes


@load_backbone.use(said="reading")
def _(answer, rng):
    seed = int(rng.integers(1 << 20))
    dims, depth, classes = (int(n) for n in rng.integers((3, 2, 2), (6, 4, 4)))
    trained = fill_parameters(_Two(dims, depth, 5), by_name=True, seed=seed)
    model = fill_parameters(_Two(dims, depth, classes, True), by_name=True, seed=seed + 1)
    model.body[0].freeze()  # a parameter all the same
    before = model.head.weight
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trained.safetensors"
        old = dict(tree_flatten(trained.parameters()))
        unfit = {"body.9.weight": (dims, dims), "scale": (3,), "gain": (1, 1)}
        mx.save_safetensors(str(path), old | {k: mx.zeros(shape) for k, shape in unfit.items()})
        names = None

        def call():
            nonlocal names
            names = answer(model, path)

        said = outcome(call)
        mx.eval(model.parameters())
    now = dict(tree_flatten(model.parameters()))
    listed = [*map(str, names)] if isinstance(names, (list, tuple)) else []
    return {
        "said": said.partition("\n")[0],
        "names": ", ".join(sorted(listed)) if listed else str(names),
        "sorted": listed == sorted(listed),
        "classes": now["head.bias"].size,
        "frozen": mx.concatenate(
            [now[f"body.0.{kind}"].reshape(-1) for kind in ("weight", "bias")]
        ),
        "weights": mx.concatenate(
            [
                now[name].reshape(-1)
                for name in sorted(now)
                if not name.startswith(("head", "body.0"))
            ]
        ),
        "head": np.array_equal(np.array(now["head.weight"]), np.array(before)),
    }


load_backbone.says(
    passed="This is how nearly every model that is trained for one thing starts a life as another.",
    said="How the call ended",
    names="The names you returned",
    sorted="Are they sorted",
    classes="Classes that the model has now",
    frozen="The weights of a layer that is frozen",
    weights="The other weights, without the head's",
    head="Are the head's weights as before",
)


@load_backbone.alternative
def _(model, path):
    found, left = mx.load(str(path)), []

    def taken(name, old):
        new = found.get(name)
        if new is None or new.shape != old.shape:
            left.append(name)
            return old
        return new

    pairs = tree_flatten(model.parameters())
    model.update(tree_unflatten([(name, taken(name, old)) for name, old in pairs]))
    return sorted(left)


@load_backbone.misconception(
    "not_strict_is_enough",
    "Every array whose name fits was taken, whatever its shape: the model now has {classes} "
    "classes instead of {classes:expected}, and nothing was raised. `strict=False` promises more "
    "than it does: it only lets missing and unknown names pass. What else must agree?",
)
def _(model, path):
    model.load_weights(str(path), strict=False)
    own = {name for name, _ in tree_flatten(model.parameters())}
    return sorted(own - mx.load(str(path)).keys())


@load_backbone.misconception(
    "all_or_nothing",
    "MLX refused the file as a whole, because it brings names that the model does not have. That "
    "is right when a file is expected to fit. Here you know that a part will not. How can the rest "
    "be handed over alone?",
)
def _(model, path):
    own = {name for name, _ in tree_flatten(model.parameters())}
    model.load_weights(str(path))
    return sorted(own - mx.load(str(path)).keys())


@load_backbone.misconception(
    "by_place_not_name",
    "Arrays went into other places of the same shape, as they do if their place in the file "
    "decides. A file keeps no order that you could rely on. What does each array carry with it?",
)
def _(model, path):
    pairs = tree_flatten(model.parameters())
    found = list(mx.load(str(path)).items())
    found.sort(key=lambda pair: pair[0], reverse=True)
    left, new = [], []
    for name, old in sorted(pairs):
        match = next((pair for pair in found if pair[1].shape == old.shape), None)
        if match is None:
            left.append(name)
        else:
            found.remove(match)
            new.append((name, match[1]))
    model.update(tree_unflatten(new), strict=False)
    return sorted(left)


@load_backbone.misconception(
    "names_of_the_file",
    "Everything that fits was taken over. What you returned, {names}, are names in the file; asked "
    "for were the parameters of `model` that still have their old values: {names:expected}.",
)
def _(model, path):
    weights = mx.load(str(path))
    own = dict(tree_flatten(model.parameters()))
    fits = {k: w for k, w in weights.items() if k in own and w.shape == own[k].shape}
    model.load_weights(list(fits.items()), strict=False)
    return sorted(weights.keys() - fits.keys())


def _fitting(model, path):
    own = dict(tree_flatten(model.parameters()))
    weights = mx.load(str(path))
    return own, {k: w for k, w in weights.items() if k in own and w.shape == own[k].shape}


@load_backbone.misconception(
    "frozen_forgotten",
    "A layer of this model is frozen, and its parameters were not taken over; the rest was. "
    "`trainable_parameters` leaves out what is frozen, and frozen weights come from a file more "
    "often than others. What gives all parameters?",
)
def _(model, path):
    own = dict(tree_flatten(model.trainable_parameters()))
    fits = {k: w for k, w in _fitting(model, path)[1].items() if k in own}
    model.load_weights(list(fits.items()), strict=False)
    return sorted(own.keys() - fits.keys())


@load_backbone.misconception(
    "nothing_loaded",
    "The names are right, and all parameters of the model have their old values. To know what fits "
    "is half of it. What puts an array into a model?",
)
def _(model, path):
    own, fits = _fitting(model, path)
    return sorted(own.keys() - fits.keys())


@load_backbone.misconception(
    "not_sorted",
    "All that fits was taken over, and the names are the right ones, in another order than asked "
    "for. A set has no order, and a model has one of its own. Which one can be compared?",
)
def _(model, path):
    own, fits = _fitting(model, path)
    model.load_weights(list(fits.items()), strict=False)
    return sorted(own.keys() - fits.keys(), reverse=True)


@load_backbone.misconception(
    "head_by_name",
    "All whose name fits was taken, but for the head: `scale` too, which has another shape in the "
    "file. The head is the usual suspect, not the only one. What tells you whether an array fits?",
)
def _(model, path):
    own, _ = _fitting(model, path)
    found = mx.load(str(path))
    fits = {k: w for k, w in found.items() if k in own and not k.startswith("head")}
    model.load_weights(list(fits.items()), strict=False)
    return sorted(own.keys() - fits.keys())


@load_backbone.misconception(
    "size_for_shape",
    "Among what was taken is `gain`, which has one number in the file too, in another shape: "
    "(1, 1) for (1,). As many numbers are not the same shape, and a weight that is turned has as "
    "many too. What does the statement compare?",
)
def _(model, path):
    own = dict(tree_flatten(model.parameters()))
    weights = mx.load(str(path))
    fits = {k: w for k, w in weights.items() if k in own and w.size == own[k].size}
    model.load_weights(list(fits.items()), strict=False)
    return sorted(own.keys() - fits.keys())


@load_backbone.misconception(
    "example_answer",
    "All that fits was taken over, and the answer is that of the statement's example, "
    "{names}. For this model it is {names:expected}. Which names did you find on the way?",
)
def _(model, path):
    _, fits = _fitting(model, path)
    model.load_weights(list(fits.items()), strict=False)
    return ["head.weight"]


load_backbone.hints(
    "What does `mx.load` give you, and with what would you compare it?",
    "A dict of names and arrays. `tree_flatten(model.parameters())` gives the model's own names "
    "and arrays; keep what agrees in both.",
    "Make a dict of what fits, hand `list(fits.items())` to `model.load_weights` with "
    "`strict=False`, and return the names that are missing from it.",
)
