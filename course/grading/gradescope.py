"""Gradescope's own files: what its autograder builds, and what it runs for each submission."""

import os
import sys
from pathlib import Path

from course import __version__
from course.grading import desk, record
from course.mistake import Mistake

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
grades=$(mktemp -d)
grade() {{
    /opt/mlx-course/bin/mlx-course grade /autograder/submission --lesson {lesson} {points}\\
        --seed {seed} --jobs 1 --formats gradescope --out "$grades/$1" "${{@:2}}"
}}
# Without namespaces the service's container is the only wall, and the report says so.
grade boxed || grade open --unsandboxed
found=$(find "$grades" -name results.json -path '*/gradescope/*' | head -n 1)
mkdir -p /autograder/results
if [ -n "$found" ]; then
    cp "$found" /autograder/results/results.json
else
    echo '{{"score": 0, "output": "No notebook of this lesson was found."}}' \\
        > /autograder/results/results.json
fi
"""


def write(out: Path, lesson: str) -> list[Path]:
    """Write `setup.sh`, `run_autograder` and the points' TOML, to be zipped for the service.

    Raises:
        Mistake: no lesson was named, or a file is there already.
    """
    if not lesson:
        raise Mistake("--init gradescope needs --lesson: one assignment grades one lesson.")
    slug = desk.find(lesson).slug
    seed = int.from_bytes(os.urandom(4), "big")
    texts = {
        "setup.sh": SETUP.format(version=__version__),
        "run_autograder": RUN.format(
            lesson=slug, seed=seed, points="--points /autograder/source/points.toml "
        ),
        "points.toml": "points = 1\npartial = false\n\n[exercises]\n",
    }
    for name in texts:
        if (out / name).exists():
            raise Mistake(f"{out / name} is there already.")
    for name, text in texts.items():
        record.write(out / name, text)
        if name != "points.toml" and sys.platform != "win32":
            (out / name).chmod(0o755)
    return [out / name for name in texts]
