"""English as the notes need it: forms of a verb, plurals, lists, numbers in words. No chance."""

import re
from functools import cache
from typing import NamedTuple

PAST = """
send sent sent;write wrote written;buy bought bought;sell sold sold;find found found;get got got
make made made;take took taken;bring brought brought;do did done;give gave given;hold held held
build built built;choose chose chosen;draw drew drawn;drive drove driven;feed fed fed;go went gone
hang hung hung;keep kept kept;lay laid laid;lead led led;leave left left;lend lent lent
let let let;meet met met;pay paid paid;put put put;read read read;rebuild rebuilt rebuilt
redo redid redone;rewrite rewrote rewritten;run ran run;say said said;see saw seen;set set set
shut shut shut;speak spoke spoken;spend spent spent;sweep swept swept;teach taught taught
tell told told;think thought thought;win won won;withdraw withdrew withdrawn;cut cut cut
come came come;dig dug dug;hide hid hidden;split split split;begin began begun;swim swam swum
rewind rewound rewound;sew sewed sewn;show showed shown;sing sang sung;dig dug dug;sow sowed sown
oversee oversaw overseen;undo undid undone;wind wound wound;ride rode ridden;drop dropped dropped
""".replace("\n", ";")
IRREGULAR = {
    base: (past, done) for base, past, done in (e.split() for e in PAST.split(";") if e.strip())
}
DOUBLED = frozenset(["get", "set", "put", "cut", "plan", "stop", "ship", "scan", "swap", "pin", "trim", "wrap", "map", "shop", "tag", "log", "mop", "chop", "run", "shut", "begin", "dig", "let", "drop", "split", "win", "submit", "refit", "fit", "rub", "ban", "flag", "chat", "skip", "grab", "jot", "pad", "prep", "strip", "top", "unplug", "plug", "sum", "star", "swim", "tap"])  # fmt: skip
ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


class Verb(NamedTuple):
    """The forms of a verb, with what belongs to it: set up, sets up, set up, set up, setting up."""

    base: str
    third: str
    past: str
    done: str
    ing: str


@cache
def verb(text: str) -> Verb:
    """All forms of a verb. The first word changes: "set up", "write to"."""
    word, _, rest = text.partition(" ")
    rest = rest and f" {rest}"
    if word[-1] == "y" and word[-2] not in "aeiou":
        third, past = word[:-1] + "ies", word[:-1] + "ied"
    else:
        hissing = word.endswith(("s", "x", "z", "ch", "sh", "o"))
        third = word + ("es" if hissing else "s")
        past = word + ("d" if word[-1] == "e" else "ed")
    stem = word
    if word in DOUBLED:
        stem = word + word[-1]
        past = stem + "ed"
    elif word[-1] == "e" and not word.endswith(("ee", "oe", "ye")):
        stem = word[:-1]
    past, done = IRREGULAR.get(word, (past, past))
    return Verb(text, third + rest, past + rest, done + rest, stem + "ing" + rest)


def plural(noun: str) -> str:
    """Of a noun, the last word of it: "price list" -> "price lists"."""
    if noun.endswith(("child", "man")) and not noun.endswith("human"):
        return noun + "ren" if noun.endswith("child") else noun[:-2] + "en"
    if noun[-1] == "y" and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("shelf", "knife")):
        return noun.rstrip("e")[:-1] + "ves"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def a(text: str) -> str:
    """With the indefinite article before it, by its first letter."""
    return ("an " if text[0].lower() in "aeiou" and text[:3] not in ("use", "uni") else "a ") + text


def sentence(text: str, end: str = ".") -> str:
    """Text that begins with a capital and ends with a full stop or another mark."""
    text = _STOP.sub(lambda match: match[0].upper(), text)
    return text[0].upper() + text[1:] + end * (text[-1] not in ".?!:")


_STOP = re.compile(
    r"(?<=[a-z)]{2}[.?] )[a-z]"
)  # what follows a full stop, but no "Dr. " or "9.30 pm"


def listed(names: list[str]) -> str:
    """Names as English lists them: Ana, Ben and Cleo."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number(value: int) -> str:
    """In words, up to 9,999; round ones above: two hundred, fifteen thousand."""
    if value <= 20:
        return ONES[value - 1]
    if value < 100:
        tens, ones = divmod(value, 10)
        return TENS[tens - 2] + (f"-{ONES[ones - 1]}" if ones else "")
    size, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    many, rest = divmod(value, size)
    return f"{number(many)} {name}" + (f" and {number(rest)}" if rest else "")
