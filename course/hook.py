# ruff: noqa: UP031 (any Python 3 must parse this)
"""Calls course.blas when MLX is first imported, whatever imports it. Costs nothing until then.

Knows Python's import machinery, and the .pth file by which a whole environment gets the hook.
Does not know BLAS.
"""

import os
import sys

# A text, so that the line in the .pth file is the very same hook. That line runs whenever Python
# starts and must not import the course: the folder in which Python starts may hold another copy.
TEXT = """\
import sys
class CourseBLAS:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "mlx.core":
            try:
                sys.meta_path.remove(CourseBLAS)
                from course import blas
                blas.load()
            except Exception:  # the course was removed: MLX goes on with its own BLAS
                pass
if sys.platform == "linux":
    sys.meta_path.insert(0, CourseBLAS)
"""


def install_hook():
    """Install the hook on Linux, once. Returns False if MLX was imported first, else True."""
    if sys.platform != "linux":
        return True
    if "mlx.core" in sys.modules:
        return False
    if not any(getattr(finder, "__name__", "") == "CourseBLAS" for finder in sys.meta_path):
        exec(TEXT, {})
    return True


def pth():
    """The path of this environment's .pth file, whether the file is there or not."""
    import sysconfig

    return os.path.join(sysconfig.get_path("purelib"), "mlx_course_blas.pth")


def install_pth():
    """Put the hook into this environment: each of its Python processes has it from now on."""
    from pathlib import Path

    from course import files

    line = "import sys; exec(%r, {})\n" % TEXT
    if os.path.exists(pth()):
        with open(pth()) as file:
            if file.read() == line:
                return
    files.write(Path(pth()), line)


def remove_pth():
    """Take the hook out of this environment, if it is there.

    Raises:
        OSError: the file cannot be removed.
    """
    if os.path.exists(pth()):
        os.remove(pth())
