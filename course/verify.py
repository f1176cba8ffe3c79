"""The whole contract: every exercise, every generated file, every claim. Knows the words to say it.

`verify` reads the sources, runs our own answers, and reports what is broken and where.
"""

import json
import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import mlx.core as mx

from course import build, catalog, claims, contract, machine, observe, runner, source
from course.catalog import Lesson, Mistake
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
    except Mistake as mistake:
        report.problems.append(str(mistake))
        return report
    report.counts["lessons"] = len(lessons)
    for lesson in lessons:
        _lesson(lesson, report)
    _names(lessons, report)
    _generated(lessons, out, root, report)
    _claims(lessons, ledger, report)
    if not report.counts["exercises"]:
        report.problems.append("No exercise was found: there is nothing that this could verify.")
    return report


def _lesson(lesson: Lesson, report: Report) -> None:
    try:
        exercises = catalog.exercises(lesson)
    except Mistake as mistake:
        report.problems.append(str(mistake))
        return
    except Exception as error:
        report.problems.append(f"{lesson.source}: {type(error).__name__}: {error}")
        return
    text = source.read(lesson.source)
    report.problems += contract.broken(contract.imports, text)
    ready = []
    for exercise in exercises:
        report.counts["exercises"] += 1
        found = contract.broken(contract.record, exercise, text)
        gaps = [] if found else machine.lacks(exercise.needs)
        if gaps:
            report.skipped[exercise.id] = " ".join(gaps)
        elif not found:
            found = _exercise(exercise, text, report)
            ready.append(exercise)
        report.problems += [f"{exercise.id}: {sentence}." for sentence in found]
    _fresh_process(lesson, ready, report)
    _text(lesson, report)


def _exercise(exercise: Exercise, text: source.Source, report: Report) -> list[str]:
    found = contract.broken(contract.stub, exercise, text)
    try:
        first, second = contract.runs_of(exercise), contract.runs_of(exercise)
    except Mistake as mistake:
        return [*found, str(mistake)]
    found += contract.broken(contract.own_answers, exercise, first)
    found += contract.broken(contract.unlike, first, second, exercise.kinds)
    report.runs[exercise.id] = first
    report.counts["alternatives"] += len(exercise.alternatives)
    report.counts["misconceptions"] += len(exercise.misconceptions)
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
    return found


def _fresh_process(lesson: Lesson, exercises: list[Exercise], report: Report) -> None:
    """The same observations in a process of its own, which has run nothing else before."""
    exercises = [exercise for exercise in exercises if exercise.id in report.runs]
    if not exercises:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs"
        names = json.dumps([exercise.name for exercise in exercises])
        device = "cpu" if mx.default_device() == mx.Device(mx.cpu) else "gpu"
        place = [str(lesson.folder.parent), lesson.slug, names, str(file), device]
        command = [sys.executable, "-m", "course.verify", *place]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["nothing"]
            report.problems.append(f"{lesson.slug}: a fresh process failed: {said[-1]}")
            return
        fresh = pickle.loads(file.read_bytes())  # written by our own child, one line above
    for exercise in exercises:
        for sentence in contract.unlike(
            report.runs[exercise.id], fresh[exercise.name], exercise.kinds
        ):
            report.problems.append(f"{exercise.id}: in a fresh process, {sentence}.")


def _in_fresh_process(root: str, slug: str, names: str, file: str, device: str) -> None:
    mx.set_default_device(mx.Device(getattr(mx, device)))
    lesson = next(lesson for lesson in catalog.lessons(Path(root)) if lesson.slug == slug)
    wanted = json.loads(names)
    runs = {
        exercise.name: contract.runs_of(exercise)
        for exercise in catalog.exercises(lesson)
        if exercise.name in wanted
    }
    for run in (run for found in runs.values() for many in found.values() for run in many):
        run.error = None  # some errors cannot be pickled, and the crash record says enough
    Path(file).write_bytes(pickle.dumps(runs))


def _text(lesson: Lesson, report: Report) -> None:
    """What a lesson's prose must have."""
    text = lesson.text.read_text(encoding="utf-8")
    if "TODO" in text:
        report.problems.append(f"{lesson.text}: still says TODO.")
    for wanted in ("After this lesson you can", "minutes", "## What to keep"):
        if wanted not in text:
            report.problems.append(f'{lesson.text}: "{wanted}" is missing.')
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
        for name in catalog.names(lesson):
            other = places.setdefault(name, lesson.slug)
            if other != lesson.slug:
                report.problems.append(f"{name} is an exercise of {other} and of {lesson.slug}.")


def _generated(lessons: list[Lesson], out: Path, root: Path | None, report: Report) -> None:
    """Generated files equal their sources, outputs are of that source, and nothing is stray."""
    again = "Run: python3 -m course build --execute."
    expected = set()
    for lesson in lessons:
        try:
            made = build.texts_of(lesson, out)
        except Mistake as mistake:
            report.problems.append(str(mistake))
            continue
        except Exception:
            continue  # exercises.py does not import: said already
        expected |= made.keys()
        for path, text in made.items():
            name = path.relative_to(out)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                report.problems.append(f"{name} is not what its source makes. {again}")
            elif not build.is_executed(path):
                report.problems.append(f"{name} shows outputs of an older source. {again}")
            else:
                _cells(path, out, report)
    for folder in build.FOLDERS:
        for path in sorted((out / folder).glob("*")):
            if path not in expected and path.name not in ("index.ipynb", ".ipynb_checkpoints"):
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
    except Mistake as mistake:
        report.problems.append(str(mistake))
        return
    tags = {
        lesson.slug: set(re.findall(r"\"(claim:[^\"]+)\"", lesson.text.read_text(encoding="utf-8")))
        for lesson in lessons
    }
    for row in rows:
        if row.lesson not in tags:
            report.counts["claims planned"] += 1
            continue
        report.counts["claims tested" if row.tested else "claims by source alone"] += 1
        if row.tested and row.tag not in tags[row.lesson]:
            report.problems.append(
                f"{ledger.name}: {row.id} says it is tested, and no cell of {row.lesson} has the "
                f"tag {row.tag}."
            )
    known = {row.tag for row in rows}
    for slug, found in tags.items():
        for tag in sorted(found - known):
            report.problems.append(f"{slug}: the tag {tag} has no row in {ledger.name}.")


if __name__ == "__main__":
    _in_fresh_process(*sys.argv[1:])
