"""Others' answers to keep_adapter."""

import os
import tempfile
from pathlib import Path

from course.author.answers import right, wrong


@right("os.replace, finally")
def _(save, path: Path, arrays: dict) -> None:
    part = os.path.join(os.path.dirname(path), f"part-{os.getpid()}.safetensors")
    try:
        save(part, arrays)
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)


@right("a temporary folder inside")
def _(save, path, arrays):
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        new = Path(folder) / path.name
        save(str(new), arrays)
        os.replace(new, path)


@right("stem with a suffix")
def _(save, path, arrays):
    temp = path.with_stem(path.stem + "_tmp")
    try:
        save(temp.as_posix(), arrays)
        temp.rename(path)
    except Exception:
        temp.unlink(missing_ok=True)
        raise


@wrong("old one away first", named="renamed_and_back")
def _(save, path, arrays):
    old = path.with_name("old.safetensors")
    if path.exists():
        path.rename(old)
    try:
        save(str(path), arrays)
    except BaseException:
        path.unlink(missing_ok=True)
        if old.exists():
            old.rename(path)
        raise
    old.unlink(missing_ok=True)


@wrong("back-up copy, restored on error", named="kept_in_memory")
def _(save, path, arrays):
    before = path.read_bytes() if path.exists() else None
    try:
        save(str(path), arrays)
    except BaseException:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(before)
        raise


@wrong("half a file left", named="part_left")
def _(save, path, arrays):
    new = path.with_name("new.safetensors")
    save(str(new), arrays)
    new.replace(path)


@wrong("error swallowed", named="error_swallowed")
def _(save, path, arrays):
    new = path.with_name("new.safetensors")
    try:
        save(str(new), arrays)
        new.replace(path)
    except Exception:
        new.unlink(missing_ok=True)


@right("a Path given to save, which mx.save_safetensors takes")
def _(save, path, arrays):
    new = path.with_name("new.safetensors")
    try:
        save(new, arrays)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


@wrong("copied: two files stay", named="copied_not_moved")
def _(save, path, arrays):
    new = path.with_name("new.safetensors")
    try:
        save(str(new), arrays)
        path.write_bytes(new.read_bytes())
    except BaseException:
        new.unlink(missing_ok=True)
        raise


@wrong("deletes the target before the rename, and a failure first", named="deleted_first")
def _(save, path, arrays):
    new = path.with_name("new.safetensors")
    path.unlink(missing_ok=True)
    try:
        save(str(new), arrays)
        new.rename(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
