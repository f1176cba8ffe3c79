"""mlp, an exercise of lesson 05, nn_models."""

import itertools

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise
from course.probe import fill_parameters

from .common import _shapes

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


mlp.hints(
    "How many layers do four sizes make, and where may they be kept so that they are found?",
    "A plain list of `nn.Linear`, one for each pair of neighbours in `sizes`; a loop over all but "
    "the last.",
    "`self.layers = [nn.Linear(i, o) for i, o in zip(sizes, sizes[1:])]`, then "
    "`x = nn.relu(layer(x))` for `self.layers[:-1]`, and the last one bare.",
)
