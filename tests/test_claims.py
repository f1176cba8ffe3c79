"""The ledger: what is in a row, and every way to get one wrong."""

import datetime

import pytest

from course import claims, machine
from course.errors import UserError

ROW = """[[claim]]
id = "compile.fusion"
claim = "MLX fuses everything."
verdict = "false"
why = "Only what mx.compile sees."
sources = ["MLX documentation, Compilation", "measured in the lesson"]
where = "any machine"
checked = 2026-11-26
"""
HEAD = 'section = "Graphs"\n\n'
UNTESTED = ROW.replace("compile.fusion", "compile.jax") + 'untested = "It takes JAX."\n'


@pytest.fixture
def ledger(tmp_path):
    """A function that writes a ledger and reads it."""

    def load(text):
        path = tmp_path / "claims.toml"
        path.write_text(text, encoding="utf-8")
        return claims.load(path)

    return load


def test_rows_come_in_order_with_their_tags(ledger):
    tested = ROW + 'holds = "len(value) == 1"\nneeds = ["compile"]\n'
    first, second = ledger(HEAD + tested + "\n" + UNTESTED)
    assert first == claims.Claim(
        id="compile.fusion",
        claim="MLX fuses everything.",
        verdict="false",
        why="Only what mx.compile sees.",
        sources=("MLX documentation, Compilation", "measured in the lesson"),
        where="any machine",
        checked=datetime.date(2026, 11, 26),
        section="Graphs",
        holds="len(value) == 1",
        needs=("compile",),
    )
    assert (first.lesson, first.tag) == ("compile", "claim:compile.fusion")
    assert (first.tested, second.tested) == (True, False)


def test_a_folder_is_read_file_by_file(tmp_path):
    (tmp_path / "02_b.toml").write_text('section = "Second"\n' + UNTESTED)
    (tmp_path / "01_a.toml").write_text('section = "First"\n' + ROW)
    assert [(row.section, row.id) for row in claims.load(tmp_path)] == [
        ("First", "compile.fusion"),
        ("Second", "compile.jax"),
    ]
    (tmp_path / "03_c.toml").write_text('section = "Third"\n' + ROW)
    with pytest.raises(UserError, match=r"03_c\.toml: the id compile\.fusion is there twice"):
        claims.load(tmp_path)


def test_an_empty_ledger_has_no_rows_and_an_empty_folder_is_none(ledger, tmp_path):
    assert ledger("") == []
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="no file of claims is in it"):
        claims.load(tmp_path / "folder")


@pytest.mark.parametrize("verdict", claims.VERDICTS)
def test_each_verdict_is_known(ledger, verdict):
    assert ledger(HEAD + ROW.replace('"false"', f'"{verdict}"'))[0].verdict == verdict


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (HEAD, "", r'its first line should be: section = "\.\.\."'),
        (HEAD, "section = 3\n", r'its first line should be: section = "\.\.\."'),
        ('verdict = "false"', 'verdict = "False"', "the verdict must be one of: true, "),
        ('verdict = "false"', "verdict = false", "verdict is empty or of the wrong type"),
        ('where = "any machine"', 'where = "here"', "the where must be one of: any machine, "),
        ("checked = 2026-11-26", 'checked = "today"', "checked is empty or of the wrong type"),
        ('"measured in the lesson"', '" "', "sources is empty or of the wrong type"),
        ('why = "Only what mx.compile sees."', 'why = ""', "why is empty or of the wrong type"),
        ('why = "Only what mx.compile sees."\n', "", "why is missing"),
        ("checked = 2026-11-26", "checked = 2026-11-26\nnote = 1", "note is unknown"),
        ("checked = 2026-11-26", "checked = 2026-11-26\nneeds = []", "needs is empty"),
        ("checked = 2026-11-26", "checked = 2026-11-26\nneeds = 3", "needs is empty or of the"),
        ("2026-11-26", "2026-11-26T10:00:00", "checked is empty or of the wrong type"),
        ('where = "any machine"', "where = 3", "where is empty or of the wrong type"),
        ("[[claim]]", '[[claim]]\nsection = "Here"', "the section is said once"),
        (
            "checked = 2026-11-26",
            'checked = 2026-11-26\nuntested = "No."\nholds = "True"',
            "a row that is untested has no holds",
        ),
        ('id = "compile.fusion"\n', "", r"row 1 \(no id\): id is missing"),
        ("2026-11-26\n", "2026-11-26\n\n" + ROW, "the id compile.fusion is there twice"),
        ("[[claim]]", "[claim]", r"a row begins with \[\[claim\]\]"),
        ("[[claim]]", "[[claims]]", r"a row begins with \[\[claim\]\]"),
        ("[[claim]]", "claim = 3\n[rest]", r"a row begins with \[\[claim\]\]"),
        ("[[claim]]", "claim = [3]\n[rest]", r"a row begins with \[\[claim\]\]"),
        ('"MLX fuses everything."', "MLX fuses everything", r"claims\.toml: .*line 5"),
    ],
)
def test_a_wrong_row_is_named(ledger, old, new, fault):
    assert (HEAD + ROW).count(old) == 1
    with pytest.raises(UserError, match=fault) as raised:
        ledger((HEAD + ROW).replace(old, new))
    assert "claims.toml: " in str(raised.value)


def test_a_list_of_something_else(ledger):
    with pytest.raises(UserError, match=r"a row begins with \[\[claim\]\]"):
        ledger("claim = [3, 4]\n")


def test_a_row_is_found_by_id_or_by_a_name_that_is_unique(ledger):
    rows = ledger(HEAD + ROW + UNTESTED + UNTESTED.replace("compile.jax", "start.jax"))
    assert claims.find("compile.fusion", rows).id == "compile.fusion"
    assert claims.find("fusion", rows).id == "compile.fusion"
    with pytest.raises(UserError, match=r"Did you mean compile\.jax or start\.jax\?"):
        claims.find("jax", rows)
    with pytest.raises(UserError, match=r"Did you mean compile\.fusion or compile\.jax\?"):
        claims.find("compile.fuson", rows)


def test_counts_say_verdicts_and_what_testing_takes(ledger):
    rows = ledger(HEAD + ROW + UNTESTED.replace('"any machine"', '"reading"'))
    assert claims.counts(rows) == [
        "2 claims: 2 false",
        "1 tested by a cell; by what it takes: 1 any machine, 1 reading",
    ]


def test_the_courses_own_ledger_is_sound():
    rows = claims.load()
    assert sum(row.tested for row in rows) >= 60
    for row in rows:
        assert row.checked <= datetime.date.today() + datetime.timedelta(days=1), row.id
        assert not row.tested or row.where in ("any machine", "arithmetic"), row.id
        assert set(row.needs) <= machine.NEEDS.keys(), row.id
        if row.holds:
            compile(row.holds, row.id, "eval")
