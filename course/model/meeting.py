"""Meeting notes: facts drawn by chance, and how somebody wrote them down.

``held_out=True`` draws names, words and phrasings that no training document holds. Knows the notes;
``layout`` knows their forms on paper, ``corpus`` asks about them.
"""

import random
import re
from dataclasses import dataclass, field

from course.model import english, layout, ornament, phrasings, when, words, work
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
    group: str = "they"  # who met, as a question may call them
    place: str = ""
    about: dict[str, str] = field(default_factory=dict)  # kind -> the thing that its fact is about
    others: list[str] = field(default_factory=list)  # things that no fact is about
    condition: str = ""  # of the risk
    unasked: set[str] = field(default_factory=set)  # kinds that one could argue about
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
        self.wordy = pen.rng.choice(
            (0.04, 0.08, 0.2) if self.form in ("mail", "chatty") else (0.0, 0.06, 0.15)
        )
        self.cast = pen.names(self.rng.randint(2, 6))
        self.pronouns = {n: self.rng.choice(_PRONOUNS) for n in self.cast}
        self.roles = {n: pen.word(words.ROLES) for n in self.cast if pen.maybe(0.12)}
        self.author = self.cast[-1] if self.form == "mail" else ""
        self.absent = self.cast.pop(0) if len(self.cast) > 2 and pen.maybe(0.2) else ""

    def write(self) -> Note:
        pen, made = self.pen, self.made
        actions = self._actions(self.rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5)))
        room = max(0, self.most - len(actions))
        kinds = [k for k, share in _FACTS.items() if pen.maybe(share)]
        self.rng.shuffle(kinds)
        kinds = kinds[:room]
        room -= len(kinds)
        self.made.group = pen.one(words.GROUPS)
        if pen.maybe(0.12):
            made.group = f"the {pen.word(words.PLANS)} {pen.one(words.ORG_SECOND).lower()}"
        parts = self._head(kinds)
        for kind in kinds:
            parts += self._fact(kind)
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
        if pen.maybe(0.04) and not self.author:
            return _changed(made, str.lower)
        return _changed(made, _telegraphic) if pen.maybe(0.08 if self.listing else 0.05) else made

    # -- facts

    def _head(self, kinds: list[str]) -> list[tuple[str, str]]:
        """A beginning that tells of several facts at once; those are taken out of ``kinds``."""
        pen, made = self.pen, self.made
        if not pen.maybe(0.45) or self.form == "line":
            return []
        told = {"d": "date", "t": "topic", "p": "present", "k": "present"}
        while True:
            frame = pen.one(phrasings.HEADS)
            names = set(re.findall(r"{(\w)}", frame))
            needed = {told[name] for name in names if name in told}
            if not needed - set(kinds) or pen.maybe(0.05):
                break
        for kind in needed & set(kinds):
            kinds.remove(kind)
        org = f"{pen.word(words.ORG_FIRST)} {pen.one(words.ORG_SECOND)}"
        if pen.maybe(0.5):
            made.group = f"the {org.rsplit(' ', 1)[-1] if pen.maybe(0.6) else org.lower()}"
        slots = {"g": org, "l": self._place(), "h": when.hour(pen), "n": self._outsider()}
        if "d" in names:
            made.date = slots["d"] = when.date(pen, True) if pen.maybe(0.3) else when.day(pen)
        if "t" in names:
            made.project = slots["t"] = self._topic()
        if "p" in names:
            slots["p"], _ = self._people(" and I" in frame)
            slots["k"] = made.count if pen.maybe(0.4) else english.number(len(made.people))
        if "g" in names and "t" not in names and "topic" not in kinds:
            made.unasked.add("topic")  # is whose meeting it is what it was about? Who knows
        text = english.sentence(frame.format_map(slots), "")
        if "p" in names and " and I" in frame and not self.author:
            made.unasked |= {"present", "how_many"}
        alone = (
            len(names) < 3
            and ". " not in text
            and not text.startswith(("On ", "We ", "There ", "With "))
        )
        return [("title" if alone and self.form in layout.TITLED else "first", text)]

    def _topic(self) -> str:
        topic = work.plan(self.pen)
        self.made.about |= {"budget": topic, "risk": topic}
        return topic

    def _outsider(self) -> str:
        return self.pen.name() if self.pen.maybe(0.5) else self._somebody()

    def _place(self) -> str:
        self.made.place = self.pen.one(words.WHERE)
        if self.pen.maybe(0.3):
            self.made.place = work.thing(self.pen, "place")[0]
        return self.made.place

    def _fact(self, kind: str) -> list[tuple[str, str]]:
        pen, made, rng = self.pen, self.made, self.rng
        slots = _Noise(self)
        x = ""
        match kind:
            case "topic":
                x = made.project = self._topic()
                frames = phrasings.TOPIC
                if self.form in layout.TITLED and pen.maybe(0.7):
                    bare = made.project.removeprefix("the ")
                    made.project = bare if pen.maybe(0.7) else made.project
                    return [("title", english.sentence(made.project, ""))]
            case "date":
                x = made.date = when.date(pen, True) if pen.maybe(0.4) else when.day(pen)
                frames = phrasings.DATE
            case "present":
                return self._present()
            case "decision":
                how, x, made.about[kind] = work.decision(pen)
                made.decision = x
                frames = getattr(phrasings, f"DECISION_{how.upper()}")
                if how != "it" and pen.maybe(0.35):
                    frames = getattr(phrasings, f"TOLD_{how.upper()}")
                    if how == "to" and x.startswith("not "):
                        frames = _NOT
            case "risk":
                how, x, about = work.risk(pen)
                made.risk = x
                made.about[kind] = about or made.about.get(kind, "")
                frames = getattr(phrasings, f"RISK_{how.upper()}")
                if how == "that" and pen.maybe(0.3):
                    frames = phrasings.RISK_IF
            case "budget":
                x = made.budget = when.money(pen)
                frames = phrasings.BUDGET
            case _:
                x = when.day(pen)
                if pen.maybe(0.1):
                    x = pen.one(words.ADVERBS)
                elif pen.maybe(0.4):
                    x = f"{x}{rng.choice(_AT)}{when.hour(pen)}"
                made.next = x
                frames = phrasings.NEXT
        if self.form in layout.HEADED and pen.maybe(0.5):
            return [(kind, x)]
        slots.x = x
        frame = pen.one(frames)
        text = frame.format_map(slots)
        if kind == "next":
            text = (
                text.replace("on next", "next")
                .replace("on tomorrow", "tomorrow")
                .replace("on in ", "in ")
            )
        if kind == "budget" and "{o}" in frame:
            made.about[kind] = slots.drawn.get("o", "")
        if frames is phrasings.RISK_IF:
            made.condition = slots.drawn.get("c", "")
        if kind in ("decision", "risk", "budget", "topic") and self.form not in layout.HEADED:
            text = ornament.adorned(pen, text, _Noise(self), self.wordy)
        return [(kind, text)]

    def _people(self, me: bool = False) -> tuple[str, int]:
        """Those who were there, as a list in a sentence, and how many are named in it."""
        pen, made, rng = self.pen, self.made, self.rng
        extra = pen.names(1) if pen.maybe(0.15) else []
        made.people = [n for n in [*self.cast, *extra] if n != self.absent]
        rng.shuffle(made.people)
        if me and self.author:
            made.people = [n for n in made.people if n != self.author]
        shown = [self._introduced(n) for n in made.people]
        if me and self.author:
            made.people.append(self.author)
        made.count = str(len(made.people))
        style = pen.random()
        if style < 0.55:
            return english.listed(shown), len(shown)
        joint = ", " if style < 0.85 else rng.choice([" / ", "; ", " & ", " + ", " and ", "/", ","])
        return joint.join(shown), len(shown)

    def _present(self) -> list[tuple[str, str]]:
        pen, made, rng = self.pen, self.made, self.rng
        parts = []
        if pen.maybe(0.08):
            number = rng.randint(3, 19)
            made.count = str(number)
            said = english.number(number) if pen.maybe(0.6) else str(number)
            parts.append(("present", pen.one(phrasings.COUNT).format(x=said)))
        elif self.author and pen.maybe(0.4):
            joined, _ = self._people(True)
            frame = pen.one(_AND_I)
            parts.append(
                ("present", frame.format(x=joined.replace(" and ", ", "), y=self._place()))
            )
        else:
            joined, number = self._people()
            plain = self.form in layout.HEADED and pen.maybe(0.6)
            frame = "{x}" if plain else pen.one(phrasings.PRESENT)
            were = "were" if number > 1 else "was"
            parts.append(("present", frame.format(x=joined, were=were, y=self._place())))
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
        slots = _Noise(self)
        text = pen.one(phrasings.NOISE).format_map(slots)
        if "o" in slots.drawn:
            self.made.others.append(slots.drawn["o"])
        return ornament.adorned(pen, text, _Noise(self), 0.1)

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
            if one.due and pen.maybe(0.2):  # both by the same day
                two = Action(two.who, two.task, one.due, two.job)
                self.by[id(two)] = self.by[id(one)]
                ends = [f"{self._clause(one, date=False)}, {self._clause(two, date=False)}"]
                ends[0] = ends[0].replace(", ", pen.rng.choice([" and ", ", ", "; "]), 0)
                return f"{ends[0]}, {pen.one(_BOTH)} {self.by[id(one)]}", [one, two]
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
            return f"{english.sentence(first)} {english.sentence(self._clause(one, True), '')}", [
                one
            ]
        text = self._clause(one)
        if not self.listing:
            text = ornament.adorned(pen, text, _Noise(self), self.wordy)
        return text, [one]

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

    def _clause(self, action: Action, pronoun: bool = False, date: bool = True) -> str:
        """One action as a sentence, without its capital and its full stop."""
        pen, chance = self.pen, self.pen.random()
        slots = self._slots(action)
        if not date:
            return pen.one(_CLAUSES).format_map({**slots, "by": ""})
        if pronoun or (action.who == self.author and pen.maybe(0.7)):
            they = slots["they"] if pronoun else "I"
            frame = pen.one(_CLAUSES if pronoun else _BY_ME)
            plain = {} if they in ("she", "he") else {"ts": slots["t"]}
            return frame.format_map({**slots, **plain, "n": they})
        if chance < 0.22 and action.job.thing and not getattr(self, "told", 0) == id(action):
            return pen.one(phrasings.PASSIVE).format_map(slots)
        if chance < 0.4 and action.due:
            return pen.one(phrasings.DUE).format_map(slots)
        if chance < 0.46:
            return self._terse(action)
        frame = pen.one(phrasings.ACTION)
        if (frame.startswith("{n} ") and "{t}{by}" in frame) or "{ts}{by}" in frame:
            if pen.maybe(0.07) and slots["n"] == action.who and frame.startswith("{n} "):
                slots["n"] += ornament.who(pen, _Noise(self))
            elif action.job.thing and pen.maybe(0.06):
                aside = ornament.which(pen, _Noise(self)) + ("," if slots["by"] else "")
                slots |= {"t": slots["t"] + aside, "ts": slots["ts"] + aside}
        return frame.format_map(slots).replace(",,", ",")

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
        many = (
            " and " in action.who or (action.who.endswith(("s", "crew")) and action.who[:4] == "the ")
        )
        many = many or (they == "they" and False)
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

    def __init__(self, writer: _Writer, name: str = "", x: str = "") -> None:
        super().__init__()
        self.writer, self.name, self.x = writer, name, x
        self.drawn: dict[str, str] = {}

    def __getitem__(self, key: str) -> str:
        self.drawn[key] = drawn = self._drawn(key)
        return drawn

    def _drawn(self, key: str) -> str:
        pen = self.writer.pen
        match key:
            case "x":
                return self.x
            case "y":
                return self.writer._place()
            case "c":
                return pen.one(ornament._CLAUSES).format_map(_Noise(self.writer))
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
        return work.Slots(pen)[key]


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


_AND_I = ["{x} and I", "{x} and I were there", "present: {x} and I", "{x} and I met", "{x} and I sat in {y}", "there were {x} and I", "{x} came, and I", "with {x} and me", "{x}, plus me", "{x} and I took part", "it was {x} and I", "we were {x} and I", "{x} and me", "{x}, and yours truly", "in {y} were {x} and I", "only {x} and I came"]  # fmt: skip
_NOT = ["we will {x}", "we'll {x}", "so we will {x}", "we are going to {x}", "from now on we will {x}", "this year we will {x}", "we said we would {x}", "it is better to {x}, so we will", "we had better {x}, all agreed", "we want to {x}"]  # fmt: skip
_BOTH = ["both", "both", "both of them", "each", "all of it", "both things", "that is both", "either of them", "both jobs", "two jobs"]  # fmt: skip


def _telegraphic(text: str) -> str:
    """By somebody who has no time for articles."""
    return re.sub(r"\b([Tt]he|[Aa]n?|[Oo]ur) (?=\w)", "", text)


def _changed(made: Note, change: object) -> Note:
    """The same note in other clothes: text and facts alike."""
    assert callable(change)
    for name in ("project", "date", "decision", "budget", "risk", "next", "text", "condition"):
        setattr(made, name, change(getattr(made, name)))
    made.people, made.idle = ([change(n) for n in names] for names in (made.people, made.idle))
    for action in made.actions:
        job = action.job
        action.job = work.Task(job.verb, change(job.thing), change(job.tail), job.many)
        action.who, action.task, action.due = (
            change(t) for t in (action.who, action.task, action.due)
        )
    return made
