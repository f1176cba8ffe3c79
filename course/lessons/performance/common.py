"""What exercises of lesson 12, performance share."""

import numpy as np


def _config(rng, tied=False):
    """A made-up model whose width is not its heads times their size: that shows mix-ups."""
    kv_heads, head_dim = int(rng.choice([2, 4, 8])), int(rng.choice([64, 128]))
    heads = kv_heads * int(rng.choice([3, 5]))
    width = int(rng.choice([1472, 2624, 3648]))
    return {
        "layers": int(rng.integers(16, 40)),
        "width": width,
        "heads": heads,
        "kv_heads": kv_heads,
        "head_dim": head_dim,
        "hidden": width * int(rng.choice([2, 4])),
        "vocab": int(rng.integers(100, 160)) * 1024,
        "tied": tied,
    }


def _small(config):
    """The same model with fewer layers and words, so that single bytes show."""
    return config | {"layers": 2, "width": 192, "hidden": 448, "vocab": 320}


def _plain(x):
    """A number as Python has it, whatever kind the answer used."""
    return float(np.asarray(x).item())


def _sizes(config, bits, kv="kv_heads", mlp=3, scales=0.5, keys=2):
    """Weights of the layers and of a table, and the bytes of one weight; with one thing changed."""
    query, key = config["heads"] * config["head_dim"], config[kv] * config["head_dim"]
    layer = config["width"] * (2 * query + keys * key + mlp * config["hidden"])
    each = (bits if bits == 16 else bits + scales) / 8
    return config["layers"] * layer, config["vocab"] * config["width"], each
