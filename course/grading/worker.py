"""Inside the sandbox: runs a submission's cells once, then answers exercise by exercise.

Knows how Jupyter runs cells, and the harness. Holds no answers and compares nothing. The grader
does not trust it: a submission can change what runs here, and write whatever it sends.
"""

import ast
import asyncio
import difflib
import inspect
import linecache
import os
import socket
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import mlx.core as mx

from course.checking import isolate, runner
from course.exercise import Exercise
from course.grading import framing, protocol
from course.grading.protocol import Answer, Ask, Cell, Failed, Ready, Start

# Modules in which a cell may have replaced something that an exercise needs. What they held at
# first is put back before each exercise.
GUARDED = (
    *("builtins", "mlx.core", "mlx.core.random", "mlx.core.fast", "mlx.core.linalg", "mlx.nn"),
    *("mlx.optimizers", "mlx.utils", "numpy", "numpy.random", "numpy.linalg", "json", "struct"),
    *("math", "time", "random", "itertools", "functools", "inspect", "re", "io", "traceback"),
    *("linecache", "difflib", "socket", "signal", "select", "msgspec", "warnings", "contextlib"),
    *("course.exercise", "course.machine", "course.measure", "course.probe"),
    *("course.checking.arguments", "course.checking.compare", "course.checking.isolate"),
    *("course.checking.observe", "course.checking.runner", "course.checking.values"),
    *("course.checking.wording", "course.grading.framing", "course.grading.protocol"),
    "course.grading.worker",
)
CODE_MAGICS = {"time", "timeit", "capture", "prun"}  # their cell or line is part of the answer
MOST_FAILED, MOST_NOTES = 2_000, 50  # in one message
_MISSING = object()


def compiled(harness: dict[str, str]) -> dict[str, types.CodeType]:
    """The harness as code objects, made once for all submissions.

    Args:
        harness: exercise, or "common" -> the text of its module.
    """
    made = {}
    for name, text in harness.items():
        file = _file(name)
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        made[name] = compile(text, file, "exec")
    return made


def exercises(harness: dict[str, types.CodeType]) -> dict[str, Exercise]:
    """Name -> exercise, with its `use` and a stub for an answer.

    Args:
        harness: what ``compiled`` returned.
    """
    package, made = types.ModuleType("harness"), {}
    package.__path__ = []  # `from .common import …` finds the module that was made before
    sys.modules["harness"] = package
    for name in sorted(harness, key=lambda name: name != "common"):
        module = types.ModuleType(f"harness.{name}")
        module.__package__ = "harness"
        sys.modules[module.__name__] = module
        exec(harness[name], vars(module))
        if name != "common":
            made[name] = vars(module)[name]
            made[name].name, made[name].common = name, _file("common")
    return made


def _file(name: str) -> str:
    return f"<harness {name}>"


def serve(channel: socket.socket, harness: dict[str, types.CodeType]) -> None:
    """Take one submission's cells, run them, and answer until the channel is closed.

    Args:
        channel: to the grader.
        harness: what ``compiled`` returned.
    """
    sys.stdout = sys.stderr = isolate.Printed()
    sys.stdin = None
    home, send = os.getpid(), channel.sendall
    known, restore = exercises(harness), _guard()
    start = protocol.order(framing.receive(channel))
    assert isinstance(start, Start)

    def tell(record: Any) -> None:
        if os.getpid() != home:  # a submission forked, and the copy came back here
            os._exit(0)
        send(protocol.encode(record))

    notebook = Notebook(start.seconds)
    notebook.run("given", start.given)
    failed = notebook.run_all(start, tell)
    restore()
    tell(Ready([failure for _, failure in sorted(failed.items())][:MOST_FAILED]))
    while True:
        ask = protocol.order(framing.receive(channel))
        if os.getpid() != home:
            os._exit(0)
        assert isinstance(ask, Ask)
        restore()
        tell(_answer(ask, known, notebook.names))


def _answer(ask: Ask, known: dict[str, Exercise], names: dict[str, Any]) -> Answer:
    answer = names.get(ask.name, _MISSING)
    if answer is _MISSING:
        texts = [name for name in names if isinstance(name, str)]
        near = difflib.get_close_matches(ask.name, texts, 3, 0.7)
        near = [protocol.cut(name, protocol.SHORT) for name in near]
        return Answer(ask.nonce, [], undefined=True, near=near)
    sys.setrecursionlimit(1_000)
    sys.stdout = sys.stderr = isolate.Printed()
    try:
        did = runner.attempt(known[ask.name], answer, ask.seeds, ask.seconds)
    except isolate.TimeLimit:
        did = runner.Attempt(timed_out=True)
    return Answer(
        ask.nonce,
        [protocol.pack_run(run) for run in did.runs],
        protocol.cut(did.refusal),
        protocol.cut(did.missing),
        timed_out=did.timed_out,
        printed=protocol.cut(did.printed),
        notes=[protocol.cut(note) for note in did.notes][:MOST_NOTES],
    )


class Notebook:
    """A namespace in which cells run as in Jupyter, and magics do no harm."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.module = types.ModuleType("__main__")
        self.names = vars(self.module)
        sys.modules["__main__"] = self.module
        self.names["get_ipython"] = lambda: self.shell
        self.names["display"] = lambda *_, **__: None
        self.shell = _Shell(self)

    def run_all(self, start: Start, tell: Callable[[Any], None]) -> dict[int, Failed]:
        """Run the cells in order, and once more those that lacked a name which came later.

        Args:
            start: the cells, and which to skip.
            tell: sends a record to the grader.

        Returns:
            Number of a cell -> how it stopped.
        """
        failed: dict[int, Failed] = {}
        late: dict[int, str] = {}
        for i, text in enumerate(start.cells):
            if i not in start.skip:
                tell(Cell(i))
                failure, name = self.cell(i, text)
                if failure:
                    failed[i] = failure
                    late |= {i: name} if name else {}
        for i in [i for i, name in late.items() if name in self.names]:
            tell(Cell(i))
            failure, _ = self.cell(i, start.cells[i])
            if failure is None:
                del failed[i]
        return failed

    def cell(self, i: int, text: str) -> tuple[Failed | None, str]:
        """Run one cell. Returns what stopped it, and the name that it lacked.

        Args:
            i: its number.
            text: its code.
        """
        file = f"<cell {i}>"
        try:
            sys.stdout = sys.stderr = isolate.Printed()
            isolate.limited(self.seconds, lambda: self.run(file, text))
            return None, ""
        except isolate.TimeLimit:
            return Failed(i, f"It ran for {self.seconds:g} s and was stopped."), ""
        except BaseException as error:
            with suppress(BaseException):
                return self._failure(i, file, error)
            return Failed(i, "It stopped."), ""

    def _failure(self, i: int, file: str, error: BaseException) -> tuple[Failed, str]:
        steps = traceback.walk_tb(error.__traceback__)
        lines = [line for frame, line in steps if frame.f_code.co_filename == file]
        line = error.lineno or 0 if isinstance(error, SyntaxError) else ([0, *lines])[-1]
        said = error.msg if isinstance(error, SyntaxError) else isolate.message(error)
        text = protocol.cut(f"{type(error).__name__}: {said}")
        shown = linecache.getline(file, line).strip()
        name = getattr(error, "name", "") if isinstance(error, NameError) else ""
        return Failed(i, text, max(0, line) % (1 << 20), protocol.cut(shown)), str(name or "")

    def run(self, file: str, text: str) -> None:
        """Run the text of a cell, magics and a top-level `await` included.

        Args:
            file: what tracebacks call it.
            text: its code.
        """
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                code = _compile(text, file)
        except SyntaxError:
            plain = _python(text)
            if plain == text:
                raise
            code = _compile(plain, file)
        result = eval(code, self.names)
        if inspect.iscoroutine(result):
            asyncio.run(result)


class _Shell:
    """What `get_ipython()` returns: magics that hold code run it, all others do nothing."""

    def __init__(self, notebook: Notebook):
        self.notebook, self.user_ns = notebook, notebook.names

    def run_line_magic(self, name: str, line: str, *_: Any) -> None:
        if name in CODE_MAGICS:
            self.notebook.run(f"<%{name}>", line)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in CODE_MAGICS:
            self.notebook.run(f"<%%{name}>", cell)

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        return []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


def _compile(text: str, file: str) -> types.CodeType:
    return compile(text, file, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _python(text: str) -> str:
    """A cell without magics and shell commands: calls that do nothing stand in their place."""
    if not any(mark in text for mark in "%!?"):
        return text
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(text)


def _guard() -> Callable[[], None]:
    """A function that puts back what the guarded modules hold now. It calls no builtin."""
    modules = [sys.modules[name] for name in GUARDED if name in sys.modules]
    modules += [part for part in (mx.random, mx.fast, mx.linalg) if part not in modules]
    kept, update = [(vars(module), dict(vars(module))) for module in modules], dict.update

    def restore() -> None:
        for now, then in kept:
            update(now, then)

    return restore
