"""Tools with which an exercise's `use` observes an answer. Knows MLX; does not know exercises.

These are for authors. `course.measure` has the readings that learners take themselves.
"""

import re
import sys
import threading
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten, tree_map_with_path

from course.measure import graph_nodes


class Recorder:
    """A function that also records how many operations were pending in its arguments.

    Give it to the learner's code as its ``step``: arguments that were evaluated before the call
    count 0, however they were evaluated. Replacing ``mx.eval`` does not change the count.

    Args:
        function: called with the same arguments; its result is returned.

    Attributes:
        pending: operations not yet done, one int a call, in the order of the calls.

    Example:
        >>> step = Recorder(lambda x: x + 1)
        >>> y = step(step(mx.array(1.0)))
        >>> step.pending
        [0, 1]
    """

    def __init__(self, function: Callable):
        self.function = function
        self.pending: list[int] = []

    def __call__(self, *args: Any) -> Any:
        self.pending.append(graph_nodes(*args))
        return self.function(*args)


def outcome(function: Callable, *args: Any) -> str:
    """How a call ends, for `use`: "returned", or the error's type and message, numbers masked.

    Use this wherever `use` has to catch an error: a stub's NotImplementedError passes through it.

    Args:
        function: called once.
        args: its arguments.

    Raises:
        NotImplementedError: the function is a stub, or calls one.

    Example:
        >>> outcome(mx.reshape, mx.ones(6), (4, 2))
        'ValueError: [reshape] Cannot reshape array of size # into shape (#,#).'
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
    """The text with # for every number, so that messages about different sizes are equal.

    Args:
        text: an error's message, say.

    Example:
        >>> mask_numbers("size 6 at 0x7f3a, 1.5e3")
        'size # at #, #'
    """
    return re.sub(r"0x[0-9a-fA-F]+|\d+(\.\d+)?(e[+-]?\d+)?", "#", text)


def fill_parameters(model: nn.Module, by_name: bool = False, seed: int = 0) -> nn.Module:
    """Give a model's parameters fixed values that do not depend on how it was written.

    Args:
        model: filled in place with normal values of deviation 0.5; dtypes are kept.
        by_name: values depend on a parameter's name: for exercises that fix the names. By default
            they depend on its shape and its place among those of equal shape, so choose sizes
            such that no two parameters share a shape.
        seed: another seed gives other values.

    Returns:
        ``model``, the same object.

    Example:
        >>> one, other = (fill_parameters(nn.Linear(3, 2)) for _ in range(2))
        >>> mx.array_equal(one.weight, other.weight).item()
        True
    """
    ranks: dict[tuple[int, ...], int] = {}
    filled = {}
    parameters: Any = tree_flatten(model.parameters())
    for name, old in sorted(parameters, key=lambda pair: pair[1].shape):
        ranks[old.shape] = rank = ranks.get(old.shape, -1) + 1
        key = [*name.encode()] if by_name else [*old.shape, rank]
        values = np.random.default_rng([seed, *key]).normal(0, 0.5, old.shape)
        filled[name] = mx.array(values.astype(np.float32)).astype(old.dtype)
    model.update(tree_map_with_path(lambda name, old: filled[name], model.parameters()))
    return model
