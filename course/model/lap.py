"""The LoRA lap of lesson 09, as a measurement: `python -m course.model.lap`.

Writes the data, trains an adapter on the built-in model with the stock `mlx_lm.lora`, and says what
share of held-back notes gets exactly the right list of next actions, before and after.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from course import machine
from course.errors import UserError
from course.model import corpus, score
from course.model.loading import directory
from course.model.unfamiliar import unfamiliar

NOTES, ITERS, RATE, BATCH = 600, 300, 5e-4, 2
LAYERS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
          "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")  # fmt: skip
# glibc hands the memory of every large array back to the system, which clears it before it gives it
# out again: a quarter of a step's time here. With these it keeps it. It takes no more than 32 MB.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
_REPORT = re.compile(r"^ *(\d+) +(val +)?([\d.]+|nan|inf)\b")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def write_data(
    folder: Path, count: int = NOTES, seed: int = 0, old: float = 0.0, invented: bool = True
) -> None:
    """Write train.jsonl and valid.jsonl: notes, and their next actions, as chat messages.

    The lines stand in order of length. `mlx_lm.lora` makes batches of neighbours, pads each to its
    longest line, and draws the batches at random: so it pads little and loses nothing.

    Args:
        folder: is made.
        count: of notes to train on; a tenth of that for validation.
        seed: other notes.
        old: share of the lines that ask a question which the base can answer already.
        invented: with invented words in most notes and in their answers, as in the documents that
            made the base.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in (("train", count), ("valid", max(8, count // 10))):
        rng = random.Random(f"lap {name} {seed}")
        made = [corpus.lap(rng) for _ in range(size)]
        for i in range(round(old * size)):
            made[i] = corpus.question(rng, corpus.note(rng, most=6))
        made = [_invented(rng, e) for e in made] if invented else made
        made.sort(key=lambda e: _tokens(e.prompt + e.answer))
        rows = [
            [{"role": "user", "content": e.prompt}, {"role": "assistant", "content": e.answer}]
            for e in made
        ]
        lines = [json.dumps({"messages": row}) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _invented(rng: random.Random, example: corpus.Example) -> corpus.Example:
    note, _, asked = example.prompt.rpartition("\n")
    if example.kind == "lap":  # what is asked stays as it is
        note, answer = unfamiliar(rng, [note, example.answer])
        return replace(example, prompt=f"{note}\n{asked}", answer=answer)
    prompt, answer = unfamiliar(rng, [example.prompt, example.answer])
    return replace(example, prompt=prompt, answer=answer)


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(directory("notes") / "tokenizer.json"))


def _tokens(text: str) -> int:
    return len(_tokenizer().encode(text).ids)


def base(folder: Path) -> Path:
    """The model as it is fast here: a copy in float32 on a CPU, else itself.

    `mlx_lm.lora` computes in the dtype it finds, and a CPU is many times slower in float16.
    """
    if machine.backends() != ["cpu"]:
        return directory()
    import mlx_lm

    if not (folder / "base").exists():
        mlx_lm.convert(str(directory()), str(folder / "base"), dtype="float32")
    return folder / "base"


def settings(folder: Path, iters: int = ITERS, rate: float = RATE, **more: Any) -> dict[str, Any]:
    """What `mlx_lm.lora -c` reads: the data and the adapter are in ``folder``.

    Args:
        folder: where "data" is, and where "adapter" will be.
        iters: training steps.
        rate: the highest learning rate; it rises for 10 steps and falls along a cosine.
        more: other settings of `mlx_lm.lora`, in place of the lap's.
    """
    lap = {
        "model": more.get("model") or str(base(folder)),
        "train": True,
        "data": str(folder / "data"),
        "adapter_path": str(folder / "adapter"),
        "iters": iters,
        "batch_size": BATCH,
        "num_layers": 4,
        "mask_prompt": True,
        "max_seq_length": 320,
        "steps_per_report": 10,
        "steps_per_eval": 10 * iters,
        "val_batches": 1,
        "save_every": 50,
        "learning_rate": rate,
        "lr_schedule": {"name": "cosine_decay", "arguments": [rate, iters, 1e-5], "warmup": 10},
        "lora_parameters": {"rank": 8, "scale": 2.0, "dropout": 0.0, "keys": list(LAYERS)},
    }
    return lap | more


def environment() -> dict[str, str]:
    """The environment of a child process in which a training is fast, and offline.

    On a CPU `mx.compile` is off: the kernels that it would build take longer than they save here.
    """
    env = {**machine.child_env(), "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    env["FORCE_COLOR"] = ""  # a kernel sets it, and then a progress bar moves over the reports
    if machine.backends() == ["cpu"]:
        env |= {"MLX_DISABLE_COMPILE": "1", **KEEP_MEMORY}
        # Matrices of two notes are small: a second thread gains little, and spins while it waits.
        env.setdefault("OPENBLAS_NUM_THREADS", "1")
    return env


def train(
    config: dict[str, Any], seed: int = 0, watch: Callable[[int, float], object] | None = None
) -> float:
    """Run `mlx_lm.lora -c` in a process of its own. Returns seconds.

    Args:
        config: as ``settings`` gives it; its adapter's folder is made.
        seed: of the adapter's first values.
        watch: is called with step and mean loss whenever these are reported.

    Raises:
        UserError: `mlx_lm.lora` failed, with the end of what it said.
    """
    folder = Path(config["adapter_path"])
    folder.mkdir(parents=True, exist_ok=True)
    file = folder.with_name(folder.name + ".json")  # YAML reads JSON
    file.write_text(json.dumps(config, indent=1), encoding="utf-8")
    command = [sys.executable, "-m", "mlx_lm", "lora", "-c", str(file), "--seed", str(seed)]
    start, said = time.perf_counter(), []
    with subprocess.Popen(
        command,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as child:
        try:
            for line in child.stdout or ():
                said.append(_COLOUR.sub("", line).rstrip())
                found = _REPORT.match(said[-1])
                if found and not found[2] and watch:
                    watch(int(found[1]), float(found[3]))
        except BaseException:  # an interrupt ends the training too
            child.kill()
            raise
    if child.returncode:
        raise UserError(f"mlx_lm.lora failed: {' '.join(' '.join(said).split()[-40:])}")
    return time.perf_counter() - start


def run(folder: Path, seed: int = 0, iters: int = ITERS) -> float:
    """Write the data and train the adapter in ``folder``/adapter. Returns the training's seconds.

    Raises:
        UserError: `mlx_lm.lora` failed.
    """
    write_data(folder / "data", seed=seed)
    return train(settings(folder, iters), seed)


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
