"""Others' answers to token_flops."""

import functools

import numpy as np

from course.author.answers import right, wrong


def _matrices(c):
    q, kv = c["heads"] * c["head_dim"], c["kv_heads"] * c["head_dim"]
    return (
        c["layers"] * (2 * q * c["width"] + 2 * kv * c["width"] + 3 * c["width"] * c["hidden"])
        + c["vocab"] * c["width"]
    )


def _flops(config, context, **w):
    c = config
    heads = c["kv_heads"] if "kv" in w else c["heads"]
    attention = (
        w.get("products", 2)
        * context
        * heads
        * c["head_dim"]
        * (1 if "one layer" in w else c["layers"])
    )
    if "width" in w:
        attention = 2 * context * c["width"] * c["layers"]
    if "causal" in w:
        attention /= 2
    if "square" in w:
        attention *= context
    m = _matrices(c)
    if "no head" in w:
        m -= c["vocab"] * c["width"]
    if "two tables" in w:
        m += c["vocab"] * c["width"] * (not c["tied"])
    if "mha" in w:
        m = _matrices(c | {"kv_heads": c["heads"]})
    if "all" in w:
        m *= context
    return w.get("times", 2) * m + w.get("times attention", 2) * attention


@right("formula in NumPy")
def _(config, context):
    L, W, H, K, D, F, V = (
        np.float64(config[k])
        for k in ("layers", "width", "heads", "kv_heads", "head_dim", "hidden", "vocab")
    )
    return 2 * V * W + L * (4 * W * D * (H + K) + 6 * W * F + 4 * H * D * context)


wrong("one operation each", named="a_multiply_add_is_one")(
    functools.partial(_flops, times=1, **{"times attention": 1})
)


wrong("attention one operation each", named="half_of_attention")(
    functools.partial(_flops, **{"times attention": 1})
)


wrong("no attention", named="attention_forgotten")(functools.partial(_flops, products=0))


wrong("scores alone", named="half_of_attention")(functools.partial(_flops, products=1))


wrong("halved: causal", named="half_of_attention")(functools.partial(_flops, causal=1))


wrong("context squared", named="context_squared")(functools.partial(_flops, square=1))


wrong("output layer forgotten", named="no_output_layer")(
    functools.partial(_flops, **{"no head": 1})
)


wrong("embedding counted too", named="every_stored_weight_works")(
    functools.partial(_flops, **{"two tables": 1})
)


wrong("keys for every head", named="keys_for_every_head")(functools.partial(_flops, mha=1))


wrong("width for heads * head_dim", named="width_for_the_heads")(functools.partial(_flops, width=1))


wrong("heads of the keys in attention", named="heads_of_the_keys")(functools.partial(_flops, kv=1))


wrong("one layer's attention")(functools.partial(_flops, **{"one layer": 1}))


wrong("six for each weight", named="six_for_each_weight")(functools.partial(_flops, times=6))
