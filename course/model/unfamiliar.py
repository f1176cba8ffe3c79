"""Words that nobody knows, put into training documents: a model that meets them learns to read.

With known words alone it learns the words by heart and answers with one that it knows. ``draw``
puts invented words where names, verbs and things stand; here other words of a note, those that no
answer repeats, are replaced.
"""

import random
import re
from collections import defaultdict
from functools import cache

from course.model import words

DOCUMENTS = 0.6  # share of them that get unknown words
OTHER = 0.06  # share of a note's words, of those that matter to no answer
WORD = re.compile(r"[^\W\d_]{4,}")
FIXED = frozenset(
    ["will", "that", "this", "with", "have", "must", "should", "until", "before", "please", "from", "they", "does", "been", "whose", "when", "what", "who", "date", "name", "task", "notes", "because", "instead", "nobody", "meeting", "present", "decided", "budget", "risk", "next", "tools"]
)  # fmt: skip


@cache
def _letters() -> dict[str, list[str]]:
    """What follows each pair of letters in the words that the course knows."""
    after: dict[str, list[str]] = defaultdict(list)
    lists = [*words.VERBS.values(), *words.NOUNS.values(), words.NAMES, words.PROJECTS, words.STUFF]
    for word in WORD.findall(" ".join(entry for entries in lists for entry in entries).lower()):
        padded = f"  {word} "
        for i in range(len(padded) - 2):
            after[padded[i : i + 2]].append(padded[i + 2])
    return after


def _made(rng: random.Random) -> str:
    after = _letters()
    while True:
        word, pair = "", "  "
        while (letter := rng.choice(after[pair])) != " " and len(word) < 12:
            word, pair = word + letter, pair[1] + letter
        if 3 <= len(word) <= 10:
            return word


@cache
def _invented() -> list[str]:
    """So many that none is met often."""
    rng = random.Random("invented")
    return [_made(rng) for _ in range(30_000)]


def invented(rng: random.Random) -> str:
    """A word that might have been one: its letters follow each other as they do in others."""
    made = _invented()
    return made[int(rng.random() * len(made))]


def unfamiliar(rng: random.Random, turns: list[str]) -> list[str]:
    """Some documents with some of the first turn's words replaced: those that no other turn has.

    Args:
        rng: where all chance comes from.
        turns: what user and assistant say in turn.
    """
    if len(turns) == 1 or rng.random() > DOCUMENTS or "<tool" in turns[1]:
        return turns
    note, _, asked = turns[0].rpartition("\n")
    said = {word[:4].lower() for word in WORD.findall(" ".join([asked, *turns[1:]]))}

    def other(match: re.Match[str]) -> str:
        word = match[0]
        if rng.random() > OTHER or word.lower() in FIXED or word[:4].lower() in said:
            return word
        made = invented(rng)
        return made.capitalize() if word[0].isupper() else made

    return [f"{WORD.sub(other, note)}\n{asked}", *turns[1:]]
