"""The ledger: what is in a row, and every way to get one wrong."""

import pytest

from course import claims
from course.mistake import Mistake

ROW = """[[claim]]
id = "lazy.fusion"
says = "MLX fuses everything."
verdict = "false"
truth = "Only what mx.compile sees."
source = "measured in the lesson"
lesson = "compile"
tested = true
"""


@pytest.fixture
def ledger(tmp_path):
    """A function that writes a ledger and reads it."""

    def load(text):
        path = tmp_path / "claims.toml"
        path.write_text(text, encoding="utf-8")
        return claims.load(path)

    return load


def test_rows_come_in_order_with_their_tags(ledger):
    other = ROW.replace("lazy.fusion", "lazy.eval").replace("tested = true", "tested = false")
    first, second = ledger("# The ledger.\n\n" + ROW + "\n" + other)
    assert first == claims.Claim(
        id="lazy.fusion",
        says="MLX fuses everything.",
        verdict="false",
        truth="Only what mx.compile sees.",
        source="measured in the lesson",
        lesson="compile",
        tested=True,
    )
    assert (first.tag, second.tag) == ("claim:lazy.fusion", "claim:lazy.eval")
    assert (first.tested, second.tested) == (True, False)


def test_an_empty_ledger_has_no_rows(ledger):
    assert ledger("") == []


@pytest.mark.parametrize("verdict", claims.VERDICTS)
def test_each_verdict_is_known(ledger, verdict):
    assert ledger(ROW.replace('"false"', f'"{verdict}"'))[0].verdict == verdict


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('verdict = "false"', 'verdict = "False"', "the verdict must be one of: true, "),
        ('verdict = "false"', "verdict = false", "verdict is empty or of the wrong type"),
        ("tested = true", 'tested = "true"', "tested is empty or of the wrong type"),
        ('source = "measured in the lesson"', 'source = " "', "a field is empty"),
        ('truth = "Only what mx.compile sees."\n', "", "truth missing or unknown"),
        ("tested = true", "tested = true\nnote = 1", "note missing or unknown"),
        ('id = "lazy.fusion"\n', "", r"row 1 \(no id\): id missing or unknown"),
        ("tested = true\n", "tested = true\n\n" + ROW, r"row 2 \(lazy.fusion\): this id is there"),
        ("[[claim]]", "[claim]", r"a row begins with \[\[claim\]\]"),
        ("[[claim]]", "[[claims]]", r"a row begins with \[\[claim\]\]"),
        ("[[claim]]", "claim = 3\n[rest]", r"a row begins with \[\[claim\]\]"),
        ("[[claim]]", "claim = [3]\n[rest]", r"a row begins with \[\[claim\]\]"),
        ('"MLX fuses everything."', "MLX fuses everything", r"claims\.toml: .*line 3"),
    ],
)
def test_a_wrong_row_is_named(ledger, old, new, fault):
    assert ROW.count(old) == 1
    with pytest.raises(Mistake, match=fault) as raised:
        ledger(ROW.replace(old, new))
    assert "claims.toml: " in str(raised.value)


def test_a_list_of_something_else(ledger):
    with pytest.raises(Mistake, match=r"a row begins with \[\[claim\]\]"):
        ledger("claim = [3, 4]\n")


def test_the_courses_own_ledger_is_sound():
    rows = claims.load()
    assert rows
    assert all(row.id.startswith(f"{row.lesson}.") for row in rows)
