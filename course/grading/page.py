"""The report on a class: one HTML page that says what to talk about tomorrow."""

import re
from collections import Counter
from collections.abc import Sequence

from course.exercise import Exercise
from course.grading import feedback, formats, similar, words
from course.grading.people import Class
from course.grading.record import Result

STATUSES = ("passed", "wrong", "crashed", "timed out", "not attempted")
_FIELD = re.compile(r"(?<!\{)\{\w+(:expected)?\}(?!\})")


def page(
    results: Sequence[Result],
    who: Class,
    known: dict[str, Exercise],
    alike: Sequence[tuple[str, str, float]],
    problems: dict[str, str],
    facts: dict[str, str],
) -> str:
    """The report.

    Args:
        results: without those that belong to another lesson.
        who: the roster and what it lacks.
        known: exercise name -> the exercise.
        alike: what course.grading.similar found.
        problems: name of a file -> why it was not graded, or does not count.
        facts: what to say about the run: the lesson, the seed, the sandbox, versions.
    """
    graded = [result for result in results if not result.refused]
    lesson = facts["lesson"]
    share = round(100 * formats.reading_share(results))
    parts = [f"<h1>{words.in_html(lesson)}: {len(graded)} submissions</h1>"]
    if facts["sandbox"] == "unsandboxed":
        parts.append(f"<p><strong>{feedback.UNSANDBOXED}</strong></p>")
    parts.append(f"<p>{share} % of the points rest on readings. {formats.NO_PROOF} Marks that "
                 "matter want fresh seeds and a conversation.</p>")  # fmt: skip
    parts += _misconceptions(graded, known)
    parts += _success(graded)
    parts += _distribution(graded)
    parts += _students(graded)
    slow = sorted(graded, key=lambda result: -result.seconds)[:5]
    parts += _table("Slowest", ["student", "seconds"],
                    [[x.student, f"{x.seconds:.2f}"] for x in slow])  # fmt: skip
    lost = [[x.student, m.exercise, m.lost] for x in graded for m in x.marks if m.lost]
    parts += _table("Processes that were lost", ["student", "exercise", "how"], lost)
    rows = [[one, other, f"{100 * likeness:.0f} %"] for one, other, likeness in alike[:100]]
    parts += _table("Nearly identical", ["student", "student", "in common"], rows)
    if rows:
        parts.append(f"<p>At least {100 * similar.ALIKE:.0f} % of what is not in the course's own "
                     "stubs and solutions is the same. There are many honest reasons for that: "
                     "working in pairs is one. Ask.</p>")  # fmt: skip
    problems = problems | {result.file: f"it {result.refused}" for result in results
                           if result.refused}  # fmt: skip
    parts += _table("Not graded", ["file", "why"], [[k, v] for k, v in sorted(problems.items())])
    parts += _table("On the roster, nothing handed in", ["student"], [[x] for x in who.missing])
    parts += _table("Not on the roster", ["file"], [[x] for x in who.unknown])
    parts += _table("This run", ["", ""], [[k, v] for k, v in facts.items()])
    return feedback.document(f"{lesson}: the class", parts)


def misconceptions(
    results: Sequence[Result], known: dict[str, Exercise]
) -> list[tuple[int, str, str, str]]:
    """(how many have it, exercise, its name, its sentence), most frequent first. A tie counts for
    each that it may be."""
    counts = Counter(
        (mark.exercise, name)
        for result in results
        for mark in result.marks
        for name in mark.misconceptions
    )
    sentences = {
        (exercise.name, wrong.name): _FIELD.sub("…", wrong.sentence)
        for exercise in known.values()
        for wrong in exercise.misconceptions
    }
    rows = [(n, *key, sentences.get(key, "")) for key, n in counts.items()]
    return sorted(rows, key=lambda row: (-row[0], row[1], row[2]))


def _misconceptions(results: Sequence[Result], known: dict[str, Exercise]) -> list[str]:
    rows = [
        [str(n), exercise, f"{name}: {sentence}"]
        for n, exercise, name, sentence in misconceptions(results, known)
    ]
    return _table(
        "What to talk about tomorrow", ["students", "exercise", "what they believe"], rows
    )


def _success(results: Sequence[Result]) -> list[str]:
    rows = []
    for name in formats.exercises(results):
        marks = [mark for x in results for mark in x.marks if mark.exercise == name]
        counts = Counter(mark.status for mark in marks)
        passed = f"{100 * counts['passed'] / max(1, len(marks)):.0f} %"
        readings = ", ".join(marks[0].readings) if marks else ""
        rows.append([name, passed, *(str(counts[status]) for status in STATUSES), readings])
    return _table("Exercises", ["exercise", "success", *STATUSES, "readings"], rows)


def _distribution(results: Sequence[Result]) -> list[str]:
    if not results:
        return []
    shares = [min(9, int(10 * x.points / x.of)) if x.of else 0 for x in results]
    counts = Counter(shares)
    most = max(counts.values())
    rows = "".join(
        f"<tr><td>{10 * i} to {10 * i + 10} %</td><td class=n>{counts[i]}</td>"
        f"<td style='width:20em'><div class=bar style='width:{100 * counts[i] / most:.0f}%'></div>"
        for i in range(10)
    )
    return [f"<h2>Distribution</h2><table><tr><th>points<th>students<th></tr>{rows}</table>"]


def _students(results: Sequence[Result]) -> list[str]:
    rows = [
        [x.student, f"{words.number(x.points)} of {words.number(x.of)}", formats.remark(x)]
        for x in results
    ]
    return _table("Students", ["student", "points", "remark"], rows)


def _table(title: str, head: list[str], rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    top = "".join(f"<th>{words.in_html(name)}</th>" for name in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{words.in_html(str(x))}</td>' for x in row)}</tr>\n" for row in rows
    )
    return [f"<h2>{words.in_html(title)}</h2>\n<table><tr>{top}</tr>\n{body}</table>"]
