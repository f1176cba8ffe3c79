"""mlp, an exercise of lesson 05, nn_models."""

import itertools

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise

from .common import _called, _shapes

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


@mlp.use(logits="matmul", single="matmul", shapes="reading", single_shapes="reading")
def _(answer, rng):
    row = [(2, 3), (4, 2), (2, 3, 2)][rng.integers(3)]
    others = rng.permutation(range(2, 10))[: rng.integers(3, 5)].tolist()
    sizes = [int(np.prod(row)), *others]
    deep, single = answer(list(sizes)), answer([4, 3])
    shapes, single_shapes = _shapes(deep), _shapes(single)
    x = mx.array(rng.normal(size=(rng.integers(4, 8), *row)).astype(np.float32))
    other = mx.array(rng.normal(size=(3, 4)).astype(np.float32))
    return {
        "sizes": str(sizes),
        "shapes": shapes,
        "logits": _called(deep, x, 2 * len(others)),
        "single_shapes": single_shapes,
        "single": _called(single, other, 2),
    }


mlp.says(
    passed="A list of layers is all the container that MLX needs.",
    sizes="The sizes",
    shapes="Shapes of the parameters",
    logits="Logits, with known weights",
    single_shapes="Shapes of the parameters with one layer alone, of sizes [4, 3]",
    single="Logits of one layer alone, with known weights",
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
    "`parameters()` finds {shapes}; it should find {shapes:expected}. The call works, and no "
    "optimizer will ever change a weight of it. A tuple, an object that is no `nn.Module` and a "
    "name that begins with an underscore all hide what they hold. What does a module look into?",
)
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.stack = _Stack(sizes)

    def __call__(self, x):
        return self.stack(x)


@mlp.misconception(
    "relu_on_logits",
    "Your logits are those of a ReLU after the last layer too: none is below 0. It is easy to "
    "treat all layers alike in a loop; but where a logit is cut off, no gradient is left. Between "
    "which layers does a ReLU stand?",
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
    "Your logits are those of the layers with nothing between them. All of them together are then "
    "one linear map, however many there are. What makes the second layer more than a continuation "
    "of the first?",
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
    "`nn.losses.cross_entropy` takes the softmax itself. Taken twice, the differences between "
    "classes nearly vanish, and so does the gradient. Who should take it?",
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
    "Your parameters are {shapes}; for the sizes {sizes} they should be {shapes:expected}. They "
    "are those of two layers, which is how many such networks look. How many layers does a list of "
    "n sizes make?",
)
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.up, self.out = nn.Linear(sizes[0], sizes[1]), nn.Linear(sizes[1], sizes[-1])

    def __call__(self, x):
        return self.out(nn.relu(self.up(x.reshape(x.shape[0], -1))))


class _Layers(nn.Module):
    """What more of the wrong networks share."""

    def __init__(self, sizes, bias=True):
        super().__init__()
        self.layers = [nn.Linear(i, o, bias=bias) for i, o in itertools.pairwise(sizes)]

    def __call__(self, x):
        x = self.flat(x)
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)

    def flat(self, x):
        return x.reshape(x.shape[0], -1)

    def activation(self, x):
        return nn.relu(x)


@mlp.misconception(
    "no_biases",
    "Your parameters are {shapes}; they should be {shapes:expected}. Each layer has its weight and "
    "no bias. Some networks leave it out; which of the two does the statement ask for?",
)
class _(_Layers):
    def __init__(self, sizes):
        super().__init__(sizes, bias=False)


@mlp.misconception(
    "relu_on_the_input",
    "Your logits are those of a ReLU before every layer, the first one too: what is below 0 in x "
    "is lost before any layer has seen it. How many ReLUs stand between n layers?",
)
class _(_Layers):
    def flat(self, x):
        return nn.relu(super().flat(x))


@mlp.misconception(
    "gelu",
    "Your logits are those of GELU between the layers, which today's transformers have. It is a "
    "smooth ReLU, and close to it, not equal. Which one does the statement name?",
)
class _(_Layers):
    def activation(self, x):
        return nn.gelu(x)


@mlp.misconception(
    "not_flat",
    "The first layer stopped at the shape of x. The rows of x may themselves be tables, as "
    "pictures are, and a linear layer looks at the last axis alone. What shape must x have before "
    "the first layer?",
)
class _(_Layers):
    def flat(self, x):
        return x


@mlp.misconception(
    "example_sizes",
    "A row was taken to have 256 numbers, as in the statement's example. How many does it have in "
    "general?",
)
class _(_Layers):
    def flat(self, x):
        return x.reshape(-1, 256)


@mlp.misconception(
    "not_set_up",
    "The module was never set up: nobody called `super().__init__()`. Until somebody asks what can "
    "be trained nothing shows it, and then it stops. In PyTorch it would stop earlier. What does "
    "`nn.Module` do in its own `__init__`?",
)
class _(_Layers):
    def __init__(self, sizes):
        self.layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]


@mlp.misconception(
    "forward",
    "Your network cannot be called. In PyTorch a module has a method `forward`, and calling it "
    "leads there. MLX calls nothing but what Python calls. Which method is that?",
)
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]

    def forward(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)


mlp.hints(
    "How many layers do four sizes make, and where may they be kept so that they are found?",
    "A plain list of `nn.Linear`, one for each pair of neighbours in `sizes`; a loop over all but "
    "the last.",
    "`self.layers = [nn.Linear(i, o) for i, o in zip(sizes, sizes[1:])]`, then "
    "`x = nn.relu(layer(x))` for `self.layers[:-1]`, and the last one bare.",
)
