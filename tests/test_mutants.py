"""Mutants: which are made, that a hole in a check is found, and that the contract can fail."""

import textwrap

import pytest
import toy_course

from course.author import answers, mutants, mutation
from course.errors import UserError


def made(code, operator=None):
    found = mutants.mutants("solution", textwrap.dedent(code))
    return [f"{m.fragment} -> {m.change}" for m in found if operator in (None, m.operator)]


@pytest.mark.parametrize(
    ("operator", "line", "expected"),
    [
        ("boundary", "return x < 3", "x < 3 -> x <= 3"),
        ("comparison", "return x < 3", "x < 3 -> x >= 3"),
        ("operator", "return x + y", "x + y -> x - y"),
        ("operator", "x *= y", "x *= y -> x /= y"),
        ("axis dropped", "return x.sum(axis=1)", "x.sum(axis=1) -> x.sum()"),
        ("keyword dropped", "return f(x, k=y)", "f(x, k=y) -> f(x)"),
        ("sorted dropped", "return sorted(x, key=y)", "sorted(x, key=y) -> list(x)"),
        ("function", "return max(x)", "max(x) -> min(x)"),
        ("dtype", "return x.astype(mx.float32)", "mx.float32 -> mx.float16"),
        ("copy dropped", "return x.copy()", "x.copy() -> (lambda x: x)(x)"),
        ("statement dropped", "mx.eval(x)", "mx.eval(x) -> pass"),
        ("arguments swapped", "return f(x, y)", "f(x, y) -> f(y, x)"),
        ("slice", "return x[1:]", "1: -> :"),
        ("and/or", "return x and y", "x and y -> x or y"),
        ("sign dropped", "return -x", "-x -> +x"),
    ],
)
def test_each_operator_changes_one_thing(operator, line, expected):
    found = made(f"def f(x, y):\n    {line}\n", operator)
    if operator == "function":
        expected = expected.replace("(x)", "")
    assert expected in found


def test_words_are_not_changed():
    code = 'def f(x):\n    "Return 3."\n    raise ValueError("at most 3")\n'
    assert made(code, "text") == made(code, "constant") == []


def test_each_text_is_made_once():
    texts = [m.code for m in mutants.mutants("solution", "def f(x):\n    return x + x + 1\n")]
    assert len(texts) == len(set(texts)) == 4


@pytest.fixture
def toy(tmp_path):
    return toy_course.bare(tmp_path / "toy")


def found(toy, slug, name):
    return mutation.findings(toy.lesson(slug), [name])[name]


def test_the_toy_course_has_no_mutant_that_passes(toy):
    for slug, name in (("shapes", "row_sums"), ("layers", "doubled")):
        here = found(toy, slug, name)
        assert here.passed == []
        assert here.refused > 1


def test_a_hole_in_a_check_is_found(toy):
    """Where `use` hands out one number, its size cannot matter."""
    file = toy.lessons / "shapes" / "holed.py"
    file.write_text(
        textwrap.dedent('''
        from course.exercise import exercise

        holed = exercise(minutes=3, level=1)


        @holed.solution
        def _(x, k):
            """Statement."""
            if x > 3:
                return k
            return x + k


        @holed.use
        def _(answer, rng):
            return {"y": answer(1, 2)}
        ''')
    )
    order = toy.lessons / "order.txt"
    order.write_text(order.read_text().replace("01 layers", "    holed\n01 layers"))
    here = found(toy, "shapes", "holed")
    assert {(m.operator, m.fragment) for m in here.passed} >= {
        ("boundary", "x > 3"),
        ("argument memorised", "k"),
    }
    assert "`use` gives x one value on every seed" in here.inputs
    assert here.branches == ["the condition `x > 3` is always not so"]


def test_a_mutant_that_ends_its_process_is_refused_and_the_rest_goes_on(toy):
    file = toy.lessons / "shapes" / "deadly.py"
    file.write_text(
        textwrap.dedent('''
        import os

        from course.exercise import exercise

        deadly = exercise(minutes=3, level=1)


        @deadly.solution
        def _(x):
            """Statement."""
            if x > 90:
                os._exit(3)
            return x + 1


        @deadly.use
        def _(answer, rng):
            return {"y": answer(int(rng.integers(90)))}
        ''')
    )
    order = toy.lessons / "order.txt"
    order.write_text(order.read_text().replace("01 layers", "    deadly\n01 layers"))
    here = found(toy, "shapes", "deadly")
    assert here.refused + len(here.passed) > 5
    assert "constant" in {m.operator for m in here.passed}  # 90 might be 89, or 91
    assert not [m for m in here.passed if m.change == "x - 1"]


def test_others_answers_are_judged(toy, tmp_path):
    folder = tmp_path / "answers" / "shapes"
    folder.mkdir(parents=True)
    (folder / "row_sums.py").write_text(
        "from course.author.answers import right, wrong\n"
        "@right('plain')\ndef _(x):\n    return x.sum(axis=1)\n"
        "@right('not so right')\ndef _(x):\n    return x\n"
        "@wrong('not so wrong')\ndef _(x):\n    return x.sum(axis=-1)\n"
        "@wrong('columns', named='nothing_of_the_kind')\ndef _(x):\n    return x.sum(axis=0)\n"
    )
    ((exercise, path),) = answers.files(tmp_path / "answers", toy.lessons)
    faults = [answers.fault(*pair) for pair in answers.judged(exercise, path)]
    assert faults[0] == ""
    assert faults[1].startswith("the right answer “not so right” is refused: ")
    assert faults[2] == "the wrong answer “not so wrong” passes"
    assert faults[3].startswith("the wrong answer “columns” is not told nothing_of_the_kind: ")
    (folder / "row_sum.py").touch()
    with pytest.raises(UserError, match="shapes has no exercise row_sum"):
        list(answers.files(tmp_path / "answers", toy.lessons))
