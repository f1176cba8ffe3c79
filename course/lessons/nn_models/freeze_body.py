"""freeze_body, an exercise of lesson 05, nn_models."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise
from course.probe import outcome

freeze_body = exercise(minutes=4, level=1)


@freeze_body.solution
def _(model):
    """Leave nothing of a model to train but its last layer.

    `model` is a module with a submodule called `head`; what else it has, and what of it is frozen
    already, you do not know. Afterwards `model.trainable_parameters()` holds all the parameters of
    `head` and nothing else. Change the model in place, and return it.
    For a model with the layers `body` and `head` that is `head.weight` and `head.bias`.
    """
    model.freeze()
    model.head.unfreeze()
    return model


class _Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = mx.ones(3)
        self.blocks = [nn.Linear(3, 3), nn.LayerNorm(3)]
        self.head = nn.Linear(3, 2)
        self.head.freeze(keys="bias")

    def __call__(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x * self.scale)


@freeze_body.use(training="reading", step="reading")
def _(answer, rng):
    model = answer(_Body())
    x = mx.array(rng.normal(size=(4, 3)).astype(np.float32))

    def step():
        nn.value_and_grad(model, lambda x: model(x).sum())(x)

    names = sorted(name for name, _ in tree_flatten(model.trainable_parameters()))
    return {
        "trainable": ", ".join(names) or "nothing",
        "step": outcome(step),
        "training": model.training,
        "parameters": len(tree_flatten(model.parameters())),
    }


freeze_body.says(
    passed="An optimizer sees only what is trainable, and keeps state for nothing else.",
    trainable="Trainable parameters",
    step="A gradient of the model",
    training="Training mode",
    parameters="Number of parameter arrays",
)


@freeze_body.alternative
def _(model):
    for name, child in model.children().items():
        for module in child if isinstance(child, list) else [child]:
            module.unfreeze() if name == "head" else module.freeze()
    model.freeze(recurse=False)
    return model


@freeze_body.misconception(
    "all_frozen",
    "Nothing is left to train, and MLX says so as soon as it shall differentiate: "
    "{step}. `freeze` goes through everything below a module, so what was open before it is shut "
    "after it. What is the order of your two lines?",
)
def _(model):
    model.head.unfreeze()
    model.freeze()
    return model


@freeze_body.misconception(
    "head_left_as_it_was",
    "Trainable are {trainable}; it should be {trainable:expected}. The rest is frozen, and the "
    "head stays as it came. This one came with a part frozen, from an earlier experiment perhaps. "
    "What makes sure that all of it is open?",
)
def _(model):
    for name, child in model.children().items():
        if name != "head":
            for module in child if isinstance(child, list) else [child]:
                module.freeze()
    model.freeze(recurse=False)
    return model


@freeze_body.misconception(
    "eval_freezes",
    "Trainable are still {trainable}. Putting a model into evaluation mode changes what dropout "
    "and normalisation do, and nothing about what is trained: that is another switch.",
)
def _(model):
    model.eval()
    model.head.train()
    return model


@freeze_body.misconception(
    "weights_only",
    "Trainable are {trainable}. You froze what is called `weight`, and a layer has more than that: "
    "a bias, or an array with a name of its own. Left alone, they move.",
)
def _(model):
    model.freeze(keys="weight")
    model.head.unfreeze()
    return model


@freeze_body.misconception(
    "own_arrays_forgotten",
    "Trainable are {trainable}; it should be {trainable:expected}. All other layers are frozen, "
    "and the model holds an array itself, which is in none of them.",
)
def _(model):
    for name, child in model.children().items():
        for module in child if isinstance(child, list) else [child]:
            module.unfreeze() if name == "head" else module.freeze()
    return model


freeze_body.hints(
    "What do `model.freeze()` and `model.unfreeze()` reach?",
    "Everything below the module they are called on. Two calls are enough; their order matters.",
    "First `model.freeze()`, then `unfreeze()` on `model.head`.",
)
