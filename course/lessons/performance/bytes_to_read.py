"""bytes_to_read, an exercise of lesson 12, performance."""

import numpy as np

from course.exercise import exercise

from .common import _config, _plain, _sizes

bytes_to_read = exercise(minutes=10, level=1)


@bytes_to_read.solution
def _(config, bits):
    """How large a model is, and how much of it a token needs.

    `config` is a dict with `layers`, `width`, `heads`, `kv_heads`, `head_dim`, `hidden`, `vocab`
    and `tied`. A layer has seven matrices. Four belong to attention: queries have `heads *
    head_dim` rows, keys and values `kv_heads * head_dim` rows each, all of `width` columns; the
    output matrix leads from `heads * head_dim` back to `width`. Three belong to the MLP: two from
    `width` to `hidden`, one back. The embedding has `vocab` rows of `width`; the output layer is a
    second matrix of that shape, or, where `tied` is True, the embedding itself. Leave norms out.

    With fewer than 16 bits, each group of 64 weights has a scale and a bias of 16 bits each; with
    16 bits there are none.

    Return two numbers of bytes: of the whole model, and of what is read of it to decode one
    token. A single row of a table counts as nothing.

    For Llama 3.1 8B, {"layers": 32, "width": 4096, "heads": 32, "kv_heads": 8, "head_dim": 128,
    "hidden": 14336, "vocab": 128256, "tied": False}, and 4 bits: 4.517e9 and 4.221e9.
    """
    query, key = (config[name] * config["head_dim"] for name in ("heads", "kv_heads"))
    layer = config["width"] * (2 * query + 2 * key + 3 * config["hidden"])
    table = config["vocab"] * config["width"]
    read = config["layers"] * layer + table
    whole = read if config["tied"] else read + table
    each = (bits if bits == 16 else bits + 0.5) / 8
    return whole * each, read * each


@bytes_to_read.use
def _(answer, rng):
    own, tied = _config(rng), _config(rng, tied=True)
    whole, read = answer(own, 4)
    whole_16, _ = answer(own, 16)
    whole_tied, read_tied = answer(tied, 8)
    seen = {"whole": whole, "read": read, "whole_16": whole_16}
    seen |= {"whole_tied": whole_tied, "read_tied": read_tied}
    return {name: _plain(nbytes) / 1e9 for name, nbytes in seen.items()}


bytes_to_read.says(
    passed="The second of these numbers, under a bandwidth, is the ceiling of every speed of "
    "decoding that you will ever read.",
    whole="GB of the whole model in 4 bits",
    read="GB read for a token in 4 bits",
    whole_16="GB of the whole model in 16 bits",
    whole_tied="GB of the whole model, 8 bits, tied",
    read_tied="GB read for a token, 8 bits, tied",
)


@bytes_to_read.alternative
def _(config, bits):
    width, dim, hidden = config["width"], config["head_dim"], config["hidden"]
    shapes = [(config["heads"] * dim, width), (width, config["heads"] * dim)]
    shapes += [(config["kv_heads"] * dim, width)] * 2 + [(width, hidden)] * 3

    def size(rows, columns):
        extra = 0 if bits == 16 else rows * columns / 64 * 4
        return rows * columns * bits / 8 + extra

    layers = config["layers"] * sum(size(*shape) for shape in shapes)
    table = size(config["vocab"], width)
    return np.array([layers + table * (1 if config["tied"] else 2), layers + table])


def _answer(config, bits, **changed):
    layers, table, each = _sizes(config, bits, **changed)
    return (layers + table * (1 if config["tied"] else 2)) * each, (layers + table) * each


@bytes_to_read.misconception(
    "bits_without_scales",
    "With 4 bits the whole model has {whole} GB for you, and it is {whole:expected}; with 16 bits "
    "you are right. A 4-bit weight is a code, and codes mean nothing without the scale and the "
    "bias of their group. How many bits is that for each of 64 weights?",
)
def _(config, bits):
    return _answer(config, bits, scales=0)


@bytes_to_read.misconception(
    "both_tables_read",
    "The whole is right. For one token you read {read} GB, and {read:expected} are needed: two "
    "tables of the same shape are counted in full. One of them is multiplied with, row by row. "
    "What happens with the other, for a single token?",
)
def _(config, bits):
    return (_answer(config, bits)[0],) * 2


@bytes_to_read.misconception(
    "tied_table_stored_twice",
    "Where embedding and output layer are tied, you count {whole_tied} GB, and the file has "
    "{whole_tied:expected}: one matrix does both jobs there and lies in memory once.",
)
def _(config, bits):
    layers, table, each = _sizes(config, bits)
    return (layers + 2 * table) * each, (layers + table) * each


@bytes_to_read.misconception(
    "tied_table_never_read",
    "Where embedding and output layer are tied, you read {read_tied} GB for a token, and it is "
    "{read_tied:expected}. A lookup needs a single row of the table, that is true. Which matrix "
    "turns the last hidden state into a score for each word, though?",
)
def _(config, bits):
    layers, table, each = _sizes(config, bits)
    if config["tied"]:
        return (layers + table) * each, layers * each
    return (layers + 2 * table) * each, (layers + table) * each


@bytes_to_read.misconception(
    "output_layer_not_read",
    "You read {read} GB for a token, and it is {read:expected}: the layers are all there, and "
    "neither table is. The words a token is chosen from have to be scored, every one of them.",
)
def _(config, bits):
    layers, _, each = _sizes(config, bits)
    return _answer(config, bits)[0], layers * each


@bytes_to_read.misconception(
    "keys_for_every_head",
    "The whole model has {whole} GB for you, and it is {whole:expected}. Keys and values were "
    "given as many heads as queries have. That was so in older models; here several query heads "
    "share one head of keys and values, and its matrices are that much smaller.",
)
def _(config, bits):
    return _answer(config, bits, kv="heads")


@bytes_to_read.misconception(
    "mlp_of_two_matrices",
    "The whole model has {whole} GB for you, and it is {whole:expected}. An MLP with one matrix up "
    "and one down is what the first transformers had. Llama's has a gate as well: how many "
    "matrices does that make?",
)
def _(config, bits):
    return _answer(config, bits, mlp=2)


bytes_to_read.hints(
    "Which matrices is a token multiplied with on its way from a row of the embedding to a score "
    "for each word?",
    "Count the weights of a layer, then of all layers, then of one table. The whole has one table "
    "or two; what is read has one in either case.",
    "`width * (2 * heads * head_dim + 2 * kv_heads * head_dim + 3 * hidden)` for a layer; a weight "
    "of fewer than 16 bits takes `bits + 32 / 64` of them.",
)
