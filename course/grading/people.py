"""Whose submission a file is: told by its name, its folder or the roster. Reads no submission."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from course.errors import UserError
from course.grading.submissions import File

# A roster's columns, as nbgrader, Canvas, Moodle and people call them.
_COLUMNS = {
    "id": ("student_id", "id", "sis user id", "student", "username", "id number", "sid"),
    "login": ("sis login id", "login", "username", "user", "sid"),
    "email": ("email", "email address", "e-mail"),
    "first": ("first_name", "first name", "firstname", "given name"),
    "last": ("last_name", "last name", "lastname", "surname", "family name"),
    "name": ("name", "student", "full name", "display name"),
    "canvas": ("id",),
    "section": ("section",),
    "sis": ("sis user id",),
}


@dataclass
class Person:
    """One row of the roster.

    Args:
        id: what reports call the student.
        canvas: Canvas's own number.
        sis: the number in the school's information system.
    """

    id: str
    name: str = ""
    first: str = ""
    last: str = ""
    email: str = ""
    login: str = ""
    canvas: str = ""
    sis: str = ""
    section: str = ""

    def keys(self) -> set[str]:
        """Everything by which a file may name this person, in one spelling."""
        account = self.email.partition("@")[0]
        keys = {self.id, self.login, self.email, account, self.name, self.sis, self.canvas}
        first, last = self.first, self.last
        if self.name and not (first or last):
            last, comma, first = self.name.partition(", ")
            if not comma:
                first, _, last = self.name.rpartition(" ")
        if first and last:
            keys |= {f"{first} {last}", f"{last} {first}", f"{last}{first}", f"{last}, {first}"}
        return {_plain(key) for key in keys if key}


@dataclass
class Class:
    """Who handed in what.

    Args:
        students: file -> student.
        people: the roster by student; empty without one.
        missing: students of the roster without a file.
        unknown: files that name nobody on the roster, or more than one.
    """

    students: dict[File, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def roster(path: Path) -> dict[str, Person]:
    """Id -> person, from a CSV with a column of ids, logins, email addresses or names.

    A gradebook that Canvas exported is such a CSV, and so is nbgrader's list of students.

    Raises:
        UserError: it cannot be read, has no such column, or has an id twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None
    rows = list(csv.DictReader(text.splitlines()))
    people: dict[str, Person] = {}
    for row in rows:
        plain = {
            (key or "").strip().lower(): value.strip()
            for key, value in row.items()
            if isinstance(value, str)
        }
        facts = {}
        for name, columns in _COLUMNS.items():
            facts[name] = next((plain[c] for c in columns if plain.get(c)), "")
        if "sis user id" in plain or "sis login id" in plain:  # Canvas: "ID" is its own number
            if plain.get("student", "").lower().startswith("points possible"):
                continue
            facts["id"] = plain.get("sis user id") or plain.get("sis login id") or facts["canvas"]
        else:
            facts["canvas"] = facts["sis"] = ""
        facts["id"] = facts["id"] or facts["login"] or facts["email"] or facts["name"]
        if not facts["id"]:
            continue
        if facts["id"] in people:
            raise UserError(f"{path}: {facts['id']} is in it twice.")
        people[facts["id"]] = Person(**facts)
    if not people:
        raise UserError(f"{path} names nobody: it needs a column: student_id, email or name.")
    return people


def assign(files: Sequence[File], people: dict[str, Person], known: set[str]) -> Class:
    """Which student each file belongs to.

    Args:
        files: of all submissions.
        people: the roster, {} without one.
        known: names of the course's notebooks, which are no student's.
    """
    assigned = Class(people=people)
    if not people:
        stems = Counter(PurePosixPath(file.name).stem for file in files)
        for file in files:
            assigned.students[file] = _named(file, stems, known)
        return assigned
    keys = {name: person.keys() for name, person in people.items()}
    for file in files:
        students = _matching(file, keys)
        if len(students) == 1:
            assigned.students[file] = students[0]
        else:
            assigned.unknown.append(file.name)
    handed_in = set(assigned.students.values())
    assigned.missing = [name for name in people if name not in handed_in]
    return assigned


def _named(file: File, stems: Counter[str], known: set[str]) -> str:
    """The student without a roster: the file's name, or its folder's where many files share it."""
    path = PurePosixPath(file.name)
    common = stems[path.stem] > 1 or path.stem.lower() in known
    return printable(path.parts[0] if common and len(path.parts) > 1 else path.stem)


def _matching(file: File, keys: dict[str, set[str]]) -> list[str]:
    """The students that a file may belong to.

    The outermost part of its path that names a student decides: it comes from the school, and the
    parts inside it from the student. If a part inside is another student's name, both are returned,
    and the file is assigned to nobody.
    """
    path = PurePosixPath(file.name)
    students: list[str] = []
    for part in [*path.parts[:-1], path.stem]:
        exactly = _named_by({_plain(part)}, keys)
        words = {_plain(word) for word in re.split(r"[\s_()\[\],]+", part)}
        words |= {_plain(word) for word in re.split(r"[\s_()\[\],.\-]+", part)}
        students += exactly or ([] if students else _named_by(words, keys))
    return list(dict.fromkeys(students))


def _named_by(words: set[str], keys: dict[str, set[str]]) -> list[str]:
    return [name for name, known in keys.items() if known & words]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def printable(text: str) -> str:
    """A name without control characters and halves of characters, which a terminal may show."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)[:200]


def file_name(student: str) -> str:
    """A student's name as the name of a file: harmless, and different for each student."""
    safe = re.sub(r"[^A-Za-z0-9@._-]", "_", student)[:80].lstrip(".-_")
    if safe and safe == student:
        return safe
    return f"{safe or 'student'}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"
