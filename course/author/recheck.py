"""`mlx-course claims`: the ledger to read, and its tested rows run again on this machine.

A row is tested by a tagged cell of its lesson's notebook. The notebook runs in a kernel of its own
up to that cell; then either the row's `holds` is true there, or the cell shows what was saved.
"""

import copy
import re
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from course import claims, machine
from course.claims import Claim
from course.content import catalog
from course.errors import UserError
from course.learner import lab

SECONDS = 300  # for one cell
TRIES = 3  # for a row that compares times: a busy machine is no news about MLX
NOT_COMPARED = "nbval-ignore-output"  # build's tag; build needs what a learner does not have
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*\.?\d*(?:e[+-]?\d+)?")
# One statement, and no name of ours is left behind in the notebook. (`_` may be a loop's there.)
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


def verb(
    id: Annotated[str | None, typer.Argument(help="Such as lazy_graphs.fusion.")] = None,
    lesson: Annotated[str, typer.Option(help="Only the claims of this lesson.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Test them again, here and now.")] = False,
) -> None:
    """Show what is said about MLX and what is true; --check tests it again on this machine."""
    rows = claims.load()
    if lesson:
        known = sorted({row.lesson for row in rows})
        if lesson not in known:
            raise UserError(f'No claim is shown in "{lesson}". There are: {", ".join(known)}.')
        rows = [row for row in rows if row.lesson == lesson]
    if id:
        rows = [claims.find(id, rows)]
    if not check:
        print("\n".join(one(rows[0]) if id else listing(rows)))
        return
    sys.exit(0 if report(rows) else 1)


def report(rows: list[Claim]) -> bool:
    """Test them again and print what comes out. Returns whether all that ran still hold."""
    count = Counter({"untested": sum(not row.tested for row in rows)})
    for outcome in check_all(rows):
        count[outcome.status] += 1
        if outcome.status != "holds":
            print(f"{outcome.status}: {outcome.row.id} {outcome.said}".rstrip(), flush=True)
    print(
        f"{count['holds']} of {sum(row.tested for row in rows)} tested claims hold on this "
        f"machine; {count['no longer holds']} no longer hold, {count['not here']} cannot be tested "
        f"here; {count['untested']} have no cell that tests them."
    )
    return not count["no longer holds"]


def check_all(rows: list[Claim]) -> Iterator[Outcome]:
    """Run the notebooks of these rows' lessons, one after the other."""
    for lesson in catalog.lessons():
        mine = [row for row in rows if row.lesson == lesson.slug and row.tested]
        for row in mine:
            if gaps := machine.lacks(row.needs):
                yield Outcome(row, "not here", f"It {' '.join(gaps)}")
        mine = [row for row in mine if not machine.lacks(row.needs)]
        if mine:
            print(f"running lesson {lesson.number}, {lesson.slug}", file=sys.stderr, flush=True)
            yield from check_lesson(mine, lab.shipped() / "notebooks" / f"{lesson.stem}.ipynb")


def check_lesson(rows: list[Claim], path: Path) -> Iterator[Outcome]:
    """Run a lesson's notebook up to the last cell that these rows need.

    A row that compares times (it has a `holds`, and its cell's output is not compared) is run up to
    three times, each in a kernel of its own, before it no longer holds.

    Args:
        rows: tested ones, of this lesson.
        path: its notebook, with saved outputs.

    Raises:
        UserError: the notebook cannot be read.
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
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError
    from traitlets.config import Config

    waiting = {row.tag: row for row in rows}
    saved = [shown(cell) for cell in notebook.cells]
    with tempfile.TemporaryDirectory() as home:
        client = NotebookClient(
            notebook, timeout=SECONDS, interrupt_on_timeout=True, allow_errors=True,
            kernel_name="python3", resources={"metadata": {"path": str(path.parent.absolute())}},
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),  # or it warns
        )  # fmt: skip
        try:
            client.reset_execution_trackers()
            with client.setup_kernel(env={**machine.child_env(), "MLX_COURSE_HOME": home}):
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


def _outcome(row: Claim, cell: Any, saved: str, client: Any, index: int) -> Outcome:
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


def listing(rows: list[Claim]) -> list[str]:
    """The rows, section by section, and their counts."""
    lines, section = [], ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", section]
        mark = "tested" if row.tested else "      "
        lines.append(f"  {row.verdict:10} {mark}  {row.id}: {row.claim}")
    return [*lines[1:], "", *claims.counts(rows)]


def one(row: Claim) -> list[str]:
    """Everything that the ledger knows of one claim."""
    stem = next((x.stem for x in catalog.lessons() if x.slug == row.lesson), "")
    how = row.holds or "it shows what it showed"
    tested = f"notebooks/{stem}.ipynb, the cell tagged {row.tag}; while {how}"
    lines = {
        "claim": row.claim,
        "verdict": row.verdict,
        "why": row.why,
        "sources": "; ".join(row.sources),
        "tested by": tested if row.tested else f"no cell: {row.untested}",
        "takes": ", ".join([row.where, *row.needs]),
        "checked": row.checked.isoformat(),
    }
    return [f"{row.id} ({row.section})", *(f"  {k:10} {v}" for k, v in lines.items())]
