"""preflight: green, or the sentence that mends it; thirty files become one table."""

import json
import os
import platform
import shutil
import subprocess
import sys
import webbrowser
from collections import namedtuple
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course import cli, machine
from course.errors import UserError
from course.learner import doctor, journal, rerun
from course.workshop import looks, preflight

LOOKS = dict(looks.LOOKS)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["preflight", *arguments])
    if isinstance(result.exception, UserError):
        return 1, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


# -- one machine -----------------------------------------------------------------------------------
def test_one_screen_and_the_same_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "SECONDS", 120)  # tests may run on a machine that is busy
    found = preflight.preflight()
    said = preflight.lines(found)
    assert len(said) <= 24 and all(len(line) < 300 for line in said)
    bad = [look for look in found["looks"] if not look["ok"]]
    for look in found["looks"]:
        assert look["ok"] == (look["says"] == "")
    assert not {"MLX", "a check in a kernel", "progress file"} & {look["name"] for look in bad}
    assert said[-1].startswith("All green" if not bad else f"{len(bad)} thing")
    assert "exercises" in json.loads(journal.path().read_text()), "it can be written"
    assert not json.loads(journal.path().read_text())["exercises"], "no check of it is noted"
    json.dumps(found)


def test_the_leader_gets_no_name_of_person_or_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "LOOKS", (("disk", lambda: ""),))
    code, said = run("--json")
    assert code == 0
    found = json.loads(said)
    assert found["looks"] == [{"name": "disk", "ok": True, "says": ""}]
    for private in (platform.node(), str(Path.home()), os.environ.get("USER", "nobody here")):
        assert private not in said.replace(platform.release(), "")


def test_something_to_mend_is_said_and_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise OSError("smoke")

    looks = (("disk", lambda: "Make room."), ("memory", lambda: ""), ("browser", broken))
    monkeypatch.setattr(preflight, "LOOKS", looks)
    code, said = run()
    assert code == 1
    assert "MEND  disk     Make room.\nok    memory\n" in said
    assert "This could not be looked at (OSError: smoke)." in said
    assert "2 things to mend, above" in said


def test_where_mlx_is_broken_the_rest_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = (("MLX", lambda: "It is broken."), ("BLAS", lambda: "not asked"))
    monkeypatch.setattr(preflight, "LOOKS", looks)
    assert [look["says"] for look in preflight.preflight()["looks"]] == [
        "It is broken.",
        "First mend MLX.",
    ]


def test_a_disk_with_too_little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(9e9, 8.9e9, 0.1e9))
    assert LOOKS["disk"]().startswith("100 MB are free for ")
    assert LOOKS["disk"]().endswith("make room for 1000 MB.")


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: 1_100_000_000)
    assert LOOKS["memory"]().startswith("1.1 GB of memory")
    monkeypatch.setattr(machine, "memory_bytes", lambda: 0)
    assert LOOKS["memory"]() == "", "unknown is not too little"


def test_a_second_copy_of_the_course_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert LOOKS["one course"]() == ""
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "__init__.py").write_text("# of somebody else")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert LOOKS["one course"]() == "", "another package of that name is none of ours"
    (tmp_path / "course" / "__init__.py").write_text('"""mlx-course: a course"""')
    assert f"{tmp_path / 'course'}" in LOOKS["one course"]()
    assert LOOKS["one course"]().startswith("There are two copies of the course here, ")


def test_a_command_of_another_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/elsewhere/bin/mlx-course")
    assert LOOKS["one course"]().startswith("The command mlx-course is /elsewhere/bin/mlx-course")
    monkeypatch.setattr(shutil, "which", lambda _: f"{sys.prefix}/bin/mlx-course")
    assert LOOKS["one course"]() == ""


def test_mlx_that_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], -4, "", "Illegal instruction\n")
    monkeypatch.setattr(looks.subprocess, "run", lambda *_, **__: done)
    monkeypatch.setattr(doctor, "facts", lambda quick: {})
    monkeypatch.setattr(doctor, "gaps", lambda _: [])
    assert LOOKS["MLX"]() == "MLX does not compute here: Illegal instruction. Install it anew."
    monkeypatch.setattr(doctor, "gaps", lambda _: ["Two wheels."])
    assert LOOKS["MLX"]() == "Two wheels."


def test_progress_of_a_newer_course_is_said_and_left() -> None:
    file = journal.path()
    file.parent.mkdir()
    file.write_text('{"version": 99}')
    assert "written by a newer version of the course" in LOOKS["progress file"]()
    assert file.read_text() == '{"version": 99}'


def test_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)
    monkeypatch.setenv("DISPLAY", ":9")
    assert LOOKS["browser"]().startswith("No browser was found.")
    if sys.platform == "linux":
        monkeypatch.delenv("DISPLAY")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        assert LOOKS["browser"]() == "", "a machine without a screen needs none"


def test_a_slow_blas_and_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "blas", lambda: "MLX's own reference BLAS (slow): no wheel")
    monkeypatch.setattr(machine, "compiles", lambda: False)
    assert LOOKS["BLAS"]().endswith("no wheel.")
    assert "g++" in LOOKS["mx.compile"]()


def test_a_kernel_that_does_not_answer_or_answers_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(path: Path, *_: object) -> None:
        raise UserError(f"{path}: no kernel answered within 15 s.")

    monkeypatch.setattr(rerun, "rerun", silent)
    assert LOOKS["a check in a kernel"]() == "no kernel answered within 15 s."
    stopped = rerun.Rerun({}, [], ["A cell stopped with ImportError: no MLX"])
    monkeypatch.setattr(rerun, "rerun", lambda *_: stopped)
    assert "ImportError: no MLX" in LOOKS["a check in a kernel"]()


# -- thirty of them --------------------------------------------------------------------------------
def made(**other: object) -> dict[str, object]:
    facts = {"preflight": preflight.FORMAT, "course": "0.1.0", "python": "3.12.1", "mlx": "0.32.4"}
    looks = [{"name": "disk", "ok": True, "says": ""}]
    return facts | {"system": "Darwin 24 arm64", "looks": looks} | other


def test_thirty_become_one_table_with_the_broken_first(tmp_path: Path) -> None:
    for i in range(28):
        (tmp_path / f"p{i:02d}.json").write_text(json.dumps(made()))
    bad = [{"name": "disk", "ok": False, "says": "Make room."}]
    (tmp_path / "zoe.json").write_text(json.dumps(made(looks=bad)))
    (tmp_path / "old.json").write_text(json.dumps(made(course="0.0.9")))
    code, said = run("--collect", str(tmp_path))
    lines = said.splitlines()
    assert code == 1
    assert lines[0].split() == ["who", "course", "Python", "MLX", "system"]
    assert lines[1].split()[:3] == ["old", "MEND", "0.0.9"]
    assert lines[2].split()[:2] == ["zoe", "MEND"]
    assert [line.split()[1] for line in lines[3:31]] == ["ok"] * 28
    assert "28 of 30 are ready." in lines
    assert "old: Has course 0.0.9; most have 0.1.0." in lines
    assert "zoe: Make room." in lines


def test_all_ready_ends_with_0(tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text(json.dumps(made()))
    (tmp_path / "win.json").write_text(json.dumps(made()), encoding="utf-16")  # PowerShell's >
    code, said = run("--collect", str(tmp_path))
    assert (code, said.splitlines()[-1]) == (0, "2 of 2 are ready.")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (json.dumps(made())[:60], "was cut short: ask for it again"),
        ("", "was cut short"),
        ("[1]", "Is no file of `mlx-course preflight --json`"),
        (json.dumps(made(looks=[{"ok": 1}])), "Is no file of"),
        (json.dumps(made(preflight=preflight.FORMAT + 1, course="9.0")), "newer course (9.0)"),
        (json.dumps(made(preflight=0)), "older course (0.1.0)"),
    ],
)
def test_a_file_that_cannot_be_read_costs_itself_alone(
    tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "ada.json").write_text(json.dumps(made()))
    (tmp_path / "bob.json").write_text(content)
    code, said = run("--collect", str(tmp_path))
    assert code == 1
    assert "1 of 2 are ready." in said
    assert says in said.split("bob: ")[1]


def test_no_folder_and_no_files_are_sentences(tmp_path: Path) -> None:
    assert "is no folder" in run("--collect", str(tmp_path / "gone"))[1]
    assert "has no .json files" in run("--collect", str(tmp_path))[1]
    (tmp_path / "ada.json").write_bytes(b"\xff\xfe\x00")
    assert "0 of 1 are ready." in run("--collect", str(tmp_path))[1]
