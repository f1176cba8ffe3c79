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
    layers, count = int(rng.integers(3, 5)), int(rng.integers(1, 4))
    sizes = dict(
        model_type="llama", hidden_size=4 * int(rng.integers(1, 4)), num_hidden_layers=layers,
        intermediate_size=12, num_attention_heads=2, num_key_value_heads=1, rms_norm_eps=1e-5,
        vocab_size=16,
    )  # fmt: skip
    model = fill_parameters(llama.Model(llama.ModelArgs(**sizes)), by_name=True)
    rank = int(rng.integers(2, 5))
    answer(model, count, rank, int(rng.choice([6, 8, 12])) * rank)
    adapted = {name: m for name, m in model.named_modules() if hasattr(m, "lora_a")}
    trainable = dict(tree_flatten(model.trainable_parameters()))
    before = {n: mx.array(w) for n, w in tree_flatten(model.parameters()) if "lora" not in n}
    if trainable:
        rows = mx.array(rng.integers(0, 16, (2, 6)))

        def loss_fn(model):
            return nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:], reduction="mean")

        _, gradients = nn.value_and_grad(model, loss_fn)(model)
        optim.SGD(learning_rate=0.1).update(model, gradients)
    after = dict(tree_flatten(model.parameters()))
    x = mx.ones((64, int(sizes["hidden_size"])))
    places = sorted({name.removeprefix("model.").replace("_proj", "") for name in adapted})
    kinds = {name.rpartition(".")[2] for name in trainable if "lora" in name}
    return {
        "adapted": ", ".join(places) or "nowhere",
        "trainable": len(trainable),
        "kinds": ", ".join(sorted(kinds)) or "none",
        "ranks": sum(w.size for n, w in trainable.items() if "lora" in n),
        "scale": max((float(m.scale) for m in adapted.values()), default=0.0),
        "dropout": any(bool((m.dropout(x) != x).any()) for m in adapted.values() if "dropout" in m),
        "moved": sum(bool((after[n] != w).any()) for n, w in before.items()),
    }


adapt_model.says(
    passed="What `mlx_lm.lora` does before its first step, and what it freezes before that.",
    adapted="Adapters at",
    trainable="Trainable arrays",
    kinds="Arrays of the adapters that are trainable",
    ranks="Numbers in the trained adapters",
    scale="Factor of the correction",
    dropout="Whether an adapter has dropout",
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
    keys = {"self_attn.q_proj", "self_attn.v_proj"}
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
    "{trainable} arrays are trainable, and {trainable:expected} should be: one step moves {moved} "
    "arrays of the base. `linear_to_lora_layers` adds adapters, and it freezes nothing. Who says "
    "that the base is not to learn?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, freeze=False)


@adapt_model.misconception(
    "frozen_afterwards",
    "The adapters are there, and {trainable} arrays are trainable: the adapters are frozen as "
    "well. A model's `freeze` meets all that is in it at that moment. What is the order?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, late=True)


@adapt_model.misconception(
    "last_part_of_the_name",
    "No layer has an adapter, and {trainable} arrays are trainable. mlx_lm gives no error where no "
    "layer of a block has one of the names that it gets as keys. What are the layers called, seen "
    "from their block?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, keys=["q_proj", "v_proj"])


@adapt_model.misconception(
    "every_linear",
    "Adapters are at {adapted}; they should be at {adapted:expected}. Every linear layer of a "
    "block has one, as where mlx_lm is given no `keys`: a choice that often pays. Which layers "
    "does the statement name?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, keys=None)


@adapt_model.misconception(
    "first_blocks",
    "Adapters are at {adapted}; they should be at {adapted:expected}. Those are the first blocks, "
    "and a slice up to `blocks` looks like the right number. Which blocks are nearest to the "
    "output?",
)
def _(model, blocks, rank, alpha):
    model.freeze()
    for block in model.layers[:blocks]:
        for name in ("q_proj", "v_proj"):
            base = block.self_attn[name]
            block.self_attn[name] = LoRALinear.from_base(base, r=rank, scale=alpha / rank)


@adapt_model.misconception(
    "alpha_as_scale",
    "The correction is multiplied by {scale}, which is alpha, and alpha / rank is "
    "{scale:expected}. mlx_lm has no alpha: its `scale` is the whole factor. What is left to "
    "divide by?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, float(alpha))


@adapt_model.misconception(
    "alpha_key",
    "mlx_lm stopped: it looks for `scale` in the config, and there is none. Other libraries write "
    "`alpha` there. What is `scale` in terms of alpha and rank?",
)
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(model, blocks, {"rank": rank, "alpha": alpha, "dropout": 0.0})


@adapt_model.misconception(
    "query_and_key",
    "Adapters are at {adapted}; they should be at {adapted:expected}. Queries and keys make the "
    "attention's weights, and belong together there. Which two does the statement name?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, keys=["self_attn.q_proj", "self_attn.k_proj"])


@adapt_model.misconception(
    "dora",
    "{trainable} arrays are trainable, and {trainable:expected} should be; the base stays as it "
    "is. Each adapter has an array more, the lengths of a DoRA layer. It often learns better; "
    "which of the two does the statement ask for?",
)
def _(model, blocks, rank, alpha):
    model.freeze()
    keys = ["self_attn.q_proj", "self_attn.v_proj"]
    config = {"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": keys}
    linear_to_lora_layers(model, blocks, config, use_dora=True)


@adapt_model.misconception(
    "a_alone",
    "The adapters are there, and of their arrays {kinds} alone is trainable. B begins at zero, and "
    "where it stays zero A gets no gradient. Which arrays has an adapter?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, blocks, rank, alpha / rank, late=True)
    model.unfreeze(keys=["lora_a"])


@adapt_model.misconception(
    "dropout_left",
    "All is right but that the adapters have dropout. Many recipes have 0.05 or 0.1. What does the "
    "statement say?",
)
def _(model, blocks, rank, alpha):
    model.freeze()
    keys = ["self_attn.q_proj", "self_attn.v_proj"]
    config = {"rank": rank, "scale": alpha / rank, "dropout": 0.05, "keys": keys}
    linear_to_lora_layers(model, blocks, config)


@adapt_model.misconception(
    "every_block",
    "Adapters are at {adapted}; they should be at {adapted:expected}. Every block has them. How "
    "many blocks should, and which?",
)
def _(model, blocks, rank, alpha):
    _adapted(model, len(model.layers), rank, alpha / rank)


adapt_model.hints(
    "What must be true of the base before adapters come, and what of alpha?",
    "Freeze first. Then `linear_to_lora_layers(model, blocks, config)` with rank, scale, dropout, "
    "keys.",
    '`{"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": ["self_attn.q_proj", '
    '"self_attn.v_proj"]}`, after `model.freeze()`.',
)
_ORDER = "keys are a set of names"
adapt_model.same_as(
    "solution", "entries swapped", "['self_attn.q_proj', 'self_attn.v_proj']", _ORDER
)
adapt_model.same_as("alternative 2", "entries swapped", "['lora_a', 'lora_b']", _ORDER)
adapt_model.always(model_shape="its sizes vary; it has more arrays than are looked at in a call")
