"""Explorers: controls that change settings, and what a function says of them. Knows no lesson.

Without widgets (in a terminal, or where ipywidgets is missing) the function's words for the first
setting are printed, and the call that gives the others.
"""

import html
from collections.abc import Callable, Sequence
from typing import Any

from course import output


def explorer(function: Callable[..., str], **choices: Sequence[Any]) -> None:
    """Show a control for each setting, and the function's text for what is chosen under them.

    Args:
        function: takes the settings by name and returns text. What it raises is shown as a
            sentence, and the controls stay.
        choices: a setting's name and its values, the first of which is shown first.

    Example:
        >>> def size(bits, rows):
        ...     return f"{bits * rows // 8} bytes"
        >>> explorer(size, bits=[4, 8], rows=[64])
        32 bytes
        (No widgets here: call size(bits=4, rows=64) yourself.)
    """
    first = {name: values[0] for name, values in choices.items()}
    if not _has_widgets():
        print(_said(function, first))
        others = ", ".join(f"{name}={value!r}" for name, value in first.items())
        print(f"(No widgets here: call {getattr(function, '__name__', 'it')}({others}) yourself.)")
        return
    import ipywidgets
    from IPython.display import display

    controls = {
        name: ipywidgets.Dropdown(
            options=list(values),
            value=first[name],
            description=name.replace("_", " "),
            style={"description_width": "initial"},
        )
        for name, values in choices.items()
    }
    text = ipywidgets.HTML()

    def show(_: Any = None) -> None:
        settings = {name: control.value for name, control in controls.items()}
        text.value = f"<pre>{html.escape(_said(function, settings))}</pre>"

    for control in controls.values():
        control.observe(show, names="value")
    show()
    display(ipywidgets.VBox([ipywidgets.HBox(list(controls.values())), text]))


def _said(function: Callable[..., str], settings: dict[str, Any]) -> str:
    try:
        return str(function(**settings))
    except Exception as error:  # a setting that does not exist is something to read, too
        return f"{type(error).__name__}: {error}"


def _has_widgets() -> bool:
    if not output.in_notebook():
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True
