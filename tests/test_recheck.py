"""`mlx-course claims`: what is shown, and what a claim that no longer holds comes to."""

import datetime

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course import claims, machine
from course.author import build, ledger, recheck
from course.content import catalog
from course.errors import UserError


def row(name, **more):
    """A row of the ledger, tested by a cell of a lesson called toy."""
    return claims.Claim(
        f"toy.{name}", "It is so.", "true", "It is.", ("a book",), "any machine",
        datetime.date(2026, 11, 26), "Toys", **more,
    )  # fmt: skip


def cell(source, *names, saved="", compared=True):
    tags = [f"claim:toy.{name}" for name in names] + [build.IGNORE] * (not compared)
    outputs = [new_output("stream", name="stdout", text=saved)] if saved else []
    return new_code_cell(source, metadata={"tags": tags}, outputs=outputs)


@pytest.fixture
def found(tmp_path):
    """A function that runs rows against cells: name of a row -> (status, what is said)."""

    def run(rows, *cells):
        path = tmp_path / "toy.ipynb"
        nbformat.write(new_notebook(cells=list(cells)), path)
        outcomes = list(recheck.check_lesson(rows, path))
        return {o.row.id.partition(".")[2]: (o.status, o.said) for o in outcomes}

    return run


def test_a_cell_is_compared_with_what_was_saved(found):
    outcomes = found(
        [row("same"), row("moved_on"), row("silent"), row("gone"), row("raises")],
        cell("a = 3"),
        cell("print(a)", "same", saved="3\n"),
        cell("print(a)\na", "moved_on", saved="4\n"),
        cell("a = 4", "silent"),
        cell("1 / 0", "raises", saved="inf\n"),
    )
    assert outcomes.pop("same") == ("holds", "")
    assert {status for status, _ in outcomes.values()} == {"no longer holds"}
    assert outcomes["moved_on"][1] == "It showed:\n    4\nand shows now:\n    3\n    3"
    assert "tests nothing" in outcomes["silent"][1]
    assert "No cell of toy.ipynb has the tag claim:toy.gone" in outcomes["gone"][1]
    assert "Its cell stopped with ZeroDivisionError: division by zero" in outcomes["raises"][1]


def test_holds_sees_the_notebooks_names_and_what_its_cell_showed(found):
    source = "a = [1, 2]\nprint('took 1,200.5 ms')\nlen(a)"
    outcomes = found(
        [
            row("names", holds="all(x <= max(a) for x in a)"),
            row("value", holds="value == 2"),
            row("printed", holds="'took' in printed and numbers == [1200.5, 2]"),
            row("no_more", holds="a[0] > a[1]"),
            row("wrong_name", holds="nothing > 3"),
        ],
        cell(source, "names", "value", "printed", "no_more", "wrong_name", saved="other"),
    )
    assert [outcomes[name] for name in ("names", "value", "printed")] == [("holds", "")] * 3
    assert outcomes["no_more"] == (
        "no longer holds",
        "no longer: a[0] > a[1]\n    took 1,200.5 ms\n    2",
    )
    assert "NameError: name 'nothing'" in outcomes["wrong_name"][1]


@pytest.mark.slow
def test_a_row_that_compares_times_is_run_three_times_before_it_no_longer_holds(found, tmp_path):
    count = tmp_path / "count"  # how many kernels came by: what time would change
    source = f"a = open({str(count)!r}, 'a+'); _ = a.write('x'); _ = a.seek(0); n = len(a.read())"

    def run(*rows_and_compared):
        count.write_text("")
        rows = [row(f"r{i}", holds=holds) for i, (holds, _) in enumerate(rows_and_compared)]
        cells = [cell("n", f"r{i}", compared=how) for i, (_, how) in enumerate(rows_and_compared)]
        outcomes = found(rows, cell(source), *cells)
        return [outcomes[f"r{i}"][0] for i in range(len(rows))], len(count.read_text())

    assert run(("n == 3", False), ("n == 1", False)) == (["holds", "holds"], 3)
    assert run(("n == 4", False)) == (["no longer holds"], 3)
    assert run(("n == 2", True)) == (["no longer holds"], 1), "what is compared is no time"


def test_a_line_that_came_in_pieces_is_the_same_line():
    pieces = [
        new_output("stream", name="stdout", text=text) for text in ("[12.0", "]\nno", " more\n")
    ]
    other = [new_output("stream", name="stderr", text="warning\n")]
    data = [new_output("execute_result", data={"text/plain": "3"})]
    whole = [new_output("stream", name="stdout", text="[12.0]\nno more\n")]
    split = recheck.shown(new_code_cell("", outputs=pieces + other + data))
    assert split == recheck.shown(new_code_cell("", outputs=whole + data)) == "[12.0]\nno more\n3\n"


def test_what_the_last_row_does_not_need_is_not_run(found, tmp_path):
    mark = tmp_path / "mark"
    first = cell("print(1)", "one", saved="1\n")
    assert found([row("one")], first, cell(f"open({str(mark)!r}, 'w')"))["one"][0] == "holds"
    assert not mark.exists()


def test_a_kernel_that_dies_costs_its_own_rows(found):
    outcomes = found(
        [row("before"), row("after")],
        cell("print(1)", "before", saved="1\n"),
        cell("import os\nos._exit(1)"),
        cell("print(1)", "after", saved="1\n"),
    )
    assert outcomes["before"][0] == "holds"
    assert outcomes["after"][0] == "no longer holds"
    assert "The kernel died" in outcomes["after"][1]


def test_a_notebook_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        list(recheck.check_lesson([row("one")], tmp_path / "none.ipynb"))


def test_what_a_machine_lacks_is_not_here_and_never_counted_as_holding(monkeypatch, capsys):
    lesson = catalog.lessons()[0]
    rows = [row("a", needs=("metal",)), row("b", untested="It takes a Mac.")]
    monkeypatch.setattr(catalog, "lessons", lambda: [lesson])
    monkeypatch.setattr(claims.Claim, "lesson", lesson.slug)
    monkeypatch.setattr(machine, "lacks", lambda needs: ["needs an Apple GPU."] * bool(needs))
    assert ledger.report(rows)
    said = capsys.readouterr().out
    assert "not here: toy.a It needs an Apple GPU." in said
    assert "0 of 1 tested claims hold on this machine" in said
    assert "1 have no cell that tests them" in said


def test_the_verb_lists_shows_one_and_names_what_is_near(capsys):
    ledger.claims(lesson="compile")
    listed = capsys.readouterr().out
    assert "compile.lambda_loop: " in listed and "start." not in listed
    assert f"{listed.count('compile.')} claims: " in listed
    ledger.claims("compile.lambda_loop")
    shown = capsys.readouterr().out
    assert "notebooks/04_compile.ipynb, the cell tagged claim:compile.lambda_loop" in shown
    ledger.claims("lazy_graphs.jax")
    assert "tested by  no cell: " in capsys.readouterr().out
    with pytest.raises(UserError, match=r"Did you mean compile\.lambda_loop"):
        ledger.claims("compile.lamda_loop")
    with pytest.raises(UserError, match='No claim is shown in "compil"'):
        ledger.claims(lesson="compil")
