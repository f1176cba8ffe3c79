"""glyph_net, an exercise of lesson 05, nn_models."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise

from .common import _called, _shapes

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
    first, second, classes = rng.permutation(range(3, 9))[:3].tolist()
    network = answer((first, second), classes)
    shapes = _shapes(network)
    pictures = mx.array(rng.normal(size=(rng.integers(2, 5), 16, 16, 1)).astype(np.float32))
    return {
        "sizes": f"{(first, second)} and {classes}",
        "shapes": shapes,
        "logits": _called(network, pictures, 6),
    }


glyph_net.says(
    passed="Of its 10,500 parameters with channels (8, 16), nine tenths are in the last layer.",
    sizes="Channels and classes",
    shapes="Shapes of the parameters",
    logits="Logits of a few pictures, with known weights",
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
    "The convolution was given a picture with 16 channels: its axes were exchanged, so that the "
    "channel comes before rows and columns, as PyTorch wants it. MLX's convolutions read (batch, "
    "rows, columns, channels). What shape did the picture come in?",
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
    "Your logits are those of a ReLU after the last layer: none is below 0. It follows every other "
    "layer, so why not this one? Because where a logit is cut off, no gradient is left. What may a "
    "logit be?",
)
class _(_Net):
    def __call__(self, x):
        return nn.relu(super().__call__(x))


@glyph_net.misconception(
    "no_padding",
    "Your arrays are {shapes}, and they should be {shapes:expected}. Your numbers are those of "
    "convolutions without padding: each loses a border of one pixel on every side, and 2 × 2 "
    "pixels are left at the end. It is what `nn.Conv2d` does unless it is told otherwise. What is "
    "put around the picture here?",
)
class _(_Net):
    def __init__(self, channels, classes):
        super().__init__(channels, classes, padding=0)


@glyph_net.misconception(
    "tuple_is_a_list",
    "`parameters()` finds {shapes}; it should find {shapes:expected}. The call works, and no "
    "optimizer will ever change a convolution. MLX looks into modules, lists and dicts; a tuple, "
    "an object of another class and a name that begins with an underscore hide what they hold. "
    "Where do you keep them?",
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


@glyph_net.misconception(
    "flattened_channels_first",
    "Your logits are those of a picture whose channels come first in the row. PyTorch lays its "
    "pictures out like that; the statement says rows, columns, channels. The shapes agree, and "
    "weights trained elsewhere would meet the wrong numbers. What order does `reshape` keep?",
)
class _(_Net):
    def __call__(self, x):
        x = self.features(x).transpose(0, 3, 1, 2)
        return self.out(x.reshape(x.shape[0], -1))


@glyph_net.misconception(
    "average_pooling",
    "Your logits are those of the average of every 2 × 2. Both kinds halve a picture; the average "
    "blurs a thin stroke, and the largest keeps it. Which one does the statement ask for?",
)
class _(_Net):
    def features(self, x):
        pool = nn.AvgPool2d(2, 2)
        x = pool(nn.relu(self.conv1(x)))
        return pool(nn.relu(self.conv2(x)))


@glyph_net.misconception(
    "second_relu_missing",
    "Your logits are those of a network with a ReLU after the first convolution and none after "
    'the second. The statement says "the same" of the second step. What belongs to a step?',
)
class _(_Net):
    def features(self, x):
        pool = nn.MaxPool2d(2, 2)
        return pool(self.conv2(pool(nn.relu(self.conv1(x)))))


@glyph_net.misconception(
    "third_pooling",
    "Your arrays are {shapes}, and they should be {shapes:expected}. Your numbers are those of one "
    "more pooling before the linear layer: of 16 × 16 pixels 2 × 2 are left. How many times is a "
    "picture halved?",
)
class _(_Net):
    def __init__(self, channels, classes):
        super().__init__(channels, classes)
        self.out = nn.Linear(4 * channels[1], classes)

    def features(self, x):
        return nn.MaxPool2d(2, 2)(super().features(x))


@glyph_net.misconception(
    "one_side_counted",
    "The linear layer stopped: it was made for 4 numbers a channel, and it meets 16. Two poolings "
    "make 4 of 16, along the rows and along the columns. How many pixels are that?",
)
class _(_Net):
    def __init__(self, channels, classes):
        super().__init__(channels, classes)
        self.out = nn.Linear(4 * channels[1], classes)


@glyph_net.misconception(
    "no_biases",
    "Your arrays are {shapes}, and they should be {shapes:expected}. The convolutions have no "
    "biases, which is usual where a batch norm follows. What follows here?",
)
class _(_Net):
    def __init__(self, channels, classes):
        super().__init__(channels, classes)
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1, bias=False)


@glyph_net.misconception(
    "example_sizes",
    "Your arrays are {shapes}, whatever the network was asked to be: these are the sizes of the "
    "statement's example. Here it was asked for channels and classes {sizes}. Who says the sizes?",
)
class _(_Net):
    def __init__(self, channels, classes):
        super().__init__((8, 16), 36)


@glyph_net.misconception(
    "not_set_up",
    "The module was never set up: nobody called `super().__init__()`. Until somebody asks what can "
    "be trained nothing shows it, and then it stops. In PyTorch it would stop earlier. What does "
    "`nn.Module` do in its own `__init__`?",
)
class _(_Net):
    def __init__(self, channels, classes):
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1)
        self.out = nn.Linear(16 * channels[1], classes)


@glyph_net.misconception(
    "forward",
    "Your network cannot be called. In PyTorch a module has a method `forward`, and calling it "
    "leads there. MLX calls nothing but what Python calls. Which method is that?",
)
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1)
        self.out = nn.Linear(16 * channels[1], classes)

    def forward(self, x):
        pool = nn.MaxPool2d(2, 2)
        x = pool(nn.relu(self.conv2(pool(nn.relu(self.conv1(x))))))
        return self.out(x.reshape(x.shape[0], -1))


glyph_net.same_as("alternative 1", "constant", "16", "17 // 4 is 4 as well")
glyph_net.same_as(
    "alternative 1",
    "keyword dropped",
    "zip(sizes, channels, strict=False)",
    "zip stops at the shorter one unless it is told to be strict",
)
glyph_net.same_as(
    "alternative 2",
    "text",
    "{'a': (channels[0], 3, 3, 1), 'b': (channels[1], 3, 3, channels[0])}",
    "the names are the learner's",
)


glyph_net.hints(
    "What are the sizes of a picture after each step? Write them down before the code.",
    "16 × 16 × 1, then 16 × 16 × channels[0], 8 × 8, 8 × 8 × channels[1], 4 × 4. The linear layer "
    "takes 4 * 4 * channels[1] numbers.",
    "`nn.Conv2d(1, channels[0], 3, padding=1)`, `nn.MaxPool2d(2, 2)`, and "
    "`x.reshape(x.shape[0], -1)` before `nn.Linear`.",
)
