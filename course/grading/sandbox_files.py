"""The files of the library that a submission sees: its own `course`, without lessons.

Knows which modules a harness and a notebook may import. No answer is among them, and nothing that
reads, writes or judges one outside the sandbox.
"""

import shutil
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
# Of the root, which is what notebooks and exercises may import, all but the command line.
ROOT = sorted(path.stem for path in PACKAGE.glob("*.py"))
MODULES = [name for name in ROOT if name not in ("__main__", "bootstrap", "cli")]
CHECKING = sorted(path.stem for path in PACKAGE.glob("checking/*.py"))
GRADING = ("__init__", "framing", "protocol", "confine", "worker", "fork_server")
DATA = ("machines.toml", "models.toml", "published.toml")  # which `published` reads
VERBS = '''"""In the sandbox the learner's verbs do nothing."""


def _nothing(*_, **__):
    pass


check = hint = reveal = predict = measured = progress = _nothing
'''


def fill(stage: Path) -> None:
    """Write the `course` of a sandbox into a new folder, and an empty `tmp` beside it."""
    stage.chmod(0o755)
    files = [
        *(f"{name}.py" for name in MODULES),
        *(f"checking/{name}.py" for name in CHECKING),
        *(f"grading/{name}.py" for name in GRADING),
        *(f"data/{name}" for name in DATA),
    ]
    for name in files:
        place = stage / "course" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGE / name, place)
    verbs = stage / "course" / "learner" / "notebook.py"
    verbs.parent.mkdir()
    verbs.write_text(VERBS)
    (stage / "course" / "model").mkdir()  # the real one is mounted or copied there
    (stage / "tmp").mkdir()
