"""Others' answers to block."""

import mlx.core as mx
import mlx.nn as nn

from course.author.answers import right, wrong


class _Block(nn.Module):
    def __init__(self, dims, self_attn, mlp, eps=1e-5):
        super().__init__()
        self.self_attn, self.mlp = self_attn, mlp
        self.input_layernorm = nn.RMSNorm(dims, eps=eps)
        self.post_attention_layernorm = nn.RMSNorm(dims, eps=eps)


@right("keyword-free, in place adds on a copy")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        r = self.self_attn(self.input_layernorm(x), mask, cache)
        x = mx.add(x, r)
        r = self.mlp(self.post_attention_layernorm(x))
        return mx.add(x, r)


@right("keyword arguments for mask and cache")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask=mask, cache=cache)
        return self.mlp(self.post_attention_layernorm(h)) + h


@wrong("post-norm", named="norm_afterwards")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        h = self.input_layernorm(x + self.self_attn(x, mask, cache))
        return self.post_attention_layernorm(h + self.mlp(h))


@wrong("no residuals", named="no_residuals")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        return self.mlp(
            self.post_attention_layernorm(self.self_attn(self.input_layernorm(x), mask, cache))
        )


@wrong("cache not handed on", named="cache_kept")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask)
        return h + self.mlp(self.post_attention_layernorm(h))


@wrong("mask not handed on", named="mask_kept")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), None, cache)
        return h + self.mlp(self.post_attention_layernorm(h))


@wrong("mask and cache exchanged", named="mask_and_cache_exchanged")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), cache, mask)
        return h + self.mlp(self.post_attention_layernorm(h))


@wrong("parallel: MLP reads x", named="side_by_side")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        return (
            x
            + self.self_attn(self.input_layernorm(x), mask, cache)
            + self.mlp(self.post_attention_layernorm(x))
        )


@wrong("second sum onto x, not the sum", named="attention_dropped")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return x + self.mlp(self.post_attention_layernorm(h))


@wrong("one norm for both", named="one_norm_for_both")
class _(_Block):
    def __call__(self, x, mask=None, cache=None):
        h = x + self.self_attn(self.input_layernorm(x), mask, cache)
        return h + self.mlp(self.input_layernorm(h))
