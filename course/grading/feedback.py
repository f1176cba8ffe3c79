"""What one student gets back: Markdown and HTML with their code, the diagnosis and hints.

No answers are in it, and nothing of a submission is shown as anything but text.
"""

import html

from course.exercise import Exercise
from course.grading import words
from course.grading.record import Mark, Result

STYLE = (
    "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60em;"
    "margin:2em auto;padding:0 1em}pre,code{font:14px/1.4 ui-monospace,monospace}pre{padding:.7em;"
    "border:1px solid #8886;border-radius:4px;overflow:auto;white-space:pre-wrap}"
    "table{border-collapse:collapse}td,th{border:1px solid #8886;padding:.2em .6em;"
    "text-align:left;vertical-align:top}.n{text-align:right}.bar{background:#58a8;height:1em}"
    "</style>"
)
UNSANDBOXED = "This was graded without a sandbox: every submission could read and write everything."
_TITLES = {"passed": "Passed", "wrong": "Not yet", "not attempted": "Not started",
           "crashed": "It stopped", "timed out": "Too long", "unavailable": "Not here"}  # fmt: skip


def markdown(result: Result, known: dict[str, Exercise], unsandboxed: bool) -> str:
    """One student's feedback as Markdown."""
    text = words.in_markdown
    lines = [f"# {text(result.student)} · {text(result.lesson)}", "", _sum(result), ""]
    if unsandboxed:
        lines += [f"**{UNSANDBOXED}**", ""]
    for failure in result.failed:
        lines += [f"Cell {failure.cell + 1} stopped: {text(failure.error)}", ""]
    for mark in result.marks:
        lines += [f"## {_title(mark)}", "", text(mark.message), ""]
        lines += [f"- {text(line)}" for line in [*mark.evidence, mark.look, *mark.notes] if line]
        lines += [""] * bool(mark.evidence or mark.look or mark.notes)
        if mark.readings:
            lines += [f"Readings: {', '.join(mark.readings)}.", ""]
        if mark.code:
            lines += ["Your code:", "", words.block(mark.code, "python"), ""]
        if mark.printed:
            lines += ["It printed:", "", words.block(mark.printed), ""]
        lines += [f"{i}. {step}" for i, step in enumerate(_hints(mark, known), 1)]
        lines += [""]
    return "\n".join(lines)


def page(result: Result, known: dict[str, Exercise], unsandboxed: bool) -> str:
    """One student's feedback as HTML, complete in itself and without scripts."""
    text = words.in_html
    name = f"{result.student} · {result.lesson}"
    parts = [f"<h1>{text(name)}</h1>", f"<p>{text(_sum(result))}</p>"]
    parts += [f"<p><strong>{UNSANDBOXED}</strong></p>"] * unsandboxed
    parts += [f"<p>Cell {x.cell + 1} stopped: {text(x.error)}</p>" for x in result.failed]
    for mark in result.marks:
        parts += [f"<h2>{text(_title(mark))}</h2>", f"<p>{text(mark.message)}</p>"]
        evidence = [line for line in [*mark.evidence, mark.look, *mark.notes] if line]
        if evidence:
            parts += [f"<ul>{''.join(f'<li>{text(line)}</li>' for line in evidence)}</ul>"]
        if mark.readings:
            parts += [f"<p>Readings: {text(', '.join(mark.readings))}.</p>"]
        for label, code in (("Your code", mark.code), ("It printed", mark.printed)):
            if code:
                parts += [f"<p>{label}:</p>", f"<pre>{in_pre(code)}</pre>"]
        hints = _hints(mark, known)
        if hints:
            items = "".join(f"<li>{text(step)}</li>" for step in hints)
            parts += [f"<details><summary>Hints</summary><ol>{items}</ol></details>"]
    return document(name, parts)


def document(title: str, parts: list[str]) -> str:
    """A whole HTML page."""
    head = '<!doctype html><html lang="en"><meta charset="utf-8">'
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head += f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    body = "\n".join(parts)
    return f"{head}<title>{in_pre(title)}</title>{STYLE}\n<body>\n{body}\n</body></html>\n"


def in_pre(text: str) -> str:
    """A text in which every character stands for itself."""
    return html.escape(words.plain(text))


def _sum(result: Result) -> str:
    if result.refused:
        return f"This file is no submission: it {words.plain(result.refused)}."
    return f"{words.number(result.points)} of {words.number(result.of)} points."


def _title(mark: Mark) -> str:
    points = f"{words.number(mark.points)} of {words.number(mark.of)}"
    return f"{_TITLES.get(mark.status, mark.status)} · `{mark.exercise}` · {points}"


def _hints(mark: Mark, known: dict[str, Exercise]) -> tuple[str, ...]:
    """The first two hints: the third is nearly the line."""
    if mark.status in ("passed", "unavailable") or mark.exercise not in known:
        return ()
    return known[mark.exercise].steps[:2]
