"""A verdict, a remark or an error of a verb as text and as HTML, with the same words.

Knows how things look; decides nothing. JupyterLab's sanitizer leaves the HTML as it is, and it can
be read in light and in dark: inline style, borders in hex, translucent backgrounds, words before
colour.
"""

import functools
import html
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from course import output
from course.checking.verdict import Status, Verdict
from course.errors import UserError

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
    """Display paragraphs as a card in a notebook, as plain text elsewhere.

    Args:
        lines: a paragraph each, with code in backquotes and bold words in asterisks. A line that
            begins with four spaces is shown as it is, in a typewriter's letters.
        colour: of the card's border, such as "#607d8b".
    """
    output.show("\n".join(map(_plain, lines)), card(lines, colour))


def show_verdict(verdict: Verdict, remarks: Sequence[str] = ()) -> None:
    """Display a verdict and remarks under it.

    Args:
        verdict: what the check came to.
        remarks: a paragraph each; empty ones are left out.
    """
    show([*verdict_lines(verdict), *filter(None, remarks)], COLOURS[verdict.status])


def card(lines: Sequence[str], colour: str = GREY) -> str:
    """Paragraphs as one bordered HTML block.

    Args:
        lines: as in ``show``.
        colour: of the border, and with 10 % of it of the background.
    """
    body = "".join(
        _code(run) if is_code else "".join(map(_paragraph, run))
        for is_code, run in itertools.groupby(lines, lambda line: line.startswith("    "))
    )
    tint = ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    style = f"border-left:4px solid {colour};background-color:rgba({tint},0.10);padding:6px 12px"
    return f'<div style="{style}">{body}</div>'


def never_raises(verb: Callable[..., None]) -> Callable[..., None]:
    """The same verb, but every error in it ends in a sentence on the screen.

    A traceback helps those who look for our mistakes, and no learner.
    """
    signature = inspect.signature(verb)

    @functools.wraps(verb)
    def safe(*args: Any, **named: Any) -> None:
        try:
            signature.bind(*args, **named)
        except TypeError as error:
            how = f"`{verb.__name__}` cannot be called like this: {error}."
            show([f"{how} `help({verb.__name__})` says how."])
            return
        try:
            verb(*args, **named)
        except UserError as mistake:
            show([str(mistake)])
        except KeyboardInterrupt:
            show(["Interrupted. Nothing is lost: run the cell again."])
        except Exception as error:
            failed = f"`{type(error).__name__}: {error}`"
            show(
                [
                    f"**{verb.__name__} itself failed**, which is our mistake: {failed}. "
                    "Your work is not affected. Please report it with the cell that you ran."
                ]
            )

    return safe


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
