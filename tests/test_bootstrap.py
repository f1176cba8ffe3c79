"""The door, on a small clone, with tools that only pretend: no network, nothing is installed.

uv, python3.N, nvidia-smi and .venv's own python are one script that writes down how it was called.
Where the machine must be another one, the door runs behind a line that changes what it sees.
"""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course import bootstrap

REPO = Path(__file__).resolve().parent.parent
OLD_FILES = [
    REPO / "course" / name for name in ("__init__.py", "__main__.py", "bootstrap.py", "hook.py")
]
AS = (
    "from course import bootstrap, __main__ as way; import os, platform, sys; {}; "
    "sys.exit(way.main({}))"
)
OLD = "bootstrap.RUNNING = (3, 9)"
NOWHERE = "sys.prefix = '/nowhere'"  # whatever runs the tests, it is not the clone's .venv

TOOL = """
import json, os, sys, time
here = os.path.dirname(__file__)
name, args = sys.argv[1], sys.argv[2:]
kind = [a for a in args if a in ("venv", "pip", "--version", "-c", "course.cli")][:1]
kind = " ".join([name] + kind)
with open(here + "/calls", "a") as file:
    file.write(json.dumps({"kind": kind, "args": args, "pid": os.getpid(), "cwd": os.getcwd(),
                           "env": dict(os.environ)}) + "\\n")
acts = json.load(open(here + "/acts")).get(kind, {})
while "until" in acts and not os.path.exists(acts["until"]):
    time.sleep(0.02)
print(acts.get("says") or (name[6:] or "3.11" if kind.endswith("-c") else "fine"))
if acts.get("rc"):
    sys.exit(acts["rc"])
if "course.cli" in args:
    os.environ.update(PYTHONPATH=here + "/../clone", MADE_BY=name)
    os.execv(sys.executable, [sys.executable] + args)
if "venv" in args:
    venv = [a for a in args if a.endswith(".venv")][0]
    os.makedirs(venv + "/bin")
    os.symlink(here + "/python", venv + "/bin/python")
"""
CLI = """
import json, os, sys
def main():
    print(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]))
    return int(os.environ.get("RC", 0))
if __name__ == "__main__":
    sys.exit(main())
"""


class Clone:
    def __init__(self, folder):
        self.root, self.tools = folder / "clone", folder / "tools"
        self.venv, self.stamp = self.root / ".venv", self.root / ".venv" / "mlx-course.json"
        self.tools.mkdir()
        (self.root / "course").mkdir(parents=True)
        for file in OLD_FILES:
            shutil.copy(file, self.root / "course")
        (self.root / "course" / "cli.py").write_text(CLI)
        for name in ("pyproject.toml", "constraints.txt"):
            shutil.copy(REPO / name, self.root)
        (self.tools / "tool.py").write_text(TOOL)
        self.acts()
        self.has("python", "uv")

    def has(self, *names):
        for name in names:
            script = '#!/bin/sh\nexec "%s" -I -S "%s" %s "$@"\n'
            (self.tools / name).write_text(script % (sys.executable, self.tools / "tool.py", name))
            (self.tools / name).chmod(0o755)

    def acts(self, **kinds):
        """How a tool behaves, by kind of call: until (a file exists), says, rc."""
        acts = {kind.replace("_", " ").strip(): act for kind, act in kinds.items()}
        (self.tools / "acts").write_text(json.dumps(acts))

    def calls(self):
        file = self.tools / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def work(self):
        """The kinds of calls that made or changed something since last asked."""
        kinds = [c["kind"] for c in self.calls() if c["kind"].split()[-1] in ("venv", "pip")]
        (self.tools / "calls").unlink(missing_ok=True)
        return kinds

    def start(self, *args, see="", cwd=None, **env):
        base = {"PATH": str(self.tools), "HOME": str(self.root), "PIP_NO_INDEX": "1"}
        command = [sys.executable, "-m", "course", *args]
        if see:
            command = [sys.executable, "-c", AS.format(see, list(args))]
        return subprocess.Popen(
            command, cwd=cwd or self.root, env={**base, **env}, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def run(self, *args, **more):
        """(exit status, what the cli saw or None, the door's words)."""
        process = self.start(*args, **more)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err, err
        return process.returncode, json.loads(out) if out else None, err


@pytest.fixture
def clone(tmp_path):
    if os.name != "posix":
        pytest.skip("the pretended tools are shell scripts")
    return Clone(tmp_path.resolve())


def until(true):
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


# --- the way through ------------------------------------------------------------------------------


def test_first_time_makes_venv_then_runs_the_verb_there(clone):
    rc, (args, cwd, env), err = clone.run("lab", "--port", "1")
    assert rc == 0
    assert (args, cwd, env["MADE_BY"]) == (["lab", "--port", "1"], str(clone.root), "python")
    venv, pip = [c for c in clone.calls() if c["kind"] in ("uv venv", "uv pip")]
    assert venv["args"][-2:] == ["--python", sys.executable]
    assert pip["args"] == [
        "pip", "install", "--python", str(clone.venv / "bin" / "python"),
        "-e", ".[cpu]", "-c", "constraints.txt",
    ]  # fmt: skip
    assert venv["cwd"] == pip["cwd"] == str(clone.root)
    version = ".".join(map(str, sys.version_info[:2]))
    assert f"Making .venv with uv and Python {version}: about 700 MB, once." in err
    assert re.search(r"Ready after \d+ s\.\n$", err)


@pytest.mark.parametrize("args", [[], ["--help"], ["lab"]])
def test_a_finished_venv_needs_no_work_and_no_word(clone, args):
    clone.run("lab")
    clone.work()
    rc, seen, err = clone.run(*args)
    assert (rc, seen[0], err) == (0, args, "")
    assert [call["kind"] for call in clone.calls()] == ["python course.cli"]


def test_the_folder_the_exit_status_and_the_environment_are_the_users(clone, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    kept = {"UV_DEFAULT_INDEX": "https://a.test", "PIP_INDEX_URL": "https://b.test", "RC": "7"}
    lost = {"VIRTUAL_ENV": "/v", "PIP_TARGET": "/t", "PYTHONPATH": str(clone.root)}
    rc, (_, cwd, _), _ = clone.run("lab", cwd=mine, **kept, **lost)
    assert (rc, cwd) == (7, str(mine.resolve()))
    for call in clone.calls():
        assert kept.items() <= call["env"].items()
        assert not lost.keys() & call["env"].keys()
        assert call["kind"] not in ("uv venv", "uv pip") or call["cwd"] == str(clone.root)


def test_from_a_wheel_the_verb_runs_in_this_very_python(clone):
    (clone.root / "constraints.txt").unlink()
    rc, (_, _, env), err = clone.run("doctor", see=NOWHERE)
    assert (rc, err, "MADE_BY" in env) == (0, "", False)
    assert not clone.calls() and not clone.venv.exists()
    assert clone.run("doctor", RC="5")[0] == 5


@pytest.mark.parametrize("stamp", [None, dict.fromkeys(bootstrap.KEYS, "")])
def test_inside_venv_the_verb_runs_in_this_very_python(clone, stamp):
    clone.venv.mkdir()  # with a stamp ours, without one made by hand: both are the user's choice
    if stamp:
        clone.stamp.write_text(json.dumps(stamp))
    rc, (_, _, env), err = clone.run("lab", see=f"sys.prefix = {str(clone.venv)!r}")
    assert (rc, err, "MADE_BY" in env) == (0, "", False)
    assert not clone.calls()


# --- levels, changes, repairs ---------------------------------------------------------------------


def extras(clone):
    return [c["args"][c["args"].index("-e") + 1] for c in clone.calls() if "-e" in c["args"]]


def test_dev_is_added_once_and_includes_learn(clone):
    clone.run("lab")
    assert extras(clone) == [".[cpu]"]
    clone.work()
    rc, _, err = clone.run("test")
    assert rc == 0 and "Adding to .venv what building and testing need." in err
    assert extras(clone) == [".[cpu,dev]"]
    assert clone.work() == ["uv pip"]
    clone.run("test")
    clone.run("lab")
    assert clone.work() == []
    assert json.loads(clone.stamp.read_text())["level"] == "dev"


@pytest.mark.parametrize("verb", ["test", "build", "verify", "new"])
def test_dev_from_nothing(clone, verb):
    assert "about 1.2 GB" in clone.run("--quiet", verb)[2]
    assert extras(clone) == [".[cpu,dev]"]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_are_installed_into_the_same_venv(clone, name):
    clone.run("test")
    clone.work()
    (clone.venv / "mine").touch()
    with open(clone.root / name, "a") as file:
        file.write("\n# changed\n")
    assert "Bringing .venv up to date." in clone.run("lab")[2]
    assert extras(clone) == [".[cpu,dev]"]  # what was dev stays dev
    assert clone.work() == ["uv pip"] and (clone.venv / "mine").exists()
    clone.run("lab")
    assert clone.work() == []


def test_an_update_that_failed_is_done_again(clone):
    clone.run("lab")
    clone.work()
    clone.acts(uv_pip={"rc": 2, "says": "dns error"})
    assert clone.run("test")[0] == 1
    clone.acts()
    clone.work()
    assert clone.run("lab")[0] == 0  # even where the level would do
    assert clone.work() == ["uv pip"]


def ruin_stamp(clone):
    clone.stamp.write_text('{"level": "le')


def ruin_keys(clone):
    clone.stamp.write_text('["level"]')


def ruin_link(clone):
    (clone.venv / "bin" / "python").unlink()


def ruin_python(clone):
    ruin_link(clone)
    (clone.venv / "bin" / "python").write_text("no program")


@pytest.mark.parametrize("ruin", [ruin_stamp, ruin_keys, ruin_link, ruin_python])
def test_a_ruined_venv_of_ours_is_made_anew(clone, ruin):
    clone.run("lab")
    clone.work()
    (clone.venv / "left").mkdir()
    ruin(clone)
    rc, seen, err = clone.run("lab")
    assert rc == 0 and seen and err.startswith("Repairing .venv, wh")
    assert clone.work() == ["uv venv", "uv pip"] and not (clone.venv / "left").exists()


@pytest.mark.parametrize("step", ["uv_venv", "uv_pip"])
def test_a_venv_that_was_not_finished_is_repaired(clone, step):
    clone.acts(**{step: {"rc": 2, "says": "dns error"}})
    assert clone.run("lab")[0] == 1
    assert json.loads(clone.stamp.read_text()) == {}
    clone.acts()
    clone.work()
    rc, seen, err = clone.run("lab")
    assert rc == 0 and seen and "Repairing .venv, which was not finished." in err
    assert clone.work() == ["uv venv", "uv pip"]


def test_a_copied_clone_gets_a_venv_of_its_own(clone, tmp_path):
    clone.run("test")
    other = tmp_path / "other"
    shutil.copytree(clone.root, other, symlinks=True)
    clone.work()
    assert "its folder was moved or copied" in clone.run("lab", cwd=other)[2]
    assert extras(clone) == [".[cpu,dev]"]
    assert clone.work() == ["uv venv", "uv pip"]
    clone.run("lab")
    assert clone.work() == []


def test_an_empty_folder_is_as_good_as_none(clone):
    clone.venv.mkdir()
    (clone.venv / "mlx-course.json.new").touch()  # ended between making the folder and the stamp
    rc, seen, err = clone.run("lab")
    assert rc == 0 and seen and "Repairing" not in err


# --- backends -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rc, backend", [(0, "cuda13"), (9, "cpu")])
def test_the_backend_is_what_nvidia_smi_says(clone, rc, backend):
    clone.has("nvidia-smi")
    clone.acts(**{"nvidia-smi": {"says": "Driver Version: 12.1  CUDA Version: 13.0 |", "rc": rc}})
    clone.run("lab", see="platform.system = lambda: 'Linux'; bootstrap.refuse = lambda: None")
    assert extras(clone) == [f".[{backend}]"]
    assert json.loads(clone.stamp.read_text())["backend"] == backend


@pytest.mark.parametrize(
    "says, backend",
    [
        ("CUDA UMD Version: 14.1 |", "cuda13"),
        ("CUDA Version: 13.0 |", "cuda13"),
        ("CUDA Version: 12.8 |", "cuda12"),
        ("CUDA Version: 11.8 |", "cpu"),
        ("No devices were found", "cpu"),
        ("", "cpu"),
    ],
)
def test_which_cuda_is_which_backend(monkeypatch, says, backend):
    monkeypatch.setattr(bootstrap, "said", lambda *command: says)
    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Linux")
    assert bootstrap.found_backend() == backend
    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Darwin")
    assert bootstrap.found_backend() == "cpu"


def test_another_backend_makes_venv_anew_and_stays(clone):
    clone.run("test")
    clone.work()
    (clone.venv / "left").touch()
    rc, _, err = clone.run("lab", MLX_COURSE_BACKEND="cuda12")
    assert rc == 0 and "its backend was cpu" in err
    assert extras(clone) == [".[cuda12,dev]"]
    assert clone.work() == ["uv venv", "uv pip"] and not (clone.venv / "left").exists()
    clone.run("lab")
    clone.run("lab", MLX_COURSE_BACKEND="cuda12")
    assert clone.work() == []


# --- tools ----------------------------------------------------------------------------------------


def test_an_old_python_takes_the_newest_on_path_that_runs(clone):
    clone.has("python3.10", "python3.11", "python3.13", "python3.14")
    clone.acts(**{"python3.14 -c": {"rc": 127}})
    clone.run("lab", see=OLD)
    call = next(c for c in clone.calls() if c["kind"] == "uv venv")
    assert call["args"][-1] == str(clone.tools / "python3.13")
    (clone.tools / "uv").unlink()
    clone.stamp.write_text("{}")
    clone.work()
    assert "Making .venv with pip and Python 3.13" in clone.run("lab", see=OLD)[2]
    assert clone.work() == ["python3.13 venv", "python pip"]


def test_an_old_python_alone_has_uv_bring_a_new_one(clone):
    rc, seen, err = clone.run("lab", see=OLD)
    assert rc == 0 and seen and "with uv and Python 3.12:" in err
    call = next(c for c in clone.calls() if c["kind"] == "uv venv")
    assert call["args"][-2:] == ["--python", "3.12"]


@pytest.mark.parametrize("act", [None, {"rc": 127}])
def test_without_a_uv_that_works_it_is_venv_and_pip(clone, act):
    if act:
        clone.acts(**{"uv --version": act})
    else:
        (clone.tools / "uv").unlink()
    clone.has("python3.11")
    rc, seen, err = clone.run("lab", see=OLD)
    assert rc == 0 and seen and "uv" not in err
    assert clone.work() == ["python3.11 venv", "python pip"]


@pytest.mark.parametrize("step", ["uv_venv", "uv_pip"])
def test_a_uv_that_fails_gives_way_to_pip_and_says_so(clone, step):
    clone.has("python3.11")
    clone.acts(**{step: {"rc": 2, "says": "error: unexpected argument"}})
    rc, seen, err = clone.run("lab", see=OLD)
    assert rc == 0 and seen
    assert "error: unexpected argument" in err and "trying without it" in err
    assert clone.work()[-2:] == ["python3.11 venv", "python pip"]


# --- sentences: where the door stops, nothing is made, and what it says ---------------------------


def system(kind, machine, more="pass"):
    return f"platform.system = lambda: {kind!r}; platform.machine = lambda: {machine!r}; {more}"


DEBIAN = (
    "The virtual environment was not created successfully because ensurepip is not\\navailable."
)
PIP_OFFLINE = (
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'NameResolutionError(...)'\\n"
    "ERROR: No matching distribution found for hatchling>=1.27"
)
MAC = "platform.mac_ver = lambda: ({!r}, ('', '', ''), 'arm64')"
LOOKED = {  # before anything is made: word -> what the door sees, and pieces of its sentence
    "intel": (system("Darwin", "x86_64", "bootstrap.said = lambda *c: ''"), ["an Intel processor"]),
    "rosetta": (system("Darwin", "x86_64", "bootstrap.said = lambda *c: '1'"), ["arm64", "brew"]),
    "macos": (system("Darwin", "arm64", MAC.format("13.6")), ["macOS 13.6", "macOS 14"]),
    "glibc": (
        system("Linux", "x86_64", "platform.mac_ver = lambda: ('',); "
        "os.confstr_names = {'CS_GNU_LIBC_VERSION': 2}; os.confstr = lambda n: 'glibc 2.31'"),
        ["glibc 2.31", "glibc 2.35 or newer", "Debian 12"],
    ),
    "glibc, musl": (
        system("Linux", "aarch64", "platform.mac_ver = lambda: ('',); os.confstr_names = {}"),
        ["no glibc (Alpine has musl)", "Ubuntu 22.04"],
    ),
    "machine": (system("Linux", "riscv64"), ["Linux riscv64", "x86_64 or arm64"]),
    "machine, system": (system("FreeBSD", "amd64"), ["FreeBSD amd64", "Mac with Apple silicon"]),
    "tools": (
        OLD + "; bootstrap.shutil.which = lambda n: None",
        ["3.11 or newer", "is 3.9", "https://docs.astral.sh/uv/", "brew install uv", "python.org"],
    ),
    "files": (
        "def no(*a): raise OSError(30, 'Read-only file system', str(bootstrap.LOG))",
        ["must be able to write in", "Read-only file system", "of your own"],
    ),
}  # fmt: skip
TOLD = {  # by the tools' words: word -> who says it, what, and pieces of the sentence
    "space": ("uv_pip", "failed to copy: No space left on device (os error 28)", ["Make room"]),
    "space, pip": ("python_pip", "OSError: [Errno 28] no", ["Make room", "MB are free"]),
    "venv": ("python3.11_venv", DEBIAN, ["apt-get install python3-venv", "docs.astral.sh/uv/"]),
    "network": ("uv_pip", "error: Request failed\\n cause: dns error", ["Are you online", "proxy"]),
    "network, pip": ("python_pip", PIP_OFFLINE, ["Nothing could be downloaded", ".venv.log"]),
    "failed": ("python_pip", "a\\n" * 9 + "ERROR: no wheel", ["  ERROR: no wheel\n", ".venv.log"]),
}
ELSEWHERE = {"backend", "foreign", "python", "unfinished"}


def test_every_sentence_is_tried_here():
    words = set(re.findall(r"^(\w+): ", bootstrap.WORDS, re.M))
    assert words == {word.split(",")[0] for word in [*LOOKED, *TOLD]} | ELSEWHERE


@pytest.mark.parametrize("word", LOOKED)
def test_stops_before_anything_is_made(clone, word):
    see, pieces = LOOKED[word]
    if see.startswith("def"):
        see = f"exec({see!r}); type(bootstrap.LOG).open = no"
    rc, seen, err = clone.run("lab", see=see)
    assert (rc, seen) == (1, None)
    assert not [piece for piece in pieces if piece not in err], err
    assert err.count("\n") == 1 and "{" not in err
    assert clone.work() == [] and not clone.venv.exists()


@pytest.mark.parametrize("word", TOLD)
def test_stops_with_the_cause_of_a_tool_that_failed(clone, word):
    step, says, pieces = TOLD[word]
    if not step.startswith("uv"):
        (clone.tools / "uv").unlink()
        clone.has("python3.11")
    clone.acts(**{step: {"rc": 1, "says": says.replace("\\n", "\n")}})
    rc, seen, err = clone.run("lab", see=OLD)
    assert (rc, seen) == (1, None)
    assert not [piece for piece in pieces if piece not in err], err
    assert "{" not in err and "trying without" not in err
    assert says.split("\\n")[-1] in (clone.root / ".venv.log").read_text()


def test_our_own_writing_meets_a_full_disk(clone):
    full = "def no(*a): raise OSError(28, 'No space left on device')"
    rc, _, err = clone.run("lab", see=f"exec({full!r}); bootstrap.write_stamp = no")
    assert rc == 1 and "Make room" in err


def test_a_failing_tool_shows_its_last_15_lines(clone):
    (clone.tools / "uv").unlink()
    clone.has("python3.11")
    clone.acts(python_pip={"rc": 1, "says": "\n".join(f"line {n}." for n in range(40))})
    err = clone.run("lab", see=OLD)[2]
    assert "line 39." in err and "line 26." in err and "line 20." not in err
    assert "line 0." in (clone.root / ".venv.log").read_text()


def test_an_unknown_backend(clone):
    rc, _, err = clone.run("lab", MLX_COURSE_BACKEND="cuda11")
    assert rc == 1 and "cpu, cuda12 or cuda13" in err and "is cuda11." in err
    assert not clone.venv.exists()


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_a_venv_of_someone_else_is_left_alone(clone, kind):
    other = clone.root / "other"
    if kind == "folder":
        clone.venv.mkdir()
        (clone.venv / "pyvenv.cfg").write_text("mine")
    elif kind == "file":
        clone.venv.write_text("mine")
    else:
        clone.venv.symlink_to(other)
    rc, seen, err = clone.run("lab")
    assert (rc, seen, clone.work()) == (1, None, [])
    assert err == (
        f"{clone.venv} exists and was not made by this course. "
        "Move it away, then run the same command again.\n"
    )
    if kind == "folder":
        assert [p.read_text() for p in clone.venv.iterdir()] == ["mine"]
    assert not other.exists()


def test_an_old_python_with_the_wheel(clone):
    (clone.root / "pyproject.toml").unlink()
    rc, seen, err = clone.run("lab", see=f"{NOWHERE}; {OLD}")
    assert (rc, seen) == (1, None)
    assert err == f"The course needs Python 3.11 or newer; {sys.executable} is 3.9.\n"


def test_inside_a_venv_that_is_not_finished(clone):
    clone.venv.mkdir()
    clone.stamp.write_text("{}")
    rc, seen, err = clone.run("lab", see=f"sys.prefix = {str(clone.venv)!r}")
    assert (rc, seen) == (1, None) and "is not finished. Leave it (`deactivate`)" in err


# --- interrupted, and two at once -----------------------------------------------------------------


def at_work(clone, kind="uv pip"):
    until(lambda: any(call["kind"] == kind for call in clone.calls()))
    return next(call["pid"] for call in clone.calls() if call["kind"] == kind)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("kind", ["uv venv", "uv pip"])
def test_ctrl_c_ends_the_tool_and_the_next_start_repairs(clone, kind):
    clone.acts(**{kind: {"until": str(clone.root / "never")}})
    first = clone.start("lab")
    pid = at_work(clone, kind)
    os.kill(first.pid, signal.SIGINT)  # the door alone: it must pass it on
    out, err = first.communicate(timeout=60)
    assert (first.returncode, out) == (130, "")
    assert err.endswith("Stopped. Run the same command again to go on.\n"), err
    assert "Traceback" not in err and not alive(pid)
    clone.acts()
    rc, seen, err = clone.run("lab")
    assert rc == 0 and seen and "Repairing" in err


def test_the_second_door_waits_for_the_first(clone):
    go = clone.root / "go"
    clone.acts(uv_pip={"until": str(go)})
    first = clone.start("lab")
    at_work(clone)
    second = clone.start("lab")
    line = second.stderr.readline()
    assert "Another `python3 -m course` is building .venv" in line
    assert f"(process {first.pid})" in line
    go.touch()
    for door_ in (first, second):
        out, _ = door_.communicate(timeout=60)
        assert door_.returncode == 0 and json.loads(out)
    assert clone.work() == ["uv venv", "uv pip"]


def test_a_killed_door_leaves_no_lock_but_its_tool_is_waited_for(clone):
    go = clone.root / "go"
    clone.acts(uv_pip={"until": str(go)})
    first = clone.start("lab")
    at_work(clone)
    first.kill()
    first.communicate(timeout=60)
    second = clone.start("lab")
    assert "Another `python3 -m course`" in second.stderr.readline()
    go.touch()
    out, err = second.communicate(timeout=60)
    assert second.returncode == 0 and json.loads(out) and "Repairing" in err
    assert clone.work() == ["uv venv", "uv pip"] * 2


# --- the text of the files ------------------------------------------------------------------------


@pytest.mark.parametrize("file", OLD_FILES, ids=lambda file: file.name)
def test_any_python_3_can_read_it_and_it_needs_nothing(file):
    tree = ast.parse(file.read_text(), feature_version=(3, 4))
    modules = set()
    for node in ast.walk(tree):
        assert not isinstance(node, ast.JoinedStr | ast.NamedExpr | ast.AnnAssign | ast.Match), node
        if isinstance(node, ast.FunctionDef):
            args = node.args
            every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
            assert not args.posonlyargs and not node.returns
            assert not [arg for arg in every if arg and arg.annotation]
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            modules.add(node.module.split(".")[0])
    assert modules <= sys.stdlib_module_names | {"course"}


PRETEND = (
    "import sys, runpy; sys.version_info = (3, 9, 0); runpy.run_module('course', None, '__main__')"
)


def test_an_old_python_reaches_the_sentence(clone):
    found = [
        bootstrap.said(f"python3.{n}", "-c", "import sys; print(sys.executable)")
        for n in range(4, 11)
    ]
    for python in [
        [sys.executable, "-c", PRETEND],
        *([path, "-m", "course"] for path in found if path),
    ]:
        process = subprocess.run(
            [*python, "lab"],
            cwd=clone.root,
            env={"PATH": "/nowhere"},
            capture_output=True,
            text=True,
        )
        assert process.returncode == 1 and "needs Python 3.11 or newer" in process.stderr


# --- the pins -------------------------------------------------------------------------------------


def pins():
    lines = [line.split("#")[0].strip() for line in (REPO / "constraints.txt").open()]
    found = {}
    for requirement in [Requirement(line) for line in lines if line]:
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def wanted():
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    return [Requirement(r) for r in project["dependencies"] + optional["cpu"] + optional["dev"]]


def test_constraints_are_names_and_versions_only():
    assert "://" not in (REPO / "constraints.txt").read_text()
    for requirements in pins().values():
        for pin in requirements:
            (specifier,) = pin.specifier
            assert specifier.operator == "==" and "*" not in specifier.version
            assert not pin.extras and not pin.url


@pytest.mark.parametrize("requirement", wanted(), ids=str)
def test_what_the_project_wants_has_a_pin_that_satisfies_it(requirement):
    found = pins().get(canonicalize_name(requirement.name), [])
    assert found
    for pin in found:
        assert requirement.specifier.contains(next(iter(pin.specifier)).version)


def test_nothing_that_is_installed_with_the_course_lacks_a_pin():
    known, todo, seen = pins(), wanted(), set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                needs = importlib.metadata.requires(name) or []
            except importlib.metadata.PackageNotFoundError:
                continue
            for need in map(Requirement, needs):
                if not need.marker or need.marker.evaluate({"extra": extra}):
                    todo.append(need)
    names = {name for name, _ in seen}
    here = {
        name for name, requirements in known.items()
        if any(not pin.marker or pin.marker.evaluate() for pin in requirements)
    }  # fmt: skip
    direct = {canonicalize_name(r.name) for r in wanted() if r.marker and not r.marker.evaluate()}
    assert len(names) > 100
    assert names - direct <= here
