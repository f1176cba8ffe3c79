"""What happens before and after a notebook's cell, so that a check cell works in any order.

A check cell may be run before the cell of its answer, or after `check` was redefined. Knows
IPython's events; judges nothing.
"""

import re
from typing import Any

from course import output
from course.learner import display

# The form that exercise notebooks use; other calls named `check` may be the learner's own.
_CHECK_CELL = re.compile(r"""^(?:course\.)?check\(["'][\w.]+["'], *([A-Za-z_]\w*)\)$""")


class _Undefined:
    """Stands in for a name that a check cell uses before the notebook has defined it."""


UNDEFINED = _Undefined()


def watch(check: Any) -> None:
    """Look at each cell of this shell from now on; nothing happens outside IPython.

    Args:
        check: the course's own, to put back where a notebook has redefined it.
    """
    if shell := output.shell():
        shell.events.register("pre_run_cell", lambda info: before(info.raw_cell or "", check))
        shell.events.register("post_run_cell", lambda _: after())


def before(cell: str, check: Any) -> None:
    """Give a check cell what it lacks: the course's `check`, and the names of its answers.

    Args:
        cell: the source of the cell that is about to run; any but a check cell is left alone.
        check: the course's own.
    """
    shell = output.shell()
    lines = [line.partition("#")[0].strip() for line in cell.splitlines()]
    lines = [line for line in lines if line]
    answers = [match[1] for match in map(_CHECK_CELL.match, lines) if match]
    if not shell or not answers or len(answers) < len(lines):
        return
    if shell.user_ns.get("check") is not check and "check" in shell.user_ns:
        shell.user_ns["check"] = check
        display.show(["`check` had been redefined in this notebook; it is the course's again."])
    for answer in answers:
        shell.user_ns.setdefault(answer, UNDEFINED)


def after() -> None:
    """Take away the names that ``before`` gave."""
    names = output.shell().user_ns
    for name in [name for name, value in names.items() if value is UNDEFINED]:
        del names[name]
