"""The fork server: imports what submissions need, evaluates nothing, and forks for each.

A fork after MLX has evaluated anything hangs. So it counts its threads and refuses to fork when
there are more than before the imports, and before the first submission it tries one child that
evaluates. Speaks on file descriptor 0: orders of one byte, answers of one line. Runs inside
bubblewrap.
"""

import ast
import importlib
import os
import resource
import signal
import socket
import sys
from contextlib import suppress

from course.grading import confine, framing, protocol, worker
from course.grading.protocol import Setup

CPU_SECONDS = 900  # of one submission in all; the grader holds each exercise to its own limit


def main() -> None:
    """Take the setup, then serve one submission ("fresh") or many ("fork")."""
    control = socket.socket(fileno=os.dup(0))
    setup = protocol.order(framing.receive(control))
    assert isinstance(setup, Setup)
    harness = worker.compiled(setup.harness)
    if sys.argv[1:] == ["fork"]:
        _serve_many(control, setup, harness)
        return
    _prepare(setup, control.fileno())
    worker.serve(control, harness)


def _serve_many(control: socket.socket, setup: Setup, harness) -> None:
    quiet = _threads()
    _import_for(setup.harness)
    refusal = "" if _threads() <= quiet else "importing what this lesson needs starts a thread"
    control.sendall(((refusal or _try_a_child()) + "\n").encode())
    child, keeper, cpu = 0, 0, _cpu()
    while True:
        order, fds, _, _ = socket.recv_fds(control, 1, 1)
        if order == protocol.FORK:
            if _threads() > quiet:
                control.sendall(b"0 a thread was started: a fork would hang\n")
                continue
            keeper, child, said = _fork(socket.socket(fileno=fds[0]), setup, harness)
            control.sendall(f"{child} {said}\n".encode())
        elif order == protocol.END:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            code = os.waitstatus_to_exitcode(os.waitpid(keeper, 0)[1])
            control.sendall(f"{code} {_cpu() - cpu:.4f}\n".encode())
            cpu = _cpu()
        else:
            return


def _fork(channel: socket.socket, setup: Setup, harness) -> tuple[int, int, str]:
    """(the child that waits for the submission's process, that process, what went wrong)."""
    hear, say = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        try:
            _keep(channel, setup, harness, say)
        finally:
            os._exit(125)
    channel.close()
    os.close(say)
    with os.fdopen(hear, "rb") as told:
        child, _, said = told.read(200).decode().partition(" ")
    return keeper, int(child or 0), said


def _keep(channel: socket.socket, setup: Setup, harness, say: int) -> None:
    """Start the submission's process, tell its id, wait for it, and end as it ended."""
    confine.expendable()
    try:
        child = confine.fork_into_namespaces()
    except OSError as error:
        os.write(say, f"0 {error}".encode())
        os._exit(126)
    if child == 0:
        os.close(say)
        try:
            _prepare(setup, channel.fileno())
            worker.serve(channel, harness)
        finally:
            os._exit(0)
    channel.close()
    os.write(say, str(child).encode())
    os.close(say)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(code if code >= 0 else 64 - code)


def _prepare(setup: Setup, channel: int) -> None:
    """Confine this process; of its file descriptors only the channel stays open."""
    os.chdir("/tmp" if confine.LINUX else os.environ["TMPDIR"])
    confine.close_all({channel})
    confine.limits(setup.memory, setup.processes, CPU_SECONDS)
    resource.setrlimit = lambda *_: None  # mlx_lm wants more files when it is imported
    confine.kernels()
    confine.drop()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def _import_for(harness: dict[str, str]) -> None:
    """Import what the harness imports, so that no submission waits for it."""
    names = ["IPython.core.inputtransformer2", "numpy.testing", "mlx.optimizers", "asyncio"]
    for node in ast.walk(ast.parse("\n".join(harness.values()))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    for name in names:
        with suppress(ImportError):
            importlib.import_module(name)


def _try_a_child() -> str:
    """Why forking does not work here; "" if a child that evaluates comes back."""
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        import mlx.core as mx

        mx.eval(mx.ones((4, 4)) @ mx.ones((4, 4)))
        os._exit(0)
    return "" if os.waitpid(child, 0)[1] == 0 else "a forked process cannot evaluate"


def _cpu() -> float:
    """Seconds of CPU used by this process and by its children that have ended."""
    uses = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 0


if __name__ == "__main__":
    main()
