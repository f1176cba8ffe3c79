"""Every submission of the corpus gets the mark it has earned, and harms nobody."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import hostile
import pytest
from grading import LESSONS, grade, passed

from course.content import catalog, source
from course.grading import sandbox_files, session, tasks

pytestmark = [pytest.mark.needs("sandbox"), pytest.mark.slow]
SECRET = "the grader's own, and nobody else's"


@pytest.fixture(scope="module", autouse=True)
def room():
    """One grader for all of them, as for a class; a secret in its environment, a server beside."""
    before, session.GRACE = session.GRACE, 1.0
    os.environ["MLX_GRADER_SECRET"] = SECRET
    server = socket.create_server(("127.0.0.1", 0))
    yield server
    server.close()
    tasks.close()
    del os.environ["MLX_GRADER_SECRET"]
    session.GRACE = before


def test_there_are_at_least_forty():
    assert len(hostile.CORPUS) >= 40


@pytest.mark.parametrize("name", hostile.CORPUS)
def test_it_gets_the_mark_it_has_earned(name):
    cells, honest = hostile.CORPUS[name]
    result = grade(cells)
    assert passed(result) == set(honest)
    assert result.points == 2 * len(honest)
    assert result.of == 12


def test_the_next_one_is_as_if_nobody_had_been_there():
    result = grade(hostile.cells(hostile.RIGHT))
    assert passed(result) == set(hostile.ALL)
    assert not result.failed
    assert result.note == ""  # it forks: no slower way was taken


def test_no_process_is_left(room):
    tasks.close()
    time.sleep(0.2)
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
    names = [Path(f"/proc/{pid}/cmdline").read_text() for pid in children.split()]
    assert not [name for name in names if "bwrap" in name]


def test_mlx_lm_can_be_imported_though_it_asks_for_more_files():
    cells = hostile.but(scale="import mlx_lm\n" + hostile.RIGHT["scale"])
    assert passed(grade(cells, seconds=30.0)) == set(hostile.ALL)


def test_many_slow_cells_cost_no_answer(monkeypatch):
    """Each is within its limit; together they are not, and what the answers need is kept."""
    monkeypatch.setattr(session, "GRACE", 0.5)
    slow = ["import time\ntime.sleep(0.6)"] * 14
    result = grade(hostile.plus(*slow), seconds=1.0)
    assert passed(result) == set(hostile.ALL)
    assert 0 < len(result.failed) < 14
    assert "all cells together" in result.failed[0].error


def test_a_huge_cell_is_not_kept_for_each_of_its_exercises():
    everything = "\n".join([f"x = '{'a' * 3_000_000}'", *hostile.RIGHT.values()])
    result = grade([hostile.IMPORTS, everything])
    assert passed(result) == set(hostile.ALL)
    assert sum(len(mark.code) for mark in result.marks) < 200_000


def run_inside(code):
    """What code in a submission can print."""
    body = "".join(f"    {line}\n" for line in code.strip().split("\n"))
    once = f"once = []\ndef look():\n{body}\ndef scale(x, factor):\n    once or look()\n"
    once += "    once.append(1)\n    return x * factor"
    result = grade(hostile.but(scale=once), seconds=30.0)
    mark = result.marks[0]
    assert mark.status == "passed", mark.message + "".join(mark.evidence)
    return mark.printed


def marks_of_answers():
    """What gives an answer away, of every exercise: groups of lines that stand in one file.

    A solution under its decorator, a solution as a notebook shows it, and the longest line of a
    misconception's sentence.
    """
    groups = []
    for root in (None, LESSONS):
        for lesson in catalog.lessons(root):
            for name in lesson.names:
                text = source.read(lesson, name)
                answer, wrong = text.answers("solution")[0], text.answers("misconception")[0]
                body = text.lines[answer.body[0].end_lineno : answer.end_lineno]
                head = text._rename(text.lines[answer.lineno - 1])
                first = wrong.decorator_list[0]
                said = text.lines[first.lineno - 1 : first.end_lineno]
                groups += [{f"@{name}.solution", *body}, {head, *body}, {max(said, key=len)}]
    return [{line.strip(" \t\"',").encode() for line in lines} - {b""} for lines in groups]


# Every readable text, line by line; a notebook's lines are JSON strings.
LOOK = r"""
import os
TEXT = (".py", ".ipynb", ".json", ".jsonl", ".txt", ".md", ".toml", ".html", ".csv")
def look(marks):
    for folder, _, files in os.walk("/"):
        for name in files:
            if not name.endswith(TEXT): continue
            try:
                with open(os.path.join(folder, name), "rb") as file: data = file.read(1 << 20)
            except OSError: continue
            lines = {line.strip(b" \t\"',").removesuffix(b"\\n") for line in data.splitlines()}
            if any(mark <= lines for mark in marks): yield os.path.join(folder, name)
"""


def files_with(marks):
    """The files of the sandbox that hold one of these lines. A cell looks: it is not traced."""
    cell = f"{LOOK}FOUND = list(look({marks}))"
    once = "def scale(x, factor):\n    print(*FOUND, sep='\\n')\n    return x * factor"
    result = grade([hostile.IMPORTS, cell, once], seconds=60.0)
    assert not result.failed
    return result.marks[0].printed.split()


def test_it_sees_of_the_library_what_it_may_import(tmp_path):
    """No templates, no verbs of the command line, nothing that knows answers."""
    sandbox_files.fill(tmp_path)
    course = tmp_path / "course"
    files = {path.relative_to(course).as_posix() for path in course.rglob("*") if path.is_file()}
    assert {file for file in files if "/" in file and not file.startswith("checking/")} == {
        "grading/__init__.py",
        "grading/confine.py",
        "grading/fork_server.py",
        "grading/framing.py",
        "grading/protocol.py",
        "grading/worker.py",
        "learner/notebook.py",
        "data/machines.toml",
        "data/models.toml",
        "data/published.toml",
    }
    package = sandbox_files.PACKAGE
    checking = {f"checking/{path.name}" for path in package.glob("checking/*.py")}
    assert {file for file in files if file.startswith("checking/")} == checking
    root = {path.name for path in package.glob("*.py")}
    assert {file for file in files if "/" not in file} == root - {
        "__main__.py",
        "bootstrap.py",
        "cli.py",
    }


def test_no_answer_lies_on_its_disk():
    marks = marks_of_answers()
    assert len(marks) > 3 * 130
    assert files_with(marks) == []


def test_an_answer_on_its_disk_would_be_found(monkeypatch):
    fill = sandbox_files.fill

    def careless(stage):
        fill(stage)
        shutil.copytree(catalog.LESSONS / "start", stage / "course" / "lessons" / "start")

    monkeypatch.setattr(sandbox_files, "fill", careless)
    tasks.close()
    try:
        files = files_with(marks_of_answers())
    finally:
        tasks.close()
    assert len({path for path in files if "/lessons/start/" in path}) == 5


def test_the_harness_in_its_memory_has_no_answer():
    printed = run_inside("""
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "Exercise":
        code = getattr(thing.answer, "__code__", None)
        names = set(code.co_names) if code else {"NotImplementedError"}
        if thing.misconceptions or thing.alternatives or names != {"NotImplementedError"}:
            print(thing.name, names)
""")
    assert printed == ""


def test_it_sees_no_process_but_its_own_and_no_network():
    printed = run_inside("""
import os, socket
print(os.listdir("/proc"), os.getpid(), [name for _, name in socket.if_nameindex()])
""")
    assert printed == "[] 1 ['lo']"


def test_it_can_write_nowhere_but_in_its_own_tmp():
    printed = run_inside("""
import os
for folder, _, _ in os.walk("/"):
    if not folder.startswith(("/tmp", "/dev/shm")):
        try:
            open(os.path.join(folder, "x"), "w")
            print(folder)
        except OSError: pass
""")
    assert printed == ""


def test_it_has_no_right_that_root_has():
    status = run_inside("""
import ctypes, os
libc = ctypes.CDLL(None)
print(os.getuid() != 0, libc.setuid(0), libc.unshare(0x10000000), libc.ptrace(0, 0, 0, 0))
""")
    assert status == "True -1 -1 -1"


def test_a_reading_can_be_forged_and_is_labelled():
    forged = hostile.plus(
        answers=hostile.RIGHT
        | {
            "total": "def total(values):\n    import sys\n"
            "    here = sys._getframe(1).f_globals\n"
            "    y = sum(values[1:], values[0])\n    mx.eval(y)\n"
            "    forged = {'graph_nodes': staticmethod(lambda y: 2)}\n"
            "    here['measure'] = type('M', (), forged)\n"
            "    return y"
        }
    )
    mark = grade(forged).marks[-1]
    assert mark.status == "passed"
    assert mark.readings == ["waiting"]


def test_without_bubblewrap_it_refuses(monkeypatch, tmp_path):
    python = subprocess.run(
        [sys.executable, "-m", "course.cli", "grade", str(tmp_path)],
        env={**os.environ, "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert python.returncode == 1
    assert "bubblewrap is not installed" in python.stderr
    assert "--unsandboxed" in python.stderr
