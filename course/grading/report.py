"""Writes every report of a run from the results that were kept. Reads no submission."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from course import machine
from course.content import assemble, catalog
from course.errors import UserError
from course.grading import class_page, feedback, formats, people, record, run, similar, tasks
from course.grading.record import Result

# Tables: format -> (name of the file, what writes it).
_TABLES = {
    "csv": ("grades.csv", formats.table),
    "nbgrader": ("nbgrader.csv", formats.nbgrader),
    "canvas": ("canvas.csv", formats.canvas),
}
FORMATS = ("csv", "nbgrader", "gradescope", "canvas", "json", "html", "feedback")


def check(wanted: Collection[str]) -> None:
    """Refuse a format that there is not.

    Raises:
        UserError: there is none of that name.
    """
    if stray := sorted(set(wanted) - set(FORMATS)):
        raise UserError(f"There is no format {stray[0]}. There are: {', '.join(FORMATS)}.")


def write(
    survey: run.Survey, chosen: run.Settings, out: Path, wanted: Collection[str]
) -> list[str]:
    """Write the reports of each lesson. Returns lines for the person who started the run.

    Args:
        survey: what was graded.
        chosen: the settings of the run.
        out: the folder of its results.
        wanted: formats.
    """
    lines = []
    for lesson in catalog.lessons(tasks.root(chosen.root)):
        students = sorted(student for student, slug in survey.files if slug == lesson.slug)
        if students:
            lines += _lesson(lesson, students, survey, chosen, out, wanted)
    return lines


def _lesson(
    lesson: catalog.Lesson,
    students: list[str],
    survey: run.Survey,
    chosen: run.Settings,
    out: Path,
    wanted: Collection[str],
) -> list[str]:
    folder, known = out / lesson.slug, {x.name: x for x in catalog.exercises(lesson)}
    handed_out = []  # by the course: it does not make submissions alike
    for text in assemble.read_all(lesson):
        answer = text.value() if known[text.name].value else text.solution()
        handed_out += [text.stub(), answer]
    unsandboxed = chosen.way == "unsandboxed"
    results: list[Result] = []
    ngrams: dict[str, frozenset[int]] = {}
    for student in students:
        result = record.load(run.place(out, student, lesson.slug))
        if result is None:  # not graded yet: the run was stopped
            continue
        ngrams[student] = similar.ngrams(result, handed_out)
        name = people.file_name(student)
        if "feedback" in wanted:
            for ending, make in ((".md", feedback.markdown), (".html", feedback.page)):
                file = folder / "feedback" / f"{name}{ending}"
                record.write(file, make(result, known, unsandboxed))
        if "gradescope" in wanted:
            file = folder / "gradescope" / name / "results.json"
            record.write(file, formats.gradescope(result, unsandboxed))
        if "json" not in wanted:  # a large class fits into memory without them
            for mark in result.marks:
                mark.code = mark.printed = ""
        results.append(result)
    facts = {
        "lesson": lesson.slug,
        "seed": str(chosen.seed),
        "sandbox": chosen.way.replace("exec", "exec (untested)"),
        **machine.versions(),
    }
    one_lesson = len({slug for _, slug in survey.files}) == 1
    who = survey.who if one_lesson else _of(survey, lesson.slug)
    problems = survey.refused | {old: f"{new} is newer" for old, new in survey.older.items()}
    for wish, (name, make) in _TABLES.items():
        if wish in wanted:
            record.write(folder / name, make(results, who.people, lesson.slug))
    if "json" in wanted:
        more = {**facts, "missing": who.missing, "unknown": who.unknown, "not graded": problems}
        record.write(folder / "results.json", formats.everything(results, more))
    if "html" in wanted:
        alike = similar.pairs(ngrams)
        page = class_page.page(results, who, known, alike, problems, facts)
        record.write(folder / "class.html", page)
    return _summary(lesson.slug, results)


def _of(survey: run.Survey, slug: str) -> people.Class:
    """The class, and who of it is missing in one lesson of several."""
    here = {student for student, of in survey.files if of == slug}
    missing = [name for name in survey.who.people if name not in here]
    return replace(survey.who, missing=missing)


def _summary(slug: str, results: list[Result]) -> list[str]:
    graded = [result for result in results if not result.refused]
    got, of = sum(x.points for x in graded), sum(x.of for x in graded)
    whole = 100 * got / of if of else 0
    share = round(100 * formats.reading_share(results))
    notes = sorted({result.note for result in results if result.note})
    return [
        f"{slug}: {len(graded)} graded, {whole:.0f} % of the points. "
        f"{share} % of the points rest on readings, which can be forged.",
        *notes,
    ]
