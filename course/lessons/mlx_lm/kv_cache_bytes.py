"""kv_cache_bytes, an exercise of lesson 08, mlx_lm."""

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
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "hidden_size": 4096,
    }
    wide = {**llama_8b, "hidden_size": 1024, "num_attention_heads": 16, "head_dim": 128}
    old = {"num_hidden_layers": 12, "num_attention_heads": 12, "hidden_size": 768}
    tokens = int(rng.integers(3, 40)) * 256
    return {
        "llama": answer(llama_8b, tokens),
        "wide": answer(wide, tokens),
        "old": answer(old, tokens),
        "four": answer(llama_8b, tokens, bits=4),
        "eight": answer(wide, tokens, bits=8, group_size=32),
        "window": answer(llama_8b, tokens, window=512),
        "short": answer(llama_8b, 100, window=512),
    }


kv_cache_bytes.says(
    passed="For 8B and 8,192 tokens it is a quarter of what 4-bit weights take, and it grows.",
    llama="Bytes for an 8B Llama",
    wide="Bytes for a model that names its head_dim",
    old="Bytes for a model that names neither",
    four="Bytes for the 8B Llama at 4 bits",
    eight="Bytes at 8 bits in groups of 32",
    window="Bytes with a window of 512",
    short="Bytes for 100 tokens with a window of 512",
)


@kv_cache_bytes.alternative
def _(config, tokens, bits=16, group_size=64, window=None):
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] / heads
    per_number = bits + (0 if bits == 16 else 32 / group_size)
    kept = tokens if window is None else min(window, tokens)
    per_token = 2 * (config.get("num_key_value_heads") or heads) * head_dim * per_number / 8
    return round(config["num_hidden_layers"] * kept * per_token)


def _kv_bytes(config, tokens, bits, group_size, window, kv_heads=None, head_dim=None, parts=2):
    heads = config["num_attention_heads"]
    kv_heads = kv_heads or config.get("num_key_value_heads", heads)
    head_dim = head_dim or config.get("head_dim", config["hidden_size"] // heads)
    numbers = parts * config["num_hidden_layers"] * kv_heads * head_dim
    numbers *= min(tokens, window or tokens)
    return numbers * 2 if bits == 16 else numbers * bits // 8 + numbers // group_size * 4


@kv_cache_bytes.misconception(
    "all_heads",
    "For the 8B model you have {llama} bytes, and it is {llama:expected}: every head was given "
    "keys and values of its own. In most models today several heads share them, and that is why "
    "config.json has a number for it.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, window, config["num_attention_heads"])


@kv_cache_bytes.misconception(
    "keys_only",
    "You have half of it: {llama} bytes for the 8B model. What is looked up by the keys is kept "
    "too.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, window, parts=1)


@kv_cache_bytes.misconception(
    "head_dim_from_the_width",
    "`head_dim` was computed although config.json names it: {wide} bytes, and it is "
    "{wide:expected}. In newer models the heads together may be wider than the model.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    head_dim = config["hidden_size"] // config["num_attention_heads"]
    return _kv_bytes(config, tokens, bits, group_size, window, head_dim=head_dim)


@kv_cache_bytes.misconception(
    "scales_are_free",
    "At 4 bits you have {four} bytes, and it is {four:expected}. The scales and biases are "
    "missing: with groups of 64 they add half a bit to every number.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, 16, group_size, window) * bits // 16


@kv_cache_bytes.misconception(
    "window_forgotten",
    "The window changes nothing with you: {window} bytes. A cache that rotates writes the newest "
    "token over an old one once it is full.",
)
def _(config, tokens, bits=16, group_size=64, window=None):
    return _kv_bytes(config, tokens, bits, group_size, None)


kv_cache_bytes.hints(
    "How many numbers does one layer keep for one token?",
    "Two times key-value heads times head_dim: keys and values. Times layers, times tokens.",
    "At 4 bits a number takes 4 / 8 bytes, and a group of `group_size` numbers 4 bytes more; "
    "tokens are `min(tokens, window)`.",
)
