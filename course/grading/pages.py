"""HTML pages, made from the templates beside this file. Knows no submission and no mark.

Submissions are hostile text. Everything that a template shows is escaped, and what could harm a
reader without being markup (terminal escapes, changes of reading direction) is replaced.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.grading import escape, marks

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **shown: Any) -> str:
    """A whole page.

    Args:
        template: the name of a file in ``templates/``.
        shown: what the template shows, by name. Text needs no escaping.
    """
    return _environment().get_template(template).render(shown)


@cache
def _environment() -> "Environment":
    import jinja2  # here, because most runs of this package write no page

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"spans": escape.spans, "points": marks.written}
    return environment


def _plain(value: Any) -> Any:
    """What a template shows, before it is escaped; what a macro has written stays as it is."""
    return (
        escape.plain(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
    )
