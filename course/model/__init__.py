"""The language model inside the course: reads meeting notes, answers questions about them.

``load`` and ``generate`` use the built-in model, or the one that MLX_COURSE_MODEL names.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.model.loading import context, directory, generate, load

_HOMES = {
    "context": "loading",
    "directory": "loading",
    "generate": "loading",
    "load": "loading",
}
__all__ = ["context", "directory", "generate", "load"]


def __getattr__(name: str) -> Any:
    """Import MLX when it is used: ``corpus`` and ``tokenizer`` do without."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"course.model.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'course.model' has no attribute {name!r}")
