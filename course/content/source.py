"""The text of an exercise's file: statement, stub, answers. Reads source, runs nothing.

A stub is cut from the solution: signature and docstring stay, and the body (or each part between
the markers `# -- yours` and `# -- end`) becomes a NotImplementedError that says how many lines
are missing. Where a solution uses a name that the file or its lesson's `common.py` defines, that
definition is given.
Decorators between the exercise's own and the `def` are part of an answer.
"""

import ast
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from course.content.catalog import COMMON, ORDER, Lesson
from course.errors import UserError

YOURS, END = "# -- yours", "# -- end"
_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
ROLES = ("solution", "alternative", "misconception", "use")


@dataclass(frozen=True)
class Source:
    """One exercise's file as text and as a syntax tree.

    Args:
        path: the file, named after its exercise.
        common: the lesson's common.py, where there is one.
    """

    path: Path
    text: str
    common: "Source | None" = None

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        try:
            return ast.parse(self.text, str(self.path))
        except SyntaxError as error:
            raise UserError(f"{self.path}, line {error.lineno}: {error.msg}.") from None

    def answers(self, role: str) -> list[ast.FunctionDef | ast.ClassDef]:
        """The definitions decorated with ``@name.role``, in order."""
        return [
            node
            for node in self.tree.body
            if isinstance(node, _DEFINITIONS)
            and (self.name, role) in map(_role, node.decorator_list)
        ]

    def given(self) -> list[tuple[str, str]]:
        """Definitions that the solution uses, as (names, text): those of common.py first."""
        own = self.reached(self._solution())
        shared = self.common.defined(self.shared([self._solution(), *own])) if self.common else []
        parts = [(self.common, node) for node in shared] + [(self, node) for node in own]
        return [(", ".join(sorted(_defines(x))), at._segment(x)) for at, x in parts if at]

    def solution(self) -> str:
        """The answer under the learner's name, markers left out."""
        kept = [
            line
            for line in self._segment(self._solution()).splitlines()
            if line.strip() not in (YOURS, END)
        ]
        return self._rename("\n".join(kept))

    def alternatives(self, value: bool = False) -> list[str]:
        """The other right answers under the learner's name; ``value``: as assignments."""
        nodes = self.answers("alternative")
        if value:
            return [self._assigned(node) for node in nodes]
        return [self._rename(self._segment(node)) for node in nodes]

    def value(self) -> str:
        """The answer of a value exercise as an assignment."""
        return self._assigned(self._solution())

    def _assigned(self, node: ast.FunctionDef | ast.ClassDef) -> str:
        first, last = node.body[0].lineno - 1, node.body[-1]
        if ast.get_docstring(node):
            first = node.body[0].end_lineno or 0
        if (
            not isinstance(last, ast.Return)
            or last.value is None
            or last.lineno <= max(first, node.lineno)
        ):
            raise UserError(f"{self._place(node)}: a value's solution ends in `return value`.")
        body = self.lines[first : self._end(node)]
        line = last.lineno - 1 - first
        body[line] = body[line].replace("return", f"{self.name} =", 1)
        return textwrap.dedent("\n".join(body)).strip("\n")

    def stub(self) -> str:
        """The blank that the learner fills in."""
        return self._rename("\n".join(self._cut()))

    def harness(self) -> str:
        """What may stand beside a submission: this file without hints, answers, misconceptions.

        Imports, the exercise, its `use` and what that reaches, and a stub for the solution, all on
        the lines on which they stand in the file: a crash is known by the line of its `use`.
        """
        lines = [""] * len(self.lines)
        solution, stub = self._solution(), self._cut()
        first = self._start(solution)
        lines[first - 1] = f"@{self.name}.solution"
        lines[first : first + len(stub)] = stub
        for node in self.tree.body:
            if exercise_names(node) or (isinstance(node, _IMPORTS) and not is_relative(node)):
                self._keep(node, lines)
            elif isinstance(node, ast.ImportFrom) and (shared := self.kept_of_common()):
                lines[node.lineno - 1] = f"from .common import {', '.join(sorted(shared))}"
        for node in self._kept():
            self._keep(node, lines)
        return "\n".join(lines) + "\n"

    def _kept(self) -> list[ast.stmt]:
        """What stands in the harness: each `use`, and what it and the stub reach."""
        uses: list[ast.stmt] = [*self.answers("use")]
        stub = ast.parse("\n".join(self._cut()))
        return [*uses, *self.reached(stub), *(part for use in uses for part in self.reached(use))]

    def kept_of_common(self) -> set[str]:
        """Names of common.py that this file's harness uses."""
        return self.shared([*self._kept(), ast.parse("\n".join(self._cut()))])

    def only(self, names: set[str]) -> str:
        """A common.py with its imports and what these names need, on the lines they have."""
        lines = [""] * len(self.lines)
        for node in [*self.defined(names), *self.tree.body]:
            if isinstance(node, _IMPORTS) or node in self.defined(names):
                self._keep(node, lines)
        return "\n".join(lines) + "\n"

    def _keep(self, node: ast.stmt, lines: list[str]) -> None:
        decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
        first = min([node.lineno, *(part.lineno for part in decorators)]) - 1
        lines[first : self._end(node)] = self.lines[first : self._end(node)]

    def _cut(self) -> list[str]:
        """The solution's lines below its decorator, what the learner writes left out."""
        node = self._solution()
        kept, position = [], self._start(node)
        for first, last in self._holes(node):
            code = [line for line in self.lines[first:last] if _is_code(line)]
            if not code:
                raise UserError(
                    f"{self.path}, line {first + 1}: no line of code is left to the learner of "
                    f"{self.name}."
                )
            indent = code[0][: -len(code[0].lstrip())]
            kept += self.lines[position:first]
            kept.append(f'{indent}raise NotImplementedError("{_missing(len(code))}")')
            position = last
        return [*kept, *self.lines[position : self._end(node)]]

    def _holes(self, node: ast.FunctionDef | ast.ClassDef) -> list[tuple[int, int]]:
        """What the learner writes: line indices (first, one past the last)."""
        start, end = self._start(node), self._end(node)
        marks = [i for i in range(start, end) if self.lines[i].strip() in (YOURS, END)]
        for i, mark in enumerate(marks):
            if self.lines[mark].strip() != (YOURS, END)[i % 2]:
                raise UserError(f"{self.path}, line {mark + 1}: each `{YOURS}` needs one `{END}`.")
        if len(marks) % 2:
            raise UserError(
                f"{self.path}, line {marks[-1] + 1}: `{YOURS}` has no `{END}` after it."
            )
        if marks:
            return [(first, last + 1) for first, last in zip(marks[::2], marks[1::2], strict=True)]
        if isinstance(node, ast.ClassDef):
            raise UserError(
                f"{self._place(node)}: a class needs `{YOURS}` and `{END}` around what is to "
                "be written."
            )
        return [(node.body[0].end_lineno or start, end)]  # all below the docstring

    def _solution(self) -> ast.FunctionDef | ast.ClassDef:
        found = self.answers("solution")
        if len(found) != 1:
            raise UserError(
                f"{self.path}: it has {len(found)} solutions of {self.name}; it needs one."
            )
        if not ast.get_docstring(found[0]):
            place = self._place(found[0])
            raise UserError(f"{place}: the solution has no docstring, the statement.")
        return found[0]

    def _segment(self, node: ast.stmt) -> str:
        return "\n".join(self.lines[self._start(node) : self._end(node)])

    def _start(self, node: ast.stmt) -> int:
        """Index of the first line, below the exercise's decorator and with all others."""
        decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
        ours = [decorator.end_lineno or 0 for decorator in decorators if _role(decorator)]
        return max(ours, default=min([node.lineno, *(part.lineno for part in decorators)]) - 1)

    def _end(self, node: ast.stmt) -> int:
        """Index after the last line, a definition's closing comments included."""
        end = node.end_lineno or node.lineno
        if isinstance(node, _DEFINITIONS):
            for i, line in enumerate(self.lines[end:], end + 1):
                if re.match(r"\s+#", line):
                    end = i
                elif line.strip():
                    break
        return end

    def _place(self, node: ast.stmt) -> str:
        return f"{self.path}, line {node.lineno}"

    def reached(self, node: ast.AST) -> list[ast.stmt]:
        """Definitions of this file that ``node`` uses, and those that they use, in order."""
        return self.defined(_used(node))

    def defined(self, names: set[str]) -> list[ast.stmt]:
        """Top-level definitions of these names, and those that they use, in file order."""
        defined = set().union(*map(_defines, self.tree.body))
        reached, new = set(), names & defined
        while new:
            reached |= new
            parts = [part for part in self.tree.body if _defines(part) & new]
            new = (set().union(*map(_used, parts)) & defined) - reached
        return [part for part in self.tree.body if _defines(part) & reached]

    def shared(self, nodes: Iterable[ast.AST]) -> set[str]:
        """Names that these nodes use and this file imports from common.py."""
        imported = {
            name.name
            for node in self.tree.body
            if isinstance(node, ast.ImportFrom) and is_relative(node)
            for name in node.names
        }
        return imported & set().union(*map(_used, nodes))

    def _rename(self, text: str) -> str:
        return re.sub(r"^(def|class) _\b", rf"\1 {self.name}", text, count=1, flags=re.M)


@cache
def read(lesson: Lesson, name: str) -> Source:
    """The source of one exercise."""
    common = None
    if lesson.common.is_file():
        common = Source(lesson.common, lesson.common.read_text(encoding="utf-8"))
    file = lesson.file(name)
    if not file.is_file():
        raise UserError(f"{lesson.folder.parent / ORDER} names {name}, and {file} is not there.")
    return Source(file, file.read_text(encoding="utf-8"), common)


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def _missing(count: int) -> str:
    return f"About {count} line{'s are' if count != 1 else ' is'} missing."


def _role(decorator: ast.expr) -> tuple[str, str] | None:
    """(exercise, role) of ``@exercise.role``, None of any other decorator."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
        return None
    return (target.value.id, target.attr) if target.attr in ROLES else None


def exercise_names(node: ast.stmt) -> set[str]:
    """Names that a top-level statement gives to exercises."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return set()
    if getattr(node.value.func, "id", "") != "exercise":
        return set()
    return {target.id for target in node.targets if isinstance(target, ast.Name)}


def _defines(node: ast.stmt) -> set[str]:
    """Names that a top-level statement defines for others to use; exercises are not among them."""
    if isinstance(node, _DEFINITIONS):
        return {node.name} - {"_"}
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return set()
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    parts = (part for target in targets for part in ast.walk(target))
    return {part.id for part in parts if isinstance(part, ast.Name)} - exercise_names(node)


def _used(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def is_relative(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level == 1 and node.module == COMMON
