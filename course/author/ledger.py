"""`mlx-course claims`: the ledger to read, and its tested rows to run again on this machine.

Knows how rows are shown and counted; `recheck` runs them.
"""

import sys
from collections import Counter
from typing import Annotated

import typer

from course import claims as ledger
from course.claims import Claim
from course.content import catalog
from course.errors import UserError
from course.learner import tables


def claims(
    id: Annotated[str | None, typer.Argument(help="Such as lazy_graphs.fusion.")] = None,
    lesson: Annotated[str, typer.Option(help="Only the claims of this lesson.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Test them again, here and now.")] = False,
) -> None:
    """Show what is said about MLX and what is true; --check tests it again on this machine."""
    rows = ledger.load()
    if lesson:
        known = sorted({row.lesson for row in rows})
        if lesson not in known:
            raise UserError(f'No claim is shown in "{lesson}". There are: {", ".join(known)}.')
        rows = [row for row in rows if row.lesson == lesson]
    if id:
        rows = [ledger.find(id, rows)]
    if not check:
        print("\n".join(one(rows[0]) if id else listing(rows)))
        return
    sys.exit(0 if report(rows) else 1)


def report(rows: list[Claim]) -> bool:
    """Test rows again, print what each came to, and return whether all that ran still hold.

    Raises:
        UserError: a notebook cannot be read, or its kernel does not answer.
    """
    from course.author import recheck  # MLX, only now: `cli` works where it is missing

    count = Counter({"untested": sum(not row.tested for row in rows)})
    for outcome in recheck.check_all(rows):
        count[outcome.status] += 1
        if outcome.status != "holds":
            print(f"{outcome.status}: {outcome.row.id} {outcome.said}".rstrip(), flush=True)
    print(
        f"{count['holds']} of {sum(row.tested for row in rows)} tested claims hold on this "
        f"machine; {count['no longer holds']} no longer hold, {count['not here']} cannot be tested "
        f"here; {count['untested']} have no cell that tests them."
    )
    return not count["no longer holds"]


def listing(rows: list[Claim]) -> list[str]:
    """The rows, section by section, and their counts."""
    cells = [
        (row.verdict, "tested" if row.tested else "", f"{row.id}: {row.claim}") for row in rows
    ]
    lines, section = [], ""
    for row, line in zip(rows, tables.table(cells), strict=True):
        if row.section != section:
            section = row.section
            lines += ["", section]
        lines.append(f"  {line}")
    return [*lines[1:], "", *ledger.counts(rows)]


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
    table = tables.table(list(lines.items()))
    return [f"{row.id} ({row.section})", *(f"  {line}" for line in table)]
