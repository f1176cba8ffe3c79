"""Figures that others stated or measured, each with its source: models, chips, speeds.

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
    """Well-known models: name -> Model, the smallest first. Their sources are in ``source``.

    Example:
        >>> models()["Llama 3.1 8B"].layers
        32
    """
    return {row["name"]: Model(**row) for row in _rows("models", "model")}


@cache
def machines() -> dict[str, Machine]:
    """Apple's chips and some of NVIDIA's: "M4 Pro, 24 GB" -> Machine, one for each memory sold."""
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
    """Bytes a second of each variant of a chip, the slowest first; [] for an unknown one.

    Args:
        chip: a name without memory, such as "M3 Max", which was sold in two variants.

    Example:
        >>> bandwidths("M3 Max")
        [300000000000, 400000000000]
    """
    rows = [row for row in _rows("machines", "machine") if row["name"].split(",")[0] == chip]
    return sorted(row["bandwidth"] * GB for row in rows)


def measured() -> list[dict[str, Any]]:
    """Published speeds of MLX, with model, machine and versions: a dict for each row.

    The keys are those of `measured` in published.toml; ``decode`` is in tokens a second.
    """
    return _rows("published", "measured")


def claimed() -> list[dict[str, Any]]:
    """The rows of a table in a widely read post: model, chip, low and high tokens a second."""
    return _rows("published", "claimed")


def shares() -> list[dict[str, Any]]:
    """The shares of memory that Macs were seen to give their GPU by default: a dict for each."""
    return _rows("machines", "share")


def overheads(longest: float = math.inf) -> list[float]:
    """Seconds a layer that each published measurement took beyond the time to read its bytes.

    Args:
        longest: measurements with longer prompts are left out; in tokens.
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
