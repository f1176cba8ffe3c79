"""port_checkpoint, an exercise of lesson 16, decide."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise

port_checkpoint = exercise(minutes=10, level=3)


@port_checkpoint.solution
def _(state, shape):
    """Turn the weights of a small PyTorch network into weights for the same network in MLX.

    In PyTorch it computes `fc(flatten(relu(norm(conv(x)))))` on images with channels first; what
    `flatten` meets has the shape (C, H, W), given as `shape`. In MLX the images, and so what is
    flattened, have channels last: (H, W, C). `state` maps names to float32 NumPy arrays:

        conv.weight (C, I, rows, columns)    conv.bias (C,)
        norm.weight, norm.bias, norm.running_mean, norm.running_var (C,)
        norm.num_batches_tracked ()          MLX's BatchNorm has nothing of the kind
        fc.weight (K, C * H * W)             fc.bias (K,)

    Return a dict of MLX arrays, float32, with the same names where MLX has them, such that the
    MLX network (`nn.Conv2d`, `nn.BatchNorm`, `nn.Linear`) gives the same numbers for an image
    with its axes in the other order. conv.weight of shape (4, 3, 2, 5) becomes (4, 2, 5, 3).
    """
    made = {k: mx.array(v) for k, v in state.items() if not k.endswith("num_batches_tracked")}
    made["conv.weight"] = made["conv.weight"].transpose(0, 2, 3, 1)
    fc = made["fc.weight"].reshape(-1, *shape)
    made["fc.weight"] = fc.transpose(0, 2, 3, 1).reshape(fc.shape[0], -1)
    return made


def _checkpoint(rng, shape, inputs=3, kernel=(2, 5), outputs=5):
    """A PyTorch state_dict in NumPy: names, shapes and order as torch writes them."""
    c = shape[0]
    sizes = {
        "conv.weight": (c, inputs, *kernel),
        "conv.bias": (c,),
        "norm.weight": (c,),
        "norm.bias": (c,),
        "norm.running_mean": (c,),
        "norm.running_var": (c,),
        "fc.weight": (outputs, int(np.prod(shape))),
        "fc.bias": (outputs,),
    }
    state = {name: rng.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    state["norm.running_var"] = np.abs(state["norm.running_var"]) + 0.5
    return state | {"norm.num_batches_tracked": np.array(7)}


@port_checkpoint.use(**{"output": "matmul"})
def _(answer, rng):
    shape = (4, 3, 2)
    made = answer(_checkpoint(rng, shape), shape)
    image = mx.array(rng.normal(size=(2, 4, 6, 3)).astype(np.float32))
    seen = {"names": ", ".join(sorted(made)), "conv_shape": str(tuple(made["conv.weight"].shape))}
    seen |= {"fc_shape": str(tuple(made["fc.weight"].shape))}
    seen |= {"conv": made["conv.weight"], "fc": made["fc.weight"]}
    fits = (seen["conv_shape"], seen["fc_shape"]) == ("(4, 2, 5, 3)", "(5, 24)")
    if fits:
        x = mx.conv2d(image, made["conv.weight"]) + made["conv.bias"]
        scale = made["norm.weight"] / mx.sqrt(made["norm.running_var"] + 1e-5)
        x = nn.relu((x - made["norm.running_mean"]) * scale + made["norm.bias"])
        seen["output"] = x.reshape(2, -1) @ made["fc.weight"].T + made["fc.bias"]
    return seen | {"fits": fits}


port_checkpoint.says(
    passed="The one that no shape gives away is fc.weight. It is also the one that people miss.",
    names="Names that you return",
    conv_shape="Shape of conv.weight",
    fc_shape="Shape of fc.weight",
    conv="conv.weight",
    fc="fc.weight",
    output="What the network gives with your weights",
    fits="Whether the shapes fit the MLX network",
)


@port_checkpoint.alternative
def _(state, shape):
    made = {}
    order = np.arange(np.prod(shape)).reshape(shape).transpose(1, 2, 0).ravel()
    for name, value in state.items():
        if name == "conv.weight":
            value = np.ascontiguousarray(np.moveaxis(value, 1, -1))
        elif name == "fc.weight":
            value = value[:, order]
        if value.ndim:
            made[name] = mx.array(value)
    return made


def _ported(state, **changed):
    """All that stays, and what is given."""
    made = {k: mx.array(v) for k, v in state.items() if not k.endswith("num_batches_tracked")}
    return made | changed


def _conv(state):
    return mx.array(state["conv.weight"]).transpose(0, 2, 3, 1)


@port_checkpoint.misconception(
    "flatten_order",
    "fc.weight was left as it was, and its shape is right, so nothing complains. But its columns "
    "belong to the flattened image, and that is now flattened in another order: channels last. "
    "Which column belongs to channel 1 of the first pixel, before and after?",
)
def _(state, shape):
    return _ported(state, **{"conv.weight": _conv(state)})


def _fc(state, shape):
    fc = mx.array(state["fc.weight"]).reshape(-1, *shape)
    return fc.transpose(0, 2, 3, 1).reshape(fc.shape[0], -1)


@port_checkpoint.misconception(
    "conv_untouched",
    "conv.weight still has PyTorch's order, {conv_shape}. MLX wants the input channels last, as "
    "it has them in images: {conv_shape:expected}.",
)
def _(state, shape):
    return _ported(state, **{"fc.weight": _fc(state, shape)})


@port_checkpoint.misconception(
    "conv_reshaped",
    "conv.weight has the right shape and the wrong numbers: reshape keeps the numbers in their "
    "order and draws other borders between them. Moving an axis is another operation.",
)
def _(state, shape):
    conv = mx.array(state["conv.weight"])
    o, i, rows, columns = conv.shape
    conv = conv.reshape(o, rows, columns, i)
    return _ported(state, **{"conv.weight": conv, "fc.weight": _fc(state, shape)})


@port_checkpoint.misconception(
    "conv_output_last",
    "conv.weight has the shape {conv_shape}: that is TensorFlow's order, output channels last. "
    "MLX keeps them first.",
)
def _(state, shape):
    conv = mx.array(state["conv.weight"]).transpose(2, 3, 1, 0)
    return _ported(state, **{"conv.weight": conv, "fc.weight": _fc(state, shape)})


@port_checkpoint.misconception(
    "linear_transposed",
    "fc.weight was transposed. `nn.Linear` keeps its weight as (out, in) in both libraries. What "
    "about this weight changes with the order of an image's axes?",
)
def _(state, shape):
    return _ported(state, **{"conv.weight": _conv(state), "fc.weight": _fc(state, shape).T})


@port_checkpoint.misconception(
    "order_backwards",
    "The columns of fc.weight were put in order, the wrong way round: they were read as if they "
    "had been flattened with channels last before. In which order did PyTorch flatten?",
)
def _(state, shape):
    c, h, w = shape
    fc = mx.array(state["fc.weight"]).reshape(-1, h, w, c)
    fc = fc.transpose(0, 3, 1, 2).reshape(fc.shape[0], -1)
    return _ported(state, **{"conv.weight": _conv(state), "fc.weight": fc})


@port_checkpoint.misconception(
    "tracked_kept",
    "norm.num_batches_tracked came along. MLX's BatchNorm has no such number, and load_weights "
    "refuses names that the model does not have.",
)
def _(state, shape):
    tracked = mx.array(state["norm.num_batches_tracked"])
    new = {"conv.weight": _conv(state), "fc.weight": _fc(state, shape)}
    return _ported(state, **new, **{"norm.num_batches_tracked": tracked})


port_checkpoint.hints(
    "Which of these arrays knows anything of the order of an image's axes?",
    "conv.weight has an axis for the input channels. fc.weight has a column for each number of "
    "a flattened image, and there are two ways to flatten one.",
    "Give the columns of fc.weight their three axes back with reshape(-1, C, H, W), move the "
    "channels to the end as for conv.weight, and flatten again.",
)
