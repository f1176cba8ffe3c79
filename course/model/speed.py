"""How fast the built-in model is here: for `bench`, or `python -m course.model.speed`.

Each figure stands beside what bounds it. Prints JSON; whoever wants a fresh process starts one.
"""

import importlib.util
import json
import time
from functools import partial
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import mlx_lm
from mlx.utils import tree_flatten

from course import machine, measure
from course.model import corpus
from course.model.loading import directory, fast_here

BITS = (0, 8, 4)  # 0: as it is, float32 on a CPU
BATCHES = (1, 4, 16)
TOKENS = 48
ROWS, LENGTH = 8, 128  # of the training step


def speed() -> dict[str, Any]:
    """Load time, tokens per second by bits and by batch, a training step; all on this machine."""
    start = time.perf_counter()
    model, tokenizer = _loaded()
    found: dict[str, Any] = {"load seconds": time.perf_counter() - start}
    bandwidth = measure.copy_bandwidth()
    asked = corpus.examples(max(BATCHES), 1, held_out=False, kinds=["plan"])
    prompts = [
        tokenizer.apply_chat_template([{"role": "user", "content": e.prompt}]) for e in asked
    ]
    found["batch tokens/s"] = {str(n): _batched(model, tokenizer, prompts[:n]) for n in BATCHES}
    found["decode tokens/s"] = {}
    for bits in BITS:
        if bits:
            model, _ = _loaded()
            nn.quantize(model, 64, bits)
            mx.eval(model.parameters())
        weights: Any = tree_flatten(model.parameters())
        bytes_read = sum(w.nbytes for _, w in weights)
        found["decode tokens/s"][str(bits or "as it is")] = {
            "measured": _decode(model, tokenizer, prompts[0]),
            "bandwidth allows": bandwidth / bytes_read,
        }
    found["training step seconds"] = {"mlx": _step_mlx()}
    if importlib.util.find_spec("torch"):
        found["training step seconds"]["torch"] = _step_torch()
    return found


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


def _step_mlx() -> float:
    """Seconds of one compiled training step of the whole model, median of five."""
    model, _ = _loaded()
    model.train()
    optimizer = optim.AdamW(learning_rate=1e-4)
    rows = mx.random.randint(5, 1000, (ROWS, LENGTH + 1))

    def loss_fn(rows: mx.array) -> mx.array:
        return nn.losses.cross_entropy(model(rows[:, :-1]), rows[:, 1:], reduction="mean")

    state = [model.state, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def step(rows: mx.array) -> mx.array:
        loss, grads = nn.value_and_grad(model, loss_fn)(rows)
        optimizer.update(model, grads)
        return loss

    return measure.time_call(lambda: (step(rows), state), repeat=5, warmup=2).median


def _step_torch() -> float:
    """The same step by PyTorch and transformers, eager, float32, on the CPU."""
    import statistics

    import torch  # pyright: ignore[reportMissingImports]
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(machine.cores())
    network = AutoModelForCausalLM.from_pretrained(str(directory("notes")), dtype=torch.float32)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    rows = torch.randint(5, 1000, (ROWS, LENGTH + 1))
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        logits = network(rows[:, :-1], use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[2:])


if __name__ == "__main__":
    print(json.dumps(speed()))
