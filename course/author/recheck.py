"""The ledger's tested rows, run again on this machine: what still holds?

A row is tested by a tagged cell of its lesson's notebook. The notebook runs in a kernel of its own
up to that cell; then either the row's `holds` is true there, or the cell shows what was saved.
"""

import copy
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import machine
from course.claims import Claim
from course.content import catalog
from course.errors import UserError
from course.learner import copies, kernels

if TYPE_CHECKING:
    from nbclient import NotebookClient

SECONDS = 300  # for one cell
TRIES = 3  # for a row that compares times: a busy machine is no news about MLX
NOT_COMPARED = "nbval-ignore-output"  # build's tag; build needs what a learner does not have
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*\.?\d*(?:e[+-]?\d+)?")
# One expression, so that the notebook gets no name of ours; even `_` may be one of its own.
_PROBE = """print(bool(eval({!r}, {{**globals(), "printed": {!r}, "numbers": {!r},
    "value": [None, *get_ipython().user_ns["_oh"].values()][-1]}})))"""


@dataclass(frozen=True)
class Outcome:
    """What running a row again came to.

    Args:
        status: "holds", "no longer holds", or "not here".
        said: why, where it does not hold.
    """

    row: Claim
    status: str
    said: str = ""


def check_all(rows: list[Claim]) -> Iterator[Outcome]:
    """The outcome of each tested row; the notebooks of their lessons run one after the other.

    Raises:
        UserError: a notebook cannot be read, or its kernel does not answer.
    """
    for lesson in catalog.lessons():
        mine = [row for row in rows if row.lesson == lesson.slug and row.tested]
        for row in mine:
            if gaps := machine.lacks(row.needs):
                yield Outcome(row, "not here", f"It {' '.join(gaps)}")
        mine = [row for row in mine if not machine.lacks(row.needs)]
        if mine:
            print(f"running lesson {lesson.number}, {lesson.slug}", file=sys.stderr, flush=True)
            yield from check_lesson(mine, copies.shipped() / "notebooks" / f"{lesson.stem}.ipynb")


def check_lesson(rows: list[Claim], path: Path) -> Iterator[Outcome]:
    """The outcome of each row; its lesson's notebook runs up to the last cell that they need.

    A row that compares times (it has a `holds`, and its cell's output is not compared) is run up to
    three times, each in a kernel of its own, before it no longer holds.

    Args:
        rows: tested ones, of this lesson.
        path: its notebook, with saved outputs.

    Raises:
        UserError: the notebook cannot be read, or its kernel does not answer.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, 4)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None
    times = {
        tag
        for cell in notebook.cells
        for tag in cell.metadata.get("tags", [])
        if NOT_COMPARED in cell.metadata.tags
    }
    for tries in range(1, TRIES + 1):
        again = []
        for outcome in _run(rows, copy.deepcopy(notebook), path):
            row = outcome.row
            if outcome.status != "holds" and row.holds and row.tag in times and tries < TRIES:
                again.append(row)
            else:
                yield outcome
        rows = again
        if not rows:
            return


def _run(rows: list[Claim], notebook: Any, path: Path) -> Iterator[Outcome]:
    """Run a notebook once, up to the last cell that these rows need."""
    from nbclient.exceptions import DeadKernelError

    waiting = {row.tag: row for row in rows}
    saved = [shown(cell) for cell in notebook.cells]
    with kernels.kernel(notebook, path, SECONDS, go_on=True) as (client, env):
        try:
            client.reset_execution_trackers()
            with client.setup_kernel(env=env):
                for i, cell in enumerate(notebook.cells):
                    if not waiting:
                        break
                    if cell.cell_type != "code":
                        continue
                    client.execute_cell(cell, i)
                    for tag in [t for t in cell.metadata.get("tags", []) if t in waiting]:
                        yield _outcome(waiting.pop(tag), cell, saved[i], client, i)
        except DeadKernelError:
            for row in waiting.values():
                yield Outcome(row, "no longer holds", "The kernel died before its cell had run.")
            return
    for row in waiting.values():
        yield Outcome(row, "no longer holds", f"No cell of {path.name} has the tag {row.tag}.")


def _outcome(row: Claim, cell: Any, saved: str, client: "NotebookClient", index: int) -> Outcome:
    """What a row came to whose cell has just run.

    Args:
        saved: what the cell showed when it was saved.
        client: its kernel is still there, with the notebook's names.
        index: of the cell, in the notebook.
    """
    if stopped := _stopped(cell):
        return Outcome(row, "no longer holds", f"Its cell stopped with {stopped}")
    now = shown(cell)
    if not row.holds:
        if not saved.strip():
            return Outcome(row, "no longer holds", "Its cell shows nothing: it tests nothing.")
        same = now == saved
        said = f"It showed:\n{_indented(saved)}\nand shows now:\n{_indented(now)}"
        return Outcome(row, "holds" if same else "no longer holds", "" if same else said)
    import nbformat

    numbers = [float(text.replace(",", "")) for text in _NUMBER.findall(now)]
    probe = nbformat.v4.new_code_cell(_PROBE.format(row.holds, now, numbers))
    client.execute_cell(probe, index, store_history=False)
    if shown(probe).strip() == "True":
        return Outcome(row, "holds")
    why = _stopped(probe) or f"no longer: {row.holds}"
    return Outcome(row, "no longer holds", f"{why}\n{_indented(now)}".rstrip())


def shown(cell: Any) -> str:
    """What a cell printed and displayed, as text.

    A kernel may send a line in several pieces, so the pieces are put together as they are.
    """
    text = ""
    for out in cell.get("outputs", []):
        if out["output_type"] == "stream":
            text += out["text"] if out["name"] == "stdout" else ""
        elif displayed := out.get("data", {}).get("text/plain", ""):
            text += "\n" * (bool(text) and not text.endswith("\n")) + displayed + "\n"
    return text


def _stopped(cell: Any) -> str:
    for out in cell.get("outputs", []):
        if out["output_type"] == "error":
            return f"{out['ename']}: {str(out['evalue']).partition(chr(10))[0]}"
    return ""


def _indented(text: str) -> str:
    return textwrap.indent(text.rstrip("\n"), "    ")
