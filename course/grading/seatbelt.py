"""The sandbox of macOS: sandbox-exec with a profile. UNTESTED: nobody has run it on a Mac yet.

Does for macOS what `bubblewrap` does for Linux. There are no namespaces, so each submission gets a
fresh process and a folder of its own to write in.
"""

import sys
from pathlib import Path

PROFILE = """(version 1)
(deny default)
(import "system.sb")
(allow process-fork)
(allow process-exec)
(allow sysctl-read)
(allow mach-lookup)
(allow iokit-open)
(allow file-read-metadata)
(allow file-read* (subpath "/usr") (subpath "/System") (subpath "/Library") (subpath "/bin")
  (subpath "/opt/homebrew") (subpath "/private/var/db") (subpath "/dev") {read})
(deny file-read* (subpath "{answers}"))
(allow file-read* (subpath "{stage}") {environment})
(allow file-write* (subpath "{stage}/tmp"))
(allow signal (target same-sandbox))
(deny network*)
"""


def command(stage: Path, package: Path) -> list[str]:
    """The options of sandbox-exec, to be put before the command to run inside.

    Args:
        stage: the sandbox's own folder.
        package: the library with its lessons, which no submission may read.
    """
    clone = (package.parent / "pyproject.toml").exists()
    answers = package.parent if clone else package
    python = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve()}
    shown = sorted(f'(subpath "{path}")' for path in python)
    inside = [f'(subpath "{path}")' for path in sorted(python) if path.is_relative_to(answers)]
    profile = PROFILE.format(
        read=" ".join(shown), answers=answers, stage=stage.resolve(), environment=" ".join(inside)
    )
    return ["sandbox-exec", "-p", profile]
