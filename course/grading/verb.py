"""The verb `grade`: what is asked for on the command line, in order. Knows what to print.

Imports the rest of the grader when it is used: `cli` works where MLX is missing.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from course.errors import UserError

if TYPE_CHECKING:
    from course.grading import run

UNSANDBOXED = (
    "Warning: no sandbox. What is in these notebooks can read, write and send whatever you can. "
    "Every report will say so."
)


def grade(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Notebooks, folders of them, or zips.")
    ] = None,
    lesson: Annotated[str, typer.Option(help="Which lesson; else told by the exercises.")] = "",
    seed: Annotated[int | None, typer.Option(help="Else drawn.", min=0, max=2**64)] = None,
    out: Annotated[Path, typer.Option(help="Where results and reports go.")] = Path("grades"),
    formats: Annotated[
        str, typer.Option(help="csv,nbgrader,gradescope,canvas,json,html,feedback: any of them.")
    ] = "csv,json,html,feedback",
    jobs: Annotated[int, typer.Option(help="Submissions at once; 0: one a core.", min=0)] = 0,
    time: Annotated[float, typer.Option(help="Seconds for one exercise.", min=0.1)] = 10.0,
    memory: Annotated[int, typer.Option(help="Megabytes for one submission.", min=256)] = 2048,
    roster: Annotated[Path | None, typer.Option(help="A CSV that names the students.")] = None,
    points: Annotated[Path | None, typer.Option(help="A TOML; see course.grading.marks.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on with the run in --out.")] = False,
    dask: Annotated[str, typer.Option(help="A Dask scheduler's address.")] = "",
    unsandboxed: Annotated[bool, typer.Option(help="Let submissions do what you may do.")] = False,
    init: Annotated[str, typer.Option(help='"gradescope": write that service\'s files.')] = "",
) -> None:
    """Grade submitted notebooks: each runs in a sandbox, what it returns is compared outside."""
    if init:
        sys.exit(_init(init, out, lesson))
    sys.exit(
        _grade(
            paths or [], lesson, seed, out, formats.split(","), jobs, time, memory, roster, points,
            resume, dask, unsandboxed,
        )
    )  # fmt: skip


def _grade(
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
    """Grade, keep, report; the exit code."""
    from course import machine
    from course.grading import people, report, run, sandbox

    if not paths:
        raise UserError("Say what to grade: notebooks, folders of them, or zips.")
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


def _init(service: str, out: Path, lesson: str) -> int:
    """Write a service's own files; the exit code."""
    from course.grading import gradescope

    if service != "gradescope":
        raise UserError(f'--init knows "gradescope", not "{service}".')
    for path in gradescope.write(out, lesson):
        print(f"wrote {path}")
    return 0


def _tell(found: "run.Found") -> None:
    from course.grading import people

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
        raise UserError(f"{points} cannot be read: {error}.") from None
