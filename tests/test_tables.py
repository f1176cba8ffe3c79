"""Tables of text: aligned, and the same in a terminal, a file and a notebook."""

import os
import subprocess
import sys

import pytest

from course.learner.tables import table


def test_columns_are_aligned_and_numbers_end_below_each_other() -> None:
    rows = [("copy", "1.5"), ("a product", "1,000")]
    assert table(rows, header=("what", "GB/s"), right=[1]) == [
        "what        GB/s",
        "copy         1.5",
        "a product  1,000",
    ]


def test_without_names_there_is_no_header_line() -> None:
    assert table([("a", "b"), ("long", "")]) == ["a     b", "long"]
    assert table([]) == []
    assert table([], header=("who", "what")) == ["who  what"]


def test_wide_characters_count_two() -> None:
    assert table([("日本", "a"), ("ab", "b")]) == ["日本  a", "ab    b"]


def test_nothing_is_taken_for_markup() -> None:
    assert table([("[bold]x[/bold]", ":smile:"), ("[/]", "a\nb")]) == [
        "[bold]x[/bold]  :smile:",
        "[/]             a b",
    ]


@pytest.mark.parametrize("width", ["20", "200"])
def test_a_terminal_of_any_width_gets_whole_lines_without_colours(width: str) -> None:
    code = "from course.learner.tables import table; print(*table([('a', 'word ' * 60)]), sep='|')"
    env = {"COLUMNS": width, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **env}
    )
    assert done.stdout == "a  " + ("word " * 60).rstrip() + "\n", done.stderr
