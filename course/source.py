"""The text of an exercises.py: statements, stubs, answers. Reads source, runs nothing.

A stub is cut from the solution: signature and docstring stay, and the body (or each part between
the markers `# -- yours` and `# -- end`) becomes a NotImplementedError that says how many lines
are missing. Where a solution uses a name that the file defines, that definition is given.
Decorators between the exercise's own and the `def` are part of an answer.
"""

import ast
import re
import textwrap
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from course.mistake import Mistake

YOURS, END = "# -- yours", "# -- end"
_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
ROLES = ("solution", "alternative", "misconception", "use")
_AUTHORING = re.compile(r"(from|import) (__future__|course\.(exercise|probe|compare))\b")


@dataclass(frozen=True)
class Source:
    """One exercises.py as text and as a syntax tree."""

    path: Path
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        try:
            return ast.parse(self.text, str(self.path))
        except SyntaxError as error:
            raise Mistake(f"{self.path}, line {error.lineno}: {error.msg}.") from None

    def answers(self, name: str, role: str) -> list[ast.FunctionDef | ast.ClassDef]:
        """The definitions decorated with ``@name.role``, in order."""
        return [
            node
            for node in self.tree.body
            if isinstance(node, _DEFINITIONS) and (name, role) in map(_role, node.decorator_list)
        ]

    def imports(self) -> str:
        """The imports that learners' code may rely on: all but the course's authoring tools."""
        found = [
            ast.get_source_segment(self.text, node) or ""
            for node in self.tree.body
            if isinstance(node, (ast.Import, ast.ImportFrom))
        ]
        return "\n".join(line for line in found if not _AUTHORING.match(line))

    def given(self, name: str) -> str:
        """Top-level definitions of the file that the solution of ``name`` uses, "" if none."""
        nodes = self.reached(self._solution(name))
        return "\n\n\n".join(self._segment(node) for node in nodes)

    def solution(self, name: str) -> str:
        """The answer under the learner's name, markers left out."""
        node = self._solution(name)
        kept = [
            line for line in self._segment(node).splitlines() if line.strip() not in (YOURS, END)
        ]
        return _rename("\n".join(kept), name)

    def alternatives(self, name: str, value: bool = False) -> list[str]:
        """The other right answers under the learner's name; ``value``: as assignments."""
        nodes = self.answers(name, "alternative")
        if value:
            return [self._assigned(node, name) for node in nodes]
        return [_rename(self._segment(node), name) for node in nodes]

    def value(self, name: str) -> str:
        """The answer of a value exercise as an assignment."""
        return self._assigned(self._solution(name), name)

    def _assigned(self, node: ast.FunctionDef | ast.ClassDef, name: str) -> str:
        first, last = node.body[0].lineno - 1, node.body[-1]
        if ast.get_docstring(node):
            first = node.body[0].end_lineno or 0
        if (
            not isinstance(last, ast.Return)
            or last.value is None
            or last.lineno <= max(first, node.lineno)
        ):
            raise Mistake(f"{self._place(node)}: a value's solution ends in a line `return value`.")
        body = self.lines[first : self._end(node)]
        line = last.lineno - 1 - first
        body[line] = body[line].replace("return", f"{name} =", 1)
        return textwrap.dedent("\n".join(body)).strip("\n")

    def stub(self, name: str) -> str:
        """The blank that the learner fills in."""
        return _rename("\n".join(self._cut(name)), name)

    def harness(self) -> str:
        """What may stand beside a submission: this file without hints, answers and misconceptions.

        Imports, the exercises, each `use` and what it reaches, and a stub for each solution, all on
        the lines on which they stand in the file: a crash is known by the line of its `use`.
        """
        lines = [""] * len(self.lines)
        for node in self.tree.body:
            for name in exercise_names(node):
                self._keep(node, lines)
                solution, stub = self._solution(name), self._cut(name)
                first = self._start(solution)
                lines[first - 1] = f"@{name}.solution"
                lines[first : first + len(stub)] = stub
                uses = self.answers(name, "use")
                for part in (*uses, *self.reached(ast.parse("\n".join(stub)))):
                    self._keep(part, lines)
                for use in uses:
                    for part in self.reached(use):
                        self._keep(part, lines)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._keep(node, lines)
        return "\n".join(lines) + "\n"

    def _keep(self, node: ast.stmt, lines: list[str]) -> None:
        decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
        first = min([node.lineno, *(part.lineno for part in decorators)]) - 1
        lines[first : self._end(node)] = self.lines[first : self._end(node)]

    def _cut(self, name: str) -> list[str]:
        """The solution's lines below its decorator, what the learner writes left out."""
        node = self._solution(name)
        kept, position = [], self._start(node)
        for first, last in self._holes(node):
            code = [line for line in self.lines[first:last] if _is_code(line)]
            if not code:
                raise Mistake(
                    f"{self.path}, line {first + 1}: no line of code is left to the learner of "
                    f"{name}."
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
                raise Mistake(f"{self.path}, line {mark + 1}: each `{YOURS}` needs one `{END}`.")
        if len(marks) % 2:
            raise Mistake(f"{self.path}, line {marks[-1] + 1}: `{YOURS}` has no `{END}` after it.")
        if marks:
            return [(first, last + 1) for first, last in zip(marks[::2], marks[1::2], strict=True)]
        if isinstance(node, ast.ClassDef):
            raise Mistake(
                f"{self._place(node)}: a class needs `{YOURS}` and `{END}` around what is to "
                "be written."
            )
        return [(node.body[0].end_lineno or start, end)]  # all below the docstring

    def _solution(self, name: str) -> ast.FunctionDef | ast.ClassDef:
        found = self.answers(name, "solution")
        if len(found) != 1:
            raise Mistake(f"{self.path}: {name} has {len(found)} solutions; it needs one.")
        if not ast.get_docstring(found[0]):
            raise Mistake(f"{self._place(found[0])}: the solution has no docstring, the statement.")
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
        """Top-level definitions that ``node`` uses, and those that they use, in file order."""
        defined = set().union(*map(_defines, self.tree.body))
        reached: set[str] = set()
        waiting = [node]
        while waiting:
            used = {part.id for part in ast.walk(waiting.pop()) if isinstance(part, ast.Name)}
            new = (used & defined) - reached
            reached |= new
            waiting += [part for part in self.tree.body if _defines(part) & new]
        return [part for part in self.tree.body if _defines(part) & reached]


@cache
def read(path: Path) -> Source:
    """The source of one exercises.py."""
    return Source(path, path.read_text(encoding="utf-8"))


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


def _rename(text: str, name: str) -> str:
    return re.sub(r"^(def|class) _\b", rf"\1 {name}", text, count=1, flags=re.M)
