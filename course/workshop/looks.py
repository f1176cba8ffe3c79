"""What preflight looks at: one small function for each thing that a workshop asks of a machine.

Each returns the sentence that says what to do, or "" when all is well. None may take long.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import course
from course.errors import UserError
from course.learner import doctor, journal

DISK, MEMORY = 1e9, 2e9  # bytes free for notebooks and caches; bytes that a lesson may take
SECONDS = 15  # what MLX may take to be imported, and a kernel to start
# What a kernel has to do: MLX computes, a right answer passes, the browser gets its HTML.
_NOTEBOOK = """import course, mlx.core as mx
from course import check
assert (mx.ones((64, 64)) @ mx.ones((64, 64))).sum().item() == 64 ** 3
def row_means(x): return x.mean(axis=1)
check("row_means", row_means)"""


def _one_course() -> str:
    """Whether there is one copy of the course. With two, the folder decides which one is used."""
    places = {Path(course.__file__).resolve().parent}
    for entry in sys.path:
        file = Path(entry or ".", "course", "__init__.py")
        if file.is_file() and "mlx-course" in file.read_text(encoding="utf-8", errors="ignore"):
            places.add(file.resolve().parent)
    if len(places) > 1:
        both = " and ".join(sorted(map(str, places)))
        return f"There are two copies of the course here, {both}. Remove one of them."
    command = shutil.which("mlx-course")
    here = Path(sys.prefix).resolve()
    if command and here not in Path(command).absolute().parents:
        return (
            f"The command mlx-course is {command}, and this Python is {sys.executable}: two copies "
            "of the course. Remove one, or always call the same one."
        )
    return ""


def _mlx() -> str:
    """Whether MLX computes, in a process of its own: a broken MLX may end its process."""
    code = "import course, mlx.core as mx; print((mx.ones(3) + 1).sum().item())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS
    )
    if done.stdout.strip() == "6.0":
        return ""
    gaps = doctor.gaps(doctor.facts(quick=True))
    last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return gaps[0] if gaps else f"MLX does not compute here: {last}. Install it anew."


def _blas() -> str:
    """Whether matrix products are fast."""
    from course import machine

    library = machine.blas()
    return f"Matrix products are slow here: {library}." if "reference BLAS" in library else ""


def _compile() -> str:
    """Whether mx.compile takes effect."""
    from course import machine

    return "" if machine.compiles() else f"mx.compile: it {machine.NEEDS['compile'][1]}"


def _memory() -> str:
    """Whether there is memory for a lesson."""
    from course import machine

    size = machine.memory_bytes()
    if not size or size >= MEMORY:
        return ""
    return (
        f"{size / 1e9:.1f} GB of memory; lessons take up to {MEMORY / 1e9:.0f} GB. Close programs."
    )


def _disk() -> str:
    """Whether there is room for notebooks, progress and caches."""
    places = {Path.cwd(), journal.path().parent, Path(tempfile.gettempdir())}
    for place in places:
        while not place.exists():
            place = place.parent
        free = shutil.disk_usage(place).free
        if free < DISK:
            return f"{free / 1e6:.0f} MB are free for {place}; make room for {DISK / 1e6:.0f} MB."
    return ""


def _progress() -> str:
    """Whether the progress file can be read and written, and this course knows its version."""
    return journal.read()[1] or journal.change(lambda progress: None)


def _jupyterlab() -> str:
    """Whether JupyterLab is installed."""
    version = doctor.version("jupyterlab")
    return "" if version else "JupyterLab is not installed: install the course anew."


def _browser() -> str:
    """Whether there is a browser, where there is a screen."""
    import webbrowser

    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
        return ""  # nothing is shown on this machine; `lab` prints the address
    try:
        webbrowser.get()
    except webbrowser.Error:
        return "No browser was found. Install one, or open the address that `lab` prints elsewhere."
    return ""


def _kernel() -> str:
    """Whether a notebook's kernel starts, MLX computes in it, and a check answers."""
    import nbformat

    from course.learner import rerun

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "preflight.ipynb"
        cells = [nbformat.v4.new_code_cell(_NOTEBOOK)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        try:
            outcome = rerun.rerun(path, SECONDS, SECONDS)
        except UserError as mistake:
            return str(mistake).removeprefix(f"{path}: ")
    if outcome.passed:
        return ""
    said = (outcome.stopped or outcome.said or ["no check answered"])[0].splitlines()[0]
    return f"A notebook's kernel starts, and a check in it fails: {said}. Install the course anew."


OF_MLX = ("BLAS", "mx.compile", "memory", "a check in a kernel")
LOOKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("one course", _one_course),
    ("MLX", _mlx),
    ("BLAS", _blas),
    ("mx.compile", _compile),
    ("memory", _memory),
    ("disk", _disk),
    ("progress file", _progress),
    ("JupyterLab", _jupyterlab),
    ("browser", _browser),
    ("a check in a kernel", _kernel),
)
