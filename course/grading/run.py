"""A whole class: finds, grades and keeps every submission. Knows executors, not what runs in them.

Each result is a file of its own, written when it is done: a kill half-way loses none of them.
Reports are made from those files.
"""

import contextlib
import datetime
import hashlib
import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from tqdm import tqdm

from course import __version__
from course.content import catalog
from course.errors import UserError
from course.grading import assignment, marks, people, record, submissions, tasks
from course.grading.record import Result, Task
from course.grading.submissions import File, Unreadable


class Settings(msgspec.Struct):
    """What decides a run's results, kept beside them.

    Args:
        seed: the teacher's.
        seconds: for one exercise.
        memory: megabytes for one submission.
        way: how submissions are kept apart; see course.grading.sandbox.way.
        points: the text of the TOML; see course.grading.marks.
        root: the folder of lessons, "" for the course's own.
    """

    seed: int
    seconds: float = 10.0
    memory: int = 2048
    way: str = "bubblewrap"
    points: str = ""
    root: str = ""


@dataclass
class Survey:
    """What a run will grade, and what it will not.

    Args:
        files: (student, lesson) -> the file that counts.
        digests: (student, lesson) -> hash of that file.
        older: name of a file that does not count -> the newer one of the same student.
        refused: name of a file -> why it is no submission.
        who: the students, and the files that are nobody's.
    """

    files: dict[tuple[str, str], File] = field(default_factory=dict)
    digests: dict[tuple[str, str], str] = field(default_factory=dict)
    older: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    who: people.Class = field(default_factory=people.Class)


def settings(out: Path, resume: bool, seed: int | None, **facts: Any) -> Settings:
    """The settings of a run.

    Args:
        out: the folder of its results.
        resume: whether it goes on with the run in that folder.
        seed: None for a new one, or for the resumed run's.
        facts: the other fields of ``Settings``.

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


def survey(paths: list[Path], roster: dict[str, people.Person], lesson: str, root: str) -> Survey:
    """The submissions, each read once: whose they are, and of which lesson.

    Args:
        paths: notebooks, folders of them, or zips.
        roster: see course.grading.people, {} without one.
        lesson: the slug of the lesson that all of them answer, "" where the exercises tell.
        root: the folder of lessons, "" for the course's own.

    Raises:
        UserError: there is no such lesson.
    """
    files, refused = submissions.find(paths)
    lessons = catalog.lessons(tasks.root(root))
    known = {name for x in lessons for name in (x.slug, x.stem)}
    made = Survey(refused=refused, who=people.assign(files, roster, known))
    chosen = tasks.find(lesson, root) if lesson else None
    for file in files:
        student = made.who.students.get(file)
        if student is None:
            continue
        try:
            text = submissions.data(file)
            of = chosen or assignment.lesson_of(submissions.cells(text), file.name, lessons)
            if of is None:
                raise Unreadable("has no exercise of the course; --lesson says which was meant")
        except Unreadable as error:
            made.refused[file.name] = str(error)
            continue
        key = student, of.slug
        old = made.files.get(key)
        if old is not None and (old.time, old.name) > (file.time, file.name):
            made.older[file.name] = old.name
            continue
        if old is not None:
            made.older[old.name] = file.name
        made.files[key] = file
        made.digests[key] = hashlib.sha256(text).hexdigest()
    return made


def grade(
    survey: Survey,
    chosen: Settings,
    out: Path,
    executor: Callable[[], contextlib.AbstractContextManager[Executor | None]],
    jobs: int = 1,
) -> int:
    """Grade all that has no result yet. Returns how many were graded now.

    Args:
        survey: what there is to grade.
        chosen: the settings of the run.
        out: the folder of its results.
        executor: one of course.grading.executors.
        jobs: how many submissions it works on at once.
    """
    record.write(out / "run.json", msgspec.json.encode(chosen).decode() + "\n")
    todo = [key for key in survey.files if not _is_done(key, survey, chosen, out)]
    bar = tqdm(
        total=len(survey.files),
        initial=len(survey.files) - len(todo),
        unit="submission",
        disable=None,
        file=sys.stderr,
        dynamic_ncols=True,
    )
    done = 0
    with bar:
        for result in _results(todo, survey, chosen, executor, jobs) if todo else ():
            record.save(result, place(out, result.student, result.lesson))
            bar.set_postfix_str(people.printable(result.student)[:20], refresh=False)
            bar.update()
            done += 1
    return done


def _results(todo, survey: Survey, chosen: Settings, executor, jobs: int) -> Iterator[Result]:
    with executor() as pool:
        if pool is None:
            try:
                for key in todo:
                    yield tasks.grade(_task(key, survey, chosen))
            finally:
                tasks.close()
            return
        waiting: set[Future[Result]] = set()
        left = iter(todo)
        while True:
            for key in left:  # a few ahead: memory must not grow with the class
                waiting.add(pool.submit(tasks.grade_anywhere, _task(key, survey, chosen)))
                if len(waiting) >= 2 * jobs:
                    break
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def _task(key: tuple[str, str], survey: Survey, chosen: Settings) -> Task:
    student, lesson = key
    file = survey.files[key]
    try:
        text = submissions.data(file)
    except Unreadable:  # it is gone since the survey
        text = b""
    return Task(
        student=student,
        file=people.printable(file.name),
        lesson=lesson,
        fingerprint=fingerprint(key, survey, chosen),
        handed_in=handed_in(file),
        notebook=text,
        seed=chosen.seed,
        seconds=chosen.seconds,
        memory=chosen.memory,
        way=chosen.way,
        points=chosen.points,
        root=chosen.root,
    )


def fingerprint(key: tuple[str, str], survey: Survey, chosen: Settings) -> str:
    """A hash of all that decides a result.

    Args:
        key: (student, lesson).
        survey: what there is to grade.
        chosen: the settings of the run.
    """
    sources = [path.read_bytes() for path in tasks.find(key[1], chosen.root).files]
    parts = [
        *key,
        survey.files[key].name,
        survey.digests[key],
        msgspec.json.encode(chosen).decode(),
        __version__,
        hashlib.sha256(b"\0".join(sources)).hexdigest(),
    ]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _is_done(key: tuple[str, str], survey: Survey, chosen: Settings, out: Path) -> bool:
    kept = record.load(place(out, *key))
    return kept is not None and kept.fingerprint == fingerprint(key, survey, chosen)


def place(out: Path, student: str, lesson: str) -> Path:
    """The file of a result.

    Args:
        out: the folder of the run's results.
        student: whose it is.
        lesson: its slug.
    """
    return out / lesson / "results" / f"{people.file_name(student)}.json"


def handed_in(file: File) -> str:
    """When a file was last changed, as nbgrader writes it; "" where it is not known."""
    if not file.time:
        return ""
    return f"{datetime.datetime.fromtimestamp(file.time, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"


def check_points(text: str, path: str, root: str) -> None:
    """Read a TOML of points before anything is run.

    Args:
        text: of the file.
        path: what messages call it.
        root: the folder of lessons, "" for the course's own.

    Raises:
        UserError: it does not say what it should.
    """
    names = [name for lesson in catalog.lessons(tasks.root(root)) for name in lesson.names]
    marks.read(text, path, names)
