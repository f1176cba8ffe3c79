"""An exercise and somebody's answer -> a verdict: run, compare, find the misconception.

Knows the words of a verdict. Does not know how it is shown or stored.
"""

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from course import machine
from course.checking import isolate, wording
from course.checking.isolate import TimeLimit
from course.checking.observe import Run, diagnose, differing, run, run_ours, same
from course.checking.values import Seen, phrase
from course.checking.verdict import Status, Verdict
from course.exercise import Exercise

SEEDS = (0, 1)  # what a check runs; grading brings its own
_ANSWER = re.compile(r"^(yours (?!is |has ).*)[,;] expected .*", re.DOTALL)
_MLX = re.compile(r"\[[A-Za-z_][\w.:]*\] ")  # how MLX's own messages begin
# Another type, shape or dtype is said before another value: it is often the reason.
_STRUCTURE = re.compile("yours is (?!too large)|yours has |is missing|should not be there")
SHOWN = 4  # differing observations in one verdict; more than that is noise
SECONDS = 10.0  # for all seeds of one check


@dataclass
class Attempt:
    """What became of an answer, before anybody compared it with ours. Plain data.

    Args:
        runs: one for each seed, fewer where it was stopped.
        refusal: why it cannot be an answer at all; then nothing was run.
        missing: the sentence for an answer that was not begun.
        timed_out: whether it was stopped at its limit.
        printed: what it printed, cut to a readable length.
        notes: remarks about the session, such as a patched function.
    """

    runs: list[Run] = field(default_factory=list)
    refusal: str = ""
    missing: str = ""
    timed_out: bool = False
    printed: str = ""
    notes: tuple[str, ...] = ()


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
    return unavailable(exercise) or judge(
        exercise, attempt(exercise, answer, seeds, seconds), seeds, seconds
    )


def unavailable(exercise: Exercise) -> Verdict | None:
    """The verdict where this machine lacks what the exercise needs; None where it lacks nothing."""
    with isolate.sealed(isolate.Printed()):  # the notebook may have replaced mx.compile
        gaps = machine.lacks(exercise.needs)
    if not gaps:
        return None
    return Verdict(exercise.name, Status.UNAVAILABLE, "It " + " It ".join(gaps))


def attempt(exercise: Exercise, answer: Any, seeds: Sequence[int], seconds: float) -> Attempt:
    """Use an answer on each seed; compares nothing. The arguments are those of ``check``."""
    if answer is ...:
        return Attempt(missing="Put your answer in place of `...`.")
    refusal = _refuse(exercise, answer)
    if refusal:
        return Attempt(refusal=refusal)

    printed, found = isolate.Printed(), Attempt()

    def run_all() -> None:
        for seed in seeds:
            with isolate.sealed(printed):  # nothing that one run changed reaches the next
                found.runs.append(run(exercise, answer, seed))
            if found.runs[-1].ended == "interrupt":
                return

    with isolate.sealed(printed) as notes:
        try:
            isolate.limited(seconds, run_all)
        except TimeLimit:
            found.timed_out = True
    found.printed, found.notes = printed.text, tuple(notes)
    return found


def judge(exercise: Exercise, found: Attempt, seeds: Sequence[int], seconds: float) -> Verdict:
    """The verdict on an attempt, from our own answers' runs on the same seeds."""
    with isolate.sealed(isolate.Printed()):
        if found.missing:
            verdict = Verdict(exercise.name, Status.NOT_ATTEMPTED, found.missing)
        elif found.refusal:
            verdict = Verdict(exercise.name, Status.WRONG, found.refusal)
        elif found.timed_out:
            verdict = _too_long(exercise, seconds)
        else:
            verdict = _judge(exercise, found.runs, seeds[: len(found.runs)])
    return replace(verdict, printed=found.printed, notes=found.notes)


def _judge(exercise: Exercise, runs: list[Run], seeds: Sequence[int]) -> Verdict:
    missing = next((run.missing for run in runs if run.missing is not None), None)
    if missing is not None:
        return Verdict(exercise.name, Status.NOT_ATTEMPTED, missing or "Nothing is written yet.")
    expected = [run_ours(exercise, "solution", seed) for seed in seeds]
    if broken := next((right for right in expected if right.crash), None):
        said = f"{broken.crash[0]}: {broken.said}" if broken.crash else ""
        return Verdict(
            exercise.name,
            Status.UNAVAILABLE,
            f"Our own answer does not run on this machine, so yours cannot be judged: {said[:600]}",
        )
    pairs = list(zip(runs, expected, strict=True))
    wrong = [i for i, (mine, right) in enumerate(pairs) if not same(mine, right, exercise.kinds)]
    if not wrong:
        return Verdict(exercise.name, Status.PASSED, exercise.praise, cases=len(seeds))

    mine, right = pairs[wrong[0]]
    known = diagnose(exercise, runs, seeds)
    names = tuple(misconception.name for misconception in known)
    sentences = [_fill(wrong.sentence, mine, right) for wrong in known]
    if mine.crash:
        message, evidence = _crash(mine, right)
        status = Status.CRASHED
    else:
        found = differing(mine, right, exercise.kinds)
        if not found:  # all is right but that
            what = " and ".join(f"`{name}`" for name in mine.changed)
            found = {"Your answer": f"it changed its argument {what}, which it was only lent"}
        if exercise.value:  # what is expected is the answer itself
            found = {name: _ANSWER.sub(r"\1: not right", text) for name, text in found.items()}
        found = dict(sorted(found.items(), key=lambda item: not _STRUCTURE.match(item[1])))
        lines = [
            wording.full_stop(f"{exercise.labels.get(name, name)}: {text}")
            for name, text in found.items()
        ]
        message, evidence, status = lines[0], tuple(lines[1:SHOWN]), Status.WRONG
        if mine.given and not known:
            evidence = (*evidence, f"It was given {mine.given}.")
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


def _crash(run: Run, right: Run) -> tuple[str, tuple[str, ...]]:
    assert run.crash is not None
    where = run.where
    place = f"Your line {where[0]}: `{where[1]}`".removesuffix(": ``") if where else ""
    if run.ended == "exit":
        says = "It called sys.exit(), which would end your kernel. Return a value instead."
    elif run.ended == "interrupt":
        says = "It was interrupted: by you, or by a KeyboardInterrupt that your code raised."
    elif run.ended == "recursion":
        says = "It calls itself without end (RecursionError). Where is the case that stops?"
    elif _MLX.match(run.said):
        says = f"MLX says: {run.said}"
    else:
        says = f"Python says: {run.crash[0]}: {run.said}".removesuffix(": ")
    if not where and run.crash and isinstance(run.crash[2], str):
        place = "It returned, and then failed when the result was evaluated."
    elif not where and "NoneType" in run.said:
        place = "Something came back as None. Does every way through your answer `return` a value?"
    elif not where and run.returned and run.returned != right.returned:
        return f"It returned {run.returned}, and {right.returned} was expected.", ()
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
            what = f"This exercise asks for a class, and yours is {phrase(answer)}."
            return what if inspect.isroutine(answer) else f"{what} Hand in the class, uncalled."
    elif inspect.isclass(answer):  # one whose objects can be called does what a closure does
        if not any("__call__" in vars(kind) for kind in inspect.getmro(answer)):
            return f"This exercise asks for a function, and {answer.__name__} is a class."
    elif not callable(answer):
        return f"This exercise asks for a function, and yours is {phrase(answer)}."
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
        if exercise.wants == "function" and inspect.isclass(answer):
            return f"This exercise asks for a function, and {answer.__name__} is a class."
        return (
            f"Yours takes {given}; the exercise calls it with {wanted}. "
            "Further parameters are fine if they have a default."
        )
    return ""


class _Filled:
    """An observation inside a misconception's sentence: {name} is yours, {name:expected} ours."""

    def __init__(self, mine: Seen | None, right: Seen | None):
        self.mine, self.right = mine, right

    def __format__(self, which: str) -> str:
        seen = self.right if which == "expected" else self.mine
        return wording.shown(seen) if seen else "nothing"

    def __str__(self) -> str:
        return format(self)


def _fill(sentence: str, mine: Run, right: Run) -> str:
    names = mine.seen.keys() | right.seen.keys()
    return sentence.format_map(
        {name: _Filled(mine.seen.get(name), right.seen.get(name)) for name in names}
    )
