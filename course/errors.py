"""The error for what a person can mend. The person sees its text and no traceback."""


class UserError(Exception):
    """A person's input cannot work. The text says what is wrong, where, and what to do.

    Example:
        >>> from course.errors import UserError
        >>> raise UserError("notes.ipynb: it is no notebook. Save it again in JupyterLab.")
        Traceback (most recent call last):
        course.errors.UserError: notes.ipynb: it is no notebook. Save it again in JupyterLab.
    """

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback (IPython asks for this method)."""
        return [str(self)]
