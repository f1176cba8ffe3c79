"""Writes every report of a run from the results that were kept. Reads no submission."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from course import machine
from course.content import assemble, catalog
from course.errors import UserError
from course.grading import feedback, formats, page, people, record, run, similar, tasks
from course.grading.record import Result

_FILES = {"csv": "grades"}
FORMATS = ("csv", "nbgrader", "gradescope", "canvas", "json", "html", "feedback")


def check(formats_: Collection[str]) -> None:
    """Refuse a format that there is not.

    Raises:
        UserError: there is none of that name.
    """
    if stray := sorted(set(formats_) - set(FORMATS)):
        raise UserError(f"There is no format {stray[0]}. There are: {', '.join(FORMATS)}.")


def write(found: run.Found, chosen: run.Settings, out: Path, wanted: Collection[str]) -> list[str]:
    """Write the reports of each lesson; what to tell whoever started the run, in lines."""
    said = []
    for lesson in catalog.lessons(tasks.root(chosen.root)):
        students = sorted(student for student, slug in found.files if slug == lesson.slug)
        if students:
            said += _lesson(lesson, students, found, chosen, out, wanted)
    return said


def _lesson(lesson, students, found: run.Found, chosen: run.Settings, out: Path, wanted):
    folder, known = out / lesson.slug, {x.name: x for x in catalog.exercises(lesson)}
    ours = []
    for text in assemble.read_all(lesson):
        ours += [text.stub(), text.value() if known[text.name].value else text.solution()]
    bare = chosen.way == "unsandboxed"
    results: list[Result] = []
    looks: dict[str, frozenset[int]] = {}
    for student in students:
        result = record.load(run.place(out, student, lesson.slug))
        if result is None:  # not graded yet: the run was stopped
            continue
        looks[student] = similar.runs(result, ours)
        name = people.file_name(student)
        if "feedback" in wanted:
            record.write(folder / "feedback" / f"{name}.md", feedback.markdown(result, known, bare))
            record.write(folder / "feedback" / f"{name}.html", feedback.page(result, known, bare))
        if "gradescope" in wanted:
            file = folder / "gradescope" / name / "results.json"
            record.write(file, formats.gradescope(result, bare))
        if "json" not in wanted:
            for mark in result.marks:
                mark.code = mark.printed = ""
        results.append(result)
    way = chosen.way.replace("exec", "exec (untested)")
    facts = {"lesson": lesson.slug, "seed": str(chosen.seed), "sandbox": way}
    facts |= machine.versions()
    who = found.who if len({slug for _, slug in found.files}) == 1 else _of(found, lesson.slug)
    problems = found.refused | {k: f"{v} is newer" for k, v in found.older.items()}
    for name, make in (("csv", formats.table), ("nbgrader", formats.nbgrader),
                       ("canvas", formats.canvas)):  # fmt: skip
        if name in wanted:
            record.write(
                folder / f"{_FILES.get(name, name)}.csv", make(results, who.people, lesson.slug)
            )
    if "json" in wanted:
        more = {**facts, "missing": who.missing, "unknown": who.unknown, "not graded": problems}
        record.write(folder / "results.json", formats.everything(results, more))
    if "html" in wanted:
        alike = similar.pairs(looks)
        record.write(folder / "class.html", page.page(results, who, known, alike, problems, facts))
    return _told(lesson.slug, results)


def _of(found: run.Found, slug: str) -> people.Class:
    """Who is missing in one lesson of several."""
    here = {student for student, of in found.files if of == slug}
    missing = [name for name in found.who.people if name not in here]
    return replace(found.who, missing=missing)


def _told(slug: str, results: list[Result]) -> list[str]:
    graded = [result for result in results if not result.refused]
    got, of = sum(x.points for x in graded), sum(x.of for x in graded)
    share = round(100 * formats.reading_share(results))
    lines = [f"{slug}: {len(graded)} graded, {100 * got / of if of else 0:.0f} % of the points. "
             f"{share} % of the points rest on readings, which could be forged."]  # fmt: skip
    if notes := {result.note for result in results if result.note}:
        lines += sorted(notes)
    return lines
