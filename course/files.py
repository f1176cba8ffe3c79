"""Writes a file whole or not at all: a reader sees the old file or the new one, never a part.

Imports only the standard library: it is used before anything else is installed.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to; when the block ends it takes the place of ``path``.

    If the block raises, ``path`` stays as it was and nothing is left beside it. Several processes
    may do this at once: each has a name of its own, and the last one stays.

    Args:
        path: the file to make or to replace; its folder is there.

    Raises:
        OSError: the disk refuses.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield new
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Write a text file whole or not at all, in UTF-8, with the line ends that the text has.

    Args:
        path: the file; its folder is made if need be.
        text: all of its content.

    Raises:
        OSError: the disk refuses; the old file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as new, open(new, "x", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # or the new name may come to the disk before the text does
