"""The contract of one exercise, line by line: each function returns what is broken, in sentences.

Knows what an exercise must have, and what its own answers' runs must show. Does not know how they
are run (course.author.trials), or notebooks.
"""

import ast
import itertools
import string
from collections.abc import Callable, Iterator
from typing import Any

from course import machine
from course.author.mutation import Findings
from course.author.trials import SEEDS, Runs
from course.checking import isolate, observe, runner
from course.checking.compare import EXACT_DTYPES, KINDS, TOLERANCES
from course.checking.observe import Run
from course.checking.verdict import Status, Verdict
from course.content import assemble, catalog, source
from course.content.catalog import Lesson
from course.content.source import Source
from course.errors import UserError
from course.exercise import Exercise, Misconception

TOLD_APART = 10  # tolerances by which a wrong answer must differ
# What an exercise may import of the course: content knows nothing of display or grading.
AUTHORING = {"exercise", "probe", "measure", "machine", "model"}


def imports(text: Source) -> Iterator[str]:
    """An exercise imports only what an author needs, and of its lesson `common` alone."""
    for node in ast.walk(text.tree):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        if isinstance(node, ast.ImportFrom) and node.level:
            if (node.level, node.module) != (1, catalog.COMMON) or text.common is None:
                yield f"{text.path}, line {node.lineno}: of its lesson it may import .common alone."
            continue
        start = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in node.names:
            parts = ".".join([*start, name.name]).split(".")
            if parts[0] == "course" and not AUTHORING.issuperset(parts[1:2] or [""]):
                module = ".".join(parts[:2])
                yield f"{text.path}, line {node.lineno}: exercises may not import {module}."


def shared(lesson: Lesson) -> Iterator[str]:
    """common.py holds no exercise, and one name is given to learners with one meaning."""
    sources, given = assemble.read_all(lesson), {}
    common = next((own.common for own in sources if own.common), None)
    if common:
        yield from imports(common)
        for node in common.tree.body:
            for name in source.exercise_names(node):
                yield f"{common.path}, line {node.lineno}: the exercise {name} wants its own file."
    for own in sources:
        texts: dict[str, list[str]] = {}
        for name, text in own.given():
            texts.setdefault(name, []).append(text)
        for name, parts in texts.items():
            if given.setdefault(name, parts) != parts:
                yield f"{own.path}: it gives learners another {name} than its neighbour does."


def equal(exercise: Exercise) -> set[tuple[str, str, str]]:
    """Keys of the mutants that the exercise's file lists as good as the original."""
    return {(label, operator, fragment) for label, operator, fragment, _ in exercise.equal}


def mutants(exercise: Exercise, found: Findings) -> Iterator[str]:
    """Small changes to our answers are refused, or listed as equal; inputs and branches vary."""
    listed = equal(exercise)
    for mutant in found.passed:
        if mutant.key not in listed:
            yield f"a mutant passes: {mutant}"
    for key in sorted(listed - {mutant.key for mutant in found.passed}):
        yield f"same_as names a mutant that is not made, or is refused: {', '.join(key)}"
    for label, operator, fragment, reason in exercise.equal:
        if not reason.strip():
            yield f"same_as gives no reason for {label}, {operator}, {fragment}"
    yield from found.inputs
    yield from found.branches


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
        if wrong.name == "solution" or not wrong.name.isidentifier():
            yield f"has a misconception called {wrong.name!r}; use one such as over_columns"
        if not wrong.sentence.strip():
            yield f"{wrong.name} has no sentence"
    if exercise.observe is None:
        yield "has no use"
    if sum(exercise.name in source.exercise_names(node) for node in text.tree.body) != 1:
        yield "should be defined once, at the left margin"
    for name, kind in exercise.kinds.items():
        if kind not in KINDS:
            yield f"says {name} is {kind!r}; a kind is one of {', '.join(KINDS)}"
    if exercise.name in _names_in_use(text):
        yield "reaches the exercise itself from its use, and with it the answers"
    for role in source.ROLES:
        for node in text.answers(role):
            if node.name != "_":
                yield f"calls its {role} in line {node.lineno} {node.name}; the name must be _"
    text.solution()  # there is one, and it has a statement


def stub(exercise: Exercise, text: Source) -> Iterator[str]:
    """The blank must be what "not attempted" looks like."""
    if exercise.value:
        verdict = runner.check(exercise, ...)
    else:
        verdict = runner.check(exercise, _written(exercise, text, text.stub()))
    if verdict.status is not Status.NOT_ATTEMPTED:
        yield f"its stub ends as {verdict.status}, not as not attempted: {verdict.message}"


def printed(exercise: Exercise, text: Source) -> Iterator[str]:
    """The answer as the solutions notebook shows it: all that it uses must be there."""
    code = text.value() if exercise.value else text.solution()
    verdict = runner.check(exercise, _written(exercise, text, code))
    if not verdict.passed:
        said = " ".join([verdict.message, *verdict.evidence])
        yield f"its solution, as its notebook shows it, ends as {verdict.status}: {said}"


def observations(exercise: Exercise, runs: Runs) -> Iterator[str]:
    """The solution never raises, and what is observed can be compared."""
    for seed, run in enumerate(runs["solution"]):
        if run.crash:
            yield f"the solution raises on seed {seed}: {run.crash[0]}: {run.said}"
        elif not run.seen:
            yield f"its use observes nothing on seed {seed}"
        else:
            continue
        return
    ours = [item for run in runs["solution"] for item in run.seen.items()]
    for name, what in sorted({(name, seen.type) for name, seen in ours if not seen.legal}):
        yield f"observes {name}, {what}; it takes arrays, numbers and words"
    every = [item for found in runs.values() for run in found for item in run.seen.items()]
    for name, dtype in sorted({(name, seen.dtype) for name, seen in every if seen.dtype}):
        default = "exact" if dtype in EXACT_DTYPES else "elementwise"
        kind = exercise.kinds.get(name) or default
        if (dtype, kind) not in TOLERANCES:
            yield f"observes {name} as {dtype}, {kind}: compare.TOLERANCES has no such row"


def own_answers(exercise: Exercise, runs: Runs) -> Iterator[str]:
    """Right answers pass on every seed; wrong ones differ from the right and from each other."""
    right, kinds = runs["solution"], exercise.kinds
    for label in exercise.labels_of_own():
        refused = SEEDS - _alike(runs[label], right, kinds)
        if label.startswith("alternative") and refused:
            why = _why(exercise, runs[label][min(refused)], right[min(refused)])
            yield f"{label} is refused {_on(refused)}: {why}"
    for wrong in exercise.misconceptions:
        passed = _alike(runs[wrong.name], right, kinds, TOLD_APART)
        if passed:
            yield f"{wrong.name} passes {_on(passed)} (nothing differs by 10 tolerances)"
        for name, which in _fields(wrong):
            if name not in right[0].seen:
                yield f"{wrong.name}'s sentence names {name}, which is not observed"
            if which not in ("", "expected"):
                yield f"{wrong.name}'s sentence says {name}:{which}; only :expected is known"
    for one, other in itertools.combinations([w.name for w in exercise.misconceptions], 2):
        if _alike(runs[one], runs[other], kinds) == SEEDS:
            yield f"nothing tells {one} and {other} apart"
    unknown = (kinds.keys() | exercise.labels.keys()) - right[0].seen.keys()
    if unknown:
        yield f"says something about {', '.join(sorted(unknown))}, which is not observed"


def diagnosis(exercise: Exercise) -> dict[str, Verdict]:
    """Misconception -> the verdict that a learner with it reads."""
    return {
        wrong.name: runner.check(exercise, exercise.own(wrong.name))
        for wrong in exercise.misconceptions
    }


def unlike(first: Runs, second: Runs, kinds: dict[str, str], when: str) -> Iterator[str]:
    """Which answers of ours gave other observations ``when`` they were run again."""
    for label, runs in first.items():
        seeds = SEEDS - _alike(second[label], runs, kinds)
        if seeds:
            yield f"{label} gives other observations {when}, {_on(seeds)}"


def broken(check: Callable[..., Iterator[str]], *args: Any) -> list[str]:
    """What a line of the contract finds, and what it stumbles over."""
    found = []
    try:
        for sentence in check(*args):
            found.append(sentence)
    except UserError as mistake:
        found.append(str(mistake))
    except Exception as error:
        found.append(f"{type(error).__name__}: {error}")
    return found


def _written(exercise: Exercise, text: Source, code: str) -> Any:
    """What a learner's notebook has under the exercise's name after running this code."""
    cells = [assemble.imports([text]), *(part for _, part in text.given()), code]
    space: dict[str, Any] = {}
    with isolate.sealed(isolate.Printed()):
        try:
            exec(compile("\n\n".join(cells), f"<notebook of {exercise.name}>", "exec"), space)
        except Exception as error:
            raise UserError(
                f"its cell in the notebook does not run: {type(error).__name__}: {error}"
            ) from None
    return space[exercise.name]


def _why(exercise: Exercise, run: Run, right: Run) -> str:
    if run.crash:
        return f"{run.crash[0]}: {run.said}"
    return "; ".join(f"{k}: {v}" for k, v in observe.differing(run, right, exercise.kinds).items())


def _alike(runs: list[Run], others: list[Run], kinds: dict[str, str], slack: float = 1) -> set[int]:
    """Seeds on which two answers cannot be told apart."""
    return {s for s in SEEDS if observe.same(runs[s], others[s], kinds, slack)}


def _on(seeds: set[int]) -> str:
    return "on every seed" if seeds == SEEDS else f"on seed {', '.join(map(str, sorted(seeds)))}"


def _fields(wrong: Misconception) -> list[tuple[str, str]]:
    """(observation, "" or "expected") of each field of a sentence."""
    try:
        parts = list(string.Formatter().parse(wrong.sentence))
    except ValueError as error:
        raise UserError(f"{wrong.name}'s sentence: {error}; write {{{{ or }}}}") from None
    return [(name, which or "") for _, name, which, _ in parts if name is not None]


def _names_in_use(text: Source) -> set[str]:
    uses = text.answers("use")
    parts = [
        part for use in uses if isinstance(use, ast.FunctionDef) for part in (use.args, *use.body)
    ]
    parts += [part for use in uses for part in text.reached(use)]
    return {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
