"""Pieces of a leader's papers in Markdown, and the whole page of one. Knows no lesson's content."""

import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt

from course.content import syllabus
from course.content.catalog import Lesson
from course.learner import pages


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table's lines.

    Args:
        header: a name for each column.
        rows: cells, in Markdown themselves.
    """

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    return [line(header), line(["---"] * len(header)), *map(line, rows)]


def title(lesson: Lesson) -> str:
    """The lesson's number and title."""
    return f"{lesson.number} · {syllabus.read(lesson).title}"


def literal(sentence: str) -> str:
    """The sentence with each power, such as 2**30, kept from beginning bold words."""
    return re.sub(r"(?<=\w)\*\*(?=[\w(])", r"\\*\\*", sentence)


def words(name: str) -> str:
    """A misconception's name as words."""
    return name.replace("_", " ")


def page(text: str) -> str:
    """A whole HTML page of a text in Markdown; it prints well and needs no file beside it."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return pages.page(
        Path(__file__).with_name("handout.html"),
        title=text.splitlines()[0].lstrip("# "),
        body=body.replace("<th>", '<th scope="col">'),
    )
