"""Meeting notes and questions about them: the only text that the built-in model ever reads.

A seeded generator, standard library alone. ``held_out=True`` draws names, things and phrasings
that no training document holds. Knows the notes; does not know tokens.
"""

import random
from dataclasses import dataclass, field

from course.model import phrasings, words

SILENT = "The notes do not say."
LAP = "List the next actions."  # asked in lesson 09 alone: never while the base is trained
UNKNOWN = 0.15  # share of the questions that the notes leave open, where they can


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


@dataclass(frozen=True)
class Example:
    """One question about one note.

    Args:
        kind: which of ``KINDS``, or "lap".
        prompt: what the user says: the note, and the question after it.
        answer: the one right answer.
    """

    kind: str
    prompt: str
    answer: str


class _Office:
    """Where words and phrasings come from: the ones for training, or half of them held out."""

    def __init__(self, rng: random.Random, held_out: bool) -> None:
        self.rng, self.held_out = rng, held_out

    def choice(self, seen: list[str], kept: list[str]) -> str:
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
    office = _Office(rng, held_out)
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


def _extra(office: _Office, made: Note, kind: str) -> str:
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


def question(rng: random.Random, about: Note, held_out: bool = False, kind: str = "") -> Example:
    """A question about a note, of the given kind or of any that can be asked."""
    while True:
        asked = kind or rng.choice(KINDS)
        slots, answer = _answer(rng, about, asked)
        if answer == SILENT and not kind and rng.random() > UNKNOWN:
            continue
        if asked == "form":
            wording = _pattern_wording(rng, held_out)
        else:
            wording = _Office(rng, held_out).choice(
                phrasings.SEEN_QUESTIONS[asked], phrasings.KEPT_QUESTIONS[asked]
            )
        return Example(asked, f"{about.text}\n{wording.format(**slots)}", answer)


def _answer(rng: random.Random, about: Note, kind: str) -> tuple[dict[str, str], str]:
    actions, action = about.actions, rng.choice(about.actions)
    slots = {"n": action.who, "t": action.task, "d": action.due}
    numbered = list(enumerate(actions, 1))
    match kind:
        case "topic":
            answer = about.project
        case "present":
            answer = ", ".join(about.people)
        case "how_many":
            answer = str(len(about.people))
        case "date" | "decision" | "budget" | "risk" | "next":
            answer = getattr(about, kind) or SILENT
        case "who":
            answer = action.who
        case "when":
            answer = action.due
        case "due":
            answer = "; ".join(a.task for a in actions if a.due == action.due)
        case "tasks_of":
            answer = "; ".join(a.task for a in actions if a.who == action.who)
        case "busy":
            answer = ", ".join(dict.fromkeys(a.who for a in actions))
        case "bullets":
            answer = "\n".join(f"- {a.task}" for a in actions)
        case "numbered":
            answer = "\n".join(f"{i}. {a.task}" for i, a in numbered)
        case "duties":
            answer = "\n".join(f"{a.who}: {a.task}" for a in actions)
        case "plan":
            answer = "\n".join(f"{i}. By {a.due}: {a.task}, {a.who}" for i, a in numbered)
        case "dates":
            answer = "; ".join(a.due for a in actions)
        case "table":
            rows = [f"| {a.who} | {a.task} | {a.due} |" for a in actions]
            answer = "\n".join(["| who | what | when |", *rows])
        case "reminders":
            answer = "\n".join(f"{a.who}, please {a.task} by {a.due}." for a in actions)
        case _:  # "form": the question shows the form, with the fields' names in it
            bullet, fields, mark, around = _pattern(rng)
            shown = [{"name": a.who, "task": a.task, "date": a.due} for a in actions]
            answer = "\n".join(_formed(bullet, fields, mark, around, f) for f in shown)
            names = {"name": "name", "task": "task", "date": "date"}
            slots["f"] = _formed(bullet, fields, mark, around, names)
    return slots, answer


# No round and no empty square brackets: the form of the lap is met in lesson 09 alone.
_BULLETS = ["", "", "- ", "* ", "+ ", "> ", "# "]
_MARKS = [": ", " - ", ", ", " / ", " -> ", " = ", "; ", " | "]
_AROUND = ["{}", "{}", "[{}]", "<{}>", '"{}"', "by {}", "until {}"]
_FIELDS = [
    ["name", "task", "date"], ["name", "task", "date"], ["date", "name", "task"],
    ["task", "name", "date"], ["date", "task", "name"], ["name", "task"], ["task", "date"],
    ["name", "date", "task"],
]  # fmt: skip


def _pattern(rng: random.Random) -> tuple[str, list[str], list[str], str]:
    fields = rng.choice(_FIELDS)
    marks = [rng.choice(_MARKS) for _ in fields[1:]]
    if rng.random() < 0.5 and fields[-1] == "date":
        marks[-1] = " "
    return rng.choice(_BULLETS), fields, marks, rng.choice(_AROUND)


def _formed(
    bullet: str, fields: list[str], marks: list[str], around: str, values: dict[str, str]
) -> str:
    texts = [around.format(values[f]) if f == "date" else values[f] for f in fields]
    return bullet + "".join(t + m for t, m in zip(texts, [*marks, ""], strict=True))


def _pattern_wording(rng: random.Random, held_out: bool) -> str:
    seen = ["Write the tasks in this form: {f}", "Use this form for each task: {f}"]
    return _Office(rng, held_out).choice(seen, ["Give the tasks in this form: {f}"])


KINDS = [*phrasings.SEEN_QUESTIONS, "form"]


def lap(rng: random.Random, held_out: bool = False, most: int = 6) -> Example:
    """The task of lesson 09: the next actions, one a line, in a form of their own."""
    about = note(rng, held_out, most)
    answer = "\n".join(f"- [ ] {a.who}: {a.task} ({a.due})" for a in about.actions)
    return Example("lap", f"{about.text}\n{LAP}", answer)


def conversation(rng: random.Random) -> list[str]:
    """One training document: what user and assistant say in turn, or one short note alone.

    A note is asked up to four questions; lists and forms more often than they come by chance, as
    a base that has met many of them learns the lap's faster.
    """
    if rng.random() < 0.08:
        about = note(rng, most=4)
        sentences = about.text.replace("\n", " ").split(". ")
        return [". ".join(sentences[: rng.randint(1, 2)]).rstrip(".") + "."]
    about, turns = note(rng), []
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        kind = "form" if rng.random() < 0.2 else ""
        example = question(rng, about, kind=kind)
        asked = example.prompt.removeprefix(about.text + "\n")
        turns += [example.prompt if not turns else asked, example.answer]
    return turns


def examples(
    count: int, seed: int, held_out: bool = True, kinds: list[str] | None = None
) -> list[Example]:
    """Questions to judge a model by, as many of each kind as of any other.

    Args:
        count: of questions in all; each about a note of its own.
        seed: use others than training, which has 0 to 9,999.
        held_out: with names, things and phrasings that training never shows.
        kinds: of ``KINDS``, or ["lap"].
    """
    rng, made = random.Random(f"examples {seed}"), []
    for i in range(count):
        kind = (kinds or KINDS)[i % len(kinds or KINDS)]
        if kind == "lap":
            made.append(lap(rng, held_out))
            continue
        example = question(rng, note(rng, held_out), held_out, kind)
        while example.answer == SILENT and rng.random() > UNKNOWN:
            example = question(rng, note(rng, held_out), held_out, kind)
        made.append(example)
    return made
