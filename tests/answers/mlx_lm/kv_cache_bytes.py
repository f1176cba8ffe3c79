"""Others' answers to kv_cache_bytes."""

from course.author.answers import right, wrong


def _dims(c):
    H = c["num_attention_heads"]
    return (
        c["num_hidden_layers"],
        c.get("num_key_value_heads") or H,
        c.get("head_dim") or c["hidden_size"] // H,
    )


def _kvb(config, tokens, bits, group_size, window, two=2, heads=None, extra=4, dim=None):
    n, k, d = _dims(config)
    k = config[heads] if heads else k
    d = dim(config) if dim else d
    if window is not None:
        tokens = min(tokens, window)
    numbers = two * n * k * d * tokens
    return numbers * 2 if bits >= 16 else numbers * bits // 8 + numbers * extra // group_size


@right("formula")
def _(config, tokens, bits=16, group_size=64, window=None):
    n, k, d = _dims(config)
    if window is not None:
        tokens = min(tokens, window)
    numbers = 2 * n * k * d * tokens
    return numbers * 2 if bits >= 16 else numbers * bits // 8 + numbers // group_size * 4


@right("bits per number as float, int()")
def _(config, tokens, bits=16, group_size=64, window=None):
    n, k, d = _dims(config)
    each = 16 if bits == 16 else bits + 32 / group_size
    return int(2 * n * k * d * min(tokens, window or tokens) * each / 8)


@right("loop over layers, setdefault on a copy")
def _(config, tokens, bits=16, group_size=64, window=None):
    c = dict(config)
    c.setdefault("num_key_value_heads", c["num_attention_heads"])
    c.setdefault("head_dim", c["hidden_size"] // c["num_attention_heads"])
    kept = tokens if window is None or tokens < window else window
    total = 0
    for _ in range(c["num_hidden_layers"]):
        row = c["num_key_value_heads"] * c["head_dim"]
        one = row * 2 if bits == 16 else row * bits // 8 + (row // group_size) * (2 + 2)
        total += 2 * kept * one
    return total


@wrong("query heads", named="all_heads")
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kvb(config, tokens, bits, group_size, window, heads="num_attention_heads")


@wrong("keys only", named="keys_only")
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kvb(config, tokens, bits, group_size, window, two=1)


@wrong("scale but no bias", named="scale_without_bias")
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kvb(config, tokens, bits, group_size, window, extra=2)


@wrong("window always taken", named="window_always_full")
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kvb(config, window or tokens, bits, group_size, None)


@wrong("bits ignored", named="bits_ignored")
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kvb(config, tokens, 16, group_size, window)


@wrong("one layer", named="one_layer")
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kvb(config, tokens, bits, group_size, window) // config["num_hidden_layers"]


@wrong("scales for 16 bits too", named="sixteen_bits_have_scales")
def _(config, tokens, bits=16, group_size=64, window=None):
    n, k, d = _dims(config)
    t = tokens if window is None else min(tokens, window)
    N = 2 * n * k * d * t
    return N * bits // 8 + N * 4 // group_size


@wrong("the example")
def _(config, tokens, bits=16, group_size=64, window=None):
    return 1073741824


@wrong("group size 64 always", named="groups_of_64")
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kvb(config, tokens, bits, 64, window)
