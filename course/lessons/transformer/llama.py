"""llama, an exercise of lesson 06, transformer."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.exercise import exercise
from course.probe import fill_parameters

from .common import _Joined

llama = exercise(minutes=12, level=2)


@llama.solution
class _(nn.Module):
    """The whole model, from tokens to logits.

    `llama(config, block)` makes it. `config` is what a config.json says; these of its keys matter:
    "vocab_size", "hidden_size", "num_hidden_layers", "rms_norm_eps", "tie_word_embeddings".
    `block(config)` makes a block, as you have written one: called with (x, mask, cache).

    Names: `embed_tokens`, an `nn.Embedding`; `layers`, a list of blocks; `norm`, an `nn.RMSNorm`
    after the last of them; and, only where "tie_word_embeddings" is false, `lm_head`, a linear
    layer without a bias. Where it is true, logits are dot products with the rows of the embedding.

    Called with `tokens` of shape (B, L) and `cache`, it returns logits (B, L, vocabulary). `cache`
    is None or a list with a cache for each block, whose `offset` says how many tokens came before.
    Hand every block a causal mask, bool of shape (L, offset + L), and its own cache or None.
    """

    def __init__(self, config, block):
        super().__init__()
        # -- yours
        V, D = config["vocab_size"], config["hidden_size"]
        self.embed_tokens = nn.Embedding(V, D)
        self.layers = [block(config) for _ in range(config["num_hidden_layers"])]
        self.norm = nn.RMSNorm(D, eps=config["rms_norm_eps"])
        if not config["tie_word_embeddings"]:
            self.lm_head = nn.Linear(D, V, bias=False)
        # -- end

    def __call__(self, tokens, cache=None):
        # -- yours
        x = self.embed_tokens(tokens)
        L, offset = tokens.shape[1], cache[0].offset if cache else 0
        mask = mx.arange(offset, offset + L)[:, None] >= mx.arange(offset + L)
        for layer, own in zip(self.layers, cache or [None] * len(self.layers), strict=True):
            x = layer(x, mask, own)
        x = self.norm(x)
        return self.lm_head(x) if "lm_head" in self else self.embed_tokens.as_linear(x)
        # -- end


class _Meeting(nn.Module):
    """Lets tokens meet, by their places and with a cache; it is not the layer that is asked for,
    as it lies beside submissions when they are graded."""

    def __init__(self, dims):
        super().__init__()
        self.mix = nn.Linear(dims, dims, bias=False)

    def __call__(self, x, mask=None, cache=None):
        offset = cache.offset if cache else 0
        places = 1 + mx.arange(offset, offset + x.shape[1])[:, None] / 8
        k, v = (self.mix(x) * places)[:, None], x[:, None]
        if cache:
            k, v = cache.update(k, v)
        met = x[:, None] @ k.swapaxes(2, 3)
        return ((met if mask is None else mx.where(mask, met, 0)) @ v)[:, 0]


class _Part(nn.Module):
    """A block, small; says nothing about how a learner writes one."""

    def __init__(self, config):
        super().__init__()
        D = config["hidden_size"]
        self.self_attn = _Meeting(D)
        self.norm_in = nn.RMSNorm(D)

    def __call__(self, x, mask=None, cache=None):
        L, S = x.shape[1], x.shape[1] + (cache.offset if cache is not None else 0)
        if mask is not None and mask.shape[-2:] != (L, S):
            raise ValueError(f"[block] the mask must be {(L, S)} but is {tuple(mask.shape)}.")
        return x + self.self_attn(self.norm_in(x), mask, cache)


def _network(answer, rng, tied):
    """(a network with known weights, names of its own parameters, its config)."""
    config = {
        "model_type": "llama",
        "vocab_size": int(rng.integers(9, 14)),
        "hidden_size": int(rng.integers(5, 9)),
        "num_hidden_layers": int(rng.integers(2, 4)),
        "rms_norm_eps": float(rng.choice([0.1, 0.2, 0.3])),
        "tie_word_embeddings": tied,
    }
    network = answer(dict(config), _Part)
    network.trainable_parameters()  # without super().__init__() it stops here
    names = [name for name, _ in tree_flatten(network.parameters()) if "self_attn" not in name]
    fill_parameters(network, by_name=True)
    return network, ", ".join(sorted(names)), config


@llama.use(
    logits="matmul", later="matmul", names="reading", untied="matmul", untied_names="reading"
)
def _(answer, rng):
    tied, names, config = _network(answer, rng, True)
    untied, untied_names, other = _network(answer, rng, False)
    B, L, old = int(rng.integers(1, 4)), int(rng.integers(5, 8)), int(rng.integers(3, 5))
    tokens = mx.array(rng.integers(0, config["vocab_size"], size=(B, L)))
    logits = tied(tokens, None)
    cache = [_Joined() for _ in range(config["num_hidden_layers"])]
    tied(tokens[:, :old], cache)
    later = tied(tokens[:, old:], cache)
    found = {"names": names, "logits": logits, "later": later, "untied_names": untied_names}
    words = mx.array(rng.integers(0, other["vocab_size"], size=(B, L)))
    return found | {"untied": untied(words, None)}


llama.says(
    passed="Call it with `lambda config: block(...)` around your own parts, and it is all yours.",
    names="Parameters of the model itself",
    logits="For a few tokens, with known weights",
    later="For the last of them, with the others in the cache",
    untied_names="Parameters where embeddings are not tied",
    untied="For a few tokens where embeddings are not tied",
)


@llama.alternative
class _(nn.Module):
    def __init__(self, config, block):
        super().__init__()
        self._config = dict(config)
        D = config["hidden_size"]
        self.norm = nn.RMSNorm(D, config["rms_norm_eps"])
        self.layers = []
        while len(self.layers) < config["num_hidden_layers"]:
            self.layers.append(block(config))
        if config["tie_word_embeddings"] is False:
            self.lm_head = nn.Linear(D, config["vocab_size"], bias=False)
        self.embed_tokens = nn.Embedding(config["vocab_size"], D)

    def __call__(self, tokens, cache=None):
        h = self.embed_tokens.weight[tokens]
        seen = cache[0].offset if cache is not None else 0
        mask = mx.tri(tokens.shape[1], seen + tokens.shape[1], k=seen) > 0
        for i, layer in enumerate(self.layers):
            h = layer(h, mask=mask, cache=cache[i] if cache is not None else None)
        tied = self._config["tie_word_embeddings"]
        return self.norm(h) @ (self.embed_tokens if tied else self.lm_head).weight.T


class _Decoder(nn.Module):
    """The model once more, in parts, for the wrong ones."""

    def __init__(self, config, block):
        super().__init__()
        V, D = config["vocab_size"], config["hidden_size"]
        self.embed_tokens = nn.Embedding(V, D)
        self.layers = self.made(block, config)
        self.norm = nn.RMSNorm(D, eps=config["rms_norm_eps"])
        if self.untied(config):
            self.lm_head = nn.Linear(D, V, bias=False)

    def __call__(self, tokens, cache=None):
        x = self.embedded(tokens)
        mask = self.mask(tokens.shape[1], cache[0].offset if cache else 0)
        for i, layer in enumerate(self.layers):
            x = layer(x, mask, self.own(cache, i) if cache else None)
        x = self.last(x)
        return self.lm_head(x) if "lm_head" in self else self.embed_tokens.as_linear(x)

    def made(self, block, config):
        return [block(config) for _ in range(config["num_hidden_layers"])]

    def untied(self, config):
        return not config["tie_word_embeddings"]

    def embedded(self, tokens):
        return self.embed_tokens(tokens)

    def mask(self, length, offset):
        return mx.array(np.tri(length, offset + length, offset, dtype=bool))

    def own(self, cache, i):
        return cache[i]

    def last(self, x):
        return self.norm(x)


@llama.misconception(
    "last_norm_forgotten",
    "Your logits are those of the sum before the last norm, whose parameter is there and has no "
    "effect. The sum has grown from block to block; what brings it back to size?",
)
class _(_Decoder):
    def last(self, x):
        return x


@llama.misconception(
    "one_block_many_times",
    "All entries of `layers` are one and the same block, as `[b] * n` makes them: it repeats the "
    "name, not the thing. Printed, the parameters look right; loaded from a file, the last block's "
    "weights win everywhere. How often must `block` be called?",
)
class _(_Decoder):
    def made(self, block, config):
        return [block(config)] * config["num_hidden_layers"]


@llama.misconception(
    "head_always",
    "With tied embeddings there is still an `lm_head`: your parameters are {names}. A file with "
    "tied embeddings brings nothing for it, so it would stay as it began. Who says whether there "
    "is one?",
)
class _(_Decoder):
    def untied(self, config):
        return True


@llama.misconception(
    "always_tied",
    "With tied embeddings all is right. Where the config says that they are not tied, the logits "
    "still come from the embedding, and no parameter is called `lm_head`. Where would the file's "
    "weights for it go?",
)
class _(_Decoder):
    def untied(self, config):
        return False


@llama.misconception(
    "head_unused",
    "Where the config says that embeddings are not tied, there is an `lm_head`, and the logits "
    "come from the embedding all the same. Both have the shape that is needed. Which of them does "
    "the file's author mean?",
)
class _(_Decoder):
    def __call__(self, tokens, cache=None):
        x = self.embedded(tokens)
        mask = self.mask(tokens.shape[1], cache[0].offset if cache else 0)
        for i, layer in enumerate(self.layers):
            x = layer(x, mask, self.own(cache, i) if cache else None)
        return self.embed_tokens.as_linear(self.last(x))


@llama.misconception(
    "embedding_scaled",
    "Your logits are those of embeddings multiplied by the root of the width. The first "
    "transformer did that, and Gemma does. What does the statement do with a row?",
)
class _(_Decoder):
    def embedded(self, tokens):
        return self.embed_tokens(tokens) * self.embed_tokens.weight.shape[1] ** 0.5


@llama.misconception(
    "no_mask",
    "Each token sees the ones after it, as with no mask. Training such a model, the loss falls "
    'towards 0, for the answer to "what comes next?" is in sight; generating, there is nothing to '
    "copy from. What may row l see?",
)
class _(_Decoder):
    def mask(self, length, offset):
        return None


@llama.misconception(
    "mask_without_offset",
    "Without a cache all is right. With one, your logits are those of a mask whose rows count from "
    "0: the first new token may look at one token of the cache, and at no other. What is the place "
    "of row 0?",
)
class _(_Decoder):
    def mask(self, length, offset):
        return mx.array(np.tri(length, offset + length, dtype=bool))


@llama.misconception(
    "square_mask",
    "The block stops at the mask, which has as many columns as rows. With tokens in the cache "
    "there are more tokens to look at than new ones. How many columns is that?",
)
class _(_Decoder):
    def mask(self, length, offset):
        return mx.array(np.tri(length, dtype=bool))


@llama.misconception(
    "cache_ignored",
    "The new tokens are read as if nothing had come before them: the cache has no effect. Where "
    "does a block get its own from?",
)
class _(_Decoder):
    def __call__(self, tokens, cache=None):
        return super().__call__(tokens)


@llama.misconception(
    "one_cache_for_all",
    "It stopped in the second block, whose cache holds more tokens than the mask has room for: "
    "they are those of the first block, which has stored its own already. Each block has keys of "
    "its own. Which cache is whose?",
)
class _(_Decoder):
    def own(self, cache, i):
        return cache[0]


@llama.misconception(
    "mask_in_the_loop",
    "The mask stopped fitting at the second block: it has columns for tokens that are not there. "
    "An offset that is read after the first block has moved it on counts the new tokens twice. "
    "When does `cache[0].offset` still say how many came before?",
)
class _(_Decoder):
    def __call__(self, tokens, cache=None):
        x = self.embedded(tokens)
        for i, layer in enumerate(self.layers):
            mask = self.mask(tokens.shape[1], cache[0].offset if cache else 0)
            x = layer(x, mask, self.own(cache, i) if cache else None)
        x = self.last(x)
        return self.lm_head(x) if "lm_head" in self else self.embed_tokens.as_linear(x)


@llama.misconception(
    "softmax_inside",
    "What you return adds up to 1 in each row: these are probabilities, and logits were asked for. "
    "A loss and a sampler take the softmax themselves. What comes out of the last layer as it is?",
)
class _(_Decoder):
    def __call__(self, tokens, cache=None):
        return mx.softmax(super().__call__(tokens, cache), axis=-1)


@llama.misconception(
    "last_row_only",
    "You return logits of the last token alone. Generating, that is all one needs, and it saves "
    "work; training and perplexity need every row. What shape does the statement ask for?",
)
class _(_Decoder):
    def last(self, x):
        return self.norm(x[:, -1:])


@llama.misconception(
    "eps_forgotten",
    "Your logits are those of a last norm with `nn.RMSNorm`'s own eps, 1e-5. Many models have "
    "that one, so it may hide for long. What does the config say?",
)
class _(_Decoder):
    def last(self, x):
        return mx.fast.rms_norm(x, self.norm.weight, 1e-5)


@llama.misconception(
    "head_with_bias",
    "Where embeddings are not tied, your parameters are {untied_names}; they should be "
    "{untied_names:expected}. `nn.Linear` has a bias unless it is told otherwise, and the file "
    "brings none. How is it told?",
)
class _(_Decoder):
    def __init__(self, config, block):
        super().__init__(config, block)
        if self.untied(config):
            self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"])


for _label in ("solution", "alternative 1"):
    llama.same_as(
        _label, "constant", "cache[0]", "before the first block all caches hold as many tokens"
    )
for _operator, _line in (
    (
        "keyword dropped",
        "zip(self.layers, cache or [None] * len(self.layers), strict=True)",
    ),
    ("constant", "strict=True"),
):
    llama.same_as("solution", _operator, _line, "there is a cache for each block")


llama.hints(
    "Tokens become rows, rows go through the blocks, and at the end each row is compared with "
    "every row of a table. What does each of the four parts need from the config?",
    "A list of blocks, each made by its own call of `block`. The mask is made once, from L and the "
    "offset of the first cache; every block gets its own cache.",
    "`self.embed_tokens.as_linear(self.norm(x))` are the logits where embeddings are tied.",
)
