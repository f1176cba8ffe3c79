"""Where does output go? Asked in one place: for a notebook, IPython in a terminal, Python."""

import ast
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

import course

PACKAGE = Path(course.__file__).parent
SHOW = "from course import output; output.show('words', '<b>words</b>')"


def test_a_notebook_gets_both() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SHOW)])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    (shown,) = notebook.cells[0].outputs
    assert shown.data == {"text/plain": "words", "text/html": "<b>words</b>"}


@pytest.mark.parametrize("how", [("-c",), ("-m", "IPython", "--no-banner", "-c")])
def test_a_terminal_gets_words(how: tuple[str, ...]) -> None:
    code = SHOW + "; print(output.in_notebook())"
    done = subprocess.run([sys.executable, *how, code], capture_output=True, text=True)
    assert done.stdout.split() == ["words", "False"], done.stderr


def test_ipython_is_not_imported_to_ask() -> None:
    code = "import sys; from course import output; print(output.shell(), 'IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "None False\n", done.stderr


def test_no_other_module_asks() -> None:
    asking = set()
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.Attribute) and node.attr == "get_ipython"
               for node in ast.walk(tree)):  # fmt: skip
            asking.add(file.relative_to(PACKAGE).as_posix())
    assert asking == {"output.py"}
