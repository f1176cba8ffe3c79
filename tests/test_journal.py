"""The progress file loses nothing: not to a full disk, another process, or a newer version."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import course
from course.learner import journal

ROOT = Path(course.__file__).parent.parent


def saved():
    return json.loads(journal.path().read_text(encoding="utf-8"))


def write(text):
    journal.path().parent.mkdir(parents=True, exist_ok=True)
    journal.path().write_text(text, encoding="utf-8")


def files():
    """Everything beside the progress file, but for its lock."""
    return sorted(p.name for p in journal.path().parent.iterdir() if p.suffix != ".lock")


def test_the_file_is_in_the_home_that_was_named(home):
    assert journal.path() == home / "progress.json"


def test_without_a_named_home_it_is_with_the_users_data(monkeypatch):
    monkeypatch.delenv("MLX_COURSE_HOME")
    assert journal.path().name == "progress.json"
    assert "mlx-course" in str(journal.path())


def test_nothing_yet_is_empty_progress_and_makes_no_file():
    assert journal.read() == ({"version": 1, "exercises": {}, "predictions": {}}, "")
    assert not journal.path().parent.exists()


def test_checks_and_met_misconceptions_are_counted():
    for misconceptions in (("a",), ("a", "b"), ()):
        assert journal.record_check("toys.sum", "wrong", misconceptions) == ""
    entry = saved()["exercises"]["toys.sum"]
    assert entry == {"checks": 3, "last": "wrong", "misconceptions": {"a": 2, "b": 1}}


def test_the_first_pass_is_dated_and_stays(monkeypatch):
    monkeypatch.setattr(journal, "_now", lambda: "first")
    journal.record_check("toys.sum", "passed", ())
    monkeypatch.setattr(journal, "_now", lambda: "later")
    journal.record_check("toys.sum", "passed", ())
    journal.record_check("toys.sum", "wrong", ())
    assert saved()["exercises"]["toys.sum"] == {"checks": 3, "last": "wrong", "passed": "first"}


def test_facts_join_what_is_known():
    journal.record("predictions", "toys.ms", guess=3)
    journal.record("predictions", "toys.ms", measured=5.5)
    journal.record_reveal("toys.sum")
    found, remark = journal.read()
    assert found["predictions"] == {"toys.ms": {"guess": 3, "measured": 5.5}}
    assert "revealed" in found["exercises"]["toys.sum"]
    assert remark == ""


# -- what can go wrong


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_costs_the_last_record_only(monkeypatch, step):
    journal.record_check("toys.sum", "passed", ())
    before = journal.path().read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    remark = journal.record_check("toys.sum", "wrong", ())
    assert "was not saved" in remark and "No space left on device" in remark
    assert "verdict itself is valid" in remark
    assert journal.path().read_bytes() == before
    assert files() == ["progress.json"]


def test_a_process_that_dies_while_saving_leaves_the_old_file(home):
    journal.record_check("toys.sum", "passed", ())
    before = journal.path().read_bytes()
    script = (
        "import os\nfrom course.learner import journal\n"
        "os.fsync = lambda _: os._exit(9)\n"  # as good as kill -9: nothing is cleaned up
        "journal.record_check('toys.sum', 'wrong', ())"
    )
    assert python(script, home).wait() == 9
    assert journal.path().read_bytes() == before
    assert journal.record_check("toys.sum", "wrong", ()) == ""
    assert saved()["exercises"]["toys.sum"]["checks"] == 2


def python(script, home):
    environment = {**os.environ, "MLX_COURSE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", script], env=environment)


def test_two_processes_at_once_lose_no_record(home):
    """They wait for each other at the start, so that they do write at the same time."""
    home.mkdir()
    script = (
        "import pathlib, sys, time\nfrom course.learner import journal\n"
        "me, home = {!r}, pathlib.Path({!r})\n"
        "(home / me).touch()\n"
        "while not ((home / 'a').exists() and (home / 'b').exists()): time.sleep(0.001)\n"
        "for i in range(50):\n"
        "    sys.exit(3) if journal.record_check('toys.sum', 'wrong', (me,)) else None\n"
    )
    both = [python(script.format(name, str(home)), home) for name in ("a", "b")]
    assert [process.wait(60) for process in both] == [0, 0]
    entry = saved()["exercises"]["toys.sum"]
    assert entry == {"checks": 100, "last": "wrong", "misconceptions": {"a": 50, "b": 50}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "{}",
        '{"version": "one", "exercises": {}, "predictions": {}}',
        '{"version": 1}',
        '{"version": 1, "exercises": {}}',
        '{"version": 1, "exercises": [], "predictions": {}}',
        '{"version": 1, "exercises": {"toys.sum": 3}, "predictions": {}}',
        '{"version": 1, "exercises": {}, "predictions": {"toys.ms": null}}',
    ],
)
def test_a_damaged_file_is_kept_aside_and_said(text):
    write(text)
    progress, remark = journal.read()
    assert progress["exercises"] == {}
    (aside,) = files()
    assert aside.startswith("progress.damaged-") and aside in remark
    assert journal.path().with_name(aside).read_text(encoding="utf-8") == text
    assert journal.record_check("toys.sum", "passed", ()) == ""
    assert "passed" in saved()["exercises"]["toys.sum"]


def test_a_file_that_is_no_text_is_damaged_too():
    write("")
    journal.path().write_bytes(b"\xff\xfe\x00")
    assert "was damaged" in journal.record_check("toys.sum", "passed", ())
    assert "passed" in saved()["exercises"]["toys.sum"]


def test_a_newer_version_is_left_as_it_is():
    text = '{"version": 2, "exercises": "another way"}'
    write(text)
    assert journal.read()[0]["exercises"] == {}
    for remark in (journal.read()[1], journal.record_check("toys.sum", "passed", ())):
        assert "newer version" in remark
    assert journal.path().read_text(encoding="utf-8") == text
    assert files() == ["progress.json"]


def test_a_folder_called_newer_version_means_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("MLX_COURSE_HOME", str(tmp_path / "newer version"))
    write("damaged")
    assert "was damaged" in journal.record_check("toys.sum", "passed", ())
    assert "passed" in saved()["exercises"]["toys.sum"]


@pytest.mark.parametrize("place", ["file/below", "/proc/mlx-course"])
def test_where_nothing_can_be_written_it_is_said_and_nothing_raises(tmp_path, monkeypatch, place):
    if place.startswith("/proc") and not Path("/proc").is_dir():
        pytest.skip("only Linux has /proc")
    (tmp_path / "file").touch()
    monkeypatch.setenv("MLX_COURSE_HOME", str(tmp_path / place))
    assert journal.read()[0]["exercises"] == {}
    remark = journal.record_check("toys.sum", "passed", ())
    assert "was not saved" in remark
    assert str(journal.path()) in remark


def test_a_folder_in_the_files_place_is_said():
    journal.path().mkdir(parents=True)
    assert "could not be read" in journal.read()[1]
    assert "could not be read" in journal.record_check("toys.sum", "passed", ())


def test_a_held_lock_is_said(monkeypatch):
    real = journal.filelock.FileLock
    monkeypatch.setattr(journal.filelock, "FileLock", lambda name, timeout: real(name, timeout=0))
    journal.path().parent.mkdir()
    with real(journal.path().with_suffix(".lock")):
        assert "another program holds" in journal.record_check("toys.sum", "passed", ())
    assert journal.record_check("toys.sum", "passed", ()) == ""
