"""The verbs: `python3 -m course VERB` from a clone, `mlx-course VERB` after pip install.

Each verb calls the module that knows how. The docstrings here are what `--help` prints, and each
parameter's help stands beside it.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from course.author import ledger
from course.bench import commands
from course.content import catalog
from course.errors import UserError
from course.grading import command_line

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A course about MLX: predict, measure on your own machine, read which mistake you made.",
)
ROOT = Path(__file__).parent.parent
Folder = Annotated[Path, typer.Argument(help="Your own copy of the notebooks.")]


def main() -> None:
    """Run a verb. A UserError ends in its sentence and exit code 1.

    Raises:
        SystemExit: at the verb's end, with its exit code.
    """
    try:
        app()
    except UserError as mistake:
        print(mistake, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if package == "mlx" or "libmlx" in str(error):
            print(f"MLX cannot be loaded: {error}. `doctor` says what to do.", file=sys.stderr)
            sys.exit(1)
        if package == "course" or not isinstance(error, ModuleNotFoundError):
            raise
        print(
            f"{error.name} is not installed. A clone brings it: python3 -m course "
            f"{' '.join(sys.argv[1:])}, or: pip install -e '.[cpu,dev]'",
            file=sys.stderr,
        )
        sys.exit(1)


@app.command()
def lab(
    folder: Folder = Path("my-course"),
    browser: Annotated[bool, typer.Option(help="Open the address in your browser.")] = True,
    port: Annotated[int | None, typer.Option(help="On 127.0.0.1.", min=1, max=65535)] = None,
) -> None:
    """Make or complete your copy and open JupyterLab on lesson 00."""
    from course.learner import lab as module

    sys.exit(module.lab(_home(folder), browser, port))


@app.command()
def start(folder: Folder = Path("my-course")) -> None:
    """Copy the notebooks into a folder of yours; never overwrites what you changed."""
    from course.learner import copies

    said = copies.start(_home(folder))
    print("\n".join(said) or f"{folder} has everything already.")


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Notebooks, or folders of them; your copy without.")
    ] = None,
) -> None:
    """Run notebooks of yours again from their first cell, and say which exercises pass."""
    from course.learner import rerun

    passed = True
    for path in rerun.notebooks(paths or [_home(Path("my-course"))]):
        print(f"{path}", flush=True)
        found = rerun.rerun(path)
        for line in "\n".join(found.said).splitlines():
            print(f"    {line}")
        print(f"  {found.summary}", flush=True)
        passed = passed and found.passed
    sys.exit(0 if passed else 1)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what this machine is, what runs here, and what to do about each gap."""
    from course.learner import doctor as module

    found = module.facts()
    gaps = module.gaps(found)
    if as_json:
        print(json.dumps(found | {"gaps": gaps}, indent=1))
    else:
        print("\n".join([*module.lines(found), "", *(gaps or ["Nothing is missing."])]))
    sys.exit(0 if found["mlx"] else 1)


app.add_typer(commands.app, name="bench")
app.command()(command_line.grade)
app.command()(ledger.claims)


@app.command()
def progress(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="With --verify: notebooks, or folders of them.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run your notebooks again: what still holds?")
    ] = False,
) -> None:
    """Show what you have passed, and what comes next."""
    if not verify:
        if paths:
            raise UserError("Notebooks are named with --verify: progress --verify NOTEBOOK.")
        from course.learner import notebook

        return notebook.progress()
    from course.learner import rerun

    found = []
    for path in rerun.notebooks(paths or [_home(Path("my-course"))]):
        print(f"running {path}", file=sys.stderr, flush=True)
        try:
            found.append((path, rerun.rerun(path)))
        except UserError as mistake:  # one broken notebook costs itself alone
            print(mistake)
    said, holds = rerun.compare(found)
    print("\n".join(said))
    sys.exit(0 if holds else 1)


@app.command()
def preflight(
    as_json: Annotated[bool, typer.Option("--json", help="For whoever leads.")] = False,
    collect: Annotated[
        Path | None, typer.Option(help="One table of the .json files in this folder.")
    ] = None,
) -> None:
    """Look at this machine the day before a workshop: green, or the sentence that mends it."""
    from course.workshop import preflight as module

    if collect:
        said, ready = module.collect(collect)
    else:
        found = module.preflight()
        said = [json.dumps(found, indent=1)] if as_json else module.lines(found)
        ready = all(look["ok"] for look in found["looks"])
    print("\n".join(said))
    sys.exit(0 if ready else 1)


@app.command()
def plan(
    minutes: Annotated[int, typer.Option(help="From the first word to the last.")] = 180,
    lessons: Annotated[str, typer.Option(help="Such as 00,02,nn_models; all without.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="A folder for it and the teacher's pages, .md and .html.")
    ] = None,
    bench: Annotated[
        Path | None, typer.Option(help="A file that `bench` saved on your machines.")
    ] = None,
) -> None:
    """Make the run-sheet of a workshop, and a teacher's page for each of its lessons."""
    from course.workshop import handout, run_sheet
    from course.workshop import plan as module

    made = module.plan(minutes, lessons, bench)
    if not out:
        print(run_sheet.text(made), end="")
        return
    for path in handout.write(out, made):
        print(f"wrote {path}")


@app.command()
def bundle(
    out: Annotated[Path, typer.Argument(help="A new folder, or a name that ends in .zip.")],
    platform: Annotated[
        str, typer.Option(help="macos-arm64, linux-x86_64, linux-aarch64 or cuda13.")
    ] = "",
    python: Annotated[str, typer.Option(help="Python versions, such as 3.12,3.13.")] = "",
) -> None:
    """Make a folder from which the course installs with no network: python3 install.py."""
    _checkout()
    from course.workshop import bundle as module

    for line in module.bundle(out, platform, python):
        print(line, flush=True)


@app.command()
def test(
    lesson: Annotated[
        list[str] | None, typer.Argument(help="Verify and run the notebooks of these alone.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Two minutes: no slow tests, and changed lessons.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on skips this machine could avoid.")
    ] = False,
) -> None:
    """Lint, types, layers, tests, verify, and nbval over every notebook."""
    _checkout()
    if bool(lesson) + quick + strict > 1:
        raise UserError("Use one at a time: test LESSON, test --quick, or test --strict.")
    from course.author import ci

    if lesson:
        sys.exit(ci.lessons(lesson))
    sys.exit(ci.quick() if quick else ci.everything(strict))


@app.command()
def build(
    lesson: Annotated[list[str] | None, typer.Argument(help="Only these; all without.")] = None,
    execute: Annotated[bool, typer.Option(help="Run them and save their outputs.")] = False,
) -> None:
    """Make the notebooks from the sources."""
    _checkout()
    from course.author import build as module
    from course.author import verify

    every = catalog.lessons()
    chosen = verify.chosen(every, lesson) if lesson else every
    for path in module.build(ROOT):
        print(f"wrote {path.relative_to(ROOT)}")
    for found in chosen:
        for path in module.notebooks(found, ROOT):
            if execute and not (lesson is None and module.is_executed(path)):
                print(f"running {path.relative_to(ROOT)}", flush=True)
                module.execute(path)


@app.command()
def verify(
    lesson: Annotated[list[str] | None, typer.Argument(help="Only these; all without.")] = None,
    cpu: Annotated[bool, typer.Option(help="On the CPU, also where there is a GPU.")] = False,
    named: Annotated[
        bool, typer.Option(help="List instead the mutants that a misconception's sentence answers.")
    ] = False,
) -> None:
    """Check the contract: every exercise, every generated file, every claim."""
    _checkout()
    import mlx.core as mx

    from course.author import mutation
    from course.author import verify as module
    from course.author.report import tell

    if named:
        for found in module.chosen(
            catalog.lessons(), lesson or [x.slug for x in catalog.lessons()]
        ):
            print("\n".join(mutation.named(found)), flush=True)
        return
    if cpu:
        mx.set_default_device(mx.Device(mx.cpu))
    report = module.verify(ROOT, only=lesson or None)
    tell(report)
    sys.exit(1 if report.problems else 0)


@app.command()
def new(
    lesson: Annotated[str, typer.Argument(help='A lesson, such as "transforms".')],
    name: Annotated[str | None, typer.Argument(help="An exercise of it.")] = None,
    number: Annotated[str | None, typer.Option(help="Two digits, for a new lesson.")] = None,
) -> None:
    """Make the skeleton of a lesson, or of an exercise in one; verify says what is left."""
    _checkout()
    from course.author import new as module

    made = module.new_exercise(lesson, name) if name else module.new_lesson(lesson, number)
    for path in made:
        print(f"wrote {path.relative_to(ROOT)}")
    print("Next: replace each TODO, then run:")
    print(f"    python3 -m course build --execute {lesson}")
    print(f"    python3 -m course verify {lesson}")


def _checkout() -> None:
    """Raise a UserError for a verb that needs a clone, where only the package is installed."""
    if not (ROOT / "pyproject.toml").exists():
        raise UserError("This verb works on a clone, and here is only the package: clone it.")


def _home(folder: Path) -> Path:
    """The folder; in a clone `my-course` lies in the clone, wherever the verb was called."""
    checkout = (ROOT / "pyproject.toml").exists()
    return ROOT / folder if checkout and folder == Path("my-course") else folder


if __name__ == "__main__":
    main()
