"""What is around a submission: which files it sees, who it is, what it may call. Starts nothing.

Knows bubblewrap's options, and what of this machine may lie on a submission's disk: Python, MLX,
a compiler, and a `course` without lessons.
"""

import os
import shutil
import sys
import sysconfig
import tempfile
from contextlib import suppress
from pathlib import Path

from course import blas, openblas
from course.grading import seatbelt

PACKAGE = Path(__file__).parent.parent
INSIDE = "/opt/mlx-course"  # where the sandbox has its `course`
# Of the library it has the root, which is what harnesses and lessons may import, and `checking`.
# Lessons, and with them the answers, are not among it.
ROOT = sorted(path.stem for path in PACKAGE.glob("*.py"))
MODULES = [name for name in ROOT if name not in ("__main__", "bootstrap", "cli")]
DATA = ("machines.toml", "models.toml", "published.toml")  # which `published` reads
GRADING = ("__init__", "protocol", "confine", "worker", "fork_server")
VERBS = '''"""In the sandbox the learner's verbs do nothing."""


def _nothing(*_, **__):
    pass


check = hint = reveal = predict = measured = progress = _nothing
'''
NOBODY = 65534


def fill(stage: Path) -> None:
    """Write the `course` of the sandbox: helpers, the worker, verbs that do nothing."""
    stage.chmod(0o755)
    inside = stage / "course"
    inside.mkdir()
    for name in MODULES:
        shutil.copyfile(PACKAGE / f"{name}.py", inside / f"{name}.py")
    shutil.copytree(
        PACKAGE / "checking", inside / "checking", ignore=shutil.ignore_patterns("__*__")
    )
    (inside / "grading").mkdir()
    (inside / "data").mkdir()
    for name in DATA:
        shutil.copyfile(PACKAGE / "data" / name, inside / "data" / name)
    for name in GRADING:
        shutil.copyfile(PACKAGE / "grading" / f"{name}.py", inside / "grading" / f"{name}.py")
    (inside / "learner").mkdir()
    (inside / "learner" / "notebook.py").write_text(VERBS)
    (inside / "model").mkdir()  # bubblewrap mounts the real one there
    (stage / "tmp").mkdir()


def command(how: str, stage: Path, python: list[str]) -> tuple[list[str], dict[str, str], Path]:
    """(command, environment, folder) of a process that may run submissions."""
    facts = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp", "TMPDIR": "/tmp",
        "PYTHONPATH": INSIDE, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "HF_HUB_OFFLINE": "1",
        "MLX_COURSE_HOME": "/tmp",
    }  # fmt: skip
    if library := _blas():
        facts["MLX_COURSE_BLAS"] = library
    if how == "bubblewrap":
        return _bubblewrap(stage, facts, library, python), {"PATH": os.environ["PATH"]}, stage
    shutil.copytree(PACKAGE / "model", stage / "course" / "model", dirs_exist_ok=True)
    here = str(stage / "tmp")
    facts |= dict.fromkeys(("HOME", "TMPDIR", "MLX_COURSE_HOME"), here)
    facts["PYTHONPATH"] = str(stage)
    prefix = seatbelt.command(stage, PACKAGE) if how == "sandbox-exec" else []
    return prefix + python, facts, stage / "tmp"


def _bubblewrap(stage: Path, facts: dict[str, str], library: str, python: list[str]) -> list[str]:
    root = os.geteuid() == 0
    # Root must become somebody else for the limit on processes to hold, which exempts user 0
    # whatever namespace it is in; everybody else gets a namespace of users.
    who = ["--cap-drop", "ALL"]
    who += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if root else ["--unshare-user"]
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", *who]
    command += ["--die-with-parent", "--new-session", "--clearenv"]
    for name, value in facts.items():
        command += ["--setenv", name, value]
    system = [Path(p) for p in ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")]
    for path in system:
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    for path in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/ld.so.conf", "/etc/ld.so.conf.d"):
        command += ["--ro-bind-try", path, path]
    made: set[Path] = set()
    # First hide what has answers, should it lie below a folder that is shown; then show the rest.
    clone = (PACKAGE.parent / "pyproject.toml").exists()
    hidden = [PACKAGE.parent if clone else PACKAGE]
    installed = {Path(sysconfig.get_path(name), "course") for name in ("purelib", "platlib")}
    hidden += sorted(path for path in installed if path.is_dir() and path != PACKAGE)
    homes = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve()}
    homes.add(Path(sys.executable).resolve().parent.parent)
    shown = sorted(p for p in homes if not p.is_relative_to("/usr"))
    command += ["--perms", "1777", "--tmpfs", "/tmp"]
    for path in hidden:
        if path.is_relative_to("/usr"):
            command += ["--tmpfs", str(path)]
    for i, path in enumerate(shown):
        # A submission's own /tmp would hide an environment in /tmp: it is shown elsewhere.
        place = Path(f"/opt/python/{i}") if path.is_relative_to("/tmp") else path
        command += [*_parents(place, made), "--ro-bind", str(path), str(place)]
        for inner in hidden:
            if inner != path and inner.is_relative_to(path):
                command += ["--tmpfs", str(place / inner.relative_to(path))]
        if Path(python[0]).is_relative_to(path):
            python = [str(place / Path(python[0]).relative_to(path)), *python[1:]]
    if library:
        command += [*_parents(Path(library), made), "--ro-bind", library, library]
    command += [*_parents(Path(INSIDE), made), "--ro-bind", str(stage), INSIDE]
    command += ["--ro-bind", str(PACKAGE / "model"), f"{INSIDE}/course/model"]
    kernels = Path(tempfile.gettempdir(), "mlx")
    if not kernels.is_symlink():  # by which somebody else could show what is nobody's business
        kernels.mkdir(exist_ok=True)
        command += ["--ro-bind", str(kernels), "/opt/kernels"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/"]
    if root:
        ids = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        command += ["setpriv", *ids, "--inh-caps=-all", "--no-new-privs"]
    return command + python


def _parents(path: Path, made: set[Path]) -> list[str]:
    """Folders above a mount, made so that everybody may walk through them."""
    found = []
    for parent in [*path.parents][::-1][1:]:
        if parent not in made and not parent.is_relative_to("/usr"):
            made.add(parent)
            found += ["--perms", "0755", "--dir", str(parent)]
    return found


def _blas() -> str:
    """The fast BLAS of this machine as a path, "" where MLX has its own."""
    if blas._not_ours():
        return ""
    with suppress(openblas.Unusable):
        library = openblas.find()
        return library if library.startswith("/") else ""
    return ""
