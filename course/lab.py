"""The learner's own copy, and JupyterLab on it.

Learners never work in generated files: `start` copies notebooks and exercises, outputs cleared,
and never overwrites what they changed.
"""

import hashlib
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

from course.catalog import Mistake

MANIFEST = ".mlx-course.json"
FOLDERS = ("notebooks", "exercises")
HERE = Path(__file__).parent


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
        Mistake: the folder is a file, or somebody else's; the disk refused.
    """
    manifest = folder / MANIFEST
    if folder.exists() and not folder.is_dir():
        raise Mistake(f"{folder} is a file. Name a folder, or one that does not exist yet.")
    if folder.is_dir() and any(folder.iterdir()) and not manifest.exists():
        raise Mistake(f"{folder} holds other things. Name an empty folder or a new one.")
    try:
        return _copy(folder, manifest)
    except OSError as error:
        raise Mistake(f"{error.filename or folder}: {error.strerror}. Nothing was lost.") from None


def _copy(folder: Path, manifest: Path) -> list[str]:
    copied = _read_manifest(manifest)
    said, new = [], 0
    for source in sorted(path for name in FOLDERS for path in (shipped() / name).glob("*.ipynb")):
        name = f"{source.parent.name}/{source.name}"
        text = _cleared(source)
        target, print_ = folder / name, _print(text)
        if target.exists() and print_ == copied.get(name):
            continue
        if target.exists() and _print(target.read_text(encoding="utf-8")) not in (
            print_,
            copied.get(name),
        ):
            target = target.with_name(f"{target.stem}.new.ipynb")
            said.append(f"You changed {name}, so its new version is {target.name} beside it.")
        elif not target.exists():
            new += 1
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, text)
        copied[name] = print_
    _write(manifest, json.dumps({"version": 1, "files": copied}, indent=1))
    if new:
        said.insert(0, f"Copied {new} notebooks to {folder}: they are yours to change.")
    return said


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


def _write(path: Path, text: str) -> None:
    aside = path.with_name(path.name + ".part")
    aside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(aside, path)


def lab(folder: Path, browser: bool = True, port: int | None = None) -> int:
    """Serve the learner's copy with JupyterLab until Ctrl-C; open lesson 00.

    Args:
        folder: made or completed by ``start`` first.
        browser: open the address; it is printed either way.
        port: on 127.0.0.1; without one, 8888 or the next free.

    Returns:
        JupyterLab's exit code.
    """
    folder = folder.absolute()
    for sentence in start(folder):
        print(sentence)
    if port is not None and not _is_free(port):
        raise Mistake(f"Port {port} is in use. Leave --port out, or name another.")
    port = port or next((p for p in range(8888, 8988) if _is_free(p)), 0)
    token = secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"),
        *(
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
            "--ServerApp.log_level=WARN",
        ),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    server = subprocess.Popen(command, env=_environment(token), cwd=folder)
    try:
        _wait_for(server, f"http://127.0.0.1:{port}/api/status?token={token}")
        first = sorted((folder / "notebooks").glob("*.ipynb"))[0].name
        address = f"http://127.0.0.1:{port}/lab/tree/notebooks/{first}?token={token}"
        print(f"JupyterLab is open at\n\n    {address}\n\nCtrl-C ends it.", flush=True)
        if browser:
            webbrowser.open(address)
        return server.wait()
    except KeyboardInterrupt:
        print("\nJupyterLab is ending. Your notebooks and your progress are saved.")
        return 0
    finally:
        _end(server)


def _environment(token: str) -> dict[str, str]:
    """The learner's environment, with the token out of sight and without the news pop-up."""
    paths = [str(HERE / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    path = os.pathsep.join(filter(None, paths))
    return {**os.environ, "JUPYTER_CONFIG_PATH": path, "JUPYTER_TOKEN": token}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _wait_for(server: subprocess.Popen, address: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise Mistake("JupyterLab ended at once; what it said is above.")
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Mistake(f"JupyterLab did not answer within {seconds:g} s; what it said is above.")


def _end(server: subprocess.Popen) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
