"""Exercises of lesson 12, performance: what memory and arithmetic allow, on paper."""

import math

import numpy as np

from course.exercise import exercise


def _config(rng, tied=False):
    """A made-up model whose width is not its heads times their size: that shows mix-ups."""
    kv_heads = int(rng.choice([2, 4, 8]))
    width = int(rng.choice([1536, 2560, 3584]))
    return {
        "layers": int(rng.integers(16, 40)),
        "width": width,
        "heads": kv_heads * int(rng.choice([3, 5])),
        "kv_heads": kv_heads,
        "head_dim": 128,
        "hidden": 3 * width,
        "vocab": int(rng.integers(100, 160)) * 1024,
        "tied": tied,
    }


def _plain(x):
    """A number as Python has it, whatever kind the answer used."""
    return float(np.asarray(x).item())


# --------------------------------------------------------------------------------------------------
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


def _sizes(config, bits, kv="kv_heads", mlp=3, scales=0.5):
    """Weights of the layers and of a table, and the bytes of one weight; with one thing changed."""
    query, key = config["heads"] * config["head_dim"], config[kv] * config["head_dim"]
    layers = config["layers"] * config["width"] * (2 * query + 2 * key + mlp * config["hidden"])
    each = (bits if bits == 16 else bits + scales) / 8
    return layers, config["vocab"] * config["width"], each


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
bytes_to_read.hints(
    "Which matrices is a token multiplied with on its way from a row of the embedding to a score "
    "for each word?",
    "Count the weights of a layer, then of all layers, then of one table. The whole has one table "
    "or two; what is read has one in either case.",
    "`width * (2 * heads * head_dim + 2 * kv_heads * head_dim + 3 * hidden)` for a layer; a weight "
    "of fewer than 16 bits takes `bits + 32 / 64` of them.",
)

# --------------------------------------------------------------------------------------------------
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
token_flops.hints(
    "How many operations does a product of a vector with a matrix of R × C take?",
    "Two for each weight that is multiplied with, and two for each entry of a key or value, for "
    "each of the query heads.",
    "`2 * (layers * matrices + vocab * width) + 4 * layers * heads * head_dim * context`",
)

# --------------------------------------------------------------------------------------------------
attainable = exercise(minutes=5, level=1)


@attainable.solution
def _(intensity, flops, bandwidth):
    """Where the roof is.

    A piece of work does `intensity` floating-point operations for each byte that it moves. The
    machine can do `flops` operations a second and move `bandwidth` bytes a second, both at the
    same time. Return the most operations a second that the work can reach, and what bounds it:
    "memory" or "arithmetic" (where both would take equally long, "memory").
    With an intensity of 2, 1e12 operations and 1e11 bytes a second: 2e11 and "memory".
    """
    rate = intensity * bandwidth
    return (rate, "memory") if rate <= flops else (flops, "arithmetic")


@attainable.alternative
def _(intensity, flops, bandwidth):
    moving, computing = 1 / bandwidth, intensity / flops
    slower = max(moving, computing)
    return intensity / slower, "memory" if slower == moving else "arithmetic"


@attainable.misconception(
    "the_higher_roof",
    "At a low intensity you allow {low} GFLOP/s, and the machine {low:expected}: of the two roofs "
    "the higher was taken. Work has to fit under both.",
)
def _(intensity, flops, bandwidth):
    rate = intensity * bandwidth
    return max(rate, flops), "memory" if rate <= flops else "arithmetic"


@attainable.misconception(
    "always_the_peak",
    "At a low intensity you allow {low} GFLOP/s, the number in the brochure; {low:expected} is "
    "what memory can feed. How fast do bytes arrive, and how much is done with each?",
)
def _(intensity, flops, bandwidth):
    return flops, "memory" if intensity * bandwidth <= flops else "arithmetic"


@attainable.misconception(
    "one_after_the_other",
    "Between the two roofs you have {middle} GFLOP/s, and it is {middle:expected}. Your times for "
    "moving and computing were added. Both go on at once, so the longer one counts.",
)
def _(intensity, flops, bandwidth):
    seconds = 1 / bandwidth + intensity / flops
    return intensity / seconds, "memory" if 1 / bandwidth >= intensity / flops else "arithmetic"


@attainable.misconception(
    "bound_the_other_way",
    "The rates are right. At a low intensity you say {low_by}. Few operations for each byte: who "
    "is waiting for whom?",
)
def _(intensity, flops, bandwidth):
    rate = intensity * bandwidth
    return min(rate, flops), "arithmetic" if rate <= flops else "memory"


@attainable.misconception(
    "divided_by_intensity",
    "At a low intensity you allow {low} GFLOP/s, and it is {low:expected}. Bandwidth was divided "
    "by intensity. If twice as much is done with each byte, do more operations come out, or "
    "fewer?",
)
def _(intensity, flops, bandwidth):
    rate = bandwidth / intensity
    return min(rate, flops), "memory" if rate <= flops else "arithmetic"


@attainable.use
def _(answer, rng):
    flops, bandwidth = rng.uniform(1e12, 9e12), rng.uniform(1e11, 9e11)
    ridge, seen = flops / bandwidth, {}
    for name, place in {"low": 0.1, "middle": 0.8, "high": 20.0}.items():
        rate, seen[f"{name}_by"] = answer(place * ridge, flops, bandwidth)
        seen[name] = _plain(rate) / 1e9
    return seen


attainable.says(
    passed="Two lines, one corner: that is the whole roofline.",
    low="GFLOP/s at a low intensity",
    middle="GFLOP/s a little below the corner",
    high="GFLOP/s at a high intensity",
    low_by="What bounds a low intensity",
    middle_by="What bounds it a little below the corner",
    high_by="What bounds a high intensity",
)
attainable.hints(
    "How many operations can be done with the bytes that arrive in a second?",
    "There is a rate that memory allows and one that arithmetic allows. Both hold.",
    "`min(intensity * bandwidth, flops)`, and the name of the smaller.",
)

# --------------------------------------------------------------------------------------------------
batch_ceilings = exercise(minutes=8, level=2)


@batch_ceilings.solution
def _(weights, cache, flops, bandwidth, peak, batch):
    """How fast a batch can be written.

    In one step of decoding each of `batch` streams gets a token. The step reads `weights` bytes of
    the model and, for each stream, `cache` bytes of its own keys and values, at `bandwidth` bytes
    a second; each token takes `flops` operations, of which the machine does `peak` a second, while
    it reads. Return two ceilings in tokens a second: for each stream, and for all together.
    With 4e9, 1e9, 16e9, 100e9, 10e12 and a batch of 4: 12.5 and 50.
    """
    seconds = max((weights + batch * cache) / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.alternative
def _(weights, cache, flops, bandwidth, peak, batch):
    together = min(bandwidth / (weights / batch + cache), peak / flops)
    return together / batch, together


@batch_ceilings.misconception(
    "times_the_batch",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: the speed of a stream "
    "that is alone, and the batch times that. The weights are read once for all, which is the "
    "gain; what else has to be read for each further stream?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    alone = min(bandwidth / (weights + cache), peak / flops)
    return alone, batch * alone


@batch_ceilings.misconception(
    "cache_forgotten",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: only the weights are "
    "read. With a long context in every stream, the caches can be larger than the model.",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max(weights / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "weights_for_each",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}. Nothing is gained by a "
    "batch in your count, since the weights are read again for each stream. One product with the "
    "weight serves all rows of a batch.",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max(batch * (weights + cache) / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "memory_alone",
    "For a large batch you allow {many} tokens/s together, and arithmetic {many:expected}. Bytes "
    "for each token become fewer with the batch; operations do not.",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = (weights + batch * cache) / bandwidth
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "one_after_the_other",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}. Your step reads first "
    "and computes then. While one part is computed the next is read, and the longer of the two "
    "decides.",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = (weights + batch * cache) / bandwidth + batch * flops / peak
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "each_is_together",
    "The total is right, {together} tokens/s, and you give it to each stream. A reader of one "
    "answer sees one stream. How much of the total is theirs?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max((weights + batch * cache) / bandwidth, batch * flops / peak)
    return batch / seconds, batch / seconds


@batch_ceilings.use
def _(answer, rng):
    weights, bandwidth, peak = (
        rng.uniform(3e9, 9e9),
        rng.uniform(1e11, 6e11),
        rng.uniform(1e13, 3e13),
    )
    flops, cache = 3.5 * weights, 0.3 * weights
    each, together = answer(weights, cache, flops, bandwidth, peak, int(rng.integers(3, 6)))
    _, many = answer(weights, 1e-3 * weights, flops, bandwidth, peak, 400)
    seen = {"each": each, "together": together, "many": many}
    return {name: _plain(rate) for name, rate in seen.items()}


batch_ceilings.says(
    passed="Tokens a second of a server and of a reader are two numbers. Ask which one is meant.",
    each="Tokens a second for each stream of a few",
    together="Tokens a second for these together",
    many="Tokens a second of 400 streams together",
)
batch_ceilings.hints(
    "How long does one step take, for memory and for arithmetic?",
    "Weights once, caches once for each stream; operations once for each stream. The longer time "
    "is the step.",
    "`max((weights + batch * cache) / bandwidth, batch * flops / peak)` seconds, and `batch` "
    "tokens come out of it.",
)

# --------------------------------------------------------------------------------------------------
ridge_batch = exercise(minutes=10, level=3)


@ridge_batch.solution
def _(weights, cache, flops, bandwidth, peak):
    """When a larger batch stops paying.

    Names as in `batch_ceilings`. Return the smallest whole number of streams at which arithmetic
    takes at least as long as memory: from there on the total hardly grows any more. Return None if
    there is no such number, because the caches alone keep memory busier than arithmetic.
    With 4e9, 0, 16e9, 100e9 and 10e12: 25. With a cache of 1e9: None.
    """
    gained = flops / peak - cache / bandwidth
    return math.ceil(weights / bandwidth / gained) if gained > 0 else None


@ridge_batch.alternative
def _(weights, cache, flops, bandwidth, peak):
    if flops / peak <= cache / bandwidth:
        return None
    low, high = 0, 1

    def reached(batch):
        return batch * flops / peak >= (weights + batch * cache) / bandwidth

    while not reached(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


@ridge_batch.misconception(
    "cache_forgotten",
    "You say {batch} streams, and it is {batch:expected}. Each stream brings bytes along as well "
    "as operations: its cache.",
)
def _(weights, cache, flops, bandwidth, peak):
    return math.ceil(weights / bandwidth * peak / flops)


@ridge_batch.misconception(
    "there_always_is_one",
    "With long contexts you say {never}, and it is {never:expected}. If one more stream costs "
    "memory more time than it costs arithmetic, then how many streams until arithmetic is the "
    "slower one?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return max(1, math.ceil(weights / bandwidth / gained))


@ridge_batch.misconception(
    "never_at_all",
    "You say {batch} where it is {batch:expected} streams. A cache that costs less time than the "
    "arithmetic of its token does not hold a batch back for ever.",
)
def _(weights, cache, flops, bandwidth, peak):
    return None if cache else math.ceil(weights / bandwidth * peak / flops)


@ridge_batch.misconception(
    "one_too_few",
    "You say {batch} streams, and it is {batch:expected}: at yours memory still takes longer. "
    "Which way do you round?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return math.ceil(weights / bandwidth / gained) - 1 if gained > 0 else None


@ridge_batch.misconception(
    "the_machines_corner",
    "You say {batch} streams, and it is {batch:expected}. That is the machine's own corner, peak "
    "over bandwidth, in operations for each byte. How many operations does one more stream add for "
    "each byte that a step reads anyway?",
)
def _(weights, cache, flops, bandwidth, peak):
    return math.ceil(peak / bandwidth) if flops / peak > cache / bandwidth else None


@ridge_batch.use
def _(answer, rng):
    weights, bandwidth, peak = (
        rng.uniform(3e9, 9e9),
        rng.uniform(1e11, 6e11),
        rng.uniform(2e13, 6e13),
    )
    flops = 3.5 * weights
    equal = flops / peak * bandwidth  # a cache that costs as much time as the arithmetic
    return {
        "batch": answer(weights, rng.uniform(0.3, 0.6) * equal, flops, bandwidth, peak),
        "never": answer(weights, rng.uniform(1.2, 2.0) * equal, flops, bandwidth, peak),
    }


ridge_batch.says(
    passed="Short questions from many people fill a machine; long documents never do.",
    batch="Streams with short contexts",
    never="Streams with long contexts",
)
ridge_batch.hints(
    "By how much does each further stream lengthen the time for memory, and by how much the time "
    "for arithmetic?",
    "Memory starts with a lead of `weights / bandwidth`; each stream makes up `flops / peak - "
    "cache / bandwidth` of it, if that is positive.",
    "The lead divided by what a stream makes up, rounded up; None where nothing is made up.",
)

# --------------------------------------------------------------------------------------------------
answer_seconds = exercise(minutes=8, level=2)


@answer_seconds.solution
def _(prompt, new, read, flops, bandwidth, peak):
    """How long you wait for an answer.

    The model reads a prompt of `prompt` tokens in one pass, which gives the first token of the
    answer; each of the other tokens takes a step of its own, until there are `new`. A pass or a
    step reads `read` bytes of weights once, at `bandwidth` bytes a second, while it does `flops`
    operations for each token in it, of which the machine does `peak` a second; the longer of the
    two is its time. Caches are short here and count nothing. Return two numbers of seconds: until
    the first token, and until the last.
    With 1000, 101, 4e9, 16e9, 100e9 and 10e12: 1.6 and 5.6.
    """
    first = max(prompt * flops / peak, read / bandwidth)
    return first, first + (new - 1) * max(flops / peak, read / bandwidth)


@answer_seconds.alternative
def _(prompt, new, read, flops, bandwidth, peak):
    tokens = np.array([prompt] + [1] * (new - 1))
    passes = np.maximum(tokens * flops / peak, read / bandwidth)
    return passes[0], passes.sum()


@answer_seconds.misconception(
    "prompt_at_writing_speed",
    "You wait {first} s for the first token, and it is {first:expected} s. The prompt was read "
    "as an answer is written, one token after the other, with all weights read for each. Its "
    "tokens are known beforehand: how often must the weights be read?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    step = max(flops / peak, read / bandwidth)
    return prompt * step, (prompt + new - 1) * step


@answer_seconds.misconception(
    "answer_at_reading_speed",
    "The first token is right. The whole answer takes {last} s for you, and it is "
    "{last:expected} s: its tokens were taken to come as fast as a prompt is read. Each of them "
    "has to be known before the next can be begun.",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    return first, first + (new - 1) * flops / peak


@answer_seconds.misconception(
    "short_prompt_is_free",
    "For a prompt of a few tokens you wait {short} s, and it is {short:expected} s. The arithmetic "
    "of a few tokens is soon done; the weights have to come from memory nonetheless.",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = prompt * flops / peak
    return first, first + (new - 1) * max(flops / peak, read / bandwidth)


@answer_seconds.misconception(
    "one_step_too_many",
    "The first token is right. The whole answer takes {last} s for you, and it is "
    "{last:expected} s: one step too many. Where does the first token come from?",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = max(prompt * flops / peak, read / bandwidth)
    return first, first + new * max(flops / peak, read / bandwidth)


@answer_seconds.misconception(
    "read_then_compute",
    "You wait {first} s for the first token, and it is {first:expected} s: reading and computing "
    "were added. They go on at the same time.",
)
def _(prompt, new, read, flops, bandwidth, peak):
    first = prompt * flops / peak + read / bandwidth
    return first, first + (new - 1) * (flops / peak + read / bandwidth)


@answer_seconds.use
def _(answer, rng):
    read, bandwidth, peak = rng.uniform(3e9, 9e9), rng.uniform(1e11, 4e11), rng.uniform(8e12, 2e13)
    flops, new = 3.5 * read, int(rng.integers(20, 60))
    first, last = answer(int(rng.integers(2000, 5000)), new, read, flops, bandwidth, peak)
    short, _ = answer(3, new, read, flops, bandwidth, peak)
    return {"first": _plain(first), "last": _plain(last), "short": _plain(short)}


answer_seconds.says(
    passed="Two speeds in one answer: a better GPU shortens the wait, more bandwidth the writing.",
    first="Seconds until the first token",
    last="Seconds until the last token",
    short="Seconds until the first token, after a prompt of 3 tokens",
)
answer_seconds.hints(
    "How many times are the weights read before the first token appears, and how many times after?",
    "One pass with `prompt` tokens, then `new - 1` passes with one token each; each pass takes the "
    "longer of its two times.",
    "`max(prompt * flops / peak, read / bandwidth)` for the first; the others with 1 in place of "
    "`prompt`.",
)

# --------------------------------------------------------------------------------------------------
longest_context = exercise(minutes=7, level=2)


@longest_context.solution
def _(memory, share, weights, token, batch):
    """How long conversations may get.

    A machine is sold with `memory` GB, which for memory are units of 2**30 bytes, and its GPU may
    use a `share` of it (0.75, say). The model takes `weights` bytes, and each token in the cache of
    a conversation `token` bytes; `batch` conversations are open and equally long. Return the most
    whole tokens that each may have, and 0 where there is room for none.
    With 16, 0.5, 6e9, 131072 and 1 it is 19759: 2589934592 bytes are left. With 7e9: 12130; with
    9e9: 0.
    """
    left = memory * 2**30 * share - weights
    return max(0, int(left // (token * batch)))


@longest_context.alternative
def _(memory, share, weights, token, batch):
    budget = share * memory * 1024**3
    return math.floor((budget - weights) / token / batch) if budget > weights else 0


@longest_context.misconception(
    "decimal_gigabytes",
    "You have {tokens} tokens, and it is {tokens:expected}. Your GB have a billion bytes. Disks "
    "and bandwidths are sold in those; memory is sold in units of 2**30, which are 7 % larger.",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 1e9 * share - weights) // (token * batch)))


@longest_context.misconception(
    "all_of_memory",
    "You have {tokens} tokens, and it is {tokens:expected}. All memory was given to the model. The "
    "operating system and whatever else is open live in the same memory, and the GPU gets a share.",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 2**30 - weights) // (token * batch)))


@longest_context.misconception(
    "share_of_what_is_left",
    "You have {tokens} tokens, and it is {tokens:expected}. The share was taken of what the "
    "weights leave over. The limit is for everything the GPU holds, weights included.",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 2**30 - weights) * share // (token * batch)))


@longest_context.misconception(
    "one_conversation",
    "You have {tokens} tokens, and it is {tokens:expected}: room for one conversation, and more "
    "than one is open. Each has a cache of its own.",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 2**30 * share - weights) // token))


@longest_context.misconception(
    "less_than_nothing",
    "Where the weights alone do not fit, you have {none} tokens. What is the fewest that a "
    "conversation can have?",
)
def _(memory, share, weights, token, batch):
    return int((memory * 2**30 * share - weights) // (token * batch))


@longest_context.misconception(
    "a_part_of_a_token",
    "You have {tokens} tokens, and it is {tokens:expected}. Rounded up or to the nearest, the last "
    "token of a conversation may not fit any more.",
)
def _(memory, share, weights, token, batch):
    return max(0, math.ceil((memory * 2**30 * share - weights) / (token * batch)))


@longest_context.use
def _(answer, rng):
    memory, share = int(rng.choice([24, 32, 48])), float(rng.choice([0.625, 0.75]))
    weights, token = float(rng.integers(4, 9)) * 1e9 + 1, int(rng.integers(2, 9)) * 28672
    return {
        "tokens": int(_plain(answer(memory, share, weights, token, 3))),
        "none": int(_plain(answer(8, share, 9e9, token, 3))),
    }


longest_context.says(
    passed="mlx_lm stops nobody at this number; the machine gets slow. Now you know it before.",
    tokens="Tokens for each conversation",
    none="Tokens where the weights alone are too much",
)
longest_context.hints(
    "How many bytes does the GPU have, and how many of them are left when the weights are in?",
    "The share is of the whole memory, in units of 2**30 bytes. What the weights leave is for all "
    "conversations.",
    "`max(0, int((memory * 2**30 * share - weights) // (token * batch)))`",
)

# --------------------------------------------------------------------------------------------------
finetune_bytes = exercise(minutes=8, level=2)


@finetune_bytes.solution
def _(shapes, layers, adapted, bits, rank):
    """What QLoRA needs before the first token is read.

    Each of a model's `layers` layers has matrices of the given `shapes`, a list of (rows,
    columns), frozen with `bits` bits and, for each group of 64 weights, a scale and a bias of 16
    bits each. In the last `adapted` layers each matrix gets an adapter of rank `rank`: two
    matrices in float32, rows × rank and rank × columns. Only the adapters are trained, by Adam:
    beside each of their numbers lie its gradient and the two averages that Adam keeps, all float32.
    Return two numbers of bytes: of the frozen matrices, and of all that the adapters bring along.
    For the shapes [(4096, 4096)], 2 layers of which 1 adapted, 4 bits and rank 8: 18874368 and
    1048576.
    """
    frozen = layers * sum(rows * columns for rows, columns in shapes) * (bits + 0.5) / 8
    trained = adapted * sum(rank * (rows + columns) for rows, columns in shapes)
    return frozen, 16 * trained


@finetune_bytes.alternative
def _(shapes, layers, adapted, bits, rank):
    frozen = trained = 0
    for layer in range(layers):
        for rows, columns in shapes:
            frozen += rows * columns * bits // 8 + rows * (columns // 64) * 4
            if layer >= layers - adapted:
                trained += rows * rank + rank * columns
    copies = ("weight", "gradient", "first average", "second average")
    return frozen, sum(4 * trained for _ in copies)


def _finetune(shapes, layers, adapted, bits, rank, scales=0.5, each=16):
    frozen = layers * sum(rows * columns for rows, columns in shapes) * (bits + scales) / 8
    return frozen, each * adapted * sum(rank * (rows + columns) for rows, columns in shapes)


@finetune_bytes.misconception(
    "bits_without_scales",
    "Frozen are {frozen} MB for you, and it is {frozen:expected}. The codes are counted, and not "
    "the scale and the bias of each group.",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, scales=0)


@finetune_bytes.misconception(
    "adapters_alone",
    "The adapters bring {trained} MB for you, and it is {trained:expected}: four times as much. "
    "What the file of adapters takes is there. What does a step of training keep beside it?",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, each=4)


@finetune_bytes.misconception(
    "no_gradients",
    "The adapters bring {trained} MB for you, and it is {trained:expected}: weights and Adam's two "
    "averages. Something has to tell Adam the way.",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, adapted, bits, rank, each=12)


@finetune_bytes.misconception(
    "everything_is_trained",
    "You have {trained} MB of what is trained, and it is {trained:expected}. Gradients and "
    "averages were counted for every weight of the model, as full fine-tuning needs them. Which "
    "numbers change here?",
)
def _(shapes, layers, adapted, bits, rank):
    frozen, trained = _finetune(shapes, layers, adapted, bits, rank)
    return frozen, trained + 12 * layers * sum(rows * columns for rows, columns in shapes)


@finetune_bytes.misconception(
    "adapters_everywhere",
    "The adapters bring {trained} MB for you, and it is {trained:expected}. Every layer got "
    "adapters; asked were the last few, as `--num-layers` of mlx_lm.lora has it.",
)
def _(shapes, layers, adapted, bits, rank):
    return _finetune(shapes, layers, layers, bits, rank)


@finetune_bytes.misconception(
    "one_matrix_an_adapter",
    "The adapters bring {trained} MB for you, and it is {trained:expected}. One of an adapter's "
    "two matrices is counted. The other leads back to as many rows as the weight has.",
)
def _(shapes, layers, adapted, bits, rank):
    frozen, _ = _finetune(shapes, layers, adapted, bits, rank)
    return frozen, 16 * adapted * sum(rank * columns for _, columns in shapes)


@finetune_bytes.use
def _(answer, rng):
    width = int(rng.choice([1024, 2048]))
    shapes = [(width, width), (width // 4, width), (3 * width, width), (width, 3 * width)]
    layers = int(rng.integers(20, 40))
    frozen, trained = answer(shapes, layers, layers // 3, int(rng.choice([4, 8])), 8)
    return {"frozen": _plain(frozen) / 1e6, "trained": _plain(trained) / 1e6}


finetune_bytes.says(
    passed="What it leaves out are the activations: they grow with the tokens of a batch, and "
    "often are the largest part.",
    frozen="MB of the frozen matrices",
    trained="MB that the adapters bring along",
)
finetune_bytes.hints(
    "Which numbers change in a step, and what is kept for each of them?",
    "Frozen: all matrices, with their scales. Trained: rank × (rows + columns) numbers for each "
    "adapted matrix, four float32 for each.",
    "`(bits + 0.5) / 8` bytes for a frozen weight, 16 for a trained one.",
)

# --------------------------------------------------------------------------------------------------
judge_rows = exercise(minutes=12, level=3)


@judge_rows.solution
def _(rows, models, chips):
    """Which rows of a published table can be true?

    `rows` is a list of dicts: `model`, `chip`, and `low` and `high`, the tokens a second that
    somebody says one stream reaches, with weights of 4 bits in groups of 64. `models` has for each
    model a pair: all its parameters, and those of one of its two embedding tables (they are not
    tied). `chips` has for each chip the bandwidths of its variants in GB/s, 10**9 bytes, smallest
    first. Ignore caches. Return a list with a word for each row, which says of the upper end of
    its range: "possible" on every variant of the chip, "larger" if only on the larger ones, or
    "impossible".
    With {"8B": (8.03e9, 0.525e9)} and {"Max": [300, 400]}, a `high` of 60 is "possible", 85
    "larger", 100 "impossible": the ceilings are 71.1 and 94.8.
    """
    words = []
    for row in rows:
        parameters, table = models[row["model"]]
        read = (parameters - table) * 4.5 / 8
        fast = [1e9 * bandwidth / read >= row["high"] for bandwidth in chips[row["chip"]]]
        words.append("possible" if all(fast) else "larger" if any(fast) else "impossible")
    return words


@judge_rows.alternative
def _(rows, models, chips):
    def needed(row):
        parameters, table = models[row["model"]]
        return row["high"] * (parameters - table) * (4 + 32 / 64) / 8 / 1e9

    verdicts = {0: "impossible"}
    return [
        "possible"
        if needed(row) <= min(chips[row["chip"]])
        else verdicts.get(sum(b >= needed(row) for b in chips[row["chip"]]), "larger")
        for row in rows
    ]


def _judge(rows, models, chips, bits=4.5, tables=1, claim=lambda row: row["high"], giga=1e9):
    words = []
    for row in rows:
        parameters, table = models[row["model"]]
        read = (parameters - tables * table) * bits / 8
        fast = [giga * bandwidth / read >= claim(row) for bandwidth in chips[row["chip"]]]
        words.append("possible" if all(fast) else "larger" if any(fast) else "impossible")
    return words


@judge_rows.misconception(
    "bits_without_scales",
    "Your words are {words}; they should be {words:expected}. With 4 bits and nothing beside "
    "them a model is 11 % smaller than it is, and rows look possible that are not. What does a "
    "group of 64 weights bring along?",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, bits=4)


@judge_rows.misconception(
    "both_tables_read",
    "Your words are {words}; they should be {words:expected}. You refuse a row that is possible: "
    "the whole file was read for each token. Of one table a token needs a single row.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, tables=0)


@judge_rows.misconception(
    "neither_table_read",
    "Your words are {words}; they should be {words:expected}. Both tables were left out, and the "
    "output layer is multiplied with for every token.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, tables=2)


@judge_rows.misconception(
    "lower_end_judged",
    "Your words are {words}; they should be {words:expected}. The lower end of a range was judged. "
    "A range that reaches over the ceiling says something impossible with its upper end.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, claim=lambda row: row["low"])


@judge_rows.misconception(
    "middle_judged",
    "Your words are {words}; they should be {words:expected}. The middle of a range was judged, as "
    "though its ends cancelled out.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, claim=lambda row: (row["low"] + row["high"]) / 2)


@judge_rows.misconception(
    "best_variant_for_all",
    "Your words are {words}; they should be {words:expected}. Only the fastest variant was "
    "asked. A chip of one name is sold with two bandwidths, and whoever reads the table may have "
    "the other.",
)
def _(rows, models, chips):
    fastest = {chip: bandwidths[-1:] for chip, bandwidths in chips.items()}
    return _judge(rows, models, fastest)


@judge_rows.misconception(
    "smallest_variant_for_all",
    "Your words are {words}; they should be {words:expected}. Only the slowest variant was asked, "
    "and what is possible on the larger one is not impossible.",
)
def _(rows, models, chips):
    slowest = {chip: bandwidths[:1] for chip, bandwidths in chips.items()}
    return _judge(rows, models, slowest)


@judge_rows.misconception(
    "binary_gigabytes",
    "Your words are {words}; they should be {words:expected}. Your GB/s have 2**30 bytes; "
    "bandwidths are stated with 10**9, and your ceilings are 7 % too high.",
)
def _(rows, models, chips):
    return _judge(rows, models, chips, giga=2**30)


@judge_rows.use
def _(answer, rng):
    parameters = rng.uniform(7e9, 9e9)
    table = 0.08 * parameters
    small = float(rng.choice([300, 410]))
    chips = {"Max": [small, 1.33 * small], "Pro": [0.5 * small]}
    one, other = (1e9 * b / ((parameters - table) * 4.5 / 8) for b in chips["Max"])
    rows = [
        ("Max", 0.7 * one, 0.96 * one),  # refused by whoever reads both tables
        ("Max", 0.9 * one, 0.9 * other),  # the low end fits the small one
        ("Max", 0.6 * other, 1.2 * other),  # the middle fits the large one
        ("Max", other, 1.05 * other),  # 2**30 bytes make it fit
        ("Max", 1.01 * other, 1.085 * other),  # so does reading neither table
        ("Max", 1.02 * other, 1.11 * other),  # and 4 bits without scales
        ("Pro", 0.4 * one, 0.75 * one),  # one variant, and too much
        ("Pro", 0.1 * one, 0.25 * one),
    ]
    order = rng.permutation(len(rows))
    rows = [dict(zip(("chip", "low", "high"), rows[i], strict=True), model="8B") for i in order]
    words = answer(rows, {"8B": (parameters, table)}, chips)
    return {"words": ", ".join(str(word) for word in words)}


judge_rows.says(
    passed="A division, and a published table loses some of its rows.",
    words="The words, row by row",
)
judge_rows.hints(
    "Which number of tokens a second can no stream exceed on a given bandwidth?",
    "Bytes read: parameters without one table, 4.5 bits each. Bandwidth over that is a ceiling, "
    "one for each variant of the chip; the upper end of the range must be under it.",
    "`[1e9 * bandwidth / read >= row['high'] for bandwidth in chips[row['chip']]]`: all of them, "
    "some, or none.",
)

# --------------------------------------------------------------------------------------------------
one_stream = exercise(minutes=6, level=2)


@one_stream.solution
def _(rate, fastest, slowest):
    """Does a source agree with itself?

    Somebody states `rate` tokens a second, and in the same place that the time between two tokens
    is `fastest` to `slowest` milliseconds. Return three things: the lowest and the highest number
    of tokens a second that one stream has with such times, and whether `rate` can be the rate of
    one stream then (True or False; the ends of the range count as possible).
    With 230, 5 and 7: 142.9, 200.0 and False.
    """
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, low <= rate <= high


@one_stream.alternative
def _(rate, fastest, slowest):
    between = 1000 / rate
    return (slowest / 1000) ** -1, (fastest / 1000) ** -1, fastest <= between <= slowest


@one_stream.misconception(
    "seconds_for_milliseconds",
    "Your highest rate is {high}, and it is {high:expected}. With {fastest} seconds between two "
    "tokens you would be right; how many milliseconds has a second?",
)
def _(rate, fastest, slowest):
    low, high = 1 / slowest, 1 / fastest
    return low, high, low <= rate <= high


@one_stream.misconception(
    "ends_swapped",
    "Your lowest rate is {low} and your highest {high}. Which of the two times gives the most "
    "tokens?",
)
def _(rate, fastest, slowest):
    low, high = 1000 / fastest, 1000 / slowest
    return low, high, high <= rate <= low


@one_stream.misconception(
    "faster_is_fine",
    "For {asked} tokens a second you say {over}, though one stream with these times has at most "
    "{high}. Averages hide slow steps, and cannot hide that all steps are too slow.",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, rate >= low


@one_stream.misconception(
    "anything_below_the_highest",
    "For {less} tokens a second you say {under}, though one stream with these times has at least "
    "{low}. A rate below the slowest step disagrees as well.",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, rate <= high


@one_stream.misconception(
    "streams_may_share",
    "For {asked} tokens a second you say {over}. Two streams could reach it together, that is "
    "true; asked was whether it can be the rate of one.",
)
def _(rate, fastest, slowest):
    return 1000 / slowest, 1000 / fastest, True


@one_stream.misconception(
    "within_a_fifth",
    "For {asked} tokens a second you say {over}, with {high} as the most: near enough. Nothing was "
    "measured here that could be off by chance; both numbers are the source's own.",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, 0.8 * low <= rate <= 1.25 * high


@one_stream.use
def _(answer, rng):
    fastest = float(rng.integers(4, 9))
    slowest = fastest + float(rng.integers(2, 5))
    over, under = round(1150 / fastest), round(500 / slowest)
    low, high, too_fast = answer(over, fastest, slowest)
    far = answer(2 * over, fastest, slowest)[2]
    inside = answer(round(1000 / (fastest + 1)), fastest, slowest)[2]
    too_slow = answer(under, fastest, slowest)[2]
    return {
        "low": _plain(low),
        "high": _plain(high),
        "over": bool(too_fast),
        "far": bool(far),
        "inside": bool(inside),
        "under": bool(too_slow),
        "asked": over,
        "less": under,
        "fastest": fastest,
    }


one_stream.says(
    passed="No machine, no model, no benchmark: two numbers of one source and a division.",
    low="The lowest rate",
    high="The highest rate",
    over="Whether a rate a little above all of them agrees",
    far="Whether a rate far above all of them agrees",
    inside="Whether a rate between them agrees",
    under="Whether a rate below all of them agrees",
)
one_stream.hints(
    "How many tokens come in a second if one comes every 5 ms?",
    "Turn both times into rates; the slowest time is the lowest rate. The stated rate has to lie "
    "between them.",
    "`1000 / slowest <= rate <= 1000 / fastest`",
)

# --------------------------------------------------------------------------------------------------
fixed_cost = exercise(minutes=8, level=2)


@fixed_cost.solution
def _(sizes, seconds):
    """What a step costs when there is nothing to read.

    The same model was run with several numbers of bits. `sizes` are the bytes that a step read
    each time, `seconds` what it took, both NumPy arrays of shape (N,). A step takes a fixed time,
    for starting kernels and the like, and then reads at a constant rate; here that holds without
    noise. Return the two: the fixed time in seconds, and the rate in bytes a second.
    With sizes 1e9, 2e9, 4e9 and seconds 0.013, 0.023, 0.043: 0.003 and 1e11.
    """
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return fixed, 1 / slope


@fixed_cost.alternative
def _(sizes, seconds):
    first, last = np.argmin(sizes), np.argmax(sizes)
    rate = (sizes[last] - sizes[first]) / (seconds[last] - seconds[first])
    return seconds[first] - sizes[first] / rate, rate


@fixed_cost.misconception(
    "no_fixed_cost",
    "Your rate is {rate} GB/s, and it is {rate:expected}. Bytes were divided by the whole time, so "
    "what the step does besides reading counts as slow memory. How does the time change when the "
    "bytes do?",
)
def _(sizes, seconds):
    return 0.0, sizes.sum() / seconds.sum()


@fixed_cost.misconception(
    "best_ratio",
    "Your rate is {rate} GB/s, and it is {rate:expected}: the best of the ratios. The more there "
    "is to read, the less the fixed time weighs; it never weighs nothing.",
)
def _(sizes, seconds):
    rate = (sizes / seconds).max()
    return (seconds - sizes / rate).max(), rate


@fixed_cost.misconception(
    "shortest_time",
    "Your fixed time is {fixed} ms, and it is {fixed:expected}. The shortest step was taken for "
    "it, and even that one read something.",
)
def _(sizes, seconds):
    return seconds.min(), 1 / np.polyfit(sizes, seconds, 1)[0]


@fixed_cost.misconception(
    "slope_is_the_rate",
    "The fixed time is right. Your rate is {rate} GB/s, and it is {rate:expected}. The slope of "
    "seconds over bytes has the unit seconds for each byte.",
)
def _(sizes, seconds):
    slope, fixed = np.polyfit(sizes, seconds, 1)
    return fixed, slope


@fixed_cost.misconception(
    "fit_in_the_wrong_order",
    "Your fixed time is {fixed} ms, and it is {fixed:expected}. np.polyfit gives the highest power "
    "first: the slope, then where the line starts.",
)
def _(sizes, seconds):
    fixed, slope = np.polyfit(sizes, seconds, 1)
    return fixed, 1 / slope


@fixed_cost.use
def _(answer, rng):
    sizes = rng.uniform(1e9, 3e9) * np.array([1.0, 17 / 9, 32 / 9])
    rng.shuffle(sizes)
    seconds = rng.uniform(2e-3, 5e-3) + sizes / rng.uniform(2e11, 5e11)
    fixed, rate = answer(sizes, seconds)
    return {"fixed": _plain(fixed) * 1e3, "rate": _plain(rate) / 1e9}


fixed_cost.says(
    passed="Fewer bits shorten one of the two. In a small model the other is all there is.",
    fixed="Fixed time in ms",
    rate="GB a second",
)
fixed_cost.hints(
    "If twice the bytes do not take twice the time, what part of the time stayed the same?",
    "Seconds against bytes is a straight line. It does not start at zero, and its slope is seconds "
    "for each byte.",
    "`np.polyfit(sizes, seconds, 1)` returns slope and start; the rate is one over the slope.",
)

# --------------------------------------------------------------------------------------------------
on_another_chip = exercise(minutes=7, level=2)


@on_another_chip.solution
def _(rate, read, old, new):
    """What a measured speed becomes on another chip.

    One stream of a model wrote `rate` tokens a second on the chip `old`; each token reads `read`
    bytes. How many would it write on `new`? Both chips are dicts with `bandwidth`, in GB/s of
    10**9 bytes, and `cores`, those of the GPU. Assume that reading goes at the full bandwidth, that
    nothing else goes on while bytes are read, and that whatever else a token takes lasts as long on
    the new chip as on the old one.
    With 50 tokens a second, 4e9, {"bandwidth": 400, "cores": 40} and {"bandwidth": 800, "cores":
    60}: 66.7. Of 20 ms 10 are reading, and they become 5.
    """
    reading = [read / (1e9 * chip["bandwidth"]) for chip in (old, new)]
    return 1 / (1 / rate - reading[0] + reading[1])


@on_another_chip.alternative
def _(rate, read, old, new):
    saved = read / 1e9 * (1 / old["bandwidth"] - 1 / new["bandwidth"])
    return rate / (1 - rate * saved)


@on_another_chip.misconception(
    "by_cores",
    "With fewer bytes a second and more cores you predict {slower} tokens/s, and it is "
    "{slower:expected}. Cores compute, and decoding waits for bytes: an M3 Pro's GPU has nearly as "
    "many cores as an M2 Pro's, and its memory is a quarter slower. Which of a chip's numbers does "
    "reading depend on?",
)
def _(rate, read, old, new):
    return rate * new["cores"] / old["cores"]


@on_another_chip.misconception(
    "by_bandwidth_alone",
    "You predict {faster} tokens/s for the faster memory, and it is {faster:expected}: the whole "
    "time was taken for reading. How long does reading take at the old bandwidth, and what is the "
    "rest of a token's time?",
)
def _(rate, read, old, new):
    return rate * new["bandwidth"] / old["bandwidth"]


@on_another_chip.misconception(
    "the_new_ceiling",
    "You predict {faster} tokens/s, and it is {faster:expected}. Yours is the new chip's ceiling. "
    "The measurement says how much a token takes beyond its bytes, and that comes along.",
)
def _(rate, read, old, new):
    return 1e9 * new["bandwidth"] / read


@on_another_chip.misconception(
    "cores_speed_up_the_rest",
    "You predict {faster} tokens/s, and it is {faster:expected}. Reading is right. The rest was "
    "divided among more cores; it is said to last as long on both chips, and starting a kernel "
    "does.",
)
def _(rate, read, old, new):
    reading = [read / (1e9 * chip["bandwidth"]) for chip in (old, new)]
    return 1 / ((1 / rate - reading[0]) * old["cores"] / new["cores"] + reading[1])


@on_another_chip.misconception(
    "binary_gigabytes",
    "You predict {faster} tokens/s, and it is {faster:expected}. Bandwidths are stated in 10**9 "
    "bytes a second, and yours have 2**30 in each GB.",
)
def _(rate, read, old, new):
    reading = [read / (2**30 * chip["bandwidth"]) for chip in (old, new)]
    return 1 / (1 / rate - reading[0] + reading[1])


@on_another_chip.misconception(
    "rates_added",
    "You predict {faster} tokens/s, and it is {faster:expected}. The difference of two ceilings "
    "was added to a rate. Times add up; rates do not. How long is a token's time?",
)
def _(rate, read, old, new):
    return rate + 1e9 * (new["bandwidth"] - old["bandwidth"]) / read


@on_another_chip.use
def _(answer, rng):
    read = float(rng.uniform(2e9, 5e9))
    old = {"bandwidth": int(rng.choice([200, 273, 300])), "cores": int(rng.choice([16, 19, 20]))}
    rate = 1 / (read / (1e9 * old["bandwidth"]) + rng.uniform(3e-3, 5e-3))
    seen = {}
    for name, bandwidth, cores in (("faster", 2.5, 1.5), ("slower", 0.75, 1.3)):
        new = {name_: old[name_] * x for name_, x in (("bandwidth", bandwidth), ("cores", cores))}
        seen[name] = _plain(answer(rate, read, dict(old), new))
    return seen


on_another_chip.says(
    passed="A model that reads little gains little from faster memory, a large one nearly all.",
    faster="Tokens a second with more of both",
    slower="Tokens a second with more cores and less bandwidth",
)
on_another_chip.hints(
    "How much of a token's time on the old chip was reading?",
    "A token's time is reading plus the rest. Take the old reading out and put the new one in.",
    "`1 / rate - read / old + read / new` seconds, with both bandwidths in bytes a second.",
)
