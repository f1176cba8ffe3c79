"""Others' answers to adapt_model."""

from mlx_lm.tuner.lora import LoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers

from course.author.answers import right, wrong

KEYS = ["self_attn.q_proj", "self_attn.v_proj"]


@right("freeze, then convert")
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(
        model, blocks, {"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": KEYS}
    )


@right("keywords, a tuple of keys")
def _(model, blocks: int, rank: int, alpha: float) -> None:
    model.freeze()
    linear_to_lora_layers(
        model=model,
        num_layers=blocks,
        config={"keys": tuple(KEYS), "rank": rank, "dropout": 0.0, "scale": float(alpha) / rank},
    )
    return None


@right("freeze the wrapped layers one by one")
def _(model, blocks, rank, alpha):
    model.apply_to_modules(lambda path, module: module.freeze(recurse=False))
    linear_to_lora_layers(
        model,
        blocks,
        {"rank": rank, "scale": alpha * rank**-1, "dropout": 0.0, "keys": KEYS},
        use_dora=False,
    )


@wrong("all linear layers", named="every_linear")
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(model, blocks, {"rank": rank, "scale": alpha / rank, "dropout": 0.0})


@wrong("keys without self_attn", named="last_part_of_the_name")
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(
        model,
        blocks,
        {"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": ["q_proj", "v_proj"]},
    )


@wrong("query and key", named="query_and_key")
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(
        model,
        blocks,
        {
            "rank": rank,
            "scale": alpha / rank,
            "dropout": 0.0,
            "keys": ["self_attn.q_proj", "self_attn.k_proj"],
        },
    )


@wrong("DoRA", named="dora")
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(
        model,
        blocks,
        {"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": KEYS},
        use_dora=True,
    )


@wrong("alpha in the config")
def _(model, blocks, rank, alpha):
    model.freeze()
    linear_to_lora_layers(
        model, blocks, {"rank": rank, "alpha": alpha, "dropout": 0.0, "keys": KEYS}
    )


@wrong("the first blocks", named="first_blocks")
def _(model, blocks, rank, alpha):
    model.freeze()
    for layer in model.layers[:blocks]:
        for name in ("q_proj", "v_proj"):
            setattr(
                layer.self_attn,
                name,
                LoRALinear.from_base(getattr(layer.self_attn, name), r=rank, scale=alpha / rank),
            )


@wrong("only A trainable", named="a_alone")
def _(model, blocks, rank, alpha):
    linear_to_lora_layers(
        model, blocks, {"rank": rank, "scale": alpha / rank, "dropout": 0.0, "keys": KEYS}
    )
    model.freeze()
    model.unfreeze(keys=["lora_a"])
