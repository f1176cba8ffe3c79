"""What contributors' tools read: hooks, editor settings, container, forms, docstrings of the root.

Nothing here needs pre-commit, an editor, Docker or GitHub: their files are parsed, and each hook
is run as pre-commit would run it.
"""

import ast
import configparser
import doctest
import fnmatch
import importlib
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import toy_course
import yaml
from typer.testing import CliRunner

from course import bootstrap, cli
from course.author import build, stale

REPO = Path(__file__).resolve().parent.parent
HOOKS = {
    hook["id"]: hook
    for hook in yaml.safe_load((REPO / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
}
FORMS = sorted((REPO / ".github/ISSUE_TEMPLATE").glob("*.yml"))
# What cli's verbs take is said to typer, and --help prints their docstrings.
ROOM = [x for x in sorted((REPO / "course").glob("*.py")) if x.stem not in ("cli", "__main__")]
GENERATED = {"my-course", "dist", "__pycache__"}
HIDDEN = {".ci", ".devcontainer", ".github"}  # folders with a dot that git knows


def files() -> list[str]:
    """The repository's files, as git would name them."""
    found = []
    for folder, folders, names in os.walk(REPO):
        folders[:] = [x for x in folders if x in HIDDEN or not (x in GENERATED or x[0] == ".")]
        found += [(Path(folder) / name).relative_to(REPO).as_posix() for name in names]
    return sorted(found)


def handed_to(hook: dict) -> list[str]:
    """The files that pre-commit would hand to a hook, were all of them in one commit."""
    return [
        name
        for name in files()
        if re.search(hook.get("files", ""), name)
        and not re.search(hook.get("exclude", "^$"), name)
        and ("types" not in hook or name.endswith(".py"))
    ]


def run(hook: dict, *names: str | Path) -> subprocess.CompletedProcess[str]:
    """A hook on these files, with the tests' Python in place of .venv's."""
    command = [sys.executable, *shlex.split(hook["entry"])[1:], *map(str, names)]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True)


# -- hooks -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("id", HOOKS)
def test_a_hook_runs_a_tool_of_this_environment(id):
    python, flag, module, *_ = shlex.split(HOOKS[id]["entry"])
    assert HOOKS[id]["language"] == "system"
    assert (python, flag) == (".venv/bin/python", "-m")
    assert bootstrap.WINDOWS or REPO / python == Path(bootstrap.PYTHON)
    assert importlib.util.find_spec(module)


@pytest.mark.parametrize("id", HOOKS)
def test_a_hook_finds_files(id):
    assert len(handed_to(HOOKS[id])) > 30


def test_the_hooks_leave_the_home_notebook_and_names_of_people_alone():
    assert "notebooks/index.ipynb" not in handed_to(HOOKS["notebooks"])
    assert "course/model/words.py" not in handed_to(HOOKS["spelling"])


def test_nothing_is_misspelt_in_prose_and_sentences():
    names = handed_to(HOOKS["spelling"])
    assert {"README.md", "course/lessons/start/lesson.py", "course/ledger/13_limits.toml"} <= {
        *names
    }
    done = run(HOOKS["spelling"], *names)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_misspelling_is_found(tmp_path):
    (tmp_path / "lesson.py").write_text("# You recieve an array.\n")
    done = run(HOOKS["spelling"], tmp_path / "lesson.py")
    assert done.returncode and "recieve ==> receive" in done.stdout


def test_python_that_ruff_would_change_is_found(tmp_path):
    (tmp_path / "module.py").write_text("import os\nx = ( 1 )\n")
    assert "F401" in run(HOOKS["lint"], tmp_path / "module.py").stdout
    assert run(HOOKS["format"], "--check", tmp_path / "module.py").returncode


@pytest.mark.slow
def test_a_changed_source_makes_its_notebooks_stale(tmp_path):
    toy = toy_course.copy(tmp_path / "toy")
    sources = [*toy.lessons.glob("*/*.py"), toy.lessons / "order.txt"]

    def sentences(*files: Path) -> list[str]:
        return stale.stale([*files], toy.home, toy.lessons)

    assert sentences(*sources) == []
    toy.edit("lessons/layers", "doubled = exercise(minutes=", "doubled = exercise(minutes=1 + ")
    assert sentences(toy.lessons / "shapes" / "lesson.py") == []
    changed = sentences(toy.lessons / "layers" / "doubled.py")
    again = "is not what its source makes. Run: python3 -m course build --execute."
    assert changed == [f"{folder}/01_layers.ipynb {again}" for folder in build.FOLDERS]
    assert sentences(toy.home / "exercises" / "01_layers.ipynb") == changed
    assert sentences(toy.lessons / "order.txt") == changed
    toy.build()
    assert sentences(*sources) == []  # only prose changed: the outputs are still those of the code
    toy.edit("lessons/layers", "return 2 * x", "return x * 2")
    toy.build()
    assert sentences(*sources) == [
        "solutions/01_layers.ipynb shows outputs of an older source. "
        "Run: python3 -m course build --execute."
    ]


@pytest.mark.slow
def test_the_hook_for_notebooks_is_silent_when_all_is_well():
    done = run(HOOKS["notebooks"], "course/lessons/start/lesson.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# -- editor, types and container -------------------------------------------------------------------
def test_the_files_are_as_the_editors_settings_say():
    settings = configparser.ConfigParser()
    settings.read_string("[top]\n" + (REPO / ".editorconfig").read_text())
    assert settings["top"]["root"] == "true"
    everywhere = {"charset": "utf-8", "end_of_line": "lf", "insert_final_newline": "true"}
    assert everywhere.items() <= dict(settings["*"]).items()
    assert settings["*.py"]["max_line_length"] == "100"
    (untrimmed,) = [x for x in settings if "false" in settings[x].values()]
    for name in files():
        data = (REPO / name).read_bytes()
        if b"\0" in data or not data:
            continue
        assert b"\r" not in data, name
        text = data.decode("utf-8")
        if not name.endswith(".json"):  # other programs write them
            assert text.endswith("\n"), name
        if not fnmatch.fnmatch(name, untrimmed):
            assert not re.search(r"[ \t]$", text, re.M), name


def test_the_package_says_that_it_is_typed():
    assert (REPO / "course/py.typed").is_file()  # test_wheel looks for it in the wheel


def test_the_container_opens_the_lab_on_the_port_that_it_forwards():
    said = json.loads((REPO / ".devcontainer/devcontainer.json").read_text())
    for name in ("postCreateCommand", "postAttachCommand"):
        start, _, verb = said[name].partition(" -m course ")
        verb, *options = verb.split()
        known = CliRunner().invoke(cli.app, [verb, "--help"], env={"COLUMNS": "200"})
        assert (start, known.exit_code) == ("python3", 0)
        assert all(word in known.output for word in options if word.startswith("--"))
    port = said["postAttachCommand"].split()[-1]
    assert said["forwardPorts"] == [int(port)]
    assert said["portsAttributes"][port]["requireLocalPort"]  # the printed address has it
    version = re.fullmatch(r"python:3\.(\d+)-bookworm", said["image"])
    assert version and (3, int(version[1])) >= bootstrap.OLDEST
    assert any("/.venv,type=volume" in mount for mount in said["mounts"])  # not the host's .venv


# -- issue forms -----------------------------------------------------------------------------------
def test_there_is_a_form_for_each_thing_that_people_send():
    names = [yaml.safe_load(path.read_text()).get("name") for path in FORMS]
    assert {"A right answer was refused", "A sentence is wrong", "My machine's bench"} <= {*names}


@pytest.mark.parametrize("path", [x for x in FORMS if x.name != "config.yml"], ids=lambda x: x.stem)
def test_a_form_has_what_github_requires(path):
    form = yaml.safe_load(path.read_text())
    assert {"name", "description", "body"} <= form.keys()
    assert form.keys() <= {"name", "description", "title", "labels", "body"}
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert fields
    ids = [part["id"] for part in fields]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[\w-]+", id) for id in ids)
    labels = [part["attributes"]["label"] for part in fields]
    assert len(set(labels)) == len(labels)
    for part in form["body"]:
        assert part["type"] in ("markdown", "input", "textarea", "dropdown", "checkboxes")
        if part["type"] == "markdown":
            assert part["attributes"]["value"].strip()
        if part["type"] in ("dropdown", "checkboxes"):
            assert part["attributes"]["options"]
        assert isinstance(part.get("validations", {}).get("required", True), bool)
    assert any(part.get("validations", {}).get("required") for part in fields)


# -- what newcomers read ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_the_files_that_are_named_are_there(name):
    text = (REPO / name).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    names = re.findall(r"`((?:course|tests|notebooks|exercises|solutions)/[^`<]*)`", text)
    assert links + names
    assert [path for path in links + names if not (REPO / path).exists()] == []


def test_contributing_names_each_room_of_the_course():
    text = (REPO / "CONTRIBUTING.md").read_text()
    rooms = [path.parent.name for path in sorted((REPO / "course").glob("*/__init__.py"))]
    assert "grading" in rooms
    assert [room for room in rooms if f"| `course/{room}/` |" not in text] == []


# -- docstrings of the root ------------------------------------------------------------------------
def undocumented(tree: ast.Module) -> list[str]:
    """Public definitions without a docstring; arguments, fields and errors that it leaves out."""
    faults = []
    inside = [y for x in tree.body if isinstance(x, ast.ClassDef) for y in x.body]
    for node in [*tree.body, *inside]:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        said = ast.get_docstring(node) or ""
        if isinstance(node, ast.FunctionDef):
            at = node.args
            every = [*at.posonlyargs, *at.args, *at.kwonlyargs, at.vararg, at.kwarg]
            names = [x.arg for x in every if x and x.arg != "self"]
        else:
            fields = [x for x in node.body if isinstance(x, ast.AnnAssign) and not x.value]
            names = [x.target.id for x in fields if isinstance(x.target, ast.Name)]
        raises = any(isinstance(x, ast.Raise) and x.exc for x in ast.walk(node))
        if isinstance(node, ast.ClassDef):
            raises = False  # its methods say it
        faults += [f"{node.name} has no docstring"] * (not said)
        faults += [f"{node.name}: what is {x}?" for x in names if f" {x}: " not in said]
        faults += [f"{node.name}: what does it raise?"] * (raises and "Raises:" not in said)
    return faults


@pytest.mark.parametrize("path", ROOM, ids=lambda path: path.stem)
def test_what_lessons_may_import_says_its_arguments_and_errors(path):
    assert undocumented(ast.parse(path.read_text())) == []


def test_a_definition_that_says_too_little_is_found():
    text = """
def silent(): ...
def scaled(x, by=2):
    'x times a factor.

    Args:
        x: an array.
    '
    raise ValueError(by)
class Point:
    'A point.'
    x: float
""".replace("'", '"""')
    assert undocumented(ast.parse(text)) == [
        "silent has no docstring",
        "scaled: what is by?",
        "scaled: what does it raise?",
        "Point: what is x?",
    ]


@pytest.mark.parametrize("path", ROOM, ids=lambda path: path.stem)
def test_the_examples_of_the_root_hold(path):
    if path.stem == "bootstrap":  # it runs before there is an environment
        assert ">>>" not in path.read_text()
        return
    name = "course" if path.stem == "__init__" else f"course.{path.stem}"
    assert doctest.testmod(importlib.import_module(name)).failed == 0
