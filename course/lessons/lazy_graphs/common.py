"""What exercises of lesson 02, lazy_graphs share."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import mlx.core as mx


@contextmanager
def _replaced(answer: Any, **functions: Callable) -> Iterator[None]:
    """Other functions for some of mx's, also where the answer's module has bound one to a name of
    its own, as `from mlx.core import async_eval` does."""
    function = inspect.unwrap(getattr(answer, "func", answer))
    if not hasattr(function, "__globals__"):
        function = type(function).__call__
    instead = {id(getattr(mx, name)): other for name, other in functions.items()}
    before = [
        (names, name, value)
        for names in (vars(mx), getattr(function, "__globals__", {}))
        for name, value in names.items()
        if id(value) in instead
    ]
    try:
        for names, name, value in before:
            names[name] = instead[id(value)]
        yield
    finally:
        for names, name, value in before:
            names[name] = value
