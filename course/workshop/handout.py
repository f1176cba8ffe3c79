"""A leader's papers in a folder: the run-sheet and the teacher's pages, as Markdown and as HTML."""

from pathlib import Path

from course import files
from course.errors import UserError
from course.workshop import markdown, plan, run_sheet, teacher_page


def write(folder: Path, made: plan.WorkshopPlan) -> list[Path]:
    """Save the run-sheet and the teacher's pages of its lessons; returns the files.

    Args:
        folder: made if need be; each paper is a .md and a .html in it.
        made: the plan.

    Raises:
        UserError: they cannot be written there.
    """
    papers = {"run-sheet": run_sheet.text(made)}
    for share in made.shares:
        papers[f"teacher_{share.lesson.stem}"] = teacher_page.text(share.lesson, made.measured)
    written = []
    try:
        for name, text in papers.items():
            for kind, content in (("md", text), ("html", markdown.page(text))):
                files.write(path := folder / f"{name}.{kind}", content)
                written.append(path)
    except OSError as error:
        raise UserError(f"{error.filename or folder}: {error.strerror}.") from None
    return written
