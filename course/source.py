"""The text of an exercises.py: statements, stubs, answers. Reads source, runs nothing.

A stub is cut from the solution: signature and docstring stay, and the body (or each part between
the markers `# -- yours` and `# -- end`) becomes a NotImplementedError that says how many lines
are missing. Where a solution uses a name that the file defines, that definition is given.
"""

import ast
import re
import textwrap
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from course.catalog import Mistake

YOURS, END = "# -- yours", "# -- end"
_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


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
            if isinstance(node, _DEFINITIONS)
            and any(_decorates(decorator, name, role) for decorator in node.decorator_list)
        ]

    def imports(self) -> str:
        """The imports that learners' code may rely on: all but the course's authoring tools."""
        found = [
            ast.get_source_segment(self.text, node) or ""
            for node in self.tree.body
            if isinstance(node, (ast.Import, ast.ImportFrom))
        ]
        authoring = re.compile(r"from course\.(exercise|probe|compare)\b")
        return "\n".join(line for line in found if not authoring.match(line))

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

    def alternatives(self, name: str) -> list[str]:
        """The other right answers under the learner's name."""
        return [_rename(self._segment(node), name) for node in self.answers(name, "alternative")]

    def value(self, name: str) -> str:
        """The answer of a value exercise as an assignment."""
        node = self._solution(name)
        body = [part for part in node.body if not _is_docstring(part)]
        last = body[-1]
        if not isinstance(last, ast.Return) or last.value is None:
            raise Mistake(f"{self._place(node)}: a value's solution ends in `return value`.")
        before = [ast.get_source_segment(self.text, part, padded=True) or "" for part in body[:-1]]
        value = f"{name} = {ast.get_source_segment(self.text, last.value)}"
        return textwrap.dedent("\n".join(before)) + "\n" * bool(before) + value

    def stub(self, name: str) -> str:
        """The blank that the learner fills in."""
        node = self._solution(name)
        start, lines = node.lineno - 1, self.lines
        marks = [i for i in range(start, _end(node)) if lines[i].strip() == YOURS]
        holes = [(mark, self._end_of(mark, node)) for mark in marks]
        if not holes:
            if isinstance(node, ast.ClassDef):
                raise Mistake(
                    f"{self._place(node)}: a class needs `{YOURS}` and `{END}` around what is to "
                    "be written."
                )
            body = node.body[1:] if _is_docstring(node.body[0]) else node.body
            holes = [(body[0].lineno - 1, _end(node))]
        kept, position = [], start
        for first, last in holes:
            hole = lines[first:last]
            indent = re.match(r"\s*", hole[0])[0]  # type: ignore[index]
            kept += lines[position:first]
            kept.append(f'{indent}raise NotImplementedError("{missing_lines(hole)}")')
            position = last
        return _rename("\n".join([*kept, *lines[position : _end(node)]]), name)

    def _end_of(self, mark: int, node: ast.AST) -> int:
        for i in range(mark + 1, _end(node)):
            if self.lines[i].strip() == YOURS:
                break
            if self.lines[i].strip() == END:
                return i + 1
        raise Mistake(f"{self.path}, line {mark + 1}: `{YOURS}` has no `{END}` after it.")

    def _solution(self, name: str) -> ast.FunctionDef | ast.ClassDef:
        found = self.answers(name, "solution")
        if len(found) != 1:
            raise Mistake(f"{self.path}: {name} has {len(found)} solutions; it needs one.")
        if not ast.get_docstring(found[0]):
            raise Mistake(f"{self._place(found[0])}: the solution has no docstring, the statement.")
        return found[0]

    def _segment(self, node: ast.AST) -> str:
        start = node.lineno - 1  # type: ignore[attr-defined]
        return "\n".join(self.lines[start : _end(node)])

    def _place(self, node: ast.AST) -> str:
        return f"{self.path}, line {node.lineno}"  # type: ignore[attr-defined]

    def reached(self, node: ast.AST) -> list[ast.stmt]:
        """Top-level definitions that ``node`` uses, and those that they use, in file order."""
        defined = {name: part for part in self.tree.body for name in _defines(part)}
        reached: set[str] = set()
        waiting = [node]
        while waiting:
            used = {part.id for part in ast.walk(waiting.pop()) if isinstance(part, ast.Name)}
            new = (used & defined.keys()) - reached
            reached |= new
            waiting += [defined[name] for name in new]
        return [part for part in self.tree.body if _defines(part) & reached]


@cache
def read(path: Path) -> Source:
    """The source of one exercises.py."""
    return Source(path, path.read_text(encoding="utf-8"))


def missing_lines(hole: list[str]) -> str:
    """How much code a hole held, as its message says it."""
    count = sum(bool(line.strip()) and not line.strip().startswith("#") for line in hole)
    return f"About {count} line{'s are' if count != 1 else ' is'} missing."


def _decorates(decorator: ast.expr, name: str, role: str) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (
        isinstance(target, ast.Attribute)
        and target.attr == role
        and isinstance(target.value, ast.Name)
        and target.value.id == name
    )


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
    if isinstance(node, ast.Assign):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return names - exercise_names(node)
    return set()


def _rename(text: str, name: str) -> str:
    return re.sub(r"^(def|class) _\b", rf"\1 {name}", text, count=1)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _end(node: ast.AST) -> int:
    return node.end_lineno  # type: ignore[attr-defined]
