"""Others' answers to port_checkpoint."""

import mlx.core as mx
import numpy as np

from course.author.answers import right


@right("reshape, transpose")
def _(state, shape):
    C, H, W = shape
    out = {k: mx.array(v) for k, v in state.items() if not k.endswith("num_batches_tracked")}
    out["conv.weight"] = mx.transpose(out["conv.weight"], (0, 2, 3, 1))
    k = out["fc.weight"].shape[0]
    out["fc.weight"] = out["fc.weight"].reshape(k, C, H, W).transpose(0, 2, 3, 1).reshape(k, -1)
    return out


@right("NumPy, moveaxis")
def _(state: dict, shape: tuple) -> dict:
    new = dict(state)
    new.pop("norm.num_batches_tracked", None)
    new["conv.weight"] = np.moveaxis(state["conv.weight"], 1, -1)
    w = state["fc.weight"]
    new["fc.weight"] = np.moveaxis(w.reshape(len(w), *shape), 1, -1).reshape(len(w), -1)
    return {name: mx.array(np.ascontiguousarray(value)) for name, value in new.items()}


@right("a permutation of columns")
def _(state, shape):
    order = np.arange(int(np.prod(shape))).reshape(shape).transpose(1, 2, 0).ravel()
    converters = {
        "conv.weight": lambda w: w.transpose(0, 2, 3, 1),
        "fc.weight": lambda w: w[:, order],
    }
    return {
        name: mx.array(converters.get(name, lambda w: w)(w), dtype=mx.float32)
        for name, w in state.items()
        if "num_batches" not in name
    }


@right("einsum")
def _(state, shape):
    names = [
        "conv.weight",
        "conv.bias",
        "norm.weight",
        "norm.bias",
        "norm.running_mean",
        "norm.running_var",
        "fc.weight",
        "fc.bias",
    ]
    out = {n: mx.array(state[n]) for n in names}
    out["conv.weight"] = mx.einsum("oirc->orci", out["conv.weight"])
    out["fc.weight"] = mx.flatten(
        mx.einsum("kchw->khwc", mx.unflatten(out["fc.weight"], 1, tuple(shape))), 1
    )
    return out
