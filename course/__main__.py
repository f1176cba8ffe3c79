# ruff: noqa: RUF005 (any Python 3 must parse this)
"""The way in, `python3 -m course VERB`: finds the Python that has everything, and runs the verb."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from course import door


def main(args):
    inside = Path(sys.prefix).resolve() == door.VENV
    clone = all(file.is_file() for file in door.FILES)
    try:
        if clone and not inside:
            door.make_ready(args)
        elif door.RUNNING < door.OLDEST:
            raise door.Stop("python")
        elif inside and door.STAMP.exists() and not door.read_stamp():
            raise door.Stop("unfinished")
    except door.Stop as stop:
        door.say(str(stop))
        return 1
    except KeyboardInterrupt:
        door.say("\nStopped. Run the same command again to go on.")
        return 130
    if inside or not clone:  # inside .venv, or installed from a wheel
        from course import cli

        return cli.main()
    return enter([door.PYTHON, "-m", "course.cli"] + args)


def enter(command):
    """Become the command, in the user's own folder."""
    sys.stdout.flush()
    sys.stderr.flush()
    if not door.WINDOWS:
        os.execve(command[0], command, door.environment())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child hears Ctrl-C too, and decides
    return subprocess.call(command, env=door.environment())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
