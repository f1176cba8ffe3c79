"""An exercise as a record: the answer, other right answers, known wrong ones, and how to look.

Knows nothing of how an exercise is run, shown or stored.

    softmax_rows = exercise(minutes=5, level=1)

    @softmax_rows.solution
    def _(x):
        "The statement: what to return, shapes, an example."
        return mx.softmax(x, axis=-1)

    @softmax_rows.alternative
    def _(x): ...                              # another right answer; must pass

    @softmax_rows.misconception("over_columns", "What happened, why, where to look.")
    def _(x): ...                              # a wrong answer; must be told apart

    @softmax_rows.use(y="reduction")
    def _(answer, rng):                        # inputs from rng, then observations of the answer
        x = mx.array(rng.normal(size=(3, 5)))
        return {"y": answer(x)}

    softmax_rows.hints("a question", "a place", "nearly the line")
    softmax_rows.afterwards("What it shows.", "code")      # at will: a cell that is never judged
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Misconception:
    """A known wrong answer and the sentence for whoever gives it.

    In ``sentence``, ``{name}`` stands for the learner's observation of that name and
    ``{name:expected}`` for ours.
    """

    name: str
    sentence: str
    answer: Any


@dataclass(eq=False)
class Exercise:
    """One exercise. Made by ``exercise()``, filled by its decorators; the catalog names it.

    Args:
        minutes: what a learner is told to expect.
        level: 1 (warm-up) to 3 (makes a good engineer think).
        needs: what the machine must have, names of course.machine.NEEDS.
        value: the answer is a value, not a function or class. The solution, alternatives and
            misconceptions are then functions without parameters that return it.
        mutates: names of arguments whose arrays an answer may write to, such as "model".
    """

    minutes: int
    level: int
    needs: tuple[str, ...] = ()
    value: bool = False
    mutates: tuple[str, ...] = ()
    name: str = ""
    lesson: str = ""
    common: str = ""  # the file that it shares with others of its lesson; ours, as `use` is
    answer: Any = None
    alternatives: list[Any] = field(default_factory=list)
    misconceptions: list[Misconception] = field(default_factory=list)
    observe: Callable[[Any, Any], dict[str, Any]] | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    praise: str = ""
    after: tuple[str, str] = ("", "")
    constant: dict[str, str] = field(default_factory=dict)
    equal: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.lesson}.{self.name}"

    @property
    def statement(self) -> str:
        """The solution's docstring."""
        return inspect.getdoc(self.answer) or ""

    @property
    def wants(self) -> str:
        """What the learner writes: "value", "class" or "function"."""
        if self.value:
            return "value"
        return "class" if inspect.isclass(self.answer) else "function"

    def solution(self, answer: Any) -> Any:
        """The right answer, real code. Its docstring is the statement."""
        self.answer = answer
        return answer

    def alternative(self, answer: Any) -> Any:
        """Another right answer, in a style that a learner may well choose."""
        self.alternatives.append(answer)
        return answer

    def misconception(self, name: str, sentence: str) -> Callable[[Any], Any]:
        """A known wrong answer, its name ("over_columns"), and the sentence for who gives it."""

        def add(answer: Any) -> Any:
            self.misconceptions.append(Misconception(name, sentence, answer))
            return answer

        return add

    def use(self, observe: Callable | None = None, **kinds: str) -> Any:
        """How to look at an answer: ``observe(answer, rng)`` returns a flat dict of observations.

        Args:
            observe: gets the answer and a NumPy generator; values may be arrays, int, float, bool,
                str or None. Count and read before converting anything.
            kinds: observation name -> one of compare.KINDS. Unnamed ones are elementwise for
                floats and exact for all else.
        """
        if observe is None:
            return lambda function: self.use(function, **kinds)
        self.observe, self.kinds = observe, kinds
        return observe

    def hints(self, *steps: str) -> None:
        """Three steps: a question, a place, nearly the line."""
        self.steps = steps

    def says(self, passed: str = "", **labels: str) -> None:
        """Words for verdicts: a sentence for passing, and what each observation is called.

        Example:
            ``softmax_rows.says(y="For a 3 × 5 input with one large score")``
        """
        self.praise, self.labels = passed, labels

    def afterwards(self, prose: str, code: str) -> None:
        """A cell under the check that uses the answer, for the learner to see and never judged.

        Args:
            prose: what it shows.
            code: runs also where the stub is still a stub; its output is not compared.
        """
        self.after = prose, inspect.cleandoc(code)

    def always(self, **reasons: str) -> None:
        """Arguments (and branches) that may stay the same over all seeds, each with the reason.

        Example:
            ``rope.always(base="the statement names the one value it has")``
        """
        self.constant = reasons

    def same_as(self, label: str, operator: str, fragment: str, reason: str) -> None:
        """A mutant of one of our right answers that no input can tell from it, and why.

        Args:
            label: "solution", "alternative 1", ….
            operator: as `verify` names it, such as "boundary".
            fragment: the source that is changed, as `verify` prints it.
            reason: why it is as good as the original.
        """
        self.equal.append((label, operator, fragment, reason))

    def labels_of_own(self) -> list[str]:
        """Labels of our answers: "solution", "alternative 1", …, then the misconceptions' names."""
        right = [f"alternative {i + 1}" for i in range(len(self.alternatives))]
        return ["solution", *right, *(wrong.name for wrong in self.misconceptions)]

    def own(self, label: str) -> Any:
        """One of our answers, as a learner would hand it in. A value is made anew each time."""
        answers = [
            self.answer,
            *self.alternatives,
            *(wrong.answer for wrong in self.misconceptions),
        ]
        found = dict(zip(self.labels_of_own(), answers, strict=True))[label]
        return found() if self.value else found


def exercise(
    minutes: int,
    level: int,
    needs: tuple[str, ...] = (),
    value: bool = False,
    mutates: tuple[str, ...] = (),
) -> Exercise:
    """Start an exercise; see Exercise for the arguments."""
    return Exercise(minutes, level, tuple(needs), value, tuple(mutates))
