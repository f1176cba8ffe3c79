"""Finds submissions, and reads the code cells of each. Runs nothing and trusts no file.

Knows folders, zips and all versions of notebooks. A file that cannot be read is refused with its
name and the reason; the others are not affected. Nothing is unpacked to disk.
"""

import datetime
import os
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

MOST_BYTES = 64 << 20  # of one notebook, its saved outputs included
MOST_CODE = 4 << 20  # characters in all code cells of one notebook
MOST_CELLS = 2_000
MOST_ENTRIES = 20_000
MOST_ZIP = 8 << 30  # bytes of all notebooks in one zip
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # or opening a pipe that nobody writes to would wait
_JUNK = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git"}


class Unreadable(Exception):
    """Why a file is no submission, as the rest of a sentence that begins with its name."""


@dataclass(frozen=True)
class File:
    """One submitted notebook.

    Args:
        name: the path that was given, or the part of it below that folder or inside that zip.
        path: the file on disk: the notebook, or the zip that holds it.
        entry: its name inside the zip; "" for a file.
        time: when it was last changed, for telling the newer of two.
    """

    name: str
    path: Path
    entry: str = ""
    time: float = 0.0


def find(paths: list[Path]) -> tuple[list[File], dict[str, str]]:
    """All notebooks in these files, folders and zips, in order of name; and name -> why refused."""
    files: list[File] = []
    refused: dict[str, str] = {}
    for path in paths:
        if path.is_symlink() and not path.is_dir():
            refused[str(path)] = "is a link"
        elif path.is_dir():
            _folder(path, files, refused)
        elif path.suffix.lower() == ".zip" and path.is_file():
            _zip(path, files, refused)
        elif not os.path.lexists(path):
            refused[str(path)] = "is not there"
        else:
            files.append(File(path.name, path, time=path.stat().st_mtime))
    return sorted(files, key=lambda file: (file.name, str(file.path))), refused


def _folder(folder: Path, files: list[File], refused: dict[str, str]) -> None:
    for place, folders, names in os.walk(folder):  # does not follow links
        folders[:] = sorted(name for name in folders if name not in _JUNK)
        for name in sorted(names):
            path = Path(place, name)
            inner = path.relative_to(folder).as_posix()
            if name.lower().endswith(".zip") and path.is_file() and not path.is_symlink():
                _zip(path, files, refused, f"{inner.removesuffix(path.suffix)}/")
            elif name.lower().endswith(".ipynb"):
                if path.is_symlink():
                    refused[inner] = "is a link"
                else:
                    files.append(File(inner, path, time=path.lstat().st_mtime))
        for name in folders:
            if (path := Path(place, name)).is_symlink():
                refused[path.relative_to(folder).as_posix()] = "is a link"


def _zip(path: Path, files: list[File], refused: dict[str, str], prefix: str = "") -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RecursionError):
        refused[prefix.rstrip("/") or str(path)] = "is no zip that can be read"
        return
    if len(entries) > MOST_ENTRIES:
        refused[prefix.rstrip("/") or str(path)] = f"has more than {MOST_ENTRIES:,} entries"
        return
    total = 0
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        if entry.is_dir() or not name.lower().endswith(".ipynb") or _JUNK & set(parts):
            continue
        if ".." in parts or name.startswith("/") or re.match(r"[A-Za-z]:", name):
            refused[prefix + name] = "leads out of its zip"
        elif stat.S_ISLNK(entry.external_attr >> 16):
            refused[prefix + name] = "is a link"
        elif entry.file_size > MOST_BYTES:
            refused[prefix + name] = _too_large(entry.file_size)
        elif (total := total + entry.file_size) > MOST_ZIP:
            refused[prefix + name] = f"is in a zip with more than {MOST_ZIP >> 20:,} MB before it"
        else:
            files.append(File(prefix + name, path, entry.filename, _time(entry)))


def _time(entry: zipfile.ZipInfo) -> float:
    with suppress(ValueError, OverflowError):
        return datetime.datetime(*entry.date_time, tzinfo=datetime.UTC).timestamp()
    return 0.0


def data(file: File) -> bytes:
    """The bytes of a notebook, never more than MOST_BYTES.

    Raises:
        Unreadable: it cannot be read, or is too large.
    """
    try:
        if file.entry:
            with zipfile.ZipFile(file.path) as archive, archive.open(file.entry) as stream:
                text = stream.read(MOST_BYTES + 1)
        else:
            fd = os.open(file.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | _NONBLOCK)
            with os.fdopen(fd, "rb") as stream:
                facts = os.fstat(fd)
                if not stat.S_ISREG(facts.st_mode):
                    raise Unreadable("is no ordinary file")
                if facts.st_size > MOST_BYTES:
                    raise Unreadable(_too_large(facts.st_size))
                text = stream.read(MOST_BYTES + 1)
    except Unreadable:
        raise
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RuntimeError, EOFError) as error:
        raise Unreadable(f"cannot be read ({type(error).__name__})") from None
    except Exception as error:  # zlib and other decoders have classes of their own
        raise Unreadable(f"is damaged ({type(error).__name__})") from None
    if len(text) > MOST_BYTES:
        raise Unreadable(_too_large(len(text)))
    return text


_NONE = msgspec.Raw(b'""')


class _Cell(msgspec.Struct):
    cell_type: msgspec.Raw = _NONE
    source: msgspec.Raw = _NONE
    input: msgspec.Raw = _NONE  # of nbformat 3


class _Sheet(msgspec.Struct):
    cells: list[_Cell] = []


class _Notebook(msgspec.Struct):
    """Only what is needed: all else in the file is skipped without being built."""

    cells: list[_Cell] | None = None
    worksheets: list[_Sheet] | None = None


def cells(text: bytes) -> list[str]:
    """The code cells of a notebook.

    Raises:
        Unreadable: it is no notebook.
    """
    notebook = _parse(text)
    raw = notebook.cells
    if raw is None:
        if notebook.worksheets is None:
            raise Unreadable("is no notebook: it has no cells")
        raw = [cell for sheet in notebook.worksheets for cell in sheet.cells]
    code = [_text(cell) for cell in raw if bytes(cell.cell_type) == b'"code"']
    if len(code) > MOST_CELLS or sum(map(len, code)) > MOST_CODE:
        raise Unreadable(f"has more code than {MOST_CELLS:,} cells or {MOST_CODE:,} characters")
    return code


def _parse(text: bytes) -> _Notebook:
    for encoding in ("utf-8-sig", "utf-16", "utf-8-sig, damaged"):
        if encoding == "utf-16" and text[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        name, _, damaged = encoding.partition(",")
        try:
            plain = text.decode(name, "replace" if damaged else "strict")
        except UnicodeDecodeError:
            continue
        try:
            return msgspec.json.decode(plain, type=_Notebook)
        except RecursionError:
            raise Unreadable("is nested too deeply") from None
        except msgspec.MsgspecError as error:
            # JSON has no NaN, but Python writes it into outputs.
            if re.search(r"\b(NaN|Infinity)\b", plain) and "malformed" in str(error):
                calm = re.sub(r"(?<=[\s\[:,])-?(NaN|Infinity)(?=\s*[,\]}])", "null", plain)
                try:
                    return msgspec.json.decode(calm, type=_Notebook)
                except (msgspec.MsgspecError, RecursionError):
                    pass
            raise Unreadable("is no notebook: its JSON is damaged") from None
    raise Unreadable("is no notebook: it is no text")


def _text(cell: _Cell) -> str:
    """A cell's code as one text, with the line ends that Python has."""
    raw = cell.input if bytes(cell.source) == b'""' else cell.source
    try:
        parts = msgspec.json.decode(raw, type=str | list[str])
    except (msgspec.MsgspecError, RecursionError):
        return ""  # it is no code
    return "".join(parts).replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def _too_large(size: int) -> str:
    return f"has {size / 2**20:,.0f} MB; the most is {MOST_BYTES >> 20}"


def defined(code: list[str], names: Sequence[str]) -> dict[str, str]:
    """Exercise -> the last cell that defines it, told by its text: nothing is parsed or run.

    Args:
        code: the code cells.
        names: of the exercises.
    """
    defining = {}
    for cell in code:
        for name in _defined_in(cell):
            if name in names:
                defining[name] = cell
    return defining


def _defined_in(cell: str) -> Iterator[str]:
    for match in re.finditer(r"^(?:async )?(?:def|class)[ \t]+(\w+)|^(\w+)[ \t]*=", cell, re.M):
        yield match[1] or match[2]
