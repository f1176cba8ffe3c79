"""What others state or measured: models, chips, speeds, each with its source.

Reads `models.toml`, `machines.toml` and `published.toml` in `course/data/`. Knows what a row means.
"""

import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from course.roofline import GB, GIB, SHORT, Machine, Model, gpu_share

DATA = Path(__file__).parent / "data"


@cache
def models() -> dict[str, Model]:
    """Well-known models by name, the smallest first."""
    return {row["name"]: Model(**row) for row in _rows("models", "model")}


@cache
def machines() -> dict[str, Machine]:
    """Apple's chips and some of NVIDIA's by name and memory, such as "M4 Pro, 24 GB"."""
    found = {}
    for row in _rows("machines", "machine"):
        for size in row["memory"]:
            mac, name = row["kind"] == "mac", f"{row['name']}, {size} GB"
            memory = float(size * GIB)
            found[name] = Machine(
                name=name,
                kind=row["kind"],
                bandwidth=row["bandwidth"] * GB,
                memory=memory,
                budget=gpu_share(memory) if mac else memory,
                flops=row.get("tflops", 0) * 1e12,
                overhead=_mac_overhead() if mac else None,
                source=row["source"],
            )
    return found


def bandwidths(chip: str) -> list[float]:
    """Bytes a second of each variant of a chip: "M3 Max" was sold with two."""
    rows = [row for row in _rows("machines", "machine") if row["name"].split(",")[0] == chip]
    return sorted(row["bandwidth"] * GB for row in rows)


def measured() -> list[dict[str, Any]]:
    """Speeds of MLX that people published together with model, machine and versions."""
    return _rows("published", "measured")


def claimed() -> list[dict[str, Any]]:
    """Rows of a table in a widely read post: model, chip, low and high tokens a second."""
    return _rows("published", "claimed")


def shares() -> list[dict[str, Any]]:
    """What Macs were seen to give their GPU without being asked."""
    return _rows("machines", "share")


def overheads(longest: float = math.inf) -> list[float]:
    """Seconds a layer that each published measurement took beyond reading its bytes.

    Args:
        longest: leave out longer prompts.
    """
    found = []
    for row in (row for row in measured() if row["prompt"] <= longest):
        model, (*_, bandwidth) = models()[row["model"]], bandwidths(row["machine"].split(",")[0])
        read = model.read_bytes(row["bits"]) + model.cache_bytes(row["prompt"])
        found.append((1 / row["decode"] - read / bandwidth) / model.layers)
    return found


@cache
def _mac_overhead() -> tuple[float, float, float]:
    short = overheads(SHORT)
    return min(short), max(short), max(overheads())


@cache
def _rows(file: str, kind: str) -> list[dict[str, Any]]:
    return tomllib.loads((DATA / f"{file}.toml").read_text(encoding="utf-8"))[kind]
