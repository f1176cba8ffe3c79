"""Train the built-in models: `python -m course.model.train OUT`, with MLX, from nothing.

On one NVIDIA H200 it takes minutes; on a CPU or a Mac give it fewer steps. Writes what mlx_lm
loads, and training.json with the settings, the loss curve and what it took.
"""

import argparse
import datetime
import json
import multiprocessing
import os
import platform
import random
import shutil
import subprocess
import tempfile
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from course.model import corpus
from course.model import tokenizer as tokens
from course.model.unfamiliar import unfamiliar

WIDTHS = (128, 192, 256, 320, 416)  # documents of like lengths are trained on together
CONTEXT = 512
SHAPES = {
    "notes": {"hidden_size": 384, "num_hidden_layers": 5, "intermediate_size": 768},
    "draft": {"hidden_size": 128, "num_hidden_layers": 2, "intermediate_size": 384},
}
# Of a token that the user says, at first and at last; what the assistant says counts 1. Notes are
# half chance: once their language is learnt, their loss only drowns that of the answers.
PROMPT_WEIGHT = (0.2, 0.02)
APART = 1.0  # length of what tells unused tokens apart; embeddings are two to three long


def config(name: str, width: int = 0, layers: int = 0) -> dict[str, Any]:
    """config.json of "notes" or "draft": a Llama with tied embeddings.

    Args:
        name: which; its shape is in ``SHAPES``.
        width: in place of its own; the MLP is three times as wide.
        layers: in place of its own.
    """
    shape = dict(SHAPES[name])
    if width:
        shape |= {"hidden_size": width, "intermediate_size": 3 * width}
    if layers:
        shape["num_hidden_layers"] = layers
    width = shape["hidden_size"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        **shape,
        "num_attention_heads": width // 32,
        "num_key_value_heads": width // 64,
        "rms_norm_eps": 1e-5,
        "vocab_size": tokens.SIZE,
        "rope_theta": 10000.0,
        "tie_word_embeddings": True,
        "max_position_embeddings": CONTEXT,
        "bos_token_id": tokens.START,
        "eos_token_id": tokens.END,
        "pad_token_id": tokens.PAD,
        "torch_dtype": "float16",
    }


def _shard(job: tuple[str, int, int]) -> np.ndarray:
    """Documents as rows of tokens, padded: uint16, shape (count, WIDTHS[-1])."""
    text, seed, count = job
    tokenizer = Tokenizer.from_str(text)
    rng = random.Random(seed)
    rows = np.zeros((count, WIDTHS[-1]), np.uint16)
    filled = 0
    while filled < count:
        drawn = [corpus.conversation(rng) for _ in range(min(500, count))]
        texts = [tokens.document(unfamiliar(rng, turns)) for turns in drawn]
        for encoding in tokenizer.encode_batch(texts):
            if len(encoding.ids) <= WIDTHS[-1] and filled < count:
                rows[filled, : len(encoding.ids)] = encoding.ids
                filled += 1
    return rows


def documents(tokenizer: Tokenizer, count: int, seed: int) -> np.ndarray:
    """Training documents, uint16 of shape (count, WIDTHS[-1]); made by all cores."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    size = 10_000
    shards = -(-count // size)
    jobs = [(tokenizer.to_str(), seed * shards + i, min(size, count)) for i in range(shards)]
    with multiprocessing.get_context("spawn").Pool() as pool:
        return np.concatenate(pool.map(_shard, jobs))[:count]


def _shelves(rows: np.ndarray) -> list[np.ndarray]:
    """The documents by length, each shelf as wide as its longest may be: less padding."""
    lengths, narrower, shelves = (rows != tokens.PAD).sum(1), 0, []
    for width in WIDTHS:
        shelf = rows[(lengths > narrower) & (lengths <= width), :width]
        shelves += [shelf] if len(shelf) else []
        narrower = width
    return shelves


def train(
    shape: dict[str, Any],
    rows: np.ndarray,
    steps: int,
    batch: int,
    rate: float,
    seed: int,
    prompt_weight: tuple[float, float] = PROMPT_WEIGHT,
    start_from: Path | None = None,
) -> Any:
    """A trained model, and the losses on the way: a row (step, loss, seconds) now and then.

    Args:
        shape: as ``config`` gives it.
        rows: training documents, uint16 of shape (N, WIDTHS[-1]); the last two batches' worth,
            1,024 at most, are for validation.
        steps: of the optimizer.
        batch: documents a step.
        rate: the highest learning rate.
        seed: of the weights and of the order.
        prompt_weight: of what the user says, at the first step and at the last.
        start_from: a model's directory whose weights are trained on; else they are random.
    """
    import mlx.core as mx
    import mlx.nn as nn
    import mlx.optimizers as optim
    from mlx.utils import tree_map
    from mlx_lm.models import llama

    mx.random.seed(seed)
    model = llama.Model(llama.ModelArgs.from_dict(shape))
    if start_from:
        model.load_weights(str(start_from / "model.safetensors"))
        model.set_dtype(mx.float32)
    warmup = max(1, min(200, steps // 10))
    schedule = optim.join_schedules(
        [optim.linear_schedule(0, rate, warmup), optim.cosine_decay(rate, steps - warmup, 1e-5)],
        [warmup],
    )
    optimizer = optim.AdamW(learning_rate=schedule, weight_decay=0.05, betas=[0.9, 0.98])
    weights: Any = model.parameters()
    optimizer.init(weights)
    mx.eval(weights)
    # Weights and optimizer stay in float32; on a GPU the arithmetic is done in bfloat16.
    half = mx.bfloat16 if mx.default_device() == mx.gpu else mx.float32

    def loss_fn(weights: Any, row: mx.array, said: mx.array | float) -> mx.array:
        model.update(tree_map(lambda w: w.astype(half), weights))
        row = row.astype(mx.int32)
        inputs, targets = row[:, :-1], row[:, 1:]
        # inside an answer: more assistant tokens than user tokens so far, and not yet the end
        turn = mx.cumsum((inputs == tokens.ASSISTANT).astype(mx.int32), axis=1)
        ended = mx.cumsum((inputs == tokens.END).astype(mx.int32), axis=1)
        weight = mx.where(turn > ended, 1.0, said) * (targets != tokens.PAD)
        losses = nn.losses.cross_entropy(model(inputs).astype(mx.float32), targets)
        return (losses * weight).sum() / weight.sum()

    state = [weights, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def step(row: mx.array, said: mx.array) -> mx.array:
        loss, grads = mx.value_and_grad(loss_fn)(weights, row, said)
        grads, _ = optim.clip_grad_norm(grads, 1.0)
        weights.update(optimizer.apply_gradients(grads, weights))
        return loss

    count = min(1024, 2 * batch)
    held, chance = mx.array(rows[-count:]), np.random.default_rng(seed)
    shelves = _shelves(rows[:-count])
    shares = [len(shelf) / (len(rows) - count) for shelf in shelves]
    shelves = [mx.array(shelf) for shelf in shelves]
    seen, curve = 0, []
    start = time.perf_counter()
    for i in range(1, steps + 1):
        shelf = shelves[chance.choice(len(shelves), p=shares)]
        said = mx.array(prompt_weight[0] + (prompt_weight[1] - prompt_weight[0]) * i / steps)
        loss = step(shelf[mx.array(chance.integers(0, len(shelf), batch))], said)
        seen += batch * (shelf.shape[1] - 1)
        mx.eval(state, loss)
        if i == 1 or i % max(1, steps // 100) == 0:
            seconds = time.perf_counter() - start
            parts = [loss_fn(weights, part, 0.0) for part in held.split(max(1, count // 128))]
            answers = mx.mean(mx.stack(parts))
            row = {"step": i, "loss": loss.item(), "answers": answers.item(), "seconds": seconds}
            curve.append(row | ({"watts": watts} if (watts := _watts()) else {}))
            print(
                f"step {i:6,}  loss {loss.item():.4f}  held-back answers {answers.item():.4f}  "
                f"{seconds:6.1f} s  {seen / seconds:,.0f} tokens/s",
                flush=True,
            )
            start = time.perf_counter() - seconds  # judging is not training
    model.update(weights)
    return model, curve


def tell_apart(model: Any, rows: np.ndarray, seed: int) -> int:
    """Give each token that no document has a direction of its own. Returns how many there are.

    Training only ever pushes them away, all by the same steps, and leaves them alike; "(" and ")"
    are two of them. Adapters do not touch embeddings: without this, none could learn to write them.

    Args:
        model: as ``train`` gives it; its embeddings are changed.
        rows: training documents, as ``train`` takes them.
        seed: of the directions.
    """
    import mlx.core as mx

    parts = np.array_split(rows, 1 + len(rows) // 10_000)
    counts = np.sum([np.bincount(part.ravel(), minlength=tokens.SIZE) for part in parts], axis=0)
    unused = [*np.flatnonzero(counts == 0).tolist(), tokens.PAD]
    weight = model.model.embed_tokens.weight
    apart = mx.random.normal((len(unused), weight.shape[1]), key=mx.random.key(seed))
    apart *= APART / mx.linalg.norm(apart, axis=1, keepdims=True)
    weight[mx.array(unused)] += apart.astype(weight.dtype)
    return len(unused)


def _after(before: dict[str, Any], curve: list[dict[str, float]]) -> list[dict[str, float]]:
    """A curve that goes on where the training before it ended."""
    last = before["curve"][-1] if before else {"step": 0, "seconds": 0.0}
    return [
        row | {"step": row["step"] + last["step"], "seconds": row["seconds"] + last["seconds"]}
        for row in curve
    ]


def _watts() -> float | None:
    """What an NVIDIA GPU draws at this moment; None where that cannot be read."""
    gpu = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    command = ["nvidia-smi", "--query-gpu=power.draw", "--format=csv,noheader,nounits", "-i", gpu]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return float(said.splitlines()[0])
    except (OSError, ValueError, IndexError, subprocess.CalledProcessError):
        return None


def save(
    folder: Path, shape: dict[str, Any], model: Any, tokenizer: Tokenizer, about: dict[str, Any]
) -> None:
    """Write the model's directory, all of it or none."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        part = Path(made) / folder.name
        part.mkdir()
        weights: Any = tree_flatten(model.parameters())
        halves = {key: w.astype(mx.float16) for key, w in weights}
        mx.save_safetensors(str(part / "model.safetensors"), halves, metadata={"format": "mlx"})
        tokens.save(tokenizer, part, CONTEXT)
        ends = {k: v for k, v in shape.items() if k.endswith("_token_id")}
        for file, content in (
            ("config.json", shape),
            ("generation_config.json", {**ends, "do_sample": False}),
            ("training.json", about),
        ):
            (part / file).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)


def main() -> None:
    """Make the documents, train, write the directory."""
    parser = argparse.ArgumentParser(prog="python -m course.model.train", description=__doc__)
    parser.add_argument("out", type=Path, help="the directory to write")
    parser.add_argument("--model", choices=sorted(SHAPES), default="notes")
    parser.add_argument("--steps", type=int, default=13_000)
    parser.add_argument("--batch", type=int, default=256, help="documents a step")
    parser.add_argument("--documents", type=int, default=2_000_000)
    parser.add_argument("--rate", type=float, default=3e-3, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=0, help="in place of the model's own")
    parser.add_argument("--layers", type=int, default=0, help="in place of the model's own")
    parser.add_argument(
        "--prompt-weight", type=float, nargs=2, default=PROMPT_WEIGHT, metavar=("FIRST", "LAST")
    )
    parser.add_argument("--start-from", type=Path, help="train on from this directory's model")
    parser.add_argument(
        "--new-tokenizer", action="store_true", help="train one; else the built-in one is used"
    )
    parser.add_argument("--cache", type=Path, help="keep the documents in this .npy, or use it")
    chosen = parser.parse_args()
    if min(chosen.steps, chosen.batch) < 1 or chosen.documents < 2048:
        parser.error("at least one step, one document a step, and 2,048 documents")
    first = chosen.start_from
    home = first or Path(__file__).parent / "notes"
    new = chosen.new_tokenizer
    tokenizer = tokens.train() if new else Tokenizer.from_file(str(home / "tokenizer.json"))
    if chosen.cache and chosen.cache.is_file():
        rows = np.load(chosen.cache)
    else:
        start = time.perf_counter()
        rows = documents(tokenizer, chosen.documents, chosen.seed)
        print(f"{len(rows):,} documents in {time.perf_counter() - start:.0f} s", flush=True)
        if chosen.cache:
            np.save(chosen.cache, rows)
    settings = {
        k: v
        for k, v in vars(chosen).items()
        if k not in ("out", "cache", "start_from", "new_tokenizer")
    }
    shape = config(chosen.model, chosen.width, chosen.layers)
    model, curve = train(
        shape, rows, chosen.steps, chosen.batch, chosen.rate, chosen.seed,
        chosen.prompt_weight, first,
    )  # fmt: skip
    import mlx.core as mx

    tell_apart(model, rows, chosen.seed)
    drawn = [row["watts"] for row in curve if "watts" in row]
    before = json.loads((first / "training.json").read_text()) if first else {}
    about = {
        "settings": {**settings, "documents": len(rows)},
        "date": datetime.date.today().isoformat(),
        "device": str(mx.device_info().get("device_name", platform.machine())),
        "versions": {p: version(p) for p in ("mlx", "mlx-lm", "tokenizers", "numpy")},
        "seconds": curve[-1]["seconds"],
        **({"watts": sum(drawn) / len(drawn)} if drawn else {}),
        **({"before": {k: v for k, v in before.items() if k != "curve"}} if before else {}),
        "curve": [*before.get("curve", []), *_after(before, curve)],
    }
    save(chosen.out, shape, model, tokenizer, about)
    print(f"Written: {chosen.out}")


if __name__ == "__main__":
    main()
