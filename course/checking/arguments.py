"""What an answer is given, and what it does to it: arrays copied before a call, compared after.

Knows Python frames and MLX arrays. Does not know exercises.
"""

import hashlib
import inspect
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten

from course.checking.values import phrase

_export_to_dot = mx.export_to_dot  # bound once: an answer may replace it
MOST_CALLS = 64  # of an answer in one run that are looked at
MOST_ARRAYS = 32  # of one call
MOST_BYTES = 1 << 20  # of one array


@dataclass
class Call:
    """One call of an answer by `use`.

    Args:
        function: the name of what was called.
        values: argument -> its value as a digest; "" where it has none, as a function has.
        shapes: argument -> shapes of the arrays in it.
        changed: arguments in which an array is another after the call.
        shown: the small arguments as "name = value", in order.
        returned: what came back, in words such as "a float".
    """

    function: str
    values: dict[str, str]
    shapes: dict[str, str]
    changed: list[str]
    shown: list[str]
    returned: str = ""


def codes(answer: Any) -> set[CodeType]:
    """The code of a function or class, with all that is defined inside it."""
    found: set[CodeType] = set()
    parts = [answer]
    if inspect.isclass(answer):
        parts = [part for kind in inspect.getmro(answer)[:-1] for part in vars(kind).values()]
    waiting = []
    for part in parts:
        with suppress(Exception):  # an object's own __getattr__ may raise anything
            waiting.append(getattr(inspect.unwrap(part), "__code__", None))
    while waiting:
        code = waiting.pop()
        if isinstance(code, CodeType) and code not in found:
            found.add(code)
            waiting += [part for part in code.co_consts if isinstance(part, CodeType)]
    return found


class Watch:
    """Looks at each call of an answer when it begins and when it ends."""

    def __init__(self, wanted: Callable[[CodeType], bool]):
        self.wanted = wanted
        self.calls: list[Call] = []
        self.active = True

    def __call__(self, frame: FrameType) -> Callable[[Any], None] | None:
        """Note the arguments of a call; what is returned is to be called when the call ends."""
        code = frame.f_code
        if not self.wanted(code) or len(self.calls) >= MOST_CALLS or not self.active:
            return None
        count = code.co_argcount + code.co_kwonlyargcount
        extra = bool(code.co_flags & inspect.CO_VARARGS)
        names = code.co_varnames[: count + extra + bool(code.co_flags & inspect.CO_VARKEYWORDS)]
        given = {name: frame.f_locals[name] for name in names if name in frame.f_locals}
        if (
            names
            and isinstance(given.get(names[0]), nn.Module)
            and _is_method(code, given[names[0]])
        ):
            del given[names[0]]  # what it does to itself is its own business
        call = Call(code.co_name, {}, {}, [], [])
        self.calls.append(call)
        inside = {name: _arrays(value) for name, value in given.items()}
        pending = _pending([array for arrays in inside.values() for array in arrays])
        before: dict[str, list[np.ndarray | None]] = {}
        for name, value in given.items():
            before[name] = [None if pending else _copy(array) for array in inside[name]]
            call.values[name] = _digest(value, before[name])
            if text := _small(value, before[name]):
                call.shown.append(f"{name} = {text}")
            if inside[name]:
                call.shapes[name] = str([tuple(array.shape) for array in inside[name]])

        depth = sys.getrecursionlimit()

        def ended(result: Any) -> None:
            sys.setrecursionlimit(depth)  # the answer may have left too little for what follows
            call.returned = returned(result)
            for name, copies in before.items():
                now = _arrays(given[name])  # a module or a dict may hold others by now
                pairs = zip(now, copies, strict=False)
                if len(now) != len(copies) or not all(_is_same(*pair) for pair in pairs):
                    call.changed.append(name)

        return ended

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the arguments that some call changed, each once."""
        return tuple(dict.fromkeys(name for call in self.calls for name in call.changed))


def _is_method(code: CodeType, owner: Any) -> bool:
    """Whether this is the code of a method of the owner's class."""
    return any(
        getattr(part, "__code__", None) is code
        for kind in type(owner).__mro__
        for part in vars(kind).values()
    )


def _arrays(value: Any) -> list[Any]:
    """The arrays of an argument: itself, in a list or dict, or a module's parameters."""
    if isinstance(value, nn.Module):
        value = value.parameters()
    if isinstance(value, (mx.array, np.ndarray)):
        return [value]
    if not isinstance(value, (list, tuple, dict)):
        return []
    found = []
    for leaf in _leaves(value):
        if isinstance(leaf, nn.Module):
            found += [array for _, array in tree_flatten(leaf.parameters())]
        elif isinstance(leaf, (mx.array, np.ndarray)):
            found.append(leaf)
        if len(found) > MOST_ARRAYS:
            return []
    return found


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and not isinstance(value, nn.Module):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        yield value
        return
    for part in value[: MOST_ARRAYS + 1]:
        yield from _leaves(part)


def _copy(array: Any) -> np.ndarray | None:
    """The numbers of an array; None where looking would evaluate it, or fail inside a transform."""
    if array.nbytes > MOST_BYTES:
        return None
    if isinstance(array, np.ndarray):
        return array.copy()
    try:
        return np.array(array.view(mx.uint16) if array.dtype == mx.bfloat16 else array)
    except Exception:  # a placeholder of compile or vmap
        return None


def _pending(arrays: list[Any]) -> bool:
    """Whether one of these is still to be computed: looking at its numbers would do it."""
    text, found = io.StringIO(), [array for array in arrays if isinstance(array, mx.array)]
    try:
        if found:
            _export_to_dot(text, *found)
    except Exception:  # a placeholder of compile or vmap
        return True
    return "label" in text.getvalue()


def _is_same(array: Any, copy: np.ndarray | None) -> bool:
    """Whether an array has the numbers that it had. One that is pending now was written to."""
    if copy is None:  # nobody looked
        return True
    if tuple(array.shape) != copy.shape or _pending([array]):
        return False
    now = _copy(array)
    if now is None:
        return False
    return now.dtype == copy.dtype and now.tobytes() == copy.tobytes()


def _digest(value: Any, copies: list[np.ndarray | None]) -> str:
    """What tells one value of an argument from another; "" where nothing plain does."""
    if copies:
        if any(copy is None for copy in copies):
            return ""
        digest = hashlib.sha256()
        for copy in copies:
            digest.update(str((copy.dtype, copy.shape)).encode() + copy.tobytes())  # pyright: ignore[reportOptionalMemberAccess]
        return digest.hexdigest()
    plain = (str, bytes, int, float, complex, bool, type(None))
    if isinstance(value, plain):
        return repr(value)
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        leaves = list(_leaves(list(value.items()) if isinstance(value, dict) else list(value)))
        if all(isinstance(leaf, plain) for leaf in leaves):
            return repr(value)
    return ""


def _small(value: Any, copies: list[np.ndarray | None]) -> str:
    """An argument as it would be typed, where that is short; else ""."""
    if len(copies) == 1 and isinstance(value, (mx.array, np.ndarray)):
        if copies[0] is None or copies[0].size > 8 or value.dtype == mx.bfloat16:
            return ""
        return np.array2string(copies[0], precision=4, separator=", ").replace("\n", "")
    if isinstance(value, (str, int, float, bool, type(None))):
        text = f"{value:.4g}" if isinstance(value, float) else repr(value)
        return text if len(text) <= 40 else ""
    return ""


def returned(result: Any) -> str:
    """What an answer gave back, in words: type, and shape and dtype of an array."""
    if isinstance(result, (mx.array, np.ndarray)):
        dtype = str(result.dtype).removeprefix("mlx.core.")
        kind = "an mx.array" if isinstance(result, mx.array) else "a numpy.ndarray"
        return f"{kind} of shape {tuple(result.shape)} and dtype {dtype}"
    return phrase(result)
