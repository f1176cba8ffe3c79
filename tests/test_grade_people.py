"""Whose submission is it: by file, by folder, by roster."""

import pytest

from course.errors import UserError
from course.grading import people
from course.grading.submissions import File

KNOWN = {"ps1", "00_ps1"}


def files(*names):
    return [File(name, None) for name in names]


def named(*names):
    return list(people.assign(files(*names), {}, KNOWN).students.values())


def roster(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8-sig")
    return people.roster(path)


def test_without_a_roster_the_file_or_the_folder_names_the_student():
    assert named("anna.ipynb", "ben.ipynb") == ["anna", "ben"]
    assert named("anna/00_ps1.ipynb", "ben/00_ps1.ipynb") == ["anna", "ben"]
    assert named("anna/ps1/work.ipynb", "ben/ps1/work.ipynb") == ["anna", "ben"]
    assert named("00_ps1.ipynb") == ["00_ps1"]


NBGRADER = (
    "student_id,first_name,last_name,email\na01,Anna,Smith,anna@x.org\nb02,Ben,Lee,ben@x.org\n"
)


@pytest.mark.parametrize(
    "name",
    [
        "a01/ps1.ipynb",
        "a01.ipynb",
        "ps1_a01.ipynb",
        "A01 (late).ipynb",
        "anna@x.org.ipynb",
        "anna.ipynb",
        "Anna Smith_12345_assignsubmission_file_/ps1.ipynb",
        "smithanna_123_456_ps1.ipynb",
        "Smith, Anna/x.ipynb",
    ],
)
def test_the_roster_knows_people_by_many_names(tmp_path, name):
    assigned = people.assign(files(name), roster(tmp_path, NBGRADER), KNOWN)
    assert list(assigned.students.values()) == ["a01"]
    assert assigned.missing == ["b02"]


@pytest.mark.parametrize(
    "name", ["smithanna_4711_99_work/b02.ipynb", "Anna Smith_1/x/b02.ipynb", "a01/b02.ipynb"]
)
def test_nobody_hands_in_for_another(tmp_path, name):
    """A folder or a zip has its name from the school, what is inside from whoever handed it in."""
    assigned = people.assign(files(name, "b02.ipynb"), roster(tmp_path, NBGRADER), KNOWN)
    assert [(file.name, who) for file, who in assigned.students.items()] == [("b02.ipynb", "b02")]
    assert assigned.unknown == [name]


@pytest.mark.parametrize("name", ["a01/with_b02.ipynb", "ps1/a01.ipynb", "a01/ps1/a01.ipynb"])
def test_the_outermost_name_decides(tmp_path, name):
    assigned = people.assign(files(name), roster(tmp_path, NBGRADER), KNOWN)
    assert list(assigned.students.values()) == ["a01"]


def test_unknown_and_ambiguous_files_are_said(tmp_path):
    assigned = people.assign(
        files("carl.ipynb", "a01_b02.ipynb"), roster(tmp_path, NBGRADER), KNOWN
    )
    assert assigned.unknown == ["carl.ipynb", "a01_b02.ipynb"]
    assert assigned.missing == ["a01", "b02"]


def test_a_gradebook_of_canvas_will_do(tmp_path):
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,ps0 (17)\n    Points Possible,,,,,10\n"
        '"Smith, Anna",4711,u1,asmith,S1,9\n'
    )
    students = roster(tmp_path, text)
    assert list(students) == ["u1"]
    person = students["u1"]
    assert (person.canvas, person.sis, person.login, person.section) == (
        "4711",
        "u1",
        "asmith",
        "S1",
    )
    given = people.assign(files("smithanna_4711_99_ps1.ipynb"), students, KNOWN)
    assert list(given.students.values()) == ["u1"]


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "names nobody"), ("color\nred\n", "names nobody"), ("id\na\na\n", "twice")],
)
def test_a_roster_that_is_none(tmp_path, text, why):
    with pytest.raises(UserError, match=why):
        roster(tmp_path, text)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/abs",
        "a/b",
        "a\\b",
        "..",
        ".",
        "",
        "\0",
        "=cmd|x",
        "\x1b[2J",
        "CON:",
        "x" * 500,
        "\udcff",
        "<b>",
        "a b",
    ],
)
def test_a_students_name_becomes_a_harmless_file_name(name):
    safe = people.file_name(people.printable(name))
    assert safe.isascii()
    assert len(safe) < 100
    assert not set(safe) & set("/\\\0<>|:\x1b ")
    assert safe.strip(".")


def test_no_two_students_share_a_file():
    names = ["a b", "a_b", "a/b", "a:b"]
    assert len({people.file_name(name) for name in names}) == 4
    assert people.file_name("anna@x.org") == "anna@x.org"
