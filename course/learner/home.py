"""The home notebook: a map of the lessons, your progress on it, what comes next and why.

Headings, links and a table with header cells: it is read aloud, and used by keyboard, as it is
seen. No widget, and nothing that colour alone says. Works where MLX does not.
"""

import html
import json
import os
import sys
from pathlib import Path
from typing import Any

from course.content import catalog, syllabus
from course.content.catalog import Lesson
from course.learner import display, journal

CELL = "import course\n\ncourse.home.show()"
HEAD = ("Lesson", "Minutes", "Your progress", "Needs", "On this machine")
ANY = "runs on any machine"
_INTRO = """# Home

Run the next cell (Shift-Enter) whenever you come back. It says what to do next and why, and shows \
all lessons with your progress and with what runs on this machine."""
_HELP = """## When something is in the way

- `hint("name")` in a notebook gives three hints, one a call; `progress()` shows what you have \
passed.
- `mlx-course preflight` in a terminal looks at this machine and says what to mend. (In a clone: \
`python3 -m course preflight`. The same holds for the next one.)
- `mlx-course progress --verify` runs your notebooks again from their first cells and says what \
still holds."""


def texts(root: Path | None = None) -> list[tuple[str, str]]:
    """The notebook's cells: ("markdown" or "code", text)."""
    lessons = catalog.lessons(root)
    return [
        ("markdown", _INTRO),
        ("code", CELL),
        ("markdown", "\n\n".join(["## In which order", *orders(lessons)])),
        ("markdown", _HELP),
    ]


def orders(lessons: list[Lesson], link: str = "[{title}]({stem}.ipynb)") -> list[str]:
    """The reading orders as Markdown, a heading and a list each; lessons not written are named."""
    there = {lesson.slug: lesson for lesson in lessons}
    said = []
    for order in syllabus.data("orders")["order"]:
        said += [f"### {order['who']}", order["says"]]
        steps = [step for step in order["steps"] if step["lesson"] in there]
        said.append(
            "\n".join(f"{i}. {_step(step, there, link)}" for i, step in enumerate(steps, 1))
        )
        later = [step["lesson"] for step in order["steps"] if step["lesson"] not in there]
        said += [f"Then, once they are written: {', '.join(later)}."] * bool(later)
    return [part for part in said if part]


def _step(step: dict[str, str], there: dict[str, Lesson], link: str) -> str:
    lesson = there[step["lesson"]]
    facts = syllabus.read(lesson)
    name = link.format(title=f"{lesson.number} · {facts.title}", stem=lesson.stem)
    if until := step.get("until"):
        return f"{name} up to and with “{until}” ({minutes_until(facts, until)} min): {step['why']}"
    return f"{name} ({facts.minutes} min): {step['why']}"


def minutes_until(facts: syllabus.Syllabus, until: str) -> int:
    """The minutes of a lesson's sections up to and with one of them."""
    titles = [section.title for section in facts.sections]
    return round(sum(part.minutes for part in facts.sections[: titles.index(until) + 1]))


def following(progress: dict[str, Any], lessons: list[Lesson]) -> tuple[str, str, str]:
    """What to do next: (address relative to the home notebook, its name, why)."""
    tables = progress["exercises"]
    for lesson in lessons:
        names = lesson.names
        entries = {name: tables.get(f"{lesson.slug}.{name}", {}) for name in names}
        todo = [name for name in names if "passed" not in entries[name]]
        todo = [name for name in todo if entries[name].get("last") != "unavailable"]
        if not todo:
            continue
        exercises, facts = f"../exercises/{lesson.stem}.ipynb", syllabus.read(lesson)
        tried = [name for name in todo if "last" in entries[name]]
        if tried and entries[tried[0]]["last"] != "not attempted":
            return exercises, f"{tried[0]}, in the exercises of lesson {lesson.number}", (
                f"its last check did not pass. `hint(\"{tried[0]}\")` has three hints."
            )  # fmt: skip
        if len(todo) < len(names):
            return (
                exercises,
                f"{todo[0]}, in the exercises of lesson {lesson.number}",
                (
                    f"it is the first that you have not passed there; {len(names) - len(todo)} of "
                    f"{len(names)} are done."
                ),
            )
        begun = any(id.startswith(f"{lesson.slug}.") for id in progress["predictions"])
        name = f"Lesson {lesson.number}, {facts.title}"
        if begun:
            return (
                exercises,
                f"Exercises of lesson {lesson.number}, {facts.title}",
                ("you have begun the lesson, and none of its exercises is passed yet."),
            )
        if not facts.before:
            why = "it needs nothing before it."
        else:
            why = f"it builds on {_numbers(facts.before)}, and comes next in order."
        return f"{lesson.stem}.ipynb", f"{name} ({facts.minutes} minutes)", why
    return (
        "",
        "Everything that runs here is passed",
        ("`mlx-course progress --verify` says whether it still holds."),
    )


def _numbers(numbers: tuple[str, ...]) -> str:
    return f"lesson{'s' * (len(numbers) > 1)} {' and '.join(numbers)}"


def _rows(progress: dict[str, Any], lessons: list[Lesson]) -> tuple[list[list[str]], list[str]]:
    """The map's rows (the first cell is the lesson's stem and title), and sentences under it."""
    try:
        from course import machine
    except Exception as error:  # a broken MLX raises what it likes
        machine = None
        gaps = [
            f"MLX cannot be loaded here ({type(error).__name__}): `mlx-course doctor` says why."
        ]
    else:
        gaps = []
    rows = []
    for lesson in lessons:
        names, facts = lesson.names, syllabus.read(lesson)
        entries = [progress["exercises"].get(f"{lesson.slug}.{name}", {}) for name in names]
        passed = sum("passed" in entry for entry in entries)
        begun = any(entries) or any(
            x.startswith(f"{lesson.slug}.") for x in progress["predictions"]
        )
        done = f"{passed} of {len(names)} passed" if begun else f"not begun, {len(names)} exercises"
        needs = [_numbers(facts.before)] if facts.before else []
        needs += [facts.machine] if facts.machine != ANY else []
        minutes, here = f"{facts.minutes}", "MLX is missing"
        if machine:
            made = catalog.exercises(lesson)
            minutes += f" + {syllabus.exercise_minutes(made)}"
            lacking = [exercise for exercise in made if machine.lacks(exercise.needs)]
            said = {gap for exercise in lacking for gap in machine.lacks(exercise.needs)}
            gaps += [f"An exercise that {gap}" for gap in sorted(said)]
            here = f"{len(lacking)} of {len(names)} exercises do not run" if lacking else "runs"
        rows.append(
            [f"{lesson.number} · {facts.title}", minutes, done, "; ".join(needs) or "nothing", here]
        )
    return rows, list(dict.fromkeys(gaps))


def pictures() -> dict[str, str]:
    """What the home cell shows: the same words as text and as HTML."""
    progress, remark = journal.read()
    lessons = catalog.lessons()
    address, name, why = following(progress, lessons)
    rows, notes = _rows(progress, lessons)
    planned = [f"{number} {slug}" for number, slug in syllabus.coming().items()]
    notes = [
        "Minutes: to read and run the lesson, plus those of its exercises.",
        *notes,
        *([f"On their way: {', '.join(planned)}."] if planned else []),
        *([remark] if remark else []),
        f"Your progress is kept in `{journal.path()}`.",
    ]
    table = "\n".join(line.removeprefix("    ") for line in display.table(HEAD, rows))
    text = "\n".join(["What next", f"{name}: {why}", "", "The lessons", table, "", *notes])
    start = f'<a href="{address}">{html.escape(name)}</a>' if address else html.escape(name)
    body = "".join(_row(row, lesson) for row, lesson in zip(rows, lessons, strict=True))
    head = "".join(f'<th scope="col" style="text-align:left">{cell}</th>' for cell in HEAD)
    return {
        "text/plain": text,
        "text/html": (
            f"<h2>What next</h2><p>{start}: {_words(why)}</p><h2>The lessons</h2>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            + "".join(f"<p>{_words(note)}</p>" for note in notes)
        ),
    }


def _row(row: list[str], lesson: Lesson) -> str:
    name = f'<a href="{lesson.stem}.ipynb">{html.escape(row[0])}</a>'
    cells = "".join(f'<td style="text-align:left">{_words(cell)}</td>' for cell in row[1:])
    return f'<tr><th scope="row" style="text-align:left">{name}</th>{cells}</tr>'


def _words(text: str) -> str:
    parts = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def show() -> None:
    """Show the map with your progress: in a notebook with links, elsewhere as text."""
    found = pictures()
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if not shell or not hasattr(shell, "kernel"):
        print(found["text/plain"])
        return
    from IPython.display import display as put

    put(found, raw=True)


def refresh(notebook: Path) -> None:
    """Bring the saved output of a learner's home notebook up to date; anything odd stays as is."""
    try:
        made = json.loads(notebook.read_text(encoding="utf-8"))
        cells = [cell for cell in made["cells"] if "".join(cell["source"]) == CELL]
        output = {"output_type": "display_data", "data": pictures(), "metadata": {}}
        for cell in cells:
            cell["outputs"] = [output]
        aside = notebook.with_name(notebook.name + ".part")
        aside.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(aside, notebook)
    except (OSError, ValueError, KeyError, TypeError):
        return
