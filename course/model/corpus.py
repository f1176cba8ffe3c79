"""Questions about meeting notes, and whole documents: the only text that the built-in model reads.

A seeded generator, standard library alone. ``held_out=True`` draws names, things and phrasings
that no training document holds. Does not know tokens.
"""

import random
from dataclasses import dataclass

from course.model import phrasings
from course.model.meeting import Note, Office, note

SILENT = "The notes do not say."
LAP = "List the next actions."  # asked in lesson 09 alone: never while the base is trained
UNKNOWN = 0.15  # share of the questions that the notes leave open, where they can


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
            wording = Office(rng, held_out).choice(
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
    seen = [
        "Write the tasks in this form: {f}", "Use this form for each task: {f}",
        "List the tasks in this form: {f}", "Write each task in the form {f}",
        "The tasks, please, in this form: {f}",
    ]  # fmt: skip
    return Office(rng, held_out).choice(seen, ["Give the tasks in this form: {f}"])


KINDS = [*phrasings.SEEN_QUESTIONS, "form"]
BACKWARDS = ["who", "due", "tasks_of", "busy"]  # the answer stands before what is asked about


def lap(rng: random.Random, held_out: bool = False, most: int = 6) -> Example:
    """The task of lesson 09: the next actions, one a line, in a form of their own."""
    about = note(rng, held_out, most)
    answer = "\n".join(f"- [ ] {a.who}: {a.task} ({a.due})" for a in about.actions)
    return Example("lap", f"{about.text}\n{LAP}", answer)


def conversation(rng: random.Random) -> list[str]:
    """One training document: what user and assistant say in turn, or one short note alone.

    A note is asked up to four questions: forms more often than they come by chance, as a base that
    has met many learns the lap's faster, and so is what has to be looked up backwards.
    """
    if rng.random() < 0.08:
        about = note(rng, most=4)
        sentences = about.text.replace("\n", " ").split(". ")
        return [". ".join(sentences[: rng.randint(1, 2)]).rstrip(".") + "."]
    about, turns = note(rng), []
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        chance = rng.random()
        kind = "form" if chance < 0.15 else rng.choice(BACKWARDS) if chance < 0.65 else ""
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
