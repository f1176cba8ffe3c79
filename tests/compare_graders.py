"""nbgrader, otter-grader and mlx-course on the same submissions, in one run. Not a test.

    .venv/bin/python tests/compare_graders.py [COUNT] [FOLDER]

Installs the other two into environments of their own (needs uv and the network), grades COUNT
copies of six right answers and of six wrong ones with each, one after the other, and prints
CPU-seconds a submission. The others get two asserts an exercise, which is less than ours do.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import hostile
import nbformat
from grading import LESSONS, notebook
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parent.parent
IMPORTS = "import mlx.core as mx\nimport mlx.nn as nn\nimport numpy as np"
ASSERTS = {
    "scale": "np.array(scale(mx.array([1.0, 2.0]), 3.0)).tolist() == [3.0, 6.0]",
    "mm": "np.array(mm(mx.array([[1.0, 2.0]]), mx.array([[3.0], [4.0]]))).tolist() == [[11.0]]",
    "softmax_rows": "abs(float(softmax_rows(mx.zeros((2, 4)))[0, 0]) - 0.25) < 1e-6",
    "Affine": "Affine(3, 2)(mx.ones((4, 3))).shape == (4, 2)",
    "lazy": "lazy == 1",
    "total": "float(total([mx.array(1.0), mx.array(2.0)])) == 3.0",
}


def main() -> None:
    """Make the environments once, then grade."""
    if not shutil.which("uv"):
        raise SystemExit("uv was not found: it makes the environments of the others. Install it.")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else "compare-graders").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("nbgrader", "otter-grader"):
        _environment(folder / name, name)
    for kind, answers in (("right", hostile.RIGHT), ("wrong", hostile.NONE)):
        ours = 0.0
        for name, grader in (
            ("mlx-course", lambda answers, at: _ours(at, answers, count)),
            ("nbgrader", lambda answers, at: _nbgrader(folder / "nbgrader", at, answers, count)),
            ("otter", lambda answers, at: _otter(folder / "otter-grader", at, answers, count)),
        ):
            cpu, wall, points = grader(answers, folder / f"{name}-{kind}")
            ours = ours or cpu
            print(f"{kind:6} {name:10} {cpu / count:7.3f} CPU-s {wall / count:7.3f} s each, "
                  f"{cpu / ours:6.1f} times ours; points {points}", flush=True)  # fmt: skip


def _environment(home: Path, package: str) -> None:
    if (home / "done").exists():
        return
    subprocess.run(["uv", "venv", "-q", "--clear", home], check=True)
    wanted = [package, "mlx[cpu]", "numpy", "ipykernel"]
    subprocess.run(["uv", "pip", "install", "-q", "--python", home / "bin" / "python", *wanted],
                   check=True)  # fmt: skip
    (home / "done").touch()


def _timed(command, cwd, home=None):
    """(CPU-seconds with those of all descendants, wall seconds, what it printed)."""
    env = dict(os.environ)
    if home:
        env |= {"PATH": f"{home / 'bin'}:{env['PATH']}", "VIRTUAL_ENV": str(home),
                "JUPYTER_DATA_DIR": str(home / "data")}  # fmt: skip
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([str(x) for x in command], cwd=cwd, env=env, capture_output=True,
                          text=True)  # fmt: skip
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, done.stdout + done.stderr


def _ours(folder: Path, answers, count: int):
    """Our CPU-seconds are counted in the results too: the sandbox's processes are not children."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    for i in range(count):
        (folder / "in" / f"s{i}.ipynb").write_bytes(notebook(hostile.cells(answers)))
    out = folder / f"out-{time.time_ns()}"
    command = [sys.executable, "-m", "course.cli", "grade", folder / "in", "--out", out,
               "--jobs", 1, "--formats", "csv,json,html,feedback"]  # fmt: skip
    os.environ["MLX_COURSE_LESSONS"] = str(LESSONS)
    cpu, wall, _ = _timed(command, ROOT)
    results = [json.loads(path.read_text()) for path in out.rglob("results/*.json")]
    inside = sum(max(0.0, result["cpu"]) for result in results)
    points = {sum(mark["points"] for mark in result["marks"]) for result in results}
    return cpu + inside, wall, points


def _nbgrader(home: Path, folder: Path, answers, count: int):
    release = folder / "source" / "ps1" / "p.ipynb"
    release.parent.mkdir(parents=True, exist_ok=True)
    config = "c = get_config()\nc.CourseDirectory.course_id = 'x'\n"
    (folder / "nbgrader_config.py").write_text(config)
    nbformat.write(_locked(hostile.NONE), release)
    _timed([home / "bin" / "nbgrader", "generate_assignment", "ps1", "--force"], folder, home)
    for i in range(count):
        path = folder / "submitted" / f"s{i}" / "ps1" / "p.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(_locked(answers), path)
    command = [home / "bin" / "nbgrader", "autograde", "ps1", "--force"]
    cpu, wall, _ = _timed(command, folder, home)
    _timed([home / "bin" / "nbgrader", "export"], folder, home)
    lines = (folder / "grades.csv").read_text().splitlines()[1:]
    return cpu, wall, {line.split(",")[-2] for line in lines}


def _locked(answers):
    """A notebook as nbgrader has it: solution cells, and locked tests of two points."""
    made = new_notebook(cells=[new_code_cell(IMPORTS)])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, text in answers.items():
        for points, code in ((0, text), (2, f"assert {ASSERTS[name]}")):
            cell = new_code_cell(code)
            cell.metadata["nbgrader"] = {
                "grade": bool(points), "grade_id": f"{name}{points}", "locked": bool(points),
                "schema_version": 3, "solution": not points, "task": False,
            } | ({"points": points} if points else {})  # fmt: skip
            made.cells.append(cell)
    return made


def _otter(home: Path, folder: Path, answers, count: int):
    (folder / "tests").mkdir(parents=True, exist_ok=True)
    for name, test in ASSERTS.items():
        case = {"code": f">>> assert {test}\n", "hidden": False, "locked": False}
        suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        text = f"OK_FORMAT = True\n\ntest = { ({'name': name, 'points': 2, 'suites': [suite]})!r}\n"
        (folder / "tests" / f"{name}.py").write_text(text)
    zipped = folder / "autograder.zip"
    otter = home / "bin" / "otter"
    _timed([otter, "generate", "-t", "tests", "-o", zipped], folder, home)
    code = [IMPORTS]
    for name, text in answers.items():
        code += [text, f'grader.check("{name}")']
    start = "import otter\ngrader = otter.Notebook()"
    made = new_notebook(cells=[new_code_cell(text) for text in [start, *code]])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, folder / "p.ipynb")
    cpu = wall = 0.0
    points = set()
    for i in range(min(count, 3)):  # one process a submission: three are enough to know
        (folder / f"out{i}").mkdir(exist_ok=True)
        used, took, said = _timed([otter, "run", "-a", zipped, "-o", f"out{i}", "p.ipynb"], folder,
                                  home)  # fmt: skip
        cpu, wall = cpu + used, wall + took
        points |= set(re.findall(r'"score": ([\d.]+)', said))
        file = folder / f"out{i}" / "results.json"
        if file.exists():
            points.add(sum(t.get("score", 0) for t in json.loads(file.read_text())["tests"]))
    scale = count / min(count, 3)
    return cpu * scale, wall * scale, points


if __name__ == "__main__":
    main()
