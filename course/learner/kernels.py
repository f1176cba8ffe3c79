"""Kernels for notebooks that the course runs itself. Knows nbclient; not what a notebook holds."""

import atexit
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from course import machine
from course.errors import UserError

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

HOME = "MLX_COURSE_HOME"


@contextmanager
def kernel(
    notebook: "NotebookNode",
    path: Path,
    seconds: float,
    startup: float = 60,
    go_on: bool = False,
) -> "Iterator[tuple[NotebookClient, dict[str, str]]]":
    """A client for the notebook, and the environment to start its kernel with.

    The kernel works in the notebook's folder, with a progress file of its own that is empty at
    first and goes when the block ends; its folder is the environment's MLX_COURSE_HOME.

    Args:
        notebook: gets the outputs. It is not saved.
        path: where it lies; named in what goes wrong.
        seconds: that a cell may take.
        startup: seconds that the kernel has until it answers.
        go_on: run the cells after one that fails; one that takes too long is interrupted.

    Raises:
        UserError: the kernel did not answer, or it died.

    Example:
        ``with kernel(notebook, path, 120) as (client, env): client.execute(env=env)``
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError
    from traitlets.config import Config

    with tempfile.TemporaryDirectory() as home:
        client = NotebookClient(
            notebook,
            timeout=seconds,
            startup_timeout=startup,
            allow_errors=go_on,
            interrupt_on_timeout=go_on,
            kernel_name="python3",
            record_timing=False,
            store_widget_state=False,
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),  # or it warns
            resources={"metadata": {"path": str(path.parent.absolute())}},
        )
        try:
            yield client, {**machine.child_env(), HOME: home}
        except DeadKernelError:
            raise UserError(
                f"{path}: the kernel died. Run the notebook cell by cell to see which cell ends it."
            ) from None
        except RuntimeError as error:  # jupyter_client's, when nothing comes back
            if "respond" not in str(error):
                raise
            atexit.unregister(client._cleanup_kernel)  # or it complains as this process ends
            raise UserError(
                f"{path}: no kernel answered within {startup} s. Try again when the machine is "
                "less busy; a firewall or a VPN that blocks 127.0.0.1 does this too."
            ) from None
