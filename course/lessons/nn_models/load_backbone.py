"""load_backbone, an exercise of lesson 05, nn_models."""

import tempfile
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
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
    def __init__(self, classes, extra=False):
        super().__init__()
        self.body = [nn.Linear(3, 3), nn.Linear(3, 3)]
        self.norm = nn.LayerNorm(3)
        self.head = nn.Linear(3, classes)
        if extra:
            self.scale = mx.ones(2)


@load_backbone.use(said="reading")
def _(answer, rng):
    seed = int(rng.integers(1 << 20))
    trained = fill_parameters(_Two(5), by_name=True, seed=seed)
    model = fill_parameters(_Two(2, extra=True), by_name=True, seed=seed + 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trained.safetensors"
        old = dict(tree_flatten(trained.parameters()))
        others = {"body.9.weight": mx.zeros((3, 3)), "scale": mx.zeros((2, 1))}  # neither fits
        mx.save_safetensors(str(path), old | others)
        names = None

        def call():
            nonlocal names
            names = answer(model, path)

        said = outcome(call)
        mx.eval(model.parameters())
    now = dict(tree_flatten(model.parameters()))
    return {
        "said": said.partition("\n")[0],
        "names": ", ".join(map(str, names)) if isinstance(names, (list, tuple)) else str(names),
        "classes": now["head.bias"].size,
        "weights": mx.concatenate(
            [now[name].reshape(-1) for name in sorted(now) if not name.startswith("head")]
        ),
        "head": now["head.weight"] if now["head.bias"].size == 2 else None,
    }


load_backbone.says(
    passed="This is how nearly every model that is trained for one thing starts a life as another.",
    said="How the call ended",
    names="The names you returned",
    classes="Classes that the model has now",
    weights="All weights but the head's",
    head="The head's weights, which should be as before",
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
    "`strict=False` lets missing and unknown names pass, and takes every array whose name fits, "
    "whatever its shape. The model now has {classes} classes instead of {classes:expected}, and "
    "nothing was raised.",
)
def _(model, path):
    model.load_weights(str(path), strict=False)
    own = {name for name, _ in tree_flatten(model.parameters())}
    return sorted(own - mx.load(str(path)).keys())


@load_backbone.misconception(
    "all_or_nothing",
    "MLX compared names and shapes and refused the file as a whole, which is what it should do "
    "when a file is expected to fit: {said}. Here you know that a part will not. How can the rest "
    "be handed over alone?",
)
def _(model, path):
    own = {name for name, _ in tree_flatten(model.parameters())}
    model.load_weights(str(path))
    return sorted(own - mx.load(str(path)).keys())


@load_backbone.misconception(
    "by_place_not_name",
    "Arrays were taken by their place in the file, and a file keeps no order that you could rely "
    "on: two of the same shape went into each other's place. What does each array carry with it?",
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


load_backbone.hints(
    "What does `mx.load` give you, and with what would you compare it?",
    "A dict of names and arrays. `tree_flatten(model.parameters())` gives the model's own names "
    "and arrays; keep what agrees in both.",
    "Make a dict of what fits, hand `list(fits.items())` to `model.load_weights` with "
    "`strict=False`, and return the names that are missing from it.",
)
