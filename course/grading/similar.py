"""Which submissions look alike: a remark for a teacher, and no more than that.

Works on text alone. What the course itself hands out, stubs and solutions, is no likeness.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from course.grading.record import Result

ALIKE = 0.9  # of all runs of tokens that either of two has
RUN = 9  # tokens in a row
LEAST = 60  # runs that a submission must have: short answers are alike by nature
_TOKEN = re.compile(r"\"(?:[^\"\\\n]|\\.){0,99}\"|'(?:[^'\\\n]|\\.){0,99}'|\w+|[^\w\s]")
_NOTE = re.compile(r"(?m)#.*$|\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''")


def runs(result: Result, known: Iterable[str] = ()) -> frozenset[int]:
    """The runs of tokens in the answers of a submission, without those of ``known`` texts."""
    handed_out = set().union(*(_runs(text) for text in known)) if known else set()
    mine = set().union(*(_runs(mark.code) for mark in result.marks)) if result.marks else set()
    return frozenset(mine - handed_out)


def pairs(found: dict[str, frozenset[int]]) -> list[tuple[str, str, float]]:
    """(student, student, likeness) of those who are nearly identical, most alike first."""
    big = {name: mine for name, mine in found.items() if len(mine) >= LEAST}
    shared: dict[tuple[str, str], bool] = {}
    where: dict[int, list[str]] = defaultdict(list)
    for name, mine in big.items():
        for run in sorted(mine)[:: max(1, len(mine) // 20)]:  # 20 are enough to meet
            where[run].append(name)
    for names in where.values():
        if len(names) <= max(10, len(big) // 4):  # what a quarter of the class has is common
            shared.update(dict.fromkeys(combinations(sorted(names), 2), True))
    alike = []
    for one, other in shared:
        a, b = big[one], big[other]
        likeness = len(a & b) / len(a | b)
        if likeness >= ALIKE:
            alike.append((one, other, likeness))
    return sorted(alike, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _runs(code: str) -> set[int]:
    """A few tokens in a row, names of one's own made equal: renaming changes nothing."""
    tokens = _TOKEN.findall(_NOTE.sub("", code[:20_000]))
    found = set()
    for i in range(len(tokens) - RUN + 1):
        numbers: dict[str, str] = {}
        run = [
            numbers.setdefault(token, f"n{len(numbers)}")
            if token.isidentifier() and token not in _WORDS
            else token
            for token in tokens[i : i + RUN]
        ]
        found.add(zlib.crc32("\0".join(run).encode("utf-8", "replace")))
    return found


_WORDS = {"def", "return", "for", "in", "if", "else", "class", "lambda", "mx", "nn", "np", "not",
          "while", "import", "from", "self", "None", "True", "False", "and", "or"}  # fmt: skip
