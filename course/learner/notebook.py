"""The learner's verbs: check, hint, reveal, predict, measured, progress.

Knows the catalog, the runner, the display and the progress file. None of the verbs raises: a
mistake of the learner's, or of ours, ends in a sentence.
"""

import functools
import inspect
import re
import sys
from collections.abc import Callable
from typing import Any

from course.content import catalog
from course.errors import UserError
from course.learner import display, journal

_NOTHING = object()
# The form that exercise notebooks use; other calls named `check` may be the learner's own.
_CHECK_CELL = re.compile(r"""^(?:course\.)?check\(["'][\w.]+["'], *([A-Za-z_]\w*)\)$""")


def _never_raises(verb: Callable) -> Callable:
    """End every error in a sentence; a traceback is for people who look for our mistakes."""

    signature = inspect.signature(verb)

    @functools.wraps(verb)
    def safe(*args: Any, **named: Any) -> None:
        try:
            signature.bind(*args, **named)
        except TypeError as error:
            how = f"`{verb.__name__}` cannot be called like this: {error}."
            display.show([f"{how} `help({verb.__name__})` says how."])
            return
        try:
            verb(*args, **named)
        except UserError as mistake:
            display.show([str(mistake)])
        except KeyboardInterrupt:
            display.show(["Interrupted. Nothing is lost: run the cell again."])
        except Exception as error:
            kind = type(error).__name__
            display.show(
                [f"**{verb.__name__} itself failed**, which is our mistake: `{kind}: {error}`. "
                 "Your work is not affected. Please report it with the cell that you ran."]
            )  # fmt: skip

    return safe


@_never_raises
def check(name: Any, answer: Any = _NOTHING) -> None:
    """Judge an answer and show the verdict.

    Args:
        name: the exercise's name; or the answer itself, where its name is the exercise's.
        answer: a function, a class or a value.

    Example:
        ``check("softmax_rows", softmax_rows)`` or ``check(softmax_rows)``
    """
    if answer is _NOTHING:
        name, answer = _split(name)
    if not isinstance(name, str):
        raise UserError('The name comes first, in quotes: check("name", your_answer).')
    exercise = catalog.find(name)
    if answer is _UNDEFINED:
        journal.record_check(exercise.id, "not attempted", ())
        raise UserError(
            f"**Not started** · {exercise.name}. This notebook does not know that name yet: run "
            "the cell above. If it ended in an error, that error comes first."
        )
    from course.checking import runner  # MLX and NumPy, only now

    verdict = runner.check(exercise, answer)
    remarks = [journal.record_check(exercise.id, verdict.status, verdict.misconceptions)]
    if verdict.status in ("wrong", "crashed", "timed out"):
        remarks.append(f'Stuck? `hint("{exercise.name}")`')
    display.show_verdict(verdict, remarks)


@_never_raises
def hint(name: Any, step: int | None = None) -> None:
    """Show the next hint for an exercise, or hint number ``step`` (1 to 3)."""
    exercise = catalog.find(_name_of(name))
    progress, remark = journal.read()
    seen = progress["exercises"].get(exercise.id, {}).get("hints", 0)
    last = len(exercise.steps)
    if step is None:
        step = min(seen + 1, last)
    if not isinstance(step, int) or not 1 <= step <= last:
        raise UserError(f"{exercise.name} has hints 1 to {last}.")
    remark = journal.record("exercises", exercise.id, hints=max(seen, step)) or remark
    lines = [f"**Hint {step} of {last}** · {exercise.name}. {exercise.steps[step - 1]}", remark]
    if step == last:
        lines.append(f'That was the last one. The answer itself: `reveal("{exercise.name}")`')
    display.show([line for line in lines if line])


@_never_raises
def reveal(name: Any, sure: bool = False) -> None:
    """Show the answer and other right ones. Asks first, unless you have passed; is recorded."""
    from course.content import source

    exercise = catalog.find(_name_of(name))
    progress, remark = journal.read()
    entry = progress["exercises"].get(exercise.id, {})
    if not sure and not entry.get("passed") and not entry.get("revealed"):
        hints = entry.get("hints", 0)
        count = max(0, len(exercise.steps) - hints)
        left = f" {count} hint{' is' if count == 1 else 's are'} left." if count else ""
        display.show(
            [f"**Really?**{left} Showing the answer is recorded in your progress. To see it: "
             f'`reveal("{exercise.name}", sure=True)`']
        )  # fmt: skip
        return
    if not entry.get("passed"):
        remark = journal.record_reveal(exercise.id) or remark
    lesson = next(lesson for lesson in catalog.lessons() if lesson.slug == exercise.lesson)
    text = source.read(lesson, exercise.name)
    answers = [
        text.value() if exercise.value else text.solution(),
        *([] if exercise.value else text.alternatives()),
    ]
    lines = []
    for i, answer in enumerate(answers):
        lines.append(f"**{'Also right' if i else 'One right answer'}** · {exercise.name}")
        lines += ["    " + line for line in answer.splitlines()]
    display.show([line for line in [*lines, remark] if line])


@_never_raises
def predict(id: str, guess: Any, unit: str = "") -> None:
    """Note your guess before a measurement. ``None`` means no guess; nothing waits for one.

    Args:
        id: the prediction's name, such as "lazy_graphs.build_ms".
        guess: a number, or one of the words that the question offers.
        unit: printed after it.
    """
    if guess is None or guess is ...:
        display.show(
            ["No guess yet. Put yours in place of `None`, or go on: nothing waits for it."]
        )
        return
    if not isinstance(guess, (bool, int, float, str)):
        raise UserError(f"A guess is a number or a word, and yours is a {type(guess).__name__}.")
    remark = journal.record("predictions", id, guess=guess)
    lines = [f"Your guess: **{_with_unit(guess, unit)}**. Now measure.", remark]
    display.show([line for line in lines if line])


@_never_raises
def measured(id: str, value: Any, unit: str = "") -> None:
    """Set a measured value beside your guess for the same id.

    Args:
        id: as in ``predict``.
        value: what was measured on this machine.
        unit: printed after it.
    """
    if getattr(value, "size", 1) != 1:
        raise UserError(f"One number is measured at a time, and this array has {value.size}.")
    value = getattr(value, "item", lambda: value)()
    progress, remark = journal.read()
    guess = progress["predictions"].get(id, {}).get("guess")
    journal.record("predictions", id, measured=value)
    lines = [f"Measured: **{_with_unit(value, unit)}**.{_beside(guess, value, unit)}", remark]
    display.show([line for line in lines if line])


@_never_raises
def progress() -> None:
    """Show what you have passed, and what comes next."""
    found, remark = journal.read()
    rows, following = [], ""
    for lesson in catalog.lessons():
        here = lesson.names
        entries = [found["exercises"].get(f"{lesson.slug}.{name}", {}) for name in here]
        passed = sum("passed" in entry for entry in entries)
        revealed = sum("revealed" in entry for entry in entries)
        rows.append((lesson.stem, f"{passed} of {len(here)}", str(revealed) if revealed else ""))
        for name, entry in zip(here, entries, strict=True):
            if not following and "passed" not in entry:
                following = f"Next: **{name}** in exercises/{lesson.stem}.ipynb."
    lines = ["**Your progress**", *display.table(("lesson", "passed", "revealed"), rows)]
    lines += [following or "Everything here is passed.", remark, f"Kept in `{journal.path()}`"]
    display.show([line for line in lines if line])


def _name_of(name: Any) -> str:
    return name if isinstance(name, str) else getattr(name, "__name__", repr(name))


def _split(answer: Any) -> tuple[str, Any]:
    """check(x): the answer alone, or the name alone."""
    if isinstance(answer, str):
        shell = _shell()
        name = answer.rpartition(".")[2]
        found = shell.user_ns.get(name, _UNDEFINED) if shell else _UNDEFINED
        return answer, found
    name = getattr(answer, "__name__", None)
    if name is None or name == "<lambda>":
        what = "A lambda has no name" if name else "This answer has no name of its own"
        raise UserError(f'{what}, so say which exercise it is for: check("name", answer).')
    return name, answer


def _with_unit(value: Any, unit: str) -> str:
    if isinstance(value, float):
        value = f"{value:.3g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value} {unit}".rstrip()


def _beside(guess: Any, value: Any, unit: str) -> str:
    if guess is None:
        return ""
    said = f" You guessed {_with_unit(guess, unit)}"
    numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (guess, value))
    if not numbers or guess <= 0 or value <= 0:
        return said + (", and so it is." if guess == value else ".")
    ratio = max(guess, value) / min(guess, value)
    if ratio < 1.5:
        return said + ": close."
    return said + f": {ratio:,.0f} times too {'much' if guess > value else 'little'}."


class _Undefined:
    """Stands in for a name that a check cell uses before the notebook has defined it."""


_UNDEFINED = _Undefined()


def _shell() -> Any:
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


def _before_cell(info: Any) -> None:
    """Make a check cell work although its answer's cell was not run, or `check` was redefined."""
    shell, text = _shell(), info.raw_cell or ""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    answers = [match[1] for match in map(_CHECK_CELL.match, lines) if match]
    if not shell or not answers or len(answers) < len(lines):
        return
    if shell.user_ns.get("check") is not check and "check" in shell.user_ns:
        shell.user_ns["check"] = check
        display.show(["`check` had been redefined in this notebook; it is the course's again."])
    for answer in answers:
        shell.user_ns.setdefault(answer, _UNDEFINED)


def _after_cell(_: Any) -> None:
    shell = _shell()
    for name in [name for name, value in shell.user_ns.items() if value is _UNDEFINED]:
        del shell.user_ns[name]


if _shell():
    _shell().events.register("pre_run_cell", _before_cell)
    _shell().events.register("post_run_cell", _after_cell)
