"""The ledger: each claim that the course makes or corrects, with verdict, sources and test.

`ledger/` beside this file holds the rows, a file for each section. A comment such as `# R12` is the
number of a claim in the post that most learners have read. Knows the tags of notebooks' cells, and
nothing else of notebooks.
"""

import datetime
import difflib
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec

from course.errors import UserError

LEDGER = Path(__file__).parent / "ledger"
Verdict = Literal["true", "true if", "stale", "false", "opinion", "unverified"]
Where = Literal["any machine", "arithmetic", "Apple silicon", "CUDA", "reading"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
WHERE: tuple[str, ...] = get_args(Where)
Words = Annotated[str, msgspec.Meta(pattern=r"\S")]  # not empty
Names = Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]
_FIELD = re.compile(r"field `(\w+)`|`\$\.(\w+)")  # as msgspec names the field that is wrong


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row.

    Args:
        id: the slug of the lesson that shows the claim, and a name: "lazy_graphs.fusion". The tag
            of the cell that tests it is then "claim:lazy_graphs.fusion".
        claim: what people say, in our words.
        verdict: one of VERDICTS.
        why: the reason for the verdict: what is true instead, or under which conditions.
        sources: where a reader can look it up: a repository's path, an issue, a document.
        where: what it takes to test the claim, one of WHERE.
        checked: the day on which somebody last looked at the sources.
        section: the ledger's section, from the top of the file.
        untested: why no cell tests it; empty where one does.
        holds: an expression over the notebook's names that is true while the verdict stands: in
            it `value` is the cell's last expression, `printed` is the text that the cell showed,
            and `numbers` are the numbers in that text. Without `holds` the cell must show what it
            showed when it was saved.
        needs: what the machine must have for the test, names of course.machine.NEEDS.
    """

    id: Words
    claim: Words
    verdict: Verdict
    why: Words
    sources: Names
    where: Where
    checked: datetime.date
    section: str = ""
    untested: Words = ""
    holds: Words = ""
    needs: Names = ()

    @property
    def lesson(self) -> str:
        """The slug of the lesson that shows the claim."""
        return self.id.partition(".")[0]

    @property
    def tested(self) -> bool:
        """Whether a cell tests the claim."""
        return not self.untested

    @property
    def tag(self) -> str:
        """The tag of the cell that tests the claim."""
        return f"claim:{self.id}"


def load(path: Path = LEDGER) -> list[Claim]:
    """All claims of the ledger, in order.

    Args:
        path: a TOML file, or a folder of them, which are read in the order of their names.

    Raises:
        UserError: a file is no TOML; a field of a row is missing, unknown, empty or of the wrong
            type; a verdict is unknown; an id is there twice.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise UserError(f"{path}: no file of claims is in it.")
    rows: dict[str, Claim] = {}
    for file in files:
        for row in _file(file):
            if row.id in rows:
                raise UserError(f"{file}: the id {row.id} is there twice.")
            rows[row.id] = row
    return list(rows.values())


def _file(path: Path) -> list[Claim]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}.") from None
    rows, section = table.get("claim", []), table.get("section", "")
    are_rows = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    if table.keys() - {"claim", "section"} or not are_rows:
        raise UserError(f"{path}: a row begins with [[claim]], and there is nothing else.")
    if rows and not (isinstance(section, str) and section.strip()):
        raise UserError(f'{path}: its first line should be: section = "...".')
    return [_row(row, section, f"{path}: row {i}") for i, row in enumerate(rows, 1)]


def _row(row: dict[str, Any], section: str, where: str) -> Claim:
    where = f"{where} ({row.get('id', 'no id')})"
    if "section" in row:
        raise UserError(f"{where}: the section is said once, at the top of the file.")
    try:
        made = msgspec.convert({**row, "section": section}, Claim)
    except msgspec.ValidationError as error:
        raise UserError(f"{where}: {_fault(row, str(error))}") from None
    if made.untested and (made.holds or made.needs):
        raise UserError(f"{where}: a row that is untested has no holds and no needs.")
    return made


def _fault(row: dict[str, Any], said: str) -> str:
    """What is wrong with a row, in our words, from what msgspec said of it."""
    match = _FIELD.search(said)
    if not match:
        return f"{said}."
    name = match[1] or match[2]
    if match[1]:
        return f"{name} is {'unknown' if name in row else 'missing'}."
    known = {"verdict": VERDICTS, "where": WHERE}.get(name)
    if known and isinstance(row[name], str):
        return f"the {name} must be one of: {', '.join(known)}."
    return f"{name} is empty or of the wrong type."


def find(id: str, rows: list[Claim]) -> Claim:
    """The row of this id, or of this name where only one lesson has it.

    Args:
        id: "lazy_graphs.fusion", or "fusion".
        rows: to look among.

    Raises:
        UserError: there is none, or there are several; the nearest ids are in the text.
    """
    matching = [row for row in rows if id in (row.id, row.id.partition(".")[2])]
    if len(matching) == 1:
        return matching[0]
    ids = [row.id for row in matching or rows]
    near = ids if matching else difflib.get_close_matches(id, ids, 3, 0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UserError(f'There is no single claim called "{id}".{hint}')


def counts(rows: list[Claim]) -> list[str]:
    """Two sentences: how many claims there are by verdict, and by what it takes to test them.

    Args:
        rows: claims, as ``load`` returns them.
    """
    verdicts = Counter(row.verdict for row in rows)
    where = Counter(row.where for row in rows)
    tested = sum(row.tested for row in rows)
    return [
        f"{len(rows)} claims: " + ", ".join(f"{verdicts[v]} {v}" for v in VERDICTS if verdicts[v]),
        f"{tested} tested by a cell; by what it takes: "
        + ", ".join(f"{where[w]} {w}" for w in WHERE if where[w]),
    ]
