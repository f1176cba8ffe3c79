"""Which submissions look alike: a remark for a teacher, and no more than that.

Works on text alone. What the course hands out (stubs and solutions) does not count as alike.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from course.grading.record import Result

ALIKE = 0.9  # share of n-grams in common, of all that either of two has
N = 9  # tokens in an n-gram
LEAST = 60  # n-grams that a submission must have: short answers are alike by nature
LOOKED_UP = 20  # n-grams of a submission by which another one is found
CODE = 20_000  # characters that are looked at
_TOKEN = re.compile(r"\"(?:[^\"\\\n]|\\.){0,99}\"|'(?:[^'\\\n]|\\.){0,99}'|\w+|[^\w\s]")
_COMMENT = re.compile(r"(?m)#.*$|\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''")


def ngrams(result: Result, known: Iterable[str] = ()) -> frozenset[int]:
    """Hashes of the n-grams of tokens in the answers of a submission.

    Args:
        result: with the code of each mark.
        known: texts whose n-grams are left out.
    """
    handed_out = set().union(*map(_ngrams, known))
    own = set().union(*(_ngrams(mark.code) for mark in result.marks))
    return frozenset(own - handed_out)


def pairs(students: dict[str, frozenset[int]]) -> list[tuple[str, str, float]]:
    """(student, student, likeness) of those who are nearly identical, most alike first.

    Args:
        students: student -> what ``ngrams`` returned.
    """
    big = {name: own for name, own in students.items() if len(own) >= LEAST}
    where: dict[int, list[str]] = defaultdict(list)
    for name, own in big.items():
        for ngram in sorted(own)[:: max(1, len(own) // LOOKED_UP)]:
            where[ngram].append(name)
    candidates: set[tuple[str, str]] = set()
    for names in where.values():
        if len(names) <= max(10, len(big) // 4):  # what a quarter of the class has is common
            candidates.update(combinations(sorted(names), 2))
    alike = []
    for one, other in candidates:
        a, b = big[one], big[other]
        likeness = len(a & b) / len(a | b)
        if likeness >= ALIKE:
            alike.append((one, other, likeness))
    return sorted(alike, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _ngrams(code: str) -> set[int]:
    """A hash of each n-gram of tokens. Names are numbered in it: renaming changes nothing."""
    tokens = _TOKEN.findall(_COMMENT.sub("", code[:CODE]))
    hashes = set()
    for i in range(len(tokens) - N + 1):
        numbers: dict[str, str] = {}
        ngram = [
            numbers.setdefault(token, f"n{len(numbers)}")
            if token.isidentifier() and token not in _KEPT
            else token
            for token in tokens[i : i + N]
        ]
        hashes.add(zlib.crc32("\0".join(ngram).encode("utf-8", "replace")))
    return hashes


_KEPT = {
    *("def", "return", "for", "in", "if", "else", "class", "lambda", "mx", "nn", "np", "not"),
    *("while", "import", "from", "self", "None", "True", "False", "and", "or"),
}
