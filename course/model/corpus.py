"""Questions about meeting notes, and whole documents: the only text that the built-in model reads.

A seeded generator, standard library alone. ``held_out=True`` draws names, words and phrasings that
no training document holds. Does not know tokens.
"""

import random
import re
from dataclasses import dataclass, field
from typing import Any

from course.model import asking, english, tools, when, words
from course.model.draw import Pen
from course.model.meeting import Action, Note, note
from course.model.work import any_thing, task

SILENT = "The notes do not say."
LAP = "List the next actions."  # asked in lesson 09 alone: never while the base is trained
UNKNOWN = 0.15  # share of the questions that the notes leave open, where they can


@dataclass(frozen=True)
class Example:
    """One question about one note.

    Args:
        kind: which of ``KINDS``, or "lap".
        prompt: what the user says: the note, and the question after it.
        answer: the right answer.
        tools: that the model may call, as a request to a server names them.
        accept: other answers that are as right.
    """

    kind: str
    prompt: str
    answer: str
    tools: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    accept: tuple[str, ...] = field(default=(), repr=False)


FACTS = ["topic", "present", "how_many", "date", "decision", "budget", "risk", "next"]
KINDS = ["topic", "present", "how_many", "date", "who", "when", "due", "tasks_of", "busy", "decision",
         "budget", "risk", "next", "bullets", "numbered", "duties", "plan", "dates", "table",
         "reminders", "form", "tool"]  # fmt: skip
BACKWARDS = ["who", "due", "tasks_of", "busy"]  # the answer stands before what is asked about
WHOLE = ["bullets", "numbered", "duties", "plan", "dates", "table", "reminders", "form", "busy"]


def question(rng: random.Random, about: Note, held_out: bool = False, kind: str = "") -> Example:
    """A question about a note, of the given kind or of any that can be asked.

    The kind "tool" names no tool: the call is that of the course's own. ``examples`` has others.
    """
    asked, text, answer = _asked(Pen(rng, held_out), about, kind, tools.DEFAULT)
    return Example(asked, f"{about.text}\n{text}", answer)


def _asked(
    pen: Pen, about: Note, kind: str, tool: tuple[str, tuple[str, ...]]
) -> tuple[str, str, str]:
    """(kind, question, answer)."""
    while True:
        asked = kind or pen.rng.choice(KINDS)
        if asked in about.unasked and not kind:
            continue
        if asked in WHOLE and about.open and not kind and pen.maybe(0.7):
            continue  # is a task that nobody took one of the tasks? Who knows
        text, answer = _ask(pen, about, asked, tool)
        if answer != SILENT or kind or pen.random() < UNKNOWN:
            return asked, text, answer


def _ask(pen: Pen, about: Note, kind: str, tool: tuple[str, tuple[str, ...]]) -> tuple[str, str]:
    actions = about.actions
    if kind in FACTS:
        return _plain(pen, about, kind)
    if kind in ("busy", "dates"):
        found = [a.who if kind == "busy" else a.due for a in actions]
        if kind == "busy":
            found = [one for who in found for one in who.split(" and ")]
            found = list(dict.fromkeys(found))
        answer = (", " if kind == "busy" else "; ").join(f for f in found if f)
        return asking.fact(pen, asking.FACTS[kind], {"g": about.group}), answer or SILENT
    if kind == "who":
        return _who(pen, about)
    if kind == "when":
        return _when(pen, about)
    if kind == "due":
        return _due(pen, about)
    if kind in ("tasks_of", "tool"):
        return _of(pen, about, kind, tool)
    if kind == "form":
        pattern = _pattern(pen, all(a.due for a in actions))
        text = asking.form(pen, kind, _formed(pattern, _field_names(pen, pattern)))
        shown = [{"name": a.who, "task": a.task, "date": a.due} for a in actions]
        return text, "\n".join(_formed(pattern, values) for values in shown) or SILENT
    return asking.form(pen, kind), "\n".join(_lines(kind, actions)) or SILENT


def _plain(pen: Pen, about: Note, kind: str) -> tuple[str, str]:
    """A question for a fact; sometimes about a thing that it says nothing of."""
    slots = {"g": _group(pen, about), "y": about.place}
    answer = _fact(about, kind)
    slots["x"] = about.about.get(kind, "") if answer or pen.maybe(0.5) else ""
    if kind == "risk" and answer:
        slots["c"] = about.condition
    if kind in ("decision", "budget") and pen.maybe(0.08 if answer else 0.3):
        other = (
            pen.rng.choice(about.others) if about.others and pen.maybe(0.8) else any_thing(pen)[0]
        )
        if other not in f"{answer} {about.about.get(kind)} {about.project}":
            asked = [e for e in asking.FACTS[kind][0] if "{x}" in e]
            return asking.fact(pen, (asked, [], []), {**slots, "x": other}, whole=True), SILENT
    return asking.fact(pen, asking.FACTS[kind], slots), answer or SILENT


def _group(pen: Pen, about: Note) -> str:
    """Who met, as the question calls them: nobody's note says it, so any word will do."""
    if pen.maybe(0.3):
        return about.group
    return f"the {pen.made_up().lower()}s" if pen.maybe(0.1) else pen.one(words.GROUPS)


def _fact(about: Note, kind: str) -> str:
    match kind:
        case "topic":
            return about.project
        case "present":
            return ", ".join(about.people)
        case "how_many":
            return about.count
    return str(getattr(about, kind))


def _lines(kind: str, actions: list[Action]) -> list[str]:
    """The lines of a list of all tasks; what was not said is left out."""
    match kind:
        case "bullets":
            return [f"- {a.task}" for a in actions]
        case "numbered":
            return [f"{i}. {a.task}" for i, a in enumerate(actions, 1)]
        case "duties":
            return [f"{a.who}: {a.task}" for a in actions]
        case "plan":
            rows = [f"{a.task}, {a.who}" for a in actions]
            dues = [f"{english.sentence(when.by(a.due), '')}: " if a.due else "" for a in actions]
            return [
                f"{i}. {due}{row}" for i, (due, row) in enumerate(zip(dues, rows, strict=True), 1)
            ]
        case "table":
            rows = [f"| {a.who} | {a.task} | {a.due or '-'} |" for a in actions]
            return ["| who | what | when |", *rows] if rows else []
        case "lap":
            return [f"- [ ] {a.who}: {a.task}" + f" ({a.due})" * bool(a.due) for a in actions]
        case _:  # "reminders"
            return [
                f"{a.who}, please {a.task}" + f" {when.by(a.due)}" * bool(a.due) + "."
                for a in actions
            ]


# -- about one task


def _slots(pen: Pen, action: Action, actions: list[Action]) -> dict[str, str]:
    """What a question calls a task: in full, or without what follows the thing."""
    job = action.job
    tail = job.tail
    if tail and job.thing and pen.maybe(0.35):
        tail = ""
    things = [a.job.thing for a in actions]
    alone = job.thing and things.count(job.thing) == 1 and not tail
    rest = " ".join(part for part in (job.thing, tail) if part)
    plural = " and " in action.who
    third = job.verb.base if plural else job.verb.third
    return {
        "n": action.who, "d": action.due, "t": f"{job.verb.base} {rest}", "ts": f"{job.verb.third} {rest}",
        "ns": f"{third} {rest}", "ting": f"{job.verb.ing} {rest}", "o": job.thing if alone else "",
        "g": pen.one(words.GROUPS), "has": "has",
        "o_is": f"{job.thing} {'are' if job.many else 'is'}" if alone else "", "done": job.verb.done,
        **_agreed(plural),
    }  # fmt: skip


def _agreed(plural: bool) -> dict[str, str]:
    names = ("does", "is", "has", "was")
    return dict(zip(names, ("do", "are", "have", "were") if plural else names, strict=True))


def _who(pen: Pen, about: Note) -> tuple[str, str]:
    actions = about.actions
    if not actions or pen.maybe(0.1):  # a task that nobody has
        job = pen.rng.choice(about.open) if about.open and pen.maybe(0.7) else task(pen)
        if all(job.text != a.task for a in actions):
            made = Action("", job.text, "", job)
            return asking.fact(pen, asking.WHO, {**_slots(pen, made, actions), "o": ""}), SILENT
    action = pen.rng.choice(actions)
    return asking.fact(pen, asking.WHO, _slots(pen, action, actions)), action.who


def _when(pen: Pen, about: Note) -> tuple[str, str]:
    actions = about.actions
    if not actions:
        job = task(pen)
        actions = [Action(pen.name(), job.text, "", job)]
    action = pen.rng.choice(actions)
    if not action.due and pen.maybe(0.4):
        action = pen.rng.choice(actions)
    return asking.fact(pen, asking.WHEN, _slots(pen, action, actions)), action.due or SILENT


def _due(pen: Pen, about: Note) -> tuple[str, str]:
    dated = [a for a in about.actions if a.due]
    if not dated or pen.maybe(0.08):
        others = [d for d in (about.next, about.date) if d] + [when.day(pen)]
        day = pen.rng.choice(others)
    else:
        day = pen.rng.choice(dated).due
    answer = "; ".join(a.task for a in dated if a.due == day) or SILENT
    text = asking.fact(pen, asking.DUE, {"d": day})
    if when.by(day) == day:  # "by before the fair"
        text = re.sub(rf"\b(by|on|before|for|has|have) {re.escape(day)}", day, text)
    return text, answer


def _of(pen: Pen, about: Note, kind: str, tool: tuple[str, tuple[str, ...]]) -> tuple[str, str]:
    busy = [name for a in about.actions for name in dict.fromkeys([a.who, *a.who.split(" and ")])]
    if about.idle and (not busy or pen.maybe(0.12)):
        busy = about.idle
    name = pen.rng.choice(busy) if busy else pen.name()
    mine = [a for a in about.actions if name == a.who or name in a.who.split(" and ")]
    called = name
    first = name.split(" ")[0]
    if (
        " " in name
        and name[0].isupper()
        and " and " not in name
        and not first.endswith(".")
        and pen.maybe(0.3)
    ):
        called = (
            first if first not in ("Mr", "Ms", "Mrs", "Dr", "Prof", "Sister", "Father") else name
        )
    slots = {"n": called, **_agreed(" and " in name)}
    if kind == "tool":
        calls = [tools.call(tool, (name, a.task, a.due)) for a in mine]
        return asking.tool(pen, called), "\n".join(calls) or SILENT
    return asking.fact(pen, asking.TASKS_OF, slots), "; ".join(a.task for a in mine) or SILENT


# -- a form that the question shows, with the fields' names in it

# No empty square brackets: the form of the lap is met in lesson 09 alone.
_BULLETS = ["", "", "", "- ", "* ", "+ ", "> ", "# ", "• ", "-> ", "~ "]
_MARKS = [
    ": ",
    " - ",
    ", ",
    " / ",
    " -> ",
    " = ",
    "; ",
    " | ",
    " – ",
    " will ",
    " => ",
    " > ",
    ":: ",
    " * ",
    ". ",
]
_AROUND = [
    "{}",
    "{}",
    "[{}]",
    "<{}>",
    '"{}"',
    "by {}",
    "until {}",
    "({})",
    "(by {})",
    "due {}",
    "*{}*",
    "before {}",
]
_FIELDS = [
    ["name", "task", "date"], ["name", "task", "date"], ["date", "name", "task"],
    ["task", "name", "date"], ["date", "task", "name"], ["name", "task"], ["task", "date"],
    ["name", "date", "task"], ["task", "name"], ["date", "task"], ["name", "date"], ["name", "task"],
]  # fmt: skip

_NAMES = {
    "name": ["name", "name", "name", "who", "person", "owner", "NAME", "Name", "people", "responsible"],
    "task": ["task", "task", "task", "what", "job", "to-do", "TASK", "Task", "action", "work"],
    "date": ["date", "date", "date", "when", "deadline", "due", "DATE", "Date", "day", "due date"],
}  # fmt: skip
_LABELS = ["{}: {v}", "{}: {v}", "{} = {v}", "{} - {v}", "{} {v}", "[{}] {v}"]

Pattern = tuple[str, list[str], list[str], dict[str, str]]


def _pattern(pen: Pen, dated: bool) -> Pattern:
    rng = pen.rng
    fields = rng.choice([f for f in _FIELDS if dated or "date" not in f])
    marks = [rng.choice(_MARKS)] * 2 if pen.maybe(0.4) else [rng.choice(_MARKS) for _ in fields[1:]]
    around = rng.choice(_AROUND)
    if pen.maybe(0.5) and fields[-1] == "date" and around != "{}":
        marks = [*marks[: len(fields) - 2], " "]
    name = rng.choice(["{}", "{}", "{}", "{}", "{}", "({})", "[{}]", "@{}", "*{}*", "**{}**"])
    wraps = {"date": around, "name": name, "task": "{}"}
    if pen.maybe(0.1):  # every field with its label: Task: ... / Name: ...
        label = rng.choice(_LABELS)
        wraps = {f: label.format(rng.choice(_NAMES[f]).capitalize(), v="{}") for f in wraps}
    return rng.choice(_BULLETS), fields, marks, wraps


def _field_names(pen: Pen, pattern: Pattern) -> dict[str, str]:
    """What stands for the fields in a question: their names, dots, or an example of another note."""
    chance = pen.random()
    if chance < 0.14:
        return {"name": pen.name(), "task": task(pen).text, "date": when.due(pen).text}
    if pattern[3]["task"] != "{}" and chance < 0.6:  # the labels say what is what
        return dict.fromkeys(_NAMES, "...")
    if chance < 0.55:
        return {"name": "name", "task": "task", "date": "date"}
    return {field: pen.one(names) for field, names in _NAMES.items()}


def _formed(pattern: Pattern, values: dict[str, str]) -> str:
    bullet, fields, marks, wraps = pattern
    texts = [wraps[f].format(values[f]) for f in fields]
    return bullet + "".join(
        t + m for t, m in zip(texts, [*marks[: len(fields) - 1], ""], strict=True)
    )


# -- documents


def lap(
    rng: random.Random, held_out: bool = False, most: int = 6, strange: float | None = None
) -> Example:
    """The task of lesson 09: the next actions, one a line, in a form of their own."""
    while not (about := note(rng, held_out, most, strange)).actions or about.open:
        pass
    answer = "\n".join(_lines("lap", about.actions))
    return Example("lap", f"{about.text}\n{LAP}", answer)


def conversation(rng: random.Random) -> list[str]:
    """One training document: what user and assistant say in turn, or one short note alone.

    A note is asked up to five questions: forms more often than they come by chance, as a base that
    has met many learns the lap's faster, and so is what has to be looked up backwards.
    """
    if rng.random() < 0.03:
        return [note(rng, most=3).text]
    about, turns = note(rng, most=rng.choice((4, 6, 8, 10, 12))), []
    pen, names, tool = Pen(rng), "", tools.DEFAULT
    offered = rng.random() < 0.13
    if offered:
        made, tool = tools.draw(pen)
        names = tools.shown(made)
    for _ in range(rng.choice((1, 2, 2, 3, 4, 5)) if not offered else rng.choice((1, 2))):
        chance = rng.random()
        kind = (
            "form"
            if chance < 0.1
            else rng.choice(BACKWARDS)
            if chance < 0.45
            else "when"
            if chance < 0.52
            else ""
        )
        kind = "tool" if offered and chance < 0.6 else kind
        _, text, answer = _asked(pen, about, kind, tool)
        turns += [f"{about.text}\n{text}" if not turns else text, answer]
        if tools.OPEN in answer and rng.random() < 0.5:
            fine = rng.random() < 0.7
            said = pen.one(tools.FINE if fine else tools.FAILED)
            result = f"{tools.RESULT}{said}{tools.RESULT_END}" * answer.count(tools.OPEN)
            turns += [result, tools.DONE if fine else tools.SORRY]
    turns[0] = names + turns[0]
    return turns


def examples(
    count: int, seed: int, held_out: bool = True, kinds: list[str] | None = None
) -> list[Example]:
    """Questions to judge a model by, as many of each kind as of any other.

    Args:
        count: of questions in all; each about a note of its own.
        seed: use others than training, which has 0 to 9,999.
        held_out: with names, words and phrasings that training never shows.
        kinds: of ``KINDS``, or ["lap"].
    """
    rng, made = random.Random(f"examples {seed}"), []
    while len(made) < count:
        kind = (kinds or KINDS)[len(made) % len(kinds or KINDS)]
        if kind == "lap":
            made.append(lap(rng, held_out))
            continue
        pen, about = Pen(rng, held_out), note(rng, held_out)
        offered, tool = (
            tools.draw(pen) if kind == "tool" and rng.random() < 0.7 else ([], tools.DEFAULT)
        )
        if about.open and kind in WHOLE:
            continue
        _, text, answer = _asked(pen, about, kind, tool)
        if answer != SILENT or rng.random() < UNKNOWN:
            made.append(Example(kind, f"{about.text}\n{text}", answer, tuple(offered)))
    return made
