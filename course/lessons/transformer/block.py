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


@block.use(y="matmul", bare="matmul", small="matmul", own_eps="matmul", names="reading")
def _(answer, rng):
    D, B, L = int(rng.integers(4, 8)), int(rng.integers(1, 4)), int(rng.integers(3, 6))
    made = answer(D, _Mixer(D), nn.Linear(D, D))
    other = answer(D, _Mixer(D), nn.Linear(D, D), float(rng.choice([0.5, 1.0])))
    names = _names(made)
    found = {"names": names, "bare": None, "small": None, "own_eps": None, "y": None}
    if (
        names
        == _names(other)
        == (
            f"input_layernorm.weight {(D,)}, mlp.bias {(D,)}, mlp.weight {(D, D)}, "
            f"post_attention_layernorm.weight {(D,)}, self_attn.weight {(D, D)}"
        )
    ):
        fill_parameters(made, by_name=True)
        fill_parameters(other, by_name=True)
        x = mx.array(rng.normal(0, 2, size=(B, L, D)).astype(np.float32))
        found["bare"] = made(x)
        found["small"] = made(x * 1e-3)  # so small that eps can be seen
        found["own_eps"] = other(x)
        past = mx.zeros((B, 1, int(rng.integers(2, 5)), 2))
        found["y"] = made(x, mx.array(np.tri(L, dtype=bool)), _Joined(past, past))
    return found


block.says(
    passed="x passes through all blocks as a sum that each adds to; nothing is overwritten.",
    names="Parameters",
    bare="For a few tokens, with known weights, without mask and cache",
    small="For the same, a thousand times smaller, which shows the default of eps",
    own_eps="For the same with an eps that is given",
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
    "Your numbers are those of attention added to the normed x, not to x. The normed one is at "
    "hand, and the difference is one name; but then no number passes through the model unchanged, "
    "and what the embedding said is rescaled at every block. What goes round the norm?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        n = self.input_layernorm(x)
        h = n + self.self_attn(n, mask, cache)
        n = self.post_attention_layernorm(h)
        return n + self.mlp(n)


@block.misconception(
    "norm_afterwards",
    "Your numbers are those of norms that come after the sums. The first transformer had it so, "
    "and needed a warm-up to train at all. What does a norm stand before here?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = self.input_layernorm(x + self.self_attn(x, mask, cache))
        return self.post_attention_layernorm(h + self.mlp(h))


@block.misconception(
    "norms_exchanged",
    "Your numbers are those of attention reading through `post_attention_layernorm`, and the MLP "
    "through `input_layernorm`. While both are new they are the same; the weights of a trained one "
    "are not. What does the longer name say?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.post_attention_layernorm(x), mask, cache)
        return h + self.mlp(self.input_layernorm(h))


@block.misconception(
    "one_residual",
    "Your numbers are those of the MLP's answer alone, which is not added to the sum before it. "
    "The block then forgets x unless the MLP repeats it. How many sums are there?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "attention_dropped",
    "Your numbers are those of the MLP's answer added to x, and not to the sum of x and attention: "
    "what attention said reaches the MLP and goes no further. To what is the second one added?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return x + self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "side_by_side",
    "Your numbers are those of two parts that both read x, each through its norm. Some models do "
    "that to save time. What does the MLP read here?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        r = self.self_attn(self.input_layernorm(x), mask, cache)
        return x + r + self.mlp(self.post_attention_layernorm(x))


@block.misconception(
    "mask_and_cache_kept",
    "Without mask and cache the block is right; given them, neither has an effect, and attention "
    "looks into the future and forgets the past. Who needs them?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x))
        return h + self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "cache_kept",
    "With a mask the block is right; the cache has no effect, and attention forgets what came "
    "before these tokens. What is the third thing that attention is given?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask)
        return h + self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "mask_kept",
    "With a cache the block is right; the mask has no effect, and each token sees those after it. "
    "What is the second thing that attention is given?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), None, cache)
        return h + self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "mask_and_cache_exchanged",
    "It stopped in `self_attn`: where a mask should come, a cache came. While both are None "
    "nothing shows it. In which order does attention take them?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), cache, mask)
        return h + self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "no_residuals",
    "Your numbers are those of one part after the other, with no sums: what comes out is what the "
    "MLP says. Where both parts say 0, nothing of x is left. What is added to what?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = self.self_attn(self.input_layernorm(x), mask, cache)
        return self.mlp(self.post_attention_layernorm(h))


@block.misconception(
    "one_norm_for_both",
    "Your numbers are those of `input_layernorm` before both parts. The other norm is there and "
    "has no effect; while both are new they are the same. Which one belongs to the MLP?",
)
class _(_Around):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return h + self.mlp(self.input_layernorm(h))


@block.misconception(
    "eps_forgotten",
    "With the default eps all is right; with another one the numbers are the same. `nn.RMSNorm` "
    "has the same default, so most models hide it. Where does `eps` go?",
)
class _(_Around):
    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__(dims, self_attn, mlp)

    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return h + self.mlp(self.post_attention_layernorm(h))


block.hints(
    "What is added to what? There are two sums.",
    "Each part reads the normed sum so far; its answer is added to the sum that was not normed.",
    "`h = x + self.self_attn(self.input_layernorm(x), mask, cache)`, and the same once more with h "
    "and the MLP.",
)
