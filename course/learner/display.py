"""A verdict, a table or a remark as text and as HTML, with the same words.

Knows how things look; decides nothing. The HTML survives JupyterLab's sanitizer, in light and in
dark: inline style with hex borders and translucent backgrounds, words before colour.
"""

import html
import itertools
import re
import sys
from collections.abc import Iterable, Sequence

from course.checking.verdict import Status, Verdict

COLOURS = {
    Status.PASSED: "#2e7d32",
    Status.WRONG: "#e65100",
    Status.CRASHED: "#b71c1c",
    Status.NOT_ATTEMPTED: "#607d8b",
    Status.TIMED_OUT: "#6a1b9a",
    Status.UNAVAILABLE: "#455a64",
}
GREY = "#607d8b"
PRINTED_LINES = 20
_MARK = re.compile(r"`(?P<code>[^`]+)`|(?<!\S)\*\*(?P<bold>(?! )[^*]+(?<! ))\*\*")


def verdict_lines(verdict: Verdict) -> list[str]:
    """The verdict's words, a paragraph a line; code in backquotes, the title in asterisks."""
    title = f"**{verdict.status.heading}** · {verdict.exercise}"
    if verdict.passed:
        title += f" · {verdict.cases} case{'s' * (verdict.cases != 1)}"
    lines = [f"{title}. {verdict.message}".rstrip(), *verdict.evidence, verdict.look]
    lines = [line for entry in lines for line in entry.split("\n") if line.strip()]
    if verdict.status is Status.UNAVAILABLE:
        lines.append("It is not counted.")
    if verdict.printed:
        printed = verdict.printed.splitlines()
        lines += ["Your code printed:", *("    " + line for line in printed[:PRINTED_LINES])]
        if len(printed) > PRINTED_LINES:
            lines.append(f"    … and {len(printed) - PRINTED_LINES} more lines")
    return [*lines, *verdict.notes]


def show(lines: Sequence[str], colour: str = GREY) -> None:
    """Display paragraphs as a card in a notebook, as plain text elsewhere."""
    text = "\n".join(map(_plain, lines))
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if not shell or not hasattr(shell, "kernel"):
        print(text)
        return
    from IPython.display import display

    display({"text/plain": text, "text/html": card(lines, colour)}, raw=True)


def show_verdict(verdict: Verdict, remarks: Sequence[str] = ()) -> None:
    """Display a verdict and whatever else is to be said under it."""
    show([*verdict_lines(verdict), *filter(None, remarks)], COLOURS[verdict.status])


def card(lines: Sequence[str], colour: str = GREY) -> str:
    """Paragraphs as one bordered HTML block."""
    body = "".join(
        _code(run) if is_code else "".join(map(_paragraph, run))
        for is_code, run in itertools.groupby(lines, lambda line: line.startswith("    "))
    )
    tint = ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    style = f"border-left:4px solid {colour};background-color:rgba({tint},0.10);padding:6px 12px"
    return f'<div style="{style}">{body}</div>'


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as aligned lines, for ``show``."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        return ("    " + "  ".join(cells)).rstrip()

    return [line(header), *map(line, rows)]


def _plain(line: str) -> str:
    """A line without the asterisks around bold words; a power in somebody's code keeps its own."""
    if line.startswith("    "):
        return line
    return _MARK.sub(lambda mark: mark["bold"] or mark[0], line)


def _code(lines: Iterable[str]) -> str:
    text = html.escape("\n".join(line[4:] for line in lines))
    return f'<pre style="margin:2px 0;background-color:transparent">{text}</pre>'


def _paragraph(line: str) -> str:
    line = html.escape(line, quote=False)
    line = _MARK.sub(
        lambda mark: f"<b>{mark['bold']}</b>" if mark["bold"] else f"<code>{mark['code']}</code>",
        line,
    )
    return f'<p style="margin:2px 0">{line}</p>'
