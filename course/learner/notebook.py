"""The learner's verbs: check, hint, reveal and progress; predict and measured are handed on.

Knows the catalog, the runner, the display and the progress file. None of the verbs raises: a
mistake, the learner's or the course's, ends in a sentence.
"""

from typing import Any

from course import output
from course.content import catalog
from course.errors import UserError
from course.learner import cells, display, journal, tables
from course.learner.predictions import measured, predict

__all__ = ["check", "hint", "measured", "predict", "progress", "reveal"]
_NOTHING = object()


@display.never_raises
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
    if answer is cells.UNDEFINED:
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


@display.never_raises
def hint(name: Any, step: int | None = None) -> None:
    """Show the next hint for an exercise.

    Args:
        name: the exercise's name, or the answer that has it.
        step: which hint, 1 to 3, to read one again.
    """
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


@display.never_raises
def reveal(name: Any, sure: bool = False) -> None:
    """Show the answer and other right ones. Asks first, unless you have passed; is recorded.

    Args:
        name: the exercise's name, or the answer that has it.
        sure: do not ask.
    """
    from course.content import source

    exercise = catalog.find(_name_of(name))
    progress, remark = journal.read()
    entry = progress["exercises"].get(exercise.id, {})
    if not sure and not entry.get("passed") and not entry.get("revealed"):
        hints = entry.get("hints", 0)
        count = max(0, len(exercise.steps) - hints)
        left = f" {count} hint{' is' if count == 1 else 's are'} left." if count else ""
        really = f"**Really?**{left} Showing the answer is recorded in your progress. To see it: "
        display.show([f'{really}`reveal("{exercise.name}", sure=True)`'])
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


@display.never_raises
def progress() -> None:
    """Show what you have passed, and what comes next."""
    noted, remark = journal.read()
    rows, following = [], ""
    for lesson in catalog.lessons():
        here = lesson.names
        entries = [noted["exercises"].get(f"{lesson.slug}.{name}", {}) for name in here]
        passed = sum("passed" in entry for entry in entries)
        revealed = sum("revealed" in entry for entry in entries)
        rows.append((lesson.stem, f"{passed} of {len(here)}", str(revealed) if revealed else ""))
        for name, entry in zip(here, entries, strict=True):
            if not following and "passed" not in entry:
                following = f"Next: **{name}** in exercises/{lesson.stem}.ipynb."
    table = tables.table(rows, ("lesson", "passed", "revealed"))
    lines = ["**Your progress**", *("    " + line for line in table)]
    lines += [following or "Everything here is passed.", remark, f"Kept in `{journal.path()}`"]
    display.show([line for line in lines if line])


def _name_of(name: Any) -> str:
    return name if isinstance(name, str) else getattr(name, "__name__", repr(name))


def _split(answer: Any) -> tuple[str, Any]:
    """(name, answer) of a call such as check(x): the answer alone, or the name alone."""
    if isinstance(answer, str):
        shell = output.shell()
        names = shell.user_ns if shell else {}
        return answer, names.get(answer.rpartition(".")[2], cells.UNDEFINED)
    name = getattr(answer, "__name__", None)
    if name is None or name == "<lambda>":
        what = "A lambda has no name" if name else "This answer has no name of its own"
        raise UserError(f'{what}, so say which exercise it is for: check("name", answer).')
    return name, answer


cells.watch(check)
