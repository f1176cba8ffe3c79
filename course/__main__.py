# ruff: noqa: RUF005 (any Python 3 must parse this)
"""`python3 -m course VERB`: finds the Python that has everything, and runs the verb with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from course import bootstrap


def main(args):
    """Make .venv ready if need be, then run the verb in it. Returns the exit code.

    Args:
        args: the verb and its arguments, as they stand on the command line.
    """
    inside = Path(sys.prefix).resolve() == bootstrap.VENV
    clone = all(file.is_file() for file in bootstrap.FILES)
    try:
        if clone and not inside:
            bootstrap.make_ready(args)
        elif bootstrap.RUNNING < bootstrap.OLDEST:
            raise bootstrap.Stop("python")
        elif inside and bootstrap.STAMP.exists() and not bootstrap.read_stamp():
            raise bootstrap.Stop("unfinished")
    except bootstrap.Stop as stop:
        bootstrap.say(str(stop))
        return 1
    except KeyboardInterrupt:
        bootstrap.say("\nStopped. Run the same command again to go on.")
        return 130
    if inside or not clone:  # inside .venv, or installed from a wheel
        from course import cli

        return cli.main()
    return enter([bootstrap.PYTHON, "-m", "course.cli"] + args)


def enter(command):
    """Become the command, in the user's own folder. On Windows: run it, return its exit code.

    Args:
        command: a program's path and its arguments.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if not bootstrap.WINDOWS:
        os.execve(command[0], command, bootstrap.environment())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child hears Ctrl-C too, and decides
    return subprocess.call(command, env=bootstrap.environment())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
