"""Meeting notes: facts drawn by chance, and how somebody wrote them down.

``held_out=True`` draws names, words and phrasings that no training document holds. Knows the notes;
``layout`` knows their forms on paper, ``corpus`` asks about them.
"""

import random
from dataclasses import dataclass, field

from course.model import english, layout, phrasings, when, work, words
from course.model.draw import Pen


@dataclass
class Action:
    """Who does what by when; ``due`` is "" where nobody said."""

    who: str
    task: str
    due: str
    job: work.Task = field(default_factory=lambda: work.Task(english.verb("do")), repr=False)


@dataclass
class Note:
    """A meeting: its facts, "" for what was not said, and the text that holds them."""

    project: str = ""
    people: list[str] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    date: str = ""
    decision: str = ""
    budget: str = ""
    risk: str = ""
    next: str = ""
    count: str = ""
    idle: list[str] = field(default_factory=list)  # named, with nothing to do
    open: list[work.Task] = field(default_factory=list)  # tasks that nobody took, or will do
    text: str = field(default="", repr=False)


def note(
    rng: random.Random, held_out: bool = False, most: int = 10, strange: float | None = None
) -> Note:
    """A meeting's notes, of one sentence to about ``most``.

    Args:
        rng: where all chance comes from.
        held_out: with names, words and phrasings that training never shows.
        most: of sentences.
        strange: share of invented words; by chance where it is None.
    """
    if strange is None:
        strange = 0.0 if held_out or rng.random() < 0.4 else rng.random() * 0.7
    return _Writer(Pen(rng, held_out, strange), most).write()


class _Writer:
    """Writes one note."""

    def __init__(self, pen: Pen, most: int) -> None:
        self.pen, self.rng, self.most, self.made = pen, pen.rng, most, Note()
        self.form = self.rng.choices(*zip(*layout.FORMS.items(), strict=True))[0]
        self.listing = self.form in layout.LISTS
        self.cast = pen.names(self.rng.randint(2, 6))
        self.pronouns = {n: self.rng.choice(_PRONOUNS) for n in self.cast}
        self.roles = {n: pen.word(words.ROLES) for n in self.cast if pen.maybe(0.12)}
        self.author = self.cast[-1] if self.form == "mail" else ""
        self.absent = self.cast.pop(0) if len(self.cast) > 2 and pen.maybe(0.2) else ""

    def write(self) -> Note:
        pen, made, parts = self.pen, self.made, []
        actions = self._actions(self.rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5)))
        room = max(0, self.most - len(actions))
        kinds = [k for k, share in _FACTS.items() if pen.maybe(share)]
        self.rng.shuffle(kinds)
        for kind in kinds[:room]:
            parts += self._fact(kind)
        room -= len(kinds[:room])
        for _ in range(min(room, self.rng.choice((0, 0, 1, 1, 2, 3, 4)))):
            parts.append(("other", self._noise()))
        parts += [("actions", text) for text, _ in actions]
        made.actions = [action for _, done in actions for action in done]
        if not parts:
            parts.append(("other", self._noise()))
        made.text, order = layout.lay(pen, self.form, parts, self.author)
        texts = [text for text, _ in actions]
        found = [actions[texts.index(text)][1] for text in order if text in texts]
        made.actions = [action for done in found for action in done]
        self._who_is_idle()
        return _in_lower_case(made) if pen.maybe(0.04) and not self.author else made

    # -- facts

    def _fact(self, kind: str) -> list[tuple[str, str]]:
        pen, made, rng = self.pen, self.made, self.rng
        slots = {"n": self._somebody(), "y": pen.one(words.WHERE), "h": when.hour(pen)}
        match kind:
            case "topic":
                made.project = work.plan(pen)
                frames = phrasings.TOPIC
                if self.form in layout.TITLED and pen.maybe(0.75):
                    bare = made.project.removeprefix("the ")
                    made.project = bare if pen.maybe(0.7) else made.project
                    return [("title", english.sentence(made.project, ""))]
                slots["x"] = made.project
            case "date":
                made.date = slots["x"] = when.date(pen, True) if pen.maybe(0.4) else when.day(pen)
                frames = phrasings.DATE
            case "present":
                return self._present()
            case "decision" | "risk":
                how, slots["x"] = getattr(work, kind)(pen)
                setattr(made, kind, slots["x"])
                frames = getattr(phrasings, f"{kind.upper()}_{how.upper()}")
            case "budget":
                made.budget = slots["x"] = when.money(pen)
                frames = phrasings.BUDGET
            case _:
                made.next = slots["x"] = when.day(pen)
                if pen.maybe(0.1):
                    made.next = slots["x"] = pen.one(words.ADVERBS)
                elif pen.maybe(0.4):
                    made.next = slots["x"] = f"{made.next}{rng.choice(_AT)}{when.hour(pen)}"
                frames = phrasings.NEXT
        if self.form in layout.HEADED and pen.maybe(0.5):
            return [(kind, slots["x"])]
        return [(kind, pen.one(frames).format_map(slots).replace("on next", "next"))]

    def _present(self) -> list[tuple[str, str]]:
        pen, made, rng = self.pen, self.made, self.rng
        parts = []
        if pen.maybe(0.08):
            number = rng.randint(3, 19)
            made.count = str(number)
            said = english.number(number) if pen.maybe(0.6) else str(number)
            parts.append(("present", pen.one(phrasings.COUNT).format(x=said)))
        else:
            extra = pen.names(1) if pen.maybe(0.15) else []
            made.people = [n for n in [*self.cast, *extra] if n != self.absent]
            rng.shuffle(made.people)
            made.count = str(len(made.people))
            shown = [self._introduced(n) for n in made.people]
            style = pen.random()
            joined = (
                english.listed(shown)
                if style < 0.55
                else ", ".join(shown)
                if style < 0.85
                else rng.choice([" / ", "; ", " & ", " + ", " and ", "/", ","]).join(shown)
            )
            plain = self.form in layout.HEADED and pen.maybe(0.6)
            frame = "{x}" if plain else pen.one(phrasings.PRESENT)
            were = "were" if len(shown) > 1 else "was"
            parts.append(("present", frame.format(x=joined, were=were)))
        if self.absent:
            plain = self.form in layout.HEADED and pen.maybe(0.5)
            frame = "{a}" if plain else pen.one(phrasings.ABSENT)
            parts.append(("absent", frame.format(a=self.absent)))
        return parts

    def _introduced(self, name: str) -> str:
        if name not in self.roles or self.pen.maybe(0.3):
            return name
        role = self.roles[name]
        return self.rng.choice([f"{name} ({role})", f"{name}, {role}", f"{name} ({role})"])

    def _noise(self) -> str:
        pen = self.pen
        if pen.maybe(0.04):
            job = work.task(pen)
            self.made.open.append(job)
            return pen.one(phrasings.OPEN).format(t=job.text)
        return pen.one(phrasings.NOISE).format_map(_Noise(self))

    def _somebody(self) -> str:
        return self.rng.choice(self.cast)

    def _who_is_idle(self) -> None:
        busy = " and ".join(a.who for a in self.made.actions)
        named = [*self.cast, self.absent] if self.absent else self.cast
        self.made.idle = [n for n in named if n not in busy and n in self.made.text]

    # -- actions

    def _actions(self, count: int) -> list[tuple[str, list[Action]]]:
        """So many actions as texts, each with the actions that it tells of, in its order."""
        units: list[tuple[str, list[Action]]] = []
        taken: set[str] = set()
        while count > 0:
            text, done = self._unit(count)
            heads = {a.job.text for a in done}
            if heads & taken or len(heads) < len(done):
                continue
            taken |= heads
            units.append((text, done))
            count -= len(done)
        return units

    def _unit(self, room: int) -> tuple[str, list[Action]]:
        pen, chance = self.pen, self.pen.random()
        one = self._action()
        if self.listing and pen.maybe(0.75):
            return self._terse(one), [one]
        if chance < 0.09 and room > 1:
            return self._same(one)
        if chance < 0.15 and room > 1:
            two = self._after(one)
            joined = pen.one(phrasings.OTHER)
            return joined.format(c=self._clause(one), e=self._clause(two)), [one, two]
        other = self._other(one.who)
        slots = self._slots(one)
        if chance < 0.24 and other:
            return pen.one(phrasings.HANDED).format_map({**slots, "a": other}), [one]
        if chance < 0.29 and one.due:
            old = when.day(pen)
            return pen.one(phrasings.MOVED).format_map({**slots, "x": old}), [one]
        if chance < 0.34 and one.who in self.cast:
            started = [f for f in phrasings.NOISE if f.startswith("{n} ")]
            first = pen.one(_STARTED or started).format_map(_Noise(self, one.who))
            return f"{english.sentence(first)} {english.sentence(self._clause(one, True), '')}", [one]
        return self._clause(one), [one]

    def _action(self) -> Action:
        pen, rng, chance = self.pen, self.rng, self.pen.random()
        job = work.task(pen)
        due = when.due(pen) if pen.maybe(0.78) else when.Due()
        who = self._somebody()
        if chance < 0.04:
            who = f"the {pen.word(words.ROLES)}"
        elif chance < 0.06:
            who = f"the {pen.one(words.TEAMS)}"
        elif chance < 0.11 and len(self.cast) > 1:
            who = " and ".join(rng.sample(self.cast, 2))
        made = Action(who, job.text, due.text, job)
        self.by = {**getattr(self, "by", {}), id(made): due.by}
        return made

    def _after(self, one: Action) -> Action:
        """Somebody else's action, on the same thing now and then."""
        pen, two = self.pen, self._action()
        while two.who == one.who and len(self.cast) > 1:
            by = self.by[id(two)]
            two = Action(self._somebody(), two.task, two.due, two.job)
            self.by[id(two)] = by
        if one.job.thing and not one.job.tail and pen.maybe(0.35):
            verb = english.verb(pen.word(words.VERBS["paper"]))
            job = work.Task(verb, one.job.thing, "", one.job.many)
            by = self.by[id(two)]
            two = Action(two.who, job.text, two.due, job)
            self.by[id(two)] = by
            self.told = id(two)
        return two

    def _same(self, one: Action) -> tuple[str, list[Action]]:
        """Two tasks of one person, in one sentence or in two."""
        pen, two = self.pen, self._action()
        frame = pen.one(phrasings.SAME)
        apart = ". " in frame or "but first" in frame
        by_two = self.by[id(two)]
        if not one.due and not apart and pen.maybe(0.6):
            by_two = two.due = ""
        if not one.due and two.due and not apart:
            one = Action(one.who, one.task, two.due, one.job)
            self.by[id(one)] = ""
        elif one.due and not two.due and not apart and pen.maybe(0.5):
            two.due = ""
        two.who = one.who
        slots = self._slots(one)
        before = " by" if not by_two else " " + by_two
        tail = before if by_two else ""
        starts = [f for f in phrasings.ACTION if _STARTS(f)]
        clause = pen.one(_CLAUSES or starts).format_map({**slots, "n": self._called(one.who)})
        second = {"u": two.task + tail, "uing": two.job.with_verb(two.job.verb.ing) + tail}
        done = [two, one] if "but first" in frame else [one, two]
        return frame.format_map({**slots, **second, "c": clause}), done

    def _clause(self, action: Action, pronoun: bool = False) -> str:
        """One action as a sentence, without its capital and its full stop."""
        pen, chance = self.pen, self.pen.random()
        slots = self._slots(action)
        if pronoun or (action.who == self.author and pen.maybe(0.7)):
            frame = pen.one(_CLAUSES)
            if not pronoun:
                frame = pen.one(_BY_ME)
                return frame.format_map({**slots, "n": "I"})
            return frame.format_map({**slots, "n": slots["they"]})
        if chance < 0.22 and action.job.thing and not getattr(self, "told", 0) == id(action):
            return pen.one(phrasings.PASSIVE).format_map(slots)
        if chance < 0.4 and action.due:
            return pen.one(phrasings.DUE).format_map(slots)
        if chance < 0.46:
            return self._terse(action)
        return pen.one(phrasings.ACTION).format_map(slots)

    def _terse(self, action: Action) -> str:
        while "{d}" in (frame := self.pen.one(phrasings.TERSE)) and not action.due:
            pass
        return frame.format_map(self._slots(action))

    def _called(self, name: str) -> str:
        """A person as the notes call them: by name, by role, or both."""
        role, chance = self.roles.get(name), self.pen.random()
        if not role or name not in self.made.text + name or chance < 0.6:
            return name
        return self.rng.choice([f"our {role} {name}", f"{name}, our {role},", f"{name} ({role})"])

    def _other(self, who: str) -> str:
        others = [n for n in [*self.cast, self.absent] if n and n not in who]
        return self.rng.choice(others) if others else ""

    def _slots(self, action: Action) -> dict[str, str]:
        job, verb, by = action.job, action.job.verb, self.by[id(action)]
        they = self.pronouns.get(action.who, "they")
        many = " and " in action.who or action.who.endswith(("s", "crew")) and action.who[:4] == "the "
        many = many or they == "they" and False
        text, doing = job.text, job.with_verb(verb.ing)
        if getattr(self, "told", 0) == id(action):  # the thing was named in the clause before
            text, doing = f"{verb.base} {job.it}", f"{verb.ing} {job.it}"
        tail = f" {job.tail}" if job.tail else ""
        third = verb.base if many else verb.third
        return {
            "n": self._called(action.who), "t": text, "ting": doing,
            "ts": text.replace(verb.base, third, 1), "v": verb.base, "vs": third,
            "o": job.thing, "done": verb.done, "doing": verb.ing, "tail": tail, "it": job.it,
            "o_is": f"{job.thing} {'are' if job.many else 'is'}",
            "o_has": f"{job.thing} {'have' if job.many else 'has'}",
            "need": "need" if job.many else "needs", "will": "will",
            "by": f" {by}" if by else "", "by_": f", {by}" if by else "",
            "by_due": f", due {action.due}" if by else "", "lead": by, "d": action.due,
            "lead_": f"{by}, " if by else "",
            "is": "are" if many else "is", "has": "have" if many else "has",
            "was": "were" if many else "was", "s": "" if many else "s",
            "they": they, "They": they.capitalize(), "theyll": f"{they}'ll",
            "Their": {"she": "Her", "he": "His"}.get(they, "Their"),
        }  # fmt: skip


class _Noise(dict):
    """What a sentence of no consequence is about, drawn when asked for."""

    def __init__(self, writer: _Writer, name: str = "") -> None:
        super().__init__()
        self.writer, self.name = writer, name

    def __getitem__(self, key: str) -> str:
        pen = self.writer.pen
        match key:
            case "n":
                return self.name or self.writer._somebody()
            case "n2":
                return pen.name()
            case "o" | "o_is":
                thing, many = work.any_thing(pen)
                return thing if key == "o" else f"{thing} {'are' if many else 'is'}"
            case "o2":
                return pen.word(words.NOUNS["thing"])
            case "e2":
                return pen.word(words.NOUNS["event"])
            case "t":
                job = work.task(pen)
                self.writer.made.open.append(job)
                return job.text
            case "past" | "done":
                return getattr(english.verb(pen.word(words.VERBS["paper"])), key)
            case "month":
                return pen.rng.choice(words.MONTHS)
            case "d":
                return when.day(pen)
        return work._Slots(pen)[key]


def _STARTS(frame: str) -> bool:
    """Whether "she" can stand in place of the name."""
    return (
        frame.startswith("{n} ") and frame.count("{n}") == 1 and frame.endswith("{by}")
        and not any(mark in frame for mark in ("?", ". ", ": ", "they", '"', "{s}", "{is}", "{has}", "{was}"))
    )  # fmt: skip


_CLAUSES = [frame for frame in phrasings.ACTION if _STARTS(frame)]
_BY_ME = [*_CLAUSES, "{n} am going to {t}{by}", "{n}'ll {t}{by}", "{n} said {n} would {t}{by}", "{lead_}{n} will {t}", "{n} take care of {ting}{by}", "{n} am happy to {t}{by}", "{n} have to {t}{by}"]  # fmt: skip
_STARTED = [frame for frame in phrasings.NOISE if frame.startswith("{n} ") and "{n2}" not in frame]
_PRONOUNS = ["she", "he", "she", "he", "they"]
_AT = [" at ", " at ", ", ", " from ", ", at "]
# How often the notes tell of what.
_FACTS = {
    "topic": 0.8, "date": 0.4, "present": 0.6, "decision": 0.42, "budget": 0.4, "risk": 0.4, "next": 0.42,
}  # fmt: skip


def _in_lower_case(made: Note) -> Note:
    """The same note by somebody who has no time for capitals."""
    for name in ("project", "date", "decision", "budget", "risk", "next", "text"):
        setattr(made, name, getattr(made, name).lower())
    made.people, made.idle = ([n.lower() for n in names] for names in (made.people, made.idle))
    for action in made.actions:
        job = action.job
        action.job = work.Task(job.verb, job.thing.lower(), job.tail.lower(), job.many)
        action.who, action.task, action.due = action.who.lower(), action.task.lower(), action.due.lower()
    return made
