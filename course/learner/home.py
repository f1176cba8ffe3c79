"""The home notebook: a map of the lessons, your progress on it, what comes next and why.

Headings, links and a table with header cells: it is read aloud, and used by keyboard, as it is
seen. No widget, and nothing that colour alone says. Works where MLX does not.
"""

import html
import json
from pathlib import Path
from typing import Any

from course import files, output
from course.content import catalog, syllabus
from course.content.catalog import Lesson
from course.learner import journal, tables
from course.learner.orders import orders

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
    """The notebook's cells: ("markdown" or "code", text).

    Args:
        root: the folder of lessons; the course's own without.
    """
    lessons = catalog.lessons(root)
    return [
        ("markdown", _INTRO),
        ("code", CELL),
        ("markdown", "\n\n".join(["## In which order", *orders(lessons)])),
        ("markdown", _HELP),
    ]


def following(progress: dict[str, Any], lessons: list[Lesson]) -> tuple[str, str, str]:
    """What to do next: (address relative to the home notebook, its name, why).

    Args:
        progress: as ``journal.read`` returns it.
        lessons: in their order.
    """
    for lesson in lessons:
        entries = _entries(progress, lesson)
        todo = [name for name, entry in entries.items() if "passed" not in entry]
        todo = [name for name in todo if entries[name].get("last") != "unavailable"]
        if todo:
            return _in_lesson(lesson, entries, todo, _is_begun(progress, lesson))
    why = "`mlx-course progress --verify` says whether it still holds."
    return "", "Everything that runs here is passed", why


def _in_lesson(
    lesson: Lesson, entries: dict[str, Any], todo: list[str], begun: bool
) -> tuple[str, str, str]:
    """What to do next in a lesson that has exercises to do."""
    exercises, facts = f"../exercises/{lesson.stem}.ipynb", syllabus.read(lesson)
    done = sum("passed" in entry for entry in entries.values())
    tried = next((name for name in todo if "last" in entries[name]), None)
    if tried and entries[tried]["last"] != "not attempted":
        why = f'its last check did not pass. `hint("{tried}")` has three hints.'
        return exercises, f"{tried}, in the exercises of lesson {lesson.number}", why
    if done:
        why = "it is the first that you have not passed there; "
        why += f"{done} of {len(entries)} are done."
        return exercises, f"{todo[0]}, in the exercises of lesson {lesson.number}", why
    if begun:
        why = "you have begun the lesson, and none of its exercises is passed yet."
        return exercises, f"Exercises of lesson {lesson.number}, {facts.title}", why
    why = "it needs nothing before it."
    if facts.before:
        why = f"it builds on {_numbers(facts.before)}, and comes next in order."
    name = f"Lesson {lesson.number}, {facts.title} ({facts.minutes} minutes)"
    return f"{lesson.stem}.ipynb", name, why


def _entries(progress: dict[str, Any], lesson: Lesson) -> dict[str, dict[str, Any]]:
    """Each exercise of a lesson -> what the progress file has on it, {} for nothing."""
    known = progress["exercises"]
    return {name: known.get(f"{lesson.slug}.{name}", {}) for name in lesson.names}


def _is_begun(progress: dict[str, Any], lesson: Lesson) -> bool:
    """Whether there is a guess or a measurement of the lesson's predictions."""
    return any(id.startswith(f"{lesson.slug}.") for id in progress["predictions"])


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
        entries = _entries(progress, lesson).values()
        passed = sum("passed" in entry for entry in entries)
        begun = any(entries) or _is_begun(progress, lesson)
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
    lines = tables.table(rows, HEAD)
    text = "\n".join(["What next", f"{name}: {why}", "", "The lessons", *lines, "", *notes])
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
    shown = pictures()
    output.show(shown["text/plain"], shown["text/html"])


def refresh(notebook: Path) -> None:
    """Bring the saved output of a learner's home notebook up to date.

    A file that cannot be read or written, or is no such notebook, stays as it is.
    """
    try:
        made = json.loads(notebook.read_text(encoding="utf-8"))
        cells = [cell for cell in made["cells"] if "".join(cell["source"]) == CELL]
        shown = {"output_type": "display_data", "data": pictures(), "metadata": {}}
        for cell in cells:
            cell["outputs"] = [shown]
        files.write(notebook, json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    except (OSError, ValueError, KeyError, TypeError):
        return
