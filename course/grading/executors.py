"""Where submissions are graded: in this process, in processes of this machine, on a Dask cluster.

Each is a context manager, which ends all that it started. Knows processes; of `tasks` only how to
close their sandboxes.
"""

import contextlib
import multiprocessing.util
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

from course.errors import UserError
from course.grading import tasks


@contextlib.contextmanager
def here() -> Iterator[None]:
    """No executor: submissions are graded one after another, in this process."""
    yield None


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """Processes of this machine. On Ctrl-C they end at once, and their sandboxes with them."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_start_worker)
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


@contextlib.contextmanager
def dask(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster. If one dies, another does its work.

    Raises:
        UserError: dask.distributed is not installed, or no scheduler answers at this address.
    """
    try:
        from distributed import Client  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise UserError("--dask needs dask.distributed: pip install 'mlx-course[dask]'.") from None
    try:
        client = Client(address, timeout=20, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UserError(f"No Dask scheduler answers at {address}: {error}") from None
    with client:
        yield client.get_executor(pure=False, retries=2)


def _start_worker() -> None:
    """Prepare a process of the pool: it ends with the grader, and its sandboxes with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C does
    signal.signal(signal.SIGTERM, lambda *_: (tasks.close(), os._exit(143)))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # A normal exit ends our thread before MLX's own threads, which fails: exit at once.
    multiprocessing.util.Finalize(None, os._exit, args=(0,), exitpriority=-100)


def _end_with_parent() -> None:
    """End when the grader was killed: nobody waits for the results."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        tasks.close()
        os._exit(143)
