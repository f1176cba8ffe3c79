"""An exercise as a record: the answer, how to observe it, other right answers, known wrong ones.

Does not know how an exercise is run, shown or stored. The order inside an exercise's file:

    softmax_rows = exercise(minutes=5, level=1)

    @softmax_rows.solution
    def _(x):
        "The statement: what to return, shapes, an example."
        return mx.softmax(x, axis=-1)

    @softmax_rows.use(y="reduction")
    def _(answer, rng):                        # inputs from rng, then observations of the answer
        x = mx.array(rng.normal(size=(3, 5)))
        return {"y": answer(x)}

    softmax_rows.says(passed="Each row adds up to 1.", y="For a 3 × 5 input")

    @softmax_rows.alternative
    def _(x): ...                              # another right answer; must pass

    @softmax_rows.misconception("over_columns", "What happened, why, where to look.")
    def _(x): ...                              # a wrong answer; must be told apart

    softmax_rows.hints("a question", "a place", "nearly the line")
    softmax_rows.afterwards("What it shows.", "code")      # optional: a cell that is never judged
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Misconception:
    """A known wrong answer and the sentence that its author reads.

    Args:
        name: an identifier, such as "over_columns".
        sentence: what the answer does, why one would think so, where to look. ``{name}`` stands
            for the learner's observation of that name and ``{name:expected}`` for ours.
        answer: the wrong answer, real code.
    """

    name: str
    sentence: str
    answer: Any


@dataclass(eq=False)
class Exercise:
    """One exercise. Made by ``exercise()``, filled by its decorators; the catalog names it.

    Args:
        minutes: how long it takes, as the learner is told; at least 1.
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
    common: str = ""  # the lesson's common.py; its code is ours, as `use` is, not the learner's
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
        """Lesson and name, such as "lazy_graphs.train_loop"."""
        return f"{self.lesson}.{self.name}"

    @property
    def statement(self) -> str:
        """The solution's docstring, unindented."""
        return inspect.getdoc(self.answer) or ""

    @property
    def wants(self) -> str:
        """The kind of answer that the learner writes: "value", "class" or "function"."""
        if self.value:
            return "value"
        return "class" if inspect.isclass(self.answer) else "function"

    def solution(self, answer: Any) -> Any:
        """``answer`` itself: a decorator that makes it the solution.

        Args:
            answer: the right answer, a function or class called ``_``. Its docstring is the
                statement.
        """
        self.answer = answer
        return answer

    def alternative(self, answer: Any) -> Any:
        """``answer`` itself: a decorator that adds another right answer.

        Args:
            answer: in a style that a learner may well choose; called ``_``.
        """
        self.alternatives.append(answer)
        return answer

    def misconception(self, name: str, sentence: str) -> Callable[[Any], Any]:
        """A decorator that adds a known wrong answer.

        Args:
            name: an identifier, such as "over_columns".
            sentence: what the author of such an answer reads; see Misconception.
        """

        def add(answer: Any) -> Any:
            self.misconceptions.append(Misconception(name, sentence, answer))
            return answer

        return add

    def use(self, observe: Callable | None = None, **kinds: str) -> Any:
        """A decorator for the function that observes an answer.

        Args:
            observe: called as ``observe(answer, rng)`` with a seeded NumPy generator. Returns a
                flat dict: name -> array, int, float, bool, str or None. It takes its readings
                (counts, graphs, memory) before it converts anything.
            kinds: observation name -> one of compare.KINDS. Without one, floats are compared
                elementwise and everything else exactly.

        Example:
            >>> made = exercise(minutes=5, level=1)
            >>> @made.use(y="reduction")
            ... def _(answer, rng):
            ...     return {"y": answer(rng.normal(size=(2, 3)))}
            >>> made.kinds
            {'y': 'reduction'}
        """
        if observe is None:
            return lambda function: self.use(function, **kinds)
        self.observe, self.kinds = observe, kinds
        return observe

    def hints(self, *steps: str) -> None:
        """Set the hints.

        Args:
            steps: three sentences: a question, a place, nearly the line.
        """
        self.steps = steps

    def says(self, passed: str = "", **labels: str) -> None:
        """Set the words of verdicts.

        Args:
            passed: a sentence that an answer which passes gets.
            labels: observation name -> how a verdict begins when it speaks of that observation.

        Example:
            ``softmax_rows.says(y="For a 3 × 5 input with one large score")``
        """
        self.praise, self.labels = passed, labels

    def afterwards(self, prose: str, code: str) -> None:
        """Add a cell under the check that uses the learner's answer. It is never judged.

        Args:
            prose: what the cell shows.
            code: must also run while the stub is blank; its output is not compared.
        """
        self.after = prose, inspect.cleandoc(code)

    def always(self, **reasons: str) -> None:
        """Name the arguments (and branches) that may stay the same over all seeds.

        Args:
            reasons: argument or branch -> why it may.

        Example:
            ``rope.always(base="the statement names the one value it has")``
        """
        self.constant = reasons

    def same_as(self, label: str, operator: str, fragment: str, reason: str) -> None:
        """Name a mutant of one of our right answers that no input can tell from it.

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
        """One of our answers, as a learner would hand it in. A value is made anew each time.

        Args:
            label: one of ``labels_of_own()``.

        Raises:
            KeyError: no answer has this label.
        """
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
    """A new exercise, to be filled by its decorators.

    Args:
        minutes: how long it takes, as the learner is told; at least 1.
        level: 1 (warm-up) to 3 (makes a good engineer think).
        needs: what the machine must have, names of course.machine.NEEDS.
        value: the answer is a value, not a function or class.
        mutates: arguments that the answer may change; see Exercise.

    Example:
        >>> softmax_rows = exercise(minutes=5, level=1)
    """
    return Exercise(minutes, level, tuple(needs), value, tuple(mutates))
