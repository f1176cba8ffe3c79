"""`new` makes skeletons; verify says what is left; once that is written, all is well."""

import re

import pytest
import toy_course

from course.author import new
from course.content import catalog
from course.errors import UserError


@pytest.fixture
def toy(tmp_path):
    return toy_course.bare(tmp_path / "toy")


@pytest.fixture
def empty(tmp_path):
    """A course without lessons."""
    toy = toy_course.Toy(tmp_path / "course")
    toy.lessons.mkdir(parents=True)
    (toy.lessons / "order.txt").touch()
    toy.ledger.touch()
    return toy


def test_a_lesson_gets_the_next_number_and_its_line(toy):
    before = (toy.lessons / "order.txt").read_text()
    made = new.new_lesson("random_keys", root=toy.lessons)
    folder = toy.lessons / "random_keys"
    assert made == [folder / "lesson.py", toy.lessons / "order.txt"]
    assert made[1].read_text() == before + "02 random_keys\n"
    assert "# # 02 · Random keys" in made[0].read_text()
    assert toy.lesson("random_keys").stem == "02_random_keys"


def test_a_lesson_may_come_between_others(toy):
    (toy.lessons / "order.txt").write_text("00 shapes\n05 layers\n")
    new.new_lesson("between", "03", toy.lessons)
    assert [lesson.stem for lesson in catalog.lessons(toy.lessons)] == [
        "00_shapes",
        "03_between",
        "05_layers",
    ]


def test_the_first_lesson_is_number_0(empty):
    new.new_lesson("shapes", root=empty.lessons)
    assert (empty.lessons / "order.txt").read_text() == "00 shapes\n"


@pytest.mark.parametrize(
    ("slug", "number", "fault"),
    [
        ("Shapes", None, '"02 Shapes" should read like "02 lazy_graphs"'),
        ("random-keys", None, "should read like"),
        ("../elsewhere", None, "should read like"),
        ("2d", None, "should read like"),
        ("", None, "should read like"),
        ("random_keys", "3", '"3 random_keys" should read like'),
        ("random_keys", "100", "should read like"),
        ("shapes", None, "There is a lesson shapes or a number 02 already"),
        ("random_keys", "01", "There is a lesson random_keys or a number 01 already"),
    ],
)
def test_a_lesson_needs_a_name_and_a_number_of_its_own(toy, slug, number, fault):
    before = {path: path.read_bytes() for path in toy.home.rglob("*") if path.is_file()}
    with pytest.raises(UserError) as raised:
        new.new_lesson(slug, number, toy.lessons)
    assert fault in str(raised.value)
    assert {path: path.read_bytes() for path in toy.home.rglob("*") if path.is_file()} == before


def test_an_exercise_gets_a_file_and_its_line(toy):
    order = toy.lessons / "order.txt"
    before, file = order.read_text(), toy.lessons / "layers" / "tied_weights.py"
    assert new.new_exercise("layers", "tied_weights", toy.lessons) == [file, order]
    assert order.read_text() == before + "    tied_weights\n"
    assert toy.lesson("layers").names == ("gated", "doubled", "tied_weights")
    assert catalog.find("tied_weights", toy.lessons).id == "layers.tied_weights"


def test_a_file_that_is_there_already_stays(toy):
    file = toy.lessons / "layers" / "tied_weights.py"
    file.write_text("# mine\n")
    with pytest.raises(UserError, match="is there already; give it a line"):
        new.new_exercise("layers", "tied_weights", toy.lessons)
    assert file.read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("slug", "name", "fault"),
    [
        ("gone", "tied_weights", "There is no lesson gone. There are: shapes, layers."),
        ("layers", "TiedWeights", '"TiedWeights" is no name for an exercise'),
        ("layers", "tied weights", "is no name for an exercise"),
        ("layers", "", "is no name for an exercise"),
        ("layers", "lambda", "is no name for an exercise"),
        ("layers", "sum", "is no name for an exercise"),
        ("layers", "check", "is no name for an exercise"),
        ("layers", "exercise", "is no name for an exercise"),
        ("layers", "mx", "is no name for an exercise"),
        ("layers", "lesson", "is no name for an exercise"),
        ("layers", "common", "is no name for an exercise"),
        ("layers", "gated", "gated is an exercise of layers already"),
        ("layers", "row_sums", "row_sums is an exercise of shapes already"),
    ],
)
def test_an_exercise_needs_a_lesson_and_a_name_of_its_own(toy, slug, name, fault):
    before = {path: path.read_bytes() for path in toy.home.rglob("*") if path.is_file()}
    with pytest.raises(UserError) as raised:
        new.new_exercise(slug, name, toy.lessons)
    assert fault in str(raised.value)
    assert {path: path.read_bytes() for path in toy.home.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_from_a_skeleton_to_a_lesson_that_holds_the_contract(empty):
    """As an author goes: make, ask what is left, write each TODO, build, and nothing is left."""
    new.new_lesson("shapes", root=empty.lessons)
    new.new_exercise("shapes", "next_number", empty.lessons)
    lesson, exercises = (
        empty.lessons / "shapes" / "lesson.py",
        empty.lessons / "shapes" / "next_number.py",
    )

    left = empty.problems()
    todos = [problem for problem in left if problem.endswith("still says TODO.")]
    written = [path.read_text().splitlines() for path in (lesson, exercises)]
    assert len(todos) == sum("TODO" in line for text in written for line in text)
    assert left == todos
    assert len(empty.verify().problems) == len(left) + 3  # and three files to be made

    for path in (lesson, exercises):
        text = re.sub(r"TODO_(\w+)", r"\1", path.read_text())  # names
        path.write_text(re.sub("TODO:?", "Words", text))
    toy_course.forget()
    assert empty.problems() == []

    assert len(empty.build()) == 3 + 1  # and the home notebook
    assert all("shows outputs of an older source" in fault for fault in empty.verify().problems)
    empty.execute()
    report = empty.verify()
    assert report.problems == []
    assert report.counts["diagnosed as themselves"] == 2
    assert report.counts["predictions"] == 3
    solved = (empty.home / "solutions" / "00_shapes.ipynb").read_text()
    assert "Passed · next_number · 2 cases." in solved
