"""Which lessons a contributor's changes concern. Knows git; does not know what verify is."""

import subprocess
from pathlib import Path

from course.content import catalog

ALWAYS = ("00", "02")  # the lessons that stand for all of them
# Changed here, every lesson may be broken; the lessons that stand for all of them are looked at.
EVERYWHERE = ("course/checking/", "course/content/")


def lessons(root: Path) -> list[str]:
    """Slugs of the lessons to look at, in the course's order.

    Those with a file that differs from where this branch left main, committed or not. Lessons 00
    and 02 too where `checking/` or `content/` changed; those two alone where git cannot say.

    Args:
        root: the repository.
    """
    files = _files(root)
    chosen = []
    for lesson in catalog.lessons():
        made = tuple(
            f"{folder}/{lesson.stem}." for folder in ("notebooks", "exercises", "solutions")
        )
        mine = (f"course/lessons/{lesson.slug}/", *made)
        if lesson.number in ALWAYS:
            mine += EVERYWHERE
        if lesson.number in ALWAYS if files is None else any(x.startswith(mine) for x in files):
            chosen.append(lesson.slug)
    return chosen


def _files(root: Path) -> list[str] | None:
    """Paths that changed since the merge base, or are new; None where git cannot say."""
    base = _git(root, "merge-base", "HEAD", "origin/main") or _git(
        root, "merge-base", "HEAD", "main"
    )
    if not base:
        return None
    since = _git(root, "diff", "--name-only", "-z", base[0])
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return None if since is None or new is None else since + new


def _git(root: Path, *arguments: str) -> list[str] | None:
    """What git says, in parts; None where there is no git, no repository, or no such branch."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except OSError:
        return None
    return None if done.returncode else [part for part in done.stdout.strip().split("\0") if part]
