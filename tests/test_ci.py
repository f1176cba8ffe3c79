"""`test` adds up what its tools say, and a failure anywhere fails the whole."""

import os
import re
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course import machine
from course.author import build, changes, ci, verify
from course.author.report import Report
from course.content import catalog
from course.errors import UserError

COUNTS = {
    "lessons": 1,
    "exercises": 9,
    "misconceptions": 31,
    "diagnosed as themselves": 30,
    "alternatives": 11,
}


@dataclass
class Tools:
    """What the tools would say: exit codes by module, and the outcome of each test."""

    unit: list[tuple[str, str]] = field(default_factory=lambda: [("passed", ""), ("passed", "")])
    notebooks: list[tuple[str, str]] = field(default_factory=lambda: [("passed", "")])
    report: bool = True
    exits: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    verified: list[list[str] | None] = field(default_factory=list)
    homes: list[str] = field(default_factory=list)

    def run(
        self, command: list[str], cwd: Path, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess:
        python, how, module, *arguments = command
        assert (python, cwd) == (sys.executable, ci.ROOT)
        module = "importlinter" if how == "-c" else module
        self.ran.append(" ".join([module, *arguments]))
        code = self.exits.get(module, 0)
        if module == "pytest":
            self.homes.append((env or os.environ)["MLX_COURSE_HOME"])
            tests = self.notebooks if "--nbval" in arguments else self.unit
            file = next(word[11:] for word in arguments if word.startswith("--junitxml="))
            if self.report:
                Path(file).write_text(junit(tests), encoding="utf-8")
            code = code or int(any(kind in ("failure", "error") for kind, _ in tests))
        return subprocess.CompletedProcess(command, code)


def junit(tests: list[tuple[str, str]]) -> str:
    """A report as pytest writes it."""
    cases = "".join(
        f'<testcase name="test_{i}"><properties/>'
        + (f"<{kind} message={quoteattr(why)}>…</{kind}>" if kind != "passed" else "")
        + "<system-out>printed</system-out></testcase>"
        for i, (kind, why) in enumerate(tests)
    )
    return f"<testsuites><testsuite>{cases}</testsuite></testsuites>"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """A repository with a lesson in which everything is well."""
    for folder in ("tests", "notebooks", "exercises"):
        (tmp_path / folder).mkdir()
    notebook(tmp_path / "notebooks" / "00_a.ipynb", "mx.exp(x)")
    made = Tools()
    lesson = catalog.Lesson("00", "a", tmp_path / "course" / "lessons" / "a")

    def verified(out: Path, only: list[str] | None = None) -> Report:
        assert out == tmp_path
        made.verified.append(only)
        return Report(made.problems, Counter(COUNTS), skipped=made.skipped)

    monkeypatch.setattr(ci, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", made.run)
    monkeypatch.setattr(catalog, "lessons", lambda: [lesson])
    monkeypatch.setattr(verify, "verify", verified)
    return made


def notebook(path: Path, source: str, *tags: str) -> None:
    """Write a notebook of one cell."""
    cell = new_code_cell(source, metadata={"tags": list(tags)})
    nbformat.write(new_notebook(cells=[cell]), path)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Run `test`: its exit code, what it printed, its last line."""

    def run(strict: bool = False, how: Callable[[], int] | None = None) -> tuple[int, str, str]:
        code = how() if how else ci.everything(strict)
        text = capsys.readouterr().out
        last = text.splitlines()[-1]
        assert re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", last)
        return code, text, last

    return run


def test_all_is_well(tools: Tools, said) -> None:
    code, text, last = said(strict=True)
    assert (code, last) == (0, "3 passed, 0 failed, 0 skipped")
    assert "9 exercises in 1 lessons; 31 misconceptions, 30 diagnosed as themselves" in text
    assert "Failed" not in text
    assert [line.split()[0] for line in tools.ran] == [
        *("ruff", "ruff", "basedpyright", "importlinter", "pytest", "pytest")
    ]
    assert tools.ran[-1].endswith(" notebooks/00_a.ipynb")
    assert tools.verified == [None]


@pytest.mark.parametrize(
    ("module", "names"),
    [("ruff", "lint, format"), ("basedpyright", "types"), ("importlinter", "layers")],
)
def test_a_tool_that_fails_fails_the_whole_and_stops_nothing(
    tools: Tools, said, module: str, names: str
) -> None:
    tools.exits[module] = 1
    code, text, last = said()
    assert code == 1
    assert f"Failed: {names}." in text
    assert last == "3 passed, 1 failed, 0 skipped"
    assert len(tools.ran) == 6


BROKEN = {
    "pyproject.toml": """
        [tool.basedpyright]
        include = ["toy"]
        [tool.importlinter]
        root_package = "toy"
        [[tool.importlinter.contracts]]
        name = "layers"
        type = "layers"
        layers = ["toy.high", "toy.low"]
        """,
    "toy/__init__.py": "",
    "toy/high.py": "import os\n\nnumber: int = 'a text'\n",
    "toy/low.py": "from toy.high import number\n\nprint( number )\n",
    "tests/test_toy.py": "def test_toy():\n    raise AssertionError\n",
    "notebooks/00_toy.ipynb": """
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
         {"cell_type": "code", "id": "a", "metadata": {}, "source": "1 / 0", "outputs": [],
          "execution_count": null}]}
        """,
}


@pytest.mark.slow
def test_each_of_the_real_tools_can_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, text in BROKEN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    monkeypatch.setattr(ci, "ROOT", tmp_path)
    monkeypatch.setattr(verify, "verify", lambda *_, **__: Report(counts=Counter(COUNTS)))
    assert ci.everything() == 1
    said = capfd.readouterr().out
    failed = (
        "lint, format, types, layers, unit and browser tests, notebooks without a clock (nbval)"
    )
    assert f"Failed: {failed}.\n0 passed, 2 failed, 0 skipped\n" in said
    for words in ("F401", "would be reformatted", "reportAssignmentType", "toy.low -> toy.high"):
        assert words in said, "each for the reason that was put there"


def test_every_outcome_of_a_test_is_counted(tools: Tools, said) -> None:
    tools.unit = [("passed", ""), ("failure", "1 != 2"), ("error", "no such fixture")]
    tools.notebooks = [("passed", ""), ("skipped", "tagged"), ("failure", "Cell 3")]
    code, text, last = said()
    assert (code, last) == (1, "2 passed, 3 failed, 1 skipped")
    assert "Failed: unit and browser tests, notebooks without a clock (nbval)." in text
    assert "skipped: 1 (test_1): tagged" in text


def test_a_pytest_that_leaves_no_report_has_failed(tools: Tools, said) -> None:
    tools.report = False
    code, text, last = said()
    assert (code, last) == (1, "0 passed, 1 failed, 0 skipped")
    assert "Failed: unit and browser tests, notebooks without a clock (nbval)." in text


def test_a_pytest_that_fails_without_a_failing_test_has_failed(tools: Tools, said) -> None:
    tools.exits["pytest"] = 5  # no test was found
    tools.unit = tools.notebooks = []
    code, _, last = said()
    assert (code, last) == (1, "0 passed, 1 failed, 0 skipped")


def test_a_broken_contract_fails_the_whole(tools: Tools, said) -> None:
    tools.problems = ["start.row_means: no hints."]
    code, text, last = said()
    assert (code, last) == (1, "3 passed, 1 failed, 0 skipped")
    assert "✗ start.row_means: no hints." in text
    assert "Failed: verify." in text


@pytest.mark.parametrize(
    ("need", "avoidable"),
    [
        *[("gpu", False), ("metal", False), ("cuda", False), ("alarm", False)],
        *[("chromium", True), ("compile", True)],
    ],
)
@pytest.mark.parametrize("where", ["test", "exercise"])
def test_strict_fails_on_what_an_installation_would_cure(
    tools: Tools, said, need: str, avoidable: bool, where: str
) -> None:
    sentence = machine.NEEDS[need][1]
    if where == "test":
        tools.unit = [("passed", ""), ("skipped", f"needs {need}: {sentence}")]
    else:
        tools.skipped = {"start.row_means": sentence}
    code, text, last = said()
    assert (code, "Failed" in text) == (0, False), "without --strict every skip is allowed"
    assert sentence in text, "and named"
    assert last.endswith(f"{int(where == 'test')} skipped")
    code, text, _ = said(strict=True)
    assert (code, "Failed: skips." in text) == (int(avoidable), avoidable)


def test_a_skip_for_any_other_reason_is_avoidable(tools: Tools, said) -> None:
    tools.unit = [("passed", ""), ("skipped", "later")]
    assert said(strict=True)[0] == 1


def test_skips_are_one_line_for_each_reason(tools: Tools, said) -> None:
    sentence = f"needs chromium: {machine.NEEDS['chromium'][1]}"
    tools.unit = [("skipped", sentence)] * 5 + [("skipped", "later")]
    tools.skipped = {f"a.{name}": "needs cuda. It needs a GPU." for name in ("one", "two")}
    _, text, last = said()
    assert last == "1 passed, 0 failed, 6 skipped"
    assert f"skipped: 5 (test_0, test_1, test_2, …): {sentence}\n" in text
    assert "skipped: 1 (test_5): later\n" in text
    assert "not run here: 2 (a.one, a.two): it needs cuda. It needs a GPU.\n" in text


@pytest.mark.parametrize(
    ("source", "tags", "timed"),
    [
        ("start = time.perf_counter()", [build.IGNORE], True),
        ("measure.time_call(f)", [build.IGNORE], True),
        ("measure.graph_nodes(x)", [], False),
        ("draw(x)", [build.IGNORE], False),
    ],
)
def test_a_notebook_that_measures_time_runs_alone(
    tools: Tools, said, source: str, tags: list[str], timed: bool
) -> None:
    notebook(ci.ROOT / "exercises" / "00_a.ipynb", source, *tags)
    said()
    runs = [line for line in tools.ran if "--nbval" in line]
    if timed:
        together, alone = runs
        assert alone.endswith(" exercises/00_a.ipynb") and " -n " not in alone
        assert together.endswith(" notebooks/00_a.ipynb") and " -n 2 " in together
    else:
        (together,) = runs
        assert together.endswith(" notebooks/00_a.ipynb exercises/00_a.ipynb")
        assert " -n 2 " in together


def test_quick_leaves_out_what_is_slow_and_what_did_not_change(
    tools: Tools, said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "lessons", lambda root: ["a"])
    code, text, last = said(how=ci.quick)
    assert (code, last) == (0, "2 passed, 0 failed, 0 skipped")
    assert "9 exercises in 1 lessons" in text
    assert "-m not slow" in tools.ran[-1]
    assert not [line for line in tools.ran if "--nbval" in line]
    assert tools.verified == [["a"]]
    monkeypatch.setattr(changes, "lessons", lambda root: [])
    code, text, _ = said(how=ci.quick)
    assert code == 0 and "none changed" in text
    assert tools.verified == [["a"]], "and none again"


def test_one_lesson_whole_is_its_contract_and_its_notebooks(tools: Tools, said) -> None:
    code, _, last = said(how=lambda: ci.lessons(["a"]))
    assert (code, last) == (0, "1 passed, 0 failed, 0 skipped")
    (line,) = tools.ran
    assert line.endswith(" notebooks/00_a.ipynb exercises/00_a.ipynb solutions/00_a.ipynb")
    assert tools.verified == [["a"]]
    with pytest.raises(UserError, match=r"There is no lesson b\. There are: a\."):
        ci.lessons(["b"])


def test_a_learners_progress_is_no_tests_business(
    tools: Tools, said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_COURSE_HOME", "the learner's")
    said()
    assert len(set(tools.homes)) == 2, "each run of pytest has a folder of its own"
    assert "the learner's" not in tools.homes
    assert os.environ["MLX_COURSE_HOME"] == "the learner's", "and ours is as it was"
