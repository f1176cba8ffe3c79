"""Others' answers to llama."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


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


@right("zip and as_linear")
class _(_Llama):
    pass


@right("enumerate, matmul with the table, tri")
class _(_Llama):
    def mask(self, L, offset):
        return mx.tri(L, L + offset, offset, dtype=mx.bool_)

    def head(self, x):
        w = self.lm_head.weight if hasattr(self, "lm_head") else self.embed_tokens.weight
        return x @ w.T

    def __call__(self, tokens, cache=None):
        B, L = tokens.shape
        h = self.embed_tokens.weight[tokens]
        m = self.mask(L, cache[0].offset if cache else 0)
        for i, layer in enumerate(self.layers):
            h = layer(h, m, None if cache is None else cache[i])
        return self.head(self.norm(h))


@wrong("final norm forgotten", named="last_norm_forgotten")
class _(_Llama):
    def __call__(self, tokens, cache=None):
        x = self.embed_tokens(tokens)
        mask = self.mask(tokens.shape[1], self.offset(cache))
        for layer, c in zip(self.layers, cache or [None] * len(self.layers)):
            x = layer(x, mask, c)
        return self.head(x)


@wrong("no mask", named="no_mask")
class _(_Llama):
    def mask(self, L, offset):
        return None


@wrong(
    "offset taken after the first block (recomputed per layer from the same cache)",
    named="mask_in_the_loop",
)
class _(_Llama):
    def __call__(self, tokens, cache=None):
        x = self.embed_tokens(tokens)
        for layer, c in zip(self.layers, cache or [None] * len(self.layers)):
            x = layer(x, self.mask(tokens.shape[1], self.offset(cache)), c)
        return self.head(self.norm(x))


@wrong(
    "mask made in the loop, from cache[0].offset, which the first block has moved",
    named="mask_in_the_loop",
)
class _(_Llama):
    def __call__(self, tokens, cache=None):
        x, L = self.embed_tokens(tokens), tokens.shape[1]
        for i, layer in enumerate(self.layers):
            offset = 0 if cache is None else cache[0].offset
            x = layer(
                x,
                mx.tri(L, L + offset, offset, dtype=mx.bool_),
                None if cache is None else cache[i],
            )
        return self.head(self.norm(x))


@wrong("one cache for all blocks", named="one_cache_for_all")
class _(_Llama):
    def __call__(self, tokens, cache=None):
        x = self.embed_tokens(tokens)
        mask = self.mask(tokens.shape[1], self.offset(cache))
        for layer in self.layers:
            x = layer(x, mask, cache[0] if cache else None)
        return self.head(self.norm(x))


@wrong("lm_head always there", named="head_always")
class _(_Llama):
    def __init__(self, config, block):
        super().__init__(config, block)
        self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"], bias=False)


@wrong("always tied", named="head_unused")
class _(_Llama):
    def head(self, x):
        return self.embed_tokens.as_linear(x)


@wrong("the same block object for all layers", named="one_block_many_times")
class _(_Llama):
    def __init__(self, config, block):
        super().__init__(config, block)
        self.layers = [block(config)] * config["num_hidden_layers"]


@wrong("softmax on the logits", named="softmax_inside")
class _(_Llama):
    def head(self, x):
        return mx.softmax(super().head(x), axis=-1)


@wrong("only the last row", named="last_row_only")
class _(_Llama):
    def head(self, x):
        return super().head(x[:, -1:])


@wrong("eps default", named="eps_forgotten")
class _(_Llama):
    def __init__(self, config, block):
        super().__init__(config, block)
        self.norm = nn.RMSNorm(config["hidden_size"])
