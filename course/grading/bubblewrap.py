"""The sandbox of Linux: bubblewrap's options, which say what of this machine a submission sees.

Python, MLX, a compiler and the sandbox's own `course`, all read-only, and a new /tmp. Starts
nothing.
"""

import os
import sys
import sysconfig
import tempfile
from pathlib import Path

INSIDE = "/opt/mlx-course"  # where the sandbox has its `course`
NOBODY = 65534
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
_ETC = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/ld.so.conf", "/etc/ld.so.conf.d")


def command(stage: Path, package: Path, python: list[str], settings: dict[str, str]) -> list[str]:
    """The command that runs Python in a sandbox.

    Args:
        stage: the sandbox's own folder; see course.grading.sandbox_files.
        package: the library with its lessons, which no submission may read.
        python: the command to run inside.
        settings: its environment variables.
    """
    root = os.geteuid() == 0
    # The limit on processes exempts user 0 in every namespace, so root must become somebody else;
    # everybody else gets a namespace of users.
    who = ["--cap-drop", "ALL"]
    who += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if root else ["--unshare-user"]
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", *who]
    command += ["--die-with-parent", "--new-session", "--clearenv"]
    for name, value in settings.items():
        command += ["--setenv", name, value]
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    for path in _ETC:
        command += ["--ro-bind-try", path, path]
    made: set[Path] = set()
    # A folder that is shown may contain one with answers: that one is covered by an empty folder.
    hidden = _with_answers(package)
    homes = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve()}
    homes.add(Path(sys.executable).resolve().parent.parent)
    shown = sorted(path for path in homes if not path.is_relative_to("/usr"))
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
    if library := settings.get("MLX_COURSE_BLAS"):
        command += [*_parents(Path(library), made), "--ro-bind", library, library]
    command += [*_parents(Path(INSIDE), made), "--ro-bind", str(stage), INSIDE]
    command += ["--ro-bind", str(package / "model"), f"{INSIDE}/course/model"]
    kernels = Path(tempfile.gettempdir(), "mlx")
    if not kernels.is_symlink():  # a link could show another user's files to submissions
        kernels.mkdir(exist_ok=True)
        command += ["--ro-bind", str(kernels), "/opt/kernels"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/"]
    if root:
        ids = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        command += ["setpriv", *ids, "--inh-caps=-all", "--no-new-privs"]
    return command + python


def _with_answers(package: Path) -> list[Path]:
    """The folders that hold answers: the clone or the package, and other installed copies."""
    clone = (package.parent / "pyproject.toml").exists()
    installed = {Path(sysconfig.get_path(name), "course") for name in ("purelib", "platlib")}
    others = sorted(path for path in installed if path.is_dir() and path != package)
    return [package.parent if clone else package, *others]


def _parents(path: Path, made: set[Path]) -> list[str]:
    """The options that make the folders above a mount, open to everybody."""
    options = []
    for parent in [*path.parents][::-1][1:]:
        if parent not in made and not parent.is_relative_to("/usr"):
            made.add(parent)
            options += ["--perms", "0755", "--dir", str(parent)]
    return options
