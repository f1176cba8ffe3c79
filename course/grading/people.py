"""Whose submission is it? From a file's name, its folder, or the roster. Reads no submission."""

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
    """One row of the roster."""

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
        found = {self.id, self.login, self.email, self.email.partition("@")[0], self.name,
                 self.sis, self.canvas}  # fmt: skip
        first, last = self.first, self.last
        if self.name and not (first or last):
            last, comma, first = self.name.partition(", ")
            if not comma:
                first, _, last = self.name.rpartition(" ")
        if first and last:
            found |= {f"{first} {last}", f"{last} {first}", f"{last}{first}", f"{last}, {first}"}
        return {_plain(key) for key in found if key}


@dataclass
class Class:
    """Who handed in what.

    Args:
        students: file -> student.
        people: the roster by student; empty without one.
        missing: students of the roster without a file.
        unknown: files that name nobody on the roster.
    """

    students: dict[File, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def roster(path: Path) -> dict[str, Person]:
    """The people of a CSV file: one column has an id, a login, an email address or a name.

    A gradebook that Canvas exported will do, and so will nbgrader's list of students.

    Raises:
        UserError: no such column, or an id twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None
    rows = list(csv.DictReader(text.splitlines()))
    people: dict[str, Person] = {}
    for row in rows:
        plain = {(key or "").strip().lower(): (value or "").strip() for key, value in row.items()
                 if isinstance(value, str)}  # fmt: skip
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
            raise UserError(f"{path}: {facts['id']} stands there twice.")
        people[facts["id"]] = Person(**facts)
    if not people:
        raise UserError(f"{path} names nobody: it needs a column: student_id, email or name.")
    return people


def assign(files: Sequence[File], people: dict[str, Person], known: set[str]) -> Class:
    """Who each file belongs to.

    Args:
        files: what was found.
        people: the roster, {} without one.
        known: names that notebooks of the course have: no student is called so.
    """
    found = Class(people=people)
    if not people:
        stems = Counter(PurePosixPath(file.name).stem for file in files)
        for file in files:
            found.students[file] = _named(file, stems, known)
        return found
    keys = {name: person.keys() for name, person in people.items()}
    for file in files:
        students = _matching(file, keys)
        if len(students) == 1:
            found.students[file] = students[0]
        else:
            found.unknown.append(file.name)
    handed = set(found.students.values())
    found.missing = [name for name in people if name not in handed]
    return found


def _named(file: File, stems: Counter[str], known: set[str]) -> str:
    path = PurePosixPath(file.name)
    common = stems[path.stem] > 1 or path.stem.lower() in known
    return printable(path.parts[0] if common and len(path.parts) > 1 else path.stem)


def _matching(file: File, keys: dict[str, set[str]]) -> list[str]:
    """The students that a file may belong to.

    The outermost part of its path that names somebody decides: what is inside was named by whoever
    handed it in. If that is plainly another's name, it is both's, and so nobody's.
    """
    path = PurePosixPath(file.name)
    found: list[str] = []
    for part in [*path.parts[:-1], path.stem]:
        plainly = _named_by({_plain(part)}, keys)
        words = {_plain(word) for word in re.split(r"[\s_()\[\],]+", part)}
        words |= {_plain(word) for word in re.split(r"[\s_()\[\],.\-]+", part)}
        found += plainly or ([] if found else _named_by(words, keys))
    return list(dict.fromkeys(found))


def _named_by(words: set[str], keys: dict[str, set[str]]) -> list[str]:
    return [name for name, known in keys.items() if known & words]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def printable(text: str) -> str:
    """A name as it may be printed: no control characters, no half characters."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)[:200]


def file_name(student: str) -> str:
    """A student's name as the name of a file: harmless, and no two alike."""
    safe = re.sub(r"[^A-Za-z0-9@._-]", "_", student)[:80].lstrip(".-_")
    if safe and safe == student:
        return safe
    return f"{safe or 'student'}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"
