"""Notes that people wrote, with questions and answers: to judge a model by, never to train one.

dev.jsonl was looked at while the generator was made, confirm.jsonl was scored only, before the
model's size was chosen, final.jsonl was written last and scored once.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from course.model.corpus import LAP, Example, _lines
from course.model.meeting import Action

SETS = ("dev", "confirm", "final")


def there() -> list[str]:
    """The sets that exist, the one that was scored once first."""
    return [name for name in reversed(SETS) if (Path(__file__).parent / f"{name}.jsonl").is_file()]


@cache
def notes(name: str) -> list[dict[str, Any]]:
    """The notes of a set: id, voice, note, questions, and actions where they were written out."""
    path = Path(__file__).parent / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def questions(name: str) -> list[Example]:
    """The questions of a set, each with its note."""
    return [
        Example(q["kind"], f"{row['note']}\n{q['ask']}", q["answer"], (), tuple(q["accept"]))
        for row in notes(name)
        for q in row["questions"]
    ]


def next_actions(name: str) -> list[Example]:
    """The notes of a set whose next actions were written out, asked as lesson 09 asks."""
    found = []
    for row in notes(name):
        if row.get("actions"):
            actions = [Action(a["who"], a["task"], a.get("due") or "") for a in row["actions"]]
            answer = "\n".join(_lines("lap", actions))
            found.append(Example("lap", f"{row['note']}\n{LAP}", answer))
    return found


_LEADING = re.compile(r"^(the|a|an|by|on|by the|on the) (?=\S)", re.IGNORECASE)


def normal(text: str) -> str:
    """What is compared: differences that no person would call an error are gone.

    Upper and lower case, an article or "by" or "on" at the beginning, a full stop at the end, " and "
    for the comma before the last of a list, blanks, curly for straight quotation marks.
    """
    lines = []
    for line in text.replace("’", "'").replace("“", '"').replace("”", '"').strip().splitlines():
        line = " ".join(line.split()).rstrip(".!").casefold()
        line = line.replace(", and ", ", ").replace(" and ", ", ").replace(" & ", ", ")
        parts = [_LEADING.sub("", part.strip()) for part in line.split(";")]
        lines.append("; ".join(parts))
    return "\n".join(line for line in lines if line)


def right(example: Example, said: str) -> bool:
    """Whether a person would take the answer."""
    return normal(said) in {normal(text) for text in (example.answer, *example.accept)}
