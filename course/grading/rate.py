"""How fast the grader is, and what the sandbox costs. For `bench`; a process for each figure.

python -m course.grading.rate LESSONS NOTEBOOK COUNT JOBS
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from course.content import assemble, catalog
from course.grading import executors, framing, protocol, record, run, sandbox
from course.grading.protocol import Start


def measure(lessons: Path, notebook: Path, counts: dict[str, int], jobs: int) -> dict[str, Any]:
    """What it takes to start a sandbox ("room"), and to grade copies of one notebook.

    Args:
        lessons: the folder of lessons.
        notebook: right answers to all exercises of one lesson.
        counts: name of a measurement -> how many copies are graded.
        jobs: processes that grade.
    """
    measured: dict[str, Any] = {"room": room(lessons)}
    for name, count in counts.items():
        command = [sys.executable, "-m", "course.grading.rate", str(lessons.resolve())]
        command += [str(notebook.resolve()), str(count), str(jobs)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        measured[name] = json.loads(done.stdout)
    return measured


def room(lessons: Path, times: int = 30) -> dict[str, float]:
    """Seconds from nothing to one empty submission ("first"), and for each after it ("median").

    Args:
        lessons: the folder of lessons; the first one is used.
        times: how many submissions the median is of.
    """
    lesson = catalog.lessons(lessons)[0]
    with sandbox.Sandbox(assemble.harness(lesson), sandbox.way()) as box:
        seconds = []
        for _ in range(times + 1):
            start = time.perf_counter()
            channel = box.open()
            channel.sendall(protocol.encode(Start("", [], [], 1.0)))
            protocol.reply(framing.receive(channel, time.monotonic() + 60))
            box.end()
            seconds.append(time.perf_counter() - start)
    return {"first": seconds[0], "median": statistics.median(seconds[1:])}


def copies(lessons: str, notebook: str, count: int, jobs: int) -> dict[str, float]:
    """What it takes to grade copies of a notebook: seconds, CPU-seconds, megabytes.

    Args:
        lessons: the folder of lessons.
        notebook: right answers to all exercises of one lesson.
        count: how many copies.
        jobs: processes that grade; 1 for this one.
    """
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, "in")
        folder.mkdir()
        text = Path(notebook).read_bytes()
        for i in range(count):
            (folder / f"student{i:04}.ipynb").write_bytes(text)
        chosen = run.Settings(7, way=sandbox.way(), root=lessons)
        place = executors.here if jobs == 1 else lambda: executors.processes(jobs)
        wall = time.perf_counter()
        survey = run.survey([folder], {}, "", lessons)
        run.grade(survey, chosen, Path(home, "out"), place, jobs)
        wall = time.perf_counter() - wall
        kept = [record.load(path) for path in Path(home).rglob("results/*.json")]
    results = [result for result in kept if result is not None]
    assert len(results) == count
    assert all(result.points == result.of for result in results), "right answers lost points"
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    grader, largest = [resource.getrusage(each).ru_maxrss / 1024 for each in who]
    return {
        "count": count,
        "jobs": jobs,
        "seconds": wall,
        "CPU seconds": sum(result.cpu for result in results),
        "MB, grader": grader,
        "MB, largest process": largest,
    }


if __name__ == "__main__":
    print(json.dumps(copies(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
