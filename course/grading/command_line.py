"""The verb `grade`: its options, and what it prints.

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
UNTESTED = "Warning: nobody has tried this sandbox on a Mac yet."
DASK_JOBS = 64  # submissions that are sent to a cluster at once


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
        _init(init, out, lesson)
        return
    from course import machine
    from course.grading import executors, people, report, run, sandbox

    if not paths:
        raise UserError("Say what to grade: notebooks, folders of them, or zips.")
    wanted = formats.split(",")
    report.check(wanted)
    way = sandbox.way(unsandboxed)
    if warning := {"unsandboxed": UNSANDBOXED, "sandbox-exec": UNTESTED}.get(way):
        print(warning, file=sys.stderr)
    root = os.environ.get("MLX_COURSE_LESSONS", "")  # another course's, as the tests' is
    facts = {"seconds": time, "memory": memory, "way": way, "root": root, "points": _text(points)}
    chosen = run.settings(out, resume, seed, **facts)
    run.check_points(chosen.points, str(points), root)
    survey = run.survey(paths, people.roster(roster) if roster else {}, lesson, root)
    _tell(survey)
    if not survey.files:
        print("There is nothing to grade.")
        sys.exit(1)
    jobs = jobs or machine.cores()
    if dask:
        executor, at_once = (lambda: executors.dask(dask)), DASK_JOBS
    elif min(jobs, len(survey.files)) == 1:
        executor, at_once = executors.here, 1
    else:
        executor, at_once = (lambda: executors.processes(jobs)), jobs
    try:
        run.grade(survey, chosen, out, executor, at_once)
    except KeyboardInterrupt:
        kept = f"What is done is kept in {out}: the same command with --resume goes on."
        print(f"\nStopped. {kept}", file=sys.stderr)
        sys.exit(130)
    print("\n".join(report.write(survey, chosen, out, wanted)))
    print(f"Results and reports are in {out}; the seed was {chosen.seed}.")


def _init(service: str, out: Path, lesson: str) -> None:
    """Write a service's own files."""
    from course.grading import gradescope

    if service != "gradescope":
        raise UserError(f'--init knows "gradescope", not "{service}".')
    for path in gradescope.write(out, lesson):
        print(f"wrote {path}")


def _tell(survey: "run.Survey") -> None:
    """Print what a run will not grade, and why."""
    from course.grading import people

    shown = people.printable
    for name, why in sorted(survey.refused.items()):
        print(f"not graded: {shown(name)} {shown(why)}.")
    for old, new in sorted(survey.older.items()):
        print(f"twice: {shown(old)} does not count, {shown(new)} is newer.")
    for name in survey.who.unknown:
        print(f"unknown: {shown(name)} names nobody on the roster, or more than one.")
    if survey.who.missing:
        print(f"missing: {', '.join(map(shown, survey.who.missing))}.")


def _text(points: Path | None) -> str:
    if points is None:
        return ""
    try:
        return points.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{points} cannot be read: {error}.") from None
