"""Things and tasks: what stands in an office, a school, a farm, and what is done with it."""

from dataclasses import dataclass

from course.model import english, when, words
from course.model.draw import Pen

GROUPS = ["paper", "paper", "event", "thing", "thing", "system", "people", "place", "stuff"]


@dataclass(frozen=True)
class Task:
    """Something to do: a verb, what it is done to, and what follows.

    A task said as a whole has no ``thing``.
    """

    verb: english.Verb
    thing: str = ""
    tail: str = ""
    many: bool = False

    @property
    def text(self) -> str:
        """As it is answered: send the letters to the parents."""
        return self.with_verb(self.verb.base)

    def with_verb(self, verb: str) -> str:
        return " ".join(part for part in (verb, self.thing, self.tail) if part)

    @property
    def it(self) -> str:
        return "them" if self.many else "it"


def thing(pen: Pen, group: str) -> tuple[str, bool]:
    """Something of a group, with its article and what belongs to it; and whether it is many."""
    rng, chance = pen.rng, pen.random()
    if group == "stuff":
        noun = pen.word(words.STUFF)
        before = pen.one(_SOME) if chance < 0.75 else str(rng.randint(2, 200))
        return f"{before} {noun}".strip(), True
    if group == "people":
        if chance < 0.12:
            return pen.name(), False
        noun = pen.word(words.PEOPLE)
        adjective = pen.word(words.ADJECTIVES[group]) + " " if chance > 0.85 else ""
        before = pen.rng.choice(["the", "the", "the", "our", "a"])
        return f"{before} {adjective}{noun}", noun.endswith("s") and noun[-2] != "s"
    noun = pen.word(words.PLACES if group == "place" else words.NOUNS[group])
    if chance < 0.4:
        text = f"the {noun}"
    elif chance < 0.58:
        text = f"the {pen.word(words.ADJECTIVES[group])} {noun}"
    elif chance < 0.63:
        text = f"our {noun}"
    elif chance < 0.7:
        text = english.a(noun)
    elif chance < 0.73:
        text = english.a(f"{pen.word(words.ADJECTIVES[group])} {noun}")
    elif chance < 0.79 and group != "place":
        maker = pen.made_up() if pen.maybe(0.5) else pen.word(words.PROJECTS)
        text = f"the {maker} {noun}"
    elif chance < 0.82:
        text = f"{pen.name()}'s {noun}"
    elif chance < 0.85:
        text = (
            f"the {pen.word(words.NOUNS['thing'])} {noun}" if group == "thing" else f"that {noun}"
        )
    else:
        many = english.plural(noun)
        which = pen.one(_MANY) if pen.maybe(0.75) else str(rng.randint(2, 150))
        if pen.maybe(0.3):
            many = f"{pen.word(words.ADJECTIVES[group])} {many}"
        return f"{which} {many}".strip(), True
    return text, False


_SOME = ["the", "the", "the", "the", "more", "some", "", "new", "our", "all the", "enough", "fresh"]
_MANY = [
    "the",
    "the",
    "the",
    "all",
    "two",
    "three",
    "our",
    "some",
    "",
    "six",
    "both",
    "new",
    "the last",
]


def any_thing(pen: Pen) -> tuple[str, bool]:
    return thing(pen, pen.rng.choice(GROUPS))


def task(pen: Pen, whole: float = 0.25) -> Task:
    """Something to do.

    Args:
        pen: whose words.
        whole: share of the tasks that come as they are from a list, without a thing of their own.
    """
    if pen.maybe(whole):
        text = pen.one(words.TASKS)
        first, _, rest = text.partition(" ")
        if pen.maybe(pen.strange):  # all the same, but for one word
            parts = rest.split(" ")
            place = pen.rng.randrange(len(parts))
            if len(parts[place]) > 3:
                parts[place] = pen.word(words.STUFF)
            rest = " ".join(parts)
        return Task(english.verb(first), "", rest)
    group = pen.rng.choice(GROUPS)
    verbs = words.VERBS["thing" if group == "stuff" else group]
    what, many = thing(pen, group)
    verb = english.verb(pen.word(verbs))
    return Task(verb, what, _tail(pen, group) if pen.maybe(0.3) else "", many)


def _tail(pen: Pen, group: str) -> str:
    rng = pen.rng
    if group == "people":
        return f"{rng.choice(['about', 'about', 'for', 'about the price of', 'because of'])} {any_thing(pen)[0]}"
    kind = rng.randrange(7)
    if kind == 0:
        return f"{rng.choice(['for', 'before', 'at', 'after'])} {thing(pen, 'event')[0]}"
    if kind == 1:
        return f"{rng.choice(['to', 'for', 'with', 'from'])} {thing(pen, 'people')[0]}"
    if kind == 2:
        return f"{rng.choice(['in', 'at', 'for', 'behind', 'next to'])} {thing(pen, 'place')[0]}"
    if kind == 3:
        return f"for {any_thing(pen)[0]}"
    if kind == 4:
        return f"with {pen.name()}"
    if kind == 5:
        return f"and {rng.choice(['the', 'its', 'their'])} {pen.word(words.STUFF)}"
    return f"{rng.choice(['on', 'about', 'of', 'to', 'into'])} {any_thing(pen)[0]}"


def plan(pen: Pen) -> str:
    """What a meeting may be about."""
    rng, chance = pen.rng, pen.random()
    if chance < 0.3:
        name = pen.made_up() if pen.maybe(0.2 + pen.strange) else pen.one(words.PROJECTS)
        return f"the {name} {pen.word(words.PLANS)}"
    if chance < 0.45:
        return f"the {pen.word(words.PLANS)} {rng.choice(['plan', 'project', 'budget', 'week', 'team'])}"
    if chance < 0.75:
        return thing(pen, "event")[0]
    if chance < 0.82:
        return f"{english.verb(pen.word(words.VERBS['thing'])).ing} {thing(pen, 'thing')[0]}"
    if chance < 0.9:
        return f"{any_thing(pen)[0]} for {thing(pen, rng.choice(['event', 'place', 'people']))[0]}"
    return any_thing(pen)[0]


def decision(pen: Pen) -> tuple[str, str, str]:
    """(how it is said: "to", "that" or "it", what was decided, the thing that it is about)."""
    chance, slots = pen.random(), Slots(pen)
    if chance < 0.5:
        if pen.maybe(0.5):
            job = task(pen, 0.15)
            return "to", job.text, job.thing
        text = pen.one(_TO).format_map(slots)
        return "to", text, slots.first
    if chance < 0.8:
        text = pen.one(_THAT).format_map(slots)
        return "that", text, slots.first
    if pen.maybe(0.4):
        what = any_thing(pen)[0]
        return "it", what, ""
    text = pen.one(_IT).format_map(slots)
    return "it", text, slots.first


def risk(pen: Pen) -> tuple[str, str, str]:
    """(how it is said: "that" or "it", what may go wrong, the thing that it is about)."""
    slots = Slots(pen)
    how, frames = ("that", _MAY) if pen.maybe(0.6) else ("it", _DANGERS)
    text = pen.one(frames).format_map(slots)
    return how, text, slots.first


class Slots(dict):
    """Words for what stands in braces, drawn when asked for: o, p, e, l, s, v, m, d, h, r, n, g, a."""

    def __init__(self, pen: Pen) -> None:
        super().__init__()
        self.pen, self.first = pen, ""  # the first thing that was drawn

    def __getitem__(self, key: str) -> str:
        drawn = self._drawn(key)
        if not self.first and key in "oel":
            self.first = drawn
        return drawn

    def _drawn(self, key: str) -> str:
        pen, rng = self.pen, self.pen.rng
        match key[0]:
            case "o":
                return thing(pen, rng.choice(["paper", "event", "thing", "system"]))[0]
            case "p":
                return thing(pen, "people")[0]
            case "e":
                return thing(pen, "event")[0]
            case "l":
                return thing(pen, "place")[0]
            case "s":
                return pen.word(words.STUFF)
            case "v":
                return english.verb(pen.word(words.VERBS["thing"])).done
            case "g":
                return english.verb(pen.word(words.VERBS["thing"])).ing
            case "m":
                return when.money(pen)
            case "d":
                return when.day(pen)
            case "h":
                return when.hour(pen)
            case "r":
                return pen.word(words.ROLES)
            case "n":
                return pen.made_up() if pen.maybe(0.5) else pen.one(words.NAMES)
            case "a":
                return pen.word(words.ADJECTIVES["thing"])
            case "k":
                return str(rng.randint(2, 60))
            case _:
                return rng.choice(words.DAYS) + "s"


_TO = words.entries("""
cancel {e}; postpone {e}; move {e} to {d}; move {e} to {l}; hold {e} in {l}; start {e} at {h};
raise the fee to {m}; lower the price to {m}; meet every {d}; keep {o}; replace {o}; buy {o};
rent {o}; sell {o}; give {s} to {p}; close {l} on {t}; open {l} on {t}; hire {p}; hire a second
{r}; go with {o}; go ahead with {e}; choose {n}; order from {n} instead of {n}; use {l} for {e};
use {o} again; spend {m} on {s}; not buy {o}; wait with {o}; stop selling {s}; stop using {o};
try {o} for {k} weeks; drop {o}; paint {l} {a}; put {o} in {l}; invite {p}; ask {p} for help;
change supplier; switch to {n}; pay {p} {m}; share {l} with {p}; split {o} in two; skip {e} this
year; combine {e} and {e}; sing {k} songs; stay with {n}; leave {o} as it is; let {p} use {l};
make {o} free; offer {s}; keep the price at {m}; limit {e} to {k} people; serve {s}; collect
{s}; have {e} outdoors; lend {o} to {p}; do {e} on {d}; do without {s}; make {n} the new {r};
allow {s} in {l}; ban {s}; merge {o} with {o}; freeze {o}; ship without {o}; fix {o} first; roll
back {o}; open at {h}; close at {h}; close earlier on {t}; extend {e} by {k} days

""", ";")  # fmt: skip
_THAT = words.entries("""
{e} moves to {d}; {e} moves to {l}; {e} starts at {h}; {e} will be held in {l}; {e} will be {v};
{o} will be {v}; {o} stays as it is; the fee stays at {m}; the fee goes up to {m}; entry will be
{m}; {l} stays closed until {d}; {l} stays open on {t}; {l} will be {v}; nobody uses {o} any
more; {n} becomes the new {r}; {n} stays {r}; {p} get {s}; {p} will pay {m}; {p} may use {l};
{s} are free for {p}; {s} will no longer be sold; we meet on {t}; we meet every {k} weeks; we do
not buy {o}; we keep {o}; we use {n} for {o}; every class brings {s}; each team gets {k} {s} ;
{o} is no longer needed; {o} comes first; {e} is off; {e} is cancelled; {e} takes place after
all; only {p} get a key; {o} goes to {n}; all {s} must be {v}; the colour will be {a}; we start
at {h}; doors open at {h}; {l} opens at {h}; {o} can wait; {e} lasts {k} days; there will be no
{e}; there will be no {s} this year; {o} is good enough

""", ";")  # fmt: skip
_IT = words.entries("""
no {e} this year; no more {s}; {k} {s}; a {a} {l}; {n} as the new {r}; {n} for {o}; {a} {s} for
{p}; {m} for {s}; {e} on {d}; {e} in {l}; {s} instead of {s}; a new {r}; {o} from {n}; {e} at
{h}; free entry for {p}; one {r} for {e}; the {a} {s}; {o} first, {o} later; {m} a head; {m} for
each of {p}; a second {r}; {l} rather than {l}; {g} {o}; no change to {o}; one more week for
{o}; {e} without {s}; {t} instead of {t}

""", ";")  # fmt: skip
_MAY = words.entries("""
{o} may be incomplete; {o} depends on one person; nobody has time for {o}; {o} may be out of
date; {o} could be late; {o} contains mistakes; {o} may clash with {e}; too few people may come
to {e}; {e} may cost more than planned; {e} could be rained off; {l} is too small for {e}; {o}
may break again; {o} may arrive late; the supplier of {o} may fail; {o} is too heavy; {o} could
be stolen; {o} is not tested yet; {o} may be slow; we may lose data; customers may not like {o};
{o} could be down for a day; {p} may say no; {p} may not answer in time; {p} might cancel; {s}
may not arrive before {d}; {s} may run out; {s} could get wet; we run out of {s}; we run out of
money; we run out of time; it rains on {d}; it will rain; {l} may not be free on {d}; {l} could
flood; {l} may be too cold ; {n} may leave before {d}; {n} is the only one who knows {o}; prices
go up again; {p} could complain; the costs may go above {m}; there are not enough {s}; there is
no {r} for {e}; {o} fails under load; {o} will not be ready by {d}; somebody gets hurt in {l};
{s} are sold out; {s} may go bad; nobody signs up; the frost comes early; {o} does not fit into
{l}; two events fall on the same day; the permit may not come in time; half of {p} are ill; the
grant is refused; {e} and {e} overlap; {p} may want more money; the {s} go missing; the noise
upsets {p}; the wifi drops

""", ";")  # fmt: skip
_DANGERS = words.entries("""
a late delivery; bad weather; rain; rain on {d}; a lack of {s}; a shortage of {s}; too few {s};
the short time; the weather; losing {o}; losing {p}; running out of {s}; the old {l}; {o}; the
price of {s}; rising costs; a delay at {p} ; a strike; frost; mould in {l}; a leak in {l}; the
damp in {l}; low attendance; {p}; {p} pulling out; {o} breaking down; noise; data loss; a power
cut; theft; staff illness; {n} being away; a clash with {e}; the state of {o}; the stairs; the
ice on the path; late payments; missing {s}; slow {p}; the {k} missing {s}; no parking near {l};
a bug in {o}; an outage of {o}; wet {s}; the wind; flu; the tight schedule; no cover for the
{r}; the holidays; delays with {o}; a cold {l}; complaints from {p}; the cost of {s}; {o} not
arriving on time; double booking of {l}

""", ";")  # fmt: skip
