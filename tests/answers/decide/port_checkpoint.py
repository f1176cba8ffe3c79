"""Others' answers to port_checkpoint."""

import functools
import math

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


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


def _port(
    state, shape, conv=(0, 2, 3, 1), fc="chw", keep=False, numpy=False, rename=False, drop=()
):
    C, H, W = shape
    out = {}
    for n, v in state.items():
        if ("num_batches" in n and not keep) or n in drop:
            continue
        if n == "conv.weight" and conv:
            v = v.transpose(conv)
        if n == "fc.weight":
            k = len(v)
            if fc == "chw":
                v = v.reshape(k, C, H, W).transpose(0, 2, 3, 1).reshape(k, -1)
            elif fc == "hwc":
                v = v.reshape(k, H, W, C).transpose(0, 3, 1, 2).reshape(k, -1)
            elif fc == "cwh":
                v = v.reshape(k, C, H, W).transpose(0, 3, 2, 1).reshape(k, -1)
            elif fc == "T":
                v = v.reshape(k, C, H, W).transpose(0, 2, 3, 1).reshape(k, -1).T
            elif fc == "square":
                s = math.isqrt(v.shape[1] // C)
                if s * s * C == v.shape[1]:
                    v = v.reshape(k, C, s, s).transpose(0, 2, 3, 1).reshape(k, -1)
        name = n.replace("running_", "") if rename else n
        out[name] = v if numpy else mx.array(np.ascontiguousarray(v))
    return out


wrong("fc as it is", named="flatten_order")(functools.partial(_port, fc=""))


wrong("conv as it is", named="conv_untouched")(functools.partial(_port, conv=None))


wrong("conv: rows and columns swapped", named="kernel_turned")(
    functools.partial(_port, conv=(0, 3, 2, 1))
)


wrong("conv: JAX's layout, (rows, columns, in, out)", named="conv_output_last")(
    functools.partial(_port, conv=(2, 3, 1, 0))
)


wrong("conv: inputs first")(functools.partial(_port, conv=(1, 2, 3, 0)))


wrong("fc permuted the wrong way", named="order_backwards")(functools.partial(_port, fc="hwc"))


wrong("fc: W before H", named="columns_before_rows")(functools.partial(_port, fc="cwh"))


wrong("fc transposed, as in JAX")(functools.partial(_port, fc="T"))


wrong("fc: square images alone")(functools.partial(_port, fc="square"))


wrong("num_batches_tracked kept", named="tracked_kept")(functools.partial(_port, keep=True))


wrong("NumPy arrays", named="numpy_arrays")(functools.partial(_port, numpy=True))


wrong("running_ cut off")(functools.partial(_port, rename=True))


wrong("running statistics left out", named="statistics_left_out")(
    functools.partial(_port, drop=("norm.running_mean", "norm.running_var"))
)
