"""What exercises of lesson 12, performance share."""

import numpy as np


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


def _sizes(config, bits, kv="kv_heads", mlp=3, scales=0.5):
    """Weights of the layers and of a table, and the bytes of one weight; with one thing changed."""
    query, key = config["heads"] * config["head_dim"], config[kv] * config["head_dim"]
    layers = config["layers"] * config["width"] * (2 * query + 2 * key + mlp * config["hidden"])
    each = (bits if bits == 16 else bits + scales) / 8
    return layers, config["vocab"] * config["width"], each
