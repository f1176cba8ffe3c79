"""Shows something: as HTML in a notebook, as text elsewhere. Both say the same.

Knows IPython, which it never imports by itself; does not know what is shown.
"""

import sys
from typing import Any


def shell() -> Any:
    """The IPython shell that runs this code, in a notebook or in a terminal; None without one."""
    module = sys.modules.get("IPython")  # not imported: then nothing of it can be running
    return module.get_ipython() if module else None


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this code, so that pictures and HTML are seen."""
    return hasattr(shell(), "kernel")


def show(text: str, html: str) -> None:
    """Display HTML in a notebook; print the text elsewhere.

    Args:
        text: what a terminal shows, and a notebook's reader without HTML.
        html: the same in HTML. JupyterLab takes scripts and styles out of it.
    """
    if not in_notebook():
        print(text)
        return
    from IPython.display import display

    display({"text/plain": text, "text/html": html}, raw=True)
