"""Sources to notebooks: the lesson, its exercises, its solutions. Deterministic.

`lesson.py` (percent format) becomes notebooks/NN_slug.ipynb; the exercises of the lesson become
exercises/NN_slug.ipynb and solutions/NN_slug.ipynb; the home notebook is notebooks/index.ipynb. A
rebuild on a clean tree changes nothing, byte for byte: cell ids come from the text, outputs stay
with the cells they came from.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course.content import assemble, catalog, syllabus
from course.content.catalog import Lesson
from course.content.source import Source
from course.errors import UserError
from course.exercise import Exercise
from course.learner import home, kernels

WIDGET = "application/vnd.jupyter.widget-view+json"
FOLDERS = ("notebooks", "exercises", "solutions")
IGNORE = "nbval-ignore-output"
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def build(out: Path, root: Path | None = None) -> list[Path]:
    """Write all notebooks below ``out``; outputs of unchanged cells are kept.

    Args:
        out: the folder that holds notebooks/, exercises/ and solutions/.
        root: the folder of lessons.

    Returns:
        The paths that changed.
    """
    changed = []
    for path, text in texts(out, root).items():
        if not holds(path, text):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def holds(path: Path, text: str) -> bool:
    """Whether the file at ``path`` holds ``text`` and nothing else."""
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def texts(out: Path, root: Path | None = None) -> dict[Path, str]:
    """The path of each generated file -> what it should hold. Writes none.

    Args:
        out: the folder that holds notebooks/, exercises/ and solutions/.
        root: the folder of lessons.
    """
    made: dict[Path, str] = {}
    for lesson in catalog.lessons(root):
        made |= texts_of(lesson, out)
    return made | home_text(out, root)


def home_text(out: Path, root: Path | None = None) -> dict[Path, str]:
    """The home notebook's path -> what it should hold; the outputs that it has stay.

    Args:
        out: the folder that holds notebooks/.
        root: the folder of lessons.
    """
    cells = [
        new_code_cell(text, metadata={"tags": [IGNORE]})
        if kind == "code"
        else new_markdown_cell(text)
        for kind, text in home.texts(root)
    ]
    path = home_path(out)
    return {path: _text(_with_outputs(_notebook(cells), path))}


def home_path(out: Path) -> Path:
    """The home notebook, which `lab` opens."""
    return out / "notebooks" / "index.ipynb"


def texts_of(lesson: Lesson, out: Path) -> dict[Path, str]:
    """The path of each of a lesson's three files -> what it should hold.

    Args:
        lesson: the lesson.
        out: the folder that holds notebooks/, exercises/ and solutions/.
    """
    return {path: _text(_with_outputs(made, path)) for path, made in notebooks(lesson, out).items()}


def paths(lesson: Lesson, out: Path) -> list[Path]:
    """The three files of a lesson, in notebooks/, exercises/ and solutions/ below ``out``."""
    return [out / folder / f"{lesson.stem}.ipynb" for folder in FOLDERS]


def notebooks(lesson: Lesson, out: Path) -> dict[Path, NotebookNode]:
    """Each path of ``paths`` -> its notebook, made anew from the sources, without outputs."""
    made = (lesson_notebook(lesson), exercise_notebook(lesson), exercise_notebook(lesson, True))
    return dict(zip(paths(lesson, out), made, strict=True))


def execute(path: Path, timeout: float = 300) -> None:
    """Run a notebook in its own folder with an empty progress file, and save its outputs.

    Args:
        path: the notebook. If a cell raises, it is left as it was.
        timeout: seconds that one cell may take.

    Raises:
        UserError: a cell raised; the text names it. Or the kernel died, or did not answer.
    """
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    notebook = nbformat.read(path, 4)
    with kernels.kernel(notebook, path, timeout) as (client, env):
        try:
            client.execute(env=env)
        except (CellExecutionError, CellTimeoutError) as error:
            raise UserError(f"{path}: {error}") from None
    for cell in notebook.cells:  # a widget is gone with its kernel; what it showed is no text
        outputs = [out for out in cell.get("outputs", []) if WIDGET not in out.get("data", {})]
        cell.update({"outputs": outputs} if cell.cell_type == "code" else {})
    notebook.metadata = _metadata(executed=_hash(notebook))
    path.write_text(_text(notebook), encoding="utf-8", newline="\n")


def is_executed(path: Path) -> bool:
    """Whether the saved outputs were made from the source that the file shows."""
    notebook = nbformat.read(path, 4)
    return notebook.metadata.get("mlx_course", {}).get("executed") == _hash(notebook)


def lesson_notebook(lesson: Lesson) -> NotebookNode:
    """The lesson's cells, then the list of its exercises."""
    cells = _lesson_cells(lesson)
    rows = [
        f"| `{made.name}` | {made.minutes} | {made.level} |" for made in catalog.exercises(lesson)
    ]
    table = "\n".join(["| exercise | minutes | level |", "|---|---|---|", *rows])
    cells.append(
        new_markdown_cell(
            f"## Exercises\n\nThey are in [exercises/{lesson.stem}.ipynb]"
            f"(../exercises/{lesson.stem}.ipynb), each with its check.\n\n{table}"
        )
    )
    return _notebook(cells)


def tagged(lesson: Lesson, prefix: str) -> dict[str, list[str]]:
    """Each tag of a code cell that begins with ``prefix`` -> all tags of that cell.

    Args:
        lesson: the lesson whose lesson.py is read.
        prefix: such as "claim:".
    """
    code = (cell for cell in _lesson_cells(lesson) if cell.cell_type == "code")
    lists = [cell.metadata.get("tags", []) for cell in code]
    return {tag: tags for tags in lists for tag in tags if tag.startswith(prefix)}


def exercise_notebook(lesson: Lesson, solved: bool = False) -> NotebookNode:
    """A notebook of a lesson's exercises, each with its check.

    Args:
        lesson: the lesson.
        solved: with the answers; without, with stubs.
    """
    exercises, texts = catalog.exercises(lesson), assemble.read_all(lesson)
    minutes = syllabus.exercise_minutes(exercises)
    kind = "solutions" if solved else "exercises"
    how = (
        "Each answer stands here with its check, other right answers, and the known wrong ones "
        "with the message that their author sees."
        if solved
        else 'Write your answer, run its cell, then run the check under it. `hint("name")` gives '
        'three hints, one a call; `reveal("name")` shows an answer; `progress()` shows where '
        "you are."
    )
    intro = (
        f"# {lesson.number} · {syllabus.title(lesson)}: {kind}\n\n{len(exercises)} "
        f"exercise{'s' * (len(exercises) != 1)}, about "
        f"{minutes} minutes. The lesson is [notebooks/{lesson.stem}.ipynb]"
        f"(../notebooks/{lesson.stem}.ipynb).\n\n{how}"
    )
    first = "import course\nfrom course import check, hint, progress, reveal\n\n"
    first += assemble.imports(texts)
    cells = [new_markdown_cell(intro), new_code_cell(first.rstrip())]
    for exercise, text in zip(exercises, texts, strict=True):
        cells += _solved(exercise, text) if solved else _blank(exercise, text)
    return _notebook(cells)


def code_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The notebook's code cells, which nbval runs."""
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def _lesson_cells(lesson: Lesson) -> list[NotebookNode]:
    return jupytext.reads(lesson.text.read_text(encoding="utf-8"), fmt="py:percent").cells


def _blank(exercise: Exercise, text: Source) -> list[NotebookNode]:
    stub = f"{exercise.name} = ..." if exercise.value else text.stub()
    return [
        *(_heading(exercise), *_given(text), new_code_cell(stub), _check(exercise)),
        *_after(exercise),
    ]


def _solved(exercise: Exercise, text: Source) -> list[NotebookNode]:
    answer = text.value() if exercise.value else text.solution()
    others = text.alternatives(exercise.value)
    also = "\n\n".join(f"```python\n{other}\n```" for other in others)
    wrong = "\n".join(
        f"- `{known.name}`: {syllabus.shown(known.sentence)}" for known in exercise.misconceptions
    )
    return [
        _heading(exercise),
        *_given(text),
        new_code_cell(answer),
        _check(exercise),
        *_after(exercise),
        *([new_markdown_cell(f"**Also right**\n\n{also}")] if also else []),
        new_markdown_cell(f"**Known wrong answers**\n\n{wrong}"),
    ]


def _heading(exercise: Exercise) -> NotebookNode:
    facts = [f"{exercise.minutes} minutes", f"level {exercise.level}"]
    facts += [f"needs: {', '.join(exercise.needs)}"] if exercise.needs else []
    statement = f"\n\n{exercise.statement}" if exercise.value else ""
    return new_markdown_cell(f"## {exercise.name}\n\n{' · '.join(facts)}{statement}")


def _given(text: Source) -> list[NotebookNode]:
    given = "\n\n\n".join(part for _, part in text.given())
    return [new_code_cell(f"# Given\n{given}")] if given else []


def _check(exercise: Exercise) -> NotebookNode:
    cell = new_code_cell(f'check("{exercise.name}", {exercise.name})')
    if exercise.needs:  # its verdict depends on the machine; verify asserts it instead
        cell.metadata.tags = [IGNORE]
    return cell


def _after(exercise: Exercise) -> list[NotebookNode]:
    prose, code = exercise.after
    cell = new_code_cell(code, metadata={"tags": [IGNORE]})
    return [new_markdown_cell(prose), cell] if code else []


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    seen: dict[str, int] = {}
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\0{cell.source}".encode()).hexdigest()[:8]
        cell["id"] = f"{digest}-{seen.setdefault(digest, 0)}"
        seen[digest] += 1
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's, for the way back
    return new_notebook(cells=cells, metadata=_metadata())


def _metadata(**ours: str) -> NotebookNode:
    facts = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return NotebookNode(nbformat.from_dict(facts | ({"mlx_course": ours} if ours else {})))


def _with_outputs(made: NotebookNode, path: Path) -> NotebookNode:
    """The notebook with the outputs of the file that is there.

    A cell has its outputs back if its id, which holds a hash of its source, is still the same.
    """
    try:
        old = nbformat.read(path, 4)
        nbformat.validate(old)
    except Exception:  # missing, or damaged in some way: made anew
        return made
    before = {cell.get("id"): cell for cell in code_cells(old)}
    for cell in code_cells(made):
        if cell.id in before and before[cell.id].source == cell.source:
            cell.outputs = before[cell.id].outputs
            cell.execution_count = before[cell.id].execution_count
    # It was run, and no code cell has changed since, in the source or by hand in the file.
    if old.metadata.get("mlx_course") == {"executed": _hash(made)} and _hash(old) == _hash(made):
        made.metadata["mlx_course"] = old.metadata.mlx_course
    return made


def _hash(notebook: NotebookNode) -> str:
    sources = "\0".join(cell.source for cell in code_cells(notebook))
    return hashlib.sha256(sources.encode()).hexdigest()[:16]


def _text(notebook: NotebookNode) -> str:
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"
