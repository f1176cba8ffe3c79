"""scribe_model, an exercise of lesson 08, mlx_lm."""

import json
import re
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
            head_dim=config["width"] // config["heads"],
        )


def _watched(answer, arrays):
    """The answer, whose `sanitize` also writes down what it returns."""

    class Watched(answer):
        def sanitize(self, weights):
            new = super().sanitize(weights)
            arrays.update(new)
            return new

    return Watched


def _short(name):
    return re.sub(r".*layers\.\d+\.|\.weight", "", name)


def _few(names):
    return ", ".join([*sorted(names)[:4], *["…"] * (len(names) > 4)]) or "none"


@scribe_model.use(logits="matmul", loaded="reading")
def _(answer, rng):
    heads, kv_heads = (int(n) for n in rng.choice([(4, 1), (4, 2), (8, 2)]))
    original = fill_parameters(
        _tiny(
            hidden_size=int(rng.choice([32, 64])),
            num_hidden_layers=int(rng.integers(1, 4)),
            intermediate_size=int(rng.choice([40, 48])),
            num_attention_heads=heads,
            num_key_value_heads=kv_heads,
        ),
        by_name=True,
        seed=int(rng.integers(1 << 20)),
    )
    expected = dict(tree_flatten(original.parameters()))
    tokens = mx.array(rng.integers(0, 50, size=(1, 6)))
    arrays, logits = {}, mx.zeros((1, 6, 50))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _checkpoint(folder, original)

        def load():
            nonlocal logits
            model, _ = mlx_lm.utils.load_model(
                folder, get_model_classes=lambda config: (_watched(answer, arrays), ScribeArgs)
            )
            logits = model(tokens)
            mx.eval(logits)

        with _uncompiled():
            loaded = outcome(load)
    same = {name: array for name, array in arrays.items() if name in expected}
    shapes = {
        f"{_short(name)} is {array.shape}"
        for name, array in same.items()
        if array.shape != expected[name].shape
    }
    other = {
        _short(name)
        for name, array in same.items()
        if array.shape == expected[name].shape and not mx.array_equal(array, expected[name]).item()
    }
    unknown = {re.sub(r"\.\d+\.", ".", name) for name in arrays.keys() - expected.keys()}
    tables = {name for name in unknown if "rope_table" in name}
    return {
        "tables": "yes" if tables else "no",
        "unknown": _few(unknown - tables),
        "missing": _few({re.sub(r"\.\d+\.", ".", n) for n in expected.keys() - arrays.keys()}),
        "shapes": _few(shapes),
        "other": _few(other),
        "loaded": loaded.partition(":")[0],
        "logits": logits,
    }


scribe_model.says(
    passed="Most of the model files in mlx_lm are this: a known body and a sanitize.",
    tables="Whether a rope_table is returned",
    unknown="Names for which the model has no parameter",
    missing="Parameters for which there is no array",
    shapes="Shapes that are not the parameters'",
    other="Parameters that have other numbers than in the model",
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
                new[f"{prefix}.{what}.weight"] = w.T if what == "mlp.down_proj" else w
        return new


scribe_model.same_as(
    "solution",
    "keyword dropped",
    "zip('qkv', parts, strict=True)",
    "cut at two places there are three parts",
)
scribe_model.same_as(
    "solution", "constant", "strict=True", "cut at two places there are three parts"
)
scribe_model.same_as(
    "alternative 1", "constant", "self.model.layers[0]", "all layers have the same sizes"
)


def _scribe(
    weights,
    args,
    order="qkv",
    thirds=False,
    up_first=False,
    interleaved=False,
    straight=False,
    turned=False,
    rest=False,
    norms=("input_layernorm", "post_attention_layernorm"),
):
    """A sanitize with one mistake or another."""
    head_dim = args.hidden_size // args.num_attention_heads
    q, k = args.num_attention_heads * head_dim, args.num_key_value_heads * head_dim
    new = {"model.embed_tokens.weight": weights["embed"], "model.norm.weight": weights["norm"]}
    for i in range(args.num_hidden_layers):
        old, layer = f"blocks.{i}", f"model.layers.{i}"
        parts = mx.split(weights[f"{old}.qkv"], 3 if thirds else [q, q + k])
        for name, part in zip(order, parts, strict=True):
            new[f"{layer}.self_attn.{name}_proj.weight"] = part
        both, down, out = (weights[f"{old}.{part}"] for part in ("gate_up", "down", "out"))
        gate, up = (both[::2], both[1::2]) if interleaved else mx.split(both, 2)
        new |= {
            f"{layer}.self_attn.o_proj.weight": out.T if turned else out,
            f"{layer}.mlp.gate_proj.weight": up if up_first else gate,
            f"{layer}.mlp.up_proj.weight": gate if up_first else up,
            f"{layer}.mlp.down_proj.weight": down if straight else down.T,
            f"{layer}.{norms[0]}.weight": weights[f"{old}.norm1"],
            f"{layer}.{norms[1]}.weight": weights[f"{old}.norm2"],
        }
        if rest:
            new[f"{layer}.rope_table"] = weights[f"{old}.rope_table"]
    return new


@scribe_model.misconception(
    "equal_thirds",
    "`q_proj`, `k_proj` and `v_proj` all have a third of the rows of `qkv`: {shapes}. With as "
    "many key-value heads as heads that would be right. Which of the three parts is the larger "
    "one?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, thirds=True)


@scribe_model.misconception(
    "down_not_turned",
    "Some arrays have another shape than the model's parameters: {shapes}. GPT-2's checkpoints "
    "are like that throughout. What would have warned you if the matrix had been square?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, straight=True)


@scribe_model.misconception(
    "out_turned",
    "`o_proj` has its two axes the other way round. It is square here, so no loader can notice. "
    "Which of the file's arrays is said to be transposed?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, turned=True)


@scribe_model.misconception(
    "gate_and_up_exchanged",
    "It loads, and what it says is wrong: `gate_proj` and `up_proj` have each other's weights. "
    "Their shapes are equal, so no loader can notice. Which of the two goes through the SiLU?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, up_first=True)


@scribe_model.misconception(
    "gate_and_up_interleaved",
    "It loads, and what it says is wrong: `gate_proj` has every other row of `gate_up`, and "
    "`up_proj` the rest. Some checkpoints are laid out so. How are they here?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, interleaved=True)


@scribe_model.misconception(
    "keys_and_values_exchanged",
    "It loads, and what it says is wrong: keys and values have each other's weights. Their shapes "
    "are equal, so no loader can notice. What is the order in `qkv`?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, "qvk")


@scribe_model.misconception(
    "norms_exchanged",
    "It loads, and what it says is wrong: the two norms of each block have each other's weights. "
    "The one after attention is the one before the MLP. Which is `norm1`?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, norms=("post_attention_layernorm", "input_layernorm"))


@scribe_model.misconception(
    "table_kept",
    "All else is right, and there is one array that the model has no parameter for, and loading "
    "ended in a {loaded}. A table that can be computed is in many files. Must what stands in a "
    "file be returned?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return _scribe(weights, self.args, rest=True)


@scribe_model.misconception(
    "no_model_in_front",
    "The names that you return are not the model's: {unknown}. They are right within the body. "
    "What stands in front of them in `tree_flatten(model.parameters())` of a Llama?",
)
class _(llama.Model):
    def sanitize(self, weights):
        return {k.removeprefix("model."): w for k, w in _scribe(weights, self.args).items()}


@scribe_model.misconception(
    "names_as_they_are",
    "The names that you return are the file's: {unknown}. A loader goes by names and finds no "
    "parameter for them. Which names does `tree_flatten(model.parameters())` of a Llama show?",
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
