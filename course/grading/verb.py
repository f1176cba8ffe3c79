"""The verb `grade`: what is asked for on the command line, in order. Knows what to print."""

import os
import sys
from pathlib import Path

from course import machine
from course.grading import gradescope, people, report, run, sandbox
from course.mistake import Mistake

UNSANDBOXED = (
    "Warning: no sandbox. What is in these notebooks can read, write and send whatever you can. "
    "Every report will say so."
)


def grade(
    paths: list[Path],
    lesson: str,
    seed: int | None,
    out: Path,
    wanted: list[str],
    jobs: int,
    seconds: float,
    memory: int,
    roster: Path | None,
    points: Path | None,
    resume: bool,
    dask: str,
    unsandboxed: bool,
) -> int:
    """Grade, keep, report; the exit code. For the arguments see course.cli."""
    if not paths:
        raise Mistake("Say what to grade: notebooks, folders of them, or zips.")
    report.check(wanted)
    how = sandbox.way(unsandboxed)
    if unsandboxed:
        print(UNSANDBOXED, file=sys.stderr)
    if how == "sandbox-exec":
        print("Warning: nobody has tried this sandbox on a Mac yet.", file=sys.stderr)
    root = os.environ.get("MLX_COURSE_LESSONS", "")  # another course's, as the tests' is
    chosen = run.settings(
        out, resume, seed, seconds=seconds, memory=memory, way=how, root=root, points=_text(points)
    )
    run.check_points(chosen.points, str(points), root)
    found = run.survey(paths, people.roster(roster) if roster else {}, lesson, root)
    _tell(found)
    if not found.files:
        print("There is nothing to grade.")
        return 1
    jobs = jobs or machine.cores()
    if dask:
        place, many = (lambda: run.dask(dask)), 64
    elif min(jobs, len(found.files)) == 1:
        place, many = run.here, 1
    else:
        place, many = (lambda: run.processes(jobs)), jobs
    try:
        run.grade(found, chosen, out, place, many)
    except KeyboardInterrupt:
        print(f"\nStopped. What is done is kept in {out}: the same command with --resume goes on.",
              file=sys.stderr)  # fmt: skip
        return 130
    print("\n".join(report.write(found, chosen, out, wanted)))
    print(f"Results and reports are in {out}; the seed was {chosen.seed}.")
    return 0


def init(service: str, out: Path, lesson: str) -> int:
    """Write a service's own files."""
    if service != "gradescope":
        raise Mistake(f'--init knows "gradescope", not "{service}".')
    for path in gradescope.write(out, lesson):
        print(f"wrote {path}")
    return 0


def _tell(found: run.Found) -> None:
    shown = people.printable
    for name, why in sorted(found.refused.items()):
        print(f"not graded: {shown(name)} {shown(why)}.")
    for old, new in sorted(found.older.items()):
        print(f"twice: {shown(old)} does not count, {shown(new)} is newer.")
    for name in found.who.unknown:
        print(f"unknown: {shown(name)} names nobody on the roster, or more than one.")
    if found.who.missing:
        print(f"missing: {', '.join(map(shown, found.who.missing))}.")


def _text(points: Path | None) -> str:
    if points is None:
        return ""
    try:
        return points.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{points} cannot be read: {error}.") from None
