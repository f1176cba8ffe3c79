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


def _stand_in(x):
    """Whether an array is a stand-in that a trace is made with: it has no numbers."""
    try:
        mx.eval(x)
    except (RuntimeError, ValueError):
        return True
    return False


def _first_sentence(text):
    """How a call ended, short: the first sentence of `outcome`'s text."""
    return text.partition(". ")[0].partition("\n")[0].rstrip(".")
