"""The gate adds up what its tools say, and a failure anywhere fails the whole."""

import os
import re
import subprocess
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from course import machine
from course.author import ci, verify

COUNTS = dict(
    zip(
        ("exercises", "misconceptions", "diagnosed as themselves", "alternatives"),
        (9, 31, 30, 11),
        strict=True,
    )
)


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
    """A repository with tests and a notebook in which everything is well."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_a.ipynb").touch()
    made = Tools()
    monkeypatch.setattr(ci, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", made.run)
    monkeypatch.setattr(ci.catalog, "lessons", lambda: ["a"])
    monkeypatch.setattr(
        verify,
        "verify",
        lambda *_: verify.Report(made.problems, Counter(COUNTS), skipped=made.skipped),
    )
    return made


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Run the gate: its exit code, what it printed, its last line."""

    def run(strict: bool = False) -> tuple[int, str, str]:
        code = ci.gate(strict)
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
    assert tools.ran[-1].endswith(" notebooks"), "and no folder that has none"


@pytest.mark.parametrize(
    ("module", "names"),
    [("ruff", "lint, format"), ("basedpyright", "types"), ("importlinter", "layers")],
)
def test_a_tool_that_fails_fails_the_gate_and_stops_nothing(
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


def test_each_of_the_real_tools_can_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, text in BROKEN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    monkeypatch.setattr(ci, "ROOT", tmp_path)
    monkeypatch.setattr(verify, "verify", lambda *_: verify.Report(counts=Counter(COUNTS)))
    assert ci.gate() == 1
    said = capfd.readouterr().out
    failed = "lint, format, types, layers, unit and browser tests, notebooks (nbval)"
    assert f"Failed: {failed}.\n0 passed, 2 failed, 0 skipped\n" in said
    for words in ("F401", "would be reformatted", "reportAssignmentType", "toy.low -> toy.high"):
        assert words in said, "each for the reason that was put there"


def test_every_outcome_of_a_test_is_counted(tools: Tools, said) -> None:
    tools.unit = [("passed", ""), ("failure", "1 != 2"), ("error", "no such fixture")]
    tools.notebooks = [("passed", ""), ("skipped", "tagged"), ("failure", "Cell 3")]
    code, text, last = said()
    assert (code, last) == (1, "2 passed, 3 failed, 1 skipped")
    assert "Failed: unit and browser tests, notebooks (nbval)." in text
    assert "skipped: test_1: tagged" in text


def test_a_pytest_that_leaves_no_report_has_failed(tools: Tools, said) -> None:
    tools.report = False
    code, text, last = said()
    assert (code, last) == (1, "0 passed, 1 failed, 0 skipped")
    assert "Failed: unit and browser tests, notebooks (nbval)." in text


def test_a_pytest_that_fails_without_a_failing_test_has_failed(tools: Tools, said) -> None:
    tools.exits["pytest"] = 5  # no test was found
    tools.unit = tools.notebooks = []
    code, _, last = said()
    assert (code, last) == (1, "0 passed, 1 failed, 0 skipped")


def test_a_broken_contract_fails_the_gate(tools: Tools, said) -> None:
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


def test_a_learners_progress_is_no_tests_business(
    tools: Tools, said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_COURSE_HOME", "the learner's")
    said()
    assert len(set(tools.homes)) == 2, "each run of pytest has a folder of its own"
    assert "the learner's" not in tools.homes
    assert os.environ["MLX_COURSE_HOME"] == "the learner's", "and ours is as it was"
