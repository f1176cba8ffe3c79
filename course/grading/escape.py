"""Text from submissions made harmless for what shows it: terminals, Markdown, tables.

HTML is escaped by the templates; see course.grading.pages.
"""

import html
import re
from typing import Any

_FORMULA = re.compile('((?:^|;)\\s*"?)(?=[-=+@|\uff1d\uff0b\uff0d\uff20])')
_CODE = re.compile(r"`([^`\n]+)`")


def plain(text: str, most: int = 20_000) -> str:
    """The text without control characters, terminal escapes and changes of reading direction.

    Args:
        text: any text.
        most: characters that are kept.
    """
    text = text[:most].encode("utf-8", "replace").decode()
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def spans(text: str) -> list[tuple[bool, str]]:
    """The parts of a text in order, as (whether it stood between backquotes, part)."""
    return [(i % 2 == 1, part) for i, part in enumerate(_CODE.split(text)) if part]


def in_markdown(text: str) -> str:
    """The text as one paragraph of Markdown. `code` stays code, and nothing else has a meaning."""
    return "".join(
        f"`{part}`" if is_code else _escaped(part.replace("`", "'"))
        for is_code, part in spans(plain(text).replace("\n", " "))
    )


def block(text: str, language: str = "") -> str:
    """The text as a Markdown code block, whatever it holds.

    Args:
        text: any text.
        language: what its syntax is highlighted as.
    """
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{plain(text).rstrip()}\n{fence}"


def cell(value: Any) -> Any:
    """The value as a cell of a table that no spreadsheet takes for a formula.

    A formula may also begin after a semicolon, where spreadsheets in half of Europe begin a cell.
    """
    if not isinstance(value, str):
        return value
    text = plain(value).replace("\n", " ").replace("\t", " ")
    return _FORMULA.sub(r"\1'", text)


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_{}\[\]()#!|~+>-])", r"\\\1", html.escape(text, quote=False))
