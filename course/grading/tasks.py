"""Grades one task: in this process, in one of a pool, or on a Dask worker of another machine.

Keeps an assignment and a sandbox for each lesson between tasks. A task alone decides its result.
"""

import multiprocessing.util
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from course.content import catalog
from course.errors import UserError
from course.grading import assignment, marks, sandbox, session, submissions
from course.grading.record import Result, Task

_ready: dict[tuple, tuple[assignment.Assignment, sandbox.Sandbox]] = {}
_thread: ThreadPoolExecutor | None = None
_lock = threading.Lock()


def grade(task: Task) -> Result:
    """The result of one submission. Nothing that a submission does makes this raise.

    Raises:
        UserError: this machine cannot grade at all.
    """
    result = Result(task.student, task.file, task.lesson, task.fingerprint, task.handed_in)
    try:
        cells = submissions.cells(task.notebook)
    except submissions.Unreadable as error:
        result.refused = str(error)
        return result
    asked, box = _prepared(task)
    start, cpu = time.monotonic(), box.cpu + time.process_time()
    result.marks, result.failed = session.Session(box, asked, cells).grade()
    result.note, result.seconds = box.note, time.monotonic() - start
    result.cpu = box.cpu + time.process_time() - cpu
    return result


def grade_anywhere(task: Task) -> Result:
    """``grade`` for any thread of a process: MLX's arrays belong to the thread that made them."""
    global _thread
    with _lock:
        _thread = _thread or ThreadPoolExecutor(1)
    return _thread.submit(grade, task).result()


def close() -> None:
    """End the sandboxes of this process."""
    while _ready:
        _ready.popitem()[1][1].__exit__()


def _prepared(task: Task) -> tuple[assignment.Assignment, sandbox.Sandbox]:
    key = (task.lesson, task.root, task.seed, task.points, task.seconds, task.memory, task.way)
    if key not in _ready:
        if not _ready:
            multiprocessing.util.Finalize(None, close, exitpriority=10)
        how = sandbox.way(task.way == "unsandboxed")
        lesson = find(task.lesson, task.root)
        everything = [name for each in catalog.lessons(root(task.root)) for name in each.names]
        points = marks.read(task.points, "The points", everything)
        asked = assignment.prepare(lesson, task.seed, points, task.seconds)
        _ready[key] = asked, sandbox.Sandbox(asked.harness, how, task.memory)
    return _ready[key]


def root(text: str) -> Path | None:
    """The folder of lessons that a task names; None for the course's own."""
    return Path(text) if text else None


def find(slug: str, place: str = "") -> catalog.Lesson:
    """The lesson of this name.

    Args:
        slug: of the lesson, or its number and slug.
        place: the folder of lessons, "" for the course's own.

    Raises:
        UserError: there is none.
    """
    known = catalog.lessons(root(place))
    for lesson in known:
        if slug in (lesson.slug, lesson.stem):
            return lesson
    raise UserError(f"There is no lesson {slug}. There are: {', '.join(x.slug for x in known)}.")
