"""Sources to notebooks: deterministic, without answers, outputs only where they belong."""

import ast
import json
import re
import sys

import nbformat
import pytest
import toy_course

from course.author import build
from course.content import catalog
from course.errors import UserError
from course.learner import journal

LESSON = "lessons/shapes/lesson.py"
EXERCISES = "lessons/shapes"


@pytest.fixture
def built(tmp_path):
    """A copy of the toy course, built."""
    return toy_course.copy(tmp_path / "toy")


@pytest.fixture
def executed(tmp_path):
    """A copy of the toy course, built and executed."""
    return toy_course.executed(tmp_path / "toy")


@pytest.fixture
def blank(tmp_path):
    """A copy of the toy course, built and never executed."""
    toy = toy_course.bare(tmp_path / "toy")
    toy.build()
    return toy


def read(toy, name):
    return nbformat.read(toy.home / name, 4)


def code(notebook):
    return [cell.source for cell in build.code_cells(notebook)]


def cell_with(notebook, text):
    return next(cell for cell in build.code_cells(notebook) if text in cell.source)


def contents(toy):
    return {path.relative_to(toy.home): path.read_bytes() for path in toy.notebooks()}


# The same source makes the same bytes -------------------------------------------------------------


@pytest.mark.slow
def test_a_rebuild_changes_nothing(executed):
    before = contents(executed)
    assert len(before) == 6
    assert executed.build() == []
    assert contents(executed) == before


def test_two_builds_elsewhere_are_equal_byte_for_byte(tmp_path, blank):
    other = toy_course.bare(tmp_path / "other" / "place")
    assert len(other.build()) == 6 + 1  # and the home notebook
    assert contents(other) == contents(blank)


def test_only_what_changed_is_written(built):
    built.edit(LESSON, "A shape is a tuple.", "A shape is a tuple of integers.")
    assert [path.name for path in built.build()] == ["00_shapes.ipynb"]
    built.edit("lessons/layers", "minutes=2", "minutes=3")
    assert [path.parent.name for path in built.build()] == ["notebooks", "exercises", "solutions"]


@pytest.mark.slow
def test_files_hold_no_place_time_or_machine(executed):
    secrets = [
        str(executed.home),
        str(toy_course.HERE.parent),
        sys.executable,
        "/tmp",
        "ipykernel_",
    ]
    secrets.append(f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}")
    for path in executed.notebooks():
        text = path.read_text()
        assert [secret for secret in secrets if secret in text] == []
        notebook = json.loads(text)
        assert notebook["metadata"].keys() == {"kernelspec", "language_info", "mlx_course"}
        assert notebook["metadata"]["language_info"] == {"name": "python"}
        assert notebook["metadata"]["mlx_course"].keys() == {"executed"}
        for cell in notebook["cells"]:
            assert cell["metadata"].keys() <= {"tags"}


def test_cell_ids_are_legal_unique_and_stable(built):
    for path in built.notebooks():
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
        ids = [cell.id for cell in notebook.cells]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", id) for id in ids)
    before = [cell.id for cell in read(built, "notebooks/00_shapes.ipynb").cells]
    built.edit(LESSON, "# %%\nx = mx", "# %%\nprint()\n# %%\nprint()\n# %%\nx = mx")
    built.build()
    after = [cell.id for cell in read(built, "notebooks/00_shapes.ipynb").cells]
    assert len(after) == len(set(after)) == len(before) + 2
    assert [id for id in after if id in before] == before


# Outputs ------------------------------------------------------------------------------------------


def test_a_build_alone_makes_no_outputs(blank):
    for path in blank.notebooks():
        assert not build.is_executed(path)
        for cell in build.code_cells(nbformat.read(path, 4)):
            assert (cell.outputs, cell.execution_count) == ([], None)


@pytest.mark.slow
def test_execution_saves_outputs_and_says_so(executed):
    for path in executed.notebooks():
        assert build.is_executed(path)
    lesson = read(executed, "notebooks/00_shapes.ipynb")
    assert cell_with(lesson, "tolist").outputs[0].text == "True\n"
    assert [cell.execution_count for cell in build.code_cells(lesson)] == list(range(1, 10))


@pytest.mark.slow
def test_outputs_stay_with_unchanged_cells_and_leave_changed_ones(executed):
    before = {
        cell.source: cell.outputs
        for cell in build.code_cells(read(executed, "notebooks/00_shapes.ipynb"))
    }
    executed.edit(LESSON, "print(x.reshape(-1).tolist()", "print(x.flatten().tolist()")
    executed.edit(
        LESSON, '# %%\npredict("shapes.rows"', '# %%\nprint(0)\n# %%\npredict("shapes.rows"'
    )
    executed.build()
    assert not build.is_executed(executed.home / "notebooks" / "00_shapes.ipynb")
    lesson = read(executed, "notebooks/00_shapes.ipynb")
    changed = [cell for cell in build.code_cells(lesson) if cell.source not in before]
    assert [cell.source[:9] for cell in changed] == ["print(x.f", "print(0)"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in changed)
    kept = [cell for cell in build.code_cells(lesson) if cell.source in before]
    assert len(kept) == 8
    assert all(cell.outputs == before[cell.source] for cell in kept)


@pytest.mark.slow
def test_a_changed_tag_keeps_the_output(executed):
    executed.edit(LESSON, '# %% tags=["nbval-ignore-output"]', "# %%")
    executed.build()
    lesson = read(executed, "notebooks/00_shapes.ipynb")
    assert cell_with(lesson, "x.nbytes").metadata == {}
    assert cell_with(lesson, "x.nbytes").outputs
    assert build.is_executed(executed.home / "notebooks" / "00_shapes.ipynb")


@pytest.mark.slow
def test_a_cell_that_came_back_has_no_output_until_it_is_run(executed):
    path = executed.home / "notebooks" / "00_shapes.ipynb"
    executed.edit(LESSON, "print(x.reshape(-1)", "print(x.flatten()")
    executed.build()
    executed.edit(LESSON, "print(x.flatten()", "print(x.reshape(-1)")
    executed.build()
    assert cell_with(read(executed, "notebooks/00_shapes.ipynb"), "reshape(-1)").outputs == []
    assert not build.is_executed(path)


@pytest.mark.slow
def test_a_cell_edited_by_hand_loses_its_output_and_the_file_its_mark(executed):
    path = executed.home / "notebooks" / "00_shapes.ipynb"
    path.write_text(path.read_text().replace("print(x.reshape(-1)", "print(x.flatten()"))
    assert executed.build() == [path]
    assert cell_with(read(executed, "notebooks/00_shapes.ipynb"), "reshape(-1)").outputs == []
    assert not build.is_executed(path)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no JSON",
        b"[]",
        b"{}",
        b"\xff\xfe\x00",
        b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
        b'{"cells": [{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
        b'{"cells": [], "metadata": {}, "nbformat": 7, "nbformat_minor": 0}',
        b'{"cells": [], "metadata": [], "nbformat": 4, "nbformat_minor": 5}',
        "half",
        "conflict",
        "output",
    ],
)
def test_a_damaged_notebook_is_made_anew(blank, damage):
    path = blank.home / "notebooks" / "00_shapes.ipynb"
    good = path.read_bytes()
    damaged = {
        "half": good[: len(good) // 2],
        "conflict": b"<<<<<<< HEAD\n" + good + b"=======\n" + good + b">>>>>>> theirs\n",
        "output": good.replace(b'"outputs": []', b'"outputs": [{"output_type": "smell"}]', 1),
    }
    path.write_bytes(damaged.get(damage, damage))
    assert path.read_bytes() != good
    assert blank.build() == [path]
    assert path.read_bytes() == good


# What is in them ----------------------------------------------------------------------------------


def test_a_check_cell_stands_under_each_blank(built):
    for folder in ("exercises", "solutions"):
        for lesson in catalog.lessons(built.lessons):
            cells = list(build.code_cells(read(built, f"{folder}/{lesson.stem}.ipynb")))
            for name in lesson.names:
                [at] = [
                    i
                    for i, cell in enumerate(cells)
                    if cell.source.startswith("check(") and name in cell.source
                ]
                assert cells[at].source == f'check("{name}", {name})'
                assert re.match(
                    rf"(def|class) {name}\b|(?s:.*)^{name} = ", cells[at - 1].source, re.M
                )


def test_only_checks_with_needs_are_left_out_of_the_comparison(built):
    for path in built.notebooks():
        if path.parent.name == "notebooks":
            continue
        cells = build.code_cells(nbformat.read(path, 4))
        ignored = [cell.source for cell in cells if build.IGNORE in cell.metadata.get("tags", [])]
        assert ignored == ['check("doubled", doubled)'] * (path.name == "01_layers.ipynb")


def test_a_cell_of_the_learners_own_stands_under_the_check_and_is_not_compared(blank):
    after = 'row_sums.afterwards("What it is.", """\n    if row_sums:\n        print(1)\n    """)\n'
    blank.edit("lessons/shapes", "row_sums.hints(", f"{after}row_sums.hints(")
    blank.build()
    for folder in ("exercises", "solutions"):
        cells = read(blank, f"{folder}/00_shapes.ipynb").cells
        [at] = [i for i, cell in enumerate(cells) if cell.source.startswith('check("row_sums"')]
        assert cells[at + 1].source == "What it is."
        assert cells[at + 2].source == "if row_sums:\n    print(1)"
        assert cells[at + 2].metadata.tags == [build.IGNORE]


def test_blanks_hold_no_line_of_an_answer(built):
    for lesson in catalog.lessons(built.lessons):
        notebook = read(built, f"exercises/{lesson.stem}.ipynb")
        shown = {line.strip() for cell in notebook.cells for line in cell.source.splitlines()}
        text = "\n".join(file.read_text() for file in lesson.files if file != lesson.text)
        for node in ast.parse(text).body:
            roles = [ast.unparse(part) for part in getattr(node, "decorator_list", [])]
            if not any(
                re.search(r"\.(solution|alternative|misconception)\b", role) for role in roles
            ):
                continue
            for line in (ast.get_source_segment(text, node) or "").splitlines()[1:]:
                line = line.strip()
                # What both have: the statement, a method's first line, and no more.
                if line and not line.startswith(('"""', "def ", "super()")):
                    assert line not in shown
    everything = "".join(
        (built.home / "exercises" / f"{x}.ipynb").read_text() for x in ("00_shapes", "01_layers")
    )
    for sentence in (
        "the sums of the columns",
        "means",
        "gate_not_squashed",
        "How many numbers come",
    ):
        assert sentence not in everything


def test_blanks_and_answers_as_they_are_read(built):
    shapes, solved = (
        read(built, "exercises/00_shapes.ipynb"),
        read(built, "solutions/00_shapes.ipynb"),
    )
    given = '# Given\nFLOOR: float = 1e-3\n\n\ndef largest(x):\n    """The largest magnitude'
    assert "identity_bytes = ..." in code(shapes)
    assert any(cell.startswith(given) for cell in code(shapes))
    assert any(cell.startswith(given) for cell in code(solved))
    first = (
        "import course\nfrom course import check, hint, progress, reveal\n\nimport mlx.core as mx"
    )
    assert code(shapes)[0].startswith(first)
    assert "course.exercise" not in "".join(code(shapes) + code(solved))
    prose = "\n".join(cell.source for cell in solved.cells if cell.cell_type == "markdown")
    assert "**Also right**\n\n```python\ndef row_sums(x):\n    return mx.stack(" in prose
    assert "- `columns`: You have …, the sums of the columns, not …." in prose
    assert "How many bytes is a 4 × 4 identity matrix in float16?" in prose


def test_a_sentence_is_printed_with_its_braces_and_without_its_fields(built):
    sentence = "You have {y}, the sums of the columns, not {y:expected}."
    built.edit(EXERCISES, sentence, "A set is {{y}}, yours is {y}.")
    built.build()
    prose = "".join(cell.source for cell in read(built, "solutions/00_shapes.ipynb").cells)
    assert "- `columns`: A set is {y}, yours is …." in prose


@pytest.mark.slow
def test_answers_pass_where_they_are_printed(executed):
    for path in (executed.home / "solutions").glob("*"):
        checks = [
            cell for cell in build.code_cells(nbformat.read(path, 4)) if "check(" in cell.source
        ]
        said = [cell.outputs[0].data["text/plain"] for cell in checks if not cell.metadata]
        assert said and all(text.startswith("Passed · ") for text in said)


def test_a_lesson_ends_with_its_exercises(built):
    last = read(built, "notebooks/00_shapes.ipynb").cells[-1].source
    assert "[exercises/00_shapes.ipynb](../exercises/00_shapes.ipynb)" in last
    assert last.endswith(
        "| `row_sums` | 3 | 1 |\n| `scaled_rows` | 4 | 2 |\n| `identity_bytes` | 2 | 1 |"
    )


def test_a_lesson_without_a_heading(built):
    built.edit(LESSON, "# # 00 · Shapes", "# Shapes")
    with pytest.raises(UserError, match=r'lesson\.py: no heading such as "# # 00 · Title"'):
        built.build()


def test_tags_are_those_of_code_cells(built):
    found = build.tagged(built.lesson("shapes"), "claim:")
    assert found == {"claim:shapes.rows_first": ["claim:shapes.rows_first"]}


# Running ------------------------------------------------------------------------------------------


def test_a_cell_that_raises_is_named_and_the_file_stays(built):
    path = built.home / "notebooks" / "00_shapes.ipynb"
    built.edit(LESSON, 'measured("shapes.size", x.size)', "raise OSError('the disk is full')")
    built.build()
    before = path.read_bytes()
    with pytest.raises(UserError) as raised:
        built.execute(path)
    said = re.sub(r"\x1b\[[\d;]*m", "", str(raised.value))  # without its colours
    assert said.startswith(f"{path}: ")
    assert "x = mx.arange(6)" in said  # the cell
    assert "OSError: the disk is full" in said
    assert path.read_bytes() == before


def test_a_kernel_that_dies_is_a_mistake_too(built):
    path = built.home / "notebooks" / "00_shapes.ipynb"
    built.edit(LESSON, 'measured("shapes.size", x.size)', "__import__('os')._exit(3)")
    built.build()
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"00_shapes\.ipynb: the kernel died"):
        built.execute(path)
    assert path.read_bytes() == before


def test_running_a_lesson_leaves_the_learners_progress_alone(built, home):
    journal.record_check("shapes.row_sums", "wrong", ())
    before = {path: path.read_bytes() for path in home.iterdir()}
    built.edit(LESSON, 'predict("shapes.size", None)', 'predict("shapes.size", 5)')
    built.build()
    built.execute(built.home / "notebooks" / "00_shapes.ipynb")
    lesson = read(built, "notebooks/00_shapes.ipynb")
    said = cell_with(lesson, 'measured("shapes.size"').outputs[0].data["text/plain"]
    assert said == "Measured: 6. You guessed 5: close."  # it had a progress file of its own
    assert {path: path.read_bytes() for path in home.iterdir()} == before
