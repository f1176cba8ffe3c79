"""HTML pages from templates. Every text in them is escaped; a page needs no file beside it."""

from pathlib import Path
from typing import Any


def page(template: Path, **values: Any) -> str:
    """The page that a template makes of these values.

    Args:
        template: a jinja2 template beside the module that fills it in.
        values: name -> what the template shows. All text in them is escaped but what the template
            calls safe.

    Raises:
        jinja2.UndefinedError: the template shows a name that has no value.
    """
    import jinja2  # only when a page is written

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return made.get_template(template.name).render(values)
