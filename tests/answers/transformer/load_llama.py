"""Others' answers to load_llama."""

import json
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx_lm

from course.author.answers import right, wrong


def _attn(queries, keys, values, mask, scale=None, spread=mx.repeat, fill=-mx.inf, axis=-1):
    n = queries.shape[1] // keys.shape[1]
    k, v = spread(keys, n, axis=1), spread(values, n, axis=1)
    s = queries @ k.swapaxes(-1, -2) * (queries.shape[-1] ** -0.5 if scale is None else scale)
    if mask is not None:
        s = mx.where(mask, s, fill)
    return mx.softmax(s, axis=axis) @ v


class _SwiBase(nn.Module):
    def __init__(self, dims, hidden_dims):
        super().__init__()
        self.gate_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.up_proj = nn.Linear(dims, hidden_dims, bias=False)
        self.down_proj = nn.Linear(hidden_dims, dims, bias=False)


class _SA(nn.Module):
    def __init__(self, dims, n_heads, n_kv_heads, head_dim=None, base=10000.0):
        super().__init__()
        head_dim = head_dim or dims // n_heads
        self.n_heads, self.n_kv_heads, self.head_dim, self.base = (
            n_heads,
            n_kv_heads,
            head_dim,
            base,
        )
        self.q_proj = nn.Linear(dims, n_heads * head_dim, bias=False)
        self.k_proj = nn.Linear(dims, n_kv_heads * head_dim, bias=False)
        self.v_proj = nn.Linear(dims, n_kv_heads * head_dim, bias=False)
        self.o_proj = nn.Linear(n_heads * head_dim, dims, bias=False)

    def split(self, y, n):
        B, L, _ = y.shape
        return y.reshape(B, L, n, self.head_dim).transpose(0, 2, 1, 3)

    def turn(self, y, offset):
        return mx.fast.rope(
            y, self.head_dim, traditional=False, base=self.base, scale=1.0, offset=offset
        )

    def attend(self, q, k, v, mask):
        return mx.fast.scaled_dot_product_attention(q, k, v, scale=self.head_dim**-0.5, mask=mask)

    def __call__(self, x, mask=None, cache=None):
        B, L, _ = x.shape
        q = self.split(self.q_proj(x), self.n_heads)
        k = self.split(self.k_proj(x), self.n_kv_heads)
        v = self.split(self.v_proj(x), self.n_kv_heads)
        offset = cache.offset if cache is not None else 0
        q, k = self.turn(q, offset), self.turn(k, offset)
        if cache is not None:
            k, v = cache.update(k, v)
        y = self.attend(q, k, v, mask)
        return self.o_proj(y.transpose(0, 2, 1, 3).reshape(B, L, -1))


class _Block(nn.Module):
    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__()
        self.self_attn, self.mlp = self_attn, mlp
        self.input_layernorm = nn.RMSNorm(dims, eps=eps)
        self.post_attention_layernorm = nn.RMSNorm(dims, eps=eps)


class _Llama(nn.Module):
    def __init__(self, config, block):
        super().__init__()
        self.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.layers = [block(config) for _ in range(config["num_hidden_layers"])]
        self.norm = nn.RMSNorm(config["hidden_size"], eps=config["rms_norm_eps"])
        if not config["tie_word_embeddings"]:
            self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"], bias=False)

    def mask(self, L, offset):
        return mx.arange(offset + L)[None] <= (offset + mx.arange(L))[:, None]

    def offset(self, cache):
        return 0 if cache is None else cache[0].offset

    def head(self, x):
        return self.lm_head(x) if "lm_head" in self else self.embed_tokens.as_linear(x)

    def __call__(self, tokens, cache=None):
        x = self.embed_tokens(tokens)
        mask = self.mask(tokens.shape[1], self.offset(cache))
        for layer, c in zip(self.layers, cache or [None] * len(self.layers)):
            x = layer(x, mask, c)
        return self.head(self.norm(x))


def _forward(
    c,
    w,
    tokens,
    turn=None,
    spread=None,
    scale=None,
    norm=None,
    silu=nn.silu,
    head=None,
    masked=True,
    base=None,
    head_dim=None,
):
    H, K = c["num_attention_heads"], c["num_key_value_heads"]
    eps = c["rms_norm_eps"]
    x = w["model.embed_tokens.weight"][tokens]
    B, L, dims = x.shape
    D = head_dim or c.get("head_dim") or dims // H
    base = base or c["rope_theta"]
    turn = turn or (lambda y: mx.fast.rope(y, D, traditional=False, base=base, scale=1.0, offset=0))
    norm = norm or (lambda y, g: mx.fast.rms_norm(y, g, eps))
    for i in range(c["num_hidden_layers"]):
        g = lambda name: w[f"model.layers.{i}.{name}.weight"]
        n = norm(x, g("input_layernorm"))
        q, k, v = (
            (n @ g(f"self_attn.{p}_proj").T).reshape(B, L, -1, D).swapaxes(1, 2) for p in "qkv"
        )
        q, k = turn(q), turn(k)
        y = _attn(
            q, k, v, mx.tri(L) > 0 if masked else None, scale=scale, spread=spread or mx.repeat
        )
        x = x + y.swapaxes(1, 2).reshape(B, L, -1) @ g("self_attn.o_proj").T
        n = norm(x, g("post_attention_layernorm"))
        x = x + (silu(n @ g("mlp.gate_proj").T) * (n @ g("mlp.up_proj").T)) @ g("mlp.down_proj").T
    x = norm(x, w["model.norm.weight"])
    out = w["model.embed_tokens.weight"] if c["tie_word_embeddings"] else w["lm_head.weight"]
    return x @ (head(w) if head else out).T


def _read(folder, dtype=mx.float32):
    folder = Path(folder)
    c = json.loads((folder / "config.json").read_text())
    w = mx.load(str(folder / "model.safetensors"))
    return c, {k: v.astype(dtype) if dtype else v for k, v in w.items()}


@right("closure")
def _(folder):
    c, w = _read(folder)
    return lambda tokens: _forward(c, w, tokens)


@right("class with __call__, partial")
def _(folder):
    class Net:
        def __init__(self, folder):
            self.config, self.weights = _read(folder)

        def __call__(self, tokens, cache=None):
            return _forward(self.config, self.weights, tokens)

    return Net(folder)


@right("own modules, load_weights")
def _(folder):
    folder = Path(folder)
    c = json.loads(open(folder / "config.json").read())
    weights = mx.load(str(folder / "model.safetensors"))
    w0 = weights["model.layers.0.mlp.gate_proj.weight"]
    V, dims = weights["model.embed_tokens.weight"].shape
    c = {**c, "vocab_size": V, "hidden_size": dims}
    head_dim = c.get("head_dim") or dims // c["num_attention_heads"]

    class Swi(_SwiBase):
        def __call__(self, x):
            return self.down_proj(nn.silu(self.gate_proj(x)) * self.up_proj(x))

    class Blk(_Block):
        def __call__(self, x, mask=None, cache=None):
            h = x + self.self_attn(self.input_layernorm(x), mask, cache)
            return h + self.mlp(self.post_attention_layernorm(h))

    def make(c):
        a = _SA(dims, c["num_attention_heads"], c["num_key_value_heads"], head_dim, c["rope_theta"])
        return Blk(dims, a, Swi(dims, w0.shape[0]), c["rms_norm_eps"])

    net = _Llama(c, make)
    net.load_weights([(k.removeprefix("model."), v.astype(mx.float32)) for k, v in weights.items()])
    return net


@wrong("dtype of the file", named="left_in_half")
def _(folder):
    c, w = _read(folder, None)
    return lambda tokens: _forward(c, w, tokens)


@wrong("neighbour pairs", named="interleaved")
def _(folder):
    c, w = _read(folder)

    def turn(y):
        return mx.fast.rope(
            y, y.shape[-1], traditional=True, base=c["rope_theta"], scale=1.0, offset=0
        )

    return lambda tokens: _forward(c, w, tokens, turn=turn)


@wrong("base 10000", named="theta_assumed")
def _(folder):
    c, w = _read(folder)
    return lambda tokens: _forward(c, w, tokens, base=10000.0)


@wrong("always tied", named="always_tied")
def _(folder):
    c, w = _read(folder)
    return lambda tokens: _forward(c, w, tokens, head=lambda w: w["model.embed_tokens.weight"])


@wrong("eps 1e-5 whatever the config says", named="eps_assumed")
def _(folder):
    c, w = _read(folder)
    return lambda tokens: _forward(c | {"rms_norm_eps": 1e-5}, w, tokens)


@wrong("gelu", named="gelu")
def _(folder):
    c, w = _read(folder)
    return lambda tokens: _forward(c, w, tokens, silu=nn.gelu)


@wrong("logits of the last row only", named="last_row_only")
def _(folder):
    c, w = _read(folder)
    return lambda tokens: _forward(c, w, tokens)[:, -1:]


@wrong("one block too few", named="one_block_too_few")
def _(folder):
    c, w = _read(folder)
    return lambda tokens: _forward(c | {"num_hidden_layers": c["num_hidden_layers"] - 1}, w, tokens)


@wrong("built-in model whatever the folder", named="built_in_always")
def _(folder):
    from course import model

    c, w = _read(model.directory("notes"))
    return lambda tokens: _forward(c, w, tokens)


@right("mlx_lm's own loader (allowed by the statement: 'return something that is called')")
def _(folder):
    net, _ = mlx_lm.utils.load_model(Path(folder))
    net.set_dtype(mx.float32)
    return net
