"""What people put around a sentence: why, although, who that is, as always. It answers nothing.

Takes sentences without capital and full stop, as ``phrasings`` has them. Knows no facts.
"""

from collections.abc import Mapping

from course.model.draw import Pen
from course.model.phrasings import entries

_LEAD = entries("""
because {c}, {x};since {c}, {x};as {c}, {x};although {c}, {x};while {c}, {x};after {e}, {x};
before {e}, {x};for {e}, {x};for now, {x};from now on, {x};in the end, {x};this time {x};after
all that, {x};to save time, {x};if all goes well, {x};until then, {x};with {o} in mind, {x};
despite {o}, {x};thanks to {p}, {x};for {p}, {x};as always, {x};as agreed, {x};as promised, {x};
at long last, {x};sadly, {x};luckily, {x};given that {c}, {x};now that {c}, {x};once {c}, {x};
when {c}, {x};even though {c}, {x};much to our surprise, {x};to be fair, {x};for the sake of
{p}, {x};of course {x};in any case, {x};about {o}: {x};on {o}: {x};since the last meeting, {x};
as {n} reminded us, {x};as {n} put it, {x};according to {n}, {x};{c}, so {x};{c}, and so {x};
{c}; therefore {x};{c}, but {x};{c}. So {x};{c}. That is why {x};{c}. Still, {x};speaking of
{o}, {x}

""")  # fmt: skip
_TAIL = entries("""
{x}, because {c};{x} because {c};{x}, since {c};{x}, as {c};{x}, although {c};{x}, even if {c};
{x}, so that {p} know;{x}, which pleased everyone;{x}, which {n} did not like;{x}, which took a
while;{x}, whatever {n} says;{x}, as {n} asked;{x}, as every year;{x}, as agreed;{x}, as always;
{x}, thank goodness;{x}, and that is that;{x}, all being well;{x}, we hope;{x}, I think;{x},
said {n};{x}, no matter what;{x}, to everyone's relief;{x}, finally;{x} again;{x} after all;{x},
of course;{x}, once {c};{x}, just in case;{x}, to be on the safe side;{x}, which is good news;
{x}, though {c};{x}, now that {c};{x}, provided that {c};{x}, if {c};{x}, weather permitting;
{x}, but {c};{x}, and {c};{x}, unlike last year;{x}, as in 2019;{x} (see {o});{x} ({n} was not
amused);{x}, and about time too;{x}, for which we are grateful

""")  # fmt: skip
# A clause that may follow because, although, if.
_CLAUSES = entries("""
{o} is late;{o} is broken;{o} costs {m};{p} cannot wait;{p} asked for it;{n} is away;{n} is on
holiday until {d};{n} is new;nobody else has time;{l} is too cold;{l} is closed;it rained;the
weather is bad;there are no {s} left;we have no {s};{s} are late;{n} lost {o};{p} have moved;{e}
went badly;{e} is over;the old one leaks;last year was a mess;money is short;time is short;
prices have gone up;{n} insisted;{n} does not agree;{n} pulled a face;{p} are waiting;{o} came
back;{n} broke {o};the {r} is ill;{n} is busy with {o};{l} has to be free on {d};it cost {m}
last year;{p} want {m} for it;{o} took too long;{e} was a success;{n} has {s} at home;we
promised it to {p};{p} said so;it is {a};nobody knows where {o} is;{p} will visit {l};{k} people
asked;the lights went out;half of us were ill;{n} had the idea;{o} failed again;{p} do not
answer

""")  # fmt: skip
_WHO = entries("""
who was late;who is new here;who knows {p};who has a car;who had the idea;bless {him};as always;
of course;our {r};the {r};who is back from {e};who joined by phone;who lost the bet;who lives
nearby;who looked tired;who has done it before;who would rather not;though busy;from {l};who
works with {p};who used to be the {r};of all people;kindly;who brought cake;somewhat
reluctantly;who is good at this;who likes {s};despite {o};together with nobody else;being the
{r};if nobody minds;who is away from {d};who paid {m} last time

""")  # fmt: skip
_WHICH = entries("""
which {n} forgot;which is late;which are old;which cost {m};which nobody likes;which took hours
last time;which came from {p};which {n} found in {l};which is in {l};which {p} asked for;as
promised;as agreed;which broke on {d};which matters most;whatever it costs;which has been lying
in {l};which we need for {e};if possible

""")  # fmt: skip


class _With(dict):
    """Slots, and clauses made of them."""

    def __init__(self, pen: Pen, slots: Mapping[str, str], x: str = "") -> None:
        super().__init__()
        self.pen, self.slots, self.x = pen, slots, x

    def __getitem__(self, key: str) -> str:
        match key:
            case "x":
                return self.x
            case "c":
                return self.pen.one(_CLAUSES).format_map(self.slots)
            case "him":
                return self.pen.rng.choice(["him", "her", "them"])
        return self.slots[key]


def adorned(pen: Pen, text: str, slots: Mapping[str, str], share: float = 0.13) -> str:
    """A sentence, now and then with something before it or after it."""
    if "?" in text or "\n" in text:
        return text
    chance = pen.random()
    if chance < share and ":" not in text[:40] and '"' not in text:
        return pen.one(_LEAD).format_map(_With(pen, slots, _small(text)))
    if chance < 2 * share and ". " not in text and text[-1] not in ").:":
        return pen.one(_TAIL).format_map(_With(pen, slots, text))
    return text


def who(pen: Pen, slots: Mapping[str, str]) -> str:
    """What is put after a name, between commas."""
    return f", {pen.one(_WHO).format_map(_With(pen, slots))},"


def which(pen: Pen, slots: Mapping[str, str]) -> str:
    """What is put after a thing, behind a comma."""
    return f", {pen.one(_WHICH).format_map(_With(pen, slots))}"


def _small(text: str) -> str:
    return text
