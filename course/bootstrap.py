# ruff: noqa: UP031, RUF005 (any Python 3 must parse this: a Mac's own is 3.9, an old Linux's 3.6)
"""Makes .venv for `python3 -m course VERB` in a clone, with nothing but a system Python.

Knows how to make .venv complete (with uv, else with venv and pip), how to tell our .venv from
another, and what to say where that cannot be done. Does not know MLX, or the verbs (course.cli).
"""

import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

WINDOWS = os.name == "nt"
ROOT = Path(__file__).resolve().parent.parent
FILES = [ROOT / "pyproject.toml", ROOT / "constraints.txt"]
VENV = ROOT / ".venv"
PYTHON = str(VENV / ("Scripts/python.exe" if WINDOWS else "bin/python"))
LOG = ROOT / ".venv.log"  # what the tools said; also the lock: who has it locked works on .venv
STAMP = VENV / "mlx-course.json"  # written before anything else in .venv; {} until all is done
KEYS = {"level", "backend", "sha256", "root", "python", "file"}
RUNNING, OLDEST = sys.version_info[:2], (3, 11)
NULL = subprocess.DEVNULL
DEV_VERBS = ("test", "build", "verify", "new", "bundle")
# backend -> what .venv takes on the disk without the dev extra, and with it
SIZES = {"cpu": ("700 MB", "1.2 GB"), "cuda12": ("5 GB", "6 GB"), "cuda13": ("4 GB", "5 GB")}
AGAIN = "run the same command again"

# The sentences that can end the work; CAUSES recognises some of them in what a tool printed.
WORDS = """
intel: This Mac has an Intel processor. MLX needs Apple silicon (M1 or newer), or Linux.
rosetta: {sys.executable} is a Python for Intel Macs. This Mac has Apple silicon: use a Python for
  arm64 (`brew install python`, or https://www.python.org/downloads/).
macos: This is macOS {found}. MLX needs macOS 14 or newer: System Settings, Software Update.
glibc: This Linux has {found}. MLX needs glibc 2.35 or newer: use Ubuntu 22.04, Debian 12 or newer.
machine: MLX has nothing for {found}. Use a Mac with Apple silicon, or x86_64 or arm64 Linux.
backend: MLX_COURSE_BACKEND can be cpu, cuda12 or cuda13, or unset; it is {found}.
python: The course needs Python 3.11 or newer; {sys.executable} is {RUNNING[0]}.{RUNNING[1]}.
tools: The course needs Python 3.11 or newer. {sys.executable} is {RUNNING[0]}.{RUNNING[1]}, PATH
  has no newer one and no uv that works. Install uv (https://docs.astral.sh/uv/; on a Mac: brew
  install uv) or Python (https://www.python.org/downloads/), then {AGAIN}.
foreign: {VENV} exists and was not made by this course. Move it away, then {AGAIN}.
unfinished: {VENV} is not finished. Leave it (`deactivate`), then {AGAIN}.
files: The course must be able to write in {ROOT} ({found}). If you may not, copy it to a folder of
  your own; if a program uses .venv (JupyterLab?), end it; then {AGAIN}.
space: No space left on the disk. The course needs about 1 GB (with CUDA 6 GB) in {ROOT}, where
  {free} MB are free, and as much for downloads in your cache. Make room, then {AGAIN}.
venv: This Python came without its venv module. Install it (Debian, Ubuntu: apt-get install
  python3-venv) or uv (https://docs.astral.sh/uv/), then {AGAIN}.
network: Nothing could be downloaded. Are you online, and do you need a proxy (HTTPS_PROXY)? What
  was downloaded is kept: {AGAIN} later. The tool's own words are in {LOG}
failed: .venv could not be made. The end of what the tool said is above; all of it is in {LOG}
"""
CAUSES = {
    "space": r"No space left|(os error|Errno) (28|112|122)\b|quota exceeded|not enough space",
    "venv": r"ensurepip is not\s+available|No module named '?(ensurepip|venv)",
    "network": r"name resolution|failed to resolve|dns error|getaddrinfo|nodename nor servname|"
    r"timed out|connection (broken|refused|reset|aborted|error)|error sending request|certificate|"
    r"request failed after|max retries exceeded|unreachable|no route to host|proxyerror",
}


class Stop(Exception):
    """The work ends here. The text tells the learner what is wrong, where, and what to do.

    Args:
        word: the sentence's name in WORDS.
        facts: values for the sentence's fields.
    """

    def __init__(self, word, **facts):
        text = re.findall(r"^%s: (.*(?:\n  .*)*)" % word, WORDS, re.M)[0].replace("\n ", "")
        super().__init__(text.format(**dict(globals(), **facts)))


def explain(output):
    """Raise Stop if a tool's output shows one of CAUSES; else do nothing.

    Args:
        output: what the tool printed, or an error's text.

    Raises:
        Stop: the cause is known.
    """
    for word, pattern in CAUSES.items():
        if re.search(pattern, output, re.I):
            raise Stop(word, free=shutil.disk_usage(str(ROOT)).free // 1000000)


def say(text, end="\n"):
    """Print to stderr, at once.

    Args:
        text: a line.
        end: what follows it.
    """
    print(text, end=end, file=sys.stderr, flush=True)


def environment():
    """The environment of child processes: the user's, less what would lead them out of .venv."""
    astray = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PIP_TARGET")
    return dict({k: v for k, v in os.environ.items() if k not in astray}, PIP_USER="0")


def said(*command):
    """What a command prints, stripped; "" if it is missing, fails, or takes more than 10 seconds.

    Args:
        command: a program and its arguments.
    """
    try:
        out = subprocess.check_output(command, stderr=NULL, timeout=10, env=environment())
    except (OSError, subprocess.SubprocessError):
        return ""
    return out.decode("utf-8", "replace").strip()


def version(python):
    """The version of a Python, such as "3.12"; "" if it does not run.

    Args:
        python: its path, or its name on PATH.
    """
    return said(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")


def refuse():
    """Raise Stop where MLX has no wheels, before anything is made.

    Raises:
        Stop: the processor, the system or its version is none that MLX has wheels for.
    """
    kind = platform.system() + " " + platform.machine()
    if kind == "Darwin x86_64":
        translated = said("/usr/sbin/sysctl", "-n", "sysctl.proc_translated") == "1"
        raise Stop("rosetta" if translated else "intel")
    if not re.match("(Darwin|Linux|Windows) (x86_64|amd64|aarch64|arm64)$", kind, re.I):
        raise Stop("machine", found=kind)
    macos = platform.mac_ver()[0]
    if macos and int(macos.split(".")[0]) < 14:
        raise Stop("macos", found=macos)
    if platform.system() == "Linux":  # platform.libc_ver() of an old Python tells another number
        name = "CS_GNU_LIBC_VERSION"
        libc = (name in os.confstr_names and os.confstr(name)) or "no glibc (Alpine has musl)"
        if [int(n) for n in re.findall(r"\d+", libc)] < [2, 35]:
            raise Stop("glibc", found=libc)


def found_backend():
    """The extra for this machine: "cuda13", "cuda12" or "cpu", by what nvidia-smi says."""
    cuda = re.search(r"CUDA (?:UMD )?Version:\s*(\d+)", said("nvidia-smi"))
    newest = int(cuda.group(1)) if cuda and platform.system() == "Linux" else 0
    return "cuda13" if newest > 12 else "cuda12" if newest == 12 else "cpu"


def fingerprint():
    """A hash of FILES: .venv is installed into again when it changes."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in FILES)).hexdigest()


def write_stamp(stamp):
    """Write STAMP, all of it or nothing.

    Args:
        stamp: a dict with KEYS, or {} while .venv is not finished.
    """
    new = VENV / (STAMP.name + ".new")
    new.write_text(json.dumps(stamp))
    new.replace(STAMP)


def read_stamp():
    """The contents of STAMP: {} if .venv is ours and not finished, None if there is no .venv.

    Raises:
        Stop: .venv was not made by this course.
    """
    try:
        stamp = json.loads(STAMP.read_text())
        return stamp if set(stamp) == KEYS else {}
    except (TypeError, ValueError):
        return {}
    except OSError:
        names = os.listdir(str(VENV)) if VENV.is_dir() else ["."] * os.path.lexists(str(VENV))
        if set(names) - {STAMP.name + ".new"}:
            raise Stop("foreign") from None
        return None  # an empty folder is as good as none


def todo(dev, asked):
    """What .venv needs ("", "make" or "install"), why in a sentence, and its stamp.

    Args:
        dev: whether the verb needs the dev extra.
        asked: the backend that MLX_COURSE_BACKEND names, or "".

    Raises:
        Stop: .venv was not made by this course.
    """
    stamp = read_stamp()
    if not stamp:
        return "make", "" if stamp is None else "Repairing .venv, which was not finished.", {}
    # Is its Python the one that it was made with? Looking at the file is faster than starting it.
    same = not WINDOWS and os.access(PYTHON, os.X_OK) and os.path.realpath(PYTHON) == stamp["file"]
    if not same and version(PYTHON) != stamp["python"]:
        return "make", "Repairing .venv, whose Python is gone.", stamp
    if not os.path.exists(stamp["root"]) or not ROOT.samefile(stamp["root"]):
        return "make", "Making .venv anew: its folder was moved or copied.", stamp
    if asked and asked != stamp["backend"]:  # the backends share files: one must go first
        return "make", "Making .venv anew: its backend was %s." % stamp["backend"], stamp
    if stamp["sha256"] != fingerprint():
        return "install", "Bringing .venv up to date.", stamp
    if dev and stamp["level"] != "dev":
        return "install", "Adding to .venv what building and testing need.", stamp
    return "", "", stamp


def locked(log):
    """Whether this process has the lock on the log now. It ends with the process and its tool.

    Args:
        log: LOG, opened for writing.
    """
    try:
        locks = __import__("msvcrt" if WINDOWS else "fcntl")
        if WINDOWS:
            log.seek(1 << 30)
            locks.locking(log.fileno(), locks.LK_NBLCK, 1)
        else:
            locks.flock(log, locks.LOCK_EX | locks.LOCK_NB)
    except OSError as error:  # a disk that knows no locks is no reason to stop
        return not isinstance(error, (BlockingIOError, PermissionError))
    return True


def failed(commands, log):
    """Run commands, their output into the log. Returns "", or the output of one that failed.

    Args:
        commands: lists of a program and its arguments; the first failure ends the work.
        log: LOG, opened for writing.
    """
    for command in commands:
        say("  %s ..." % ("downloading and installing" if "install" in command else "starting"))
        log.write(("\n$ %s\n" % " ".join(command)).encode("utf-8", "replace"))
        env, began = environment(), time.time()
        tool = subprocess.Popen(command, env=env, cwd=str(ROOT), stdin=NULL, stdout=log, stderr=log)
        while tool.returncode is None:
            try:
                tool.wait(1)
            except subprocess.TimeoutExpired:
                if sys.stderr.isatty():
                    say("\r  %d s" % (time.time() - began), end="\r")
            except KeyboardInterrupt:
                tool.terminate() if WINDOWS else tool.send_signal(signal.SIGINT)
                tool.wait()
                raise
        if tool.returncode:
            return LOG.read_bytes().decode("utf-8", "replace").split("\n$ ")[-1]
    return ""


def empty():
    """Empty .venv but for its stamp, which is first set to "not finished"."""
    VENV.mkdir(exist_ok=True)
    write_stamp({})
    for path in VENV.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        elif path != STAMP:
            path.unlink()


def base_python():
    """The path of the running Python if it is new enough, else of the newest on PATH, else ""."""
    if RUNNING >= OLDEST:
        return sys.executable
    names = ["python3.%d" % minor for minor in range(19, OLDEST[1] - 1, -1)]
    paths = [shutil.which(name) for name in names if version(name) == name[6:]]
    return (paths + [""])[0]


def ways(anew):
    """The tools that can make .venv, the best first.

    Args:
        anew: whether .venv must be made, and not only installed into.

    Yields:
        The tool's name, the Python for .venv, the command that makes .venv, and the beginning of
        the command that installs.

    Raises:
        Stop: .venv must be made, uv did not do it, and no Python is new enough.
    """
    uv, python = shutil.which("uv"), base_python()
    if uv and said(uv, "--version"):
        # --seed: a learner's `%pip install` works; --allow-existing: our stamp is there already
        making = [uv, "venv", "--seed", "--allow-existing", str(VENV), "--python", python or "3.12"]
        yield "uv", making[-1], making, [uv, "pip", "install", "--python", PYTHON]
    if anew and not python:
        raise Stop("tools")
    yield "pip", python, [python, "-m", "venv", str(VENV)], [PYTHON, "-m", "pip", "install"]


def build(anew, extras, size, log):
    """Make .venv if need be, and install into it; the next tool is tried if one fails.

    Args:
        anew: whether .venv must be made.
        extras: such as "cpu,dev".
        size: how much it takes on the disk, as the learner is told: "700 MB".
        log: LOG, opened for writing.

    Raises:
        Stop: no tool could do it.
    """
    for name, python, making, installing in ways(anew):
        commands = [installing + ["-e", ".[%s]" % extras, "-c", "constraints.txt"]]
        if anew:
            commands.insert(0, making)
            label = version(python) or python
            say("Making .venv with %s and Python %s: about %s, once." % (name, label, size))
            empty()
        output = failed(commands, log)
        if not output:
            return
        explain(output)
        say("\n".join("  " + line for line in output.splitlines()[-15:]))
        if name == "uv":
            say("uv could not do it (above); trying without it.")
    raise Stop("failed")


def work(what, why, stamp, dev, asked, log):
    """Do what ``todo`` said, and write the stamp.

    Args:
        what: "make" or "install".
        why: a sentence for the learner, or "".
        stamp: what STAMP holds.
        dev: whether the verb needs the dev extra.
        asked: the backend that MLX_COURSE_BACKEND names, or "".
        log: LOG, opened for writing and locked.

    Raises:
        Stop: it cannot be done.
    """
    began, digest, dev = time.time(), fingerprint(), dev or stamp.get("level") == "dev"
    backend = asked or (stamp["backend"] if what == "install" else found_backend())
    log.truncate(0)
    log.write(b"process %d\n" % os.getpid())
    if why:
        say(why)
    if what == "install":
        write_stamp(dict(stamp, sha256=""))  # if this is stopped, the next call installs again
    build(what == "make", backend + ",dev" * dev, SIZES[backend][dev], log)
    said(PYTHON, "-m", "course.blas", "install")  # a fast BLAS for every process of .venv
    done = {"level": "dev" if dev else "learn", "backend": backend, "sha256": digest}
    file = os.path.realpath(PYTHON)
    write_stamp(dict(done, root=str(ROOT), python=version(PYTHON), file=file))
    say("Ready after %d s." % (time.time() - began))


def make_ready(args):
    """Make .venv complete for a verb. If it is complete, nothing is written or printed.

    Args:
        args: the verb and its arguments, as they stand on the command line.

    Raises:
        Stop: it cannot be done; the text says why and what to do.
    """
    dev = ([arg for arg in args if not arg.startswith("-")] or [""])[0] in DEV_VERBS
    asked = os.environ.get("MLX_COURSE_BACKEND", "")
    if asked and asked not in SIZES:
        raise Stop("backend", found=asked)
    try:
        if not todo(dev, asked)[0]:
            return
        refuse()
        with LOG.open("ab", 0) as log:
            if not locked(log):
                who = LOG.read_text().split("\n")[0]
                say("Another `python3 -m course` is building .venv (%s); waiting for it." % who)
                while not locked(log):
                    time.sleep(0.2)
            what, why, stamp = todo(dev, asked)  # another process may have done it meanwhile
            if what:
                work(what, why, stamp, dev, asked, log)
    except OSError as error:
        explain(str(error))
        raise Stop("files", found=error) from None
