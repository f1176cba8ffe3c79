"""Text from submissions made harmless for whatever shows it: terminals, HTML, Markdown, tables."""

import html
import re
from typing import Any

_FORMULA = re.compile('((?:^|;)\\s*"?)(?=[-=+@|\uff1d\uff0b\uff0d\uff20])')


def plain(text: str, most: int = 20_000) -> str:
    """Without control characters, terminal escapes and what turns the reading direction."""
    text = text[:most].encode("utf-8", "replace").decode()
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def in_html(text: str) -> str:
    """As HTML text; `code` between backticks is set as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(plain(text)))


def in_markdown(text: str) -> str:
    """As Markdown text in one paragraph; `code` stays code, and nothing else has a meaning."""
    parts = plain(text).replace("\n", " ").split("`")
    if len(parts) % 2 == 0:
        parts = ["'".join(parts)]
    return "`".join(part if i % 2 else _escaped(part) for i, part in enumerate(parts))


def block(text: str, language: str = "") -> str:
    """As a Markdown code block, whatever the text holds."""
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * max(3, *(length + 1 for length in [2, *runs]))
    return f"{fence}{language}\n{plain(text).rstrip()}\n{fence}"


def cell(value: Any) -> Any:
    """As a cell of a table: no spreadsheet takes it for a formula, not even one that begins a new
    cell at every semicolon, as in half of Europe."""
    if not isinstance(value, str):
        return value
    text = plain(value).replace("\n", " ").replace("\t", " ")
    return _FORMULA.sub(r"\1'", text)


def number(value: float) -> str:
    """A number of points: no decimals where there are none."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_{}\[\]()#!|~+>-])", r"\\\1", html.escape(text, quote=False))
