"""Others' answers to mlp."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


@right("zip comprehension")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)


@right("nn.Sequential with nn.ReLU, mx.flatten")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        parts = []
        for i in range(len(sizes) - 1):
            parts.append(nn.Linear(sizes[i], sizes[i + 1]))
            if i < len(sizes) - 2:
                parts.append(nn.ReLU())
        self.net = nn.Sequential(*parts)

    def __call__(self, x):
        return self.net(mx.flatten(x, start_axis=1))


@right("dict of layers by setattr")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self._n = len(sizes) - 1
        for i in range(self._n):
            setattr(self, f"fc{i}", nn.Linear(sizes[i], sizes[i + 1]))

    def __call__(self, x):
        x = x.reshape((x.shape[0], -1))
        for i in range(self._n):
            if i:
                x = mx.where(x > 0, x, 0)
            x = getattr(self, f"fc{i}")(x)
        return x


@right("dict of layers by number")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.fc = {str(i): nn.Linear(*sizes[i : i + 2]) for i in range(len(sizes) - 1)}

    def __call__(self, x):
        x = x.reshape(len(x), -1)
        for i in range(len(self.fc)):
            x = self.fc[str(i)](mx.maximum(x, 0) if i else x)
        return x


@wrong("reshape without an assignment", named="not_flat")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)


@wrong("tuple of layers", named="hidden_params_container")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = tuple(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)


@wrong("no relu at all", named="no_activation")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers:
            x = layer(x)
        return x


@wrong("gelu in place of relu", named="gelu")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.gelu(layer(x))
        return self.layers[-1](x)


@wrong("dims hard-coded: reshape to 256", named="example_sizes")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        x = x.reshape(-1, 256)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)


@wrong("no bias", named="no_biases")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)


@wrong("relu on the input too", named="relu_on_the_input")
class _(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        x = x.reshape(x.shape[0], -1)
        for layer in self.layers:
            x = layer(nn.relu(x))
        return x
