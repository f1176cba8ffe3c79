# ruff: noqa: UP031 (this file must run on any Python 3)
"""mlx-course: a course about MLX that measures on your machine.

In a notebook: ``import course``, then ``course.check``, ``course.hint``, ``course.reveal``,
``course.predict``, ``course.measured`` and ``course.progress``. Each part is imported when it is
first used: this file works before MLX is installed, and on any Python 3.
"""

import importlib
import sys

__version__ = "0.1.0"

_VERBS = ("check", "hint", "reveal", "predict", "measured", "progress")
# What lessons use as `course.NAME`; most are files beside this one.
_MODULES = (
    "claims",
    "figures",
    "glyphs",
    "home",
    "live",
    "machine",
    "measure",
    "model",
    "published",
    "roofline",
    "serve",
    "widgets",
)
__all__ = ["__version__"] + list(_VERBS + _MODULES)  # noqa: RUF005 (any Python 3 must parse this)

# A fast BLAS for MLX on a Linux CPU; a sentence if MLX was imported before.
if not importlib.import_module("course.hook").install_hook():
    importlib.import_module("course.blas").warn_if_late(sys.stderr)


def __getattr__(name):
    if name in _VERBS:
        return getattr(importlib.import_module("course.learner.notebook"), name)
    if name in _MODULES:
        room = "course.learner." if name == "home" else "course."
        return importlib.import_module(room + name)
    raise AttributeError("module 'course' has no attribute %r" % (name,))


def __dir__():
    return sorted(__all__)
