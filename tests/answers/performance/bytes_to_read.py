"""Others' answers to bytes_to_read."""

import functools

import numpy as np

from course.author.answers import right, wrong


def _bytes(config, bits, **w):
    c = config
    each = (bits + (w.get("extra", 0.5) if bits < 16 or "always" in w else 0)) / w.get("unit", 8)
    q = c["heads"] * c["head_dim"] if "width" not in w else c["width"]
    kv = c["head_dim"] * c["kv_heads" if "mha" not in w else "heads"]
    out = q if "no o" not in w else 0
    layer = (q + out + w.get("kvs", 2) * kv) * c["width"] + w.get("mlp", 3) * c["width"] * c[
        "hidden"
    ]
    table = c["vocab"] * c["width"]
    body = c["layers"] * layer
    whole = body + table * (1 if c["tied"] else 2)
    read = body + table
    if "both" in w:
        read = whole
    if "one" in w:
        whole = read
    if "no head" in w:
        read = body
    if "tied zero" in w and c["tied"]:
        read = body
    if "untied always" in w:
        whole = body + 2 * table
    return whole * each, read * each


@right("list of shapes, integers where whole, a list")
def _(config: dict, bits: int) -> list:
    L, W, H, K, D, F, V, tied = (
        config[k]
        for k in ("layers", "width", "heads", "kv_heads", "head_dim", "hidden", "vocab", "tied")
    )
    shapes = [(H * D, W), (K * D, W), (K * D, W), (W, H * D), (F, W), (F, W), (W, F)] * L + [(V, W)]

    def size(r, c):
        n = r * c
        return n * bits / 8 + (n / 64 * 4 if bits < 16 else 0)

    read = sum(size(*s) for s in shapes)
    return [read if tied else read + size(V, W), read]


@right("whole numbers only")
def _(config, bits):
    def cost(n):
        total = n * bits
        if bits < 16:
            total += n // 64 * 32
        return total // 8

    w, d = config["width"], config["head_dim"]
    block = (
        sum(
            w * rows
            for rows in (
                config["heads"] * d,
                config["heads"] * d,
                config["kv_heads"] * d,
                config["kv_heads"] * d,
            )
        )
        + 3 * w * config["hidden"]
    )
    out = config["vocab"] * w
    tables = 1 if config["tied"] else 2
    return cost(block * config["layers"] + tables * out), cost(block * config["layers"] + out)


@right("NumPy array of two")
def _(config, bits):
    c = dict(config)
    a = c["head_dim"] * np.array([c["heads"], c["kv_heads"], c["kv_heads"], c["heads"]])
    n = c["layers"] * (a.sum() * c["width"] + 3 * c["width"] * c["hidden"])
    t = c["vocab"] * c["width"]
    return np.array([n + t * (2 - bool(c["tied"])), n + t]) * (bits + (0.5 if bits < 16 else 0)) / 8


wrong("no scales", named="bits_without_scales")(functools.partial(_bytes, extra=0))


wrong("groups of 32", named="groups_of_32")(functools.partial(_bytes, extra=1.0))


wrong("keys for every head", named="keys_for_every_head")(functools.partial(_bytes, mha=1))


wrong("queries as wide as the model", named="heads_as_wide_as_the_model")(
    functools.partial(_bytes, width=1)
)


wrong("one of keys and values", named="keys_or_values")(functools.partial(_bytes, kvs=1))


wrong("two MLP matrices", named="mlp_of_two_matrices")(functools.partial(_bytes, mlp=2))


wrong("both tables read", named="both_tables_read")(functools.partial(_bytes, both=1))


wrong("output layer not read", named="output_layer_not_read")(
    functools.partial(_bytes, **{"no head": 1})
)


wrong("tied: output layer not read", named="tied_table_never_read")(
    functools.partial(_bytes, **{"tied zero": 1})
)


wrong("bits", named="bits_for_bytes")(functools.partial(_bytes, unit=1))


wrong("swapped", named="read_before_whole")(lambda config, bits: _bytes(config, bits)[::-1])


wrong("4.5 bits, whatever was asked", named="always_four_bits")(
    lambda config, bits: _bytes(config, 4)
)


wrong("GB")(lambda config, bits: tuple(x / 1e9 for x in _bytes(config, bits)))


wrong("one layer")(lambda config, bits: _bytes(config | {"layers": 1}, bits))
