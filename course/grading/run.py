"""A whole class: finds, grades and keeps every submission. Knows executors, not what runs in them.

Each result is a file of its own, written when it is done, so that nothing is lost whatever happens
to this process; reports are made from those files.
"""

import contextlib
import datetime
import hashlib
import multiprocessing.util
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from tqdm import tqdm

from course import __version__
from course.content import catalog
from course.errors import UserError
from course.grading import marks, people, record, session, submissions, tasks
from course.grading.record import Result, Task
from course.grading.submissions import File, Unreadable


class Settings(msgspec.Struct):
    """What decides a run's results, kept beside them."""

    seed: int
    seconds: float = 10.0
    memory: int = 2048
    way: str = "bubblewrap"
    points: str = ""
    root: str = ""


@dataclass
class Found:
    """What a run will grade, and what it will not.

    Args:
        files: (student, lesson) -> the file that counts.
        older: name of a file that does not count -> the newer one of the same student.
        refused: name of a file -> why it is no submission.
    """

    files: dict[tuple[str, str], File] = field(default_factory=dict)
    digests: dict[tuple[str, str], str] = field(default_factory=dict)
    older: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    who: people.Class = field(default_factory=people.Class)


def settings(out: Path, resume: bool, seed: int | None, **facts: Any) -> Settings:
    """The settings of a run, those of the interrupted one when it is resumed.

    Raises:
        UserError: the folder holds another run, or none to resume.
    """
    file = out / "run.json"
    if not resume:
        if file.exists():
            raise UserError(
                f"{out} holds a run already. --resume goes on with it; --out names another folder."
            )
        return Settings(secrets.randbits(32) if seed is None else seed, **facts)
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=Settings)
    except (OSError, msgspec.MsgspecError):
        raise UserError(f"{out} holds no run that could be resumed.") from None
    return Settings(kept.seed if seed is None else seed, **facts)


def survey(paths: list[Path], roster: dict[str, people.Person], lesson: str, root: str) -> Found:
    """Find the submissions, read each once, and say whose and of which lesson it is."""
    files, refused = submissions.find(paths)
    lessons = catalog.lessons(tasks.root(root))
    known = {name for x in lessons for name in (x.slug, x.stem)}
    found = Found(refused=refused, who=people.assign(files, roster, known))
    chosen = tasks.find(lesson, root) if lesson else None
    for file in files:
        student = found.who.students.get(file)
        if student is None:
            continue
        try:
            text = submissions.data(file)
            of = chosen or session.lesson_of(submissions.cells(text), file.name, lessons)
            if of is None:
                raise Unreadable("has no exercise of the course; --lesson says which was meant")
        except Unreadable as error:
            found.refused[file.name] = str(error)
            continue
        key = student, of.slug
        old = found.files.get(key)
        if old is not None and (old.time, old.name) > (file.time, file.name):
            found.older[file.name] = old.name
            continue
        if old is not None:
            found.older[old.name] = file.name
        found.files[key] = file
        found.digests[key] = hashlib.sha256(text).hexdigest()
    return found


def grade(
    found: Found,
    chosen: Settings,
    out: Path,
    executor: Callable[[], contextlib.AbstractContextManager[Executor | None]],
    jobs: int = 1,
) -> int:
    """Grade all that has no result yet; how many were graded now.

    Args:
        executor: where the work goes, entered when it begins; None for this very process.
        jobs: how many submissions it works on at once.
    """
    record.write(out / "run.json", msgspec.json.encode(chosen).decode() + "\n")
    todo = [key for key in found.files if not _is_done(key, found, chosen, out)]
    bar = tqdm(total=len(found.files), initial=len(found.files) - len(todo), unit="submission",
               disable=None, file=sys.stderr, dynamic_ncols=True)  # fmt: skip
    done = 0
    with bar:
        for result in _results(todo, found, chosen, executor, jobs) if todo else ():
            record.save(result, place(out, result.student, result.lesson))
            bar.set_postfix_str(people.printable(result.student)[:20], refresh=False)
            bar.update()
            done += 1
    return done


def _results(todo, found: Found, chosen: Settings, executor, jobs: int) -> Iterator[Result]:
    with executor() as pool:
        if pool is None:
            try:
                for key in todo:
                    yield tasks.grade(_task(key, found, chosen))
            finally:
                tasks.close()
            return
        waiting: set[Future[Result]] = set()
        left = iter(todo)
        while True:
            for key in left:  # a few ahead: memory must not grow with the class
                waiting.add(pool.submit(tasks.grade_anywhere, _task(key, found, chosen)))
                if len(waiting) >= 2 * jobs:
                    break
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def _task(key: tuple[str, str], found: Found, chosen: Settings) -> Task:
    student, lesson = key
    file = found.files[key]
    try:
        text = submissions.data(file)
    except Unreadable:  # gone since it was found
        text = b""
    return Task(
        student, people.printable(file.name), lesson, fingerprint(key, found, chosen),
        handed_in(file), text,
        chosen.seed, chosen.seconds, chosen.memory, chosen.way, chosen.points, chosen.root,
    )  # fmt: skip


def fingerprint(key: tuple[str, str], found: Found, chosen: Settings) -> str:
    """Of all that decides a result."""
    files = [path.read_bytes() for path in tasks.find(key[1], chosen.root).files]
    parts = [*key, found.files[key].name, found.digests[key], msgspec.json.encode(chosen).decode(),
             __version__, hashlib.sha256(b"\0".join(files)).hexdigest()]  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _is_done(key: tuple[str, str], found: Found, chosen: Settings, out: Path) -> bool:
    kept = record.load(place(out, *key))
    return kept is not None and kept.fingerprint == fingerprint(key, found, chosen)


def place(out: Path, student: str, lesson: str) -> Path:
    """Where a result is kept."""
    return out / lesson / "results" / f"{people.file_name(student)}.json"


def handed_in(file: File) -> str:
    """When a file was last changed, as nbgrader writes it; "" where it is not known."""
    if not file.time:
        return ""
    return f"{datetime.datetime.fromtimestamp(file.time, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"


@contextlib.contextmanager
def here() -> Iterator[None]:
    """No executor: one submission after another, in this process."""
    yield None


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """Processes of this machine. On Ctrl-C they end at once, and their sandboxes with them."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_deaf)
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


@contextlib.contextmanager
def dask(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster. Work of a worker that dies is done by another.

    Raises:
        UserError: dask.distributed is not installed, or nobody answers at this address.
    """
    try:
        from distributed import Client  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise UserError("--dask needs dask.distributed: pip install 'mlx-course[dask]'.") from None
    try:
        client = Client(address, timeout=20, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UserError(f"No Dask scheduler answers at {address}: {error}") from None
    with client:
        yield client.get_executor(pure=False, retries=2)


def _deaf() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C, and decides
    signal.signal(signal.SIGTERM, lambda *_: (tasks.close(), os._exit(143)))
    threading.Thread(target=_leave, daemon=True).start()
    # MLX's threads belong to a thread of ours, and do not like to be ended after it.
    multiprocessing.util.Finalize(None, os._exit, args=(0,), exitpriority=-100)


def _leave() -> None:
    """End when the grader was killed: nobody takes what we would find."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        tasks.close()
        os._exit(143)


def check_points(text: str, path: str, root: str) -> None:
    """Refuse a TOML of points that says what it should not, before anything is run.

    Raises:
        UserError: it does.
    """
    names = [name for x in catalog.lessons(tasks.root(root)) for name in x.names]
    marks.read(text, path, names)
