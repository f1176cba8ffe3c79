"""What reports show of a submission is text, wherever it stands."""

import subprocess
import sys
from pathlib import Path

import jinja2
import pytest
from grading import LESSONS, Tags

from course.checking.verdict import Status
from course.content import catalog
from course.grading import class_page, escape, feedback, formats, pages, record
from course.grading.protocol import Failed

ROOT = Path(__file__).parent.parent


def test_text_is_harmless_where_it_is_shown():
    assert escape.cell("=1+1") == "'=1+1"
    assert escape.cell(" =1+1") == " '=1+1"
    assert escape.cell("x;=1+1; @y;z=2") == "x;'=1+1; '@y;z=2"
    assert escape.cell("\uff20x") == "'\uff20x"
    assert escape.cell(-3.5) == -3.5
    assert escape.plain("\x1b[2Ja\u202e\0") == "\ufffd[2Ja\ufffd\ufffd"
    assert escape.spans("<a>`<b>` `") == [(False, "<a>"), (True, "<b>"), (False, " `")]
    assert escape.in_markdown("`a` <`b> `") == "`a` &lt;`b> `"
    assert escape.in_markdown("![x](y) `a[0]` <b>") == "\\!\\[x\\]\\(y\\) `a[0]` &lt;b&gt;"
    assert escape.block("```\nx\n````").startswith("`````\n")


HOSTILE = (
    "<script>alert(1)</script> `<b>` \x1b[2J \u202e {{ 7 * 7 }} {% include 'x' %} \"' onload=x"
)
SAFE = (
    "&lt;script&gt;alert(1)&lt;/script&gt; <code>&lt;b&gt;</code> \ufffd[2J \ufffd {{ 7 * 7 }} "
    "{% include &#39;x&#39; %} &#34;&#39; onload=x"
)


def test_a_page_shows_text_as_text_wherever_it_stands():
    mark = record.Mark("scale", Status.WRONG, 0, 1, HOSTILE, [HOSTILE], HOSTILE)
    mark.readings = [HOSTILE]
    mark.notes, mark.code, mark.printed = [HOSTILE], HOSTILE, HOSTILE
    failed = [Failed(0, HOSTILE)]
    made = record.Result(HOSTILE, HOSTILE, HOSTILE, "", marks=[mark], failed=failed)
    page = feedback.page(made, {}, False)
    raw = SAFE.replace("<code>", "`").replace("</code>", "`")
    assert page.count(SAFE) == 5  # the error, the message, evidence, look, notes
    assert page.count(raw) == 7  # the title and the heading, twice a name; readings, code, printed
    assert not Tags(page).tags & {"script", "b"}
    assert "49" not in page


def test_a_template_that_asks_for_what_is_not_there_says_so():
    with pytest.raises(jinja2.UndefinedError, match="'total' is undefined"):
        pages.render("feedback.html", title="x", unsandboxed="", failed=[], parts=[])


def test_jinja_is_imported_only_when_a_page_is_written():
    look = "import course.grading.report, sys; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT).returncode == 0


def test_what_the_class_believes_is_counted():
    lesson = catalog.lessons(LESSONS)[0]
    known = {x.name: x for x in catalog.exercises(lesson)}
    made = [
        record.Result(
            n, "", "ps1", "", marks=[record.Mark("scale", "wrong", 0, 1, misconceptions=["adds"])]
        )
        for n in "ab"
    ]
    assert class_page.misconceptions(made, known) == [
        (2, "scale", "adds", "You added … where a product was asked for.")
    ]
    assert formats.reading_share(made) == 0
