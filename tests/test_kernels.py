"""A kernel that the course starts: where it works, which progress it sees, how its end is said."""

import ast
import os
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

import course
from course.errors import UserError
from course.learner import kernels

PACKAGE = Path(course.__file__).parent
WHERE = "import os\nprint(os.getcwd())\nprint(os.environ['MLX_COURSE_HOME'])"


def test_it_works_beside_the_notebook_with_progress_of_its_own_that_goes(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell(WHERE)])
    with kernels.kernel(notebook, tmp_path / "a.ipynb", 60) as (client, env):
        client.execute(env=env)
        assert Path(env[kernels.HOME]).is_dir()
    folder, home = notebook.cells[0].outputs[0].text.splitlines()
    assert Path(folder).samefile(tmp_path)
    assert home == env[kernels.HOME] != os.environ["MLX_COURSE_HOME"]
    assert not Path(home).exists()
    assert not list(tmp_path.glob("*.ipynb")), "the notebook is not saved"


def test_a_kernel_that_dies_is_a_sentence_with_the_notebooks_path(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell("import os\nos._exit(1)")])
    path = tmp_path / "a.ipynb"
    with (
        pytest.raises(UserError, match=r"a\.ipynb: the kernel died\. Run the notebook cell by"),
        kernels.kernel(notebook, path, 60, go_on=True) as (client, env),
    ):
        client.execute(env=env)


def test_another_error_stays_what_it_is(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="of somebody else"),
        kernels.kernel(new_notebook(), tmp_path / "a.ipynb", 60),
    ):
        raise RuntimeError("of somebody else")


def test_no_other_module_sets_up_a_kernel() -> None:
    using = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotebookClient"
    }
    assert using == {"learner/kernels.py"}
