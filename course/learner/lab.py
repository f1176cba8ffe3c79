"""The learner's own copy, and JupyterLab on it.

Learners never work in generated files: `start` copies notebooks and exercises, outputs cleared,
and never overwrites what they changed.
"""

import hashlib
import itertools
import json
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
from course.learner import home

MANIFEST = ".mlx-course.json"
FOLDERS = ("notebooks", "exercises")
HERE = Path(__file__).parents[1]


def shipped() -> Path:
    """The folder that holds notebooks/ and exercises/: inside the wheel, or the checkout."""
    inside = HERE / "_data"
    return inside if inside.is_dir() else HERE.parent


def start(folder: Path) -> list[str]:
    """Make the learner's copy, or add to it what is new.

    Args:
        folder: made if it is not there.

    Returns:
        What was done, a sentence each; empty when everything was there.

    Raises:
        UserError: the folder is a file, or somebody else's; the disk refused.
    """
    manifest = folder / MANIFEST
    try:
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder} is a file. Name a folder, or one that does not exist yet.")
        if folder.is_dir() and any(folder.iterdir()) and not manifest.exists():
            raise UserError(f"{folder} holds other things. Name an empty folder or a new one.")
        return _copy(folder, manifest)
    except OSError as error:
        raise UserError(
            f"{error.filename or folder}: {error.strerror}. Nothing was lost."
        ) from None


def _copy(folder: Path, manifest: Path) -> list[str]:
    sources = sorted(path for name in FOLDERS for path in (shipped() / name).glob("*.ipynb"))
    if not sources:
        raise UserError(f"{shipped()} has no notebooks. In a clone: python3 -m course build.")
    copied = _read_manifest(manifest)
    _write_manifest(manifest, copied)  # first: a copy that is interrupted is known as ours
    said, new = [], 0
    for source in sources:
        name = f"{source.parent.name}/{source.name}"
        text = _cleared(source)
        target, before, now = folder / name, copied.get(name), _print(text)
        copied[name] = now
        if not target.exists():
            new += 1
        elif now in (before, _print_of(target)):
            continue
        elif _print_of(target) != before:
            target = _beside(target, (before, now))
            said.append(f"You changed {name}, so its new version is {target.name} beside it.")
        _write(target, text)
    _write_manifest(manifest, copied)
    if new:
        plural = "they are" if new > 1 else "it is"
        said.insert(
            0, f"Copied {new} notebook{'s' * (new > 1)} to {folder}: {plural} yours to change."
        )
    return said


def _beside(changed: Path, ours: tuple[str | None, ...]) -> Path:
    """A name next to a file that the learner changed: a free one, or one they left as it was."""
    names = (f"{changed.stem}.new{n if n > 1 else ''}.ipynb" for n in itertools.count(1))
    paths = (changed.with_name(name) for name in names)
    return next(path for path in paths if not path.exists() or _print_of(path) in ours)


def _write_manifest(manifest: Path, copied: dict[str, str]) -> None:
    _write(manifest, json.dumps({"version": 1, "files": copied}, indent=1))


def _read_manifest(manifest: Path) -> dict[str, str]:
    try:
        return dict(json.loads(manifest.read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # every file that differs then counts as changed, and is kept


def _cleared(path: Path) -> str:
    """A notebook's text without outputs and without the marks of our own runs."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"].pop("mlx_course", None)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _print(text: str) -> str:
    """A fingerprint of what a person wrote: cell sources, whatever the outputs."""
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError):
        sources = [text]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:16]


def _print_of(path: Path) -> str:
    return _print(path.read_text(encoding="utf-8", errors="replace"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def lab(folder: Path, browser: bool = True, port: int | None = None) -> int:
    """Serve the learner's copy with JupyterLab until Ctrl-C; open the home notebook.

    Args:
        folder: made or completed by ``start`` first.
        browser: open the address; it is printed either way.
        port: on 127.0.0.1; without one, a free one.

    Returns:
        JupyterLab's exit code.
    """
    folder = folder.absolute()
    for sentence in start(folder):
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
    paths = [str(HERE / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
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
