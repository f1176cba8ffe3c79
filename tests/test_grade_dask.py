"""A class graded on a real Dask cluster of two workers, one of which is killed half-way."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import hostile
import psutil
import pytest
from grading import LESSONS, notebook

from course.grading import executors, record, run

pytestmark = [pytest.mark.needs("sandbox"), pytest.mark.slow]


@pytest.fixture
def cluster(tmp_path):
    """A scheduler's address, and the processes of its two workers."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=str(tmp_path / "dask"),
        silence_logs=50,
    ) as made:
        yield made


def call(path, out, address):
    """`grade` on a cluster."""
    command = [sys.executable, "-m", "course.cli", "grade", path, "--out", out, "--dask", address]
    environment = {**os.environ, "MLX_COURSE_LESSONS": str(LESSONS)}
    folder = Path(__file__).parent.parent
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_nothing_is_lost_and_nothing_graded_twice(cluster, tmp_path, monkeypatch):
    folder, out, count = tmp_path / "in", tmp_path / "out", 12
    folder.mkdir()
    slow = hostile.plus("import time; time.sleep(0.3)")
    for i in range(count):
        (folder / f"student{i:02}.ipynb").write_bytes(notebook(slow))
    saved = Counter()
    save = record.save

    def count_saves(result, path):
        saved[result.student] += 1
        save(result, path)
        if saved.total() == 3:  # half-way: kill -9 the process of one worker
            worker = next(iter(cluster.workers.values()))
            psutil.Process(worker.pid).kill()

    monkeypatch.setattr(record, "save", count_saves)
    chosen = run.Settings(3, 5.0, 2048, "bubblewrap", "points = 2", str(LESSONS))
    survey = run.survey([folder], {}, "", str(LESSONS))
    done = run.grade(survey, chosen, out, lambda: executors.dask(cluster.scheduler_address), 4)
    assert done == count
    assert saved == Counter({f"student{i:02}": 1 for i in range(count)})
    kept = [record.load(path) for path in sorted(out.rglob("results/*.json"))]
    assert [result.points for result in kept] == [12] * count


def test_a_class_on_a_cluster_is_as_one_at_home(cluster, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "anna.ipynb").write_bytes(notebook(hostile.cells(hostile.RIGHT)))
    done = call(folder, tmp_path / "out", cluster.scheduler_address)
    assert done.returncode == 0, done.stderr
    assert record.load(tmp_path / "out" / "ps1" / "results" / "anna.json").points == 6


def test_nobody_answers(tmp_path):
    (tmp_path / "anna.ipynb").write_bytes(notebook(hostile.cells(hostile.RIGHT)))
    done = call(tmp_path / "anna.ipynb", tmp_path / "out", "tcp://127.0.0.1:9")
    assert done.returncode == 1
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
