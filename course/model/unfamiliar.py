"""Words that nobody knows, put into training documents: a model that meets them learns to read.

With known words alone it learns the words by heart and answers with one that it knows. What stands
in the notes and in the answer is replaced in both, so that copying is the only way.
"""

import random
import re
from collections import defaultdict
from functools import cache

from course.model import words

DOCUMENTS = 0.6  # share of them that get unknown words
COPIED, OTHER = 0.5, 0.08  # share of words: of those that the answers repeat, and of the rest
WORD = re.compile(r"[^\W\d_]{3,}")
FIXED = {
    "the",
    "and",
    "please",
    "who",
    "what",
    "when",
    "notes",
    "not",
    "say",
    "name",
    "task",
    "date",
}


def _letters() -> dict[str, list[str]]:
    """What follows each pair of letters in the words that the course knows."""
    after: dict[str, list[str]] = defaultdict(list)
    work = [
        entry for lists in words.SEEN_WORK.values() for kind in lists.values() for entry in kind
    ]
    for word in WORD.findall(" ".join([*work, *words.SEEN_NAMES, *words.SEEN_PROJECTS]).lower()):
        padded = f"  {word} "
        for i in range(len(padded) - 2):
            after[padded[i : i + 2]].append(padded[i + 2])
    return after


_AFTER = _letters()


def invented(rng: random.Random) -> str:
    """A word that might have been one: its letters follow each other as they do in others."""
    while True:
        word, pair = "", "  "
        while (letter := rng.choice(_AFTER[pair])) != " " and len(word) < 12:
            word, pair = word + letter, pair[1] + letter
        if 3 <= len(word) <= 10:
            return word


@cache
def _invented() -> list[str]:
    """So many that none is met often."""
    rng = random.Random("invented")
    return [invented(rng) for _ in range(30_000)]


def unfamiliar(rng: random.Random, turns: list[str]) -> list[str]:
    """Some of the documents with some of their words replaced, each by the same one throughout.

    Args:
        rng: where all chance comes from.
        turns: what user and assistant say in turn.
    """
    if len(turns) == 1 or rng.random() > DOCUMENTS:
        return turns
    answers = set(WORD.findall(" ".join(turns[1::2])))
    new = {}
    for word in dict.fromkeys(WORD.findall(turns[0])):
        if word.lower() not in FIXED and rng.random() < (COPIED if word in answers else OTHER):
            made = rng.choice(_invented())
            new[word] = made.capitalize() if word[0].isupper() else made
    return [WORD.sub(lambda match: new.get(match[0], match[0]), turn) for turn in turns]
