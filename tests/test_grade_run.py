"""A whole class: results and reports, a kill half-way and --resume, Ctrl-C, the command line."""

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import hostile
import psutil
import pytest
from grading import LESSONS, Tags, notebook

from course.content import catalog
from course.grading import (
    marks,
    record,
    report,
    sandbox,
)

pytestmark = [pytest.mark.needs("sandbox"), pytest.mark.slow]
ROOT = Path(__file__).parent.parent
RIGHT = hostile.cells(hostile.RIGHT)
ALL_FORMATS = ",".join(report.FORMATS)
# A wrong answer that the course knows, and names that do harm where they are not escaped.
ADDS = hostile.but(
    scale="def scale(x, factor):\n    return x + factor  # <script>alert(1)</script>"
)
SHOUTS = hostile.but(
    scale="def scale(x, factor):\n    print('\\x1b[2J<img src=x onerror=alert(1)>')\n"
    "    raise ValueError('=HYPERLINK(\"http://x\") <script>alert(2)</script> ![x](http://x)')"
)
CLASS = {
    "anna": RIGHT,
    "ben": ADDS,
    "=cmd|'C calc'!A0": SHOUTS,
    "<b onload=alert(3)>": ADDS,
    "dora": hostile.cells(hostile.NONE),
    "emil": RIGHT,
}
TIMES = re.compile(
    r'"(seconds|cpu)": [\d.e-]+|"execution_time": \d+|<h2>Slowest</h2>\n<table>.*?</table>', re.S
)


def hand_in(folder, submissions=None):
    folder.mkdir()
    for i, (name, cells) in enumerate((submissions or CLASS).items()):
        path = folder / f"{name}.ipynb"
        path.write_bytes(notebook(cells))
        os.utime(path, (1_760_000_000 + i, 1_760_000_000 + i))
    return folder


def command(*arguments):
    return [sys.executable, "-m", "course.cli", "grade", *map(str, arguments)]


def environment():
    return {**os.environ, "MLX_COURSE_LESSONS": str(LESSONS)}


def call(*arguments):
    return subprocess.run(
        command(*arguments), cwd=ROOT, env=environment(), capture_output=True, text=True
    )


def grade_all(home, out, jobs):
    """The class in a folder graded, with its points and in all formats."""
    options = ["--points", home / "points.toml", "--formats", ALL_FORMATS, "--jobs", jobs]
    return call(home / "in", "--out", out, *options, "--seed", 5, "--time", 5)


def contents(out):
    """Every file of a run, times left out."""
    return {
        path.relative_to(out).as_posix(): TIMES.sub("", path.read_text())
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A small class, graded by two processes; (folder of results, what was printed)."""
    home = tmp_path_factory.mktemp("class")
    roster = home / "roster.csv"
    roster.write_text(
        'student_id,last_name,first_name,email\nanna,"O\'Neil, Jr.",Anna,a@x.org\n'
        "ben,Lee,Ben,\nzoe,Zimmer,Zoe,z@x.org\n"
    )
    points = home / "points.toml"
    points.write_text("points = 2\n[exercises]\nscale = 3\n")
    hand_in(home / "in")
    done = grade_all(home, home / "out", jobs=2)
    assert done.returncode == 0, done.stderr
    return home / "out", done.stdout


def rows(path):
    return list(csv.reader(io.StringIO(path.read_text(), newline="")))


def test_each_student_has_a_row(graded):
    table = rows(graded[0] / "ps1" / "grades.csv")
    points = {row[0]: (row[3], row[4]) for row in table[1:]}
    assert points == {
        "anna": ("13", "13"),
        "ben": ("10", "13"),
        "'=cmd|'C calc'!A0": ("10", "13"),
        "<b onload=alert(3)>": ("10", "13"),
        "dora": ("0", "13"),
        "emil": ("13", "13"),
    }
    assert table[0][7:13] == list(hostile.ALL)


def test_no_cell_of_a_table_is_a_formula(graded):
    for path in (graded[0] / "ps1").glob("*.csv"):
        cells = [cell for row in rows(path) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")], path


def test_nbgraders_columns(graded):
    table = rows(graded[0] / "ps1" / "nbgrader.csv")
    assert ",".join(table[0]) == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,"
        "late_submission_penalty,score,max_score"
    )
    anna = next(row for row in table if row[3] == "anna")
    assert anna[0] == "ps1"
    assert anna[7:] == ["13.0", "0.0", "13.0", "13.0"]
    assert anna[2] == "2025-10-09 08:53:20"
    assert {len(row) for row in table} == {11}


def test_canvass_gradebook(graded):
    table = rows(graded[0] / "ps1" / "canvas.csv")
    assert table[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ps1"]
    assert table[1] == ["    Points Possible", "", "", "", "", "13"]


def test_gradescopes_results(graded):
    """The keys and values that its specification names, and strict JSON."""
    for path in (graded[0] / "ps1" / "gradescope").glob("*/results.json"):
        facts = json.loads(path.read_text(), parse_constant=lambda x: pytest.fail(x))
        assert facts["score"] == sum(test["score"] for test in facts["tests"])
        assert facts["output_format"] in ("text", "html", "simple_format", "md", "ansi")
        for test in facts["tests"]:
            assert test["status"] in ("passed", "failed")
            assert (test["status"] == "passed") == (test["score"] == test["max_score"])
            assert set(test) <= {
                "score",
                "max_score",
                "status",
                "name",
                "name_format",
                "number",
                "output",
                "output_format",
                "tags",
                "visibility",
                "extra_data",
            }
            assert "\x1b" not in test["output"]


def test_nothing_of_a_submission_is_markup(graded):
    pages = list((graded[0] / "ps1").rglob("*.html"))
    assert len(pages) == len(CLASS) + 1
    for path in pages:
        text = path.read_text()
        tags = Tags(text)
        assert not tags.tags & {"script", "img", "b", "iframe", "a"}, path
        assert not {name for name in tags.attributes if name.startswith("on")}, path
        assert "\x1b" not in text
    for path in (graded[0] / "ps1" / "feedback").glob("*.md"):
        text = path.read_text()
        outside = re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$", "", text)
        outside = re.sub(r"`[^`\n]*`", "", outside)
        assert "<" not in outside.replace("\\<", "")
        assert not re.search(r"(?<!\\)!\[", outside)


def test_the_report_says_what_to_talk_about(graded):
    text = (graded[0] / "ps1" / "class.html").read_text()
    assert "What to talk about tomorrow" in text
    assert (
        '<td class="number">2</td><td>scale</td>'
        "<td>adds: You added … where a product was asked for.</td>"
    ) in text
    assert "6 submissions" in text
    assert "% of the points rest on readings" in text
    assert "% of the points rest on readings" in graded[1]


def test_copies_are_flagged_without_accusation(graded):
    text = (graded[0] / "ps1" / "class.html").read_text()
    assert "Nearly identical" not in text  # all is as the course's own solutions have it


def test_feedback_has_the_code_the_diagnosis_and_hints_but_no_answer(graded):
    text = (graded[0] / "ps1" / "feedback" / "ben.md").read_text()
    assert "return x + factor" in text
    assert "You added" in text
    assert "1. What is asked for?" in text
    assert "x * factor" not in text


def test_everything_is_there_for_programs(graded):
    facts = json.loads((graded[0] / "ps1" / "results.json").read_text())
    assert facts["seed"] == "5"
    assert facts["sandbox"] == "bubblewrap"
    assert len(facts["results"]) == len(CLASS)


def test_a_second_run_gives_the_same_files(graded, tmp_path):
    out = graded[0]
    done = grade_all(out.parent, tmp_path / "out", jobs=1)
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "out") == contents(out)


def slow_class(folder, count=6):
    slow = hostile.plus("import time; time.sleep(0.4)")
    return hand_in(folder, {f"student{i}": slow for i in range(count)})


def started(folder, out, *more):
    """A run in the background, once it has graded at least two."""
    process = subprocess.Popen(
        command(folder, "--out", out, "--seed", 3, "--formats", ALL_FORMATS, "--jobs", 1, *more),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while time.monotonic() < end and len(list(out.rglob("results/*.json"))) < 2:
        time.sleep(0.02)
    assert process.poll() is None, process.stderr.read()
    return process


def test_killed_half_way_and_resumed(tmp_path):
    folder, whole, broken = slow_class(tmp_path / "in"), tmp_path / "whole", tmp_path / "broken"
    assert call(folder, "--out", whole, "--seed", 3, "--formats", ALL_FORMATS).returncode == 0
    process = started(folder, broken)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = {path.name: path.stat().st_mtime_ns for path in broken.rglob("results/*.json")}
    assert 2 <= len(kept) < 6
    again = call(folder, "--out", broken, "--formats", ALL_FORMATS, "--resume")
    assert again.returncode == 0, again.stderr
    assert contents(broken) == contents(whole)
    now = {path.name: path.stat().st_mtime_ns for path in broken.rglob("results/*.json")}
    assert {name: now[name] for name in kept} == kept  # what was done was not done again


def test_killed_with_several_processes_it_leaves_none(tmp_path):
    process = started(slow_class(tmp_path / "in", 12), tmp_path / "out", "--jobs", 2)
    children = psutil.Process(process.pid).children(recursive=True)
    assert [child for child in children if child.name() == "bwrap"]
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=10)
    for child in alive:
        child.kill()
    assert alive == []


def test_ctrl_c_stops_cleanly_and_keeps_what_is_done(tmp_path):
    folder, out = slow_class(tmp_path / "in"), tmp_path / "out"
    process = started(folder, out)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "--resume goes on" in said
    assert len(list(out.rglob("results/*.json"))) >= 2
    assert not [path for path in out.rglob(".*") if path.is_file()]


def test_another_run_is_not_overwritten(graded):
    done = call(graded[0].parent / "in", "--out", graded[0])
    assert done.returncode == 1
    assert "--resume goes on with it" in done.stderr


def test_a_changed_notebook_is_graded_again(tmp_path):
    folder, out = hand_in(tmp_path / "in", {"anna": RIGHT}), tmp_path / "out"
    assert call(folder, "--out", out, "--jobs", 1).returncode == 0
    (folder / "anna.ipynb").write_bytes(notebook(ADDS))
    assert call(folder, "--out", out, "--jobs", 1, "--resume").returncode == 0
    assert record.load(out / "ps1" / "results" / "anna.json").points == 5


def test_a_class_in_a_zip_with_a_roster(tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name, cells in {"anna": RIGHT, "nobody": RIGHT}.items():
            archive.writestr(f"{name}/ps1.ipynb", notebook(cells))
        archive.writestr("anna/older_ps1.ipynb", notebook(ADDS))
        archive.writestr("anna/broken.ipynb", b"{")
    roster = tmp_path / "roster.csv"
    roster.write_text("student_id\nanna\nzoe\n")
    done = call(tmp_path / "in.zip", "--out", tmp_path / "out", "--roster", roster, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert "not graded: anna/broken.ipynb is no notebook" in done.stdout
    assert "unknown: nobody/ps1.ipynb" in done.stdout
    assert "missing: zoe." in done.stdout
    assert "twice: anna/older_ps1.ipynb does not count, anna/ps1.ipynb is newer." in done.stdout
    table = rows(tmp_path / "out" / "ps1" / "grades.csv")
    assert [row[0] for row in table[1:]] == ["anna", "zoe"]
    assert table[2][6] == "nothing handed in"


def test_unsandboxed_says_so_everywhere(tmp_path):
    folder, out = hand_in(tmp_path / "in", {"anna": RIGHT}), tmp_path / "out"
    done = call(folder, "--out", out, "--unsandboxed", "--jobs", 1, "--formats", ALL_FORMATS)
    assert done.returncode == 0, done.stderr
    assert "Warning: no sandbox." in done.stderr
    assert record.load(out / "ps1" / "results" / "anna.json").points == 6
    for name in (
        "class.html",
        "feedback/anna.md",
        "feedback/anna.html",
        "results.json",
        "gradescope/anna/results.json",
    ):
        text = (out / "ps1" / name).read_text()
        assert "without a sandbox" in text or "unsandboxed" in text, name


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["."], "There is nothing to grade"),
        ([], "Say what to grade"),
        (["x.ipynb", "--formats", "pdf"], "no format pdf"),
        (["x.ipynb", "--lesson", "nothing"], "There is no lesson nothing"),
        (["x.ipynb", "--resume"], "holds no run"),
        (["x.ipynb", "--roster", "none.csv"], "cannot be read"),
        (["--init", "moodle"], '--init knows "gradescope"'),
        (["--init", "gradescope"], "needs --lesson"),
    ],
)
def test_a_teachers_mistake_ends_in_one_sentence(tmp_path, arguments, why):
    done = subprocess.run(
        [*command(*arguments), "--out", tmp_path / "out"],
        cwd=tmp_path,
        env={**environment(), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert why in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_gradescopes_own_files(tmp_path):
    done = subprocess.run(
        command("--init", "gradescope", "--lesson", "start", "--out", tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for name in ("setup.sh", "run_autograder"):
        assert (tmp_path / name).stat().st_mode & 0o111
        subprocess.run(["bash", "-n", tmp_path / name], check=True)
    assert "--lesson start" in (tmp_path / "run_autograder").read_text()
    names = {name for x in catalog.lessons() for name in x.names}
    assert marks.read((tmp_path / "points.toml").read_text(), "points.toml", names).points == 1


STAND_IN = """#!/usr/bin/env bash
# A grader that does not get through with the submission in its box.
echo "$@" >> {log}
case "$*" in *--unsandboxed* | *blank.ipynb*) ;; *) exit 1 ;; esac
"""


def on_gradescope(home, handed_in):
    """How the service's script calls the grader for this notebook."""
    home.mkdir()
    command_ = command("--init", "gradescope", "--lesson", "start", "--out", home)
    subprocess.run(command_, cwd=ROOT, check=True)
    (home / "submission").mkdir()
    (home / "submission" / "work.ipynb").write_bytes(handed_in)
    grader = home / "mlx-course"
    grader.write_text(STAND_IN.format(log=home / "log"))
    grader.chmod(0o755)
    text = (home / "run_autograder").read_text()
    text = text.replace("/opt/mlx-course/bin/mlx-course", str(grader))
    (home / "run_autograder").write_text(text.replace("/autograder", str(home)))
    subprocess.run([home / "run_autograder"], check=True)
    return (home / "log").read_text().splitlines()


def test_on_gradescope_a_submission_cannot_choose_to_be_unboxed(tmp_path):
    calls = on_gradescope(tmp_path / "a", notebook(RIGHT))
    assert len(calls) == 2
    assert not [line for line in calls if "--unsandboxed" in line]
    results = json.loads((tmp_path / "a" / "results" / "results.json").read_text())
    assert results["score"] == 0


def test_on_gradescope_who_hands_in_again_meets_other_inputs(tmp_path):
    home = tmp_path / "a"
    on_gradescope(home, notebook(RIGHT))

    def seed(text):
        (home / "submission" / "work.ipynb").write_bytes(text)
        subprocess.run([home / "run_autograder"], check=True)
        return re.search(r"--seed (\d+)", (home / "log").read_text().splitlines()[-1])[1]

    seeds = [seed(notebook(cells)) for cells in (RIGHT, ADDS, RIGHT)]
    assert seeds[0] == seeds[2] != seeds[1]


@pytest.mark.needs("sandbox")
def test_an_environment_in_tmp_is_not_hidden_by_a_submissions_own_tmp(tmp_path, monkeypatch):
    """A venv of links to this one; its place is below /tmp, where pytest puts its folders."""
    home = Path(tempfile.mkdtemp(dir="/tmp")) / "venv"
    (home / "bin").mkdir(parents=True)
    (home / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
    (home / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    monkeypatch.setattr(sys, "prefix", str(home))
    monkeypatch.setattr(sys, "executable", str(home / "bin" / "python"))
    command, _, _ = sandbox.command("bubblewrap", tmp_path, [sys.executable, "-c", "0"])
    assert command[-3].startswith("/opt/python/") and command[-3].endswith("/bin/python")
    place = command[command.index(str(home)) + 1]
    assert command[-3].startswith(place)
    assert command.index("/tmp") < command.index(str(home)), "first the empty /tmp"
    shutil.rmtree(home.parent)
