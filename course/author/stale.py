"""`python -m course.author.stale FILE …`: are the notebooks of these files what their sources make?

pre-commit runs it over the files of a commit. Knows which notebooks a file belongs to; `verify`
looks at all of them.
"""

import sys
from pathlib import Path

from course.author import build
from course.content import catalog
from course.content.catalog import Lesson
from course.errors import UserError

ROOT = Path(__file__).parents[2]
AGAIN = "Run: python3 -m course build --execute."


def fault(path: Path, text: str, out: Path) -> str:
    """What is wrong with a lesson's generated file, in a sentence; "" if nothing is.

    Args:
        path: the file.
        text: what it should hold.
        out: the folder of notebooks/, exercises/ and solutions/.
    """
    name = path.relative_to(out)
    if not build.holds(path, text):
        return f"{name} is not what its source makes. {AGAIN}"
    if not build.is_executed(path):
        return f"{name} shows outputs of an older source. {AGAIN}"
    return ""


def stale(files: list[Path], out: Path = ROOT, root: Path | None = None) -> list[str]:
    """What is wrong with the notebooks that these files belong to, a sentence for each.

    Args:
        files: sources or notebooks of lessons. Any other file, such as order.txt, belongs to the
            notebooks of all lessons.
        out: the folder of notebooks/, exercises/ and solutions/.
        root: the folder of lessons.

    Raises:
        UserError: a source cannot be read.
    """
    known = catalog.lessons(root)
    owners = [next((x for x in known if _belongs(file, x)), None) for file in files]
    wanted = known if None in owners else [lesson for lesson in known if lesson in owners]
    found = [
        fault(path, text, out)
        for lesson in wanted
        for path, text in build.texts_of(lesson, out).items()
    ]
    return [sentence for sentence in found if sentence]


def _belongs(file: Path, lesson: Lesson) -> bool:
    return file.parent.name == lesson.slug or file.stem == lesson.stem


if __name__ == "__main__":
    try:
        sentences = stale([Path(name) for name in sys.argv[1:]])
    except UserError as mistake:
        sentences = [str(mistake)]
    sys.exit("\n".join(sentences) or 0)
