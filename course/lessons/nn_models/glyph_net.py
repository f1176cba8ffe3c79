"""glyph_net, an exercise of lesson 05, nn_models."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise
from course.probe import fill_parameters

from .common import _shapes

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


glyph_net.hints(
    "What are the sizes of a picture after each step? Write them down before the code.",
    "16 × 16 × 1, then 16 × 16 × channels[0], 8 × 8, 8 × 8 × channels[1], 4 × 4. The linear layer "
    "takes 4 * 4 * channels[1] numbers.",
    "`nn.Conv2d(1, channels[0], 3, padding=1)`, `nn.MaxPool2d(2, 2)`, and "
    "`x.reshape(x.shape[0], -1)` before `nn.Linear`.",
)
