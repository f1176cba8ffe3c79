"""Finding lessons and exercises: order, ids, near-miss names, and what an author can get wrong."""

import sys

import pytest
import toy_course

from course.content import catalog
from course.errors import UserError


@pytest.fixture
def toy(tmp_path):
    return toy_course.bare(tmp_path / "toy")


def order(toy, text):
    (toy.lessons / "order.txt").write_text(text)


def test_lessons_come_in_the_order_of_the_file(toy):
    order(toy, "07 layers\n    gated\n\n03 shapes\n")
    first, second = catalog.lessons(toy.lessons)
    assert (first.stem, second.stem) == ("07_layers", "03_shapes")
    assert (first.names, second.names) == (("gated",), ())
    assert second.text == toy.lessons / "shapes" / "lesson.py"
    assert first.file("gated") == toy.lessons / "layers" / "gated.py"


def test_a_new_number_changes_no_id(toy):
    before = [
        made.id for lesson in catalog.lessons(toy.lessons) for made in catalog.exercises(lesson)
    ]
    text = (toy.lessons / "order.txt").read_text()
    order(toy, text.replace("00 shapes", "08 shapes").replace("01 layers", "09 layers"))
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
        ("    row_sums\n00 shapes\n", '"    row_sums" should read like'),
        ("00 shapes\nrow_sums\n", '"row_sums" should read like'),
        ("00 shapes\n    row-sums\n", '"    row-sums" should read like'),
        ("00 shapes\n    row_sums\n    row_sums\n", "shapes has row_sums twice"),
    ],
)
def test_a_wrong_order_is_a_mistake(toy, text, fault):
    order(toy, text)
    with pytest.raises(UserError) as raised:
        catalog.lessons(toy.lessons)
    assert fault in str(raised.value)
    assert str(toy.lessons / "order.txt") in str(raised.value)


def test_nothing_is_misplaced_in_the_course_nor_in_the_toy(toy):
    assert catalog.misplaced() == []
    assert catalog.misplaced(toy.lessons) == []


def test_what_the_order_names_is_there_and_the_other_way_round(toy):
    (toy.lessons / "layers" / "lesson.py").unlink()
    (toy.lessons / "layers" / "doubled.py").rename(toy.lessons / "layers" / "tripled.py")
    (toy.lessons / "layers" / "common.py").touch()  # may be there without a line
    place = toy.lessons / "order.txt"
    assert catalog.misplaced(toy.lessons) == [
        f"{place}: it names layers/doubled.py, which is not there.",
        f"{place}: it names layers/lesson.py, which is not there.",
        f"{place}: it has no line for layers/tripled.py.",
    ]
    with pytest.raises(UserError, match=r"names doubled, and .*doubled.py is not there"):
        catalog.find("doubled", toy.lessons)


def test_folders_without_sources_are_no_lessons(toy):
    (toy.lessons / "__pycache__").mkdir()
    (toy.lessons / "figures").mkdir()
    assert len(catalog.lessons(toy.lessons)) == 2


def test_names_are_read_without_importing(toy):
    (toy.lessons / "shapes" / "row_sums.py").write_text("1 / 0")
    assert toy.lesson("shapes").names == ("row_sums", "scaled_rows", "identity_bytes")


def test_exercises_know_their_names(toy):
    made = catalog.exercises(toy.lesson("shapes"))
    assert [exercise.id for exercise in made] == [
        "shapes.row_sums",
        "shapes.scaled_rows",
        "shapes.identity_bytes",
    ]
    assert catalog.exercises(toy.lesson("shapes"))[0] is made[0]  # imported once


@pytest.mark.parametrize(
    ("new", "there"),
    [
        ("other = exercise(3, 1)", "; it has other"),
        ("row_sums = other = exercise(3, 1)", "; it has row_sums, other"),
        ("row_sums = 3", ""),
    ],
)
def test_a_file_defines_the_exercise_that_it_is_named_after(toy, new, there):
    file = toy.lesson("shapes").file("row_sums")
    file.write_text(f"from course.exercise import exercise\n\n{new}\n")
    with pytest.raises(UserError) as raised:
        catalog.exercises(toy.lesson("shapes"))
    said = f"{file} should define `row_sums = exercise(...)` alone{there}."
    assert str(raised.value) == said


def test_an_exercise_is_found_by_name_and_by_id(toy):
    found = catalog.find("gated", toy.lessons)
    assert found.id == "layers.gated"
    assert catalog.find("layers.gated", toy.lessons) is found


def test_only_the_exercises_own_file_is_imported(toy):
    (toy.lessons / "layers" / "doubled.py").write_text("1 / 0")
    (toy.lessons / "shapes" / "row_sums.py").write_text("1 / 0")
    assert catalog.find("gated", toy.lessons).name == "gated"
    with pytest.raises(ZeroDivisionError):
        catalog.find("row_sums", toy.lessons)
    files = [str(getattr(made, "__file__", "")) for made in [*sys.modules.values()]]
    assert not [file for file in files if file.endswith("doubled.py") and str(toy.home) in file]


def test_common_is_loaded_by_the_catalog_and_nothing_is_found_by_a_path(toy):
    folder = toy.lessons / "layers"
    (folder / "common.py").write_text("SHARED = 7\n")
    text = (folder / "gated.py").read_text()
    (folder / "gated.py").write_text(
        f"from .common import SHARED\n{text}\ngated.minutes = SHARED\n"
    )
    found = catalog.find("gated", toy.lessons)
    assert found.minutes == 7
    assert found.common == str(folder / "common.py")
    (folder / "doubled.py").write_text("from .gated import gated\n")
    with pytest.raises(UserError, match="should define `doubled"):
        catalog.find("doubled", toy.lessons)  # it was loaded already, by the catalog
    (folder / "doubled.py").write_text("from .lesson import anything\n")
    toy_course.forget()
    with pytest.raises(ModuleNotFoundError):
        catalog.find("doubled", toy.lessons)


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
    with pytest.raises(UserError) as raised:
        catalog.find(name, toy.lessons)
    said = str(raised.value)
    assert said.startswith(f'There is no exercise called "{name}".{hint}')
    assert ("Did you mean" in said) == bool(hint)


def test_two_courses_with_the_same_slugs_are_two(tmp_path):
    one, two = toy_course.bare(tmp_path / "one"), toy_course.bare(tmp_path / "two")
    two.edit("lessons/layers/doubled.py", "minutes=2", "minutes=7")
    assert catalog.find("doubled", one.lessons).minutes == 2
    assert catalog.find("doubled", two.lessons).minutes == 7
    assert "course.lessons.layers" not in sys.modules  # the course's own may be there


def test_the_course_itself_can_be_read():
    found = catalog.lessons()
    assert found[0].stem == "00_start"
    assert catalog.find("start.row_means").name == "row_means"
