"""Damaged, old and odd files: what can be read is read, the rest is refused with a reason."""

import json
import os
import stat
import zipfile
from pathlib import Path

import hostile
import nbformat
import pytest
from grading import LESSONS, notebook

from course.content import catalog
from course.grading import assignment, submissions
from course.grading.submissions import Unreadable

CODE = hostile.cells(hostile.RIGHT)
NB = json.loads(notebook(CODE))
V3 = {
    "nbformat": 3,
    "worksheets": [{"cells": [{"cell_type": "code", "input": c} for c in CODE]}],
}


def lined(newline):
    return json.dumps(
        {
            "cells": [
                {"cell_type": "code", "source": [x + newline for x in c.split("\n")]} for c in CODE
            ]
        }
    ).encode()


@pytest.mark.parametrize(
    "text",
    [
        notebook(CODE),
        b"\xef\xbb\xbf" + notebook(CODE),
        json.dumps(NB).encode("utf-16"),
        json.dumps(V3).encode(),
        json.dumps(NB | {"metadata": None, "nbformat": "x", "x": [float("nan")]}).encode(),
        json.dumps(
            {
                "cells": [
                    c | {"id": 3, "outputs": [{"data": "x" * 10**6}], "metadata": {"nbgrader": {}}}
                    for c in NB["cells"]
                ]
            }
        ).encode(),
        json.dumps(
            {
                "cells": [
                    {"cell_type": "markdown", "source": ["a"]},
                    *NB["cells"],
                    {"cell_type": "raw", "source": 3},
                    {},
                ]
            }
        ).encode(),
    ],
    ids=[
        "plain",
        "BOM",
        "UTF-16",
        "nbformat 3",
        "NaN and no metadata",
        "stale outputs",
        "other cells",
    ],
)
def test_the_code_is_read(text):
    assert submissions.cells(text) == CODE


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_are_pythons(newline):
    assert [c.rstrip("\n") for c in submissions.cells(lined(newline))] == CODE


def test_bytes_that_are_no_text_cost_only_themselves():
    broken = notebook(["x = 1", "y = '\N{SNOWMAN}'"]).replace(b"\\u2603", b"\xff")
    assert submissions.cells(broken)[0] == "x = 1"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "damaged"),
        (b"\0" * 100, "damaged"),
        (b"PK\3\4", "damaged"),
        (b"[]", "damaged"),
        (b'{"cells": 3}', "damaged"),
        (b'{"metadata": {}}', "no cells"),
        (b"null", "damaged"),
        (b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b',"cells":[]}', "nested too deeply"),
        (b'{"cells":' + b'[{"a":' * 10_000, "no notebook|nested"),
        (notebook(["x"] * (submissions.MOST_CELLS + 1)), "more code"),
        (notebook(["x" * (submissions.MOST_CODE + 1)]), "more code"),
    ],
    ids=range(11),
)
def test_what_is_no_notebook_is_refused(text, why):
    with pytest.raises(Unreadable, match=why):
        submissions.cells(text)


def test_two_gigabytes_are_refused_unread(tmp_path):
    big = tmp_path / "big.ipynb"
    with big.open("wb") as file:
        file.truncate(2 << 30)
    files, _ = submissions.find([tmp_path])
    with pytest.raises(Unreadable, match="2,048 MB"):
        submissions.data(files[0])


def test_links_pipes_and_missing_files_are_refused(tmp_path):
    real = tmp_path / "real.ipynb"
    real.write_bytes(notebook(CODE))
    (tmp_path / "link.ipynb").symlink_to(real)
    (tmp_path / "away").symlink_to("/")
    os.mkfifo(tmp_path / "pipe.ipynb")
    files, refused = submissions.find([tmp_path, tmp_path / "none.ipynb"])
    assert refused == {
        "away": "is a link",
        "link.ipynb": "is a link",
        str(tmp_path / "none.ipynb"): "is not there",
    }
    assert [file.name for file in files] == ["pipe.ipynb", "real.ipynb"]
    with pytest.raises(Unreadable, match="ordinary file"):
        submissions.data(files[0])


def entry(name, mode=0o644):
    made = zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6))
    made.external_attr = mode << 16
    return made


def test_a_zip_is_read_and_never_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry("anna/work.ipynb"), notebook(CODE))
        for bad in ("../up.ipynb", "/etc/over.ipynb", "C:\\x.ipynb", "a\\..\\..\\b.ipynb"):
            archive.writestr(entry(bad), b"{}")
        archive.writestr(entry("link.ipynb", stat.S_IFLNK | 0o777), b"/etc/passwd")
        archive.writestr(entry("__MACOSX/anna/._work.ipynb"), b"x")
        archive.writestr(entry("notes.txt"), b"x")
        with archive.open(entry("bomb.ipynb"), "w") as bomb:
            for _ in range(submissions.MOST_BYTES // 2**20 + 1):
                bomb.write(b"0" * 2**20)
    files, refused = submissions.find([path])
    assert [(file.name, file.entry) for file in files] == [("anna/work.ipynb", "anna/work.ipynb")]
    assert submissions.cells(submissions.data(files[0])) == CODE
    assert refused == {
        "../up.ipynb": "leads out of its zip",
        "/etc/over.ipynb": "leads out of its zip",
        "C:/x.ipynb": "leads out of its zip",
        "a/../../b.ipynb": "leads out of its zip",
        "link.ipynb": "is a link",
        "bomb.ipynb": "has 65 MB; the most is 64",
    }
    assert list(tmp_path.iterdir()) == [path]


def test_many_bombs_in_one_zip_do_not_keep_the_grader_busy(tmp_path, monkeypatch):
    """Each is a notebook's size; together they would take hours to read."""
    monkeypatch.setattr(submissions, "MOST_ZIP", 3 << 20)
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(5):
            archive.writestr(entry(f"{i}.ipynb"), b'{"cells": []}' + b" " * 2**20)
    files, refused = submissions.find([tmp_path / "class.zip"])
    assert [file.name for file in files] == ["0.ipynb", "1.ipynb"]
    assert set(refused.values()) == {"is in a zip with more than 3 MB before it"}


def test_a_zip_that_lies_about_its_sizes(tmp_path):
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry("bomb.ipynb"), b"0" * 10**6)
    text = path.read_bytes().replace((10**6).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(text)
    files, refused = submissions.find([path])
    for file in files:
        with pytest.raises(Unreadable):
            submissions.cells(submissions.data(file))
    assert files or refused


def test_a_broken_zip_costs_only_itself(tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4nothing")
    (tmp_path / "good.ipynb").write_bytes(notebook(CODE))
    files, refused = submissions.find([tmp_path])
    assert [file.name for file in files] == ["good.ipynb"]
    assert refused == {"bad": "is no zip that can be read"}


def test_the_lesson_is_told_by_the_exercises():
    lessons = catalog.lessons(LESSONS)
    assert assignment.lesson_of(CODE, "anything.ipynb", lessons).slug == "ps1"
    assert assignment.lesson_of(["x = 1"], "00_ps1 (2).ipynb", lessons).slug == "ps1"
    assert assignment.lesson_of(["x = 1"], "essay.ipynb", lessons) is None


def test_what_defines_an_exercise():
    code = [
        "class Affine(nn.Module):\n    pass",
        "lazy  = 1\nx = 2",
        "def scale(x): return 1",
        "@jit\ndef scale(x): return 2",
        "  def mm(a): pass",
        "text = '''\nmm = 3'''",
    ]
    defining = submissions.defined(code, list(hostile.ALL))
    assert set(defining) == {"Affine", "lazy", "scale", "mm"}
    assert defining["scale"].endswith("return 2")


def test_the_generated_notebooks_are_read_as_nbformat_reads_them():
    for path in sorted(Path(__file__).parent.parent.glob("exercises/*.ipynb")):
        cells = nbformat.read(path, 4).cells
        written = [cell.source for cell in cells if cell.cell_type == "code"]
        assert submissions.cells(path.read_bytes()) == written
