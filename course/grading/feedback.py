"""What one student gets back: Markdown and HTML with their code, the diagnosis and hints.

No answers are in it, and nothing of a submission is shown as anything but text.
"""

from collections.abc import Mapping
from typing import Any

from course.checking.verdict import Status
from course.exercise import Exercise
from course.grading import escape, formats, pages
from course.grading.record import Mark, Result

HINTS = 2  # the third is nearly the line


def markdown(result: Result, known: Mapping[str, Exercise], unsandboxed: bool) -> str:
    """One student's feedback as Markdown.

    Args:
        result: of the submission.
        known: exercise name -> the exercise.
        unsandboxed: whether the run had no sandbox, which the feedback then says.
    """
    text = escape.in_markdown
    lines = [f"# {text(result.student)} · {text(result.lesson)}", "", text(_total(result)), ""]
    if unsandboxed:
        lines += [f"**{formats.UNSANDBOXED}**", ""]
    for failed in result.failed:
        lines += [f"Cell {failed.cell + 1} stopped: {text(failed.error)}", ""]
    for part in _parts(result, known):
        mark = part["mark"]
        heading = text(f"{part['heading']} · `{mark.exercise}` · {part['points']}")
        lines += [f"## {heading}", "", text(mark.message), ""]
        if part["remarks"]:
            lines += [*(f"- {text(line)}" for line in part["remarks"]), ""]
        if mark.readings:
            lines += [f"Readings: {text(', '.join(mark.readings))}.", ""]
        if mark.code:
            lines += ["Your code:", "", escape.block(mark.code, "python"), ""]
        if mark.printed:
            lines += ["It printed:", "", escape.block(mark.printed), ""]
        lines += [*(f"{i}. {hint}" for i, hint in enumerate(part["hints"], 1)), ""]
    return "\n".join(lines)


def page(result: Result, known: Mapping[str, Exercise], unsandboxed: bool) -> str:
    """One student's feedback as HTML, complete in itself and without scripts.

    Args:
        result: of the submission.
        known: exercise name -> the exercise.
        unsandboxed: whether the run had no sandbox, which the feedback then says.
    """
    return pages.render(
        "feedback.html",
        title=f"{result.student} · {result.lesson}",
        unsandboxed=formats.UNSANDBOXED if unsandboxed else "",
        total=_total(result),
        failed=result.failed,
        parts=_parts(result, known),
    )


def _total(result: Result) -> str:
    if result.refused:
        return f"This file is no submission: it {result.refused}."
    return f"{formats.points_of(result)} points."


def _parts(result: Result, known: Mapping[str, Exercise]) -> list[dict[str, Any]]:
    """What is said of each exercise: mark, heading, points, remarks, hints."""
    return [
        {
            "mark": mark,
            "heading": mark.status.heading,
            "points": formats.points_of(mark),
            "remarks": [line for line in [*mark.evidence, mark.look, *mark.notes] if line],
            "hints": _hints(mark, known),
        }
        for mark in result.marks
    ]


def _hints(mark: Mark, known: Mapping[str, Exercise]) -> tuple[str, ...]:
    if mark.status in (Status.PASSED, Status.UNAVAILABLE) or mark.exercise not in known:
        return ()
    return known[mark.exercise].steps[:HINTS]
