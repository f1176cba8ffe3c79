"""kv_cache_bytes, an exercise of lesson 08, mlx_lm."""

import numpy as np

from course.exercise import exercise

kv_cache_bytes = exercise(minutes=6, level=1)


@kv_cache_bytes.solution
def _(config, tokens, bits=16, group_size=64, window=None):
    """How many bytes the keys and values of one conversation take.

    `config` is a model's config.json as a dict. Each layer keeps, for every token, a key and a
    value of `head_dim` numbers for each of its key-value heads, `num_key_value_heads`. Where
    config.json does not name one of the two, there are as many key-value heads as heads, and
    `head_dim` is `hidden_size` over the number of heads.
    A number takes 2 bytes. With `bits` below 16 it takes so many bits, and each `group_size`
    numbers share a scale and a bias of 2 bytes each. With `window` at most so many tokens are kept.
    Return an int.
    For Llama 3.1 8B (32 layers, 32 heads, 8 key-value heads, hidden size 4,096) and 8,192 tokens it
    is 1,073,741,824.
    """
    heads = config["num_attention_heads"]
    kv_heads = config.get("num_key_value_heads", heads)
    head_dim = config.get("head_dim", config["hidden_size"] // heads)
    numbers = 2 * config["num_hidden_layers"] * kv_heads * head_dim
    numbers *= min(tokens, window or tokens)
    return numbers * 2 if bits == 16 else numbers * bits // 8 + numbers // group_size * 4


@kv_cache_bytes.use
def _(answer, rng):
    llama_8b = {
        "num_hidden_layers": int(rng.integers(24, 41)),
        "num_attention_heads": 32,
        "num_key_value_heads": int(rng.choice([4, 8])),
        "hidden_size": 4096,
    }
    wide = {**llama_8b, "hidden_size": 1024, "num_attention_heads": 16, "head_dim": 128}
    old = {"num_hidden_layers": 12, "num_attention_heads": 12, "hidden_size": 768}
    tokens, window = int(rng.integers(3, 40)) * 256 + 1, int(rng.integers(2, 5)) * 128
    asked = {
        "llama": answer(dict(llama_8b), tokens),
        "wide": answer(dict(wide), tokens),
        "old": answer(dict(old), tokens),
        "four": answer(dict(llama_8b), tokens, bits=4),
        "other": answer(dict(wide), tokens, bits=int(rng.choice([3, 6, 8])), group_size=32),
        "window": answer(dict(llama_8b), tokens, window=window),
        "short": answer(dict(llama_8b), 100, window=window),
        "both": answer(dict(old), tokens, 2, 64, window),
    }
    kinds = {
        "int" if isinstance(n, (int, np.integer)) else type(n).__name__ for n in asked.values()
    }
    return {"kind": ", ".join(sorted(kinds)), **asked}


kv_cache_bytes.says(
    passed="For 8B and 8,192 tokens it is a quarter of what 4-bit weights take, and it grows.",
    kind="What is returned",
    llama="Bytes for a large Llama",
    wide="Bytes for a model that names its head_dim",
    old="Bytes for a model that names neither",
    four="Bytes for the large Llama at 4 bits",
    other="Bytes with other bits in groups of 32",
    window="Bytes with a window",
    short="Bytes for 100 tokens with a larger window",
    both="Bytes for the model that names neither, at 2 bits with a window",
)


@kv_cache_bytes.alternative
def _(config, tokens, bits=16, group_size=64, window=None):
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] / heads
    per_number = bits + (0 if bits == 16 else 32 / group_size)
    kept = tokens if window is None else min(window, tokens)
    per_token = 2 * (config.get("num_key_value_heads") or heads) * head_dim * per_number / 8
    return round(config["num_hidden_layers"] * kept * per_token)


def _kv_bytes(
    config, tokens, bits, group_size, window, kv_heads=None, head_dim=None, parts=2, extra=4
):
    heads = config["num_attention_heads"]
    kv_heads = kv_heads or config.get("num_key_value_heads", heads)
    head_dim = head_dim or config.get("head_dim", config["hidden_size"] // heads)
    numbers = parts * config["num_hidden_layers"] * kv_heads * head_dim
    numbers *= min(tokens, window or tokens)
    return numbers * 2 if bits == 16 else numbers * bits // 8 + numbers // group_size * extra


@kv_cache_bytes.misconception(
    "all_heads",
    "For the large Llama you have {llama} bytes, and it is {llama:expected}; a model that names "
    "neither is right. Yours is what keys and values for every head take. In most models today "
    "several heads share them. Which number in config.json says so?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, window, config["num_attention_heads"])


@kv_cache_bytes.misconception(
    "keys_only",
    "You have half of it in each case: {llama} bytes for the large Llama. What is looked up by "
    "the keys?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, window, parts=1)


@kv_cache_bytes.misconception(
    "head_dim_from_the_width",
    "For a model that names its `head_dim` you have {wide} bytes, and it is {wide:expected}: "
    "yours is the width divided among the heads. In newer models the heads together may be wider "
    "than the model. When is the division needed?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    head_dim = config["hidden_size"] // config["num_attention_heads"]
    return _kv_bytes(config, tokens, bits, group_size, window, head_dim=head_dim)


@kv_cache_bytes.misconception(
    "scales_are_free",
    "At 4 bits you have {four} bytes, and it is {four:expected}; at 16 bits you are right. Yours "
    "has room for the codes and for nothing beside them. What does each group bring along?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, 16, group_size, window) * bits // 16


@kv_cache_bytes.misconception(
    "scale_without_bias",
    "At 4 bits you have {four} bytes, and it is {four:expected}; at 16 bits you are right. Yours "
    "has 2 bytes for each group beside the codes. Some formats have no more. What has a group "
    "here?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, window, extra=2)


@kv_cache_bytes.misconception(
    "sixteen_bits_have_scales",
    "At 16 bits you have {llama} bytes for the large Llama, and it is {llama:expected}; with "
    "fewer you are right. Yours has a scale and a bias for each group there too. When does a "
    "number need them?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    numbers = _kv_bytes(config, tokens, 16, group_size, window) // 2
    return numbers * bits // 8 + numbers * 4 // group_size


@kv_cache_bytes.misconception(
    "bits_ignored",
    "At 4 bits you have {four} bytes, and it is {four:expected}: as many as at 16. Which argument "
    "says how much a number takes?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, 16, group_size, window)


@kv_cache_bytes.misconception(
    "groups_of_64",
    "In groups of 32 you have {other} bytes, and it is {other:expected}; in groups of 64 you are "
    "right. The scales of smaller groups are more. Which argument says how many share one?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, 64, window)


@kv_cache_bytes.misconception(
    "window_forgotten",
    "With a window you have {window} bytes, and it is {window:expected}: as many as without. A "
    "cache that rotates writes the newest token over an old one once it is full. How many can "
    "there be?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, None)


@kv_cache_bytes.misconception(
    "window_always_full",
    "With a window that is larger than the conversation you have {short} bytes, and it is "
    "{short:expected}: yours is a full window. How many of 100 tokens does it hold?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, window or tokens, bits, group_size, None)


@kv_cache_bytes.misconception(
    "one_layer",
    "For the large Llama you have {llama} bytes, and it is {llama:expected}: yours is what one "
    "layer keeps. How many of them keep keys and values of their own?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, window) // config["num_hidden_layers"]


@kv_cache_bytes.misconception(
    "a_float",
    "The numbers are right, and you return {kind}. Whole bytes are asked for. Which division "
    "keeps them whole?",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return float(_kv_bytes(config, tokens, bits, group_size, window))


kv_cache_bytes.hints(
    "How many numbers does one layer keep for one token?",
    "Two times key-value heads times head_dim: keys and values. Times layers, times tokens.",
    "At 4 bits a number takes 4 / 8 bytes, and a group of `group_size` numbers 4 bytes more; "
    "tokens are `min(tokens, window)`.",
)
