"""Runs the mutants of our answers, and looks at what varies over the seeds, in a child process.

A mutant may loop, eat memory or end its process: then it is refused, and a fresh child goes on with
the next one. Knows the exercises of a lesson; `mutants` knows how they are changed.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course.author import mutants
from course.author.mutants import Mutant
from course.checking import isolate, observe, runner
from course.content import assemble, catalog, source
from course.content.catalog import Lesson
from course.errors import UserError
from course.exercise import Exercise

SEEDS = range(5)
SECONDS = 2.0  # of one mutant on one seed
MOST_ENDS = 10  # mutants in a row that end their process
HANG = 60.0  # seconds without a word from the child
MEMORY = 12 << 30  # bytes of address space
PLAIN = ("'", '"', "-", *"0123456789", "True", "False")  # how the source of a plain value begins


@dataclass
class Findings:
    """What became of one exercise.

    Args:
        refused: how many mutants its check refuses.
        passed: those that it does not.
        named: those that it gives a misconception's name, with it; only where asked for.
        inputs: sentences on arguments that stay the same over all seeds.
        branches: sentences on conditions that come out one way only.
    """

    refused: int = 0
    passed: list[Mutant] = field(default_factory=list)
    named: list[tuple[Mutant, str]] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    branches: list[str] = field(default_factory=list)


def findings(lesson: Lesson, names: list[str], name_them: bool = False) -> dict[str, Findings]:
    """Every mutant of these exercises of a lesson, run; exercise -> what was found.

    Args:
        lesson: theirs.
        names: of the exercises.
        name_them: say also which misconception each refused mutant is taken for; takes longer.

    Raises:
        UserError: the child ends before its first mutant.
    """
    found = {name: Findings() for name in names}
    done = early = 0
    while True:
        count, ended = 0, True
        for record in _child(lesson, names, done, name_them):
            if record["kind"] == "end":
                ended = False
                break
            if record["kind"] == "inputs":
                found[record["exercise"]].inputs = record["inputs"]
                found[record["exercise"]].branches = record["branches"]
                continue
            count += 1
            here, mutant = found[record["exercise"]], Mutant(**record["mutant"])
            if record["passed"]:
                here.passed.append(mutant)
            else:
                here.refused += 1
            here.named += [(mutant, name) for name in record["names"]]
        if not ended:
            return found
        done += count + 1  # the one that ended it
        early = early + 1 if count == 0 else 0
        if early > MOST_ENDS:
            raise UserError(f"{lesson.slug}: the process that runs mutants ends again and again.")


def named(lesson: Lesson) -> list[str]:
    """The mutants of a lesson that a misconception's sentence answers, for its author to confirm.

    Raises:
        UserError: the child ends again and again.
    """
    return [
        f"{lesson.slug}.{name}: {wrong} is told to {mutant}"
        for name, here in findings(lesson, list(lesson.names), name_them=True).items()
        for mutant, wrong in here.named
    ]


def _child(lesson: Lesson, names: list[str], skip: int, name_them: bool) -> Iterator[Any]:
    """The records of a child process that leaves out so many mutants."""
    home = Path(__file__).parents[2]  # so that the child finds this very library
    place = [str(lesson.folder.parent.resolve()), lesson.slug, json.dumps(names)]
    command = [sys.executable, "-m", "course.author.mutation", *place, str(skip), str(name_them)]
    with subprocess.Popen(
        command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        try:
            while line := _line(child):
                yield json.loads(line)
        finally:
            child.kill()


def _line(child: subprocess.Popen) -> str:
    """The child's next line; "" where it has ended or says nothing for too long."""
    import select

    assert child.stdout
    ready = select.select([child.stdout], [], [], HANG)[0] if hasattr(select, "poll") else True
    return child.stdout.readline() if ready else ""


def main(root: str, slug: str, names: str, skip: str, name_them: str) -> None:
    """In the child: say a line of JSON about each exercise and each mutant."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    lesson = next(x for x in catalog.lessons(Path(root)) if x.slug == slug)
    left, out = int(skip), sys.stdout

    def say(**record: Any) -> None:
        print(json.dumps(record), file=out, flush=True)

    for name in json.loads(names):
        exercise, text = catalog.exercise(lesson, name), source.read(lesson, name)
        calls = _calls(exercise)
        say(
            kind="inputs",
            exercise=name,
            inputs=_inputs(exercise, calls),
            branches=_branches(exercise, text),
        )
        for mutant in _mutants(exercise, text, calls[0] if calls else []):
            if left:
                left -= 1
                continue
            passed, taken_for = _judged(exercise, text, mutant, name_them == "True")
            say(
                kind="mutant",
                exercise=name,
                mutant=asdict(mutant),
                passed=passed,
                names=taken_for,
            )
    say(kind="end")


def _mutants(exercise: Exercise, text: source.Source, first: list) -> Iterator[Mutant]:
    values = {}
    for call in first:
        for name, value in call.values.items():
            if value.startswith(PLAIN) and len(value) < 60:
                values.setdefault(name, value)
    right = text.value() if exercise.value else text.solution()
    codes = {"solution": right}
    if not exercise.value:  # another way to compute a value is no answer that anyone hands in
        codes |= {f"alternative {i}": code for i, code in enumerate(text.alternatives(), 1)}
    for label, code in codes.items():
        yield from mutants.mutants(label, code)
    yield from mutants.memorised("solution", right, values)


def _judged(
    exercise: Exercise, text: source.Source, mutant: Mutant, name_it: bool
) -> tuple[bool, list[str]]:
    """Whether a mutant passes on every seed, and what it is taken for."""
    try:
        answer = _made(exercise, text, mutant.code)
    except BaseException:
        return False, []
    for seed in SEEDS:
        found = runner.attempt(exercise, answer, (seed,), SECONDS)
        if found.refusal or found.missing or found.timed_out or not found.runs:
            return False, []
        right = observe.run_ours(exercise, "solution", seed)
        if found.runs[0].missing or not observe.same(found.runs[0], right, exercise.kinds):
            break
    else:
        return True, []
    if not name_it:
        return False, []
    return False, list(runner.check(exercise, answer, seconds=2 * SECONDS).misconceptions)


def _made(exercise: Exercise, text: source.Source, code: str, **more: Any) -> Any:
    """What a notebook has under the exercise's name after running this code."""
    given = "\n\n".join(part for _, part in text.given())
    space: dict[str, Any] = dict(more)
    cell = "\n\n".join([assemble.imports([text]), given, code])
    with isolate.sealed(isolate.Printed()):
        isolate.limited(
            SECONDS, lambda: exec(compile(cell, f"<mutant of {exercise.name}>", "exec"), space)
        )
    return space[exercise.name]


def _calls(exercise: Exercise) -> list[list]:
    """What `use` hands to the solution, seed by seed."""
    made = []
    for seed in SEEDS:
        calls: list = []
        with isolate.sealed(isolate.Printed()):
            observe.run(exercise, exercise.own("solution"), seed, calls)
        made.append(calls)
    return made


def _inputs(exercise: Exercise, calls: list[list]) -> list[str]:
    """Arguments that a learner could know by heart: one value, or arrays of one shape."""
    if exercise.value:
        return []
    values: dict[str, set[str]] = {}
    shapes: dict[str, set[str]] = {}
    for call in (call for seed in calls for call in seed):
        for name, value in call.values.items():
            values.setdefault(name, set()).add(value)
        for name, shape in call.shapes.items():
            shapes.setdefault(name, set()).add(shape)
    found = [
        f"`use` gives {name} one value on every seed"
        for name, known in values.items()
        if len(known) == 1 and "" not in known and name not in exercise.constant
    ]
    return found + [
        f"`use` gives {name} one shape on every seed"
        for name, known in shapes.items()
        if len(known) == 1 and f"{name}_shape" not in exercise.constant
    ]


def _branches(exercise: Exercise, text: source.Source) -> list[str]:
    """Conditions of the solution that come out one way only, over all seeds."""
    if exercise.value:
        return []
    code, conditions = mutants.branches(text.solution())
    seen: dict[int, set[bool]] = {}

    def report(number: int, value: Any) -> Any:
        with suppress(Exception):
            seen.setdefault(number, set()).add(bool(value))
        return value

    try:
        answer = _made(exercise, text, code, __branch__=report)
    except Exception:
        return []
    for seed in SEEDS:
        with isolate.sealed(isolate.Printed()):
            observe.run(exercise, answer, seed)
    return [
        f"the condition `{condition}` is {'never' if len(seen.get(i, ())) == 0 else 'always'} "
        f"{'asked' if not seen.get(i) else 'so' if True in seen[i] else 'not so'}"
        for i, condition in enumerate(conditions)
        if len(seen.get(i, ())) < 2 and condition not in exercise.constant
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
