"""An exercise and somebody's answer -> a verdict: run, compare, find the misconception.

Knows the words of a verdict. Does not know how it is shown or stored.
"""

import inspect
import linecache
import re
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from course import compare, isolate, machine
from course.compare import Seen
from course.exercise import Exercise
from course.isolate import TimeLimit
from course.observe import Run, diagnose, differing, run, run_ours, same
from course.verdict import Status, Verdict

SEEDS = (0, 1)  # what a check runs; grading brings its own
_ANSWER = re.compile(r"^(yours (?!is |has ).*)[,;] expected .*", re.DOTALL)
SHOWN = 4  # differing observations in one verdict; more than that is noise
SECONDS = 10.0  # for all seeds of one check


def check(
    exercise: Exercise, answer: Any, seeds: Sequence[int] = SEEDS, seconds: float = SECONDS
) -> Verdict:
    """Judge one answer. Whatever the answer does ends in a verdict, never in an exception.

    Args:
        exercise: the exercise.
        answer: what the learner wrote: a function, a class or a value.
        seeds: the inputs to try it on.
        seconds: the limit for the answer on all seeds together.
    """
    with isolate.sealed(isolate.Printed()):  # the notebook may have replaced mx.compile
        gaps = machine.lacks(exercise.needs)
    if gaps:
        return Verdict(exercise.name, Status.UNAVAILABLE, "It " + " It ".join(gaps))
    if answer is ...:
        return Verdict(exercise.name, Status.NOT_ATTEMPTED, "Put your answer in place of `...`.")
    refusal = _refuse(exercise, answer)
    if refusal:
        return Verdict(exercise.name, Status.WRONG, refusal)

    printed, runs = isolate.Printed(), []
    timed_out = False

    def run_all() -> None:
        for seed in seeds:
            with isolate.sealed(printed):  # nothing that one run changed reaches the next
                runs.append(run(exercise, answer, seed))
            if isinstance(runs[-1].error, KeyboardInterrupt):
                return

    with isolate.sealed(printed) as notes:
        try:
            isolate.limited(seconds, run_all)
        except TimeLimit:
            timed_out = True
    with isolate.sealed(isolate.Printed()):
        if timed_out:
            verdict = _too_long(exercise, seconds)
        else:
            verdict = _judge(exercise, runs, seeds[: len(runs)])
    return replace(verdict, printed=printed.text, notes=tuple(notes))


def _judge(exercise: Exercise, runs: list[Run], seeds: Sequence[int]) -> Verdict:
    missing = next((run.missing for run in runs if run.missing is not None), None)
    if missing is not None:
        return Verdict(exercise.name, Status.NOT_ATTEMPTED, missing or "Nothing is written yet.")
    expected = [run_ours(exercise, "solution", seed) for seed in seeds]
    pairs = list(zip(runs, expected, strict=True))
    wrong = [i for i, (mine, right) in enumerate(pairs) if not same(mine, right, exercise.kinds)]
    if not wrong:
        return Verdict(exercise.name, Status.PASSED, exercise.praise, cases=len(seeds))

    mine, right = pairs[wrong[0]]
    known = diagnose(exercise, runs, seeds)
    names = tuple(misconception.name for misconception in known)
    sentences = [_fill(wrong.sentence, mine, right) for wrong in known]
    if mine.crash:
        message, evidence = _crash(exercise, mine)
        status = Status.CRASHED
    else:
        found = differing(mine, right, exercise.kinds)
        if exercise.value:  # what is expected is the answer itself
            found = {name: _ANSWER.sub(r"\1: not right", text) for name, text in found.items()}
        lines = [f"{exercise.labels.get(name, name)}: {text}." for name, text in found.items()]
        message, evidence, status = lines[0], tuple(lines[1:SHOWN]), Status.WRONG
    if len(sentences) == 1:
        message, evidence = sentences[0], (message, *evidence)
    elif sentences:
        tie = "\n".join(f"{i}. {text}" for i, text in enumerate(sentences, 1))
        message, evidence = f"Your answer behaves like one of these:\n{tie}", (message, *evidence)
    look = ""
    if len(wrong) < len(seeds):
        good, other = len(seeds) - len(wrong), "other" if len(wrong) == 1 else "others"
        look = (
            f"On {good} of {len(seeds)} random inputs it is right: what is special about the "
            f"{other}?"
        )
    return Verdict(exercise.name, status, message, tuple(evidence), look, names, len(seeds))


def _crash(exercise: Exercise, run: Run) -> tuple[str, tuple[str, ...]]:
    error = run.error
    assert error is not None
    where = _learner_line(exercise, error)
    place = f"Your line {where[0]}: `{where[1]}`".removesuffix(": ``") if where else ""
    if isinstance(error, SystemExit):
        says = "It called sys.exit(), which would end your kernel. Return a value instead."
    elif isinstance(error, KeyboardInterrupt):
        says = "It was interrupted: by you, or by a KeyboardInterrupt that your code raised."
    elif isinstance(error, RecursionError):
        says = "It calls itself without end (RecursionError). Where is the case that stops?"
    elif run.said.startswith("["):
        says = f"MLX says: {run.said}"
    else:
        says = f"Python says: {type(error).__name__}: {run.said}".removesuffix(": ")
    if not where and run.crash and isinstance(run.crash[2], str):
        place = "It returned, and then failed when the result was evaluated."
    elif not where and "NoneType" in run.said:
        place = "Something came back as None. Does every way through your answer `return` a value?"
    elif not where:
        place = "The check could not use your answer, or what it returned."
    return place, (says[:600],)


def _too_long(exercise: Exercise, seconds: float) -> Verdict:
    return Verdict(
        exercise.name,
        Status.TIMED_OUT,
        f"It ran for {seconds:g} s and was stopped; your kernel is fine. "
        "A loop that waits for itself?",
    )


def _refuse(exercise: Exercise, answer: Any) -> str:
    """Why this cannot be an answer at all, before anything is run; "" if it can."""
    if exercise.wants == "value":
        if callable(answer):
            return (
                "This exercise asks for a value, and yours is a function. Call it, or write it out."
            )
        return ""
    if exercise.wants == "class":
        if not inspect.isclass(answer):
            what = f"This exercise asks for a class, and yours is {compare.phrase(answer)}."
            return what if inspect.isroutine(answer) else f"{what} Hand in the class, uncalled."
    elif inspect.isclass(answer):
        return f"This exercise asks for a function, and {answer.__name__} is a class."
    elif not callable(answer):
        return f"This exercise asks for a function, and yours is {compare.phrase(answer)}."
    try:
        wanted, given = inspect.signature(exercise.answer), inspect.signature(answer)
    except Exception:  # some builtins have none, and an object's own __getattr__ may raise anything
        return ""
    required = [p for p in wanted.parameters.values() if p.default is p.empty]
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in required):
        return ""
    by_name = {p.name: p for p in required if p.kind is p.KEYWORD_ONLY}
    try:
        given.bind(*(p for p in required if p.name not in by_name), **by_name)
    except TypeError:
        return (
            f"Yours takes {given}; the exercise calls it with {wanted}. "
            "Further parameters are fine if they have a default."
        )
    return ""


def _learner_line(exercise: Exercise, error: BaseException) -> tuple[int, str] | None:
    """(line number, its text) of the last line of the learner's own code in the traceback."""
    ours = exercise.observe.__code__.co_filename if exercise.observe else ""
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        entered = isinstance(error, RecursionError) and line == frame.f_code.co_firstlineno
        if file != ours and isolate.is_foreign(file) and not (found and entered):
            found = line, linecache.getline(file, line, frame.f_globals).strip()
    return found


class _Filled:
    """An observation inside a misconception's sentence: {name} is yours, {name:expected} ours."""

    def __init__(self, mine: Seen | None, right: Seen | None):
        self.mine, self.right = mine, right

    def __format__(self, which: str) -> str:
        seen = self.right if which == "expected" else self.mine
        return compare.shown(seen) if seen else "nothing"

    def __str__(self) -> str:
        return format(self)


def _fill(sentence: str, mine: Run, right: Run) -> str:
    names = mine.seen.keys() | right.seen.keys()
    return sentence.format_map(
        {name: _Filled(mine.seen.get(name), right.seen.get(name)) for name in names}
    )
