"""JupyterLab on the learner's own copy, until Ctrl-C. Knows processes, ports and signals."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from pathlib import Path

from course.errors import UserError
from course.learner import copies, home


def lab(folder: Path, browser: bool = True, port: int | None = None) -> int:
    """Serve the learner's copy with JupyterLab until Ctrl-C; open the home notebook.

    Args:
        folder: is made or completed first.
        browser: open the address; it is printed either way.
        port: on 127.0.0.1; without one, a free one.

    Returns:
        JupyterLab's exit code.

    Raises:
        UserError: the copy cannot be made, the port is in use, or JupyterLab does not start.
    """
    folder = folder.absolute()
    for sentence in copies.start(folder):
        print(sentence)
    home.refresh(folder / "notebooks" / "index.ipynb")
    if port is not None and not _is_free(port):
        raise UserError(f"Port {port} is in use. Leave --port out, or name another.")
    port = port or _free_port()
    token = secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"),
        *(
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
            "--Application.log_level=ERROR",  # or the address scrolls away
            "--KernelManager.transport_encryption=auto",  # or each kernel warns of eavesdroppers
        ),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    _take_every_end_as_ctrl_c()
    server = subprocess.Popen(
        command,
        env=_environment(token),
        cwd=folder,
        process_group=None if os.name == "nt" else 0,  # Ctrl-C is ours: it would ask "y/[n]?"
    )
    try:
        _wait_for(server, f"http://127.0.0.1:{port}/api/status?token={token}")
        address = f"http://127.0.0.1:{port}/lab/tree/notebooks/index.ipynb?token={token}"
        print(f"JupyterLab is open at\n\n    {address}\n\nCtrl-C ends it.", flush=True)
        if browser:
            webbrowser.open(address)
        return server.wait()
    except KeyboardInterrupt:
        print("\nJupyterLab is ending. Notebooks stay as you last saved them; progress is saved.")
        return 0
    finally:
        _end(server)


def _take_every_end_as_ctrl_c() -> None:
    """A closed terminal, or `kill`, must end the server as well; what is ignored stays ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _environment(token: str) -> dict[str, str]:
    """The learner's environment, with the token out of sight and without the news pop-up."""
    paths = [str(copies.PACKAGE / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    path = os.pathsep.join(filter(None, paths))
    return {**os.environ, "JUPYTER_CONFIG_PATH": path, "JUPYTER_TOKEN": token}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port() -> int:
    """A port that the system picks: two labs that start at once do not pick the same."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(server: subprocess.Popen, address: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise UserError("JupyterLab ended at once; what it said is above.")
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise UserError(f"JupyterLab did not answer within {seconds:g} s; what it said is above.")


def _end(server: subprocess.Popen) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
