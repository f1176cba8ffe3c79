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
    config, tied = _config(rng), _config(rng, tied=True)
    return {
        "short": _plain(answer(dict(config), 1)) / 1e9,
        "long": _plain(answer(dict(config), int(rng.integers(20_000, 60_000)))) / 1e9,
        "tied": _plain(answer(tied, int(rng.integers(100, 900)))) / 1e9,
    }


token_flops.says(
    passed="About two for each weight that is read: one operation for each byte of a 16-bit model, "
    "and the corner of your machine's roof says how many it could do.",
    short="GFLOP for a context of 1",
    long="GFLOP for a long context",
    tied="GFLOP for a model whose tables are tied",
)


@token_flops.alternative
def _(config, context):
    width, inner = config["width"], config["heads"] * config["head_dim"]
    keys, hidden = config["kv_heads"] * config["head_dim"], config["hidden"]
    products = [(width, inner), (width, keys), (width, keys), (inner, width)]
    products += [(width, hidden)] * 2 + [(hidden, width)]
    products += [(config["head_dim"], context), (context, config["head_dim"])] * config["heads"]
    return sum(2 * a * b for a, b in products) * config["layers"] + 2 * width * config["vocab"]


token_flops.same_as(
    "alternative 1",
    "entries swapped",
    "[(width, inner), (width, keys), (width, keys), (inner, width)]",
    "the products are added up, and a sum has no order",
)
token_flops.same_as(
    "alternative 1",
    "entries swapped",
    "[(config['head_dim'], context), (context, config['head_dim'])]",
    "the products are added up, and a sum has no order",
)


def _flops(config, context, lookup=0, head=1, inner=None, times=4, kv="kv_heads"):
    layers, table, _ = _sizes(config, 16, kv)
    inner = inner or config["heads"] * config["head_dim"]
    return 2 * (layers + (head + lookup) * table) + times * config["layers"] * inner * context


@token_flops.misconception(
    "a_multiply_add_is_one",
    "You have {short} GFLOP for a short context, and it is {short:expected}: half. The number of "
    "weights is half as well. Each weight is multiplied with a number, and then what happens to "
    "the product?",
)
def _(config, context):
    return _flops(config, context) / 2


@token_flops.misconception(
    "lookup_is_a_product",
    "You have {short} GFLOP for a short context, and it is {short:expected}: yours has the "
    "products of two tables, of a tied model too. One table is for looking a row up, and that "
    "takes no arithmetic at all. What is the other for?",
)
def _(config, context):
    return _flops(config, context, lookup=1)


@token_flops.misconception(
    "every_stored_weight_works",
    "Where the tables are tied you are right. Where they are not, you have {short} GFLOP for a "
    "short context, and it is {short:expected}: every weight that the model stores does a "
    "multiply and an add. Of two tables one is for looking a row up. How much arithmetic is that?",
)
def _(config, context):
    return _flops(config, context, lookup=not config["tied"])


@token_flops.misconception(
    "no_output_layer",
    "You have {short} GFLOP for a short context, and it is {short:expected}. The layers are right. "
    "What is the last product, the one that scores every word?",
)
def _(config, context):
    return _flops(config, context, head=0)


@token_flops.misconception(
    "attention_forgotten",
    "For a long context you have {long} GFLOP, and it is {long:expected}; yours do not grow with "
    "the context. Twice the number of weights is the usual shortcut. Which products are between "
    "activations, without any weight?",
)
def _(config, context):
    return _flops(config, context, times=0)


@token_flops.misconception(
    "half_of_attention",
    "For a long context you have {long} GFLOP, and it is {long:expected}. The matrices are right, "
    "and what the context adds is half of what it should be. Attention has two products, each with "
    "a multiply and an add, and a decoded token attends to the whole context. Which of these twos "
    "is missing?",
)
def _(config, context):
    return _flops(config, context, times=2)


@token_flops.misconception(
    "heads_of_the_keys",
    "For a long context you have {long} GFLOP, and it is {long:expected}. What your context adds "
    "is that of `kv_heads` heads. Keys are shared, so fewer bytes are read; every query head "
    "still meets every key. For arithmetic, which heads count?",
)
def _(config, context):
    return _flops(config, context, inner=config["kv_heads"] * config["head_dim"])


@token_flops.misconception(
    "width_for_the_heads",
    "For a long context you have {long} GFLOP, and it is {long:expected}. What your context adds "
    "is that of heads that are together as wide as the model. In many models they are. What do "
    "the heads of this one make together?",
)
def _(config, context):
    return _flops(config, context, inner=config["width"])


@token_flops.misconception(
    "context_squared",
    "For a long context you have {long} GFLOP, and it is {long:expected}. Yours grow with the "
    "square of the context, as reading a whole prompt does. Here one token is decoded: how many "
    "queries does it bring?",
)
def _(config, context):
    return _flops(config, context**2)


@token_flops.misconception(
    "keys_for_every_head",
    "You have {short} GFLOP for a short context, and it is {short:expected}. Yours is a model "
    "whose keys and values have as many heads as its queries. Here several query heads share one. "
    "What shape do the two matrices then have?",
)
def _(config, context):
    return _flops(config, context, kv="heads")


@token_flops.misconception(
    "six_for_each_weight",
    "You have {short} GFLOP for a short context, and it is {short:expected}: about three times as "
    "much. Six for each weight is the count for training, where gradients take two more passes. "
    "Which passes does decoding take?",
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
