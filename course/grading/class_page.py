"""The report on a class: one HTML page that says what to talk about tomorrow."""

from collections import Counter
from collections.abc import Mapping, Sequence

from course.checking.verdict import Status
from course.content import syllabus
from course.exercise import Exercise
from course.grading import formats, pages, similar
from course.grading.people import Class
from course.grading.record import Result

STATUSES = [status for status in Status if status is not Status.UNAVAILABLE]
MOST_PAIRS = 100
MOST_SLOW = 5


def page(
    results: Sequence[Result],
    who: Class,
    known: Mapping[str, Exercise],
    alike: Sequence[tuple[str, str, float]],
    problems: Mapping[str, str],
    facts: Mapping[str, str],
) -> str:
    """The report.

    Args:
        results: without those that belong to another lesson.
        who: the roster and what it lacks.
        known: exercise name -> the exercise.
        alike: what ``similar.pairs`` returned.
        problems: name of a file -> why it was not graded, or does not count.
        facts: what to say about the run: the lesson, the seed, the sandbox, versions.
    """
    graded = [result for result in results if not result.refused]
    refused = {result.file: f"it {result.refused}" for result in results if result.refused}
    slowest = sorted(graded, key=lambda result: -result.seconds)[:MOST_SLOW]
    return pages.render(
        "class.html",
        title=f"{facts['lesson']}: the class",
        unsandboxed=formats.UNSANDBOXED if facts["sandbox"] == "unsandboxed" else "",
        lesson=facts["lesson"],
        graded=len(graded),
        share=round(100 * formats.reading_share(results)),
        no_proof=formats.NO_PROOF,
        misconceptions=[
            (count, exercise, f"{name}: {sentence}")
            for count, exercise, name, sentence in misconceptions(graded, known)
        ],
        statuses=STATUSES,
        exercises=_exercises(graded),
        distribution=_distribution(graded),
        students=[(x.student, formats.points_of(x), formats.remark(x)) for x in graded],
        slowest=[(x.student, f"{x.seconds:.2f}") for x in slowest],
        lost=[
            (x.student, mark.exercise, mark.lost) for x in graded for mark in x.marks if mark.lost
        ],
        alike=[(a, b, f"{100 * likeness:.0f} %") for a, b, likeness in alike[:MOST_PAIRS]],
        likeness=round(100 * similar.ALIKE),
        not_graded=sorted({**problems, **refused}.items()),
        missing=[(name,) for name in who.missing],
        unknown=[(name,) for name in who.unknown],
        facts=facts.items(),
    )


def misconceptions(
    results: Sequence[Result], known: Mapping[str, Exercise]
) -> list[tuple[int, str, str, str]]:
    """(students who have it, exercise, its name, its sentence), most frequent first.

    Where an answer behaves like several misconceptions, it counts for each.

    Args:
        results: of the class.
        known: exercise name -> the exercise.
    """
    counts = Counter(
        (mark.exercise, name)
        for result in results
        for mark in result.marks
        for name in mark.misconceptions
    )
    sentences = {
        (exercise.name, wrong.name): syllabus.shown(wrong.sentence)
        for exercise in known.values()
        for wrong in exercise.misconceptions
    }
    rows = [(count, *key, sentences.get(key, "")) for key, count in counts.items()]
    return sorted(rows, key=lambda row: (-row[0], row[1], row[2]))


def _exercises(results: Sequence[Result]) -> list[list[str | int]]:
    """A row for each exercise: its name, success, how many have each status, its readings."""
    rows = []
    for name in formats.exercises(results):
        own = [mark for result in results for mark in result.marks if mark.exercise == name]
        counts = Counter(mark.status for mark in own)
        passed = f"{100 * counts[Status.PASSED] / max(1, len(own)):.0f} %"
        readings = ", ".join(own[0].readings) if own else ""
        rows.append([name, passed, *(counts[status] for status in STATUSES), readings])
    return rows


def _distribution(results: Sequence[Result]) -> list[tuple[str, int, int]]:
    """(range of points, students in it, the bar's width in percent) for each tenth."""
    if not results:
        return []
    counts = Counter(min(9, int(10 * x.points / x.of)) if x.of else 0 for x in results)
    most = max(counts.values())
    return [
        (f"{10 * i} to {10 * i + 10} %", counts[i], round(100 * counts[i] / most))
        for i in range(10)
    ]
