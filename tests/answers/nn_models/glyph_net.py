"""Others' answers to glyph_net."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


class _NetBase(nn.Module):
    def __init__(self, channels, classes, left):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.out = nn.Linear(left * channels[1], classes)


@right("MaxPool2d")
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.out = nn.Linear(16 * channels[1], classes)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return self.out(x.reshape(x.shape[0], -1))


@right("Sequential, pool before relu (same numbers)")
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        a, b = channels
        self.body = nn.Sequential(
            nn.Conv2d(1, a, kernel_size=3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(a, b, kernel_size=(3, 3), stride=1, padding=(1, 1)),
            nn.MaxPool2d(2),
            nn.ReLU(),
        )
        self.head = nn.Linear(4 * 4 * b, classes, bias=True)

    def __call__(self, x):
        return self.head(self.body(x).flatten(1))


@wrong("flattened channel first", named="flattened_channels_first")
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.out = nn.Linear(16 * channels[1], classes)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return self.out(x.transpose(0, 3, 1, 2).reshape(x.shape[0], -1))


@wrong("average pooling", named="average_pooling")
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1)
        self.pool = nn.AvgPool2d(2, 2)
        self.out = nn.Linear(16 * channels[1], classes)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return self.out(x.reshape(x.shape[0], -1))


@wrong("softmax at the end", named="softmax_inside")
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.out = nn.Linear(16 * channels[1], classes)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return mx.softmax(self.out(x.reshape(x.shape[0], -1)), axis=-1)


@wrong("second relu forgotten", named="second_relu_missing")
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.out = nn.Linear(16 * channels[1], classes)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(self.conv2(x))
        return self.out(x.reshape(x.shape[0], -1))


@wrong("conv without biases", named="no_biases")
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels[0], 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels[0], channels[1], 3, padding=1, bias=False)
        self.pool = nn.MaxPool2d(2, 2)
        self.out = nn.Linear(16 * channels[1], classes)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return self.out(x.reshape(x.shape[0], -1))


@wrong("hard-coded sizes of the example", named="example_sizes")
class _(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.out = nn.Linear(256, 36)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return self.out(x.reshape(x.shape[0], -1))


@wrong("a third pooling (convolutions padded)", named="third_pooling", never=("no_padding",))
class _(_NetBase):
    def __init__(self, channels, classes):
        super().__init__(channels, classes, 4)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(self.pool(nn.relu(self.conv2(x))))
        return self.out(x.reshape(x.shape[0], -1))


@wrong(
    "linear layer of 4 * channels[1] (convolutions padded)",
    named="one_side_counted",
    never=("no_padding",),
)
class _(_NetBase):
    def __init__(self, channels, classes):
        super().__init__(channels, classes, 4)

    def __call__(self, x):
        x = self.pool(nn.relu(self.conv1(x)))
        x = self.pool(nn.relu(self.conv2(x)))
        return self.out(x.reshape(x.shape[0], -1))
