"""What an exercise's `use` may need to look at an answer. Knows MLX; not exercises.

`course.measure` has the readings that learners take themselves; these are for authors.
"""

import re
import sys
import threading
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten

from course.measure import graph_nodes


class Recorder:
    """A function that notes how many operations were pending in what it was given.

    Hand it to the learner's code as its ``step``: an array that was evaluated before the call
    counts 0, whichever way it was evaluated, and replacing ``mx.eval`` cannot fool it.
    """

    def __init__(self, function: Callable):
        self.function = function
        self.pending: list[int] = []

    def __call__(self, *args: Any) -> Any:
        self.pending.append(graph_nodes(*args))
        return self.function(*args)


def outcome(function: Callable, *args: Any) -> str:
    """How a call ends, for `use`: "returned", or the error's type and message, numbers masked.

    The one way to catch an error in `use`: a stub's NotImplementedError passes through it.
    """
    try:
        function(*args)
    except NotImplementedError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {mask_numbers(str(error))}"
    return "returned"


def sleeps(thread: threading.Thread) -> bool:
    """Whether a thread waits for another one: for a lock that is still locked, or for its end.

    For a `use` with threads that waits until nothing more can happen, instead of for some time.
    What waits in C alone, a `queue.SimpleQueue` or `time.sleep`, is not seen to sleep.

    Args:
        thread: any but the current one.
    """
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None or frame.f_code.co_filename != threading.__file__:
        return False
    if frame.f_code is not threading.Condition.wait.__code__:
        return frame.f_code.co_name in ("join", "_wait_for_tstate_lock")  # by Python's version
    lock = frame.f_locals.get("waiter")
    if lock is None or not lock.locked():  # not waiting yet, or no longer
        return False
    while frame := frame.f_back:
        if frame.f_code is threading.Thread.start.__code__:  # for a moment: then it goes on
            return False
    return True


def mask_numbers(text: str) -> str:
    """Replace every number by #, so that two messages about different sizes are equal."""
    return re.sub(r"0x[0-9a-fA-F]+|\d+(\.\d+)?(e[+-]?\d+)?", "#", text)


def fill_parameters(model: nn.Module, by_name: bool = False, seed: int = 0) -> nn.Module:
    """Give a model's parameters fixed values that do not depend on how it was written.

    Args:
        model: filled in place, dtypes kept.
        by_name: values depend on the parameter's name: for exercises that fix the names.
            Otherwise on its shape and its rank among those of equal shape, so choose sizes
            such that no two parameters share a shape.
        seed: another set of values.

    Returns:
        ``model``.
    """
    ranks: dict[tuple[int, ...], int] = {}
    filled = []
    parameters: Any = tree_flatten(model.parameters())
    for name, old in sorted(parameters, key=lambda pair: pair[1].shape):
        ranks[old.shape] = rank = ranks.get(old.shape, -1) + 1
        key = [*name.encode()] if by_name else [*old.shape, rank]
        values = np.random.default_rng([seed, *key]).normal(0, 0.5, old.shape)
        filled.append((name, mx.array(values.astype(np.float32)).astype(old.dtype)))
    model.update(tree_unflatten(filled))
    return model
