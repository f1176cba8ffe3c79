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


_STAYING = ("conv.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var")
_NAMES = ("conv.weight", "fc.weight", "fc.bias", *_STAYING)


@port_checkpoint.use(output="matmul")
def _(answer, rng):
    shape = tuple(int(length) for length in rng.permutation([2, 3, 4, 5])[:3])
    (c, h, w), inputs, outputs = shape, int(rng.integers(2, 4)), int(rng.integers(5, 8))
    kernel = ((2, 5), (4, 1), (1, 3))[int(rng.integers(3))]
    made = answer(_checkpoint(rng, shape, inputs, kernel, outputs), shape)
    if not isinstance(made, dict):
        return {"names": f"no dict, but {type(made).__name__}"}
    seen: dict = {"names": ", ".join(sorted(map(str, made)))}
    conv, fc = made.get("conv.weight"), made.get("fc.weight")
    seen |= {"conv_shape": str(tuple(getattr(conv, "shape", ())))}
    seen |= {"fc_shape": str(tuple(getattr(fc, "shape", ()))), "conv": conv, "fc": fc}
    fits = (seen["conv_shape"], seen["fc_shape"]) == (
        str((c, *kernel, inputs)),
        str((outputs, h * w * c)),
    )
    if fits and all(isinstance(made.get(name), mx.array) for name in _NAMES):
        image = rng.normal(size=(2, h + kernel[0] - 1, w + kernel[1] - 1, inputs))
        x = mx.conv2d(mx.array(image.astype(np.float32)), conv) + made["conv.bias"]
        scale = made["norm.weight"] / mx.sqrt(made["norm.running_var"] + 1e-5)
        x = nn.relu((x - made["norm.running_mean"]) * scale + made["norm.bias"])
        seen["output"] = x.reshape(2, -1) @ fc.T + made["fc.bias"]
    return seen | {"fits": fits, "kinds": ", ".join(sorted({_kind(a) for a in made.values()}))}


def _kind(array):
    return f"{type(array).__module__}.{type(array).__name__}".replace("mlx.core", "mx")


port_checkpoint.says(
    passed="The one that no shape gives away is fc.weight. It is also the one that people miss.",
    names="Names that you return",
    conv_shape="Shape of conv.weight",
    fc_shape="Shape of fc.weight",
    conv="conv.weight",
    fc="fc.weight",
    output="What the network gives with your weights",
    fits="Whether the shapes fit the MLX network",
    kinds="What the arrays are",
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
    "conv.weight still has PyTorch's order, {conv_shape}. In MLX images have their channels last. "
    "Which axis of the kernel meets them?",
)
def _(state, shape):
    return _ported(state, **{"fc.weight": _fc(state, shape)})


@port_checkpoint.misconception(
    "conv_reshaped",
    "conv.weight has the right shape and numbers in the wrong places: in the order in which they "
    "were, with other borders between them. So it is after a reshape. What moves an axis?",
)
def _(state, shape):
    conv = mx.array(state["conv.weight"])
    o, i, rows, columns = conv.shape
    conv = conv.reshape(o, rows, columns, i)
    return _ported(state, **{"conv.weight": conv, "fc.weight": _fc(state, shape)})


@port_checkpoint.misconception(
    "conv_output_last",
    "conv.weight has the shape {conv_shape}: that is the order of TensorFlow and JAX, output "
    "channels last. MLX wants {conv_shape:expected}. Which axis stays where it is?",
)
def _(state, shape):
    conv = mx.array(state["conv.weight"]).transpose(2, 3, 1, 0)
    return _ported(state, **{"conv.weight": conv, "fc.weight": _fc(state, shape)})


@port_checkpoint.misconception(
    "linear_transposed",
    "fc.weight has the shape {fc_shape}, with its columns as rows. In JAX a layer multiplies from "
    "the other side; `nn.Linear` keeps its weight as (out, in) in both libraries here. What about "
    "this weight changes with the order of an image's axes?",
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
    "norm.num_batches_tracked came along. MLX's BatchNorm has no such number, and `load_weights` "
    "refuses names that the model does not have. Which names does it have?",
)
def _(state, shape):
    tracked = mx.array(state["norm.num_batches_tracked"])
    new = {"conv.weight": _conv(state), "fc.weight": _fc(state, shape)}
    return _ported(state, **new, **{"norm.num_batches_tracked": tracked})


@port_checkpoint.misconception(
    "columns_before_rows",
    "The columns of fc.weight are in an order in which each image lies on its side: (W, H, C). To "
    "turn an order of axes round takes the channels to the end, and rows and columns with them. In "
    "which order does the MLX network flatten?",
)
def _(state, shape):
    fc = mx.array(state["fc.weight"]).reshape(-1, *shape)
    fc = fc.transpose(0, 3, 2, 1).reshape(fc.shape[0], -1)
    return _ported(state, **{"conv.weight": _conv(state), "fc.weight": fc})


@port_checkpoint.misconception(
    "kernel_turned",
    "conv.weight has the shape {conv_shape}, and MLX wants {conv_shape:expected}: the channels are "
    "last, and the kernel's rows and columns have changed places. To swap two axes is one way to "
    "bring one to the end. Which other one moves with it?",
)
def _(state, shape):
    conv = mx.array(state["conv.weight"]).transpose(0, 3, 2, 1)
    return _ported(state, **{"conv.weight": conv, "fc.weight": _fc(state, shape)})


@port_checkpoint.misconception(
    "numpy_arrays",
    "All numbers are right, and the arrays are NumPy's: {kinds}. NumPy is what the checkpoint came "
    "in. What does an MLX model want?",
)
def _(state, shape):
    made = _ported(state, **{"conv.weight": _conv(state), "fc.weight": _fc(state, shape)})
    return {name: np.array(array) for name, array in made.items()}


@port_checkpoint.misconception(
    "statistics_left_out",
    "The running mean and variance are gone: you return {names}. Nobody trains them, so they look "
    "like num_batches_tracked; but in use the network divides by them. Which of the three does "
    "MLX's BatchNorm have?",
)
def _(state, shape):
    made = _ported(state, **{"conv.weight": _conv(state), "fc.weight": _fc(state, shape)})
    return {name: array for name, array in made.items() if "running" not in name}


port_checkpoint.hints(
    "Which of these arrays knows anything of the order of an image's axes?",
    "conv.weight has an axis for the input channels. fc.weight has a column for each number of "
    "a flattened image, and there are two ways to flatten one.",
    "Give the columns of fc.weight their three axes back with reshape(-1, C, H, W), move the "
    "channels to the end as for conv.weight, and flatten again.",
)
