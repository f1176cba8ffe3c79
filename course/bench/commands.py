"""The verb `bench`: alone it measures this machine; its sub-verbs measure one thing each.

Imports what measures when it is used: `cli` works where MLX is missing.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Verify, 1,310 gradings and every lesson, cold, too.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Where to save it, as JSON.")] = Path("bench.json"),
    page: Annotated[
        Path | None, typer.Option(help="Where the HTML page goes; beside --out without.")
    ] = None,
) -> None:
    """Measure this machine and the course on it: a table, JSON and a page with the roofline."""
    if context.invoked_subcommand:
        return
    from course.bench import gather, others, table
    from course.bench import page as pages

    saved = gather.bench(everything, lambda what: print(f"measuring {what}", file=sys.stderr))
    out.write_text(json.dumps(saved, indent=1) + "\n", encoding="utf-8")
    beside = others.shipped()
    print("\n".join([*table.lines(saved, beside), "", f"Saved as {out}."]))
    page = page or out.with_suffix(".html")
    page.write_text(pages.page(saved, beside), encoding="utf-8")
    print(f"The page is {page}.")
    stopped = [lesson for lesson in saved.get("lessons", {}).values() if "stopped" in lesson]
    sys.exit(1 if stopped else 0)


@app.command()
def lap(
    out: Annotated[Path, typer.Option(help="Where to save it, as JSON.")] = Path("lap.json"),
) -> None:
    """Run the LoRA lap of lesson 09 with one setting changed at a time; half an hour."""
    from course.model import sweep

    runs = sweep.sweep(lambda line: print(line, flush=True))
    out.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    print(f"Saved as {out}.")
