"""A lesson's prose, the generated files and the ledger agree with their sources. Runs nothing.

Each function adds what is broken, and counts of what it looked at, to a report.
"""

import re
import traceback
from pathlib import Path

from course import claims
from course.author import build, stale
from course.author.report import Report
from course.content import syllabus
from course.content.catalog import Lesson
from course.errors import UserError

MOST_IGNORED = 0.4  # of a notebook's code cells
PREDICTIONS = (3, 6)


def prose(lesson: Lesson, report: Report) -> None:
    """What a lesson's prose must have."""
    text = lesson.text.read_text(encoding="utf-8")
    for path in lesson.files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if "TODO" in line:
                report.problems.append(f"{path}, line {number}: still says TODO.")
    if "## What to keep" not in text:
        report.problems.append(f'{lesson.text}: "## What to keep" is missing.')
    try:
        syllabus.read(lesson)
    except UserError as mistake:
        report.problems.append(str(mistake))
    ids = re.findall(r"^predict\(\"([\w.]+)\"", text, re.M)
    report.counts["predictions"] += len(ids)
    if not PREDICTIONS[0] <= len(ids) <= PREDICTIONS[1]:
        report.problems.append(f"{lesson.text}: {len(ids)} predictions; a lesson has 3 to 6.")
    for id in ids:
        if not id.startswith(f"{lesson.slug}."):
            report.problems.append(f"{lesson.text}: the prediction {id} should be {lesson.slug}.…")
        if not re.search(rf"^\s*measured\(\"{re.escape(id)}\"", text, re.M):
            report.problems.append(f"{lesson.text}: {id} is predicted and never measured.")


def generated(lessons: list[Lesson], every: list[Lesson], out: Path, report: Report) -> None:
    """Generated files equal their sources, outputs are of that source, and nothing is stray.

    Args:
        lessons: those whose files are compared.
        every: all of them: files of the others are not stray.
        out: the folder of notebooks/, exercises/ and solutions/.
        report: where it is added to.
    """
    expected = {path for lesson in every for path in build.paths(lesson, out)}
    for lesson in lessons:
        try:
            made = build.texts_of(lesson, out)
        except Exception as error:
            said = str(error)
            if not isinstance(error, UserError):
                said = f"{file_of(lesson, error)}: {type(error).__name__}: {error}"
            if not any(said.rstrip(".") in problem for problem in report.problems):
                report.problems.append(said)
            continue
        for path, text in made.items():
            if fault := stale.fault(path, text, out):
                report.problems.append(fault)
            else:
                _cells(path, out, report)
    expected.add(build.home_path(out))
    if lessons and not report.problems:  # it is made of what all lessons say
        for path, text in build.home_text(out, lessons[0].folder.parent).items():
            if not build.holds(path, text):
                report.problems.append(
                    f"{path.relative_to(out)} is not what its source makes. {stale.AGAIN}"
                )
    for folder in build.FOLDERS:
        for path in sorted((out / folder).glob("*")):
            if path not in expected and path.name != ".ipynb_checkpoints":
                report.problems.append(f"{path.relative_to(out)} is stray: no lesson makes it.")


def _cells(path: Path, out: Path, report: Report) -> None:
    import nbformat

    cells = list(build.code_cells(nbformat.read(path, 4)))
    ignored = sum(build.IGNORE in cell.metadata.get("tags", []) for cell in cells)
    report.counts["notebooks"] += 1
    report.counts["code cells"] += len(cells)
    report.counts["cells compared"] += len(cells) - ignored
    if ignored > MOST_IGNORED * len(cells):
        report.problems.append(
            f"{path.relative_to(out)}: {ignored} of {len(cells)} code cells are not compared; "
            f"at most {MOST_IGNORED:.0%} may be."
        )


def ledger(lessons: list[Lesson], every: list[Lesson], file: Path, report: Report) -> None:
    """Every row that says it is tested has its tagged cell; every tag has its row.

    Args:
        lessons: those whose cells are looked at.
        every: all that are written: rows of further ones are planned.
        file: the claims.
        report: where it is added to.
    """
    try:
        rows = claims.load(file)
    except UserError as mistake:
        report.problems.append(str(mistake))
        return
    tags = {lesson.slug: build.tagged(lesson, "claim:") for lesson in lessons}
    written = {lesson.slug for lesson in every}
    for row in rows:
        if row.lesson not in written:
            report.counts["claims planned"] += 1
        if row.lesson not in tags:
            continue
        report.counts["claims tested" if row.tested else "claims by source alone"] += 1
        said = f"{file.name}: {row.id} says it is tested, and"
        if row.tested and row.tag not in tags[row.lesson]:
            report.problems.append(f"{said} no cell of {row.lesson} has the tag {row.tag}.")
        elif row.tested and not row.holds and build.IGNORE in tags[row.lesson][row.tag]:
            report.problems.append(
                f"{said} its cell's output is not compared: give the row a `holds`."
            )
        elif not row.tested and row.tag in tags[row.lesson]:
            report.problems.append(f"{file.name}: {row.id} says it is untested, and has a cell.")
    known = {row.tag for row in rows}
    for slug, found in tags.items():
        for tag in sorted(found.keys() - known):
            report.problems.append(f"{slug}: the tag {tag} has no row in {file.name}.")


def names(lessons: list[Lesson], report: Report) -> None:
    """One exercise's name stands in one lesson alone."""
    places: dict[str, str] = {}
    for lesson in lessons:
        for name in lesson.names:
            other = places.setdefault(name, lesson.slug)
            if other != lesson.slug:
                report.problems.append(f"{name} is an exercise of {other} and of {lesson.slug}.")


def file_of(lesson: Lesson, error: BaseException) -> Path:
    """The file of a lesson in which an error came up: the last one in its traceback."""
    steps = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        steps.append(error.filename or "")
    return next(
        (path for path in map(Path, reversed(steps)) if path in lesson.files), lesson.folder
    )
