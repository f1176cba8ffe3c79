"""Answers by others, written without sight of the solutions: right ones must pass, wrong ones not.

They lie in tests/answers/<lesson>/<exercise>.py:

    from course.author.answers import right, wrong

    @right("in NumPy's style")
    def _(x): ...

    @wrong("columns for rows", named="mean_of_columns")
    def _(x): ...

For a value exercise an answer is a function without parameters that returns the value. Knows the
files and the verdicts. They run in a child process: an answer may end it.
"""

import json
import runpy
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.checking import runner
from course.checking.verdict import Status, Verdict
from course.content import catalog
from course.errors import UserError
from course.exercise import Exercise

FOLDER = Path(__file__).parents[2] / "tests" / "answers"


@dataclass(frozen=True)
class Answer:
    """One answer.

    Args:
        right: whether it must pass.
        note: in a few words, what is special about it.
        named: the misconception that it must be told; "" where it may have any name or none.
        never: names that it must not be told, because they were once given and were untrue.
        answer: what the learner hands in.
    """

    right: bool
    note: str
    named: str
    never: tuple[str, ...]
    answer: Any


_collected: list[Answer] = []


def right(note: str) -> Callable[[Any], Any]:
    """An answer that must pass; what is special about it."""
    return lambda answer: _collected.append(Answer(True, note, "", (), answer)) or answer


def wrong(note: str, named: str = "", never: tuple[str, ...] = ()) -> Callable[[Any], Any]:
    """An answer that must not pass.

    Args:
        note: the mistake, in a few words.
        named: the misconception that describes it.
        never: misconceptions that are untrue of it.
    """
    return lambda answer: _collected.append(Answer(False, note, named, never, answer)) or answer


def read(file: Path) -> list[Answer]:
    """The answers of one file, in order."""
    _collected.clear()
    runpy.run_path(str(file))
    return [*_collected]


def judged(exercise: Exercise, file: Path) -> Iterator[tuple[Answer, Verdict]]:
    """Each answer of a file with its verdict."""
    for answer in read(file):
        handed_in = answer.answer() if exercise.value else answer.answer
        yield answer, runner.check(exercise, handed_in)


def fault(answer: Answer, verdict: Verdict) -> str:
    """What is wrong with a verdict, "" if nothing is."""
    if verdict.status is Status.UNAVAILABLE:
        return ""
    said = " ".join([verdict.message, *verdict.evidence])[:300]
    if answer.right and not verdict.passed:
        return f"the right answer “{answer.note}” is refused: {said}"
    if not answer.right and verdict.passed:
        return f"the wrong answer “{answer.note}” passes"
    if answer.named and answer.named not in verdict.misconceptions:
        return f"the wrong answer “{answer.note}” is not told {answer.named}: {said}"
    if told := [name for name in answer.never if name in verdict.misconceptions]:
        return f"the wrong answer “{answer.note}” is told {told[0]}, which is untrue of it"
    return ""


def files(root: Path = FOLDER, lessons: Path | None = None) -> Iterator[tuple[Exercise, Path]]:
    """Each exercise that has answers, and their file.

    Raises:
        UserError: a file is named after no exercise of its lesson.
    """
    for lesson in catalog.lessons(lessons):
        here = sorted((root / lesson.slug).glob("*.py"))
        if stray := [path for path in here if path.stem not in lesson.names]:
            raise UserError(f"{stray[0]}: {lesson.slug} has no exercise {stray[0].stem}.")
        for path in here:
            yield catalog.exercise(lesson, path.stem), path


def findings(lesson: catalog.Lesson, root: Path = FOLDER) -> tuple[list[str], Counter[str]]:
    """What is wrong with the verdicts on a lesson's answers, in sentences, and how many there are.

    Args:
        lesson: theirs.
        root: the folder of answers.
    """
    faults: list[str] = []
    counts: Counter[str] = Counter()
    if not (root / lesson.slug).is_dir():
        return faults, counts
    place = [str(lesson.folder.parent.resolve()), lesson.slug, str(root)]
    command = [sys.executable, "-m", "course.author.answers", *place]
    home = Path(__file__).parents[2]  # so that the child finds this very library
    child = subprocess.run(command, cwd=home, capture_output=True, text=True, errors="replace")
    last = "the first answer"
    for line in child.stdout.splitlines():
        record = json.loads(line)
        last = record["last"]
        faults += [record["fault"]] * bool(record["fault"])
        counts.update(record["counts"])
    if child.returncode:
        said = (child.stderr.strip().splitlines() or ["it said nothing"])[-1]
        faults.append(f"{lesson.slug}: the process of others' answers ended after {last}: {said}")
    return faults, counts


def _in_child(root: str, slug: str, folder: str) -> None:
    for exercise, path in files(Path(folder), Path(root)):
        if exercise.lesson != slug:
            continue
        for answer, verdict in judged(exercise, path):
            said = fault(answer, verdict)
            kind = "right" if answer.right else "wrong"
            counts = {f"{kind} answers by others": 1}
            if not answer.right and verdict.misconceptions and not verdict.passed:
                counts["of these recognised"] = 1
            record = {
                "last": f"{exercise.name}, “{answer.note}”",
                "fault": f"{exercise.id}: {said}" if said else "",
                "counts": counts,
            }
            print(json.dumps(record), file=_OUT, flush=True)


_OUT = sys.stdout

if __name__ == "__main__":
    # The module that the answers import is `course.author.answers`, and this one is `__main__`.
    from course.author import answers

    answers._in_child(*sys.argv[1:])
