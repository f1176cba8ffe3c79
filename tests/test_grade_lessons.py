"""Every lesson can be graded: its solutions earn everything, its blanks nothing, and each known
wrong answer loses its own exercise and is recognised."""

import sys

import nbformat
import pytest
from grading import grade

from course import machine
from course.author import build
from course.checking import isolate, runner
from course.content import assemble, catalog, source
from course.exercise import Exercise
from course.grading import tasks, worker

pytestmark = [pytest.mark.needs("sandbox"), pytest.mark.slow]
LESSONS = catalog.lessons()


@pytest.fixture(scope="module", autouse=True)
def room():
    yield
    tasks.close()


def submit(lesson, cells):
    """The marks of a submission to a lesson; exercises that this machine cannot grade left out."""
    result = grade(cells, lesson=lesson.slug, root="", points="", seconds=20.0)
    assert not result.refused
    return {mark.exercise: mark for mark in result.marks if mark.status != "unavailable"}


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def answers(lesson, role):
    """exercise -> [(name, its text as a learner would have it)] of all wrong or other answers."""
    texts = {}
    for exercise in catalog.exercises(lesson):
        text = source.read(lesson, exercise.name)
        nodes = text.answers(role)
        written = [text._rename(text._segment(node)) for node in nodes]
        if exercise.value:  # those that compute it return early, too
            written = [f"{one}\n\n\n{exercise.name} = {exercise.name}()" for one in written]
        helpers = [_helpers(text, node) for node in nodes]
        names = [wrong.name for wrong in exercise.misconceptions]
        names = names if role == "misconception" else [str(i) for i in range(len(nodes))]
        whole = [f"{given}\n\n{one}" for given, one in zip(helpers, written, strict=True)]
        texts[exercise.name] = list(zip(names, whole, strict=True))
    return texts


def _helpers(text, node):
    """What an answer of ours uses of its file and of common.py."""
    own = text.reached(node)
    common = text.common
    shared = common.defined(text.shared([node, *own])) if common else []
    return "\n\n".join(
        [*(common._segment(part) for part in shared), *(text._segment(part) for part in own)]
    )


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_solutions_earn_everything(lesson):
    marks = submit(lesson, code(build.exercise_notebook(lesson, solved=True)))
    assert {name: mark.message for name, mark in marks.items() if mark.status != "passed"} == {}
    needs = {x.name for x in catalog.exercises(lesson) if machine.lacks(x.needs)}
    assert len(marks) == len(lesson.names) - len(needs)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_blanks_earn_nothing(lesson):
    marks = submit(lesson, code(build.exercise_notebook(lesson)))
    assert {mark.status for mark in marks.values()} == {"not attempted"}
    assert sum(mark.points for mark in marks.values()) == 0


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_the_shipped_notebooks_are_read_as_they_are(lesson):
    for path in build.paths(lesson, lesson.folder.parents[2])[1:]:
        written = code(nbformat.read(path, 4))
        assert tasks.submissions.cells(path.read_bytes()) == written


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
@pytest.mark.parametrize("role", ["misconception", "alternative"])
def test_each_known_answer_gets_what_it_deserves(lesson, role):
    """One submission holds one known answer for each exercise; there are as many as it takes."""
    known = answers(lesson, role)
    wrong = []
    for turn in range(max(len(many) for many in known.values())):
        chosen = {name: many[turn] for name, many in known.items() if turn < len(many)}
        marks = submit(lesson, ["import course", *(text for _, text in chosen.values())])
        for name, mark in marks.items():
            if name not in chosen:
                continue
            label = chosen[name][0]
            if role == "alternative" and mark.status != "passed":
                wrong.append((name, label, mark.status, mark.message))
            if role == "misconception" and mark.status == "passed":
                wrong.append((name, label, "passed"))
            elif role == "misconception" and label not in mark.misconceptions:
                wrong.append((name, label, mark.status, mark.message, mark.evidence, mark.lost))
    assert wrong == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_nothing_that_lies_beside_a_submission_is_an_answer(lesson, monkeypatch):
    """Whatever the harness defines for its `use`s, it may not be what an exercise asks for."""
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    with isolate.sealed(isolate.Printed()):
        worker.exercises(worker.compiled(assemble.harness(lesson)))
    handed_out = assemble.given(lesson)  # what a notebook shows anyway
    modules = [made for name, made in sys.modules.items() if name.startswith("harness.")]
    beside = {
        name: thing
        for made in modules
        for name, thing in vars(made).items()
        if callable(thing)
        and getattr(thing, "__module__", "") == made.__name__
        and not isinstance(thing, Exercise)
        and f" {name}(" not in handed_out
    }
    asked = [x for x in catalog.exercises(lesson) if not x.value and "compile" not in x.needs]
    assert [
        (exercise.name, name)
        for exercise in asked
        for name, thing in beside.items()
        if runner.check(exercise, thing, seconds=2.0).passed
    ] == []


def test_what_lessons_import_is_there_for_those_who_copy_their_cells():
    imports = {
        line
        for lesson in LESSONS
        for line in lesson.folder.joinpath("lesson.py").read_text().splitlines()
        if line.startswith(("import course", "from course"))
    }
    first = LESSONS[0].names[0]
    cells = [
        "\n".join(sorted(imports)),
        "import course.published as p\np.machines()",
        f"{first} = 1",
    ]
    result = grade(cells, lesson=LESSONS[0].slug, root="", points="", seconds=20.0)
    assert [(failure.cell, failure.error) for failure in result.failed] == []


def test_a_lesson_that_imports_mlx_lm_is_graded_without_forks_too(monkeypatch):
    """As on a Mac, and where a fork would hang: limits are set before anything is imported."""
    monkeypatch.setattr(tasks, "_ready", {})
    monkeypatch.setattr(
        tasks.sandbox.Sandbox, "_start_server", lambda box: box._fall_back("it was asked to")
    )
    (lesson,) = (x for x in LESSONS if x.slug == "lora_lap")
    marks = submit(lesson, code(build.exercise_notebook(lesson, solved=True)))
    tasks.close()
    assert {name: mark.message for name, mark in marks.items() if mark.status != "passed"} == {}
