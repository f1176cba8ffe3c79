"""block, an exercise of lesson 06, transformer."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.exercise import exercise
from course.probe import fill_parameters

from .common import _Joined, _names

block = exercise(minutes=6, level=2)


@block.solution
class _(nn.Module):
    """One block of a Llama, around the two parts that do the work.

    `block(dims, self_attn, mlp, eps=1e-5)` makes it. `self_attn` and `mlp` are modules, made
    already; keep them under these names. Two RMS norms over `dims` numbers belong to the block
    itself, `input_layernorm` and `post_attention_layernorm`, as `nn.RMSNorm` with `eps`.

    Called with x of shape (B, L, dims), `mask` and `cache`: attention reads x, normed by the first,
    and what it says (`self_attn(normed, mask, cache)`) is added to x. The MLP reads that sum,
    normed by the second, and what it says is added to the sum. That is returned.
    Where both parts say 0, the block returns x itself.
    """

    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__()
        # -- yours
        self.self_attn, self.mlp = self_attn, mlp
        self.input_layernorm = nn.RMSNorm(dims, eps=eps)
        self.post_attention_layernorm = nn.RMSNorm(dims, eps=eps)
        # -- end

    def __call__(self, x, mask=None, cache=None):
        # -- yours
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return h + self.mlp(self.post_attention_layernorm(h))
        # -- end


class _Mixer(nn.Module):
    """Stands in for attention: mixes tokens by the mask, and adds what the cache holds."""

    def __init__(self, dims):
        super().__init__()
        self.weight = mx.zeros((dims, dims))

    def __call__(self, x, mask=None, cache=None):
        if mask is not None:
            x = mask.astype(x.dtype) @ x
        return x @ self.weight + (cache.offset if cache is not None else 0)


@block.use(y="matmul", bare="matmul", names="reading")
def _(answer, rng):
    made = answer(6, _Mixer(6), nn.Linear(6, 6))
    names = _names(made)
    found = {"names": names, "bare": None, "y": None}
    if names == (
        "input_layernorm.weight (6,), mlp.bias (6,), mlp.weight (6, 6), "
        "post_attention_layernorm.weight (6,), self_attn.weight (6, 6)"
    ):
        fill_parameters(made, by_name=True)
        x = mx.array(rng.normal(0, 2, size=(2, 4, 6)).astype(np.float32))
        found["bare"] = made(x)
        past = mx.zeros((2, 1, 3, 2))
        found["y"] = made(x, mx.array(np.tri(4, dtype=bool)), _Joined(past, past))
    return found


block.says(
    passed="x passes through all blocks as a sum that each adds to; nothing is overwritten.",
    names="Parameters",
    bare="For 2 × 4 tokens, with known weights, without mask and cache",
    y="For the same with a mask and a cache",
)


@block.alternative
class _(nn.Module):
    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__()
        self.post_attention_layernorm, self.input_layernorm = (
            nn.RMSNorm(dims, eps) for _ in range(2)
        )
        self.mlp = mlp
        self.self_attn = self_attn

    def __call__(self, x, mask=None, cache=None):
        residual = x
        x = self.self_attn(self.input_layernorm(x), mask=mask, cache=cache)
        residual = residual + x
        x = self.mlp(self.post_attention_layernorm(residual))
        return x + residual


class _Around(nn.Module):
    """What the wrong blocks share."""

    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__()
        self.self_attn, self.mlp = self_attn, mlp
        self.input_layernorm = nn.RMSNorm(dims, eps=eps)
        self.post_attention_layernorm = nn.RMSNorm(dims, eps=eps)


@block.misconception(
    "residual_from_the_norm",
    "What attention says was added to the normed x, not to x. The normed one is at hand, and "
    "the difference is one name; but then no number passes through the model unchanged, and what "
    "the embedding said has been rescaled at every block. What goes round the norm?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        n = self.input_layernorm(x)
        h = n + self.self_attn(n, mask, cache)
        n = self.post_attention_layernorm(h)
        return n + self.mlp(n)


@block.misconception(
    "norm_afterwards",
    "The norms come after the sums. The first transformer had it so, and needed a warm-up to train "
    "at all; a Llama norms what each part reads, and leaves the sum alone.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = self.input_layernorm(x + self.self_attn(x, mask, cache))
        return self.post_attention_layernorm(h + self.mlp(h))


@block.misconception(
    "norms_exchanged",
    "Attention reads through `post_attention_layernorm`, and the MLP through `input_layernorm`. "
    "While both are new they are the same; the weights of a trained one are not. The second name "
    "says what it comes after.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.post_attention_layernorm(x), mask, cache)
        return h + self.mlp(self.input_layernorm(h))


@block.misconception(
    "one_residual",
    "What the MLP says is returned, and not added to what it read. The block then forgets x unless "
    "the MLP repeats it.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "attention_dropped",
    "What the MLP says was added to x, and not to the sum of x and attention: what attention "
    "said reaches the MLP and goes no further. Two names for two sums would help.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return x + self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "side_by_side",
    "Both parts read x, each through its norm, and both answers were added. Some models do that to "
    "save time; here the MLP reads what attention has added.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        r = self.self_attn(self.input_layernorm(x), mask, cache)
        return x + r + self.mlp(self.post_attention_layernorm(x))


@block.misconception(
    "mask_and_cache_kept",
    "Without mask and cache the block is right; given them, it does not hand them on, and "
    "attention looks into the future and forgets the past.",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x))
        return h + self.mlp(self.post_attention_layernorm(h))


block.hints(
    "What is added to what? There are two sums.",
    "Each part reads the normed sum so far; its answer is added to the sum that was not normed.",
    "`h = x + self.self_attn(self.input_layernorm(x), mask, cache)`, and the same once more with h "
    "and the MLP.",
)
