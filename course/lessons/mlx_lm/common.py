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


class _Dice(nn.Module):
    """A language model that says one of a few words, whatever it has read, and then the end."""

    def __init__(self, words, logits, end, size):
        super().__init__()
        self.layers = [nn.Module()]
        self._words = mx.array(words)
        self._first = mx.full((size,), -30.0).at[self._words].add(mx.array(logits) + 30.0)
        self._end = mx.where(mx.arange(size) == end, 0.0, -30.0)

    def __call__(self, inputs, cache=None):
        if cache is not None:  # so that a cache has something to keep
            B, L = inputs.shape
            cache[0].update_and_fetch(mx.zeros((B, 1, L, 1)), mx.zeros((B, 1, L, 1)))
        said = (inputs[..., None] == self._words).any(axis=-1, keepdims=True)
        return mx.where(said, self._end, self._first)


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
