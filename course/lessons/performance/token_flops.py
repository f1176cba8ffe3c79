"""token_flops, an exercise of lesson 12, performance."""

from course.exercise import exercise

from .common import _config, _plain, _sizes

token_flops = exercise(minutes=8, level=2)


@token_flops.solution
def _(config, context):
    """How much arithmetic a token is.

    `config` is as in `bytes_to_read`. Return how many floating-point operations it takes to decode
    one token that attends to `context` tokens, itself among them: in the matrices, in the output
    layer, and in attention (query times keys, and scores times values, in each layer). A multiply
    and an add are two operations. Norms, softmax, rotations and activations count nothing.
    For Llama 3.1 8B and 1 token: 15.01e9; for 8192 tokens: 19.3e9.
    """
    query, key = (config[name] * config["head_dim"] for name in ("heads", "kv_heads"))
    layer = config["width"] * (2 * query + 2 * key + 3 * config["hidden"])
    weights = config["layers"] * layer + config["vocab"] * config["width"]
    return 2 * weights + 2 * 2 * config["layers"] * query * context


@token_flops.use
def _(answer, rng):
    config = _config(rng)
    short, long = answer(config, 1), answer(config, int(rng.integers(20_000, 60_000)))
    return {"short": _plain(short) / 1e9, "long": _plain(long) / 1e9}


token_flops.says(
    passed="About two for each weight that is read: one operation for each byte of a 16-bit model, "
    "and the corner of your machine's roof says how many it could do.",
    short="GFLOP for a context of 1",
    long="GFLOP for a long context",
)


@token_flops.alternative
def _(config, context):
    width, inner = config["width"], config["heads"] * config["head_dim"]
    keys, hidden = config["kv_heads"] * config["head_dim"], config["hidden"]
    products = [(width, inner), (width, keys), (width, keys), (inner, width)]
    products += [(width, hidden)] * 2 + [(hidden, width)]
    products += [(config["head_dim"], context), (context, config["head_dim"])] * config["heads"]
    return sum(2 * a * b for a, b in products) * config["layers"] + 2 * width * config["vocab"]


def _flops(config, context, lookup=0, head=1, heads="heads", times=4):
    layers, table, _ = _sizes(config, 16)
    attention = config["layers"] * config[heads] * config["head_dim"] * context
    return 2 * (layers + (head + lookup) * table) + times * attention


@token_flops.misconception(
    "a_multiply_add_is_one",
    "You have {short} GFLOP for a short context, and it is {short:expected}: half. Each weight is "
    "multiplied with a number, and the product is added to a sum.",
)
def _(config, context):
    return _flops(config, context) / 2


@token_flops.misconception(
    "lookup_is_a_product",
    "You have {short} GFLOP for a short context, and it is {short:expected}: two tables are "
    "multiplied with. Looking a row up takes no arithmetic at all. Of the two, which is used by "
    "looking up?",
)
def _(config, context):
    return _flops(config, context, lookup=1)


@token_flops.misconception(
    "no_output_layer",
    "You have {short} GFLOP for a short context, and it is {short:expected}. The layers are right. "
    "What is the last product, the one that scores every word?",
)
def _(config, context):
    return _flops(config, context, head=0)


@token_flops.misconception(
    "attention_forgotten",
    "For a long context you have {long} GFLOP, and it is {long:expected}; the matrices are right. "
    "Twice the number of weights is the usual shortcut, and it leaves out the products between "
    "activations, which grow with the context.",
)
def _(config, context):
    return _flops(config, context, times=0)


@token_flops.misconception(
    "scores_without_values",
    "For a long context you have {long} GFLOP, and it is {long:expected}. Of attention's two "
    "products one is there: after the scores, what are they multiplied with?",
)
def _(config, context):
    return _flops(config, context, times=2)


@token_flops.misconception(
    "heads_of_the_keys",
    "For a long context you have {long} GFLOP, and it is {long:expected}. Keys are shared, so "
    "fewer bytes are read; every query head still meets every key. For arithmetic, which heads "
    "count?",
)
def _(config, context):
    return _flops(config, context, heads="kv_heads")


@token_flops.misconception(
    "six_for_each_weight",
    "You have {short} GFLOP for a short context, and it is {short:expected}: three times as much. "
    "Six for each weight is the count for training, where gradients take two more passes.",
)
def _(config, context):
    layers, table, _ = _sizes(config, 16)
    return _flops(config, context) + 4 * (layers + table)


token_flops.hints(
    "How many operations does a product of a vector with a matrix of R × C take?",
    "Two for each weight that is multiplied with, and two for each entry of a key or value, for "
    "each of the query heads.",
    "`2 * (layers * matrices + vocab * width) + 4 * layers * heads * head_dim * context`",
)
