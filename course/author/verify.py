"""The whole contract: every exercise, every generated file, every claim. Knows the words to say it.

`verify` reads the sources, runs our own answers, and reports what is broken and where.
"""

import re
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from course import claims, machine
from course.author import build, contract
from course.checking import observe, runner
from course.content import catalog, source, syllabus
from course.content.catalog import Lesson
from course.errors import UserError
from course.exercise import Exercise

MOST_IGNORED = 0.4  # of a notebook's code cells
PREDICTIONS = (3, 6)


@dataclass
class Report:
    """What verify found.

    Args:
        problems: sentences; empty when the contract holds.
        counts: what was looked at: a guard that found nothing has checked nothing.
        seconds: exercise id -> one check of its solution, warm.
        skipped: exercise id -> why it was not run on this machine.
        runs: exercise id -> its own answers' runs in this process.
    """

    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    runs: dict[str, dict[str, list[observe.Run]]] = field(default_factory=dict, repr=False)


def verify(out: Path, root: Path | None = None, ledger: Path = claims.LEDGER) -> Report:
    """Check the whole course.

    Args:
        out: the folder of notebooks/, exercises/ and solutions/.
        root: the folder of lessons.
        ledger: the claims.
    """
    report = Report()
    try:
        lessons = catalog.lessons(root)
    except UserError as mistake:
        report.problems.append(str(mistake))
        return report
    report.counts["lessons"] = len(lessons)
    report.problems += catalog.misplaced(root)
    for lesson in lessons:
        _lesson(lesson, report)
    _names(lessons, report)
    _generated(lessons, out, report)
    _claims(lessons, ledger, report)
    if not report.counts["exercises"] and not report.problems:
        report.problems.append("No exercise was found: there is nothing that this could verify.")
    return report


def _lesson(lesson: Lesson, report: Report) -> None:
    try:
        exercises = catalog.exercises(lesson)
    except UserError as mistake:
        report.problems.append(str(mistake))
        return
    except Exception as error:
        report.problems.append(f"{_file_of(lesson, error)}: {type(error).__name__}: {error}")
        return
    report.problems += contract.broken(contract.shared, lesson)
    ready = []
    for exercise in exercises:
        report.counts["exercises"] += 1
        text = source.read(lesson, exercise.name)
        report.problems += contract.broken(contract.imports, text)
        found = contract.broken(contract.record, exercise, text)
        lacking = [] if found else [need for need in exercise.needs if machine.lacks((need,))]
        if lacking:
            said = [f"It {gap}" for gap in machine.lacks(exercise.needs)]
            report.skipped[exercise.id] = " ".join([f"needs {', '.join(lacking)}.", *said])
        elif not found:
            found = _exercise(exercise, text, report)
            ready += [exercise] if exercise.id in report.runs else []
        report.problems += [_sentence(exercise, fault) for fault in found]
    _fresh_process(lesson, ready, report)
    _text(lesson, report)


def _exercise(exercise: Exercise, text: source.Source, report: Report) -> list[str]:
    found = contract.broken(contract.stub, exercise, text)
    try:
        first, second = contract.runs_of(exercise), contract.runs_of(exercise)
    except UserError as mistake:
        return [*found, str(mistake)]
    unfit = contract.broken(contract.observations, exercise, first)
    if unfit:  # what follows compares them
        return found + unfit
    found += contract.broken(contract.printed, exercise, text)
    found += contract.broken(contract.own_answers, exercise, first)
    found += contract.broken(contract.unlike, first, second, exercise.kinds, "the second time")
    report.runs[exercise.id] = first
    report.counts["alternatives"] += len(exercise.alternatives)
    report.counts["misconceptions"] += len(exercise.misconceptions)
    if found:  # what follows would only say it again
        return found
    for name, verdict in contract.diagnosis(exercise).items():
        if verdict.misconceptions == (name,):
            report.counts["diagnosed as themselves"] += 1
        elif name in verdict.misconceptions:
            report.counts["diagnosed as one of several"] += 1
        else:
            found.append(f"{name} is not diagnosed: {verdict.status}, {verdict.message}")
    start = time.perf_counter()
    verdict = runner.check(exercise, exercise.own("solution"))
    report.seconds[exercise.id] = time.perf_counter() - start
    if not verdict.passed:
        found.append(f"the solution does not pass its own check: {verdict.message}")
    for label in exercise.labels_of_own()[1 : 1 + len(exercise.alternatives)]:
        verdict = runner.check(exercise, exercise.own(label))
        if not verdict.passed:  # refused before it is run, say: a class where a function is asked
            found.append(f"{label} does not pass its check: {verdict.status}, {verdict.message}")
    return found


def _fresh_process(lesson: Lesson, exercises: list[Exercise], report: Report) -> None:
    """The same observations in a process of its own, which has run nothing else before."""
    if not exercises:
        return
    try:
        fresh = contract.fresh_runs(lesson, exercises)
    except UserError as mistake:
        report.problems.append(str(mistake))
        return
    for exercise in exercises:
        runs = report.runs[exercise.id], fresh[exercise.name]
        when = "in a fresh process"
        for fault in contract.broken(contract.unlike, *runs, exercise.kinds, when):
            report.problems.append(_sentence(exercise, fault))


def _file_of(lesson: Lesson, error: BaseException) -> Path:
    """The file of a lesson in which an error came up: the last one in its traceback."""
    steps = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        steps.append(error.filename or "")
    return next(
        (path for path in map(Path, reversed(steps)) if path in lesson.files), lesson.folder
    )


def _sentence(exercise: Exercise, fault: str) -> str:
    return f"{exercise.id}: {fault.rstrip('.')}."


def _text(lesson: Lesson, report: Report) -> None:
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


def _names(lessons: list[Lesson], report: Report) -> None:
    places: dict[str, str] = {}
    for lesson in lessons:
        for name in lesson.names:
            other = places.setdefault(name, lesson.slug)
            if other != lesson.slug:
                report.problems.append(f"{name} is an exercise of {other} and of {lesson.slug}.")


def _generated(lessons: list[Lesson], out: Path, report: Report) -> None:
    """Generated files equal their sources, outputs are of that source, and nothing is stray."""
    again = "Run: python3 -m course build --execute."
    expected = set()
    for lesson in lessons:
        expected |= set(build.paths(lesson, out))
        try:
            made = build.texts_of(lesson, out)
        except Exception as error:
            said = str(error)
            if not isinstance(error, UserError):
                said = f"{_file_of(lesson, error)}: {type(error).__name__}: {error}"
            if not any(said.rstrip(".") in problem for problem in report.problems):
                report.problems.append(said)
            continue
        for path, text in made.items():
            name = path.relative_to(out)
            if not build.holds(path, text):
                report.problems.append(f"{name} is not what its source makes. {again}")
            elif not build.is_executed(path):
                report.problems.append(f"{name} shows outputs of an older source. {again}")
            else:
                _cells(path, out, report)
    expected.add(build.home_path(out))
    if lessons and not report.problems:  # it is made of what all lessons say
        for path, text in build.home_text(out, lessons[0].folder.parent).items():
            if not build.holds(path, text):
                report.problems.append(
                    f"{path.relative_to(out)} is not what its source makes. {again}"
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


def _claims(lessons: list[Lesson], ledger: Path, report: Report) -> None:
    """Every row that says it is tested has its tagged cell; every tag has its row."""
    try:
        rows = claims.load(ledger)
    except UserError as mistake:
        report.problems.append(str(mistake))
        return
    tags = {lesson.slug: build.tagged(lesson, "claim:") for lesson in lessons}
    for row in rows:
        if row.lesson not in tags:
            report.counts["claims planned"] += 1
            continue
        report.counts["claims tested" if row.tested else "claims by source alone"] += 1
        said = f"{ledger.name}: {row.id} says it is tested, and"
        if row.tested and row.tag not in tags[row.lesson]:
            report.problems.append(f"{said} no cell of {row.lesson} has the tag {row.tag}.")
        elif row.tested and not row.holds and build.IGNORE in tags[row.lesson][row.tag]:
            report.problems.append(
                f"{said} its cell's output is not compared: give the row a `holds`."
            )
        elif not row.tested and row.tag in tags[row.lesson]:
            report.problems.append(f"{ledger.name}: {row.id} says it is untested, and has a cell.")
    known = {row.tag for row in rows}
    for slug, found in tags.items():
        for tag in sorted(found.keys() - known):
            report.problems.append(f"{slug}: the tag {tag} has no row in {ledger.name}.")
