"""The learner's copy keeps what the learner wrote; JupyterLab is served, quiet, and ended whole."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from course import files
from course.errors import UserError
from course.learner import copies, lab

ROOT = Path(lab.__file__).parent.parent
ANNOUNCEMENTS = "@jupyterlab/apputils-extension:announcements"
JUPYTER = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


# -- a shipped course of two notebooks, and a learner's copy of it ---------------------------------
def text_of(*sources: str, output: str = "") -> str:
    """A notebook with these code cells; ``output`` is what each printed when it was run."""
    printed = [{"output_type": "stream", "name": "stdout", "text": output}] if output else []
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{i}",
            "metadata": {},
            "source": source,
            "outputs": printed,
            "execution_count": 1 if output else None,
        }
        for i, source in enumerate(sources)
    ]
    metadata = {"language_info": {"name": "python"}, "mlx_course": {"executed": "0" * 16}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def ship(folder: Path, exercises: str = "stub") -> None:
    """Put the two notebooks of a version of the course into ``folder``."""
    for name, source in (("notebooks", "import course"), ("exercises", exercises)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "00_a.ipynb").write_text(text_of(source, output="of ours"))


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(copies, "shipped", lambda: tmp_path / "shipped")
    ship(tmp_path / "shipped")
    return tmp_path / "shipped"


@pytest.fixture
def mine(tmp_path: Path, shipped: Path) -> Path:
    """A copy that has just been made."""
    copies.start(tmp_path / "mine")
    return tmp_path / "mine"


def exercise(folder: Path) -> Path:
    return folder / "exercises" / "00_a.ipynb"


def sources(path: Path) -> list[str]:
    return [cell["source"] for cell in json.loads(path.read_text())["cells"]]


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but the course's own list."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != copies.MANIFEST
    }


# -- making the copy -------------------------------------------------------------------------------
@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
def test_a_copy_is_made(tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "mine"
    if there:
        folder.mkdir()
    assert copies.start(folder) == [f"Copied 2 notebooks to {folder}: they are yours to change."]
    assert content(folder).keys() == {"notebooks/00_a.ipynb", "exercises/00_a.ipynb"}


def test_a_copy_has_no_outputs_and_no_marks_of_our_runs(mine: Path) -> None:
    for path in mine.rglob("*.ipynb"):
        notebook = json.loads(path.read_text())
        assert "mlx_course" not in notebook["metadata"]
        for cell in notebook["cells"]:
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


def test_the_second_time_there_is_nothing_to_do(mine: Path) -> None:
    before = content(mine)
    assert copies.start(mine) == []
    assert content(mine) == before


def test_a_course_without_notebooks_says_so(tmp_path: Path, shipped: Path) -> None:
    shutil.rmtree(shipped)
    with pytest.raises(UserError, match="has no notebooks"):
        copies.start(tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("a letter")
    with pytest.raises(UserError, match="is a file"):
        copies.start(tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "a letter"


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(UserError, match="holds other things"):
        copies.start(tmp_path)
    assert content(tmp_path) == {"letter": b"dear"}


# -- a new version of the course -------------------------------------------------------------------
def test_a_file_that_nobody_changed_is_brought_up_to_date(shipped: Path, mine: Path) -> None:
    ship(shipped, "stub, better")
    assert copies.start(mine) == []
    assert sources(exercise(mine)) == ["stub, better"]


def test_having_run_a_notebook_is_no_change(shipped: Path, mine: Path) -> None:
    ran = text_of("stub", output="Not started")
    exercise(mine).write_text(ran)
    copies.start(mine)
    assert exercise(mine).read_text() == ran, "nothing new was shipped, so outputs stay"
    ship(shipped, "stub, better")
    copies.start(mine)
    assert content(mine).keys() == {"notebooks/00_a.ipynb", "exercises/00_a.ipynb"}
    assert sources(exercise(mine)) == ["stub, better"]


def test_a_change_is_kept_and_the_new_version_lies_beside_it(shipped: Path, mine: Path) -> None:
    exercise(mine).write_text(text_of("my answer"))
    ship(shipped, "stub, better")
    beside = mine / "exercises" / "00_a.new.ipynb"
    assert copies.start(mine) == [
        "You changed exercises/00_a.ipynb, so its new version is 00_a.new.ipynb beside it."
    ]
    assert sources(exercise(mine)) == ["my answer"]
    assert sources(beside) == ["stub, better"]
    assert copies.start(mine) == [], "said once"


def test_work_in_the_version_beside_is_kept_too(shipped: Path, mine: Path) -> None:
    exercise(mine).write_text(text_of("my answer"))
    ship(shipped, "stub, better")
    copies.start(mine)
    (mine / "exercises" / "00_a.new.ipynb").write_text(text_of("my better answer"))
    ship(shipped, "stub, best")
    (said,) = copies.start(mine)
    assert "00_a.new2.ipynb" in said
    found = {tuple(sources(path)) for path in (mine / "exercises").iterdir()}
    assert found == {("my answer",), ("my better answer",), ("stub, best",)}


def test_a_version_beside_that_nobody_touched_is_replaced(shipped: Path, mine: Path) -> None:
    exercise(mine).write_text(text_of("my answer"))
    for version in ("stub, better", "stub, best"):
        ship(shipped, version)
        copies.start(mine)
    found = {tuple(sources(path)) for path in (mine / "exercises").iterdir()}
    assert found == {("my answer",), ("stub, best",)}


def test_a_deleted_file_comes_back(mine: Path) -> None:
    exercise(mine).unlink()
    (said,) = copies.start(mine)
    assert said.startswith("Copied 1 notebook ")
    assert sources(exercise(mine)) == ["stub"]


# -- damage ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("manifest", ["", "{", "[]", '{"files": 3}', '{"files": ["ab"]}', b"\xff"])
def test_a_broken_list_loses_nothing(shipped: Path, mine: Path, manifest: str | bytes) -> None:
    answered, ran = text_of("my answer", output="Passed"), text_of("import course", output="ok")
    exercise(mine).write_text(answered)
    (mine / "notebooks" / "00_a.ipynb").write_text(ran)
    raw = manifest.encode() if isinstance(manifest, str) else manifest
    (mine / copies.MANIFEST).write_bytes(raw)
    ship(shipped, "stub, better")
    copies.start(mine)
    assert exercise(mine).read_text() == answered
    assert (mine / "notebooks" / "00_a.ipynb").read_text() == ran
    assert copies.start(mine) == [], "and the list is whole again"


@pytest.mark.parametrize("damaged", [b"{ half a note", b"\xff\xfe not UTF-8", b"[1]", b""])
def test_a_notebook_that_cannot_be_read_is_kept(shipped: Path, mine: Path, damaged: bytes) -> None:
    exercise(mine).write_bytes(damaged)
    ship(shipped, "stub, better")
    (said,) = copies.start(mine)
    assert "You changed exercises/00_a.ipynb" in said
    assert exercise(mine).read_bytes() == damaged


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "exercises/00_a.ipynb")


def test_a_full_disk_ends_in_a_sentence_and_leaves_the_old_file(
    shipped: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(mine)
    ship(shipped, "stub, better")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full_disk)
        with pytest.raises(UserError, match="No space left"):
            copies.start(mine)
    assert content(mine) == before, "no half-written file is left either"
    copies.start(mine)
    assert sources(exercise(mine)) == ["stub, better"]


@pytest.mark.usefixtures("shipped")
def test_a_copy_that_was_interrupted_can_be_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, write = tmp_path / "mine", files.write

    def write_until_full(path: Path, text: str) -> None:
        if path.parent.name == "notebooks":
            full_disk()
        write(path, text)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", write_until_full)
        with pytest.raises(UserError, match="No space left"):
            copies.start(folder)
    copies.start(folder)
    assert content(folder).keys() == {"notebooks/00_a.ipynb", "exercises/00_a.ipynb"}


def test_a_folder_that_may_not_be_read_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "iterdir", denied)
    with pytest.raises(UserError, match="Permission denied"):
        copies.start(tmp_path)


# -- JupyterLab, really ----------------------------------------------------------------------------
@dataclass
class Served:
    """A running `lab`: its process, where it answers, its token, the end of its address."""

    process: subprocess.Popen[str]
    base: str
    token: str
    path: str
    log: Path

    def get(self, path: str, token: bool = True, data: bytes | None = None) -> str:
        request = urllib.request.Request(self.base + path, data)
        if token:
            request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "course.cli", "lab", str(folder), "--no-browser", *options]


def environment(home: Path, **more: str) -> dict[str, str]:
    """As a learner's, except that nothing is read from or written to this person's own folders."""
    apart = {name: str(home / name.lower()) for name in JUPYTER}
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, **apart, "MLX_COURSE_HOME": str(home), "PYTHONPATH": paths, **more}


def _as_in_a_terminal() -> None:
    """Under nohup, or in the background of a script, these would be ignored."""
    for name in (signal.SIGHUP, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)


@contextmanager
def serving(folder: Path, home: Path, *options: str, **more: str) -> Iterator[Served]:
    """Run `lab` as a learner does, in a terminal and a process group of its own, until the end."""
    pty = pytest.importorskip("pty", reason="needs a POSIX terminal")
    home.mkdir(exist_ok=True)
    terminal, stdin = pty.openpty()
    log = home / f"{folder.name}.log"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background
    with log.open("w") as stderr:  # ignores Ctrl-C, and so would its children
        process = subprocess.Popen(
            command(folder, *options),
            cwd=ROOT,
            env=environment(home, **more),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
            preexec_fn=_as_in_a_terminal,
        )
    signal.signal(signal.SIGINT, before)
    try:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"(http://127\.0\.0\.1:\d+)(/lab/tree/\S+)\?token=(\w+)", said)
        assert found, f"no address in:\n{said}{log.read_text()}"
        yield Served(process, found[1], found[3], found[2], log)
    finally:
        family = family_of(process)
        process.terminate()
        gone(family)
        process.wait()
        if process.stdout:
            process.stdout.close()
        for file in (terminal, stdin):
            os.close(file)


def family_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """A process and all that it started; none if it has ended."""
    if process.poll() is not None:
        return []
    found = psutil.Process(process.pid)
    return [found, *found.children(recursive=True)]


def gone(family: list[psutil.Process]) -> bool:
    """Wait for these to end. Whichever does not is killed."""
    _, alive = psutil.wait_procs(family, timeout=30)
    for process in alive:
        process.kill()
    return not alive


def ended(served: Served, family: list[psutil.Process]) -> str:
    """What it said at its end. It ended well, and nothing that it started is left."""
    code = served.process.wait(30)
    assert gone(family)
    assert served.process.stdout
    said = served.process.stdout.read()
    assert code == 0, said
    assert "Traceback" not in said + served.log.read_text()
    return said


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests that only look. Its learner has settings of their own."""
    home = tmp_path_factory.mktemp("learner")
    theirs = home / "theirs"
    (theirs / "labconfig").mkdir(parents=True)
    (theirs / "labconfig" / "page_config.json").write_text(
        json.dumps({"disabledExtensions": {"@jupyterlab/celltags-extension": True}})
    )
    settings = {"ContentsManager": {"allow_hidden": True}}
    (theirs / "jupyter_server_config.json").write_text(json.dumps(settings))
    with serving(home / "mine", home, JUPYTER_CONFIG_PATH=str(theirs)) as found:
        yield found


@pytest.mark.slow
def test_the_home_notebook_is_what_opens_and_it_shows_the_map_at_once(served: Served) -> None:
    assert served.path == "/lab/tree/notebooks/index.ipynb"
    path = served.path.removeprefix("/lab/tree/")
    found = json.loads(served.get(f"/api/contents/{path}"))
    assert found["type"] == "notebook"
    assert "What next" in json.dumps(found["content"]["cells"][1]["outputs"])


@pytest.mark.slow
def test_the_token_lets_in_and_nothing_else_does(served: Served) -> None:
    names = {entry["name"] for entry in json.loads(served.get("/api/contents"))["content"]}
    assert {"notebooks", "exercises"} <= names
    with pytest.raises(urllib.error.HTTPError) as refused:
        served.get("/api/contents", token=False)
    assert refused.value.code == 403


@pytest.mark.slow
def test_the_token_is_on_no_command_line(served: Served) -> None:
    commands = [" ".join(process.cmdline()) for process in family_of(served.process)]
    assert any("jupyterlab" in line for line in commands), "the server itself was looked at"
    assert not [line for line in commands if served.token in line]


@pytest.mark.slow
def test_the_news_are_off_and_the_learners_own_settings_hold(served: Served) -> None:
    page = served.get("/lab")
    found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S)
    assert found
    disabled = json.loads(found[1])["disabledExtensions"]
    assert ANNOUNCEMENTS in disabled
    assert "@jupyterlab/celltags-extension" in disabled
    assert served.get(f"/api/contents/{copies.MANIFEST}"), "their allow_hidden"


@pytest.mark.slow
def test_a_second_one_gets_a_port_of_its_own_and_ctrl_c_ends_all_of_it(
    served: Served, tmp_path: Path
) -> None:
    with serving(tmp_path / "mine", tmp_path) as second:
        assert second.base != served.base
        kernel = json.loads(second.get("/api/kernels", data=b'{"name": "python3"}'))
        file = tmp_path / "jupyter_runtime_dir" / f"kernel-{kernel['id']}.json"
        client = BlockingKernelClient(connection_file=str(file))
        client.load_connection_file()
        client.start_channels()
        client.kernel_info(reply=True, timeout=60)
        client.stop_channels()
        family = family_of(second.process)
        assert any("ipykernel" in " ".join(process.cmdline()) for process in family)
        os.killpg(second.process.pid, signal.SIGINT)  # as a terminal does: to all in the group
        said = ended(second, family).strip()
        assert said == (
            "JupyterLab is ending. Notebooks stay as you last saved them; progress is saved."
        )
    assert served.get("/api/status"), "the first still runs"


STAND_IN = """
import http.server, sys
port = next(int(word[7:]) for word in sys.argv if word.startswith("--port="))
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""


def with_jupyterlab(folder: Path, text: str) -> dict[str, str]:
    """Variables under which `python -m jupyterlab` runs this text instead."""
    (folder / "jupyterlab.py").write_text(text)
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_kill_and_a_closed_terminal_end_the_server_too(tmp_path: Path, end: int) -> None:
    stand_in = with_jupyterlab(tmp_path, STAND_IN)
    with serving(tmp_path / "mine", tmp_path, **stand_in) as found:
        family = family_of(found.process)
        found.process.send_signal(end)
        ended(found, family)


def refused(tmp_path: Path, *options: str, **more: str) -> str:
    """What `lab` says on stderr as it ends with exit code 1."""
    done = subprocess.run(
        command(tmp_path / "mine", *options),
        cwd=ROOT,
        env=environment(tmp_path, **more),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    return done.stderr


@pytest.mark.slow
def test_a_busy_port_ends_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused(tmp_path, "--port", str(port))
    assert said == f"Port {port} is in use. Leave --port out, or name another.\n"


@pytest.mark.slow
def test_a_server_that_cannot_start_ends_in_a_sentence(tmp_path: Path) -> None:
    said = refused(tmp_path, **with_jupyterlab(tmp_path, "import sys; sys.exit('no such setting')"))
    assert said.splitlines() == [
        "no such setting",
        "JupyterLab ended at once; what it said is above.",
    ]
