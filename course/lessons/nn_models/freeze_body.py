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


class _Inner(nn.Module):
    """A part with a head of its own, which is not the model's."""

    def __init__(self, dims):
        super().__init__()
        self.head = nn.Linear(dims, dims)

    def __call__(self, x):
        return self.head(x)


class _Net(nn.Module):
    """A network with all that a body may have; `heads` is how many layers its head has."""

    def __init__(self, dims, heads):
        super().__init__()
        self.scale = mx.ones(dims)
        self.inner = _Inner(dims)
        self.blocks = [nn.Linear(dims, dims), nn.LayerNorm(dims)]
        self.head_norm = nn.RMSNorm(dims)
        layers = [nn.Linear(dims, dims) for _ in range(heads - 1)] + [nn.Linear(dims, 2)]
        self.head = layers[0] if heads == 1 else nn.Sequential(*layers)
        layers[-1].freeze(keys="bias")
        self.blocks[0].freeze()

    def __call__(self, x):
        x = self.inner(x * self.scale)
        for block in self.blocks:
            x = block(x)
        return self.head(self.head_norm(x))


@freeze_body.use
def _(answer, rng):
    found = {}
    for heads in (1, 2):
        dims = int(rng.integers(3, 6))
        given = _Net(dims, heads)
        back = answer(given)
        x = mx.array(rng.normal(size=(4, dims)).astype(np.float32))

        def step(model=given, x=x):
            nn.value_and_grad(model, lambda x: model(x).sum())(x)

        names = sorted(name for name, _ in tree_flatten(given.trainable_parameters()))
        found |= {
            f"trainable_{heads}": ", ".join(names) or "nothing",
            f"step_{heads}": outcome(step),
            f"returned_{heads}": "the model" if back is given else type(back).__name__,
            f"training_{heads}": given.training,
        }
    return found


freeze_body.says(
    passed="An optimizer sees only what is trainable, and keeps state for nothing else.",
    trainable_1="Trainable parameters of the model",
    step_1="A gradient of the model",
    returned_1="What you returned",
    training_1="Is the model in training mode",
    trainable_2="Trainable parameters where the head has two layers",
    step_2="A gradient where the head has two layers",
    returned_2="What you returned where the head has two layers",
    training_2="Is the model whose head has two layers in training mode",
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
    "{step_1}. `freeze` goes through everything below a module, so what was open before it is "
    "shut after it. What is the last thing that you do to the head?",
)
def _(model):
    model.head.unfreeze()
    model.freeze()
    return model


@freeze_body.misconception(
    "head_left_as_it_was",
    "Trainable are {trainable_1}; it should be {trainable_1:expected}. The rest is frozen, and the "
    "head is as it came. This one came with a part frozen, from an earlier experiment perhaps. "
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
    "Trainable are still {trainable_1}, and the model has left training mode. The name suggests "
    "it; but evaluation mode changes what dropout and normalisation do, and nothing about what is "
    "trained. Which switch does that?",
)
def _(model):
    model.eval()
    model.head.train()
    return model


@freeze_body.misconception(
    "weights_only",
    "Trainable are {trainable_1}. Outside of the head what is called `weight` is frozen, and a "
    "layer has more than that: a bias, or an array with a name of its own. What else would an "
    "optimizer move?",
)
def _(model):
    model.freeze(keys="weight")
    model.head.unfreeze()
    return model


@freeze_body.misconception(
    "own_arrays_forgotten",
    "Trainable are {trainable_1}; it should be {trainable_1:expected}. All other layers are "
    "frozen, and the model holds an array itself, which is in none of them. Which call reaches "
    "that too?",
)
def _(model):
    for name, child in model.children().items():
        for module in child if isinstance(child, list) else [child]:
            module.unfreeze() if name == "head" else module.freeze()
    return model


@freeze_body.misconception(
    "by_part_of_the_name",
    "Trainable are {trainable_1}; it should be {trainable_1:expected}. More names than those of "
    "the model's `head` have the word in them. A search in names is quick to write; what is it "
    "that you want to open?",
)
def _(model):
    for name, module in model.named_modules():
        module.unfreeze(recurse=False) if "head" in name else module.freeze(recurse=False)
    return model


@freeze_body.misconception(
    "nothing_returned",
    "The model is as it should be, and nothing came back ({returned_1}). Changing it in place was "
    "one half; whoever writes `model = freeze_body(model)` now has none. What is the last line?",
)
def _(model):
    model.freeze()
    model.head.unfreeze()


@freeze_body.misconception(
    "body_by_name",
    "It stopped: this model has no `body`. That is the name in the statement's example; what else "
    "a model has besides `head`, you do not know. What can you freeze without knowing it?",
)
def _(model):
    model.body.freeze()
    model.head.unfreeze()
    return model


@freeze_body.misconception(
    "children_are_modules",
    "It stopped at a list: a child of a module is a module, or a list or dict of them, and a list "
    "cannot be frozen. What goes through all of them for you?",
)
def _(model):
    for name, child in model.children().items():
        if name != "head":
            child.freeze()
    model.head.unfreeze()
    return model


@freeze_body.misconception(
    "requires_grad",
    "It stopped at a piece of text: in MLX `parameters()` is a dict, a loop over it gives names, "
    "and an array has no `requires_grad`. What is trained is the module's business. Which of its "
    "methods say so?",
)
def _(model):
    for parameter in model.parameters():
        parameter.requires_grad = False
    model.head.unfreeze()
    return model


freeze_body.hints(
    "What do `model.freeze()` and `model.unfreeze()` reach?",
    "Everything below the module they are called on. Two calls are enough; their order matters.",
    "First `model.freeze()`, then `unfreeze()` on `model.head`.",
)
