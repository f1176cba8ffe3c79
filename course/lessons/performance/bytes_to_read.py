"""bytes_to_read, an exercise of lesson 12, performance."""

import numpy as np

from course.exercise import exercise

from .common import _config, _plain, _sizes, _small

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


@bytes_to_read.use(small="exact", small_read="exact", small_16="exact")
def _(answer, rng):
    own, tied, few = _config(rng), _config(rng, tied=True), int(rng.choice([2, 3, 5, 6]))
    whole, read = answer(dict(own), 4)
    whole_16, _ = answer(dict(own), 16)
    whole_tied, read_tied = answer(dict(tied), 8)
    small, small_read = answer(_small(own), few)
    small_16, _ = answer(_small(own), 16)
    seen = {"whole": whole, "read": read, "whole_16": whole_16}
    seen |= {"whole_tied": whole_tied, "read_tied": read_tied}
    seen = {name: _plain(nbytes) / 1e9 for name, nbytes in seen.items()}
    small = {"small": small, "small_read": small_read, "small_16": small_16}
    return seen | {name: _plain(nbytes) for name, nbytes in small.items()}


bytes_to_read.says(
    passed="The second of these numbers, under a bandwidth, is the ceiling of every speed of "
    "decoding that you will ever read.",
    whole="GB of the whole model in 4 bits",
    read="GB read for a token in 4 bits",
    whole_16="GB of the whole model in 16 bits",
    whole_tied="GB of the whole model, 8 bits, tied",
    read_tied="GB read for a token, 8 bits, tied",
    small="Bytes of a very small model in few bits",
    small_read="Bytes of it that are read for a token",
    small_16="Bytes of it in 16 bits",
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


bytes_to_read.same_as(
    "alternative 1",
    "entries swapped",
    "[(config['heads'] * dim, width), (width, config['heads'] * dim)]",
    "the sizes are added up, and a sum has no order",
)
bytes_to_read.same_as(
    "alternative 1",
    "arguments swapped",
    "size(config['vocab'], width)",
    "rows times columns is columns times rows",
)


def _answer(config, bits, **changed):
    layers, table, each = _sizes(config, bits, **changed)
    return (layers + table * (1 if config["tied"] else 2)) * each, (layers + table) * each


@bytes_to_read.misconception(
    "bits_without_scales",
    "With 4 bits the whole model has {whole} GB for you, and it is {whole:expected}; with 16 bits "
    "you are right. {whole} GB are 4 bits a weight and nothing more. The codes are the larger "
    "part, but they mean nothing without the scale and the bias of their group. How many bits is "
    "that for each of 64 weights?",
)
def _(config, bits):
    return _answer(config, bits, scales=0)


@bytes_to_read.misconception(
    "scale_without_bias",
    "With 4 bits the whole model has {whole} GB for you, and it is {whole:expected}; with 16 bits "
    "you are right. {whole} GB are 4.25 bits a weight: one number of 16 bits for each 64 weights. "
    "Some formats have no more. What does a group have here?",
)
def _(config, bits):
    return _answer(config, bits, scales=0.25)


@bytes_to_read.misconception(
    "groups_of_32",
    "With 4 bits the whole model has {whole} GB for you, and it is {whole:expected}; with 16 bits "
    "you are right. {whole} GB are 5 bits a weight: one bit more than the code. A scale and a bias "
    "are 32 bits. Among how many weights are they shared?",
)
def _(config, bits):
    return _answer(config, bits, scales=1.0)


@bytes_to_read.misconception(
    "both_tables_read",
    "The whole is right. For one token you read {read} GB, and {read:expected} are needed: yours "
    "is the whole model, both tables in full. One of them is multiplied with, row by row. "
    "What happens with the other, for a single token?",
)
def _(config, bits):
    return (_answer(config, bits)[0],) * 2


@bytes_to_read.misconception(
    "tied_table_stored_twice",
    "Where embedding and output layer are tied, you have {whole_tied} GB, and the file has "
    "{whole_tied:expected}: yours has room for two tables. There are two jobs, and two names for "
    "them. How many matrices lie in memory?",
)
def _(config, bits):
    layers, table, each = _sizes(config, bits)
    return (layers + 2 * table) * each, (layers + table) * each


@bytes_to_read.misconception(
    "tied_table_never_read",
    "Where embedding and output layer are tied, you read {read_tied} GB for a token, and it is "
    "{read_tied:expected}: the layers and no table. A lookup needs a single row, that is true. "
    "Which matrix turns the last hidden state into a score for each word, though?",
)
def _(config, bits):
    layers, table, each = _sizes(config, bits)
    if config["tied"]:
        return (layers + table) * each, layers * each
    return (layers + 2 * table) * each, (layers + table) * each


@bytes_to_read.misconception(
    "output_layer_not_read",
    "You read {read} GB for a token, and it is {read:expected}: the layers are all there, and "
    "neither table is. One table is only looked up in, for one row. Where do the scores of all "
    "words come from?",
)
def _(config, bits):
    layers, _, each = _sizes(config, bits)
    return _answer(config, bits)[0], layers * each


@bytes_to_read.misconception(
    "keys_for_every_head",
    "The whole model has {whole} GB for you, and it is {whole:expected}. Yours is a model whose "
    "keys and values have as many heads as its queries, as in older models. Here several query "
    "heads share one. How many rows do the two matrices then have?",
)
def _(config, bits):
    return _answer(config, bits, kv="heads")


@bytes_to_read.misconception(
    "keys_or_values",
    "The whole model has {whole} GB for you, and it is {whole:expected}. What is missing is, in "
    "each layer, one matrix of `kv_heads * head_dim` rows. A layer has seven. Which have you?",
)
def _(config, bits):
    return _answer(config, bits, keys=1)


@bytes_to_read.misconception(
    "heads_as_wide_as_the_model",
    "The whole model has {whole} GB for you, and it is {whole:expected}. Yours is a model whose "
    "query heads together are as wide as the model. Often they are; here they have another size. "
    "Which two numbers give it?",
)
def _(config, bits):
    layers, table, each = _sizes(config, bits)
    query = config["heads"] * config["head_dim"]
    layers += config["layers"] * config["width"] * 2 * (config["width"] - query)
    return (layers + table * (1 if config["tied"] else 2)) * each, (layers + table) * each


@bytes_to_read.misconception(
    "mlp_of_two_matrices",
    "The whole model has {whole} GB for you, and it is {whole:expected}. Yours has two matrices in "
    "each MLP, one up and one down, as the first transformers had. Llama's has a gate as well: how "
    "many matrices does that make?",
)
def _(config, bits):
    return _answer(config, bits, mlp=2)


@bytes_to_read.misconception(
    "always_four_bits",
    "With 4 bits you are right. With 16 bits the whole model has {whole_16} GB for you, and it is "
    "{whole_16:expected}: yours takes as much as 4 bits do. Which of the two arguments says how "
    "many bits there are?",
)
def _(config, bits):
    return _answer(config, 4)


@bytes_to_read.misconception(
    "bits_for_bytes",
    "The whole model has {whole} GB for you, and it is {whole:expected}: eight times as much, in "
    "each of your numbers. The sizes of weights are given in bits. What was asked for?",
)
def _(config, bits):
    return tuple(8 * nbytes for nbytes in _answer(config, bits))


@bytes_to_read.misconception(
    "read_before_whole",
    "Your first number is {whole} GB and your second {read}: they are right, in the other order. "
    "Which of the two is the whole model?",
)
def _(config, bits):
    return _answer(config, bits)[::-1]


bytes_to_read.hints(
    "Which matrices is a token multiplied with on its way from a row of the embedding to a score "
    "for each word?",
    "Count the weights of a layer, then of all layers, then of one table. The whole has one table "
    "or two; what is read has one in either case.",
    "`width * (2 * heads * head_dim + 2 * kv_heads * head_dim + 3 * hidden)` for a layer; a weight "
    "of fewer than 16 bits takes `bits + 32 / 64` of them.",
)
