"""The ledger: each claim that the course makes or corrects, with verdict, source and test.

`claims.toml` beside this file holds the rows. Knows nothing of notebooks but their cell tags.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from course.mistake import Mistake

LEDGER = Path(__file__).parent / "claims.toml"
VERDICTS = ("true", "true with conditions", "stale", "false", "cannot be verified")


@dataclass(frozen=True)
class Claim:
    """One row.

    Args:
        id: "lazy.fusion"; the tag of the cell that tests it is "claim:lazy.fusion".
        says: the claim, in our words.
        verdict: one of VERDICTS.
        truth: what is true instead, or under which conditions.
        source: where a reader can look it up, or "measured in the lesson".
        lesson: slug of the lesson that shows it.
        tested: whether a tagged cell of that lesson tests it; a reading claim has none.
    """

    id: str
    says: str
    verdict: str
    truth: str
    source: str
    lesson: str
    tested: bool

    @property
    def tag(self) -> str:
        return f"claim:{self.id}"


def load(path: Path = LEDGER) -> list[Claim]:
    """All rows.

    Raises:
        Mistake: no TOML; a row without a field, with an unknown one, or of the wrong type; an
            unknown verdict; an id twice.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"{path}: {error}.") from None
    rows = table.get("claim", [])
    are_rows = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    if table.keys() - {"claim"} or not are_rows:
        raise Mistake(f"{path}: a row begins with [[claim]], and there is nothing else.")
    fields = Claim.__annotations__
    found: list[Claim] = []
    for i, row in enumerate(rows, 1):
        where = f"{path}: row {i} ({row.get('id', 'no id')})"
        wrong = sorted(fields.keys() ^ row.keys())
        if wrong:
            raise Mistake(f"{where}: {', '.join(wrong)} missing or unknown.")
        wrong = [name for name, kind in fields.items() if not isinstance(row[name], kind)]
        if wrong or not all(str(value).strip() for value in row.values()):
            raise Mistake(
                f"{where}: {', '.join(wrong) or 'a field'} is empty or of the wrong type."
            )
        if row["verdict"] not in VERDICTS:
            raise Mistake(f"{where}: the verdict must be one of: {', '.join(VERDICTS)}.")
        if any(row["id"] == other.id for other in found):
            raise Mistake(f"{where}: this id is there twice.")
        found.append(Claim(**row))
    return found
