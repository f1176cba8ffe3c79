"""What an exercise's `use` may need to look at an answer. Knows MLX; not exercises.

`course.measure` has the readings that learners take themselves; these are for authors.
"""

import re
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten, tree_map_with_path

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
    filled = {}
    parameters: Any = tree_flatten(model.parameters())
    for name, old in sorted(parameters, key=lambda pair: pair[1].shape):
        ranks[old.shape] = rank = ranks.get(old.shape, -1) + 1
        key = [*name.encode()] if by_name else [*old.shape, rank]
        values = np.random.default_rng([seed, *key]).normal(0, 0.5, old.shape)
        filled[name] = mx.array(values.astype(np.float32)).astype(old.dtype)
    model.update(tree_map_with_path(lambda name, old: filled[name], model.parameters()))
    return model
