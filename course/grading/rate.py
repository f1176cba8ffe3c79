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
from course.grading import protocol, record, run, sandbox
from course.grading.protocol import Start


def measure(lessons: Path, notebook: Path, counts: dict[str, int], jobs: int) -> dict[str, Any]:
    """Copies of one notebook graded by ``jobs`` processes; name of a count -> what it took."""
    found: dict[str, Any] = {"room": room(lessons)}
    for name, count in counts.items():
        command = [sys.executable, "-m", "course.grading.rate", str(lessons.resolve())]
        command += [str(notebook.resolve()), str(count), str(jobs)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[name] = json.loads(done.stdout)
    return found


def room(lessons: Path, times: int = 30) -> dict[str, float]:
    """Seconds to start the fork server, and for one empty submission in it, made and ended."""
    lesson = catalog.lessons(lessons)[0]
    with sandbox.Sandbox(assemble.harness(lesson), sandbox.way()) as box:
        seconds = []
        for _ in range(times + 1):
            start = time.perf_counter()
            line = box.open()
            line.sendall(protocol.encode(Start("", [], [], 1.0)))
            protocol.decode(protocol.receive(line, time.monotonic() + 60))
            box.end()
            seconds.append(time.perf_counter() - start)
    return {"first": seconds[0], "median": statistics.median(seconds[1:])}


def copies(lessons: str, notebook: str, count: int, jobs: int) -> dict[str, float]:
    """Grade so many copies of a notebook: seconds, CPU-seconds, megabytes."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, "in")
        folder.mkdir()
        text = Path(notebook).read_bytes()
        for i in range(count):
            (folder / f"student{i:04}.ipynb").write_bytes(text)
        chosen = run.Settings(7, way=sandbox.way(), root=lessons)
        place = run.here if jobs == 1 else lambda: run.processes(jobs)
        wall = time.perf_counter()
        found = run.survey([folder], {}, "", lessons)
        run.grade(found, chosen, Path(home, "out"), place, jobs)
        wall = time.perf_counter() - wall
        kept = [record.load(path) for path in Path(home).rglob("results/*.json")]
    results = [result for result in kept if result is not None]
    assert len(results) == count
    assert all(result.points == result.of for result in results), "right answers lost points"
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in _WHO]
    cpu = sum(result.cpu for result in results)
    return {"count": count, "jobs": jobs, "seconds": wall, "CPU seconds": cpu,
            "MB, grader": peaks[0], "MB, largest process": peaks[1]}  # fmt: skip


_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


if __name__ == "__main__":
    print(json.dumps(copies(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
