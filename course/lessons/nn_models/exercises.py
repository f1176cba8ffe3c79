"""Exercises of lesson 05, nn_models."""

import itertools
import tempfile
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten

from course import measure
from course.exercise import exercise
from course.probe import fill_parameters, outcome

# --------------------------------------------------------------------------------------------------
found_parameters = exercise(minutes=3, level=1, value=True)


@found_parameters.solution
def _():
    """Which of these lines put something into `Net().parameters()`, where an optimizer finds it?
    Write the letters in one string, in any order.

        class Bank:
            def __init__(self):
                self.layer = nn.Linear(2, 2)

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.stem = nn.Linear(4, 8)                            # A
                self.blocks = [nn.Linear(8, 8), nn.Linear(8, 8)]       # B
                self.heads = (nn.Linear(8, 2), nn.Linear(8, 3))        # C
                self.tables = {"one": [nn.Linear(2, 2)]}               # D
                self._scale = mx.ones(8)                               # E
                self.positions = mx.linspace(0, 1, 8)                  # F
                self.bank = Bank()                                     # G
                self.rate = 0.1                                        # H

    For a `Net` with the lines A and H alone the answer would be "A".
    """
    return "ABDF"


@found_parameters.alternative
def _():
    return ["a", "b", "d", "f"]


@found_parameters.misconception(
    "hidden_params_container",
    "You count `self.bank`. It holds a layer, and a person sees it at once; MLX looks for modules, "
    "arrays, lists and dicts, and `Bank` is none of these. Its layer would work and never learn. "
    "What would `Bank` have to be?",
)
def _():
    return "ABDFG"


@found_parameters.misconception(
    "tuple_is_a_list",
    "You count the tuple. In most of Python it is as good as a list; MLX walks through lists and "
    "dicts and stops at everything else. Try `nn.Module.parameters` on a module with each of them.",
)
def _():
    return "ABCDF"


@found_parameters.misconception(
    "underscore_param",
    "You count `self._scale`. It is an array like any other, and its name begins with an "
    "underscore: in MLX that is how a module says that this is its own business.",
)
def _():
    return "ABDEF"


@found_parameters.misconception(
    "buffer_is_param",
    "You left out `self.positions`. In PyTorch a bare tensor is no parameter until it is wrapped "
    "in one; MLX has no such wrapper. What else could tell it that these numbers are a table and "
    "not weights?",
)
def _():
    return "ABD"


@found_parameters.misconception(
    "numbers_are_params",
    "You count `self.rate`, which is a Python number. A parameter is an array: something that can "
    "have a gradient.",
)
def _():
    return "ABDFH"


@found_parameters.use
def _(answer, rng):
    if isinstance(answer, (list, tuple, set)):
        answer = "".join(str(letter) for letter in answer)
    if not isinstance(answer, str):
        return {"letters": type(answer).__name__}
    return {"letters": "".join(sorted({letter for letter in answer.upper() if letter.isalpha()}))}


found_parameters.says(
    passed="Two of them would have cost somebody a day: the tuple, and the table that is trained.",
    letters="The lines you named",
)
found_parameters.hints(
    "How does a module find out what it owns?",
    "It looks at its attributes: modules, arrays, and lists and dicts of them, however deep.",
    "A name that begins with an underscore is skipped; a tuple, an object of another class and a "
    "Python number are not looked into; an array of your own is a parameter whatever you meant.",
)

# --------------------------------------------------------------------------------------------------
standardize = exercise(minutes=4, level=1)


@standardize.solution
def _(train, test):
    """Bring two sets of examples to one scale, as a model will meet them.

    `train` has shape (N, D), `test` (M, D), float32. Return both, in this order: from each column
    its mean is taken, and what is left is divided by the column's standard deviation. The model
    will be trained on the first and judged on the second, which must stay unseen until then.
    For train [[0.], [2.]] and test [[3.]] the answer is [[-1.], [1.]] and [[2.]].
    """
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@standardize.alternative
def _(train, test):
    mean = mx.mean(train, axis=0, keepdims=True)
    std = mx.sqrt(mx.mean(mx.square(train - mean), axis=0, keepdims=True))

    def scaled(x):
        return (x - mean) / std

    return [scaled(train), scaled(test)]


@standardize.misconception(
    "normalised_with_test_data",
    "Mean and deviation were taken over both sets together, so what you will judge the model on "
    "has already had a say in what it is trained on. With more data the leak gets smaller and "
    "stays a leak. Whose numbers exist on the day the model is trained?",
)
def _(train, test):
    both = mx.concatenate([train, test])
    mean, std = both.mean(axis=0), both.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@standardize.misconception(
    "each_by_itself",
    "Each set was brought to its own mean, so a test set that lies elsewhere looks as if it did "
    "not: its columns have mean 0, and they should not. A single example could not be standardised "
    "this way at all.",
)
def _(train, test):
    return tuple((x - x.mean(axis=0)) / x.std(axis=0) for x in (train, test))


@standardize.misconception(
    "over_rows",
    "Mean and deviation were taken along each row. That compares the features of one example with "
    "each other, grams with kilometres; the statement asks for each column.",
)
def _(train, test):
    return tuple(
        (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True) for x in (train, test)
    )


@standardize.misconception(
    "one_scale_for_all",
    "One mean and one deviation were used for all columns, so a column of large numbers still "
    "drowns the others. Look at the deviation of each column of what you return.",
)
def _(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


@standardize.use(train="reduction", test="reduction")
def _(answer, rng):
    scale, place = np.array([1, 10, 0.1]), np.array([0, 5, -1])
    train = mx.array((rng.normal(size=(6, 3)) * scale + place).astype(np.float32))
    test = mx.array((rng.normal(size=(4, 3)) * scale + place + scale).astype(np.float32))
    first, second = answer(train, test)
    return {"train": first, "test": second}


standardize.says(
    passed="The test set may now have a mean that is not 0, and that is information.",
    train="For 6 × 3 training examples",
    test="For 4 × 3 test examples",
)
standardize.hints(
    "Which of the two sets does a person have who is about to train a model?",
    "The same two rows of numbers, a mean and a deviation for each column, serve both sets.",
    "`train.mean(axis=0)` and `train.std(axis=0)`, used on `train` and on `test`.",
)

# --------------------------------------------------------------------------------------------------
mlp = exercise(minutes=6, level=1)


@mlp.solution
class _(nn.Module):
    """A multilayer perceptron of any depth.

    `mlp(sizes)` makes it; `sizes` is a list such as [256, 128, 36]: how many numbers go in, how
    many come out of each layer in turn. Called with x of shape (B, ...), whose rows it first makes
    flat, it returns logits of shape (B, sizes[-1]). Every layer is linear with a bias, shaped like
    those of `nn.Linear`; ReLU stands between two layers and nowhere else. All weights and biases,
    and nothing else, are parameters.
    For sizes [256, 128, 36] these are 4 arrays with 37,540 numbers.
    """

    def __init__(self, sizes):
        super().__init__()
        # -- yours
        self.layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]
        # -- end

    def __call__(self, x):
        # -- yours
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)
        # -- end


@mlp.alternative
class _(nn.Module):
    def __init__(self, sizes, activation=nn.relu):
        super().__init__()
        self.last = nn.Linear(*sizes[-2:])
        for i in range(len(sizes) - 2):
            setattr(self, f"layer{i}", nn.Linear(sizes[i], sizes[i + 1]))
        self._depth, self._activation = len(sizes) - 2, activation

    def __call__(self, x):
        x = mx.flatten(x, 1)
        for i in range(self._depth):
            x = self._activation(self[f"layer{i}"](x))
        return self.last(x)


@mlp.alternative
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        parts = []
        for i, o in itertools.pairwise(sizes):
            parts += [nn.ReLU(), nn.Linear(i, o)]
        self.net = nn.Sequential(*parts[1:])

    def __call__(self, x):
        return self.net(x.reshape(len(x), -1))


@mlp.alternative
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        pairs = list(itertools.pairwise(sizes))
        self.w = {f"w{i}": mx.random.normal((a, b)).T for i, (a, b) in enumerate(pairs)}
        self.b = {f"b{i}": mx.zeros(b) for i, (_, b) in enumerate(pairs)}

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for i in range(len(self.w)):
            x = mx.einsum("bi,oi->bo", mx.maximum(x, 0) if i else x, self.w[f"w{i}"])
            x = x + self.b[f"b{i}"]
        return x


class _Stack:
    """A class of one's own, as one would write it elsewhere."""

    def __init__(self, sizes):
        self.layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)


@mlp.misconception(
    "hidden_params_container",
    "`parameters()` finds {shapes}; it should find {shapes:expected}. The layers are there and "
    "compute, and no optimizer will ever see them: they lie in a tuple, in an object that is no "
    "`nn.Module`, or under a name that begins with an underscore. What does a module look into?",
)
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.stack = _Stack(sizes)

    def __call__(self, x):
        return self.stack(x)


@mlp.misconception(
    "relu_on_logits",
    "None of your logits is below 0: there is a ReLU after the last layer too. A class could then "
    "never be called less likely than nothing, and where all are cut off no gradient is left. "
    "Between how many layers does one stand?",
)
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers:
            x = nn.relu(layer(x))
        return x


@mlp.misconception(
    "no_activation",
    "There is nothing between the layers, so all of them together are one linear map, however many "
    "there are. What makes the second layer more than a continuation of the first?",
)
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers:
            x = layer(x)
        return x


@mlp.misconception(
    "softmax_inside",
    "What you return adds up to 1 in each row: these are probabilities, and logits were asked for. "
    "`nn.losses.cross_entropy` takes the softmax itself; taken twice, the differences between "
    "classes nearly vanish, and so does the gradient.",
)
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return mx.softmax(self.layers[-1](x), axis=-1)


@mlp.misconception(
    "one_hidden_layer",
    "Parameters are {shapes}; for these sizes they should be {shapes:expected}. The first size and "
    "the last are used, and what stands between them once. How many layers does a list of four "
    "sizes make?",
)
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.up, self.out = nn.Linear(sizes[0], sizes[1]), nn.Linear(sizes[1], sizes[-1])

    def __call__(self, x):
        return self.out(nn.relu(self.up(x.reshape(x.shape[0], -1))))


def _shapes(model):
    """Shapes of a model's parameters as text, sorted: the names are the learner's."""
    shapes = [tuple(value.shape) for _, value in tree_flatten(model.parameters())]
    return ", ".join(map(str, sorted(shapes, key=lambda s: (len(s), s)))) or "nothing"


@mlp.use(logits="matmul", shapes="reading")
def _(answer, rng):
    network = answer([6, 5, 4, 3])
    shapes = _shapes(network)
    x = mx.array(rng.normal(size=(7, 2, 3)).astype(np.float32))
    known = shapes == "(3,), (4,), (5,), (3, 4), (4, 5), (5, 6)"
    return {"shapes": shapes, "logits": fill_parameters(network)(x) if known else None}


mlp.says(
    passed="A list of layers is all the container that MLX needs.",
    shapes="Shapes of the parameters",
    logits="For 7 rows of 2 × 3 numbers, with known weights",
)
mlp.hints(
    "How many layers do four sizes make, and where may they be kept so that they are found?",
    "A plain list of `nn.Linear`, one for each pair of neighbours in `sizes`; a loop over all but "
    "the last.",
    "`self.layers = [nn.Linear(i, o) for i, o in zip(sizes, sizes[1:])]`, then "
    "`x = nn.relu(layer(x))` for `self.layers[:-1]`, and the last one bare.",
)

# --------------------------------------------------------------------------------------------------
glyph_net = exercise(minutes=10, level=2)


@glyph_net.solution
class _(nn.Module):
    """A small convolutional network for grey pictures.

    `glyph_net(channels, classes)` makes it: `channels` is a pair of sizes, `classes` a number. It
    takes pictures of shape (B, 16, 16, 1), the channel last, and returns logits of shape
    (B, classes), which go into `nn.losses.cross_entropy`. In order: a 3 × 3 convolution with a
    padding of 1 to `channels[0]` channels, ReLU, the largest of every 2 × 2; the same to
    `channels[1]` channels; all that is left of a picture in one row (rows, columns, channels), and
    a linear layer. Convolutions and the linear layer have biases. The names are yours.
    With channels (8, 16) and 36 classes it has 10,500 parameters: 80, 1,168 and 9,252.
    """

    def __init__(self, channels, classes):
        super().__init__()
        # -- yours
        first, second = channels
        self.conv1 = nn.Conv2d(1, first, 3, padding=1)
        self.conv2 = nn.Conv2d(first, second, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.out = nn.Linear(4 * 4 * second, classes)
        # -- end

    def __call__(self, x):
        # -- yours
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return self.out(x.reshape(x.shape[0], -1))
        # -- end


@glyph_net.alternative
class _(nn.Module):
    def __init__(self, channels, classes, size=16):
        super().__init__()
        self.head = nn.Linear((size // 4) ** 2 * channels[-1], classes)
        sizes = [1, *channels]
        self.stages = [
            nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2))
            for i, o in zip(sizes, channels, strict=False)
        ]

    def __call__(self, x):
        for stage in self.stages:
            x = stage(x)
        return self.head(mx.flatten(x, 1))


@glyph_net.alternative
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        shapes = {"a": (channels[0], 3, 3, 1), "b": (channels[1], 3, 3, channels[0])}
        self.kernels = {name: mx.random.normal(shape) for name, shape in shapes.items()}
        self.biases = {name: mx.zeros(shape[0]) for name, shape in shapes.items()}
        self.weight = mx.random.normal((classes, 16 * channels[1]))
        self.bias = mx.zeros(classes)

    def __call__(self, x):
        for name, kernel in self.kernels.items():
            x = mx.maximum(mx.conv2d(x, kernel, padding=1) + self.biases[name], 0)
            B, H, W, C = x.shape
            x = x.reshape(B, H // 2, 2, W // 2, 2, C).max(axis=(2, 4))
        return x.reshape(x.shape[0], -1) @ self.weight.T + self.bias


class _Net(nn.Module):
    """What the wrong networks share."""

    def __init__(self, channels, classes, padding=1):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=padding)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=padding)
        side = 4 if padding else 2
        self.out = nn.Linear(side * side * channels[1], classes)

    def features(self, x):
        pool = nn.MaxPool2d(2, 2)
        x = pool(nn.relu(self.conv1(x)))
        return pool(nn.relu(self.conv2(x)))

    def __call__(self, x):
        x = self.features(x)
        return self.out(x.reshape(x.shape[0], -1))


@glyph_net.misconception(
    "nchw_conv",
    "The picture was turned so that its channel comes before rows and columns, as PyTorch wants "
    "it. MLX's convolutions read (batch, rows, columns, channels), and the weight is (out, rows, "
    "columns, in): for them your picture has 16 channels. What shape did it come in?",
)
class _(_Net):
    def __call__(self, x):
        return super().__call__(x.transpose(0, 3, 1, 2))


@glyph_net.misconception(
    "softmax_inside",
    "What you return adds up to 1 in each row: these are probabilities, and logits were asked for. "
    "`nn.losses.cross_entropy` takes the softmax itself; taken twice, the differences between "
    "classes nearly vanish, and so does the gradient.",
)
class _(_Net):
    def __call__(self, x):
        return mx.softmax(super().__call__(x), axis=-1)


@glyph_net.misconception(
    "relu_on_logits",
    "None of your logits is below 0: there is a ReLU after the last layer. A class could then "
    "never be called less likely than nothing, and where all are cut off no gradient is left.",
)
class _(_Net):
    def __call__(self, x):
        return nn.relu(super().__call__(x))


@glyph_net.misconception(
    "no_padding",
    "Your arrays are {shapes}, and they should be {shapes:expected}: the linear layer is too "
    "small. A 3 × 3 convolution eats a border of one pixel on each side unless something is put "
    "there. How many pixels are left after the two of them?",
)
class _(_Net):
    def __init__(self, channels, classes):
        super().__init__(channels, classes, padding=0)


@glyph_net.misconception(
    "tuple_is_a_list",
    "`parameters()` finds {shapes}; it should find {shapes:expected}. The convolutions are there "
    "and work, and no optimizer will ever see them: MLX looks into lists and dicts, not into "
    "tuples or objects of other classes. Where do you keep them?",
)
class _(_Net):
    def __init__(self, channels, classes):
        super().__init__(channels, classes)
        self.convs = self.conv1, self.conv2
        self.pop("conv1")
        self.pop("conv2")

    def features(self, x):
        for conv in self.convs:
            x = nn.MaxPool2d(2, 2)(nn.relu(conv(x)))
        return x


@glyph_net.use(logits="matmul", shapes="reading")
def _(answer, rng):
    network = answer((3, 5), 7)
    shapes = _shapes(network)
    pictures = mx.array(rng.normal(size=(2, 16, 16, 1)).astype(np.float32))
    known = shapes == "(3,), (5,), (7,), (7, 80), (3, 3, 3, 1), (5, 3, 3, 3)"
    return {"shapes": shapes, "logits": fill_parameters(network)(pictures) if known else None}


glyph_net.says(
    passed="Of its 10,500 parameters with channels (8, 16), nine tenths are in the last layer.",
    shapes="Shapes of the parameters",
    logits="For two pictures, with known weights",
)
glyph_net.hints(
    "What are the sizes of a picture after each step? Write them down before the code.",
    "16 × 16 × 1, then 16 × 16 × channels[0], 8 × 8, 8 × 8 × channels[1], 4 × 4. The linear layer "
    "takes 4 * 4 * channels[1] numbers.",
    "`nn.Conv2d(1, channels[0], 3, padding=1)`, `nn.MaxPool2d(2, 2)`, and "
    "`x.reshape(x.shape[0], -1)` before `nn.Linear`.",
)

# --------------------------------------------------------------------------------------------------
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
freeze_body.hints(
    "What do `model.freeze()` and `model.unfreeze()` reach?",
    "Everything below the module they are called on. Two calls are enough; their order matters.",
    "First `model.freeze()`, then `unfreeze()` on `model.head`.",
)

# --------------------------------------------------------------------------------------------------
train_step = exercise(minutes=6, level=1)


@train_step.solution
def _(model, optimizer, x, y):
    """One step of training.

    `model` maps x of shape (B, D) to logits of shape (B, C); `y` holds the B right classes. Take
    the mean cross-entropy of the batch and its gradient, let `optimizer` change the model, and
    return the loss as it was before the change. When you return, nothing is pending: not in the
    loss, the parameters or the optimizer's state.
    With logits that are all equal, and C = 4, the loss returned is log 4, about 1.386.
    """

    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.alternative
def _(model, optimizer, x, y):
    def loss_fn(x):
        logits = model(x)
        right = mx.take_along_axis(logits, y[:, None], axis=1).squeeze(1)
        return (mx.logsumexp(logits, axis=1) - right).mean()

    loss, grads = nn.value_and_grad(model, loss_fn)(x)
    model.update(optimizer.apply_gradients(grads, model.trainable_parameters()))
    mx.eval(model.state, optimizer.state, loss)
    return loss.item()


@train_step.misconception(
    "apply_gradients_discarded",
    "The weights are as before. `apply_gradients` returns new parameters and leaves the model "
    "alone; its name sounds as if it did more. Where did what it returned go?",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.apply_gradients(grads, model)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "never_eval_loop",
    "When you returned, {pending} operations were pending; it should be 0. The step was written "
    "down and not done. A loop of such steps is over in a moment, and the first print does all the "
    "work at once, with everything in memory. Who asks for the numbers?",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    return loss


@train_step.misconception(
    "eval_loss_only",
    "The loss is evaluated, and {pending} operations are still pending in the weights and in the "
    "optimizer's state. The loss was computed from the old weights, so asking for it asks for "
    "nothing that came after.",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss)
    return loss


@train_step.misconception(
    "summed_loss",
    "Your loss is {loss}, and the mean is {loss:expected}: it was added up over the batch. The "
    "gradient is then larger by the same factor, and a learning rate that was right for one batch "
    "size is wrong for the next.",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="sum")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "softmax_before_cross_entropy",
    "Your loss is {loss}, and it should be {loss:expected}. The cross-entropy got probabilities, "
    "and it takes the softmax itself. Taken twice nothing fails: the model still learns, slowly, "
    "because probabilities between 0 and 1 make almost equal logits.",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(mx.softmax(model(x), axis=-1), y, reduction="mean")

    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


@train_step.misconception(
    "loss_after_the_step",
    "The step is right, and the loss is {loss} instead of {loss:expected}: it belongs to the "
    "weights after the change. It costs a second pass through the model, and makes every curve "
    "look one step better than it is.",
)
def _(model, optimizer, x, y):
    def loss_fn(model, x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    _, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    optimizer.update(model, grads)
    loss = loss_fn(model, x, y)
    mx.eval(loss, model.parameters(), optimizer.state)
    return loss


def _flat(tree):
    """All numbers of a tree in one row, in the order of their names."""
    pairs = sorted(tree_flatten(tree), key=lambda pair: pair[0])
    return mx.concatenate([value.reshape(-1) for _, value in pairs])


@train_step.use(loss="reduction", weights="matmul", pending="reading")
def _(answer, rng):
    model = fill_parameters(nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)))
    optimizer = optim.Adam(learning_rate=0.05)
    optimizer.init(model.trainable_parameters())
    x = mx.array(rng.normal(size=(6, 3)).astype(np.float32))
    y = mx.array(rng.integers(0, 4, 6))
    mx.eval(model.state, optimizer.state, x, y)
    loss = answer(model, optimizer, x, y)
    arrays = [value for _, value in tree_flatten([model.parameters(), optimizer.state])]
    arrays += [loss] if isinstance(loss, mx.array) else []
    pending = measure.graph_nodes(*[value for value in arrays if isinstance(value, mx.array)])
    answer(model, optimizer, x, y)
    return {
        "pending": pending,
        "loss": loss.item() if isinstance(loss, mx.array) and loss.size == 1 else loss,
        "weights": _flat(model.parameters()),
    }


train_step.says(
    passed="Four lines, and the last is the one that does the work.",
    pending="Operations pending when you returned",
    loss="The loss of the first step",
    weights="The weights after two steps",
)
train_step.hints(
    "Which four things happen in a step, and which of them are only written down?",
    "`nn.value_and_grad` gives loss and gradients; `optimizer.update` writes the change down.",
    "`mx.eval` on the loss, `model.parameters()` and `optimizer.state`, before `return loss`.",
)

# --------------------------------------------------------------------------------------------------
minibatches = exercise(minutes=6, level=2)


@minibatches.solution
def _(images, labels, size, rng):
    """One pass through the data, in batches, in a new order each time.

    `images` is a NumPy array of shape (N, ...), `labels` one of shape (N,); `rng` is a NumPy
    generator, and all chance comes from it. Yield, or return a list of, pairs (x, y) of MLX
    arrays: every example once, with its own label, `size` at a time, in an order that `rng` draws
    anew for each pass. The last batch holds what is left. The arrays that came in stay as they are.
    For 10 examples and size 4 there are three batches, of 4, 4 and 2.
    """
    order = rng.permutation(len(labels))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.alternative
def _(images, labels, size, rng):
    left = list(range(len(labels)))
    rng.shuffle(left)
    batches = []
    while left:
        taken, left = left[:size], left[size:]
        x = mx.stack([mx.array(images[i]) for i in taken])
        batches.append([x, mx.array(labels[taken])])
    return batches


@minibatches.alternative
def _(images, labels, size, rng):
    order = mx.array(rng.permutation(len(labels)))
    x, y = mx.array(images)[order], mx.array(labels)[order]
    return [(x[i : i + size], y[i : i + size]) for i in range(0, len(labels), size)]


@minibatches.misconception(
    "shuffled_apart",
    "The pictures were put in one order and the labels in another, so most pictures now carry "
    "somebody else's label. No shape changes and nothing fails; the loss stays where it began. How "
    "many orders did you draw?",
)
def _(images, labels, size, rng):
    x, y = rng.permutation(images), rng.permutation(labels)
    for start in range(0, len(y), size):
        yield mx.array(x[start : start + size]), mx.array(y[start : start + size])


@minibatches.misconception(
    "rest_dropped",
    "The batches hold {sizes} examples, and it should be {sizes:expected}: what does not fill a "
    "batch is never shown. That is a choice some make for speed, and here every example was asked "
    "for.",
)
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    for i in range(len(order) // size):
        batch = order[i * size : (i + 1) * size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "drawn_with_replacement",
    "Some examples came twice in one pass, and others not at all: each was drawn as if none had "
    "been drawn before. A pass is a deck of cards, and not a die.",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        batch = rng.integers(0, len(labels), min(size, len(labels) - start))
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "not_shuffled",
    "The examples come in the order in which they lie. Where data is sorted, by class or by day, a "
    "batch then holds one kind only, and the model learns the kinds one after the other.",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        yield mx.array(images[start : start + size]), mx.array(labels[start : start + size])


@minibatches.misconception(
    "shuffled_within_batches",
    "In the second pass {same_company} batches hold the very examples that they held in the first, "
    "in another order. The order was drawn inside each batch, and the gradient of a batch does not "
    "care about that. Before which line do all examples have to be mixed?",
)
def _(images, labels, size, rng):
    for start in range(0, len(labels), size):
        batch = start + rng.permutation(min(size, len(labels) - start))
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "same_order_each_pass",
    "Two passes gave the same order: it was drawn from a seed of your own and not from `rng`. "
    "Each pass then makes the same batches again, and whoever seeds `rng` in order to repeat a run "
    "gets another run.",
)
def _(images, labels, size, rng):
    order = np.random.default_rng(0).permutation(len(labels))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        yield mx.array(images[batch]), mx.array(labels[batch])


@minibatches.misconception(
    "shuffles_the_data_itself",
    "The batches are right, and the arrays that came in were left in another order. Whoever kept "
    "the labels' places, to look at the worst mistakes, now looks at other pictures.",
)
def _(images, labels, size, rng):
    order = rng.permutation(len(labels))
    images[:], labels[:] = images[order], labels[order]
    for start in range(0, len(order), size):
        yield mx.array(images[start : start + size]), mx.array(labels[start : start + size])


@minibatches.use
def _(answer, rng):
    count = 23
    labels = np.arange(count, dtype=np.int32)
    images = (np.arange(count, dtype=np.float32) * 10)[:, None, None].repeat(2, 1)
    kept = images.copy(), labels.copy()
    draws = np.random.default_rng(int(rng.integers(1 << 30)))
    passes = [list(answer(images, labels, 5, draws)) for _ in range(2)]
    first, second = ([y.tolist() for _, y in batches] for batches in passes)
    flat, again = ([label for batch in batches for label in batch] for batches in (first, second))
    pictures = [value for x, _ in passes[0] for value in x[:, 0, 0].tolist()]
    return {
        "arrays": all(isinstance(z, mx.array) for batch in passes[0] for z in batch),
        "dtypes": ", ".join(str(z.dtype).removeprefix("mlx.core.") for z in passes[0][0]),
        "sizes": ", ".join(str(len(y)) for y in first),
        "each_once": sorted(flat) == list(range(len(flat))),
        "own_label": pictures == [10 * label for label in flat],
        "in_order": flat == sorted(flat) and sorted(set(flat)) == flat,
        "same_again": flat == again,
        "same_company": sum(sorted(batch) in map(sorted, second) for batch in first),
        "untouched": all((a == b).all() for a, b in zip(kept, (images, labels), strict=True)),
    }


minibatches.says(
    passed="One order, drawn once a pass, and everything indexed by it.",
    arrays="Are the batches MLX arrays",
    dtypes="Their dtypes",
    sizes="Sizes of the batches",
    each_once="Each example once",
    own_label="Each with its own label",
    in_order="In the order in which they lie",
    same_again="The same order in the second pass",
    same_company="Batches with the same examples in the second pass",
    untouched="The arrays that came in as before",
)
minibatches.hints(
    "What has to be drawn by chance, and how often in a pass?",
    "An order of the numbers 0 to N - 1; pictures and labels are both taken by it.",
    "`order = rng.permutation(len(labels))`, and then `images[order[start : start + size]]` with "
    "the labels likewise.",
)

# --------------------------------------------------------------------------------------------------
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


class _Half(nn.Module):
    """Dropout without chance: in training mode every second number is missing."""

    def __call__(self, x):
        return x * (mx.arange(x.shape[-1]) % 2) * 2 if self.training else x


class _Watched(nn.Module):
    """A small classifier that keeps the logits it gave."""

    def __init__(self):
        super().__init__()
        self.up, self.half, self.out = nn.Linear(3, 8), _Half(), nn.Linear(8, 4)
        self.gave = []

    def __call__(self, x):
        logits = self.out(self.half(nn.relu(self.up(x))))
        self.gave.append(logits)
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
    model.gave = []
    pending = []

    def batches():
        for pair in data:
            pending.append(measure.graph_nodes(*model.gave) if model.gave else 0)
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
evaluate.hints(
    "What differs between a model in training and the same model in use? And how many examples are "
    "in the last batch?",
    "Note `model.training`, call `model.eval()`, and put the mode back at the end. Count right "
    "answers and add up losses; divide once.",
    "`(logits.argmax(axis=1) == y).sum().item()` for each batch, the loss with "
    '`reduction="sum"`, and `model.train(training)` before you return.',
)

# --------------------------------------------------------------------------------------------------
warmup_cosine = exercise(minutes=7, level=2)


@warmup_cosine.solution
def _(peak, warmup, total, floor):
    """A learning rate that rises, then falls along a cosine.

    Return a function of `step`, a 0-d MLX array, as an optimizer calls it, that gives the rate. It
    rises in a straight line from 0 at step 0 to `peak` at step `warmup`; from there it falls as
    half a cosine wave to `floor` at step `total`; after that it stays at `floor`.
    With peak 1, warmup 10, total 30 and floor 0 the rates at the steps 5, 10, 20, 30 and 40 are
    0.5, 1, 0.5, 0 and 0.
    """
    rise = optim.linear_schedule(0.0, peak, warmup)
    fall = optim.cosine_decay(peak, total - warmup, floor)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.alternative
def _(peak, warmup, total, floor):
    def rate(step):
        part = mx.clip((step - warmup) / (total - warmup), 0, 1)
        wave = floor + (peak - floor) * (1 + mx.cos(part * np.pi)) / 2
        return mx.where(step < warmup, peak * step / warmup, wave)

    return rate


@warmup_cosine.alternative
def _(peak, warmup, total, floor):
    import math

    def rate(step):
        step = min(int(step), total)
        if step < warmup:
            return peak * step / warmup
        part = (step - warmup) / (total - warmup)
        return floor + (peak - floor) * 0.5 * (1.0 + math.cos(math.pi * part))

    return rate


@warmup_cosine.misconception(
    "fall_takes_total",
    "At step `total` the rate is {end}, and it should be {end:expected}: the fall was given the "
    "length of the whole training, although it begins after the warm-up. The last steps, which "
    "should be the smallest, are not taken.",
)
def _(peak, warmup, total, floor):
    rise = optim.linear_schedule(0.0, peak, warmup)
    fall = optim.cosine_decay(peak, total, floor)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.misconception(
    "wave_counts_from_step_0",
    "When the warm-up ends, the rate is {top} instead of {top:expected}: the wave had already been "
    "falling while the line was rising. From which step does it count?",
)
def _(peak, warmup, total, floor):
    def rate(step):
        wave = floor + (peak - floor) * (1 + mx.cos(mx.minimum(step / total, 1) * np.pi)) / 2
        return mx.where(step < warmup, peak * step / warmup, wave)

    return rate


@warmup_cosine.misconception(
    "comes_back_up",
    "After `total` the rate is {after}, and it should stay at {after:expected}. A cosine does not "
    "stop: after half a wave it comes back, and a run that goes on for longer ends on a high rate.",
)
def _(peak, warmup, total, floor):
    def rate(step):
        part = (step - warmup) / (total - warmup)
        wave = floor + (peak - floor) * (1 + mx.cos(part * np.pi)) / 2
        return mx.where(step < warmup, peak * step / warmup, wave)

    return rate


@warmup_cosine.misconception(
    "floor_forgotten",
    "At the end the rate is {end}, and `floor` is {end:expected}. With a rate of 0 the last part "
    "of a run changes nothing.",
)
def _(peak, warmup, total, floor):
    rise = optim.linear_schedule(0.0, peak, warmup)
    fall = optim.cosine_decay(peak, total - warmup)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.misconception(
    "no_warmup",
    "The rate at step 0 is {start}: it begins at its highest. An optimizer such as Adam knows "
    "nothing about the gradients yet when its first and largest steps are taken.",
)
def _(peak, warmup, total, floor):
    return optim.cosine_decay(peak, total, floor)


@warmup_cosine.misconception(
    "warmup_one_short",
    "Within the warm-up the rate is {rising}, and it should be {rising:expected}: the line gets to "
    "the top one step early. Count the steps from 0 to `warmup`, not the numbers.",
)
def _(peak, warmup, total, floor):
    rise = optim.linear_schedule(0.0, peak, warmup - 1)
    fall = optim.cosine_decay(peak, total - warmup, floor)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.use(
    start="reduction",
    top="reduction",
    end="reduction",
    after="reduction",
    rising="reduction",
    falling="reduction",
)
def _(answer, rng):
    peak, floor = round(float(rng.uniform(0.5, 2)), 2), round(float(rng.uniform(0.05, 0.2)), 2)
    warmup, total = int(rng.integers(5, 9)), int(rng.integers(30, 40))
    rate = answer(peak, warmup, total, floor)

    def at(*steps):
        return mx.array([float(np.array(rate(mx.array(step)))) for step in steps])

    start, top, end, after = at(0, warmup, total, total + 9)
    return {
        "start": start,
        "top": top,
        "end": end,
        "after": after,
        "rising": at(*range(1, warmup)),
        "falling": at(*range(warmup + 1, total, 4)),
    }


warmup_cosine.says(
    passed="The whole plan of a run, in three lines that you can plot before you start it.",
    start="The rate at step 0",
    top="The rate when the warm-up ends",
    end="The rate at step `total`",
    after="The rate nine steps later",
    rising="The rates within the warm-up",
    falling="The rates after it",
)
warmup_cosine.hints(
    "How many steps does the fall take, from its first to its last?",
    "`mlx.optimizers` has a straight line, a cosine, and something that puts schedules one after "
    "the other. The second counts its own steps from 0.",
    "`optim.linear_schedule(0.0, peak, warmup)`, `optim.cosine_decay(peak, total - warmup, floor)` "
    "and `optim.join_schedules([...], [warmup])`.",
)

# --------------------------------------------------------------------------------------------------
load_backbone = exercise(minutes=8, level=2)


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
load_backbone.hints(
    "What does `mx.load` give you, and with what would you compare it?",
    "A dict of names and arrays. `tree_flatten(model.parameters())` gives the model's own names "
    "and arrays; keep what agrees in both.",
    "Make a dict of what fits, hand `list(fits.items())` to `model.load_weights` with "
    "`strict=False`, and return the names that are missing from it.",
)

# --------------------------------------------------------------------------------------------------
train_until_best = exercise(minutes=14, level=3)


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
