"""The contract of one exercise, line by line: each function returns what is broken, in sentences.

Knows how to run our own answers. Does not know notebooks.
"""

import ast
import itertools
import string
import time
from collections.abc import Callable, Iterator

from course import isolate, machine, observe, runner, source
from course.catalog import Mistake
from course.compare import EXACT_DTYPES, KINDS, TOLERANCES
from course.exercise import Exercise
from course.isolate import TimeLimit
from course.observe import Run
from course.source import Source
from course.verdict import Status, Verdict

SEEDS = tuple(range(5))
SECONDS = 1.0  # for one run of an answer of ours
TOLD_APART = 10  # tolerances by which a wrong answer must differ


# What an exercises.py may import of the course: content knows nothing of display or grading.
AUTHORING = {"exercise", "probe", "measure", "machine", "model"}


def imports(text: Source) -> Iterator[str]:
    """A lesson's exercises import only what an author needs."""
    for node in ast.walk(text.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "course":
            parts = (node.module or "").split(".")[1:2] or [name.name for name in node.names]
            for part in set(parts) - AUTHORING:
                yield f"{text.path}, line {node.lineno}: exercises may not import course.{part}."


def record(exercise: Exercise, text: Source) -> Iterator[str]:
    """What the record itself lacks, before anything is run."""
    if len(exercise.steps) != 3 or not all(step.strip() for step in exercise.steps):
        yield "needs three hints, none of them empty"
    if exercise.minutes < 1 or exercise.level not in (1, 2, 3):
        yield "needs minutes of at least 1 and a level from 1 to 3"
    unknown = set(exercise.needs) - machine.NEEDS.keys()
    if unknown:
        yield f"needs {', '.join(sorted(unknown))}, which course.machine.NEEDS does not know"
    names = [wrong.name for wrong in exercise.misconceptions]
    if len(names) < 2:
        yield "needs at least two misconceptions"
    for name in {name for name in names if names.count(name) > 1}:
        yield f"has two misconceptions called {name}"
    for wrong in exercise.misconceptions:
        if not wrong.sentence.strip():
            yield f"{wrong.name} has no sentence"
    if exercise.observe is None:
        yield "has no use"
    for name, kind in exercise.kinds.items():
        if kind not in KINDS:
            yield f"says {name} is {kind!r}; a kind is one of {', '.join(KINDS)}"
    reached = _names_in_use(exercise, text)
    for name in sorted(
        reached & {name for part in text.tree.body for name in source.exercise_names(part)}
    ):
        yield f"reaches the exercise {name} from its use, and with it the answers"


def stub(exercise: Exercise, text: Source) -> Iterator[str]:
    """The blank must be what "not attempted" looks like."""
    if exercise.value:
        text.value(exercise.name)
        verdict = runner.check(exercise, ...)
    else:
        code = "\n\n".join([text.imports(), text.given(exercise.name), text.stub(exercise.name)])
        space: dict = {}
        exec(compile(code, f"<stub of {exercise.name}>", "exec"), space)
        verdict = runner.check(exercise, space[exercise.name])
    if verdict.status is not Status.NOT_ATTEMPTED:
        yield f"its stub ends as {verdict.status}, not as not attempted: {verdict.message}"


def own_answers(exercise: Exercise, runs: dict[str, list[Run]]) -> Iterator[str]:
    """Right answers pass on every seed; wrong ones differ from the right and from each other."""
    right = runs["solution"]
    for seed, run in enumerate(right):
        if run.crash:
            yield f"the solution raises on seed {seed}: {run.crash[0]}: {run.error}"
            return
        yield from _observations(exercise, run)
    for label in exercise.labels_of_own():
        if label.startswith("alternative"):
            for seed, run in enumerate(runs[label]):
                if not observe.same(run, right[seed], exercise.kinds):
                    yield f"{label} is refused on seed {seed}: {_why(exercise, run, right[seed])}"
    for wrong in exercise.misconceptions:
        for seed, run in enumerate(runs[wrong.name]):
            if observe.same(run, right[seed], exercise.kinds, TOLD_APART):
                yield f"{wrong.name} passes on seed {seed} (nothing differs by 10 tolerances)"
        unknown = set(_fields(wrong.sentence)) - right[0].seen.keys()
        if unknown:
            yield f"{wrong.name}'s sentence names {', '.join(unknown)}, which is not observed"
    for one, other in itertools.combinations([w.name for w in exercise.misconceptions], 2):
        pairs = zip(runs[one], runs[other], strict=True)
        if all(observe.same(a, b, exercise.kinds) for a, b in pairs):
            yield f"nothing tells {one} and {other} apart"
    unknown = (exercise.kinds.keys() | exercise.labels.keys()) - right[0].seen.keys()
    if unknown:
        yield f"says something about {', '.join(sorted(unknown))}, which is not observed"


def diagnosis(exercise: Exercise) -> dict[str, Verdict]:
    """Misconception -> the verdict that a learner with it reads."""
    return {
        wrong.name: runner.check(exercise, exercise.own(wrong.name))
        for wrong in exercise.misconceptions
    }


def runs_of(exercise: Exercise) -> dict[str, list[Run]]:
    """Every answer of ours on every seed, fresh.

    Raises:
        Mistake: one takes longer than a second, twice.
    """
    found = {}
    for label in exercise.labels_of_own():
        found[label] = []
        for seed in SEEDS:
            for _ in range(2):  # a kernel's first compilation is no one's fault
                start = time.perf_counter()
                with isolate.sealed(isolate.Printed()):
                    try:
                        run = isolate.limited(
                            30, lambda label=label, seed=seed: observe.run(
                                exercise, exercise.own(label), seed
                            )
                        )  # fmt: skip
                    except TimeLimit:
                        raise Mistake(f"{label} does not end on seed {seed}") from None
                if time.perf_counter() - start < SECONDS:
                    break
            else:
                raise Mistake(f"{label} takes more than {SECONDS:g} s on seed {seed}")
            found[label].append(run)
    return found


def unlike(first: dict[str, list[Run]], second: dict, kinds: dict[str, str]) -> Iterator[str]:
    """Which answers of ours gave other observations the second time."""
    for label, runs in first.items():
        for seed, run in enumerate(runs):
            if not observe.same(second[label][seed], run, kinds):
                yield f"{label} gives other observations the second time, on seed {seed}"


def broken(check: Callable[..., Iterator[str]], *args) -> list[str]:
    """What a line of the contract finds, a Mistake included."""
    try:
        return list(check(*args))
    except Mistake as mistake:
        return [str(mistake)]


def _observations(exercise: Exercise, run: Run) -> Iterator[str]:
    if not run.seen:
        yield "its use observes nothing"
    for name, seen in run.seen.items():
        if not seen.legal:
            yield f"observes {name}, {seen.type}: an observation is an array, a number or a word"
        default = "exact" if seen.dtype in EXACT_DTYPES else "elementwise"
        kind = exercise.kinds.get(name) or default
        if seen.dtype and (seen.dtype, kind) not in TOLERANCES:
            yield f"observes {name} as {seen.dtype}, {kind}: compare.TOLERANCES has no such row"


def _why(exercise: Exercise, run: Run, right: Run) -> str:
    if run.crash:
        return f"{run.crash[0]}: {run.error}"
    return "; ".join(f"{k}: {v}" for k, v in observe.differing(run, right, exercise.kinds).items())


def _fields(sentence: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None]


def _names_in_use(exercise: Exercise, text: Source) -> set[str]:
    uses = text.answers(exercise.name, "use")
    bodies = [part for use in uses for part in [*use.body, *text.reached(use)]]
    return {n.id for part in bodies for n in ast.walk(part) if isinstance(n, ast.Name)}
