"""Meeting notes: a seeded generator, standard library alone.

``held_out=True`` draws names, things and phrasings that no training document holds. Knows the
notes; ``corpus`` asks about them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from course.model import phrasings, words


@dataclass(frozen=True)
class Action:
    """Who does what by when."""

    who: str
    task: str
    due: str


@dataclass
class Note:
    """A meeting: its facts, and the text that holds each of them once."""

    project: str
    people: list[str]
    actions: list[Action]
    date: str = ""
    decision: str = ""
    budget: str = ""
    risk: str = ""
    next: str = ""
    text: str = field(default="", repr=False)


class Office:
    """Where words and phrasings come from: the ones for training, or half of them held out."""

    def __init__(self, rng: random.Random, held_out: bool) -> None:
        self.rng, self.held_out = rng, held_out

    def choice(self, seen: Sequence[str], kept: Sequence[str]) -> str:
        if self.held_out and kept and self.rng.random() < 0.5:
            return self.rng.choice(kept)
        return self.rng.choice(seen)

    def names(self, count: int) -> list[str]:
        if self.held_out:
            return self.rng.sample(words.KEPT_NAMES, count)
        names: list[str] = []
        while len(names) < count:
            name = self.rng.choice(words.SEEN_NAMES)
            if self.rng.random() < 0.5:
                name = self.made_up()
            if name not in names and name not in words.KEPT_NAMES:
                names.append(name)
        return names

    def made_up(self) -> str:
        """A name that nobody has yet: whoever copies it has to read it."""
        middle = self.rng.choice(words.MIDDLES) if self.rng.random() < 0.4 else ""
        return self.rng.choice(words.STARTS) + middle + self.rng.choice(words.ENDS)

    def project(self) -> str:
        name = self.rng.choice(words.KEPT_PROJECTS if self.held_out else words.SEEN_PROJECTS)
        if not self.held_out and self.rng.random() < 0.3:
            name = self.made_up()
        return f"the {name} {self.choice(words.SEEN_PLANS, words.KEPT_PLANS)}"

    def entry(self, group: str, what: str) -> str:
        return self.choice(words.SEEN_WORK[group][what], words.KEPT_WORK[group][what])

    def thing(self, group: str) -> str:
        """Something in the office, with a word or a client's name before it, or without."""
        thing, kind = self.entry(group, "things"), self.rng.random()
        if kind < 0.3:
            return f"the {thing}"
        if kind < 0.5 and group in ("paper", "system"):
            return f"the {self.made_up()} {thing}"
        return f"the {self.entry(group, 'adjectives')} {thing}"

    def group(self) -> str:
        return self.rng.choice(("paper", "paper", "event", "equipment", "system"))

    def task(self) -> str:
        group = self.group()
        return f"{self.entry(group, 'verbs')} {self.thing(group)}"

    def day(self) -> str:
        kind = self.rng.random()
        if kind < 0.45:
            return f"{self.rng.randint(1, 28)} {self.rng.choice(words.MONTHS)}"
        return self.rng.choice(words.DAYS)

    def due(self) -> str:
        return self.rng.choice(words.SOON) if self.rng.random() < 0.25 else self.day()

    def money(self) -> str:
        amount = self.rng.choice(
            (
                f"{self.rng.randint(2, 99)},{self.rng.choice(('000', '500'))}",
                f"{self.rng.randint(2, 95)} thousand",
                f"{self.rng.randint(2, 99) * 10}",
            )
        )
        form = self.rng.choice(words.MONEY)
        return (form if "thousand" not in amount else "{} euros").format(amount)

    def say(self, kind: str, **slots: str) -> str:
        return sentence(self.choice(phrasings.SEEN[kind], phrasings.KEPT[kind]).format(**slots))


def sentence(text: str) -> str:
    """Text that begins with a capital and ends with a full stop."""
    return text[0].upper() + text[1:] + "." * (not text.endswith("."))


def listed(names: list[str]) -> str:
    """Names as English lists them: Ana, Ben and Cleo."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def note(rng: random.Random, held_out: bool = False, most: int = 10) -> Note:
    """A meeting's notes, three sentences to ``most``.

    Args:
        rng: where all chance comes from.
        held_out: with names, things and phrasings that training never shows.
        most: of sentences, up to ten.
    """
    office = Office(rng, held_out)
    made = Note(office.project(), office.names(rng.randint(2, 5)), [])
    tasks: list[str] = []
    for _ in range(rng.choice((1, 2, 2, 3, 3))):
        task = office.task()
        if task.split("the ")[1] not in {t.split("the ")[1] for t in tasks}:
            tasks.append(task)
            made.actions.append(Action(rng.choice(made.people), task, office.due()))
    body = [office.say("action", n=a.who, t=a.task, d=a.due) for a in made.actions]
    head = [office.say("topic", p=made.project)]
    if rng.random() < 0.4:
        made.date = office.day()
        kind = "date_place" if rng.random() < 0.4 else "date"
        head.append(office.say(kind, x=made.date, y=rng.choice(words.PLACES)))
    head.append(office.say("present", x=listed(made.people)))
    room = most - len(head) - len(body)
    extras = ["decision", "budget", "risk", "next", "other", "other"]
    rng.shuffle(extras)
    for kind in extras[: max(0, min(room, rng.randint(0, 4)))]:
        body.append(_extra(office, made, kind))
    order = list(range(len(body)))
    rng.shuffle(order)
    by_text = [body[i] for i in order]
    made.actions = [made.actions[i] for i in order if i < len(made.actions)]
    made.text = (" " if rng.random() < 0.75 else "\n").join([*head, *by_text])
    return made


def _extra(office: Office, made: Note, kind: str) -> str:
    rng, slots = office.rng, {"n": office.rng.choice(made.people)}
    group = office.group()
    thing = office.thing(group)
    if kind == "decision":
        made.decision = slots["x"] = f"{rng.choice(words.DECISIONS[group])} {thing}"
    elif kind == "budget":
        made.budget = slots["x"] = office.money()
    elif kind == "risk":
        made.risk = slots["x"] = rng.choice(words.RISKS[group]).format(o=thing)
    elif kind == "next":
        made.next = slots["x"] = office.day()
        if rng.random() < 0.5:
            made.next = slots["x"] = f"{made.next} at {rng.randint(8, 17)}:{rng.choice(_PAST)}"
    elif rng.random() < 0.7:
        said = office.choice(words.OTHERS[group], words.KEPT_OTHERS[group])
        return sentence(said.format(o=thing, **slots))
    return office.say(kind, **slots)


_PAST = ["00", "15", "30", "45"]
