"""Starts and ends the processes that submissions run in.

Runs on the host. Treats everything from the sandbox as untrusted. A `Sandbox` serves one submission
after another: `open()` returns a channel to a process that has seen no other submission, and
`end()` ends that process. `way()` says how processes are kept apart on this machine. `bubblewrap`
and `seatbelt` know the options of their programs, `sandbox_files` what lies inside.
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

from course import blas, openblas
from course.errors import UserError
from course.grading import bubblewrap, protocol, sandbox_files, seatbelt
from course.grading.framing import Broken
from course.grading.protocol import Setup

START_SECONDS = 60.0
END_SECONDS = 10.0
UNUSED = 1 << 30  # address space that libraries and thread stacks take without using memory


def way(unsandboxed: bool = False) -> str:
    """How submissions are kept apart here: "bubblewrap", "sandbox-exec" or "unsandboxed".

    Args:
        unsandboxed: whether the caller wants no sandbox.

    Raises:
        UserError: a sandbox is wanted, and this machine has none.
    """
    if unsandboxed:
        return "unsandboxed"
    if sys.platform == "darwin" and shutil.which("sandbox-exec"):
        return "sandbox-exec"
    why = "bubblewrap is not installed (Debian, Ubuntu: apt-get install bubblewrap)"
    if sys.platform != "linux":
        why = "this system has no sandbox that the grader knows"
    elif shutil.which("bwrap"):
        trial = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]
        tried = subprocess.run(trial, capture_output=True, text=True)
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
        harness: the lesson's harness; see course.content.assemble.
        how: what ``way()`` returned.
        memory: megabytes that a submission may use.
        processes: how many it may have at once.
    """

    def __init__(self, harness: dict[str, str], how: str, memory: int = 2048, processes: int = 64):
        self.how, self.memory = how, memory << 20
        self.setup = Setup(harness, self.memory + UNUSED, processes)
        self.stage = Path(tempfile.mkdtemp(prefix="mlx-course-"))
        sandbox_files.fill(self.stage)
        self.forks = how == "bubblewrap"
        self.cpu = 0.0  # seconds that submissions have used, where the fork server counts them
        self.note = ""  # why it does not fork, where it does not
        self._server: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        self._channel: socket.socket | None = None  # to the submission's process
        self._process: subprocess.Popen | None = None  # that process, where there are no forks

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        shutil.rmtree(self.stage, ignore_errors=True)

    def open(self) -> socket.socket:
        """A channel to a fresh process that waits for its cells. The one before is ended.

        Raises:
            UserError: no process can be started on this machine.
        """
        self.end()
        if self.forks:
            self._start_server()
        if self.forks:  # it still does after it was tried
            mine, theirs = socket.socketpair()
            assert self._control
            with theirs:
                socket.send_fds(self._control, [protocol.FORK], [theirs.fileno()])
            pid, _, why = self._hear().partition(" ")
            if pid == "0":
                mine.close()
                self._fall_back(why)
                return self.open()
            self._channel = mine
        else:
            if self.how != "bubblewrap":  # which has a new /tmp each time
                shutil.rmtree(self.stage / "tmp", ignore_errors=True)
                (self.stage / "tmp").mkdir(exist_ok=True)
            self._process, self._channel = self._spawn("fresh")
            self._channel.sendall(protocol.encode(self.setup))
        return self._channel

    def end(self) -> str:
        """End the submission's process and all that it started. Returns how it had ended, in words;
        "" where it had not ended by itself."""
        if self._channel is None:
            return ""
        self._channel.close()
        self._channel = None
        if self._process is not None:
            code, self._process = _kill(self._process), None
            return _said(code)
        try:
            assert self._control
            self._control.sendall(protocol.END)
            code, cpu = self._hear(END_SECONDS).split()
            code, self.cpu = int(code), self.cpu + float(cpu)
        except (OSError, ValueError, UserError):
            self.close()
            return ""
        return _said(code if code < 64 else 64 - code)

    def close(self) -> None:
        """End everything that was started."""
        if self._channel is not None:
            self._channel.close()
        if self._control is not None:
            self._control.close()
            with suppress(subprocess.TimeoutExpired):  # it ends by itself, its CPU time counted
                if self._server is not None:
                    self._server.wait(1.0)
        for process in (self._process, self._server):
            if process is not None:
                _kill(process)
        self._channel = self._control = self._process = self._server = None

    def watch(self) -> None:
        """Look at the memory that the submission's processes and the fork server hold.

        Raises:
            Broken: it is more than they may have.
        """
        process = self._process or self._server
        if process and _resident(process.pid) > self.memory:
            raise Broken("it took more memory than it may")

    def _start_server(self) -> None:
        if self._server is not None and self._server.poll() is None:
            return
        self.close()
        self._server, self._control = self._spawn("fork")
        with suppress(OSError):  # it has ended already; the next line reads what it said
            self._control.sendall(protocol.encode(self.setup))
        if why := self._hear().strip():
            self._fall_back(why)

    def _fall_back(self, why: str) -> None:
        """Start a new process for each submission from now on: slower, and as safe."""
        self.close()
        self.forks, self.note = False, f"a new Python for each submission, as {why}"

    def _hear(self, seconds: float = START_SECONDS) -> str:
        """A line of text from the fork server, which runs no code of a submission."""
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
        python = [os.path.abspath(sys.executable), "-s", "-P"]
        python += ["-m", "course.grading.fork_server", mode]
        whole, environment, folder = command(self.how, self.stage, python)
        with theirs, (self.stage / "errors").open("wb") as errors:
            process = subprocess.Popen(
                whole,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        return process, mine


def command(how: str, stage: Path, python: list[str]) -> tuple[list[str], dict[str, str], Path]:
    """(command, environment, folder) of a process that may run submissions.

    Args:
        how: what ``way()`` returned.
        stage: the sandbox's own folder.
        python: the command to run inside.
    """
    home = "/tmp" if how == "bubblewrap" else str(stage / "tmp")
    settings = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": home,
        "TMPDIR": home,
        "MLX_COURSE_HOME": home,
        "PYTHONPATH": bubblewrap.INSIDE if how == "bubblewrap" else str(stage),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
        "HF_HUB_OFFLINE": "1",
    }
    if library := _blas():
        settings["MLX_COURSE_BLAS"] = library
    package = sandbox_files.PACKAGE
    if how == "bubblewrap":
        whole = bubblewrap.command(stage, package, python, settings)
        return whole, {"PATH": os.environ["PATH"]}, stage
    shutil.copytree(package / "model", stage / "course" / "model", dirs_exist_ok=True)
    prefix = seatbelt.command(stage, package) if how == "sandbox-exec" else []
    return prefix + python, settings, stage / "tmp"


def _blas() -> str:
    """The fast BLAS of this machine as a path, "" where MLX has its own."""
    if blas._not_ours():
        return ""
    with suppress(openblas.Unusable):
        library = openblas.find()
        return library if library.startswith("/") else ""
    return ""


def _kill(process: subprocess.Popen) -> int:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        process.kill()
    with suppress(subprocess.TimeoutExpired):
        return process.wait(10.0)
    return 0


def _said(code: int) -> str:
    """How a process ended by itself, in words."""
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
