"""Days, dates, hours and amounts, as many ways as people write them."""

from typing import NamedTuple

from course.model import english, words
from course.model.draw import Pen

_WORDS = (
    "before",
    "in",
    "within",
    "after",
    "over",
    "at",
    "straight",
    "first",
    "as",
    "right",
    "on",
    "later",
)


def by(text: str) -> str:
    """ "by Friday"; what has its own word keeps it: "before the fair", "in two weeks"."""
    return text if text.split(" ", 1)[0] in _WORDS else f"by {text}"


class Due(NamedTuple):
    """When something is due: what is answered, and how a sentence says it ("by Friday")."""

    text: str = ""
    by: str = ""


def ordinal(day: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{day}{'th' if 10 < day < 14 else ends.get(day % 10, 'th')}"


def date(pen: Pen, year: bool = False) -> str:
    """A day of the year: 4 May, May 4, 4th of May, 04/05, 2026-05-04, Friday 4 May."""
    day, month = pen.rng.randint(1, 28), pen.rng.choice(words.MONTHS)
    chance = pen.random()
    if chance < 0.42:
        text = f"{day} {month}"
    elif chance < 0.56:
        text = f"{month} {day}"
    elif chance < 0.64:
        text = f"{ordinal(day)} {month}"
    elif chance < 0.69:
        text = f"{month} {ordinal(day)}"
    elif chance < 0.73:
        text = f"the {ordinal(day)} of {month}"
    elif chance < 0.81:
        text = f"{day} {pen.rng.choice(words.SHORT_MONTHS)}"
    elif chance < 0.84:
        text = f"{pen.rng.choice(words.SHORT_MONTHS)} {day}"
    elif chance < 0.88:
        text = f"{day}/{pen.rng.randint(1, 12)}"
    elif chance < 0.91:
        return f"{day:02}.{pen.rng.randint(1, 12):02}." + pen.rng.choice(["", "", "2026", "2027"])
    elif chance < 0.95:
        return f"20{pen.rng.randint(23, 29)}-{pen.rng.randint(1, 12):02}-{day:02}"
    else:
        text = f"the {ordinal(day)}"
        return text
    if year or pen.maybe(0.05):
        text += (
            f"{',' if text[-1].isdigit() and pen.maybe(0.4) else ''} 20{pen.rng.randint(23, 29)}"
        )
    if chance < 0.8 and pen.maybe(0.16):
        text = f"{pen.rng.choice(words.DAYS)}{pen.rng.choice([' ', ' ', ', '])}{text}"
    return text


def day(pen: Pen) -> str:
    """A day of the week or of the year, as one names a meeting's."""
    if pen.maybe(0.55):
        return date(pen)
    text = pen.rng.choice(words.SHORT_DAYS if pen.maybe(0.15) else words.DAYS)
    if pen.maybe(0.12):
        return (
            f"{text} {pen.rng.choice(['morning', 'afternoon', 'evening', 'night', 'week', 'next'])}"
        )
    return text


def hour(pen: Pen) -> str:
    """A time of the day: 10:30, 6 pm, half past nine, noon."""
    chance, at = pen.random(), pen.rng.randint(1, 12)
    if chance < 0.4:
        return f"{pen.rng.randint(7, 20)}:{pen.rng.choice(_PAST)}"
    if chance < 0.55:
        return f"{at}{pen.rng.choice(['', ' '])}{pen.rng.choice(['am', 'pm'])}"
    if chance < 0.65:
        return f"{at}.{pen.rng.choice(_PAST)}{pen.rng.choice(['', ' pm', 'pm'])}"
    if chance < 0.85:
        return str(at)
    if chance < 0.93:
        return f"{pen.rng.choice(['half past', 'quarter to', 'quarter past'])} {english.number(at)}"
    return pen.rng.choice(["noon", f"{english.number(at)} o'clock", f"{english.number(at)}"])


_PAST = ["00", "15", "30", "45"]


def due(pen: Pen) -> Due:
    """A deadline, with the words that go before it."""
    chance = pen.random()
    if chance < 0.12:
        text = pen.one(words.ADVERBS)
        return Due(text, text)
    if chance < 0.34:
        text = pen.one(words.SOON)
    elif chance < 0.37:
        text = f"{pen.rng.choice(['the', 'the', 'our'])} {pen.word(words.NOUNS['event'])}"
    else:
        text = day(pen)
    if pen.maybe(0.04):
        text = f"{hour(pen)} on {text}"
    before = "by" if pen.maybe(0.6) else pen.one(_BEFORE)
    if before == "on" and not any(letter.isupper() or letter.isdigit() for letter in text):
        before = "by"
    if before in ("before", "ahead of") and pen.maybe(0.85):
        text = f"before {text}"
        return Due(text, text)
    by = f"{before} {text}"
    if pen.maybe(0.05):
        by += pen.rng.choice([" at the latest", ", at the latest", " latest", " or earlier"])
    return Due(text, by)


_BEFORE = ["before", "until", "on", "on", "no later than", "not later than", "at the latest by",
           "at the latest on", "before", "due", "for", "by the latest", "till", "ahead of", "by", "before"]  # fmt: skip


def money(pen: Pen) -> str:
    """An amount: 1,200 euros, €1200, two hundred pounds, £3.5k, 15 thousand crowns."""
    rng, chance = pen.rng, pen.random()
    if chance < 0.2:
        amount = f"{rng.randint(1, 99)},{rng.choice(['000', '500', '200', '800', '250'])}"
    elif chance < 0.3:
        amount = f"{rng.randint(1, 9)}{rng.choice(['000', '500', '200', '800', '250'])}"
    elif chance < 0.7:
        amount = str(
            rng.choice([rng.randint(2, 99) * 10, rng.randint(1, 19) * 50, rng.randint(5, 999)])
        )
    elif chance < 0.76:
        return f"{rng.choice('€£$')}{rng.randint(1, 90)}{rng.choice(['k', 'k', '.5k', 'K'])}"
    elif chance < 0.82:
        return f"{rng.randint(2, 95)} thousand {rng.choice(_COINS)}"
    elif chance < 0.9:
        many = rng.choice([rng.randint(2, 99), rng.randint(1, 9) * 100, rng.randint(1, 20) * 1000])
        return f"{english.number(many)} {rng.choice(_COINS)}"
    else:
        amount = f"{rng.randint(3, 99)}.{rng.choice(['50', '00', '20', '75', '99'])}"
    text = (
        f"{rng.choice('€£$€£$')}{amount}" if pen.maybe(0.45) else f"{amount} {rng.choice(_COINS)}"
    )
    return f"{rng.choice(_ABOUT)} {text}" if pen.maybe(0.07) else text


_COINS = (
    ["euros", "euros", "pounds", "dollars", "francs", "crowns", "euro", "EUR", "GBP", "CHF", "rupees", "zloty", "yen", "pesos", "rand"]
)
_ABOUT = ["about", "around", "up to", "roughly", "just under"]
