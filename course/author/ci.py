"""`python -m course test`: everything that must hold, one step after the other, counted at the end.

Runs the tools as they are; knows how to add up what they say.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from course import machine
from course.author import build, verify
from course.content import catalog

ROOT = Path(__file__).parents[2]
# A machine cannot be given these by installing something, so even --strict lets them be skipped.
HARDWARE = ("gpu", "metal", "cuda", "cpu wheel", "alarm", "namespace")
LAYERS = "from importlinter.cli import lint_imports_command as lint; lint()"  # it has no __main__


@dataclass
class Result:
    """What the steps came to."""

    failed: list[str] = field(default_factory=list)
    tests: Counter[str] = field(default_factory=Counter)
    skips: list[str] = field(default_factory=list)


def gate(strict: bool = False) -> int:
    """Run every step, all of them even when one fails. Returns the exit code.

    Args:
        strict: fail on a skip that this machine could avoid (a missing Chromium, say).
    """
    result = Result()
    for name, *arguments in (
        ("lint", "-m", "ruff", "check", "."),
        ("format", "-m", "ruff", "format", "--check", "."),
        ("types", "-m", "basedpyright", "--level", "error"),
        ("layers", "-c", LAYERS),
    ):
        _step(name, result, *arguments)
    _tests("unit and browser tests", result, "tests", "--durations=5")
    report = _verify(result)
    folders = [folder for folder in build.FOLDERS if any((ROOT / folder).glob("*.ipynb"))]
    _tests("notebooks (nbval)", result, "--nbval", "--durations=5", *folders)
    return _close(result, report, strict)


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
                result.skips.append(f"{case.get('name')}: {outcome.get('message')}")


def _verify(result: Result) -> verify.Report:
    start = time.perf_counter()
    print("\n── verify", flush=True)
    report = verify.verify(ROOT)
    tell(report)
    if report.problems:
        result.failed.append("verify")
    print(f"   {time.perf_counter() - start:.1f} s", flush=True)
    return report


def tell(report: verify.Report) -> None:
    """Print what verify found: problems first, then each check's time, then the counts."""
    for problem in report.problems:
        print(f"✗ {problem}")
    for id, why in report.skipped.items():
        print(f"- {id} was not run here: it {why}")
    slowest = sorted(report.seconds.items(), key=lambda item: -item[1])
    print("Seconds of one check, slowest first:")
    for id, seconds in slowest:
        print(f"    {seconds:6.3f}  {id}")
    if slowest:
        print(f"    {slowest[len(slowest) // 2][1]:6.3f}  median")
    print("Counts: " + ", ".join(f"{count} {name}" for name, count in report.counts.items()) + ".")
    print(f"{len(report.problems)} problems." if report.problems else "The contract holds.")


def _close(result: Result, report: verify.Report, strict: bool) -> int:
    counts, tests = report.counts, result.tests
    print("\n── all together")
    print(
        f"{counts['exercises']} exercises in {len(catalog.lessons())} lessons; "
        f"{counts['misconceptions']} misconceptions, {counts['diagnosed as themselves']} diagnosed "
        f"as themselves; {counts['alternatives']} alternatives passed; "
        f"{counts['notebooks']} notebooks run, {counts['cells compared']} of "
        f"{counts['code cells']} code cells compared."
    )
    for skip in result.skips:
        print(f"skipped: {skip}")
    avoidable = [skip for skip in result.skips if not _is_hardware(skip)]
    avoidable += [id for id, why in report.skipped.items() if not _is_hardware(why)]
    if strict and avoidable:
        print("--strict: the skips above could be avoided on this machine.")
        result.failed.append("skips")
    if result.failed:
        print(f"Failed: {', '.join(result.failed)}.")
        tests["failed"] = max(1, tests["failed"])
    print(f"{tests['passed']} passed, {tests['failed']} failed, {tests['skipped']} skipped")
    return 1 if result.failed else 0


def _is_hardware(reason: str) -> bool:
    return any(machine.NEEDS[name][1] in reason for name in HARDWARE)
