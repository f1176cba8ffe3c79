"""Calls course.blas when MLX is first imported, whatever imports it. Costs nothing until then.

Knows Python's import machinery. Does not know BLAS. Any Python 3 must parse this file.
"""

import sys

# A text, so that a line in a .pth file is the very same hook. That line runs whenever Python starts
# and must not import this package: another copy of it may be in the folder where Python is started.
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


def is_installed():
    """Whether the hook waits for MLX in this process."""
    return any(getattr(finder, "__name__", "") == "CourseBLAS" for finder in sys.meta_path)


def install_hook():
    """Install the hook on Linux; do nothing where it waits already, or MLX is already there."""
    if sys.platform == "linux" and "mlx.core" not in sys.modules and not is_installed():
        exec(TEXT, {})
