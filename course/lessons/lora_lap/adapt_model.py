"""adapt_model, an exercise of lesson 09, lora_lap."""

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten
from mlx_lm.models import llama
from mlx_lm.tuner.lora import LoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers

from course.exercise import exercise
from course.probe import fill_parameters

adapt_model = exercise(minutes=6, level=2, mutates=("model",))


@adapt_model.solution
def _(model, blocks, rank, alpha):
    """Make a model ready for LoRA, in place.

    `model` is one of mlx_lm's, a Llama. In its last `blocks` blocks `self_attn.q_proj` and
    `self_attn.v_proj` get an adapter of rank `rank`, without dropout, and nothing but the adapters
    is trainable afterwards. `alpha` is what a paper or another library calls by that name: the
    correction is A B times alpha / rank. Use `linear_to_lora_layers` of mlx_lm, which is imported;
    return nothing.
    For 2 blocks of a model there are 8 trainable arrays then.
    """
    model.freeze()
    keys = ["self_attn.q_proj", "self_attn.v_proj"]
    config = {"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": keys}
    linear_to_lora_layers(model, blocks, config)


@adapt_model.use
def _(answer, rng):
    sizes = dict(
        model_type="llama", hidden_size=8, num_hidden_layers=3, intermediate_size=12,
        num_attention_heads=2, num_key_value_heads=1, rms_norm_eps=1e-5, vocab_size=16,
    )  # fmt: skip
    model = fill_parameters(llama.Model(llama.ModelArgs(**sizes)), by_name=True)
    rank = int(rng.integers(2, 4))
    answer(model, 2, rank, 8 * rank if rng.random() < 0.5 else 12 * rank)
    adapted = [name for name, module in model.named_modules() if hasattr(module, "lora_a")]
    trainable = dict(tree_flatten(model.trainable_parameters()))
    before = {n: mx.array(w) for n, w in tree_flatten(model.parameters()) if "lora" not in n}
    if trainable:
        rows = mx.array(rng.integers(0, 16, (2, 6)))

        def loss_fn(model):
            return nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:], reduction="mean")

        _, gradients = nn.value_and_grad(model, loss_fn)(model)
        optim.SGD(learning_rate=0.1).update(model, gradients)
    after = dict(tree_flatten(model.parameters()))
    scales = {float(m.scale) for _, m in model.named_modules() if hasattr(m, "lora_a")}
    places = sorted({name.removeprefix("model.").replace("_proj", "") for name in adapted})
    return {
        "adapted": ", ".join(places) or "nowhere",
        "trainable": len(trainable),
        "ranks": sum(w.size for n, w in trainable.items() if "lora" in n),
        "scale": max(scales, default=0.0),
        "moved": sum(bool((after[n] != w).any()) for n, w in before.items()),
    }


adapt_model.says(
    passed="What `mlx_lm.lora` does before its first step, and what it freezes before that.",
    adapted="Adapters at",
    trainable="Trainable arrays",
    ranks="Numbers in the trained adapters",
    scale="Factor of the correction",
    moved="Arrays of the base that one step changes",
)


@adapt_model.alternative
def _(model, blocks, rank, alpha):
    model.freeze()
    for block in model.layers[-blocks:]:
        for name in ("q_proj", "v_proj"):
            base = block.self_attn[name]
            block.self_attn[name] = LoRALinear.from_base(base, r=rank, scale=alpha / rank)


@adapt_model.alternative
def _(model, blocks, rank, alpha):
    keys = {f"self_attn.{letter}_proj" for letter in "qv"}
    config = dict(rank=rank, scale=alpha / rank, dropout=0.0, keys=keys)
    linear_to_lora_layers(model, blocks, config)
    model.freeze()
    model.unfreeze(keys=["lora_a", "lora_b"])


def _adapted(
    model,
    blocks,
    rank,
    scale,
    freeze=True,
    late=False,
    keys=("self_attn.q_proj", "self_attn.v_proj"),
):
    """Adapters with one mistake or another."""
    if freeze and not late:
        model.freeze()
    config = {
        "rank": rank,
        "scale": scale,
        "dropout": 0.0,
        "keys": None if keys is None else [*keys],
    }
    linear_to_lora_layers(model, blocks, config)
    if late:
        model.freeze()


@adapt_model.misconception(
    "base_not_frozen",
    "{trainable} arrays are trainable, and {trainable:expected} should be: the base is among them. "
    "One step moves {moved} of its arrays. `linear_to_lora_layers` adds, and it freezes nothing; "
    "the command mlx_lm.lora does that one line before.",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, freeze=False)


@adapt_model.misconception(
    "frozen_afterwards",
    "The adapters are there, and {trainable} arrays are trainable: `freeze` met the adapters too. "
    "`value_and_grad` would tell you that there is nothing to differentiate by. What is the order?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, late=True)


@adapt_model.misconception(
    "last_part_of_the_name",
    "No layer has an adapter, {trainable} arrays are trainable, and nothing said so. Keys are the "
    "names within a block, and what does not match is passed over in silence. How do you see a "
    "block's names?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, keys=["q_proj", "v_proj"])


@adapt_model.misconception(
    "every_linear",
    "Adapters are at {adapted}; they should be at {adapted:expected}. Without `keys` every linear "
    "layer of a block gets one: a choice that often pays, and not the one that was asked for.",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, keys=None)


@adapt_model.misconception(
    "first_blocks",
    "Adapters are at {adapted}; they should be at {adapted:expected}. The blocks near the output "
    "are meant. From which end does one count?",
)
def _(model, blocks, rank, alpha):
    model.freeze()
    for block in model.layers[:blocks]:
        for name in ("q_proj", "v_proj"):
            base = block.self_attn[name]
            block.self_attn[name] = LoRALinear.from_base(base, r=rank, scale=alpha / rank)


@adapt_model.misconception(
    "alpha_as_scale",
    "The correction is multiplied by {scale}, and alpha / rank is {scale:expected}. mlx_lm has no "
    "alpha: its `scale` is the whole factor. Training at several times the scale is like training "
    "at several times the learning rate.",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, float(alpha))


@adapt_model.misconception(
    "alpha_key",
    "mlx_lm refused: it looks for `scale`, and finds what other libraries' files have. What is "
    "`scale` in terms of alpha and rank?",
)
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(model, blocks, {"rank": rank, "alpha": alpha, "dropout": 0.0})


adapt_model.hints(
    "What must be true of the base before adapters come, and what of alpha?",
    "Freeze first. Then `linear_to_lora_layers(model, blocks, config)` with rank, scale, dropout, "
    "keys.",
    '`{"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": ["self_attn.q_proj", '
    '"self_attn.v_proj"]}`, after `model.freeze()`.',
)
