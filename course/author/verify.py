"""The whole contract: every exercise, every generated file, every claim; or that of some lessons.

Knows which lines of the contract are held against what, and in which order. Does not know the
lines themselves (course.author.contract, course.author.consistency).
"""

import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from course import claims, machine
from course.author import answers, consistency, contract, mutation, trials
from course.author.report import Report
from course.checking import runner
from course.content import catalog, source
from course.content.catalog import Lesson
from course.errors import UserError
from course.exercise import Exercise


def verify(
    out: Path,
    root: Path | None = None,
    ledger: Path = claims.LEDGER,
    only: Collection[str] | None = None,
    mutants: bool = True,
) -> Report:
    """What is broken in the course, and what was looked at.

    While a lesson's answers run here, children run those of the lessons before: in a fresh process,
    as mutants, and beside answers by others.

    Args:
        out: the folder of notebooks/, exercises/ and solutions/.
        root: the folder of lessons.
        ledger: the claims.
        only: slugs of the lessons to look at; all of them without.
        mutants: whether to run the mutants of our answers too, which takes half of the time.

    Raises:
        UserError: ``only`` names a lesson that does not exist.
    """
    report = Report()
    try:
        every = catalog.lessons(root)
    except UserError as mistake:
        report.problems.append(str(mistake))
        return report
    lessons = every if only is None else chosen(every, only)
    report.counts["lessons"] = len(lessons)
    report.problems += catalog.misplaced(root)
    lessons = [lesson for lesson in lessons if _is_complete(lesson)]
    finish = []
    with ThreadPoolExecutor(1) as pool:  # a child at a time beside this process
        for lesson in lessons:
            ready = _lesson(lesson, report)
            finish.append(_fresh_process(lesson, ready, report, pool))
            if mutants:
                finish.append(_mutants(lesson, ready, report, pool))
            finish.append(_others(lesson, report, pool))
        for report_it in finish:
            report_it()
    consistency.names(every, report)
    consistency.generated(lessons, every, out, report)
    consistency.ledger(lessons, every, ledger, report)
    if not report.counts["exercises"] and not report.problems:
        report.problems.append("No exercise was found: there is nothing that this could verify.")
    return report


def chosen(lessons: list[Lesson], slugs: Collection[str]) -> list[Lesson]:
    """The lessons with these slugs, in the course's order.

    Raises:
        UserError: there is no lesson with one of them.
    """
    known = [lesson.slug for lesson in lessons]
    unknown = sorted(set(slugs) - set(known))
    if unknown:
        raise UserError(f"There is no lesson {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [lesson for lesson in lessons if lesson.slug in slugs]


def _is_complete(lesson: Lesson) -> bool:
    return all(path.is_file() for path in (lesson.text, *map(lesson.file, lesson.names)))


def _lesson(lesson: Lesson, report: Report) -> list[Exercise]:
    """Everything about one lesson that this process finds; returns the exercises that it ran."""
    try:
        exercises = catalog.exercises(lesson)
    except UserError as mistake:
        report.problems.append(str(mistake))
        return []
    except Exception as error:
        said = f"{consistency.file_of(lesson, error)}: {type(error).__name__}: {error}"
        report.problems.append(said)
        return []
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
    said = " ".join(report.problems)  # what stops `shared` was found in its exercise already
    shared = contract.broken(contract.shared, lesson)
    report.problems += [fault for fault in shared if fault.rstrip(".") not in said]
    consistency.prose(lesson, report)
    return ready


def _exercise(exercise: Exercise, text: source.Source, report: Report) -> list[str]:
    found = contract.broken(contract.stub, exercise, text)
    try:
        first, second = trials.runs_of(exercise), trials.runs_of(exercise)
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


def _fresh_process(
    lesson: Lesson, exercises: list[Exercise], report: Report, pool: Executor
) -> Callable[[], None]:
    """Run them in a process of its own, which has run nothing else before.

    Returns:
        A function that waits for it, and reports what is not the same there.
    """
    if not exercises:
        return lambda: None
    runs_there = pool.submit(lambda: trials.fresh_runs(lesson, exercises)())

    def finish() -> None:
        try:
            fresh = runs_there.result()
        except UserError as mistake:
            report.problems.append(str(mistake))
            return
        for exercise in exercises:
            runs = report.runs[exercise.id], fresh[exercise.name]
            when = "in a fresh process"
            for fault in contract.broken(contract.unlike, *runs, exercise.kinds, when):
                report.problems.append(_sentence(exercise, fault))

    return finish


def _mutants(
    lesson: Lesson, exercises: list[Exercise], report: Report, pool: Executor
) -> Callable[[], None]:
    """Run the mutants of our answers in a child; returns what waits for it and reports."""
    future = pool.submit(mutation.findings, lesson, [exercise.name for exercise in exercises])

    def finish() -> None:
        try:
            found = future.result()
        except UserError as mistake:
            report.problems.append(str(mistake))
            return
        for exercise in exercises:
            here = found[exercise.name]
            faults = contract.broken(contract.mutants, exercise, here)
            report.problems += [_sentence(exercise, fault) for fault in faults]
            equal = sum(mutant.key in contract.equal(exercise) for mutant in here.passed)
            report.counts["mutants"] += here.refused + len(here.passed)
            report.counts["mutants refused"] += here.refused
            report.counts["mutants equal"] += equal
            report.counts["mutants surviving"] += len(here.passed) - equal

    return finish


def _others(lesson: Lesson, report: Report, pool: Executor) -> Callable[[], None]:
    """Judge others' answers in a child; returns what waits for it and reports."""
    future = pool.submit(answers.findings, lesson)

    def finish() -> None:
        faults, counts = future.result()
        report.problems += faults
        report.counts.update(counts)

    return finish


def _sentence(exercise: Exercise, fault: str) -> str:
    return f"{exercise.id}: {fault.rstrip('.')}."
