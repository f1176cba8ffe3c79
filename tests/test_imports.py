"""What notebooks of version 0.1.0 import still works, and nothing goes round the layers unseen."""

import ast
import functools
import importlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import course

PACKAGE = Path(course.__file__).parent
# Every import of the course in the notebooks, exercises and solutions of version 0.1.0.
IMPORTS = """
from course import check, figures, machine, measure, measured, predict
from course import check, hint, progress, reveal
from course import claims, machine, measure, measured, predict, widgets
from course import figures, glyphs, live, measured, predict
from course import figures, live, machine, measured, predict
from course import figures, live, measure, measured, model, predict
from course import figures, machine, measure, measured, predict
from course import figures, machine, measure, measured, predict, published, roofline, widgets
from course import figures, machine, measured, predict
from course import figures, measure, measured, predict
from course import figures, measure, measured, predict, widgets
from course import glyphs
from course import measure
from course import model
from course.mistake import Mistake
from course.model import corpus
from course.model import corpus, dataset, lap, score, sweep
from course.model import corpus, load
from course.model.score import answers, score
from course.roofline import GB, GIB
from course.serve import alone, serve
import course
import course.machine
import course.model
""".strip().splitlines()
# Every name of the course that their cells use, through `course` or through what they imported.
NAMES = [
    "claims.counts",
    "claims.load",
    "figures.bars",
    "figures.graph",
    "figures.lines",
    "figures.roofline",
    "figures.show",
    "glyphs.CHARACTERS",
    "glyphs.HELD_OUT",
    "glyphs.glyphs",
    "home.show",
    "live.loss_curve",
    "machine.backends",
    "machine.blas",
    "machine.child_env",
    "machine.chip",
    "machine.compiles",
    "machine.cores",
    "machine.gpu_memory_bytes",
    "machine.lacks",
    "machine.memory_bytes",
    "machine.versions",
    "measure.copy_bandwidth",
    "measure.count_runs",
    "measure.graph_nodes",
    "measure.graph_ops",
    "measure.is_evaluated",
    "measure.kernels",
    "measure.matmul_rate",
    "measure.peak_memory",
    "measure.ratio",
    "measure.stopwatch",
    "measure.time_call",
    "mistake.Mistake",
    "model.context",
    "model.corpus.KINDS",
    "model.corpus.SILENT",
    "model.corpus.examples",
    "model.corpus.note",
    "model.dataset.problems",
    "model.directory",
    "model.generate",
    "model.lap.NOTES",
    "model.lap.base",
    "model.lap.environment",
    "model.lap.settings",
    "model.lap.train",
    "model.lap.write_data",
    "model.load",
    "model.score",
    "model.sweep.lines",
    "model.sweep.saved",
    "published.bandwidths",
    "published.claimed",
    "published.machines",
    "published.measured",
    "published.models",
    "published.overheads",
    "published.shares",
    "roofline",
    "roofline.bits_each",
    "roofline.estimate",
    "roofline.from_config",
    "roofline.gpu_share",
    "roofline.here",
    "roofline.roof",
    "serve",
    "serve.alone",
    "widgets.explorer",
]
FIRST_CELLS: dict[str, str] = json.loads(
    Path(__file__).with_name("first_cells_0_1_0.json").read_text(encoding="utf-8")
)


def run(code: str) -> str:
    """What a process prints that has only this code."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- notebooks of version 0.1.0 --------------------------------------------------------------------
@pytest.mark.parametrize("statement", IMPORTS)
def test_an_import_of_version_0_1_0_works(statement: str) -> None:
    exec(statement, {})


def test_every_name_that_version_0_1_0_uses_is_there() -> None:
    # What its cells had imported by then, without which `course.model.lap` is no attribute.
    for statement in IMPORTS:
        exec(statement, {})
    for name in NAMES:
        functools.reduce(getattr, name.split("."), course)


@pytest.mark.parametrize("notebook", FIRST_CELLS)
def test_a_first_cell_of_version_0_1_0_runs_in_a_fresh_process(notebook: str) -> None:
    assert run(FIRST_CELLS[notebook] + "\nprint('ran')").endswith("ran\n")


@pytest.mark.parametrize(
    "module",
    ["claims", "figures", "glyphs", "home", "live", "machine", "measure", "model", "published",
     "roofline", "serve", "widgets"],
)  # fmt: skip
def test_a_module_is_an_attribute_of_the_course(module: str) -> None:
    place = f"course.learner.{module}" if module == "home" else f"course.{module}"
    assert run(f"import course; print(course.{module}.__name__)") == f"{place}\n"
    assert module in dir(course)


def test_what_the_course_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'course' has no attribute 'nothing'"):
        course.nothing  # noqa: B018


# -- ways round the layers -------------------------------------------------------------------------
# import-linter sees import statements. These are all other ways in which a file of the course loads
# code, or starts it in a process of its own: file -> {what stands there: why}.
ROUND: dict[str, dict[str, str]] = {
    "__init__.py": {
        "import_module": "`import course` is light: each module comes when it is first used.",
    },
    "__main__.py": {"-m course.cli": "the verb runs in the Python that has everything."},
    "author/build.py": {
        "import course": "the first cell of each exercise notebook.",
        "from course import check, hint, progress, reveal": "the first cell, too.",
    },
    "author/contract.py": {
        "-m course.author.contract": "our answers run once more in a fresh process.",
        "exec": "the cells of an exercise notebook, as a learner would run them.",
    },
    "author/new.py": {
        "import course": "the skeleton of a lesson.",
        "from course import measure, measured, predict": "the skeleton of a lesson.",
        "from course.exercise import exercise": "the skeleton of an exercise.",
    },
    "bench/gather.py": {
        "-m course.bench": "each figure is measured in a process of its own.",
        "-m course.model.speed": "the model's, too.",
    },
    "bootstrap.py": {
        "-m course.blas": "the new environment's own Python installs the hook in it.",
        "__import__": "the lock of this operating system: msvcrt or fcntl.",
    },
    "content/catalog.py": {
        "spec_from_file_location": "an exercise is a file, found by its lesson's folder.",
        "exec_module": "the same.",
    },
    "data/install.py": {
        "-m course.blas": "the new environment's own Python installs the hook in it.",
        "-m course.cli": "the verbs `start` and `preflight`, in the new environment.",
    },
    "grading/fork_server.py": {
        "import_module": "what a harness imports is there before the first submission.",
    },
    "grading/rate.py": {"-m course.grading.rate": "memory and CPU seconds are a process's."},
    "grading/sandbox.py": {"-m course.grading.fork_server": "it runs inside the sandbox."},
    "grading/worker.py": {"exec": "the harness; a submission's cells."},
    "hook.py": {
        "exec": "the hook's text, which the .pth file runs as well.",
        "from course import blas": "in that text: the hook loads the BLAS when MLX is imported.",
    },
    "learner/home.py": {"import course": "the cell of the home notebook."},
    "lessons/nn_models/train_until_best.py": {
        "from course import glyphs": "a cell that the exercise notebook shows under its check.",
    },
    "model/__init__.py": {
        "import_module": "`from course import model` is light: no weights, no mlx_lm.",
    },
    "serve.py": {"-m course.serve": "the server is a process of its own."},
    "workshop/looks.py": {
        "import course, mlx.core as mx": "MLX is tried in a process, and in a kernel.",
        "from course import check": "in that kernel.",
    },
}
LOADERS = {
    "__import__", "SourceFileLoader", "exec", "exec_module", "import_module", "run_module",
    "run_path", "spec_from_file_location",
}  # fmt: skip
IMPORT = re.compile(r"(?:^|[;\n])[ \t]*((?:from course[\w.]* import|import course\b)[^\n;]*)")


def docstrings(tree: ast.AST) -> set[int]:
    """The nodes that are docstrings, by identity."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, kinds)]
    return {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}


def ways_round(source: str) -> set[str]:
    """How this source loads code other than by an import statement."""
    tree = ast.parse(source)
    prose, ways = docstrings(tree), set()
    for node in ast.walk(tree):
        names = [getattr(node, field, None) for field in ("id", "attr", "name")]
        ways |= LOADERS.intersection(name for name in names if isinstance(name, str))
        text = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in prose:
            ways |= {found.strip() for found in IMPORT.findall(text)}
        entries = getattr(node, "elts", None) or getattr(node, "args", None)
        if isinstance(entries, list):  # a list, a tuple or a call that holds a command line
            words = [getattr(entry, "value", None) for entry in entries]
            for option, module in itertools.pairwise(words):
                if option == "-m" and isinstance(module, str) and module.split(".")[0] == "course":
                    ways.add(f"-m {module}")
    return ways


@pytest.mark.parametrize(
    ("source", "way"),
    [
        ("import importlib\nimportlib.import_module('x')", "import_module"),
        ("from importlib import import_module as load", "import_module"),
        ("__import__('x')", "__import__"),
        ("exec('x = 1')", "exec"),
        ("importlib.util.spec_from_file_location('a', 'b')", "spec_from_file_location"),
        ("run([python, '-m', 'course.cli', 'lab'])", "-m course.cli"),
        ("RUN = ('-m', 'course.bench')", "-m course.bench"),
        ("call(python, '-m', 'course.blas')", "-m course.blas"),
        ("CODE = 'x = 1; from course.grading import run'", "from course.grading import run"),
        ("CODE = f'import course\\n{more}'", "import course"),
    ],
)
def test_each_way_round_is_seen(source: str, way: str) -> None:
    assert ways_round(source) == {way}


@pytest.mark.parametrize(
    "source",
    [
        '"""import course"""',
        "import course",
        "'restart, and import course first'",
        "run('-m', 'x')",
    ],
)
def test_what_is_no_way_round_is_none(source: str) -> None:
    assert ways_round(source) == set()


def test_every_way_round_the_layers_is_listed_with_its_reason() -> None:
    files = [x for x in sorted(PACKAGE.rglob("*.py")) if x.name != "lesson.py"]  # notebooks' text
    ways_of = {file: ways_round(file.read_text(encoding="utf-8")) for file in files}
    seen = {file.relative_to(PACKAGE).as_posix(): ways for file, ways in ways_of.items() if ways}
    listed = {file: set(ways) for file, ways in ROUND.items()}
    for file in seen.keys() | listed.keys():
        new = seen.get(file, set()) - listed.get(file, set())
        gone = listed.get(file, set()) - seen.get(file, set())
        assert not new, f"{file}: not listed in ROUND, with its reason: {sorted(new)}"
        assert not gone, f"{file}: listed in ROUND, and there no more: {sorted(gone)}"
    assert all(why.strip() for ways in ROUND.values() for why in ways.values())


def test_nothing_is_hidden_from_import_linter() -> None:
    text = (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert "ignore_imports" not in text
    (ignored,) = re.findall(r"exhaustive_ignores = (\[.*\])", text)
    for name in ast.literal_eval(ignored):
        importlib.import_module(f"course.{name}")
