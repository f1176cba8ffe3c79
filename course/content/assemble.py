"""What a lesson's notebooks and its sandbox are made of, from the sources of all its exercises.

Knows sources; does not know notebooks or the sandbox.
"""

import ast
import sys
from collections.abc import Iterable

from course.content.catalog import COMMON, Lesson
from course.content.source import Source, is_relative, read

_AUTHORING = ("__future__", "course.exercise", "course.probe")  # no learner needs them


def read_all(lesson: Lesson) -> list[Source]:
    """The sources of a lesson's exercises, in order."""
    return [read(lesson, name) for name in lesson.names]


def imports(sources: Iterable[Source]) -> str:
    """What learners' code may rely on: all imports of these files, merged and in isort's order,
    less the course's authoring tools."""
    plain: set[tuple[str, str]] = set()
    parts: dict[str, set[tuple[str, str]]] = {}
    files = {file.path: file for own in sources for file in (own, own.common) if file}
    for node in (node for file in files.values() for node in file.tree.body):
        if isinstance(node, ast.Import):
            names = {(name.name, name.asname or "") for name in node.names}
            plain |= {pair for pair in names if pair[0] not in _AUTHORING}
        elif isinstance(node, ast.ImportFrom) and not is_relative(node):
            names = {(name.name, name.asname or "") for name in node.names}
            parts.setdefault(node.module or "", set()).update(names)
    rows = [((_section(name), 0, name.lower()), f"import {_as(name, to)}") for name, to in plain]
    for module, names in parts.items():
        if module not in _AUTHORING:
            listed = ", ".join(_as(*name) for name in sorted(names, key=_by_kind))
            key = (_section(module), 1, module.lower())
            rows.append((key, f"from {module} import {listed}"))
    return "\n".join(line for _, line in sorted(rows))


def harness(lesson: Lesson) -> dict[str, str]:
    """What lies in the sandbox of a lesson: exercise -> its file's harness, and "common"."""
    sources = read_all(lesson)
    found = {own.name: own.harness() for own in sources}
    kept = set().union(*(own.kept_of_common() for own in sources))
    common = next((own.common for own in sources if own.common), None)
    return {COMMON: common.only(kept), **found} if common else found


def given(lesson: Lesson) -> str:
    """All definitions that a lesson's notebooks give to learners, each once."""
    parts = dict.fromkeys(text for own in read_all(lesson) for _, text in own.given())
    return "\n\n".join(parts)


def _section(module: str) -> int:
    """Where isort puts a module: the standard library, other people's, ours."""
    top = module.partition(".")[0]
    return 0 if top in sys.stdlib_module_names else 2 if top == "course" else 1


def _as(name: str, to: str) -> str:
    return f"{name} as {to}" if to else name


def _by_kind(name: tuple[str, str]) -> tuple[int, str]:
    """isort's order of names: constants, classes, the rest."""
    kind = 0 if name[0].isupper() else 1 if name[0][:1].isupper() else 2
    return kind, name[0]
