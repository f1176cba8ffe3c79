"""Gradescope's own files: what its autograder builds, and what it runs for each submission."""

import os
import sys
from pathlib import Path

from course import __version__
from course.errors import UserError
from course.grading import record, tasks

SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, when it builds the autograder's image.
set -euo pipefail
apt-get update
apt-get install -y --no-install-recommends g++ bubblewrap python3 python3-venv
python3 -m venv /opt/mlx-course
/opt/mlx-course/bin/pip install "mlx-course[cpu]=={version}"
/opt/mlx-course/bin/mlx-course doctor
"""
RUN = """#!/usr/bin/env bash
# Gradescope runs this for each submission, and reads /autograder/results/results.json.
set -uo pipefail
grader=/opt/mlx-course/bin/mlx-course
grades=$(mktemp -d)
# The file decides the seed: a changed file meets other inputs, and the same file the same ones. So
# what feedback says of one try does not help the next.
seed=$( (echo "{seed}"; find /autograder/submission -type f -print0 | sort -z |
    xargs -0 -r cat) | sha256sum | cut -c1-8)
grade() {{
    "$grader" grade "$1" --lesson {lesson} --points /autograder/source/points.toml \\
        --seed $((16#$seed)) --jobs 1 --formats gradescope --out "$grades/$2" "${{@:3}}"
}}
# Where the sandbox does not run, the service's container is the only wall, and the report says so.
# A blank notebook decides that, so that no submission can.
echo '{{"cells": []}}' > "$grades/blank.ipynb"
if grade "$grades/blank.ipynb" blank; then
    grade /autograder/submission boxed
else
    grade /autograder/submission open --unsandboxed
fi
results=$(find "$grades/boxed" "$grades/open" -path '*/gradescope/*/results.json' 2> /dev/null |
    sort | head -n 1)
mkdir -p /autograder/results
if [ -n "$results" ]; then
    cp "$results" /autograder/results/results.json
else
    echo '{{"score": 0, "output": "No notebook of this lesson was found."}}' \\
        > /autograder/results/results.json
fi
"""


def write(out: Path, lesson: str) -> list[Path]:
    """Write `setup.sh`, `run_autograder` and the points' TOML, to be zipped for the service.

    Args:
        out: the folder for them.
        lesson: the slug of the lesson that the assignment grades.

    Raises:
        UserError: no lesson was named, or a file is there already.
    """
    if not lesson:
        raise UserError("--init gradescope needs --lesson: one assignment grades one lesson.")
    slug = tasks.find(lesson).slug
    seed = os.urandom(16).hex()
    texts = {
        "setup.sh": SETUP.format(version=__version__),
        "run_autograder": RUN.format(lesson=slug, seed=seed),
        "points.toml": "points = 1\npartial = false\n\n[exercises]\n",
    }
    for name in texts:
        if (out / name).exists():
            raise UserError(f"{out / name} is there already: name another folder with --out.")
    for name, text in texts.items():
        record.write(out / name, text)
        if name != "points.toml" and sys.platform != "win32":
            (out / name).chmod(0o755)
    return [out / name for name in texts]
