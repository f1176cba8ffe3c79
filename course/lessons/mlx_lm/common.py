"""What exercises of lesson 08, mlx_lm share."""

from contextlib import contextmanager

import mlx.core as mx
import mlx.nn as nn
import mlx_lm
from mlx_lm.models import llama

import course.machine
import course.model


def _tokenizer(template=None):
    extra = {"chat_template": template} if template else None
    return mlx_lm.utils.load_tokenizer(course.model.directory("notes"), extra)


@contextmanager
def _uncompiled():
    """On a CPU a kernel takes g++ seconds, and what is asked here takes none."""
    compiles = course.machine.compiles()
    mx.disable_compile()
    try:
        yield
    finally:
        if compiles:
            mx.enable_compile()


class _Talker(nn.Module):
    """A language model whose favourite word depends on everything it has read.

    It says one of a few words, the favourite a little more likely than the others, and the end
    when it has read `most` tokens. What it has read it keeps in its cache.
    """

    def __init__(self, words, gap, end, size, most):
        super().__init__()
        self.layers = [nn.Module()]
        self._words = mx.array(words)
        self._gap, self._most = gap, most
        self._others = mx.full((size,), -30.0).at[self._words].add(30.0)
        self._last = mx.where(mx.arange(size) == end, 0.0, -30.0)

    def __call__(self, inputs, cache=None):
        read = inputs.astype(mx.float32)
        total, number = mx.cumsum(read, axis=1), mx.arange(1, inputs.shape[1] + 1)
        if cache is not None:
            kept, _ = cache[0].update_and_fetch(*[read[:, None, :, None]] * 2)
            total = total + kept.sum(axis=(1, 2, 3))[:, None] - total[:, -1:]
            number = number + kept.shape[2] - inputs.shape[1]
        favourite = self._words[total.astype(mx.int32) % len(self._words)][..., None]
        logits = self._others + self._gap * (mx.arange(self._others.size) == favourite)
        return mx.where((number >= self._most)[:, None], self._last, logits)

    def favourites(self, prompt, count):
        """The tokens that it says if it always takes the likeliest, at most so many."""
        words, tokens = self._words.tolist(), list(prompt)
        while len(tokens) < min(self._most, len(prompt) + count):
            tokens.append(words[sum(tokens) % len(words)])
        return tokens[len(prompt) :]


def _tiny(**changes):
    """A Llama of two layers with fixed weights, for arithmetic that takes no time."""
    args = {
        "model_type": "llama",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "intermediate_size": 40,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "rms_norm_eps": 1e-5,
        "vocab_size": 50,
    }
    return llama.Model(llama.ModelArgs.from_dict(args | changes))
