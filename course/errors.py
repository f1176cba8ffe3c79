"""The one kind of error that is a person's: its text is all that anybody sees of it."""


class UserError(Exception):
    """Something a person wrote that cannot work; the text says what, where and what to do."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback (IPython asks for this method)."""
        return [str(self)]
