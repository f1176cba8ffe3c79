"""Results as the files of other programs: tables, nbgrader, Canvas, Gradescope, JSON."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from course.checking.verdict import Status
from course.grading.escape import cell, plain
from course.grading.marks import written
from course.grading.people import Person
from course.grading.record import Mark, Result

NBGRADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
NO_PROOF = (
    "Readings were taken beside the submission's code, which can forge them. Values cannot be "
    "forged without computing them, but shipped solutions can be copied."
)
UNSANDBOXED = "This was graded without a sandbox: every submission could read and write everything."
MOST_FAILED = 20  # stopped cells that Gradescope shows


def table(results: Sequence[Result], people: dict[str, Person], lesson: str) -> str:
    """A CSV with a row for each student: the sum, then points and status of each exercise.

    Args:
        results: of the lesson.
        people: the roster by student, {} without one.
        lesson: its slug.
    """
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
        row += [written(result.points), written(result.of), result.file, remark(result)]
        row += [written(marks[name].points) if name in marks else "" for name in names]
        rows.append([*row, *(marks[name].status if name in marks else "" for name in names)])
    return _csv(rows)


def nbgrader(results: Sequence[Result], people: dict[str, Person], lesson: str) -> str:
    """A CSV with the columns of `nbgrader export`; texts with commas are quoted, which its are not.

    Args:
        results: of the lesson.
        people: the roster by student, {} without one.
        lesson: its slug.
    """
    most = max((result.of for result in results), default=0.0)
    by_student = {result.student: result for result in results}
    rows: list[Sequence[Any]] = [NBGRADER]
    for student in sorted({*by_student, *people}):
        person, result = people.get(student, Person(student)), by_student.get(student)
        got = float(result.points) if result else 0.0
        when = result.handed_in.removesuffix(" UTC") if result else ""
        who = [student, person.last, person.first, person.email]
        of = float(result.of if result and result.of else most)
        rows.append([lesson, "", when, *who, got, 0.0, got, of])
    return _csv(rows)


def canvas(results: Sequence[Result], people: dict[str, Person], lesson: str) -> str:
    """A CSV for Canvas to import. Canvas finds students by the columns of its own roster.

    Args:
        results: of the lesson.
        people: the roster by student, {} without one.
        lesson: its slug.
    """
    by_student = {result.student: result for result in results}
    most = max((result.of for result in results), default=0.0)
    rows: list[list[Any]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", lesson],
        ["    Points Possible", "", "", "", "", written(most)],
    ]
    for student in sorted({*by_student, *people}):
        person, result = people.get(student), by_student.get(student)
        person = person or Person(student, name=student, login=student)
        name = person.name or f"{person.last}, {person.first}".strip(", ") or student
        points = written(result.points) if result and not result.refused else ""
        login = person.login or student
        rows.append([name, person.canvas, person.sis, login, person.section, points])
    return _csv(rows)


def gradescope(result: Result, unsandboxed: bool = False) -> str:
    """Gradescope's results.json for one submission.

    Args:
        result: of the submission.
        unsandboxed: whether the run had no sandbox, which the file then says.
    """
    tests = [
        {
            "name": mark.exercise,
            "number": str(i),
            "score": mark.points,
            "max_score": mark.of,
            "status": "passed" if mark.status == Status.PASSED else "failed",
            "output": plain(said(mark)),
            "output_format": "text",
            "tags": [mark.status],
            "extra_data": {"misconceptions": mark.misconceptions, "readings": mark.readings},
        }
        for i, mark in enumerate(result.marks, 1)
    ]
    output = [f"This file is no submission: it {result.refused}."] if result.refused else []
    output += [f"Cell {x.cell + 1} stopped: {x.error}" for x in result.failed[:MOST_FAILED]]
    output += [UNSANDBOXED] if unsandboxed else []
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
    """All that is known, as JSON for programs.

    Args:
        results: of the lesson.
        facts: name -> what to say of the run.
    """
    whole = {**facts, "remark": NO_PROOF, "results": msgspec.to_builtins(list(results))}
    return json.dumps(whole, indent=1) + "\n"


def exercises(results: Sequence[Result]) -> list[str]:
    """The names of a lesson's exercises, in its order."""
    return [mark.exercise for mark in _most_marks(results)]


def points_of(one: Result | Mark) -> str:
    """What a submission or an exercise has earned, such as "2 of 3"."""
    return f"{written(one.points)} of {written(one.of)}"


def said(mark: Mark) -> str:
    """The verdict as a student reads it, in lines."""
    lines = [mark.message or ("Right." if mark.status == Status.PASSED else mark.status)]
    lines += [*mark.evidence, *filter(None, [mark.look]), *mark.notes]
    if mark.printed:
        lines += ["It printed:", mark.printed]
    return "\n".join(lines)


def remark(result: Result) -> str:
    """What a teacher should know of a submission, in a few words."""
    if result.refused:
        return f"not graded: {result.refused}"
    remarks = []
    if lost := [mark.exercise for mark in result.marks if mark.lost]:
        remarks.append(f"process lost in {', '.join(lost)}")
    if result.failed:
        remarks.append(f"{len(result.failed)} cells stopped")
    return "; ".join(remarks)


def reading_share(results: Sequence[Result]) -> float:
    """Which share of the points rests on readings."""
    marks = _most_marks(results)
    total = sum(mark.of for mark in marks)
    resting = sum(mark.of * len(mark.readings) / max(1, len(mark.right)) for mark in marks)
    return resting / total if total else 0.0


def _most_marks(results: Sequence[Result]) -> list[Mark]:
    """The marks of the submission that has most: of all exercises, where one could be read."""
    return max((result.marks for result in results), key=len, default=[])


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[cell(x) for x in row] for row in rows])
    return text.getvalue()
