"""scribe_model, an exercise of lesson 08, mlx_lm."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx
import mlx_lm
from mlx.utils import tree_flatten
from mlx_lm.models import llama

from course.exercise import exercise
from course.probe import fill_parameters, outcome

from .common import _tiny, _uncompiled

scribe_model = exercise(minutes=12, level=3)


@scribe_model.solution
class _(llama.Model):
    """A model file for checkpoints of the type "scribe", which mlx_lm does not have.

    A scribe is a Llama; its checkpoint has other names, and some arrays are laid out otherwise:

        embed                  (V, D)            the embedding
        blocks.I.norm1         (D,)              the norm before attention, in block I
        blocks.I.qkv           (Q + K + K, D)    rows of q_proj, then of k_proj, then of v_proj
        blocks.I.out           (D, Q)            o_proj
        blocks.I.norm2         (D,)              the norm before the MLP
        blocks.I.gate_up       (2 * H, D)        rows of gate_proj, then of up_proj
        blocks.I.down          (H, D)            down_proj, transposed
        blocks.I.rope_table    (L, 2)            can be computed: the model has no place for it
        norm                   (D,)              the last norm

    Q is the number of heads times head_dim, K that of the key-value heads. Write `sanitize`, which
    `mlx_lm.utils.load_model` calls with a dict of all arrays: return a dict with the names and
    shapes of `llama.Model`'s parameters, such as `model.layers.0.self_attn.q_proj.weight`. All else
    is given; `self.args` has the sizes.
    """

    def sanitize(self, weights):
        # -- yours
        args = self.args
        head_dim = args.hidden_size // args.num_attention_heads
        q, k = args.num_attention_heads * head_dim, args.num_key_value_heads * head_dim
        new = {
            "model.embed_tokens.weight": weights["embed"],
            "model.norm.weight": weights["norm"],
        }
        for i in range(args.num_hidden_layers):
            old, layer = f"blocks.{i}", f"model.layers.{i}"
            parts = mx.split(weights[f"{old}.qkv"], [q, q + k])
            for name, part in zip("qkv", parts, strict=True):
                new[f"{layer}.self_attn.{name}_proj.weight"] = part
            gate, up = mx.split(weights[f"{old}.gate_up"], 2)
            new |= {
                f"{layer}.self_attn.o_proj.weight": weights[f"{old}.out"],
                f"{layer}.mlp.gate_proj.weight": gate,
                f"{layer}.mlp.up_proj.weight": up,
                f"{layer}.mlp.down_proj.weight": weights[f"{old}.down"].T,
                f"{layer}.input_layernorm.weight": weights[f"{old}.norm1"],
                f"{layer}.post_attention_layernorm.weight": weights[f"{old}.norm2"],
            }
        return new
        # -- end


def _checkpoint(folder, model):
    """Write a Llama as a scribe."""
    old = dict(tree_flatten(model.parameters()))
    args = model.args
    new = {"embed": old["model.embed_tokens.weight"], "norm": old["model.norm.weight"]}
    for i in range(args.num_hidden_layers):
        names = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
                 "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "input_layernorm",
                 "post_attention_layernorm")  # fmt: skip
        q, k, v, out, gate, up, down, norm1, norm2 = (
            old[f"model.layers.{i}.{name}.weight"] for name in names
        )
        block = {
            "qkv": mx.concatenate([q, k, v]),
            "out": out,
            "gate_up": mx.concatenate([gate, up]),
            "down": mx.contiguous(down.T),
            "norm1": norm1,
            "norm2": norm2,
            "rope_table": mx.ones((16, 2)),
        }
        new |= {f"blocks.{i}.{name}": array for name, array in block.items()}
    config = {
        "model_type": "scribe",
        "width": args.hidden_size,
        "depth": args.num_hidden_layers,
        "inner": args.intermediate_size,
        "heads": args.num_attention_heads,
        "kv_heads": args.num_key_value_heads,
        "epsilon": args.rms_norm_eps,
        "vocabulary": args.vocab_size,
    }
    mx.save_safetensors(str(folder / "model.safetensors"), new)
    (folder / "config.json").write_text(json.dumps(config))


@dataclass
class ScribeArgs(llama.ModelArgs):
    """Reads a scribe's config.json, which has other names for the same numbers."""

    @classmethod
    def from_dict(cls, config):
        return cls(
            model_type=config["model_type"],
            hidden_size=config["width"],
            num_hidden_layers=config["depth"],
            intermediate_size=config["inner"],
            num_attention_heads=config["heads"],
            num_key_value_heads=config["kv_heads"],
            rms_norm_eps=config["epsilon"],
            vocab_size=config["vocabulary"],
        )


@scribe_model.use(logits="matmul", loaded="reading")
def _(answer, rng):
    original = fill_parameters(_tiny(), by_name=True, seed=int(rng.integers(1 << 20)))
    tokens = mx.array(rng.integers(0, 50, size=(1, 6)))
    logits = None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _checkpoint(folder, original)

        def load():
            nonlocal logits
            model, _ = mlx_lm.utils.load_model(
                folder, get_model_classes=lambda config: (answer, ScribeArgs)
            )
            logits = model(tokens)
            mx.eval(logits)

        with _uncompiled():
            loaded = outcome(load)
    return {"loaded": " ".join(loaded.split())[:160], "logits": logits}


scribe_model.says(
    passed="Most of the model files in mlx_lm are this: a known body and a sanitize.",
    loaded="How loading ended",
    logits="Logits for six tokens, against the model that the checkpoint was made from",
)


@scribe_model.alternative
class _(llama.Model):
    def sanitize(self, weights):
        names = {
            "embed": "embed_tokens",
            "blocks": "layers",
            "norm1": "input_layernorm",
            "norm2": "post_attention_layernorm",
            "out": "self_attn.o_proj",
            "down": "mlp.down_proj",
        }
        new = {}
        for name, w in weights.items():
            *place, what = [names.get(part, part) for part in name.split(".")]
            prefix = ".".join(["model", *place])
            if what == "qkv":
                q, k = w.shape[1], self.model.layers[0].self_attn.k_proj.weight.shape[0]
                new[f"{prefix}.self_attn.q_proj.weight"] = w[:q]
                new[f"{prefix}.self_attn.k_proj.weight"] = w[q : q + k]
                new[f"{prefix}.self_attn.v_proj.weight"] = w[-k:]
            elif what == "gate_up":
                half = len(w) // 2
                new[f"{prefix}.mlp.gate_proj.weight"] = w[:half]
                new[f"{prefix}.mlp.up_proj.weight"] = w[half:]
            elif what != "rope_table":
                new[f"{prefix}.{what}.weight"] = w.T if "down" in what else w
        return new


def _scribe(
    weights, args, thirds=False, keys_last=False, up_first=False, straight=False, rest=False
):
    """A sanitize with one mistake or another."""
    head_dim = args.hidden_size // args.num_attention_heads
    q, k = args.num_attention_heads * head_dim, args.num_key_value_heads * head_dim
    new = {"model.embed_tokens.weight": weights["embed"], "model.norm.weight": weights["norm"]}
    for i in range(args.num_hidden_layers):
        old, layer = f"blocks.{i}", f"model.layers.{i}"
        parts = mx.split(weights[f"{old}.qkv"], 3 if thirds else [q, q + k])
        for name, part in zip("qvk" if keys_last else "qkv", parts, strict=True):
            new[f"{layer}.self_attn.{name}_proj.weight"] = part
        gate, up = mx.split(weights[f"{old}.gate_up"], 2)
        down = weights[f"{old}.down"]
        new |= {
            f"{layer}.self_attn.o_proj.weight": weights[f"{old}.out"],
            f"{layer}.mlp.gate_proj.weight": up if up_first else gate,
            f"{layer}.mlp.up_proj.weight": gate if up_first else up,
            f"{layer}.mlp.down_proj.weight": down if straight else down.T,
            f"{layer}.input_layernorm.weight": weights[f"{old}.norm1"],
            f"{layer}.post_attention_layernorm.weight": weights[f"{old}.norm2"],
        }
        if rest:
            new[f"{layer}.rope_table"] = weights[f"{old}.rope_table"]
    return new


@scribe_model.misconception(
    "equal_thirds",
    "`qkv` was cut into three equal parts, and MLX refused: {loaded}. With fewer key-value heads "
    "than heads, the part of the queries is the larger one.",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, thirds=True)


@scribe_model.misconception(
    "down_not_turned",
    "One array has its two axes the other way round: {loaded}. GPT-2's checkpoints are like that "
    "throughout. What would have warned you if the matrix had been square?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, straight=True)


@scribe_model.misconception(
    "gate_and_up_exchanged",
    "It loads, and what it says is wrong: `gate_proj` and `up_proj` have each other's weights. "
    "Their shapes are equal, so no loader can notice. Which of the two goes through the SiLU?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, up_first=True)


@scribe_model.misconception(
    "keys_and_values_exchanged",
    "It loads, and what it says is wrong: keys and values have each other's weights. Their shapes "
    "are equal, so no loader can notice. What is the order in `qkv`?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, keys_last=True)


@scribe_model.misconception(
    "table_kept",
    "MLX refused the checkpoint because there is something in it that the model has no parameter "
    "for: {loaded}. A table that can be computed is in many files; a loader leaves it out, and "
    "does not switch off the check that found it.",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, rest=True)


@scribe_model.misconception(
    "names_as_they_are",
    "MLX refused the checkpoint: {loaded}. It goes by names, and these are the file's. Print "
    "`tree_flatten(model.parameters())` of a Llama for the names that it wants.",
)
class _(llama.Model):
    def sanitize(self, weights):
        return weights


scribe_model.hints(
    "Which names does a Llama want? `tree_flatten(llama.Model(args).parameters())` lists them.",
    "Go through the blocks. `mx.split(array, [a, b])` cuts at rows a and b; one array has to be "
    "transposed; one has no place.",
    "Cut `qkv` at Q and Q + K, halve `gate_up`, take `down.T`, leave out `rope_table`, and put "
    "`.weight` behind every new name.",
)
