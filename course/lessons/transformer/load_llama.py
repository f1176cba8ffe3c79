"""load_llama, an exercise of lesson 06, transformer."""

import json
import tempfile
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx_lm  # here and not where it is used: seconds, and a check has ten
import numpy as np

from course import model
from course.exercise import exercise

load_llama = exercise(minutes=20, level=3)


@load_llama.solution
def _(folder):
    """Bring a Llama from its folder to life, in your own code.

    `folder` is a path with config.json and model.safetensors, in the form that Hugging Face and
    mlx_lm use; the built-in model's is `model.directory("notes")`. Return something that is called
    with tokens of shape (1, L) and returns logits (1, L, vocabulary), computed in float32 whatever
    the file holds. Needed from the config: "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "rms_norm_eps", "rope_theta", "tie_word_embeddings"; and "head_dim", or
    where that is missing "hidden_size" divided by the heads.

    The file's names: model.embed_tokens.weight, model.layers.0.self_attn.q_proj.weight (as in
    `self_attention`), model.layers.0.mlp.gate_proj.weight (as in `swiglu`),
    model.layers.0.input_layernorm.weight and post_attention_layernorm (as in `block`),
    model.norm.weight, and where embeddings are not tied, lm_head.weight. `mx.load` reads it.

    With your own parts from above it is about ten lines; as one function, about forty.
    """
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    weights = {
        k: v.astype(mx.float32) for k, v in mx.load(str(folder / "model.safetensors")).items()
    }
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    size = config.get("head_dim") or config["hidden_size"] // heads
    eps = config["rms_norm_eps"]
    embedding = weights["model.embed_tokens.weight"]
    head = embedding if config["tie_word_embeddings"] else weights["lm_head.weight"]

    def logits(tokens):
        B, L = tokens.shape
        x = embedding[tokens]
        for i in range(config["num_hidden_layers"]):
            w = {k.removeprefix(f"model.layers.{i}."): v for k, v in weights.items()}
            n = mx.fast.rms_norm(x, w["input_layernorm.weight"], eps)
            q, k, v = (
                (n @ w[f"self_attn.{name}_proj.weight"].T).reshape(B, L, many, size).swapaxes(1, 2)
                for name, many in (("q", heads), ("k", kv_heads), ("v", kv_heads))
            )
            q, k = (
                mx.fast.rope(
                    p, size, traditional=False, base=config["rope_theta"], scale=1.0, offset=0
                )
                for p in (q, k)
            )
            a = mx.fast.scaled_dot_product_attention(q, k, v, scale=size**-0.5, mask="causal")
            x = x + a.swapaxes(1, 2).reshape(B, L, -1) @ w["self_attn.o_proj.weight"].T
            n = mx.fast.rms_norm(x, w["post_attention_layernorm.weight"], eps)
            gate = n @ w["mlp.gate_proj.weight"].T
            up = n @ w["mlp.up_proj.weight"].T
            x = x + (gate * mx.sigmoid(gate) * up) @ w["mlp.down_proj.weight"].T
        return mx.fast.rms_norm(x, weights["model.norm.weight"], eps) @ head.T

    return logits


def _write_small(folder, rng):
    """A model directory with random weights, whose config differs in all that one may assume.

    Returns the size of its vocabulary.
    """
    V, layers = int(rng.integers(12, 16)), int(rng.integers(2, 4))
    heads, kv_heads = [(4, 2), (6, 3)][rng.integers(2)]
    D, q, kv = heads * 4, heads * 6, kv_heads * 6  # a head has not hidden_size / heads numbers
    wide = D + 4
    config = {
        "model_type": "llama",
        "hidden_size": D,
        "num_hidden_layers": layers,
        "intermediate_size": wide,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": 6,
        "rms_norm_eps": float(rng.choice([0.01, 0.03])),
        "vocab_size": V,
        "rope_theta": float(rng.choice([50.0, 90.0])),
        "tie_word_embeddings": False,
    }
    (folder / "config.json").write_text(json.dumps(config))
    shapes = {"model.embed_tokens": (V, D), "model.norm": (D,), "lm_head": (V, D)}
    parts = {
        "self_attn.q_proj": (q, D),
        "self_attn.k_proj": (kv, D),
        "self_attn.v_proj": (kv, D),
        "self_attn.o_proj": (D, q),
        "mlp.gate_proj": (wide, D),
        "mlp.up_proj": (wide, D),
        "mlp.down_proj": (D, wide),
        "input_layernorm": (D,),
        "post_attention_layernorm": (D,),
    }
    for i in range(layers):
        shapes |= {f"model.layers.{i}.{name}": shape for name, shape in parts.items()}
    weights = {
        f"{name}.weight": mx.array(rng.normal(0, 0.5, shape).astype(np.float16))
        for name, shape in shapes.items()
    }
    mx.save_safetensors(str(folder / "model.safetensors"), weights)
    return V


@load_llama.use(logits="matmul", other="matmul")
def _(answer, rng):
    loaded = answer(model.directory("notes"))
    prompt = rng.integers(5, 1000, rng.integers(7, 11)).tolist()
    logits = loaded(mx.array([prompt]))
    first = mx.argmax(logits[0, -1]).item()
    second = mx.argmax(loaded(mx.array([[*prompt, first]]))[0, -1]).item()
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = _write_small(Path(folder), rng)
        words = rng.integers(0, vocabulary, rng.integers(6, 9)).tolist()
        other = answer(Path(folder))(mx.array([words]))
        mx.eval(other)
    return {"logits": logits, "tokens": f"{first}, {second}", "other": other}


load_llama.says(
    passed="Your code, the course's weights: the same logits and the same tokens as mlx_lm's.",
    logits="Logits of the built-in model for a few tokens",
    tokens="The two tokens that it would say next",
    other="Logits of a small model with another config",
)


@load_llama.alternative
def _(folder):  # the oracle: mlx_lm itself
    loaded, _ = mlx_lm.utils.load_model(Path(folder))
    loaded.set_dtype(mx.float32)
    return loaded


def _loaded(
    folder, dtype=mx.float32, traditional=False, mask="causal", tile=False, gate=nn.silu, **said
):
    """The model once more, with one thing wrong; ``said`` replaces what the config says."""
    config = json.loads((Path(folder) / "config.json").read_text()) | said
    file = mx.load(str(Path(folder) / "model.safetensors"))
    weights = {k: v.astype(dtype) for k, v in file.items()}
    heads, many = config["num_attention_heads"], config["num_key_value_heads"]
    size, eps = config.get("head_dim") or config["hidden_size"] // heads, config["rms_norm_eps"]

    def turned(p):
        theta = config["rope_theta"]
        return mx.fast.rope(p, size, traditional=traditional, base=theta, scale=1.0, offset=0)

    def logits(tokens):
        B, L = tokens.shape
        x = weights["model.embed_tokens.weight"][tokens]
        for i in range(config["num_hidden_layers"]):
            w = {k.removeprefix(f"model.layers.{i}."): v for k, v in weights.items()}
            n = mx.fast.rms_norm(x, w["input_layernorm.weight"], eps)
            q, k, v = (
                (n @ w[f"self_attn.{c}_proj.weight"].T).reshape(B, L, of, size).swapaxes(1, 2)
                for c, of in zip("qkv", (heads, many, many), strict=True)
            )
            if tile:
                k, v = (mx.tile(p, (1, heads // many, 1, 1)) for p in (k, v))
            q, k, scale = turned(q), turned(k), size**-0.5
            a = mx.fast.scaled_dot_product_attention(q, k, v, scale=scale, mask=mask)
            x = x + a.swapaxes(1, 2).reshape(B, L, -1) @ w["self_attn.o_proj.weight"].T
            n = mx.fast.rms_norm(x, w["post_attention_layernorm.weight"], eps)
            opened = gate(n @ w["mlp.gate_proj.weight"].T) * (n @ w["mlp.up_proj.weight"].T)
            x = x + opened @ w["mlp.down_proj.weight"].T
        name = "model.embed_tokens" if config["tie_word_embeddings"] else "lm_head"
        return mx.fast.rms_norm(x, weights["model.norm.weight"], eps) @ weights[f"{name}.weight"].T

    return logits


@load_llama.misconception(
    "interleaved",
    "Every shape fits, and your logits are those of a RoPE that turns neighbours with each other, "
    "which `mx.fast.rope` calls `traditional`. These weights learned to be turned in halves. Which "
    "of the two does your code ask for?",
)
def _(folder):
    return _loaded(folder, traditional=True)


@load_llama.misconception(
    "theta_assumed",
    "The built-in model is right, and the other folder's has the logits of a RoPE with the base "
    "10,000, which that config does not say. Llama 3 has 500,000. Which numbers come from the "
    "folder?",
)
def _(folder):
    return _loaded(folder, rope_theta=10000.0)


@load_llama.misconception(
    "always_tied",
    "The built-in model is right, and the other folder's is not: its logits come from the "
    "embedding, while its file brings an `lm_head.weight` of its own. Who says which it is?",
)
def _(folder):
    return _loaded(folder, tie_word_embeddings=True)


@load_llama.misconception(
    "eps_assumed",
    "The built-in model is right, and the other folder's has the logits of norms with an eps of "
    "1e-5, which that config does not say. `nn.RMSNorm` has this one if it is not told, and so may "
    "your `block`. How many norms does a model have?",
)
def _(folder):
    return _loaded(folder, rms_norm_eps=1e-5)


@load_llama.misconception(
    "heads_tiled",
    "Every shape fits, and your logits are those of key heads laid in a row as 0, 1, 0, 1, where "
    "neighbours should share one. What does `mx.repeat` do that `mx.tile` does not?",
)
def _(folder):
    return _loaded(folder, tile=True)


@load_llama.misconception(
    "no_mask",
    "Your logits are those of a model without a mask: every token sees the ones after it. The last "
    "row has none after it, in the first block; from the second on, it reads what the others wrote "
    "down of the future. What may a row see?",
)
def _(folder):
    return _loaded(folder, mask=None)


@load_llama.misconception(
    "left_in_half",
    "Your logits are float16, as the file is. On a GPU that may be what you want; the statement "
    "asks for float32, which on a CPU is also several times as fast. Where do weights change their "
    "dtype?",
)
def _(folder):
    return _loaded(folder, dtype=mx.float16)


@load_llama.misconception(
    "last_row_only",
    "You return logits of the last token alone. Generating, that is all one needs, and it saves "
    "work. What shape does the statement ask for?",
)
def _(folder):
    logits = _loaded(folder)
    return lambda tokens: logits(tokens)[:, -1:]


@load_llama.misconception(
    "one_block_too_few",
    "Your logits are those of the model without its last block. The file has one more than you "
    "used. What is the number of the last one, where the first is 0?",
)
def _(folder):
    config = json.loads((Path(folder) / "config.json").read_text())
    return _loaded(folder, num_hidden_layers=config["num_hidden_layers"] - 1)


@load_llama.misconception(
    "gelu",
    "Your logits are those of an MLP whose gate goes through GELU. It is close to SiLU, and each "
    "layer adds to the difference. Which one is it in your `swiglu`?",
)
def _(folder):
    return _loaded(folder, gate=nn.gelu)


@load_llama.misconception(
    "head_size_computed",
    "The built-in model is right. With the other folder's config it stopped at a shape: that "
    "config names a `head_dim`, and it is not hidden_size divided by the heads. Which of the two "
    "counts where both are there?",
)
def _(folder):
    config = json.loads((Path(folder) / "config.json").read_text())
    return _loaded(folder, head_dim=config["hidden_size"] // config["num_attention_heads"])


@load_llama.misconception(
    "built_in_always",
    "The built-in model is right, and for the other folder you have the very same one, with a "
    "vocabulary of its own. Which folder came in?",
)
def _(folder):
    return _loaded(model.directory("notes"))


_NAMES = "(n @ w[f'self_attn.{name}_proj.weight'].T).reshape(B, L, many, size).swapaxes(1…"
for _operator, _line, _why in (
    ("statement dropped", "folder = Path(folder)", "a path comes in"),
    ("arguments swapped", _NAMES, "two axes change places, whichever is named first"),
    ("arguments swapped", "a.swapaxes(1, 2)", "two axes change places, whichever is named first"),
    ("constant", "offset=0", "attention sees distances alone, and no key is kept"),
    ("constant", "a.swapaxes(1, 2)", "a batch of one: (1, H, L, D) and (L, H, 1, D) lie alike"),
):
    load_llama.same_as("solution", _operator, _line, _why)


load_llama.hints(
    "Each number of your model that is not in the file is in the config. Which of them have you "
    "written down from memory?",
    "Your `llama` has the file's names without the leading `model.`, so `load_weights` needs a "
    "list of (name, array) with that removed. Hand `self_attention` the head size and the base.",
    "`weights = mx.load(str(folder / 'model.safetensors'))`; `name.removeprefix('model.')`; "
    "`set_dtype(mx.float32)` on the model at the end.",
)
