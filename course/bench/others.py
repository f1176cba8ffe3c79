"""The machines that the course was measured on, and the few figures that are set beside each other.

Reads what `bench` saved in `course/data/benches/`; a file may lack what was not measured there.
"""

import json
from pathlib import Path
from typing import Any

BENCHES = Path(__file__).parent.parent / "data" / "benches"
# A figure's name -> where it stands in what bench saved.
COMPARED: dict[str, tuple[str, ...]] = {
    "copy, GB/s": ("copy GB/s",),
    "matmul 2048, GFLOP/s": ("matmul GFLOP/s", "here", "2048"),
    "decode, tokens/s": ("model", "decode tokens/s", "as it is", "measured"),
    "prompt, tokens/s": ("model", "prefill tokens/s", "measured"),
    "16 streams, tokens/s": ("model", "batch tokens/s", "16"),
    "training step, ms": ("model", "training step", "mlx", "seconds"),
}


def shipped() -> list[dict[str, Any]]:
    """What was saved on other machines, by name of the file."""
    paths = sorted(BENCHES.glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def compared(saved: dict[str, Any]) -> dict[str, float | None]:
    """The figures of one machine that are set beside others'; None for what it lacks."""
    row: dict[str, float | None] = {}
    for name, path in COMPARED.items():
        value: Any = saved
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        row[name] = 1e3 * value if value is not None and name.endswith(" ms") else value
    return row


def label(saved: dict[str, Any]) -> str:
    """A machine with its version of MLX and the day."""
    return f"{saved['machine']}, MLX {saved['versions']['mlx']}, {saved['date']}"
