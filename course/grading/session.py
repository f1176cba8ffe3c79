"""One submission, exercise by exercise: supervises the processes that run it, and marks it.

A process may die, hang or send nonsense at any moment. Then that exercise is lost, and a fresh
process goes on with the next. What a process returns is compared here, with our own answers' runs.
"""

import hmac
import secrets
import socket
import time
from dataclasses import dataclass, field

from course.checking import observe, runner
from course.checking.verdict import Status, Verdict
from course.exercise import Exercise
from course.grading import framing, marks, protocol, submissions
from course.grading.assignment import Assignment
from course.grading.framing import Broken
from course.grading.protocol import Answer, Ask, Cell, Failed, Ready, Start
from course.grading.record import Mark
from course.grading.sandbox import Sandbox

GRACE = 5.0  # seconds beyond its limit until a process that cannot be stopped is killed
COMPILING = 60.0  # seconds more where an exercise waits for a compiler
MOST_DEATHS = 10  # of processes while a submission's cells are run
SHORT = 2_000  # characters of a sentence: a submission's own words are in it
CODE = 20_000  # characters of a cell that are kept beside each exercise that it defines


@dataclass
class Session:
    """One submission being graded.

    Args:
        sandbox: where it runs.
        assignment: what it is asked.
        cells: its code cells.
    """

    sandbox: Sandbox
    assignment: Assignment
    cells: list[str]
    skip: set[int] = field(default_factory=set)  # cells that ended a process
    failed: dict[int, Failed] = field(default_factory=dict)  # cells that raised
    dead: dict[int, Failed] = field(default_factory=dict)  # why a cell is skipped
    asked: int = 0  # exercises that this process has answered
    hopeless: str = ""  # why no process can run the cells

    def grade(self) -> tuple[list[Mark], list[Failed]]:
        """Every exercise's mark, and the cells that stopped."""
        code = submissions.defined(self.cells, self.assignment.names)
        earned: dict[str, Mark] = {}
        again: list[Exercise] = []
        channel = None
        for exercise in self.assignment.exercises:
            if verdict := self.assignment.unavailable.get(exercise.name):
                earned[exercise.name] = Mark(exercise.name, verdict.status, 0, 0, verdict.message)
                continue
            channel = channel or self._open()
            after_others = self.asked > 0
            mark, alive = self._ask(channel, exercise)
            earned[exercise.name] = mark
            if not alive:
                channel = None
            if after_others and mark.status not in (Status.PASSED, Status.NOT_ATTEMPTED):
                again.append(exercise)
        for exercise in again:  # what an earlier exercise did must not cost a later one
            mark, _ = self._ask(self._open(), exercise)
            old = earned[exercise.name]
            better = (mark.status == Status.PASSED, mark.points, not mark.lost)
            mark = mark if better > (False, old.points, not old.lost) else old
            mark.tries = 2
            earned[exercise.name] = mark
        self.sandbox.end()
        for name, mark in earned.items():
            mark.code = code.get(name, "")[:CODE]
        stopped = sorted((self.failed | self.dead).values(), key=lambda failed: failed.cell)
        return list(earned.values()), stopped

    def _open(self) -> socket.socket | None:
        """A channel to a process that has run the cells; None where there can be none."""
        self.asked, why = 0, ""
        wait, slack = self.assignment.seconds + GRACE, self._slack()
        whole = 3 * wait + slack  # seconds for all cells together
        for _ in range(MOST_DEATHS):
            if self.hopeless:
                return None
            channel, end = self.sandbox.open(), time.monotonic() + whole
            started: dict[int, float] = {}
            try:
                self._run_cells(channel, started, end)
                return channel
            except (Broken, TimeoutError, OSError) as error:
                why = self._why(error)
            last = next(reversed(started), None)
            if last is None or last in self.skip:
                last = next((i for i in range(len(self.cells)) if i not in self.skip), None)
            if last is None:
                self.hopeless = why
                return None
            out = [last]
            if len(started) > 1 and time.monotonic() >= end:  # each kept its limit: they are many
                out = self._slowest(started, end, 1.5 * wait) or out
                why = f"all cells together ran for more than {whole:g} s, and it was slow"
            self.skip.update(out)
            self.dead |= {i: Failed(i, f"It was left out: {why}.") for i in out}
        self.hopeless = f"{MOST_DEATHS} processes ended while its cells ran; the last: {why}"
        return None

    def _run_cells(self, channel: socket.socket, started: dict[int, float], end: float) -> None:
        """Have the cells run.

        Args:
            channel: to a fresh process.
            started: is filled with cell -> when it started, in order.
            end: when all of them must be done.

        Raises:
            Broken: the process ended, or sent nonsense.
            TimeoutError: a cell, or all of them together, took too long.
            OSError: the process has closed its end.
        """
        seconds = self.assignment.seconds
        wait = seconds + GRACE
        start = Start(self.assignment.given, self.cells, sorted(self.skip), seconds)
        channel.settimeout(wait)
        channel.sendall(protocol.encode(start))
        while True:
            until = min(end, time.monotonic() + wait + self._slack())
            said = protocol.reply(framing.receive(channel, until, self.sandbox.watch))
            if isinstance(said, Ready):
                self.failed = {
                    each.cell: Failed(each.cell, each.error[:SHORT], each.line, each.code[:SHORT])
                    for each in said.failed
                    if each.cell < len(self.cells)
                }
                return
            if not isinstance(said, Cell) or said.cell >= len(self.cells):
                raise Broken("it sent something that is no answer")
            started.pop(said.cell, None)  # some run twice
            started[said.cell] = time.monotonic()

    def _slowest(self, started: dict[int, float], end: float, most: float) -> list[int]:
        """The cells to leave out, slowest first, so that the others take no more than ``most``.

        Cells that define an exercise are left out only if there is no other.

        Args:
            started: cell -> when it started, in order.
            end: when the last of them was stopped.
            most: seconds for those that stay.
        """
        ends = [*list(started.values())[1:], end]
        took = {
            i: stop - start
            for (i, start), stop in zip(started.items(), ends, strict=True)
            if i not in self.skip
        }
        names = self.assignment.names
        wanted = {i for i in took if submissions.defined([self.cells[i]], names)}
        left, out = sum(took.values()), []
        for i in sorted(took, key=lambda i: (i in wanted, -took[i])):
            if left <= most:
                break
            left -= took[i]
            out.append(i)
        return out

    def _ask(self, channel: socket.socket | None, exercise: Exercise) -> tuple[Mark, bool]:
        """The mark of one exercise, and whether the process still answers."""
        start = time.monotonic()
        if channel is None:
            return self._lost(exercise, self.hopeless, False, start), False
        nonce, seeds = secrets.token_bytes(16), self.assignment.seeds[exercise.name]
        limit = self.assignment.seconds + GRACE + COMPILING * ("compile" in exercise.needs)
        ask = Ask(nonce, exercise.name, seeds, self.assignment.seconds)
        try:
            channel.sendall(protocol.encode(ask))
            said = framing.receive(channel, start + limit, self.sandbox.watch)
            answer, did = _checked(protocol.reply(said), ask)
        except (Broken, TimeoutError, OSError) as error:
            slow = isinstance(error, TimeoutError)
            return self._lost(exercise, self._why(error), slow, start), False
        self.asked += 1
        seconds = time.monotonic() - start
        if answer.undefined:
            return self._undefined(exercise, answer, seconds), True
        return self._judged(exercise, did, seconds), True

    def _judged(self, exercise: Exercise, did: runner.Attempt, seconds: float) -> Mark:
        """The mark of an attempt."""
        seeds, points = self.assignment.seeds[exercise.name], self.assignment.points
        verdict = runner.judge(exercise, did, seeds, self.assignment.seconds)
        ours = [observe.run_ours(exercise, "solution", seed) for seed in seeds]
        right = marks.right(exercise, did, ours)
        if verdict.passed and len(did.runs) != len(seeds):  # fewer were right than were asked for
            verdict = Verdict(exercise.name, Status.CRASHED, "It stopped half-way.")
        return Mark(
            exercise=exercise.name,
            status=verdict.status,
            points=marks.earned(exercise.name, points, verdict, right),
            of=points.of(exercise.name),
            message=verdict.message[:SHORT],
            evidence=[line[:SHORT] for line in verdict.evidence],
            look=verdict.look,
            misconceptions=list(verdict.misconceptions),
            right=right,
            readings=self.assignment.readings[exercise.name],
            printed=verdict.printed,
            notes=list(verdict.notes),
            seconds=seconds,
        )

    def _lost(self, exercise: Exercise, why: str, slow: bool, start: float) -> Mark:
        """The mark where the process was lost."""
        status = Status.TIMED_OUT if slow else Status.CRASHED
        worth, seconds = self.assignment.points.of(exercise.name), time.monotonic() - start
        message = f"There is no answer: {why}."
        return Mark(exercise.name, status, 0, worth, message, seconds=seconds, lost=why)

    def _undefined(self, exercise: Exercise, answer: Answer, seconds: float) -> Mark:
        """The mark where no cell defines the exercise."""
        message = f"The notebook has nothing called {exercise.name}."
        if answer.near:
            message += f" It has {' and '.join(answer.near)}."
        worth = self.assignment.points.of(exercise.name)
        return Mark(exercise.name, Status.NOT_ATTEMPTED, 0, worth, message, seconds=seconds)

    def _why(self, error: BaseException) -> str:
        """What became of the process, which is ended."""
        ended = self.sandbox.end()
        if isinstance(error, TimeoutError):
            seconds = self.assignment.seconds
            return f"it did not stop after {seconds:g} s, nor when it was told to"
        if isinstance(error, Broken):
            return ended if ended and "ended" in str(error) else str(error)
        return ended or "its process ended"

    def _slack(self) -> float:
        """Seconds more for cells that may wait for a compiler."""
        return COMPILING * any("compile" in x.needs for x in self.assignment.exercises)


def _checked(said: protocol.Reply, ask: Ask) -> tuple[Answer, runner.Attempt]:
    """A reply to ``ask``, and the attempt that it reports.

    Raises:
        Broken: it is no answer to that, or contradicts itself.
    """
    if not isinstance(said, Answer) or not hmac.compare_digest(said.nonce, ask.nonce):
        raise Broken("it sent an answer that nobody had asked for")
    did = protocol.attempt(said)
    if len(did.runs) > len(ask.seeds):
        raise Broken("it sent more runs than it was asked for")
    if not (did.runs or did.refusal or did.missing or did.timed_out or said.undefined):
        raise Broken("it sent an answer without a run")
    return said, did
