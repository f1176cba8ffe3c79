"""Facts about this machine: backends, memory, versions, and which needs of exercises it meets.

Knows the operating system and MLX. Does not know exercises.
"""

import importlib.metadata
import io
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import mlx.core as mx

from course import blas as fast_blas


def backends() -> list[str]:
    """The MLX backends that can run here, fastest first: "metal", "cuda", "cpu"."""
    found = []
    if mx.metal.is_available():
        found.append("metal")
    if mx.cuda.is_available():
        found.append("cuda")
    return [*found, "cpu"]


def chip() -> str:
    """The name of the device that MLX uses by default, as its driver gives it."""
    info = mx.device_info(mx.default_device())
    return str(info.get("device_name") or platform.processor() or platform.machine())


def memory_bytes() -> int:
    """Bytes of memory that this process may use: the machine's, or a container's lower limit.

    0 if the operating system does not say.
    """
    limits = [int(_read(path) or 0) for path in _CGROUP_LIMITS if _read(path).isdigit()]
    return min([size for size in (_physical_bytes(), *limits) if size > 0], default=0)


_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def _physical_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return int(mx.device_info(mx.default_device()).get("memory_size", 0))


def gpu_memory_bytes() -> int:
    """Bytes that MLX may use on the GPU, 0 without a GPU. On a Mac: Metal's recommended share."""
    if backends() == ["cpu"]:
        return 0
    info = mx.device_info(mx.gpu)
    keys = ("max_recommended_working_set_size", "total_memory", "memory_size")  # Metal, CUDA
    return next((int(info[key]) for key in keys if info.get(key)), 0)


def cores() -> int:
    """How many CPU cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        return os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result: name -> version."""
    found = {"python": platform.python_version()}
    for name in ("mlx", "mlx-lm", "numpy", "jupyterlab", "mlx-course"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def blas() -> str:
    """The library that multiplies matrices for MLX's CPU backend, in a few words."""
    return "Accelerate (Apple's)" if platform.system() == "Darwin" else fast_blas.status()


def child_env() -> dict[str, str]:
    """The environment for a child Python: this process's, with what makes MLX as fast as here.

    Example:
        >>> import subprocess, sys
        >>> command = [sys.executable, "-c", "import mlx.core"]
        >>> subprocess.run(command, env=child_env()).returncode
        0
    """
    return {**os.environ, **fast_blas.child_env()}


def tf32() -> bool:
    """Whether float32 matrix products may be rounded to TF32 (10 bits of mantissa) here.

    CUDA and recent Apple chips do so, unless the variable MLX_ENABLE_TF32 is 0.
    Source: MLX documentation, "Precision".
    """
    return backends()[0] != "cpu" and os.environ.get("MLX_ENABLE_TF32", "1") != "0"


def compiles() -> bool:
    """Whether ``mx.compile`` takes effect here and now: read from a graph, nothing is evaluated."""
    text = io.StringIO()
    mx.export_to_dot(text, mx.compile(lambda x: mx.exp(x) * x)(mx.array([1.0])))
    return "Compiled" in text.getvalue()


def sandboxed() -> bool:
    """Whether bubblewrap runs here: submissions are graded in it."""
    command = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]
    return (
        bool(shutil.which("bwrap")) and not subprocess.run(command, capture_output=True).returncode
    )


def chromium() -> str | None:
    """The path of a Chromium or Chrome for the browser tests; None without one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    return next(filter(None, map(shutil.which, names)), mac if Path(mac).exists() else None)


def offline() -> list[str]:
    """The words to put before a command so that it runs without a network; [] if that cannot be.

    Only Linux can, where this user may make a network namespace.
    """
    for prefix in (["unshare", "-n"], ["unshare", "-rn"]):
        if shutil.which("unshare"):
            done = subprocess.run([*prefix, "true"], capture_output=True)
            if not done.returncode:
                return prefix
    return []


# need -> (is it here?, what to say where it is missing)
NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "gpu": (
        lambda: backends()[0] != "cpu",
        "needs a GPU; this machine has only a CPU. On a Mac or with CUDA it runs.",
    ),
    "metal": (
        lambda: "metal" in backends(),
        "needs an Apple GPU (Metal): a Mac with Apple silicon.",
    ),
    "cuda": (lambda: "cuda" in backends(), "needs an NVIDIA GPU and the cuda12 or cuda13 extra."),
    "cpu wheel": (
        lambda: platform.system() == "Linux" and backends() == ["cpu"],
        "needs MLX's CPU wheel on Linux.",
    ),
    "compile": (
        compiles,
        "needs mx.compile to take effect. On a CPU it calls g++: install it "
        "(Debian, Ubuntu: apt-get install g++), restart the kernel, and see that neither "
        "MLX_DISABLE_COMPILE nor mx.disable_compile() is in force.",
    ),
    "alarm": (
        lambda: hasattr(signal, "setitimer"),
        "needs POSIX timers (macOS, Linux): on Windows a check has no time limit.",
    ),
    "sandbox": (
        sandboxed,
        "needs bubblewrap and a kernel that lets it make namespaces. Debian, Ubuntu: apt-get "
        "install bubblewrap. There is no such sandbox outside Linux.",
    ),
    "chromium": (
        lambda: chromium() is not None,
        "needs Chromium. Debian: apt-get install chromium; Mac: brew install --cask chromium.",
    ),
    "namespace": (
        lambda: bool(offline()),
        "needs a network namespace: Linux, and the right to make one (root has it).",
    ),
}


def lacks(needs: tuple[str, ...]) -> list[str]:
    """A sentence for each need that this machine does not meet; [] if it meets all.

    Args:
        needs: keys of NEEDS, such as ("gpu", "compile").

    Raises:
        KeyError: NEEDS has no such need.

    Example:
        >>> lacks(())
        []
    """
    return [NEEDS[need][1] for need in needs if not NEEDS[need][0]()]


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
