"""The lap again and again, with one setting changed at a time: `python -m course bench lap`.

Knows the variants, how to run one and how to tell of them. Lesson 09 shows what was saved with the
course, with machine and date; nothing here is run by the lesson itself.
"""

import datetime
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course import machine
from course.model import corpus, lap, score

SAVED = Path(__file__).parent.parent / "data" / "lap.json"
COUNT = 50  # new notes of each kind to judge by
OLD = 2  # questions of each kind that the base can answer

# group -> name -> what is not as in the lap: settings of mlx_lm.lora, or of `_run`.
SWEEPS: dict[str, dict[str, dict[str, Any]]] = {
    "the lap": {"the lap": {}},
    "rank": {f"rank {n}": {"rank": n} for n in (1, 2, 32)},
    "layers": {f"{n} of 4 blocks": {"num_layers": n} for n in (1, 2)},
    "learning rate": {f"learning rate {r:g}": {"rate": r} for r in (5e-5, 2e-3, 1e-2)},
    "data": {
        **{f"{n} notes": {"count": n} for n in (10, 50, 200)},
        "no invented words": {"invented": False},
    },
    "method": {
        "QLoRA, 4 bits": {"bits": 4},
        "DoRA": {"fine_tune_type": "dora"},
        "loss over prompts too": {"mask_prompt": False},
    },
    "forgetting": {f"{s:.0%} old questions": {"old": s} for s in (0.1, 0.25, 0.5)},
}


def sweep(tell: Callable[[str], object] = print, iters: int = lap.ITERS) -> dict[str, Any]:
    """Run every variant; many minutes.

    Args:
        tell: is called with a line after each.
        iters: training steps of each.
    """
    found: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{machine.chip()}, {machine.cores()} cores",
        "versions": machine.versions(),
        "steps": iters,
        "batch": lap.BATCH,
        "rate": lap.RATE,
        "runs": {},
    }
    with tempfile.TemporaryDirectory() as name:
        base = lap.base(Path(name))
        found["before"] = _scores(base, None)
        for group, variants in SWEEPS.items():
            for title, changed in variants.items():
                with tempfile.TemporaryDirectory() as folder:
                    made = _run(Path(folder), base, iters, **changed)
                found["runs"][title] = {"group": group, "changed": changed, **made}
                tell(_line(title, found["runs"][title]))
    return found


def _run(
    folder: Path,
    base: Path,
    iters: int,
    rank: int = 8,
    rate: float = lap.RATE,
    count: int = lap.NOTES,
    old: float = 0.0,
    invented: bool = True,
    bits: int = 0,
    **more: Any,
) -> dict[str, Any]:
    import mlx.core as mx
    import mlx_lm
    from mlx.utils import tree_flatten

    lap.write_data(folder / "data", count, old=old, invented=invented)
    if bits:
        dtype = "float32" if machine.backends() == ["cpu"] else "float16"
        options: dict[str, Any] = {"quantize": True, "q_bits": bits, "dtype": dtype}
        mlx_lm.convert(str(base), str(folder / "base"), **options)
        base = folder / "base"
    settings = lap.settings(folder, iters, rate, model=str(base), **more)
    settings["lora_parameters"]["rank"] = rank
    losses: list[float] = []
    start = time.perf_counter()
    lap.train(settings, watch=lambda _, loss: losses.append(loss))
    seconds = time.perf_counter() - start
    adapter = folder / "adapter" / "adapters.safetensors"
    arrays: Any = tree_flatten(mx.load(str(adapter)))
    trained = sum(w.size for _, w in arrays)
    size = sum(file.stat().st_size for file in base.glob("*.safetensors"))
    found = {"seconds": seconds, "trained": trained, "base bytes": size, "loss": losses[-1]}
    return found | _scores(base, str(folder / "adapter"))


def _scores(base: Path, adapter: str | None) -> dict[str, Any]:
    """Exact match on the new task, on known and on held-out words, and on old questions.

    With the first line that a new note got wrong, as it should be and as it is.
    """
    import mlx_lm

    model, tokenizer = mlx_lm.load(str(base), adapter_path=adapter)[:2]
    asked = {
        "new": corpus.examples(COUNT, 40_000, False, ["lap"]),
        "new, held out": corpus.examples(COUNT, 40_000, True, ["lap"]),
        "old": corpus.examples(OLD * len(corpus.KINDS), 40_001, False),
    }
    found: dict[str, Any] = {}
    for name, examples in asked.items():
        said = score.answers(model, tokenizer, [e.prompt for e in examples])
        pairs = [(e.answer, text.strip()) for e, text in zip(examples, said, strict=True)]
        found[name] = sum(right == text for right, text in pairs) / len(pairs)
        if name == "new":
            lines = [zip(r.splitlines(), t.splitlines(), strict=False) for r, t in pairs]
            found["wrong"] = next((p for pair in lines for p in pair if p[0] != p[1]), None)
    return found


def saved() -> dict[str, Any]:
    """What was measured for the course."""
    return dict(json.loads(SAVED.read_text(encoding="utf-8")))


def lines(found: dict[str, Any], group: str = "") -> list[str]:
    """The runs as a person reads them, of one group or all, the lap itself first."""
    head = f"{found['machine']}, {found['date']}, MLX {found['versions']['mlx']}: "
    head += f"{found['steps']} steps of {found['batch']} notes; "
    before = found["before"]
    head += f"before: new {before['new']:.2f}, old {before['old']:.2f}"
    head += f"; {found['remark']}" if "remark" in found else ""
    runs = found["runs"].items()
    kept = [(n, run) for n, run in runs if not group or run["group"] in ("the lap", group)]
    return [head, *(_line(name, run) for name, run in kept)]


def _line(name: str, run: dict[str, Any]) -> str:
    return (
        f"{name:24} new {run['new']:.2f} (held-out words {run['new, held out']:.2f}), "
        f"old {run['old']:.2f}; {run['trained']:>9,} trained, loss {run['loss']:.3f}, "
        f"{run['seconds']:.0f} s"
    )
