"""The old name of `course.errors`: notebooks of version 0.1.0 import `Mistake` from here."""

from course.errors import UserError as Mistake

__all__ = ["Mistake"]
