"""What exercises of lesson 06, transformer share."""

import mlx.core as mx
from mlx.utils import tree_flatten


def _turned(x, angles, interleaved=False):
    half, (cos, sin) = x.shape[-1] // 2, (mx.cos(angles), mx.sin(angles))
    if interleaved:
        a, b = x[..., ::2], x[..., 1::2]
        return mx.stack([a * cos - b * sin, a * sin + b * cos], axis=-1).reshape(x.shape)
    a, b = x[..., :half], x[..., half:]
    return mx.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


def _angles(length, dims, offset=0, base=10000.0):
    places = mx.arange(offset, offset + length)[:, None]
    return places * mx.power(base, -2 * mx.arange(dims // 2) / dims)


def _names(module):
    """Names and shapes of a module's parameters as text, sorted."""
    module.trainable_parameters()  # without super().__init__() it stops here, not in an optimizer
    parameters = sorted(tree_flatten(module.parameters()), key=lambda pair: pair[0])
    return ", ".join(f"{name} {tuple(value.shape)}" for name, value in parameters) or "nothing"


class _Joined:
    """A cache as small as can be: what it was given, joined."""

    def __init__(self, keys=None, values=None):
        self.keys, self.values = keys, values

    @property
    def offset(self):
        return 0 if self.keys is None else self.keys.shape[2]

    def update(self, keys, values):
        if self.keys is not None:
            keys = mx.concatenate([self.keys, keys], axis=2)
            values = mx.concatenate([self.values, values], axis=2)
        self.keys, self.values = keys, values
        return keys, values
