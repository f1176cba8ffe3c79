"""Starts and ends the processes that submissions run in. Outside; believes nothing it hears.

Knows processes; `walls` knows what is around them. A `Sandbox` serves one
submission after another: `open()` gives a line to a process that has seen no other, `end()` ends
it. `way()` says how processes are kept apart on this machine, or why they cannot be.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from course.errors import UserError
from course.grading import bubblewrap, protocol
from course.grading.protocol import Setup

START_SECONDS = 60.0
ROOM = 1 << 30  # address space that libraries and thread stacks take without using memory


def way(unsandboxed: bool = False) -> str:
    """How submissions are kept apart here: "bubblewrap", "sandbox-exec" or "unsandboxed".

    Raises:
        UserError: there is no sandbox, and the caller did not say that none is wanted.
    """
    if unsandboxed:
        return "unsandboxed"
    if sys.platform == "darwin" and shutil.which("sandbox-exec"):
        return "sandbox-exec"
    why = "bubblewrap is not installed (Debian, Ubuntu: apt-get install bubblewrap)"
    if sys.platform != "linux":
        why = "this system has no sandbox that the grader knows"
    elif shutil.which("bwrap"):
        tried = subprocess.run(
            ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"],
            capture_output=True, text=True,
        )  # fmt: skip
        if tried.returncode == 0:
            return "bubblewrap"
        why = f"bubblewrap does not run here: {tried.stderr.strip()[:300]}"
    raise UserError(
        f"Submissions are strangers' programs, and {why}. --unsandboxed runs them with your "
        "rights, and every report will say so."
    )


class Sandbox:
    """A place for submissions to one lesson, one at a time. Used as a context manager.

    Args:
        harness: the lesson's harness; see course.content.source.
        how: what ``way()`` said.
        memory: megabytes that a submission may use.
    """

    def __init__(self, harness: dict[str, str], how: str, memory: int = 2048, processes: int = 64):
        self.how, self.memory = how, memory << 20
        self.setup = Setup(harness, self.memory + ROOM, processes)
        self.stage = Path(tempfile.mkdtemp(prefix="mlx-course-"))
        bubblewrap.fill(self.stage)
        self.forks = how == "bubblewrap"
        self.cpu = 0.0  # seconds that submissions have used, where the fork server counts them
        self.note = ""  # why it does not fork, where it does not
        self._server: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        self._room: socket.socket | None = None
        self._one: subprocess.Popen | None = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        shutil.rmtree(self.stage, ignore_errors=True)

    def open(self) -> socket.socket:
        """A line to a fresh process that waits for its cells; the one before is ended.

        Raises:
            UserError: no process could be started: the machine's fault, no submission's.
        """
        self.end()
        if self.forks:
            self._start_server()
        if self.forks:  # still, after it was tried
            mine, theirs = socket.socketpair()
            assert self._control
            with theirs:
                socket.send_fds(self._control, [b"S"], [theirs.fileno()])
            pid, _, why = self._hear().partition(" ")
            if pid == "0":
                mine.close()
                self._fall_back(why)
                return self.open()
            self._room = mine
        else:
            if self.how != "bubblewrap":  # which has a new /tmp each time
                shutil.rmtree(self.stage / "tmp", ignore_errors=True)
                (self.stage / "tmp").mkdir(exist_ok=True)
            self._one, self._room = self._spawn("fresh")
            self._room.sendall(protocol.encode(self.setup))
        return self._room

    def end(self) -> str:
        """End the submission's process and all that it started; how it had ended, in words."""
        if self._room is None:
            return ""
        self._room.close()
        self._room = None
        if self._one is not None:
            code, self._one = _kill(self._one), None
            return _said(code)
        try:
            assert self._control
            self._control.sendall(b"E")
            code, cpu = self._hear(10.0).split()
            code, self.cpu = int(code), self.cpu + float(cpu)
        except (OSError, ValueError, UserError):
            self.close()
            return ""
        return _said(code if code < 64 else 64 - code)

    def close(self) -> None:
        """End everything that was started."""
        if self._room is not None:
            self._room.close()
        if self._control is not None:
            self._control.close()
            with suppress(subprocess.TimeoutExpired):  # it ends by itself, its CPU time counted
                if self._server is not None:
                    self._server.wait(1.0)
        for process in (self._one, self._server):
            if process is not None:
                _kill(process)
        self._room = self._control = self._one = self._server = None

    def watch(self) -> None:
        """Look at the memory that the submission's processes hold, the fork server's among it.

        Raises:
            Broken: it is more than they may have.
        """
        process = self._one or self._server
        if process and _resident(process.pid) > self.memory:
            raise protocol.Broken("it took more memory than it may")

    def _start_server(self) -> None:
        if self._server is not None and self._server.poll() is None:
            return
        self.close()
        self._server, self._control = self._spawn("fork")
        with suppress(OSError):  # it has ended already: what it said comes next
            self._control.sendall(protocol.encode(self.setup))
        if why := self._hear().strip():
            self._fall_back(why)

    def _fall_back(self, why: str) -> None:
        """From now on a process of its own for each submission: slower, and as safe."""
        self.close()
        self.forks, self.note = False, f"a new Python for each submission, as {why}"

    def _hear(self, seconds: float = START_SECONDS) -> str:
        """A line from the fork server. It runs none of a submission's code."""
        assert self._control and self._server
        self._control.settimeout(seconds)
        said = b""
        try:
            while not said.endswith(b"\n"):
                part = self._control.recv(1 if len(said) < 500 else 0)
                if not part:
                    break
                said += part
        except OSError:  # it took too long, or ended
            said = b""
        if not said.endswith(b"\n"):
            _kill(self._server)
            raise UserError(f"The sandbox did not start: {self._errors() or 'it was silent'}")
        return said.decode().rstrip("\n")

    def _errors(self) -> str:
        with suppress(OSError):
            return (self.stage / "errors").read_text(errors="replace").strip()[-500:]
        return ""

    def _spawn(self, mode: str) -> tuple[subprocess.Popen, socket.socket]:
        mine, theirs = socket.socketpair()
        python = [
            os.path.abspath(sys.executable),
            "-s",
            "-P",
            "-m",
            "course.grading.fork_server",
            mode,
        ]
        command, environment, place = bubblewrap.command(self.how, self.stage, python)
        with theirs, (self.stage / "errors").open("wb") as errors:
            process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=errors, cwd=place,
                env=environment, start_new_session=True,
            )  # fmt: skip
        return process, mine


def _kill(process: subprocess.Popen) -> int:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        process.kill()
    with suppress(subprocess.TimeoutExpired):
        return process.wait(10.0)
    return 0


def _said(code: int) -> str:
    if code in (-9, 0, 126):
        return ""  # we ended it, or nothing is known
    if code < 0:
        with suppress(ValueError):
            return f"its process ended by {signal.Signals(-code).name}"
    return f"its process ended with exit code {code}"


def _resident(pid: int, depth: int = 0) -> int:
    """Bytes of memory that a process and its descendants hold; 0 where /proc does not say."""
    used = 0
    try:
        used = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                used += _resident(int(child), depth + 1) if depth < 50 else 0
    except (OSError, IndexError, ValueError):
        pass
    return used
