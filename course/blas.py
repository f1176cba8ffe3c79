"""Gives MLX's Linux CPU wheel a fast BLAS. Its own is the reference BLAS, 30 to 60 times slower.

Knows how a library gets in front of MLX's own: a library that is loaded with global symbols before
``mlx.core`` wins over the one that libmlx.so names. Does not know where the library comes from
(course.openblas) or when MLX is being imported (course.hook).

``python -m course.blas install`` (or ``remove``) puts the hook into this virtual environment, for
processes that never import the course. MLX_COURSE_BLAS=off turns all of it off;
MLX_COURSE_BLAS=/path/to/library.so takes that library.
"""

import ctypes
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import TextIO

from course import hook, openblas

SLOW = "MLX's own reference BLAS (slow): "
LATE = SLOW + "MLX was imported before the course. Restart Python and import course first"

_said = ""  # what load() came to


def status() -> str:
    """Which BLAS MLX's CPU backend uses in this process, and why, in a few words.

    Before MLX is imported the choice is open, and the text says so: asking loads nothing.

    Example:
        >>> status()  # doctest: +SKIP
        'OpenBLAS 0.3.34 (SkylakeX kernels; threads: 2), from the scipy-openblas32 wheel'
    """
    if _said or "mlx.core" in sys.modules:
        return load()
    return _not_ours() or "chosen when MLX is first imported"


def warn_if_late(to: TextIO) -> None:
    """Write a sentence if MLX was imported before the course, and so has its own slow BLAS.

    Args:
        to: where the sentence goes, such as ``sys.stderr``. Nothing is written if all is well.
    """
    if status() == LATE:
        to.write(LATE + ".\n")


def load() -> str:
    """Load the library for the whole process, once. Returns what came of it, as ``status`` does.

    Never raises: MLX is being imported by somebody, and goes on with its own BLAS if need be.
    """
    global _said
    if not _said:
        try:
            _said = _not_ours() or _already() or _use(openblas.find())
        except Exception as error:
            _said = SLOW + str(error)
    return _said


def child_env() -> dict[str, str]:
    """Variables to add to the environment of a child Python, so that MLX is fast in it.

    Empty where the child has the hook from a .pth file. Otherwise LD_PRELOAD, which the child's own
    children (the compiler) get too, at some milliseconds each. Never put it into ``os.environ``:
    this process has its BLAS already.
    """
    if _not_ours() or os.path.exists(hook.pth()):
        return {}
    try:
        library = openblas.find()
    except openblas.Unusable:
        return {}
    others = os.environ.get("LD_PRELOAD", "")
    if re.search(r"[\s:]", library) or library in re.split(r"[\s:]", others):
        return {}  # it cannot hold such a name, or holds it already
    return {"LD_PRELOAD": f"{library}:{others}".rstrip(":"), **openblas.threads()}


def _not_ours() -> str:
    """Why the course leaves MLX's BLAS alone here; "" where it replaces it."""
    if sys.platform != "linux":
        return "MLX's own: the course brings a BLAS on Linux only"
    if os.environ.get("MLX_COURSE_BLAS", "").lower() == "off":
        return SLOW + "MLX_COURSE_BLAS is off"
    mlx = importlib.util.find_spec("mlx")
    for folder in (mlx and mlx.submodule_search_locations) or ():
        packages = Path(folder).parent
        if any(packages.glob("mlx_cuda*")):
            return "MLX's own: this MLX is the one for CUDA"
        if any(packages.glob("mlx_cpu.libs/libblas*")):
            return ""
    return "MLX's own: this MLX is not the CPU wheel's"


def _already() -> str:
    """The BLAS that MLX uses already, or that was loaded first; "" if that is still open."""
    everything = ctypes.CDLL(None)
    if hasattr(everything, "cblas_sgemm"):
        return _described(everything) + ", loaded before"
    return LATE if "mlx.core" in sys.modules else ""


def _use(path: str) -> str:
    library = openblas.opened(path, ctypes.RTLD_GLOBAL)
    wheel = Path(path).parent in openblas.caches()
    return f"{_described(library)}, from {'the scipy-openblas32 wheel' if wheel else path}"


def _described(library: ctypes.CDLL) -> str:
    config = openblas.text(library, "openblas_get_config").split()
    if not config:
        return "a BLAS that is not OpenBLAS"
    core = openblas.text(library, "openblas_get_corename")
    forced = ", as OPENBLAS_CORETYPE is set" if os.environ.get("OPENBLAS_CORETYPE") else ""
    threads = library.openblas_get_num_threads()
    return f"{' '.join(config[:2])} ({core} kernels{forced}; threads: {threads})"


def main(arguments: list[str]) -> None:
    """Install or remove the .pth file, or only print what MLX uses.

    Args:
        arguments: ["install"], ["remove"] or [].

    Raises:
        SystemExit: another argument, or "install" outside a virtual environment.
    """
    if arguments == ["remove"]:
        hook.remove_pth()
        for folder in openblas.caches():
            for library in folder.glob("openblas-*.so"):
                library.unlink(missing_ok=True)
        return
    if arguments == ["install"] and sys.platform == "linux":
        if sys.prefix == sys.base_prefix:
            sys.exit("This Python is no virtual environment: nothing was installed.")
        hook.install_pth()
    elif arguments not in ([], ["install"]):
        sys.exit("python -m course.blas [install | remove]")
    print(load())


if __name__ == "__main__":
    main(sys.argv[1:])
