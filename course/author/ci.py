"""`python -m course test`: everything that must hold, or the part that one change concerns.

Runs the tools as they are; knows how to add up what they say.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from course import machine
from course.author import build, changes, verify
from course.author.report import Report, folded, tell
from course.content import catalog

ROOT = Path(__file__).parents[2]
# A machine cannot be given these by installing something, so even --strict lets them be skipped.
HARDWARE = ("gpu", "metal", "cuda", "cpu wheel", "alarm", "namespace")
LAYERS = "from importlinter.cli import lint_imports_command as lint; lint()"  # it has no __main__
TWO = ("-n", "2", "--dist", "loadfile")  # processes; the tests of one file stay together
_CLOCK = re.compile(r"\bperf_counter\b|\bmeasure\.")


@dataclass
class Result:
    """What the steps came to.

    Args:
        failed: names of steps.
        tests: outcome -> how many.
        skips: (reason, test) of each.
    """

    failed: list[str] = field(default_factory=list)
    tests: Counter[str] = field(default_factory=Counter)
    skips: list[tuple[str, str]] = field(default_factory=list)


def everything(strict: bool = False) -> int:
    """Run every step, all of them even when one fails. Returns the exit code.

    Args:
        strict: fail on a skip that this machine could avoid (a missing Chromium, say).
    """
    result = Result()
    _tools(result)
    _tests("unit and browser tests", result, "tests", "--durations=10", *TWO)
    report = _verify(result)
    _notebooks(result, [path for folder in build.FOLDERS for path in _saved(folder)])
    return _close(result, report, strict)


def quick() -> int:
    """Run what takes two minutes: the tools, tests that are not slow, lessons that changed.

    Returns:
        The exit code.
    """
    result = Result()
    _tools(result)
    _tests("tests that are not slow", result, "tests", "-m", "not slow", *TWO)
    slugs = changes.lessons(ROOT)
    print(f"\nLessons to verify: {', '.join(slugs) or 'none changed'}.")
    return _close(result, _verify(result, slugs) if slugs else Report())


def lessons(slugs: Collection[str]) -> int:
    """Verify these lessons and run their notebooks. Returns the exit code.

    Raises:
        UserError: there is no lesson with one of these slugs.
    """
    result = Result()
    chosen = verify.chosen(catalog.lessons(), slugs)
    report = _verify(result, slugs)
    _notebooks(result, [path for lesson in chosen for path in build.paths(lesson, ROOT)])
    return _close(result, report)


def _tools(result: Result) -> None:
    _step("lint", result, "-m", "ruff", "check", ".")
    _step("format", result, "-m", "ruff", "format", "--check", ".")
    types = ("-m", "basedpyright", "--level", "error", "--pythonpath", sys.executable)
    _step("types", result, *types)
    _step("layers", result, "-c", LAYERS)


def _step(name: str, result: Result, *arguments: str, **variables: str) -> None:
    """Run Python with these arguments, in an environment with these variables."""
    start = time.perf_counter()
    print(f"\n── {name}", flush=True)
    command = [sys.executable, *arguments]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}).returncode:
        result.failed.append(name)
    print(f"   {time.perf_counter() - start:.1f} s", flush=True)


def _tests(name: str, result: Result, *arguments: str) -> None:
    """Run pytest, and read its counts from the report it writes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.xml"
        before = len(result.failed)
        home = {"MLX_COURSE_HOME": folder}  # a learner's progress is no test's business
        _step(name, result, "-m", "pytest", "-q", f"--junitxml={file}", *arguments, **home)
        if not file.exists():
            result.failed += [name] * (len(result.failed) == before)
            return
        for case in ElementTree.parse(file).iter("testcase"):
            outcome = next((part for part in case if part.tag != "properties"), None)
            kind = "passed" if outcome is None or outcome.tag.startswith("system") else outcome.tag
            kind = "failed" if kind in ("failure", "error") else kind
            result.tests[kind] += 1
            if kind == "skipped" and outcome is not None:
                result.skips.append((outcome.get("message", ""), case.get("name", "")))


def _notebooks(result: Result, paths: list[Path]) -> None:
    """Run notebooks by nbval: two at a time, but for those that measure time, which run alone."""
    timed = [path for path in paths if path.exists() and is_timed(path)]
    for name, some, how in (
        ("notebooks without a clock (nbval)", [x for x in paths if x not in timed], TWO),
        ("notebooks that measure time (nbval)", timed, ()),
    ):
        if some:
            files = [str(path.relative_to(ROOT)) for path in some]
            _tests(name, result, "--nbval", "--durations=10", *how, *files)


def is_timed(path: Path) -> bool:
    """Whether a notebook measures time: a cell that is not compared reads a clock.

    A clock is `perf_counter`, or anything of `course.measure`.
    """
    return any(
        build.IGNORE in cell.metadata.get("tags", []) and _CLOCK.search(cell.source)
        for cell in build.code_cells(nbformat.read(path, 4))
    )


def _saved(folder: str) -> list[Path]:
    return sorted((ROOT / folder).glob("*.ipynb"))


def _verify(result: Result, slugs: Collection[str] | None = None) -> Report:
    start = time.perf_counter()
    print("\n── verify", flush=True)
    report = verify.verify(ROOT, only=slugs)
    tell(report)
    if report.problems:
        result.failed.append("verify")
    print(f"   {time.perf_counter() - start:.1f} s", flush=True)
    return report


def _close(result: Result, report: Report, strict: bool = False) -> int:
    counts, tests = report.counts, result.tests
    print("\n── all together")
    print(
        f"{counts['exercises']} exercises in {counts['lessons']} lessons; "
        f"{counts['misconceptions']} misconceptions, {counts['diagnosed as themselves']} diagnosed "
        f"as themselves; {counts['alternatives']} alternatives passed; "
        f"{counts['notebooks']} notebooks up to date, {counts['cells compared']} of "
        f"{counts['code cells']} code cells compared."
    )
    for line in folded(result.skips):
        print(f"skipped: {line}")
    reasons = [reason for reason, _ in result.skips] + list(report.skipped.values())
    if strict and not all(map(_is_hardware, reasons)):
        print("--strict: the skips above could be avoided on this machine.")
        result.failed.append("skips")
    if result.failed:
        print(f"Failed: {', '.join(result.failed)}.")
        tests["failed"] = max(1, tests["failed"])
    print(f"{tests['passed']} passed, {tests['failed']} failed, {tests['skipped']} skipped")
    return 1 if result.failed else 0


def _is_hardware(reason: str) -> bool:
    return any(machine.NEEDS[name][1] in reason for name in HARDWARE)
