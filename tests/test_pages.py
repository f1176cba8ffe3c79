"""Pages from templates: text is escaped, and a value that is missing is no empty place."""

import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from course.learner import pages


def test_all_text_is_escaped_but_what_the_template_calls_safe(tmp_path: Path) -> None:
    template = tmp_path / "page.html"
    template.write_text('<p title="{{ a }}">{{ a }}</p>{{ b | safe }}\n')
    assert pages.page(template, a="<\"'&>", b="<b>") == (
        '<p title="&lt;&#34;&#39;&amp;&gt;">&lt;&#34;&#39;&amp;&gt;</p><b>\n'
    )


def test_a_value_that_is_missing_is_an_error(tmp_path: Path) -> None:
    template = tmp_path / "page.html"
    template.write_text("<p>{{ a }}</p>")
    with pytest.raises(jinja2.UndefinedError, match="'a' is undefined"):
        pages.page(template)


def test_jinja2_is_imported_when_a_page_is_written() -> None:
    code = (
        "import sys\n"
        "from course.bench import page\nfrom course.workshop import handout\n"
        "from course.learner import pages\nprint('jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
