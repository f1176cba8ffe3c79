# ruff: noqa: UP031 (this file must run on any Python 3)
"""mlx-course: a course about MLX that measures on your machine.

In a notebook: ``import course``, then ``course.check``, ``course.hint``, ``course.reveal``,
``course.predict``, ``course.measured`` and ``course.progress``. Nothing is imported until it is
used, so this file works before MLX is installed, and on any Python 3.
"""

import importlib

__version__ = "0.1.0"

importlib.import_module("course.hook").install_hook()  # a fast BLAS for MLX on a Linux CPU

_VERBS = ("check", "hint", "reveal", "predict", "measured", "progress")
_MODULES = ("measure", "figures", "glyphs", "home", "live", "machine", "model", "widgets")
__all__ = ["__version__"] + list(_VERBS + _MODULES)  # noqa: RUF005 (any Python 3 must parse this)


def __getattr__(name):
    if name in _VERBS:
        return getattr(importlib.import_module("course.notebook"), name)
    if name in _MODULES:
        return importlib.import_module("course." + name)
    raise AttributeError("module 'course' has no attribute %r" % (name,))


def __dir__():
    return sorted(__all__)
