"""Finding lessons and exercises: order, ids, near-miss names, and what an author can get wrong."""

import sys

import pytest
import toy_course

from course import catalog
from course.mistake import Mistake


@pytest.fixture
def toy(tmp_path):
    return toy_course.bare(tmp_path / "toy")


def order(toy, text):
    (toy.lessons / "order.txt").write_text(text)


def test_lessons_come_in_the_order_of_the_file(toy):
    order(toy, "07 layers\n\n03 shapes\n")
    first, second = catalog.lessons(toy.lessons)
    assert (first.stem, second.stem) == ("07_layers", "03_shapes")
    assert second.text == toy.lessons / "shapes" / "lesson.py"
    assert second.source == toy.lessons / "shapes" / "exercises.py"


def test_a_new_number_changes_no_id(toy):
    before = [
        made.id for lesson in catalog.lessons(toy.lessons) for made in catalog.exercises(lesson)
    ]
    order(toy, "08 shapes\n09 layers\n")
    after = [
        made.id for lesson in catalog.lessons(toy.lessons) for made in catalog.exercises(lesson)
    ]
    assert before == after
    assert before[0] == "shapes.row_sums"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("00 shapes\n1 layers\n", '"1 layers" should read like "02 lazy_graphs"'),
        ("00 shapes\n01_layers\n", '"01_layers" should read like'),
        ("00 shapes\n01 Layers\n", '"01 Layers" should read like'),
        ("00 shapes\n01 ../layers\n", '"01 ../layers" should read like'),
        ("00 shapes\n01 layers extra\n", '"01 layers extra" should read like'),
        ("00 shapes\n00 layers\n", '"00 layers" repeats a number or a name'),
        ("00 shapes\n01 shapes\n", '"01 shapes" repeats a number or a name'),
        ("00 shapes\n01 layers\n02 gone\n", '"02 gone" has no gone/lesson.py'),
        ("00 shapes\n", "no line for the folder layers"),
        ("", "no line for the folder layers, shapes"),
    ],
)
def test_a_wrong_order_is_a_mistake(toy, text, fault):
    order(toy, text)
    with pytest.raises(Mistake) as raised:
        catalog.lessons(toy.lessons)
    assert fault in str(raised.value)
    assert str(toy.lessons / "order.txt") in str(raised.value)


@pytest.mark.parametrize("missing", ["lesson.py", "exercises.py"])
def test_half_a_lesson_is_a_mistake(toy, missing):
    (toy.lessons / "layers" / missing).unlink()
    with pytest.raises(Mistake, match=f'"01 layers" has no layers/{missing}'):
        catalog.lessons(toy.lessons)
    order(toy, "00 shapes\n")
    with pytest.raises(Mistake, match="no line for the folder layers"):
        catalog.lessons(toy.lessons)


def test_folders_without_sources_are_no_lessons(toy):
    (toy.lessons / "__pycache__").mkdir()
    (toy.lessons / "figures").mkdir()
    assert len(catalog.lessons(toy.lessons)) == 2


def test_names_are_read_without_importing(toy):
    toy.edit("lessons/shapes/exercises.py", "FLOOR: float = 1e-3", "FLOOR: float = 1 / 0")
    assert catalog.names(toy.lesson("shapes")) == ["row_sums", "scaled_rows", "identity_bytes"]


def test_exercises_know_their_names(toy):
    made = catalog.exercises(toy.lesson("shapes"))
    assert [exercise.id for exercise in made] == [
        "shapes.row_sums",
        "shapes.scaled_rows",
        "shapes.identity_bytes",
    ]
    assert catalog.exercises(toy.lesson("shapes"))[0] is made[0]  # imported once


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ("if True:\n    row_sums = exercise(3, 1)", "row_sums should stand at the left margin"),
        ("row_sums = exercise(3, 1)\nrow_sums = exercise(3, 1)", "row_sums is defined twice"),
        ("row_sums = other = exercise(3, 1)", "other, row_sums should stand at the left margin"),
        (
            "from course.exercise import Exercise\nrow_sums = Exercise(3, 1)",
            "row_sums should stand",
        ),
        (
            "text = '''\nmade_up = exercise(3, 1)\n'''\nrow_sums = exercise(3, 1)",
            "made_up should stand",
        ),
    ],
)
def test_an_exercise_stands_at_the_left_margin_once(toy, new, fault):
    toy.edit("lessons/shapes/exercises.py", "row_sums = exercise(minutes=3, level=1)", new)
    with pytest.raises(Mistake) as raised:
        catalog.exercises(toy.lesson("shapes"))
    assert fault in str(raised.value)
    assert str(toy.lesson("shapes").source) in str(raised.value)


def test_an_exercise_is_found_by_name_and_by_id(toy):
    found = catalog.find("gated", toy.lessons)
    assert found.id == "layers.gated"
    assert catalog.find("layers.gated", toy.lessons) is found


def test_only_the_exercises_own_lesson_is_imported(toy):
    toy.edit("lessons/shapes/exercises.py", "FLOOR: float = 1e-3", "FLOOR: float = 1 / 0")
    assert catalog.find("gated", toy.lessons).name == "gated"
    with pytest.raises(ZeroDivisionError):
        catalog.find("row_sums", toy.lessons)
    assert not [
        name
        for name, made in sys.modules.items()
        if getattr(made, "FLOOR", 0) == 1e-3 and str(toy.home) in str(made.__file__)
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("row_sum", " Did you mean row_sums?"),
        ("rows_scaled", " Did you mean scaled_rows"),
        ("shapes.gated", " Did you mean gated?"),
        ("shapes.gatet", " Did you mean gated?"),
        ("Gated", " Did you mean gated?"),
        ("xyzzy", ""),
    ],
)
def test_a_name_that_is_not_there_brings_up_the_nearest(toy, name, hint):
    with pytest.raises(Mistake) as raised:
        catalog.find(name, toy.lessons)
    said = str(raised.value)
    assert said.startswith(f'There is no exercise called "{name}".{hint}')
    assert ("Did you mean" in said) == bool(hint)


def test_two_courses_with_the_same_slugs_are_two(tmp_path):
    one, two = toy_course.bare(tmp_path / "one"), toy_course.bare(tmp_path / "two")
    two.edit("lessons/layers/exercises.py", "minutes=2", "minutes=7")
    assert catalog.find("doubled", one.lessons).minutes == 2
    assert catalog.find("doubled", two.lessons).minutes == 7
    assert "course.lessons.layers.exercises" not in sys.modules  # the course's own may be there


def test_the_course_itself_can_be_read():
    found = catalog.lessons()
    assert found[0].stem == "00_start"
    assert catalog.find("start.row_means").name == "row_means"
