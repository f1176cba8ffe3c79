"""How fast the built-in model is here: for `bench`, or `python -m course.model.speed`.

Each figure stands beside what bounds it. Prints JSON; whoever wants a fresh process starts one.
With "mlx", "eager" or "torch" as its argument it times a training step alone.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_lm
import numpy as np
from mlx.utils import tree_flatten

from course import machine, measure, roofline
from course.model import corpus
from course.model.loading import directory, fast_here

BITS = (0, 8, 4)  # 0: as it is, float32 on a CPU
BATCHES = (1, 4, 16)
TOKENS = 48
CONTEXT, PROMPT = 100, 256
ROWS, LENGTH = 8, 128  # of the training step
STEPS, WARM_UP = 7, 2
MOST = 10.0  # seconds after which a busy machine makes no further step, once it has one to count


def speed() -> dict[str, Any]:
    """Load time, tokens per second by bits, by batch and of a prompt, with what bounds them."""
    start = time.perf_counter()
    model, tokenizer = _loaded()
    found: dict[str, Any] = {"load seconds": time.perf_counter() - start}
    bandwidth, flops = measure.copy_bandwidth(), measure.matmul_rate()
    asked = corpus.examples(max(BATCHES), 1, held_out=False, kinds=["plan"])
    prompts = [
        tokenizer.apply_chat_template([{"role": "user", "content": e.prompt}]) for e in asked
    ]
    found["batch tokens/s"] = {str(n): _batched(model, tokenizer, prompts[:n]) for n in BATCHES}
    paper = _paper()
    wide = max(w.itemsize for w in _arrays(model))
    prefill = PROMPT / measure.time_call(model, mx.ones((1, PROMPT), mx.int32), repeat=3).best
    found["prefill tokens/s"] = {
        "measured": prefill,
        "arithmetic allows": flops / paper.flops(PROMPT / 2),
    }
    found["decode tokens/s"] = {}
    for bits in BITS:
        if bits:
            model, _ = _loaded()
            nn.quantize(model, 64, bits)
            mx.eval(model.parameters())
        bytes_read = sum(w.nbytes for w in _arrays(model))
        found["decode tokens/s"][str(bits or "as it is")] = {
            "measured": _decode(model, tokenizer, prompts[0]),
            "bandwidth allows": bandwidth / bytes_read,
        }
    one = found["decode tokens/s"]["as it is"]["measured"]
    cache = paper.cache_bytes(CONTEXT, each=wide)
    reads = {"decode": paper.read_bytes(8 * wide) + cache, "prompt": paper.read_bytes(8 * wide)}
    work = {"decode": paper.flops(CONTEXT), "prompt": PROMPT * paper.flops(PROMPT / 2)}
    found["points"] = {  # operations for each byte, operations a second
        "decode": [work["decode"] / reads["decode"], work["decode"] * one],
        f"prompt of {PROMPT}": [
            work["prompt"] / reads["prompt"],
            work["prompt"] * prefill / PROMPT,
        ],
    }
    return found


def _paper() -> roofline.Model:
    return roofline.from_config(json.loads((directory("notes") / "config.json").read_text()))


def _arrays(model: nn.Module) -> list[mx.array]:
    parameters: Any = tree_flatten(model.parameters())
    return [array for _, array in parameters]


def _loaded() -> tuple[Any, Any]:
    model, tokenizer = mlx_lm.load(str(directory("notes")))[:2]
    mx.eval(fast_here(model).parameters())
    return model, tokenizer


def _decode(model: Any, tokenizer: Any, prompt: list[int]) -> float:
    """Tokens a second for one stream, without the prompt; the better of two."""
    rates = []
    for _ in range(2):
        *_, last = mlx_lm.stream_generate(model, tokenizer, prompt, max_tokens=TOKENS)
        rates.append(last.generation_tps)
    return max(rates)


def _batched(model: Any, tokenizer: Any, prompts: list[list[int]]) -> float:
    """Tokens a second of all answers together, prompts included; the better of two."""
    rates = []
    for _ in range(2):
        start = time.perf_counter()
        said = mlx_lm.batch_generate(
            model, tokenizer, prompts, max_tokens=TOKENS, return_token_ids=True
        )
        made = sum(len(ids) for ids in said.token_ids or [])
        rates.append(made / (time.perf_counter() - start))
    return max(rates)


def step(how: str) -> dict[str, float]:
    """Seconds of one training step of the whole model, median, and the first step's loss.

    Args:
        how: "mlx", which is compiled; "eager", which is not; or "torch": PyTorch and
            transformers, eager, float32, on the CPU. All begin with the same weights and rows.
    """
    rows = np.random.default_rng(0).integers(5, 1000, (ROWS, LENGTH + 1))
    run = _torch_step(rows) if how == "torch" else _mlx_step(rows, compiled=how == "mlx")
    losses, seconds = [], []
    end = time.perf_counter() + MOST
    while len(losses) < STEPS and (len(losses) <= WARM_UP or time.perf_counter() < end):
        start = time.perf_counter()
        losses.append(run())
        seconds.append(time.perf_counter() - start)
    return {"seconds": statistics.median(seconds[WARM_UP:]), "loss": losses[0]}


def _mlx_step(numbers: np.ndarray, compiled: bool) -> Callable[[], float]:
    model, _ = _loaded()
    model.train()
    optimizer = optim.AdamW(learning_rate=1e-4)
    rows = mx.array(numbers)

    def loss_fn(rows: mx.array) -> mx.array:
        return nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:], reduction="mean")

    state = [model.state, optimizer.state]

    def update(rows: mx.array) -> mx.array:
        loss, grads = nn.value_and_grad(model, loss_fn)(rows)
        optimizer.update(model, grads)
        return loss

    if compiled:
        update = partial(mx.compile, inputs=state, outputs=state)(update)

    def run() -> float:
        loss = update(rows)
        mx.eval(loss, state)
        return float(loss.item())  # pyright: ignore[reportArgumentType]

    if not compiled:  # what mlx_lm and mlx.nn compile inside stays off, too
        mx.disable_compile()
    return run


def _torch_step(numbers: np.ndarray) -> Callable[[], float]:
    import torch  # pyright: ignore[reportMissingImports]
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(machine.cores())
    network = AutoModelForCausalLM.from_pretrained(str(directory("notes")), dtype=torch.float32)
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, weight_decay=0.01)
    rows = torch.tensor(numbers.tolist())

    def run() -> float:
        logits = network(rows[:, :-1], use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.item())  # pyright: ignore[reportArgumentType]

    return run


if __name__ == "__main__":
    print(json.dumps(step(sys.argv[1]) if len(sys.argv) > 1 else speed()))
