"""A model behind mlx_lm.server on this machine alone, while a block runs.

Knows how to start the server, wait until it is healthy, say why it does not come up, and end it.
The server reads from a pipe that only this process holds open: so it ends with the block, with the
kernel, and when the kernel is killed. Does not know what clients ask of it.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from course import machine
from course.errors import UserError

HOST = "127.0.0.1"
# Without a proxy: it could not reach this machine's loopback.
QUIET = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        port: its port on 127.0.0.1.
        model: the folder it was started with; requests may name it as their model.
        process: the server's process.
        log: the file with all that the server printed.
    """

    port: int
    model: str
    process: subprocess.Popen
    log: Path

    @property
    def url(self) -> str:
        """The base URL for a client, such as "http://127.0.0.1:8080/v1"."""
        return f"http://{HOST}:{self.port}/v1"

    def health(self) -> int:
        """The status code of /health: 200 if all is well, 503 if its generation thread died.

        0 if nothing answers within 5 seconds.
        """
        return _health(self.port)


@contextmanager
def serve(
    model: str | Path, *options: str, port: int | None = None, seconds: float = 120
) -> Iterator[Server]:
    """A context that runs ``mlx_lm.server`` for a model; it yields the running Server.

    The server reaches no network: it refuses a request for a model that is not on this machine,
    where mlx_lm alone would download it.

    Args:
        model: a model's folder.
        options: more arguments of the command, such as "--adapter-path", "adapters".
        port: on 127.0.0.1; None takes a free one.
        seconds: how long to wait until the server is healthy and has loaded the model.

    Raises:
        UserError: there is no such folder, the port is taken, an option is unknown, the model
            cannot be loaded, or the server does not come up in time.

    Example:
        >>> from course import model
        >>> with serve(model.directory()) as server:  # doctest: +SKIP
        ...     client = openai.OpenAI(base_url=server.url, api_key="none")
    """
    folder = Path(model).expanduser().resolve()
    if not (folder / "config.json").is_file():
        raise UserError(f"{model} is no model directory: it has no config.json.")
    if port is not None and not _free(port):
        raise UserError(f"Port {port} is taken: another program listens there. Choose another one.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        place = Path(name)
        server = _start(folder, options, port or _free_port(), place)
        try:
            _wait(server, seconds)
            yield server
        finally:
            _stop(server.process)


def _start(folder: Path, options: tuple[str, ...], port: int, place: Path) -> Server:
    """The started server. ``place`` gets its log, and an empty folder for its hub cache."""
    (place / "hub").mkdir()
    env = machine.child_env() | {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(place / "hub")}
    if machine.backends() == ["cpu"]:
        env["MLX_DISABLE_COMPILE"] = "1"  # a kernel takes g++ seconds, and a short run never pays
    command = [sys.executable, "-m", "course.serve", "--model", str(folder)]
    command += ["--host", HOST, "--port", str(port), *options]
    home = Path(__file__).parent.parent  # so that the child finds this very library
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(home), os.environ.get("PYTHONPATH")]))
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, env=env
        )
    return Server(port, str(folder), process, place / "log")


def _wait(server: Server, seconds: float) -> None:
    """Wait until the server is healthy and its model is loaded; a UserError says why it is not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        said = _text(server.log)
        if server.process.poll() is not None or "Traceback" in said or server.health() == 503:
            time.sleep(0.2)  # the last line of a traceback may still be on its way
            raise UserError(_why(_text(server.log), server.port))
        if _answers(server.port):
            return
        time.sleep(0.05)
    said = (_text(server.log).strip().splitlines() or ["nothing"])[-1]
    raise UserError(f"The server did not come up in {seconds:g} s. The last thing it said: {said}")


def _why(said: str, port: int) -> str:
    if "Address already in use" in said or "10048" in said:  # Windows has a number for it
        return f"Port {port} is taken: another program listens there. Choose another one."
    lines = said.strip().splitlines()
    errors = [line for line in lines if re.search(r"(^|\w)(Error|error): ", line)]
    last = (errors or lines or ["nothing"])[-1]
    return f"The server did not come up. It said: {last.strip()[:300]}"


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def _answers(port: int) -> bool:
    """Whether it generates a token: /health says "ok" while the model is still being loaded."""
    body = json.dumps({"prompt": "A", "max_tokens": 1}).encode()
    address = f"http://{HOST}:{port}/v1/completions"
    with suppress(OSError), QUIET.open(urllib.request.Request(address, body), timeout=60):
        return True
    return False


def _health(port: int) -> int:
    try:
        with QUIET.open(f"http://{HOST}:{port}/health", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _stop(process: subprocess.Popen) -> None:
    """End the server: close its pipe, then terminate it, then kill it."""
    with suppress(OSError):
        if process.stdin:
            process.stdin.close()
    for more in (process.terminate, process.kill):
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return
        more()
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name != "nt":  # on Windows this option would share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def alone(*command: str) -> list[str]:
    """The command that runs ``command`` without any network but loopback; [] if that cannot be.

    Only Linux can, where this user may make a network namespace.

    Args:
        command: arguments for the program, the program first.

    Example:
        >>> alone("curl", "http://127.0.0.1:8080/health")  # doctest: +SKIP
        ['unshare', '-n', '.venv/bin/python', '-m', 'course.serve', 'alone', 'curl', ...]
    """
    prefix = machine.offline()
    return [*prefix, sys.executable, "-m", "course.serve", "alone", *command] if prefix else []


def _child() -> None:
    """Run mlx_lm.server with two guards: it ends when its pipe closes, and Python opens no socket
    to another machine."""

    def watch() -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock would hang the interpreter's exit
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Jupyter's "interrupt" is meant for the kernel
    sys.addaudithook(_refuse_elsewhere)
    from mlx_lm import server

    server.main()


def _refuse_elsewhere(event: str, args: tuple) -> None:
    """An audit hook: a connection to another machine fails, and the log says so."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in (None, "", "localhost", HOST, "::1"):
        print(f"refused: {event} {host}", file=sys.stderr, flush=True)
        raise PermissionError(f"{host} is not this machine")


def _in_namespace(command: list[str]) -> None:
    """Become the command. In a fresh network namespace loopback has to be turned on first."""
    import fcntl  # not on Windows, which has no namespaces
    import struct

    get, put, up = 0x8913, 0x8914, 1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
    with socket.socket() as handle:
        found = fcntl.ioctl(handle, get, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16xh14x", found)[0]
        fcntl.ioctl(handle, put, struct.pack("16sh14x", b"lo", flags | up))
    os.execvp(command[0], command)


if __name__ == "__main__":
    _in_namespace(sys.argv[2:]) if sys.argv[1:2] == ["alone"] else _child()
