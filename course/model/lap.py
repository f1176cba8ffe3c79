"""The LoRA lap of lesson 09, as a measurement: `python -m course.model.lap`.

Writes the data, trains an adapter on the built-in model with the stock `mlx_lm.lora`, and says what
share of held-back notes gets exactly the right list of next actions, before and after.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from course import machine
from course.mistake import Mistake
from course.model import corpus, score
from course.model.loading import directory

ITERS, RATE, BATCH = 200, 1e-3, 8
LAYERS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
          "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")  # fmt: skip


def write_data(folder: Path, count: int = 600, seed: int = 0) -> None:
    """Write train.jsonl and valid.jsonl: notes, and their next actions, as chat messages.

    Args:
        folder: is made.
        count: of notes to train on; a tenth of that for validation.
        seed: other notes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in (("train", count), ("valid", max(BATCH, count // 10))):
        rng = random.Random(f"lap {name} {seed}")
        made = [corpus.lap(rng) for _ in range(size)]
        rows = [
            [{"role": "user", "content": e.prompt}, {"role": "assistant", "content": e.answer}]
            for e in made
        ]
        lines = [json.dumps({"messages": row}) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def base(folder: Path) -> Path:
    """The built-in model as it is fast here: a copy in float32 on a CPU, else itself.

    `mlx_lm.lora` computes in the dtype it finds, and a CPU is many times slower in float16.
    """
    if machine.backends() != ["cpu"]:
        return directory("notes")
    import mlx_lm

    if not (folder / "base").exists():
        mlx_lm.convert(str(directory("notes")), str(folder / "base"), dtype="float32")
    return folder / "base"


def settings(folder: Path, iters: int = ITERS, rate: float = RATE) -> dict[str, Any]:
    """What `mlx_lm.lora -c` reads: the data and the adapter are in ``folder``."""
    return {
        "model": str(base(folder)),
        "train": True,
        "data": str(folder / "data"),
        "adapter_path": str(folder / "adapter"),
        "iters": iters,
        "batch_size": BATCH,
        "num_layers": 4,
        "mask_prompt": True,
        "max_seq_length": 320,
        "steps_per_report": 50,
        "steps_per_eval": 10 * iters,
        "val_batches": 1,
        "learning_rate": rate,
        "lr_schedule": {"name": "cosine_decay", "arguments": [rate, iters, 1e-5], "warmup": 10},
        "lora_parameters": {"rank": 8, "scale": 2.0, "dropout": 0.0, "keys": list(LAYERS)},
    }


def run(folder: Path, seed: int = 0, iters: int = ITERS) -> float:
    """Train the adapter in ``folder``/adapter, in a process of its own. Returns seconds.

    `mx.compile` is off: the kernels that it would build take longer than they save here.

    Raises:
        Mistake: `mlx_lm.lora` failed, with the end of what it said.
    """
    write_data(folder / "data", seed=seed)
    config = folder / "lora.json"  # YAML reads JSON
    config.write_text(json.dumps(settings(folder, iters), indent=1), encoding="utf-8")
    env = {**os.environ, "MLX_DISABLE_COMPILE": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "mlx_lm", "lora", "-c", str(config), "--seed", str(seed)]
    start = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        raise Mistake(f"mlx_lm.lora failed: {' '.join(done.stderr.split()[-40:])}")
    return time.perf_counter() - start


def measure(seed: int = 0, iters: int = ITERS, count: int = 50) -> dict[str, float]:
    """Seconds, and exact match before and after, on known and on held-out words."""
    import mlx_lm

    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found["seconds"] = run(folder, seed, iters)
        for when, adapter in (("before", None), ("after", str(folder / "adapter"))):
            model, tokenizer = mlx_lm.load(str(base(folder)), adapter_path=adapter)[:2]
            for words, held_out in (("known", False), ("held out", True)):
                asked = corpus.examples(count, 40_000 + seed, held_out, ["lap"])
                found[f"{when}, {words}"] = score.score(model, tokenizer, asked)["lap"]
    return found


def main() -> None:
    """Measure the lap on this machine, once for each seed."""
    parser = argparse.ArgumentParser(prog="python -m course.model.lap", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--iters", type=int, default=ITERS)
    parser.add_argument("--count", type=int, default=50, help="notes to judge by, of each kind")
    chosen = parser.parse_args()
    print(f"{machine.chip()}, {machine.cores()} cores; {chosen.iters} steps of {BATCH} notes")
    for seed in range(chosen.seeds):
        found = measure(seed, chosen.iters, chosen.count)
        rest = "; ".join(f"{k} {v:.2f}" for k, v in found.items() if k != "seconds")
        print(f"seed {seed}: {found['seconds']:.0f} s; {rest}", flush=True)


if __name__ == "__main__":
    main()
