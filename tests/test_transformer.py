"""Lesson 06 taken at its word: its parts together are the built-in model."""

import json
import random

import mlx.core as mx
import pytest

from course import model
from course.checking import runner
from course.content import catalog
from course.model import corpus


def part(name):
    """The solution of an exercise: what a learner has under this name when all is passed."""
    return catalog.find(name).answer


def load_llama(folder):
    """As a learner writes it who has passed everything before it."""
    config = json.loads((folder / "config.json").read_text())
    dims, eps = config["hidden_size"], config["rms_norm_eps"]

    def make(config):
        heads = config["num_attention_heads"], config["num_key_value_heads"]
        attn = part("self_attention")(dims, *heads, config.get("head_dim"), config["rope_theta"])
        return part("block")(dims, attn, part("swiglu")(dims, config["intermediate_size"]), eps)

    network = part("llama")(config, make)
    weights = mx.load(str(folder / "model.safetensors"))
    network.load_weights([(key.removeprefix("model."), w) for key, w in weights.items()])
    network.set_dtype(mx.float32)
    return network


def test_the_parts_of_the_earlier_exercises_make_the_last_one():
    verdict = runner.check(catalog.find("load_llama"), load_llama)

    assert verdict.passed, verdict.message


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_parts_together_answer_as_mlx_lm_does(seed):
    asked = corpus.question(random.Random(seed), corpus.note(random.Random(seed)))
    network, (_, tokenizer) = load_llama(model.directory("notes")), model.load("notes")

    def generate(ids):
        cache = [part("kv_cache")(model.context("notes")) for _ in network.layers]
        return part("greedy")(network, cache, ids, 60, tokenizer.eos_token_id)

    said = part("ask")(generate, tokenizer, asked.prompt)

    assert said == model.generate(asked.prompt, max_tokens=60, name="notes")
    assert said
