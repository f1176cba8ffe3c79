"""One submission, exercise by exercise: who runs it, what survives, what it earns.

Knows that a process may die, hang or talk nonsense at any moment: then that exercise is lost, and a
fresh process goes on with the next. What it returns is compared here, with our own answers' runs.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from course.checking import observe, runner
from course.checking.verdict import Status, Verdict
from course.content import assemble, catalog
from course.errors import UserError
from course.exercise import Exercise
from course.grading import marks, protocol, submissions
from course.grading.marks import Points
from course.grading.protocol import Ask, Broken, Cell, Failed, Found, Ready, Start
from course.grading.record import Mark
from course.grading.sandbox import Sandbox

SEEDS = 3  # for each exercise
GRACE = 5.0  # seconds beyond its limit until a process that cannot be stopped is killed
COMPILING = 60.0  # more of them where an exercise waits for a compiler
MOST_DEATHS = 10  # of processes while a submission's cells are run
SHORT = 2_000  # characters of a sentence: a submission's own words are in it
CODE = 20_000  # characters of a cell that are kept beside each exercise that it defines
BLANKS = 400  # tries to find seeds on which every known wrong answer is wrong


@dataclass
class Plan:
    """What is to be graded: a lesson's exercises, their seeds, our own runs on them.

    Args:
        harness: what lies in the sandbox of the lesson.
        given: its imports and the definitions that its notebook hands out.
        seeds: exercise name -> the seeds that come from the teacher's.
        unavailable: exercise name -> why it cannot be graded on this machine.
    """

    exercises: list[Exercise]
    harness: dict[str, str]
    given: str
    seeds: dict[str, list[int]]
    unavailable: dict[str, Verdict]
    points: Points
    seconds: float
    readings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [exercise.name for exercise in self.exercises]


def plan(lesson: catalog.Lesson, seed: int, points: Points, seconds: float) -> Plan:
    """Everything about a lesson that all submissions share; runs our own answers."""
    exercises = catalog.exercises(lesson)
    given = assemble.imports(assemble.read_all(lesson)) + "\n\n" + assemble.given(lesson)
    away = {x.name: v for x in exercises if (v := runner.unavailable(x))}
    made = Plan(exercises, assemble.harness(lesson), given, {}, away, points, seconds)
    for exercise in exercises:
        if exercise.name not in away:
            made.seeds[exercise.name] = found = choose(exercise, seed)
            ours = [observe.run_ours(exercise, "solution", s) for s in found]
            made.readings[exercise.name] = marks.readings(exercise, ours)
    return made


def choose(exercise: Exercise, seed: int) -> list[int]:
    """Seeds for an exercise, from the teacher's, on which no known wrong answer passes.

    Raises:
        UserError: there are none: the exercise is broken.
    """
    for turn in range(BLANKS):
        key, about = seed.to_bytes(16, "big"), f"{exercise.name} {turn}".encode()
        digest = hmac.new(key, about, hashlib.sha256).digest()
        found = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 4 * SEEDS, 4)]
        ours = {
            label: [observe.run_ours(exercise, label, s) for s in found]
            for label in exercise.labels_of_own()
        }
        right = ours["solution"]
        if any(run.crash for run in right):
            continue
        wrong = [ours[misconception.name] for misconception in exercise.misconceptions]
        if not any(_same(runs, right, exercise) for runs in wrong):
            return found
    raise UserError(f"{exercise.id}: no seed tells its wrong answers from the right one.")


def _same(runs: list[observe.Run], right: list[observe.Run], exercise: Exercise) -> bool:
    pairs = zip(runs, right, strict=True)
    return all(observe.same(one, other, exercise.kinds) for one, other in pairs)


@dataclass
class Session:
    """One submission being graded."""

    sandbox: Sandbox
    plan: Plan
    cells: list[str]
    skip: set[int] = field(default_factory=set)
    failed: dict[int, Failed] = field(default_factory=dict)
    dead: dict[int, Failed] = field(default_factory=dict)
    asked: int = 0  # exercises that this process has answered
    hopeless: str = ""

    def grade(self) -> tuple[list[Mark], list[Failed]]:
        """Every exercise's mark, and the cells that stopped."""
        code = submissions.defined(self.cells, self.plan.names)
        found: dict[str, Mark] = {}
        again: list[Exercise] = []
        line = None
        for exercise in self.plan.exercises:
            if exercise.name in self.plan.unavailable:
                verdict = self.plan.unavailable[exercise.name]
                found[exercise.name] = Mark(exercise.name, verdict.status, 0, 0, verdict.message)
                continue
            line = line or self._open()
            after_others = self.asked > 0
            mark, alive = self._ask(line, exercise)
            found[exercise.name] = mark
            if not alive:
                line = None
            if after_others and mark.status not in (Status.PASSED, Status.NOT_ATTEMPTED):
                again.append(exercise)
        for exercise in again:  # what an earlier exercise did must not cost a later one
            mark, _ = self._ask(self._open(), exercise)
            old = found[exercise.name]
            better = (mark.status == Status.PASSED, mark.points, not mark.lost)
            mark = mark if better > (False, old.points, not old.lost) else old
            mark.tries = 2
            found[exercise.name] = mark
        self.sandbox.end()
        for name, mark in found.items():
            mark.code = code.get(name, "")[:CODE]
        return list(found.values()), sorted(
            (self.failed | self.dead).values(), key=lambda failure: failure.cell
        )

    def _open(self):
        """A process that has run the cells; None where there can be none."""
        self.asked, why = 0, ""
        for _ in range(MOST_DEATHS):
            if self.hopeless:
                return None
            line, now, ran = self.sandbox.open(), None, {}
            wait, slack = self.plan.seconds + GRACE, self._slack()
            end = time.monotonic() + 3 * wait + slack
            try:
                start = Start(self.plan.given, self.cells, sorted(self.skip), self.plan.seconds)
                line.settimeout(wait)
                line.sendall(protocol.encode(start))
                while True:
                    until = min(end, time.monotonic() + wait + slack)
                    said = protocol.decode(protocol.receive(line, until, self.sandbox.watch))
                    if isinstance(said, Ready):
                        self.failed = {
                            f.cell: Failed(f.cell, f.error[:SHORT], f.line, f.code[:SHORT])
                            for f in said.failed
                            if f.cell < len(self.cells)
                        }
                        return line
                    if not isinstance(said, Cell) or said.cell >= len(self.cells):
                        raise Broken("it sent something that is no answer")
                    now = said.cell
                    ran.pop(now, None)  # some run twice
                    ran[now] = time.monotonic()
            except (Broken, TimeoutError, OSError) as error:
                why = self._why(error)
            if now is None or now in self.skip:
                now = next((i for i in range(len(self.cells)) if i not in self.skip), None)
            if now is None:
                self.hopeless = why
                return None
            out = [now]
            if len(ran) > 1 and time.monotonic() >= end:  # none of them did harm: they are many
                out = self._slowest(ran, end, 1.5 * wait) or out
                why = (
                    f"all cells together ran for more than {3 * wait + slack:g} s, and it was slow"
                )
            self.skip.update(out)
            self.dead |= {i: Failed(i, f"It was left out: {why}.") for i in out}
        self.hopeless = f"{MOST_DEATHS} processes ended while its cells ran; the last: {why}"
        return None

    def _slowest(self, ran: dict[int, float], end: float, most: float) -> list[int]:
        """The cells to leave out, slowest first, so that the others take no more than ``most``;
        those that define an exercise only if there is no other.

        Args:
            ran: cell -> when it started, in order.
            end: when the last of them was stopped.
        """
        took = {
            i: stop - start
            for (i, start), stop in zip(ran.items(), [*list(ran.values())[1:], end], strict=True)
            if i not in self.skip
        }
        wanted = {i for i in took if submissions.defined([self.cells[i]], self.plan.names)}
        left, out = sum(took.values()), []
        for i in sorted(took, key=lambda i: (i in wanted, -took[i])):
            if left <= most:
                break
            left -= took[i]
            out.append(i)
        return out

    def _ask(self, line, exercise: Exercise) -> tuple[Mark, bool]:
        """The mark of one exercise, and whether the process still answers."""
        start = time.monotonic()
        if line is None:
            return self._lost(exercise, self.hopeless, False, start), False
        nonce, seeds = secrets.token_bytes(16), self.plan.seeds[exercise.name]
        limit = self.plan.seconds + GRACE + COMPILING * ("compile" in exercise.needs)
        try:
            line.sendall(protocol.encode(Ask(nonce, exercise.name, seeds, self.plan.seconds)))
            said = protocol.receive(line, start + limit, self.sandbox.watch)
            found = protocol.decode(said)
            if not isinstance(found, Found) or not hmac.compare_digest(found.nonce, nonce):
                raise Broken("it sent an answer that nobody had asked for")
            did = protocol.attempt(found)
            if len(did.runs) > len(seeds):
                raise Broken("it sent more runs than it was asked for")
            if not (did.runs or did.refusal or did.missing or did.timed_out or found.undefined):
                raise Broken("it sent an answer without a run")
        except (Broken, TimeoutError, OSError) as error:
            slow = isinstance(error, TimeoutError)
            return self._lost(exercise, self._why(error), slow, start), False
        self.asked += 1
        seconds = time.monotonic() - start
        if found.undefined:
            return self._undefined(exercise, found, seconds), True
        verdict = runner.judge(exercise, did, seeds, self.plan.seconds)
        ours = [observe.run_ours(exercise, "solution", seed) for seed in seeds]
        right = marks.right(exercise, did, ours)
        points = self.plan.points
        if verdict.passed and len(did.runs) != len(seeds):  # fewer were right than were asked for
            verdict = Verdict(exercise.name, Status.CRASHED, "It stopped half-way.")
        return (
            Mark(
                exercise.name,
                verdict.status,
                marks.earned(exercise.name, points, verdict, right),
                points.of(exercise.name),
                verdict.message[:SHORT],
                [line[:SHORT] for line in verdict.evidence],
                verdict.look,
                list(verdict.misconceptions),
                right,
                self.plan.readings[exercise.name],
                verdict.printed,
                list(verdict.notes),
                seconds=seconds,
            ),
            True,
        )

    def _lost(self, exercise: Exercise, why: str, slow: bool, start: float) -> Mark:
        status = Status.TIMED_OUT if slow else Status.CRASHED
        message = f"There is no answer: {why}."
        return Mark(
            exercise.name, status, 0, self.plan.points.of(exercise.name), message,
            seconds=time.monotonic() - start, lost=why,
        )  # fmt: skip

    def _undefined(self, exercise: Exercise, found: Found, seconds: float) -> Mark:
        message = f"The notebook has nothing called {exercise.name}."
        if found.near:
            message += f" It has {' and '.join(found.near)}."
        worth = self.plan.points.of(exercise.name)
        return Mark(exercise.name, Status.NOT_ATTEMPTED, 0, worth, message, seconds=seconds)

    def _why(self, error: BaseException) -> str:
        """What became of the process; it is ended."""
        ended = self.sandbox.end()
        if isinstance(error, TimeoutError):
            return f"it did not stop after {self.plan.seconds:g} s, nor when it was told to"
        if isinstance(error, Broken):
            return ended if ended and "ended" in str(error) else str(error)
        return ended or "its process ended"

    def _slack(self) -> float:
        return COMPILING * any("compile" in x.needs for x in self.plan.exercises)


def lesson_of(cells: list[str], name: str, lessons: list[catalog.Lesson]) -> catalog.Lesson | None:
    """The lesson whose exercises a notebook defines; else the one that its file is named after."""
    counts = [(len(submissions.defined(cells, x.names)), x) for x in lessons]
    best = max(counts, key=lambda pair: pair[0], default=(0, None))
    if best[0]:
        return best[1]
    stem = Path(name).stem.lower()
    return next((x for x in lessons if x.slug in stem), None)
