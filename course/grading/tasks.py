"""Grades one task, wherever it is: in this process, in a pool's, or on a Dask worker far away.

Keeps a plan and a sandbox for each lesson between tasks. A result is a function of its task.
"""

import multiprocessing.util
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from course.content import catalog
from course.errors import UserError
from course.grading import marks, sandbox, session, submissions
from course.grading.record import Result, Task

_ready: dict[tuple, tuple[session.Plan, sandbox.Sandbox]] = {}
_thread: ThreadPoolExecutor | None = None
_lock = threading.Lock()


def grade(task: Task) -> Result:
    """The result of one submission. Whatever it does, this returns.

    Raises:
        UserError: this machine cannot grade at all.
    """
    result = Result(task.student, task.file, task.lesson, task.fingerprint, task.handed_in)
    try:
        cells = submissions.cells(task.notebook)
    except submissions.Unreadable as error:
        result.refused = str(error)
        return result
    plan, box = _prepared(task)
    start, cpu = time.monotonic(), box.cpu + time.process_time()
    result.marks, result.failed = session.Session(box, plan, cells).grade()
    result.note, result.seconds = box.note, time.monotonic() - start
    result.cpu = box.cpu + time.process_time() - cpu
    return result


def grade_anywhere(task: Task) -> Result:
    """``grade`` from any thread of a process: MLX's arrays belong to the thread that made them."""
    global _thread
    with _lock:
        _thread = _thread or ThreadPoolExecutor(1)
    return _thread.submit(grade, task).result()


def close() -> None:
    """End the sandboxes of this process."""
    while _ready:
        _ready.popitem()[1][1].__exit__()


def _prepared(task: Task) -> tuple[session.Plan, sandbox.Sandbox]:
    key = (task.lesson, task.root, task.seed, task.points, task.seconds, task.memory, task.way)
    if key not in _ready:
        if not _ready:
            multiprocessing.util.Finalize(None, close, exitpriority=10)
        how = sandbox.way(task.way == "unsandboxed")
        lesson = find(task.lesson, task.root)
        everything = [n for x in catalog.lessons(root(task.root)) for n in x.names]
        points = marks.read(task.points, "The points", everything)
        plan = session.plan(lesson, task.seed, points, task.seconds)
        _ready[key] = plan, sandbox.Sandbox(plan.harness, how, task.memory)
    return _ready[key]


def root(text: str) -> Path | None:
    """The folder of lessons that a task names."""
    return Path(text) if text else None


def find(slug: str, place: str = "") -> catalog.Lesson:
    """The lesson of this name.

    Raises:
        UserError: there is none.
    """
    known = catalog.lessons(root(place))
    for lesson in known:
        if slug in (lesson.slug, lesson.stem):
            return lesson
    raise UserError(f"There is no lesson {slug}. There are: {', '.join(x.slug for x in known)}.")
