"""`course.errors` under the name that notebooks of version 0.1.0 import."""

from course.errors import UserError as Mistake

__all__ = ["Mistake"]
