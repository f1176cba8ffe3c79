"""Exercises of lesson 16, decide."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise
from course.probe import fill_parameters

# --------------------------------------------------------------------------------------------------
same_call = exercise(minutes=4, level=1, value=True)


@same_call.solution
def _():
    """Somebody ports PyTorch by writing `mx` where `torch` stood and changing nothing else. Which
    of these lines then run in MLX **and** give the same numbers? Write their letters in one
    string, in any order. `v` and `w` have shape (6,), `m` and `n` shape (3, 3).

        A   torch.stack([v, w], 1)
        B   torch.cat([v, w])
        C   torch.sum(m, dim=1)
        D   torch.split(v, 2)
        E   torch.where(v > 0, v, w)
        F   v[v > 0]
        G   torch.einsum("ij,jk->ik", m, n)
        H   v.reshape(2, 3)
        I   m.transpose(0, 1)
        J   torch.argmax(m, 1)

    If A and B alone did, the answer would be "AB".
    """
    return "AEGHJ"


@same_call.alternative
def _():
    return ["a", "e", "g", "h", "j"]


@same_call.misconception(
    "split_in_sizes",
    "You count D. It runs, and that is what makes it dear: PyTorch cuts pieces of two, MLX cuts "
    "two pieces, as NumPy does. A port that raises is mended in a minute. How many pieces does "
    "each make of six numbers?",
)
def _():
    return "ADEGHJ"


@same_call.misconception(
    "transpose_swaps",
    "You count I. In PyTorch `transpose` swaps the two axes that it is given. MLX's takes the new "
    "order of all axes, as NumPy's does, and 0, 1 is the order that they have. Try it on a matrix "
    "that is not symmetric.",
)
def _():
    return "AEGHIJ"


@same_call.misconception(
    "dim_is_axis",
    "You count C. MLX has the function and not the word: what PyTorch calls dim is called axis "
    "in NumPy and here. It raises a TypeError, so at least it is found at once.",
)
def _():
    return "ACEGHJ"


@same_call.misconception(
    "mask_reads",
    "You count F. The number of elements that it picks depends on the values, and MLX wants shapes "
    "while it writes the graph down: reading by a mask raises. Assigning by one works.",
)
def _():
    return "AEFGHJ"


@same_call.misconception(
    "cat_is_there",
    "You count B. MLX takes NumPy's name for it. `hasattr(mx, name)` answers such a question.",
)
def _():
    return "ABEGHJ"


@same_call.misconception(
    "positions_differ",
    "You left out the calls that name an axis by its place. `stack` and `argmax` take it second, "
    "in MLX as in PyTorch; only as a keyword it has another name.",
)
def _():
    return "EGH"


@same_call.use
def _(answer, rng):
    if isinstance(answer, (list, tuple, set)):
        answer = "".join(str(letter) for letter in answer)
    if not isinstance(answer, str):
        return {"letters": type(answer).__name__}
    return {"letters": "".join(sorted({letter for letter in answer.upper() if letter.isalpha()}))}


same_call.says(
    passed="Of the five others three raise and two run with other results. Fear the two.",
    letters="The lines you named",
)
same_call.hints(
    "Which library does MLX follow where NumPy and PyTorch differ?",
    "Two of the lines run and mean something else; three raise. You can try each in a cell.",
    "`cat`, `dim=` and reading by a mask raise; `split` and `transpose` mean what NumPy means.",
)

# --------------------------------------------------------------------------------------------------
split_sizes = exercise(minutes=5, level=1)


@split_sizes.solution
def _(x, size, axis=0):
    """What `torch.split(x, size, axis)` does: cut `x` along an axis into pieces that are `size`
    long, in order. The last one is shorter where the length does not divide.

    Return a list of arrays. For x of shape (10, 3) and size 4 they have 4, 4 and 2 rows.
    """
    return mx.split(x, list(range(size, x.shape[axis], size)), axis=axis)


@split_sizes.alternative
def _(x, size, axis=0):
    x = mx.moveaxis(x, axis, 0)
    pieces = [x[i : i + size] for i in range(0, x.shape[0], size)]
    return [mx.moveaxis(piece, 0, axis) for piece in pieces]


@split_sizes.alternative
def _(x, size, axis=0):
    n = x.shape[axis]
    return tuple(mx.take(x, mx.arange(i, min(i + size, n)), axis=axis) for i in range(0, n, size))


@split_sizes.misconception(
    "parts_not_sizes",
    "`size` was taken for the number of pieces: MLX's second argument is that, or a list of places "
    "to cut at. Where it happens to divide, nothing is raised. How long is your first piece?",
)
def _(x, size, axis=0):
    return mx.split(x, size, axis=axis)


@split_sizes.misconception(
    "last_piece_lost",
    "What does not fill a whole piece is gone: of 10 rows you return {tall}, and the shapes should "
    "be {tall:expected}. What should happen to the rest?",
)
def _(x, size, axis=0):
    whole = x.shape[axis] // size
    return mx.split(x, [size * (i + 1) for i in range(whole)], axis=axis)[:whole]


@split_sizes.misconception(
    "equal_pieces",
    "Your pieces share the length out evenly, as `np.array_split` does: {tall}. PyTorch fills each "
    "piece before it begins the next: {tall:expected}.",
)
def _(x, size, axis=0):
    n = x.shape[axis]
    parts = -(-n // size)
    lengths = [n // parts + (i < n % parts) for i in range(parts)]
    return mx.split(x, np.cumsum(lengths)[:-1].tolist(), axis=axis)


@split_sizes.misconception(
    "lengths_as_places",
    "The list given to `mx.split` holds lengths, and MLX reads it as places: [4, 4] cuts twice at "
    "the same place, and your shapes are {tall}. What are the places, counted from the start?",
)
def _(x, size, axis=0):
    n = x.shape[axis]
    return mx.split(x, [size] * (-(-n // size) - 1), axis=axis)


@split_sizes.misconception(
    "first_axis_only",
    "The axis was not used: along axis 1 your pieces have the shapes {wide}, and they should have "
    "{wide:expected}.",
)
def _(x, size, axis=0):
    return mx.split(x, list(range(size, x.shape[0], size)), axis=0)


@split_sizes.use
def _(answer, rng):
    tall = mx.array(rng.normal(size=(10, 3)).astype(np.float32))
    wide = mx.array(rng.normal(size=(12, 7)).astype(np.float32))
    even = mx.array(rng.normal(size=(12,)).astype(np.float32))

    def shapes(pieces):
        return ", ".join("×".join(map(str, piece.shape)) for piece in pieces)

    seen = {}
    for name, pieces in (
        ("even", list(answer(even, 4))),
        ("tall", list(answer(tall, 4))),
        ("wide", list(answer(wide, 3, 1))),
    ):
        seen |= {name: shapes(pieces), f"{name}_first": pieces[0], f"{name}_last": pieces[-1]}
    return seen


split_sizes.says(
    passed="NumPy's way needs places, PyTorch's needs sizes; now you have both.",
    even="12 numbers in pieces of 4",
    tall="10 × 3 in pieces of 4",
    wide="12 × 7 in pieces of 3 along axis 1",
    tall_first="The first piece of 10 × 3",
    tall_last="The last piece of 10 × 3",
)
split_sizes.hints(
    "What does `mx.split` want to know: how many, how long, or where?",
    "Given a list, it cuts at these places. The first is at `size`; where are the others, and "
    "where do they end?",
    "`range(size, length, size)` along the axis, as a list.",
)

# --------------------------------------------------------------------------------------------------
masked_rows_mean = exercise(minutes=6, level=2)


@masked_rows_mean.solution
def _(x, mask):
    """What `x[mask].mean(dim=0)` is in PyTorch: the mean of the rows that a mask picks.

    x: (N, D) float32, in which rows that are not picked may hold nan. mask: (N,) bool. Return
    shape (D,); where no row is picked, zeros. For x [[1., 2.], [nan, 0.], [3., 6.]] and mask
    [True, False, True] it is [2., 4.].
    """
    picked = mx.where(mask[:, None], x, 0.0)
    return picked.sum(axis=0) / mx.maximum(mask.sum(), 1)


@masked_rows_mean.alternative
def _(x, mask):
    rows = [i for i, picked in enumerate(mask.tolist()) if picked]
    return x[mx.array(rows)].mean(axis=0) if rows else mx.zeros(x.shape[1])


@masked_rows_mean.misconception(
    "nan_times_zero",
    "You multiply by the mask. Zero times nan is nan, and so one padded row makes a column of the "
    "mean nan: {padded_nans} of your entries are. What chooses between two values without "
    "computing with the one that is left out?",
)
def _(x, mask):
    return (x * mask[:, None]).sum(axis=0) / mx.maximum(mask.sum(), 1)


@masked_rows_mean.misconception(
    "divides_by_all",
    "The sum is right and was divided by the number of all rows. `mean` of an array in which the "
    "others are zero does this too. How many rows did the mask pick?",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).mean(axis=0)


@masked_rows_mean.misconception(
    "reads_by_mask",
    "Reading by a mask raises in MLX: how many rows come out depends on values, and MLX wants "
    "shapes before it computes. What can you do with all rows, so that some do not count?",
)
def _(x, mask):
    return x[mask].mean(axis=0)


@masked_rows_mean.misconception(
    "empty_is_nan",
    "With no row picked you divide 0 by 0, and the mean is nan: {empty_nans} entries. A batch in "
    "which everything is padding does occur, and one nan in the loss ends a training run.",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum(axis=0) / mask.sum()


@masked_rows_mean.misconception(
    "one_number",
    "One number came out where a mean for each column was asked for: no axis was named, and MLX "
    "then takes the sum over everything.",
)
def _(x, mask):
    return mx.where(mask[:, None], x, 0.0).sum() / mx.maximum(mask.sum(), 1) / x.shape[1]


@masked_rows_mean.use(plain="reduction", padded="reduction", empty="reduction")
def _(answer, rng):
    x = rng.normal(size=(6, 4)).astype(np.float32) + 2
    mask = mx.array([True, False, True, True, False, True])
    plain = answer(mx.array(x), mask)
    x[4, 1] = np.nan
    padded = answer(mx.array(x), mask)
    empty = answer(mx.array(np.nan_to_num(x)), mx.zeros(6, dtype=mx.bool_))
    seen = {"plain": plain, "padded_nans": int(mx.isnan(padded).sum().item())}
    seen |= {"empty_nans": int(mx.isnan(empty).sum().item())}
    return seen | {"padded": mx.nan_to_num(padded), "empty": mx.nan_to_num(empty)}


masked_rows_mean.says(
    passed="One shape for every mask: that is what lets it be compiled and run on a GPU.",
    plain="For 6 × 4 with 4 rows picked",
    padded="With nan in a row that is left out",
    padded_nans="Entries of it that are nan",
    empty="With no row picked",
    empty_nans="Entries of it that are nan",
)
masked_rows_mean.hints(
    "Which function picks one of two values, element by element, and looks at neither?",
    "Make rows that do not count zero, add, and divide by how many do count.",
    "`mx.where(mask[:, None], x, 0.0)`, its sum over axis 0, and `mx.maximum(mask.sum(), 1)`.",
)

# --------------------------------------------------------------------------------------------------
index_add = exercise(minutes=5, level=2)


@index_add.solution
def _(x, index, rows):
    """What `torch.index_add(x, 0, index, rows)` returns: `x` with each row of `rows` added to the
    row of `x` that `index` names. An index may come more than once. `x` itself stays as it was.

    x: (N, D), index: (K,) int32, rows: (K, D). For x [[0.], [10.]], index [0, 0, 1] and rows
    [[1.], [2.], [5.]] it is [[3.], [15.]].
    """
    return x.at[index].add(rows)


@index_add.alternative
def _(x, index, rows):
    names = mx.arange(x.shape[0])[:, None] == index[None]
    return x + names.astype(x.dtype) @ rows


@index_add.alternative
def _(x, index, rows):
    made = [x[i] for i in range(x.shape[0])]
    for i, row in zip(index.tolist(), rows, strict=True):
        made[i] = made[i] + row
    return mx.stack(made)


@index_add.misconception(
    "last_one_wins",
    "Where an index comes more than once, only its last row was added: `+=` with an index reads "
    "all the rows, adds, and writes them back, one over the other. So it is in NumPy, too. Which "
    "property of an array gathers updates instead?",
)
def _(x, index, rows):
    y = x + 0
    y[index] += rows
    return y


@index_add.misconception(
    "overwritten",
    "The rows took the place of what was there instead of being added to it. Row 0 of x is 0 in "
    "the example, which hides the difference; row 1 is not.",
)
def _(x, index, rows):
    y = x + 0
    y[index] = rows
    return y


@index_add.misconception(
    "without_x",
    "The sums are right and were added to zeros. What was in `x` before is gone.",
)
def _(x, index, rows):
    return mx.zeros_like(x).at[index].add(rows)


@index_add.misconception(
    "changes_x",
    "The result is right, and the array that you were given changed with it: assigning to a part "
    "of an array changes the array for everybody who holds it. PyTorch marks such functions with "
    "an underscore, index_add_; this one has none.",
)
def _(x, index, rows):
    for i, row in zip(index.tolist(), rows, strict=True):
        x[i] = x[i] + row
    return x


@index_add.misconception(
    "averaged",
    "Rows with the same index were averaged, not added. Whoever builds a gradient this way gets "
    "one that is too small for every token that comes twice.",
)
def _(x, index, rows):
    names = (mx.arange(x.shape[0])[:, None] == index[None]).astype(x.dtype)
    return x + names @ rows / mx.maximum(names.sum(axis=1, keepdims=True), 1)


@index_add.use(y="reduction")
def _(answer, rng):
    values = rng.normal(size=(5, 3)).astype(np.float32)
    x = mx.array(values)
    rows = mx.array(rng.normal(size=(6, 3)).astype(np.float32))
    y = answer(x, mx.array([3, 0, 3, 4, 3, 0]), rows)
    return {"y": y, "x_stays": bool(mx.array_equal(x, mx.array(values)).item())}


index_add.says(
    passed="An embedding's gradient is this function.",
    y="For 5 × 3, with the rows 3 and 0 named more than once",
    x_stays="Whether x stayed as it was",
)
index_add.hints(
    "What happens to `x[mx.array([0, 0])] += 1`? Try it.",
    "`x.at[...]` collects updates and returns a new array; it has add, multiply, maximum and more.",
    "`x.at[index].add(rows)`",
)

# --------------------------------------------------------------------------------------------------
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


def _fc(state, shape):
    fc = mx.array(state["fc.weight"]).reshape(-1, *shape)
    return fc.transpose(0, 2, 3, 1).reshape(fc.shape[0], -1)


@port_checkpoint.misconception(
    "flatten_order",
    "fc.weight was left as it was, and its shape is right, so nothing complains. But its columns "
    "belong to the flattened image, and that is now flattened in another order: channels last. "
    "Which column belongs to channel 1 of the first pixel, before and after?",
)
def _(state, shape):
    return _ported(state, **{"conv.weight": _conv(state)})


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
port_checkpoint.hints(
    "Which of these arrays knows anything of the order of an image's axes?",
    "conv.weight has an axis for the input channels. fc.weight has a column for each number of "
    "a flattened image, and there are two ways to flatten one.",
    "Give the columns of fc.weight their three axes back with reshape(-1, C, H, W), move the "
    "channels to the end as for conv.weight, and flatten again.",
)

# --------------------------------------------------------------------------------------------------
gated_block = exercise(minutes=8, level=2)


@gated_block.solution
class _(nn.Module):
    """Port this PyTorch module. The names of its layers stay, so that its weights can be loaded.

        class GatedBlock(torch.nn.Module):
            def __init__(self, dims, hidden):
                super().__init__()
                self.norm = torch.nn.LayerNorm(dims)
                self.inner = torch.nn.Linear(dims, 2 * hidden, bias=False)
                self.outer = torch.nn.Linear(hidden, dims)

            def forward(self, x):                        # (B, dims, T)
                y = self.norm(x.transpose(1, 2))
                a, b = self.inner(y).chunk(2, dim=-1)
                y = self.outer(F.gelu(a, approximate="tanh") * b)
                return x + y.transpose(1, 2)

    x and the result have the shape (B, dims, T) in MLX as well. The parameters are norm.weight,
    norm.bias, inner.weight, outer.weight and outer.bias.
    """

    def __init__(self, dims, hidden):
        super().__init__()
        # -- yours
        self.norm = nn.LayerNorm(dims)
        self.inner = nn.Linear(dims, 2 * hidden, bias=False)
        self.outer = nn.Linear(hidden, dims)
        # -- end

    def __call__(self, x):
        # -- yours
        y = self.norm(x.swapaxes(1, 2))
        a, b = mx.split(self.inner(y), 2, axis=-1)
        y = self.outer(nn.gelu_approx(a) * b)
        return x + y.swapaxes(1, 2)
        # -- end


@gated_block.alternative
class _(nn.Module):
    def __init__(self, dims, hidden):
        super().__init__()
        self.inner = nn.Linear(dims, 2 * hidden, bias=False)
        self.outer, self.norm = nn.Linear(hidden, dims), nn.LayerNorm(dims)
        self._hidden = hidden

    def __call__(self, x):
        y = self.inner(self.norm(x.transpose(0, 2, 1)))
        a, b = y[..., : self._hidden], y[..., self._hidden :]
        gate = 0.5 * a * (1 + mx.tanh(0.7978845608 * (a + 0.044715 * a**3)))
        return x + self.outer(gate * b).transpose(0, 2, 1)


class _Block(nn.Module):
    """The layers, and each step as a method that a wrong answer replaces."""

    def __init__(self, dims, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(dims)
        self.inner = nn.Linear(dims, 2 * hidden, bias=False)
        self.outer = nn.Linear(hidden, dims)

    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu_approx(a) * b

    def __call__(self, x):
        y = self.outer(self.gate(self.inner(self.norm(x.swapaxes(1, 2)))))
        return x + y.swapaxes(1, 2)


@gated_block.misconception(
    "exact_gelu",
    "Near, and not the same: `nn.gelu` is the exact function, and the original asks for the "
    "approximation by tanh. They differ by less than 0.001 everywhere, and at -3 by a tenth of "
    "what is left there. Which of MLX's three gelus is it?",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu(a) * b


@gated_block.misconception(
    "fast_gelu",
    "`nn.gelu_fast_approx` is x times a sigmoid, another function that is called approximate. "
    "The original says which one it wants: tanh.",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return nn.gelu_fast_approx(a) * b


@gated_block.misconception(
    "halves_swapped",
    "The gelu went over the second half and should go over the first. Both have the same shape, "
    "and only the trained weights know which is the gate.",
)
class _(_Block):
    def gate(self, y):
        a, b = mx.split(y, 2, axis=-1)
        return a * nn.gelu_approx(b)


@gated_block.misconception(
    "split_interleaved",
    "Your halves take every second column. `chunk` cuts in the middle. (Some checkpoints do "
    "interleave; this one does not.)",
)
class _(_Block):
    def gate(self, y):
        return nn.gelu_approx(y[..., ::2]) * y[..., 1::2]


@gated_block.misconception(
    "not_transposed",
    "The layers ran over time instead of channels: the check takes as many time steps as "
    "channels, so no shape complains. What does `x.transpose(1, 2)` of the original do, and "
    "which MLX function swaps two axes?",
)
class _(_Block):
    def __call__(self, x):
        return x + self.outer(self.gate(self.inner(self.norm(x))))


@gated_block.misconception(
    "not_turned_back",
    "What is added to x still has channels last, and x has them first. With as many time steps as "
    "channels both are square, and the sum of the two is nonsense of the right shape.",
)
class _(_Block):
    def __call__(self, x):
        return x + self.outer(self.gate(self.inner(self.norm(x.swapaxes(1, 2)))))


@gated_block.misconception(
    "no_residual",
    "The x of `x + ...` in the last line is missing: the block returns what it should add.",
)
class _(_Block):
    def __call__(self, x):
        y = self.outer(self.gate(self.inner(self.norm(x.swapaxes(1, 2)))))
        return y.swapaxes(1, 2)


@gated_block.misconception(
    "residual_of_the_normed",
    "The sum begins with the normalised x; the original adds to x itself, so that a block can "
    "pass on what it was given.",
)
class _(_Block):
    def __call__(self, x):
        y = self.norm(x.swapaxes(1, 2))
        return (y + self.outer(self.gate(self.inner(y)))).swapaxes(1, 2)


@gated_block.use(y="matmul", gate="matmul")
def _(answer, rng):
    block = fill_parameters(answer(6, 5), by_name=True)
    x = mx.array(rng.normal(1, 2, size=(2, 6, 6)).astype(np.float32))
    names = ", ".join(sorted(name for name, _ in tree_flatten(block.parameters())))
    seen = {"names": names, "y": block(x)}
    if names == "inner.weight, norm.bias, norm.weight, outer.bias, outer.weight":
        # What is added to 0, where all of the gate's inputs are -3: there the gelus differ by 10 %.
        inner = mx.concatenate([mx.full((5, 6), -0.5), mx.array(rng.uniform(size=(5, 6)))])
        block.update({"norm": {"bias": mx.ones(6)}, "outer": {"bias": mx.zeros(6)}})
        block.update({"inner": {"weight": inner.astype(mx.float32)}})
        seen["gate"] = block(mx.zeros((1, 6, 6)))
    return seen


gated_block.says(
    passed="Another gelu, swapped halves, the wrong axis: none of these raises. That is porting.",
    names="The parameters",
    y="For a batch of 2, 6 channels and 6 time steps",
    gate="What is added to 0 where the gelu's inputs are all -3",
)
gated_block.hints(
    "Which of the four lines of `forward` would raise in MLX, and which would run and mean "
    "something else?",
    "`transpose` takes the new order of all axes, `chunk` is `mx.split` with a number of parts, "
    "and `nn` has three functions whose names begin with gelu.",
    "`x.swapaxes(1, 2)`, `mx.split(..., 2, axis=-1)` and `nn.gelu_approx`.",
)

# --------------------------------------------------------------------------------------------------
smallest_memory = exercise(minutes=6, level=2)


@smallest_memory.solution
def _(parameters, bits, context, sizes, share):
    """The smallest Mac that a language model fits in, by arithmetic.

    parameters: how many. bits: of a weight; below 16 they are quantized in groups of 64 with a
    scale and a bias of 16 bits each (lesson 07). context: bytes of the KV cache. sizes: memory of
    the Macs on offer in GB, which for memory are units of 2**30 bytes (lesson 12), in no order.
    share: the part of it that the GPU may use.

    Return the smallest size whose share holds weights and context, or None. For 8.03e9 parameters
    of 4 bits, a context of 1.5e9, sizes [32, 8, 16] and a share of 0.67 it is 16.
    """
    each = bits + 32 / 64 if bits < 16 else bits
    need = parameters * each / 8 + context
    return min((size for size in sizes if need <= share * size * 2**30), default=None)


@smallest_memory.alternative
def _(parameters, bits, context, sizes, share):
    overhead = {True: 0.5, False: 0.0}[bits < 16]
    for size in sorted(sizes):
        if parameters * (bits + overhead) / 8 <= size * 1024**3 * share - context:
            return size
    return None


def _smallest(need, sizes, share, unit=2**30):
    return min((size for size in sizes if need <= share * size * unit), default=None)


@smallest_memory.misconception(
    "scales_forgotten",
    "For 8.03e9 weights of 4 bits you take a Mac with {small} GB, and it takes {small:expected}: a "
    "weight of 4 bits was counted as 4 bits. What does its group of 64 bring along?",
)
def _(parameters, bits, context, sizes, share):
    return _smallest(parameters * bits / 8 + context, sizes, share)


@smallest_memory.misconception(
    "scales_everywhere",
    "For 8B in bfloat16 you ask for {half} GB, and {half:expected} will do: a model of 16 bits was "
    "given scales. What is quantized there?",
)
def _(parameters, bits, context, sizes, share):
    return _smallest(parameters * (bits + 0.5) / 8 + context, sizes, share)


@smallest_memory.misconception(
    "all_of_it",
    "For 70B in 4 bits you take a Mac with {large} GB, and it takes {large:expected}: all of the "
    "memory was given to the model. The system and your programs live there too, and macOS keeps a "
    "part from the GPU. Which of your arguments says how much?",
)
def _(parameters, bits, context, sizes, share):
    each = bits + 0.5 * (bits < 16)
    return _smallest(parameters * each / 8 + context, sizes, 1)


@smallest_memory.misconception(
    "context_forgotten",
    "For 3B with a very long context you take {long} GB, and it takes {long:expected}: the weights "
    "fit and the conversation does not. Where the weights are few and the text is long, which is "
    "the larger part?",
)
def _(parameters, bits, context, sizes, share):
    return _smallest(parameters * (bits + 0.5 * (bits < 16)) / 8, sizes, share)


@smallest_memory.misconception(
    "decimal_gigabytes",
    "A GB of memory was counted as a thousand million bytes, as disks and bandwidths have it: you "
    "ask for {half} GB where {half:expected} would do. At a border those 7 % are a Mac. How many "
    "bytes has a GB of memory?",
)
def _(parameters, bits, context, sizes, share):
    each = bits + 0.5 * (bits < 16)
    return _smallest(parameters * each / 8 + context, sizes, share, 1e9)


@smallest_memory.misconception(
    "first_that_fits",
    "You return the first size that fits, and the sizes come in no order: {small} where "
    "{small:expected} would do.",
)
def _(parameters, bits, context, sizes, share):
    need = parameters * (bits + 0.5 * (bits < 16)) / 8 + context
    return next((size for size in sizes if need <= share * size * 2**30), None)


@smallest_memory.use
def _(answer, rng):
    sizes = [192, 8, 64, 16, 24, 128, 32, 96, 48]
    cases = {
        "small": (8.03e9, 4, 1.5e9, 0.67),
        "large": (70.6e9, 4, 2.68e9, 0.75),
        "long": (3.2e9, 4, 6e9, 0.75),
        "half": (8.03e9, 16, 1.07e9, 0.67),
        "edge": (7.8e9, 16, 1e9, 0.67),
        "three": (70.6e9, 3, 1e9, 0.75),
        "dense": (100e9, 4, 3e9, 0.75),
        "none": (405e9, 4, 5e9, 0.75),
    }
    return {name: answer(p, b, c, list(sizes), s) for name, (p, b, c, s) in cases.items()}


smallest_memory.says(
    passed="So much for “100B needs 192 GB”: at 4 bits it is 96.",
    small="8B, 4 bits, 11,000 tokens of context",
    large="70B, 4 bits",
    long="3B with a very long context",
    half="8B in bfloat16",
    edge="7.8B in bfloat16",
    three="70B, 3 bits",
    dense="100B, 4 bits",
    none="405B, 4 bits",
)
smallest_memory.hints(
    "What else is in memory besides the bits of the weights?",
    "Half a bit a weight for the scales where something is quantized, the context, and what the "
    "GPU may not have.",
    "`parameters * (bits + 0.5) / 8 + context <= share * size * 2**30`: the smallest that does.",
)

# --------------------------------------------------------------------------------------------------
choose = exercise(minutes=8, level=2)


@choose.solution
def _(case):
    """A decision tree that goes around, as code. Three of its leaves are stale. Correct
    them, so that it says what can be taken in November 2026, and leave the order of its questions.

        def choose(case):
            if case["swift"]:
                return ["mlx-swift"]
            if case["cluster"]:
                return ["jax", "pytorch"]
            if case["jax"]:
                return ["jax-metal"] if case["machine"] == "mac" else ["jax"]
            if case["machine"] != "mac":
                return ["pytorch"]
            if case["linux_too"]:
                return ["llama.cpp"]
            return ["mlx", "pytorch"] if case["tune"] else ["llama.cpp", "mlx", "pytorch"]

    machine: "mac" (Apple silicon), "nvidia" (Linux with a GPU) or "linux" (a CPU alone); the rest
    are True or False: an app in Swift, training on many large GPUs, code that is in JAX, the same
    engine on a Linux server without a GPU, LoRA fine-tuning. What is known today:

    - mlx, pytorch and llama.cpp run on all three machines; llama.cpp has no LoRA training.
    - jax-metal is dead. Supported on a Mac is JAX on its CPU: call it "jax-cpu". On the other two
      machines it stays "jax".

    Return a list of all that can be taken, in any order. For a Linux machine without a GPU and
    nothing else it has three names.
    """
    if case["swift"]:
        return ["mlx-swift"]
    if case["cluster"]:
        return ["jax", "pytorch"]
    if case["jax"]:
        return ["jax-cpu"] if case["machine"] == "mac" else ["jax"]
    return ["mlx", "pytorch"] if case["tune"] else ["llama.cpp", "mlx", "pytorch"]


@choose.alternative
def _(case):
    names = {"mlx", "pytorch", "llama.cpp"} - ({"llama.cpp"} if case["tune"] else set())
    if case["jax"]:
        names = {"jax-cpu" if case["machine"] == "mac" else "jax"}
    if case["cluster"]:
        names = {"jax", "pytorch"}
    return {"mlx-swift"} if case["swift"] else names


def _tree(case, jax="jax-cpu", elsewhere=None, both=None):
    """The tree with leaves that a wrong answer replaces."""
    if case["swift"]:
        return ["mlx-swift"]
    if case["cluster"]:
        return ["jax", "pytorch"]
    if case["jax"]:
        return [jax] if case["machine"] == "mac" else ["jax"]
    if case["machine"] != "mac" and elsewhere:
        return elsewhere
    if case["machine"] == "mac" and case["linux_too"] and both:
        return both
    return ["mlx", "pytorch"] if case["tune"] else ["llama.cpp", "mlx", "pytorch"]


@choose.misconception(
    "no_mac_no_mlx",
    "Without a Mac your tree says {linux}. MLX has had a CUDA backend since 2025 and wheels for a "
    "CPU; if you run this course on Linux, you have been using one all along. And llama.cpp never "
    "needed a Mac.",
)
def _(case):
    return _tree(case, elsewhere=["pytorch"])


@choose.misconception(
    "one_engine_only",
    "For one engine on Mac and Linux your tree says {mac_both}, and nothing else. That was so "
    "while MLX was for Macs alone. Which engines run on both today?",
)
def _(case):
    return _tree(case, both=["llama.cpp"])


@choose.misconception(
    "jax_metal",
    "For JAX on a Mac your tree still says {mac_jax}. Its last release is of 2024, it does not "
    "work with JAX since 0.5.1, and JAX's own people call it dead.",
)
def _(case):
    return _tree(case, jax="jax-metal")


@choose.misconception(
    "jax_as_ever",
    "For JAX on a Mac your tree says {mac_jax}, as if it used the GPU there. What is supported is "
    "its CPU, and whoever decides should read that.",
)
def _(case):
    return _tree(case, jax="jax")


@choose.misconception(
    "needs_a_gpu",
    "On a Linux machine without a GPU your tree leaves MLX out: {linux}. Its CUDA backend is not "
    "the only one; what do the lessons run on where there is no GPU?",
)
def _(case):
    names = _tree(case)
    bare = case["machine"] == "linux" and len(names) > 1 and not case["cluster"]
    return [name for name in names if name != "mlx" or not bare]


@choose.misconception(
    "llamacpp_tunes",
    "Your tree offers llama.cpp for LoRA where it offered something stale before: {linux_tune}. "
    "It infers; training adapters is what it lacks. Look at the question in the last line.",
)
def _(case):
    return _tree(case, elsewhere=["llama.cpp", "mlx", "pytorch"])


@choose.misconception(
    "mlx_instead",
    "The stale leaf was turned round: {linux} where it said pytorch before. That PyTorch is no "
    "longer the only one does not make MLX the only one.",
)
def _(case):
    return _tree(case, elsewhere=["mlx"])


@choose.use
def _(answer, rng):
    questions = {
        "linux": "linux",
        "linux_tune": "linux tune",
        "nvidia": "nvidia",
        "nvidia_tune": "nvidia tune linux_too",
        "mac": "mac",
        "mac_tune": "mac tune",
        "mac_both": "mac linux_too",
        "mac_both_tune": "mac linux_too tune",
        "mac_jax": "mac jax",
        "mac_jax_tune": "mac jax tune linux_too",
        "nvidia_jax": "nvidia jax",
        "swift": "mac swift jax",
        "cluster": "nvidia cluster jax",
        "mac_cluster": "mac cluster tune",
    }
    seen = {}
    for name, words in questions.items():
        machine, *true = words.split()
        flags = dict.fromkeys(("swift", "cluster", "jax", "linux_too", "tune"), False)
        found = answer({"machine": machine} | flags | dict.fromkeys(true, True))
        seen[name] = ", ".join(sorted(map(str, found)))
    return seen


choose.says(
    passed="Two questions decide nothing any more: the machine, and whether Linux comes too.",
    linux="Linux, CPU alone",
    linux_tune="Linux, CPU alone, LoRA",
    nvidia="Linux with a GPU",
    nvidia_tune="Linux with a GPU, LoRA",
    mac="A Mac",
    mac_tune="A Mac, LoRA",
    mac_both="A Mac, and the same engine on Linux",
    mac_both_tune="A Mac, the same engine on Linux, LoRA",
    mac_jax="JAX on a Mac",
    mac_jax_tune="JAX on a Mac, LoRA, and Linux too",
    nvidia_jax="JAX on Linux with a GPU",
    swift="An app in Swift",
    cluster="Many large GPUs",
    mac_cluster="Many large GPUs, asked from a Mac",
)
choose.hints(
    "Which leaf names something that no longer exists, and which two say “only”?",
    "The question about the machine and the one about Linux used to split what is now one answer.",
    "Let both of these fall through to the last line, and write jax-cpu for jax-metal.",
)
