"""Where chance comes from, and what is held out: one in ten of the entries of each list.

Whether an entry is kept back is decided by a checksum of its text, so that no list is written
twice. Training never draws one; ``held_out`` draws them half of the time. Knows no English.
"""

import random
import zlib
from collections.abc import Sequence

from course.model import words
from course.model.unfamiliar import invented

SHARE = 10  # one in so many is kept back
LEAST = 8  # a shorter list is used whole: everything in it is needed

_split: dict[int, tuple[list[str], list[str], Sequence[str]]] = {}


def kept(entries: Sequence[str]) -> list[str]:
    """What of a list no training document is made with."""
    return _parts(entries)[1]


def _parts(entries: Sequence[str]) -> tuple[list[str], list[str], Sequence[str]]:
    found = _split.get(id(entries))
    if found is None:
        back = [e for e in entries if zlib.crc32(e.encode()) % SHARE == 0]
        back = list(dict.fromkeys(back)) if len(entries) >= LEAST else []
        found = [e for e in entries if e not in back], back, entries
        _split[id(entries)] = found  # with the list itself, so that its id stays its own
    return found


class Pen:
    """Writes one note: where its words and phrasings come from.

    Args:
        rng: where all chance comes from.
        held_out: with names that training never shows, and in each place with one chance in two a
            word or a phrasing that it never shows.
        strange: share of the names and of the other words of weight that are invented.
    """

    def __init__(self, rng: random.Random, held_out: bool = False, strange: float = 0.0) -> None:
        self.rng, self.held_out, self.strange = rng, held_out, strange
        self.random = rng.random

    def maybe(self, share: float) -> bool:
        """True in this share of the cases."""
        return self.random() < share

    def one(self, entries: Sequence[str]) -> str:
        """An entry of a list, with regard to what is held out."""
        seen, back, _ = _parts(entries)
        if self.held_out and back and self.random() < 0.5:
            return back[int(self.random() * len(back))]
        return seen[int(self.random() * len(seen))]

    def word(self, entries: Sequence[str]) -> str:
        """An entry of a list, or an invented word in its place."""
        return invented(self.rng) if self.random() < self.strange else self.one(entries)

    def name(self) -> str:
        """A first name; with a title and a surname now and then."""
        if self.held_out:
            return self.rng.choice(kept(words.NAMES))
        chance = self.random()
        if chance < 0.05:
            return f"{self.one(words.TITLES)} {self.surname()}"
        if chance > 0.985:
            return f"{self.rng.choice(words.STARTS)[0]}. {self.surname()}"
        if chance > 0.975:
            return f"{self.rng.choice(words.STARTS)[0]}.{self.rng.choice(words.STARTS)[0]}."
        if chance > 0.95:
            return f"{self.one(words.PREFIXES)} {self.one(words.NAMES)}"
        if chance > 0.93:
            return f"{self.one(words.NAMES)}-{self.made_up() if self.maybe(0.5) else self.one(words.NAMES)}"
        first = self.made_up() if self.random() < 0.25 + self.strange else self.one(words.NAMES)
        return f"{first} {self.surname()}" if chance < 0.09 else first

    def surname(self) -> str:
        return self.made_up() if self.maybe(0.3) else self.one(words.SURNAMES)

    def names(self, count: int) -> list[str]:
        """Different ones, none a part of another."""
        names: list[str] = []
        while len(names) < count:
            name = self.name()
            if not any(name in other or other in name for other in names):
                names.append(name)
        return names

    def made_up(self) -> str:
        """A name that nobody has yet: whoever copies it has to read it."""
        middle = self.rng.choice(words.MIDDLES) if self.maybe(0.4) else ""
        made = self.rng.choice(words.STARTS) + middle + self.rng.choice(words.ENDS)
        return self.made_up() if made in _KEPT_NAMES else made


_KEPT_NAMES = frozenset(kept(words.NAMES))
