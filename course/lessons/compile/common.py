"""What exercises of lesson 04, compile share."""

import mlx.core as mx
import numpy as np


def _numbers(answer, count):
    """A list of numbers as observations line_1, line_2, …"""
    if isinstance(answer, (mx.array, np.ndarray)):
        answer = answer.tolist()
    if not isinstance(answer, (list, tuple)):
        return {"kind": type(answer).__name__}
    lines = {f"line_{i}": number for i, number in enumerate(answer[:count], 1)}
    return {"kind": "list", "length": len(answer)} | lines
