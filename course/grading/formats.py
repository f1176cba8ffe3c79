"""Results as the files of other programs: tables, nbgrader, Canvas, Gradescope, JSON."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from course.grading.people import Person
from course.grading.record import Mark, Result
from course.grading.words import cell, number, plain

NBGRADER = ("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
            "raw_score", "late_submission_penalty", "score", "max_score")  # fmt: skip
NO_PROOF = (
    "Readings were taken beside the submission's code, which could forge them. Values could not be "
    "forged without computing them; shipped solutions can be copied all the same."
)


def table(results: Sequence[Result], people: dict[str, Person], lesson: str) -> str:
    """A row for each student: the sum, then the points and the status of each exercise."""
    names = exercises(results)
    head = ["student", "last_name", "first_name", "points", "of", "file", "remark"]
    rows: list[list[Any]] = [[*head, *names, *(f"{name}: status" for name in names)]]
    by_student = {result.student: result for result in results}
    for student in sorted({*by_student, *people}):
        person, result = people.get(student, Person(student)), by_student.get(student)
        row: list[Any] = [student, person.last, person.first]
        if result is None:
            rows.append([*row, 0, "", "", "nothing handed in", *[""] * 2 * len(names)])
            continue
        marks = {mark.exercise: mark for mark in result.marks}
        row += [number(result.points), number(result.of), result.file, remark(result)]
        row += [number(marks[name].points) if name in marks else "" for name in names]
        rows.append([*row, *(marks[name].status if name in marks else "" for name in names)])
    return _csv(rows)


def nbgrader(results: Sequence[Result], people: dict[str, Person], lesson: str) -> str:
    """The columns of `nbgrader export`, and quoted, which its own are not."""
    most = max((result.of for result in results), default=0.0)
    by_student = {result.student: result for result in results}
    rows: list[Sequence[Any]] = [NBGRADER]
    for student in sorted({*by_student, *people}):
        person, result = people.get(student, Person(student)), by_student.get(student)
        got = float(result.points) if result else 0.0
        when = result.handed_in.removesuffix(" UTC") if result else ""
        rows.append([lesson, "", when, student, person.last, person.first, person.email, got, 0.0,
                     got, float(result.of if result and result.of else most)])  # fmt: skip
    return _csv(rows)


def canvas(results: Sequence[Result], people: dict[str, Person], lesson: str) -> str:
    """A gradebook for Canvas to import. It finds students by the columns of the roster."""
    by_student = {result.student: result for result in results}
    most = max((result.of for result in results), default=0.0)
    rows: list[list[Any]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", lesson],
        ["    Points Possible", "", "", "", "", number(most)],
    ]
    for student in sorted({*by_student, *people}):
        person, result = people.get(student), by_student.get(student)
        person = person or Person(student, name=student, login=student)
        name = person.name or f"{person.last}, {person.first}".strip(", ") or student
        points = number(result.points) if result and not result.refused else ""
        rows.append([name, person.canvas, person.sis, person.login or student, person.section,
                     points])  # fmt: skip
    return _csv(rows)


def gradescope(result: Result, unsandboxed: bool = False) -> str:
    """Gradescope's results.json for one submission."""
    tests = [
        {
            "name": mark.exercise,
            "number": str(i),
            "score": mark.points,
            "max_score": mark.of,
            "status": "passed" if mark.status == "passed" else "failed",
            "output": plain(said(mark)),
            "output_format": "text",
            "tags": [mark.status],
            "extra_data": {"misconceptions": mark.misconceptions, "readings": mark.readings},
        }
        for i, mark in enumerate(result.marks, 1)
    ]
    output = [f"This file is no submission: it {result.refused}."] if result.refused else []
    output += [f"Cell {x.cell + 1} stopped: {x.error}" for x in result.failed[:20]]
    output += ["It was graded without a sandbox."] if unsandboxed else []
    facts = {
        "score": result.points,
        "execution_time": round(result.seconds),
        "output": plain("\n".join([*output, NO_PROOF])),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {"lesson": result.lesson, "fingerprint": result.fingerprint},
        "tests": tests,
    }
    return json.dumps(facts, indent=1, allow_nan=False) + "\n"


def everything(results: Sequence[Result], facts: dict[str, Any]) -> str:
    """All that is known, for programs."""
    found = {**facts, "remark": NO_PROOF, "results": msgspec.to_builtins(list(results))}
    return json.dumps(found, indent=1) + "\n"


def exercises(results: Sequence[Result]) -> list[str]:
    """The names of a lesson's exercises, in its order."""
    return [mark.exercise for mark in max(results, key=lambda r: len(r.marks)).marks] \
        if results else []  # fmt: skip


def said(mark: Mark) -> str:
    """The verdict as a student reads it, in lines."""
    lines = [mark.message or ("Right." if mark.status == "passed" else mark.status)]
    lines += [*mark.evidence, *filter(None, [mark.look]), *mark.notes]
    if mark.printed:
        lines += ["It printed:", mark.printed]
    return "\n".join(lines)


def remark(result: Result) -> str:
    """What a teacher should know of a submission, in a few words."""
    if result.refused:
        return f"not graded: {result.refused}"
    found = []
    if lost := [mark.exercise for mark in result.marks if mark.lost]:
        found.append(f"process lost in {', '.join(lost)}")
    if result.failed:
        found.append(f"{len(result.failed)} cells stopped")
    return "; ".join(found)


def reading_share(results: Sequence[Result]) -> float:
    """Which share of the points rests on readings."""
    marks = max(results, key=lambda result: len(result.marks)).marks if results else []
    total = sum(mark.of for mark in marks)
    resting = sum(mark.of * len(mark.readings) / max(1, len(mark.right)) for mark in marks)
    return resting / total if total else 0.0


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[cell(x) for x in row] for row in rows])
    return text.getvalue()
