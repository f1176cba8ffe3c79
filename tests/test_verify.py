"""Verify: the intact toy course passes, and each line of the contract can fail and names the fault.

A case edits a copy of the toy course and says everything that verify then finds, so a fault that
is blamed on something else, or reported twice, fails as well.
"""

import re

import pytest
import toy_course

from course import claims, machine
from course.author import build, contract, trials, verify
from course.errors import UserError

SHAPES, LAYERS = "lessons/shapes", "lessons/layers"
LESSON = "lessons/shapes/lesson.py"
START = "row_sums = exercise(minutes=3, level=1)"
SUM = "    # Say which axis disappears.\n    return x.sum(axis=1)"
MEAN = "    return x.mean(axis=1)"
SENTENCE = "These are means. What is still to be done to {y}?"
HINTS = 'row_sums.hints("How many numbers come out?", "Look at `axis`.", "`x.sum(axis=...)`.")'
SEEN = '{"pending": measure.graph_nodes(y) > 0, "y": y}'


def case(id, file, *edits, says=()):
    """``edits``: old, new, old, new …; ``says``: a pattern for each problem, in order."""
    says = (says,) if isinstance(says, str) else says
    return pytest.param(file, list(zip(edits[::2], edits[1::2], strict=True)), says, id=id)


@pytest.fixture
def quick(monkeypatch):
    """Stay in this process: for faults that a fresh one has nothing to do with."""

    def here(lesson, exercises):
        return lambda: {exercise.name: trials.runs_of(exercise) for exercise in exercises}

    monkeypatch.setattr(trials, "fresh_runs", here)
    monkeypatch.setattr(trials, "SECONDS", 0.2)


def agree(problems, patterns):
    assert len(problems) == len(patterns), problems
    for problem, pattern in zip(problems, patterns, strict=True):
        assert re.search(pattern, problem), problem


@pytest.fixture
def toy(tmp_path):
    return toy_course.copy(tmp_path / "toy")


def test_the_intact_course_passes_and_everything_was_counted(toy):
    report = toy.verify()
    assert report.problems == []
    present = not machine.lacks(("cuda",))
    assert report.counts == {
        "lessons": 2,
        "exercises": 5,
        "alternatives": 2,
        "misconceptions": 8 + 2 * present,
        "diagnosed as themselves": 8 + 2 * present,
        "predictions": 6,
        "notebooks": 6,
        "code cells": 42,
        "cells compared": 39,
        "claims tested": 1,
        "claims by source alone": 1,
        "claims planned": 1,
    }
    run = {"shapes.row_sums", "shapes.scaled_rows", "shapes.identity_bytes", "layers.gated"}
    assert report.seconds.keys() == run | ({"layers.doubled"} if present else set())


def test_some_lessons_are_looked_at_and_no_others(toy, quick):
    toy.edit(SHAPES, HINTS, "")
    report = verify.verify(toy.home, toy.lessons, toy.ledger, ["layers"], mutants=False)
    assert report.problems == []
    assert (report.counts["lessons"], report.counts["notebooks"]) == (1, 3)
    assert report.counts["claims tested"] == 0
    report = verify.verify(toy.home, toy.lessons, toy.ledger, ["shapes"], mutants=False)
    assert [problem for problem in report.problems if "three hints" in problem]
    with pytest.raises(UserError, match=r"no lesson shape\. There are: shapes, layers\."):
        verify.verify(toy.home, toy.lessons, toy.ledger, ["layers", "shape"])


def test_verify_changes_no_file(toy, quick):
    before = {path: path.read_bytes() for path in toy.home.rglob("*") if path.is_file()}
    toy.verify()
    assert {path: path.read_bytes() for path in toy.home.rglob("*") if path.is_file()} == before


RECORD = [
    case("no hints", SHAPES, HINTS, "", says="shapes.row_sums: needs three hints"),
    case("two hints", SHAPES, '"Look at `axis`.", ', "", says="shapes.row_sums: needs three hints"),
    case("empty hint", SHAPES, "Look at `axis`.", " ", says="row_sums: .*none of them empty"),
    case("no minutes", SHAPES, START, START.replace("3", "0"), says="row_sums: needs minutes of"),
    case("level", SHAPES, START, START.replace("1)", "4)"), says="row_sums: .*level from 1 to 3"),
    case(
        "minutes left out",
        SHAPES,
        START,
        "row_sums = exercise(level=1)",
        says="shapes/row_sums.py: TypeError: .*'minutes'",
    ),
    case(
        "unknown need",
        SHAPES,
        START,
        'row_sums = exercise(minutes=3, level=1, needs=("tpu",))',
        says="shapes.row_sums: needs tpu, which course.machine.NEEDS does not know",
    ),
    case(
        "one misconception",
        SHAPES,
        f'@row_sums.misconception("means", "{SENTENCE}")\n',
        "",
        says="shapes.row_sums: needs at least two misconceptions",
    ),
    case(
        "two misconceptions of one name",
        SHAPES,
        'misconception("means"',
        'misconception("columns"',
        says="shapes.row_sums: has two misconceptions called columns",
    ),
    case(
        "a misconception called solution",
        SHAPES,
        'misconception("means"',
        'misconception("solution"',
        says="shapes.row_sums: has a misconception called 'solution'",
    ),
    case("no sentence", SHAPES, SENTENCE, "", says="shapes.row_sums: means has no sentence"),
    case("no use", SHAPES, '@row_sums.use(y="reduction")\n', "", says="row_sums: has no use"),
    case(
        "unknown kind",
        SHAPES,
        '@row_sums.use(y="reduction")',
        '@row_sums.use(y="sum")',
        says="shapes.row_sums: says y is 'sum'; a kind is one of exact, ",
    ),
    case(
        "an answer with a name of its own",
        SHAPES,
        f"def _(x):\n{MEAN}",
        f"def means(x):\n{MEAN}",
        says=r"shapes.row_sums: calls its misconception in line \d+ means; the name must be _",
    ),
    case(
        "no statement",
        SHAPES,
        '    """Return the sum of each row of `x`, one number a row."""\n',
        "",
        says=r"shapes.row_sums: .*line \d+: the solution has no docstring",
    ),
    case(
        "two solutions",
        SHAPES,
        "@row_sums.alternative",
        "@row_sums.solution",
        says="shapes.row_sums: .*it has 2 solutions of row_sums; it needs one",
    ),
    case(
        "no solution",
        SHAPES,
        "@row_sums.solution",
        "@row_sums.alternative",
        says="shapes.row_sums: .*it has 0 solutions of row_sums; it needs one",
    ),
]

REACH = [
    case(
        "use reaches its own exercise",
        SHAPES,
        "    y = answer(x)\n",
        "    y = answer(x) if x.size else row_sums.answer(x)\n",
        says="shapes.row_sums: reaches the exercise itself from its use",
    ),
    case(
        "use reaches it through a helper",
        SHAPES,
        "    y = answer(x)\n",
        "    y = answer(x) if x.size else helper(x)\n",
        START,
        f"{START}\n\n\ndef helper(x):\n    return row_sums.answer(x)",
        says="shapes.row_sums: reaches the exercise itself from its use",
    ),
    case(
        "use reaches it through a default",
        SHAPES,
        'def _(answer, rng):\n    return {"bytes": answer}',
        'def _(answer, rng, right=identity_bytes.answer):\n    return {"bytes": answer}',
        says="shapes.identity_bytes: reaches the exercise itself from its use",
    ),
    *(
        case(
            line,
            SHAPES,
            "from course import measure\n",
            f"from course import measure\n{line}\n",
            says=rf"row_sums.py, line 7: exercises may not import course{module}\.$",
        )
        for line, module in (
            ("from course.learner.display import show", ".learner"),
            ("import course.learner.display", ".learner"),
            ("import course.learner.display as shown", ".learner"),
            ("from course.learner import display", ".learner"),
            ("from course import check", ".check"),
            ("import course", ""),
        )
    ),
]

STUBS = [
    case(
        "markers where nothing raises",
        LAYERS,
        "        # -- yours\n        self.up",
        "        self.up",
        "bias=False)\n        # -- end\n",
        "bias=False)\n",
        "        # -- yours\n        # Sigmoid is the gate.\n",
        "",
        "return self.up(x) * gate\n        # -- end\n",
        "return self.up(x) * gate\n\n"
        "    def spare(self):\n        # -- yours\n        return 1\n        # -- end\n",
        says="layers.gated: its stub ends as passed, not as not attempted",
    ),
    case(
        "marker without end",
        LAYERS,
        "bias=False)\n        # -- end\n",
        "bias=False)\n",
        says=r"layers.gated: .*gated.py, line \d+: each `# -- yours` needs one `# -- end`",
    ),
    case(
        "class without markers",
        LAYERS,
        "        # -- yours\n        self.up",
        "        self.up",
        "bias=False)\n        # -- end\n",
        "bias=False)\n",
        "        # -- yours\n        # Sigmoid is the gate.\n",
        "",
        "gate\n        # -- end\n",
        "gate\n",
        says=r"layers.gated: .*gated.py, line \d+: a class needs `# -- yours` and `# -- end`",
    ),
    case(
        "marker without end where a need is missing",
        LAYERS,
        "    return 2 * x\n",
        "    # -- yours\n    return 2 * x\n",
        says=r"layers/doubled.py, line \d+: `# -- yours` has no `# -- end` after it",
    ),
    case(
        "markers inside an expression",
        LAYERS,
        "        return self.up(x) * gate\n        # -- end",
        "        y = (\n        self.up(x)\n        # -- end\n        ) * gate\n        return y",
        says="layers.gated: its cell in the notebook does not run: SyntaxError",
    ),
    case(
        "a helper that the notebook does not get",
        SHAPES,
        "FLOOR: float = 1e-3",
        "globals()['FLOOR'] = 1e-3",
        says="shapes.scaled_rows: its solution, as its notebook shows it, ends as crashed: .*FLOOR",
    ),
    case(
        "a value without return",
        SHAPES,
        "    return (\n        4 * 4",
        "    if bits:\n        return 32\n    1 or (\n        4 * 4",
        says=r"shapes.identity_bytes: .*line \d+: a value's solution ends in `return value`",
    ),
]

ANSWERS = [
    case(
        "solution raises",
        SHAPES,
        SUM,
        "    return x.sum(axis=7)",
        says="shapes.row_sums: the solution raises on seed 0: ",
    ),
    case(
        "solution raises on one seed",
        SHAPES,
        SUM,
        "    return x.sum(axis=1 if x[0, 0].item() > 3 else 7)",
        says="shapes.row_sums: the solution raises on seed 4: ",
    ),
    case(
        "value raises",
        SHAPES,
        "bits = 16",
        "bits = 16 / 0",
        says="shapes.identity_bytes: solution raises ZeroDivisionError: division by zero",
    ),
    case(
        "wrong alternative",
        SHAPES,
        "row.sum() for",
        "row.max() for",
        says="shapes.row_sums: alternative 1 is refused on every seed: y: yours .*; expected ",
    ),
    case(
        "alternative that raises",
        SHAPES,
        "row.sum() for",
        "row.sum(axis=7) for",
        says=r"shapes.row_sums: alternative 1 is refused on every seed: IndexError: Invalid axis 7",
    ),
    case(
        "alternative that check does not take",
        LAYERS,
        '@gated.misconception("gate_not_squashed"',
        "@gated.alternative\ndef _(d, h):\n    return gated.answer(d, h)\n\n\n"
        '@gated.misconception("gate_not_squashed"',
        says="layers.gated: alternative 2 does not pass its check: .*asks for a class",
    ),
    case(
        "misconception that passes",
        SHAPES,
        MEAN,
        "    return x @ mx.ones((3,))",
        says="shapes.row_sums: means passes on every seed",
    ),
    case(
        "misconception that differs by 3 tolerances",
        SHAPES,
        MEAN,
        "    return x.sum(axis=1) * 1.0003",
        says="row_sums: means passes on every seed .nothing differs by 10 tolerances.",
    ),
    case(
        "misconception that weak inputs let by",
        SHAPES,
        "mx.array(-rng.uniform(",
        "mx.array(rng.choice([-1, 1]) * rng.uniform(",
        says=r"shapes.scaled_rows: signed passes on seed [0-4](, [0-4]){0,3} \(",
    ),
    case(
        "two misconceptions alike",
        SHAPES,
        "return x / x.max(axis=1, keepdims=True)",
        "return x / mx.max(mx.abs(x), axis=0)",
        says="shapes.scaled_rows: nothing tells by_columns and signed apart",
    ),
    case(
        "two misconceptions that crash alike",
        SHAPES,
        "return x / x.max(axis=1, keepdims=True)",
        "raise ValueError(f'{x.size} numbers')",
        "return x / mx.abs(x).max(axis=0, keepdims=True)",
        "raise ValueError('9 numbers')",
        says="shapes.scaled_rows: nothing tells by_columns and signed apart",
    ),
    case(
        "misconception of nan alone",
        SHAPES,
        MEAN,
        "    return x.sum(axis=1) * float('nan')",
        says="shapes.row_sums: means is not diagnosed: wrong, ",
    ),
    case(
        "answer slower than a second",
        SHAPES,
        "    return 8\n",
        "    import time\n    start = time.process_time()\n"
        "    while time.process_time() < start + 0.2:\n        pass\n    return 8\n",
        says="shapes.identity_bytes: diagonal_only takes more than 0.2 s of CPU time on seed 0",
    ),
    case(
        "field that is not observed",
        SHAPES,
        SENTENCE,
        "To {z}?",
        says="shapes.row_sums: means's sentence names z, which is not observed",
    ),
    case(
        "field of an unknown sort",
        SHAPES,
        SENTENCE,
        "To {y:expectd}?",
        says="shapes.row_sums: means's sentence says y:expectd; only :expected is known",
    ),
    case("lone brace", SHAPES, SENTENCE, "A { here", says="shapes.row_sums: means's sentence: "),
    case(
        "kind of what is not observed",
        SHAPES,
        '@row_sums.use(y="reduction")',
        '@row_sums.use(y="reduction", z="exact")',
        says="shapes.row_sums: says something about z, which is not observed",
    ),
    case(
        "label of what is not observed",
        SHAPES,
        'says(passed="One number a row.", y=',
        'says(passed="One number a row.", z="A", y=',
        says="shapes.row_sums: says something about z, which is not observed",
    ),
    case(
        "observation that is a list",
        SHAPES,
        SEEN,
        '{"y": [y]}',
        says="shapes.row_sums: observes y, a list of 1 array",
    ),
    case(
        "observation without a row of tolerances",
        SHAPES,
        SEEN,
        '{"y": np.array(y).astype(np.complex128)}',
        says="shapes.row_sums: observes y as complex128, reduction: .* no such row",
    ),
    case(
        "a misconception's observation without a row of tolerances",
        SHAPES,
        MEAN,
        "    return np.array([1j])",
        says="shapes.row_sums: observes y as complex128, reduction: .* no such row",
    ),
    case("nothing observed", SHAPES, SEEN, "{}", says="row_sums: its use observes nothing"),
]

AGAIN = [
    case(
        "state between runs",
        SHAPES,
        MEAN,
        "    calls.append(0)\n    return str(len(calls))",
        START,
        f"{START}\ncalls = []",
        says="shapes.row_sums: means gives other observations the second time, on every seed",
    ),
    *(
        case(
            f"{code} in a fresh process",
            SHAPES,
            MEAN,
            f"    return str({code})",
            says="row_sums: means gives other observations in a fresh process, on every seed",
        )
        for code in (
            "__import__('random').random()",
            "np.random.random()",
            "__import__('os').getpid()",
            "hash('x')",
        )
    ),
    case(
        "a lesson that fails in a fresh process",
        SHAPES,
        "FLOOR: float = 1e-3",
        "FLOOR: float = 1e-3\nif __import__('sys').argv[0].endswith('trials.py'):\n    1 / 0",
        says="shapes: a fresh process failed: ZeroDivisionError: division by zero",
    ),
]

FILES = [
    case(
        "one name twice",
        SHAPES,
        START,
        f"{START}\n{START}",
        says="shapes.row_sums: should be defined once, at the left margin",
    ),
    case(
        "not at the left margin",
        SHAPES,
        START,
        f"if True:\n    {START}",
        says="shapes.row_sums: should be defined once, at the left margin",
    ),
    case(
        "two exercises in one file",
        SHAPES,
        START,
        f"{START}\nspare = exercise(minutes=3, level=1)",
        says="shapes/row_sums.py should define `row_sums = .* alone; it has row_sums, spare",
    ),
    case(
        "syntax error",
        SHAPES,
        "def largest(x):",
        "def largest(x:",
        says=r"shapes/scaled_rows.py: SyntaxError: .*line \d+",
    ),
    case(
        "exception at import",
        SHAPES,
        "FLOOR: float = 1e-3",
        "FLOOR: float = 1 / 0",
        says="shapes/scaled_rows.py: ZeroDivisionError: division by zero",
    ),
    case(
        "TODO in an exercise",
        SHAPES,
        "Look at `axis`.",
        "TODO",
        says=r"shapes/row_sums.py, line \d+: still says TODO",
    ),
    case(
        "TODO in the lesson",
        LESSON,
        "And how many bytes",
        "TODO how many bytes",
        says=r"shapes/lesson.py, line 21: still says TODO",
    ),
]

LESSONS = [
    case(
        "no promise",
        LESSON,
        "**After this lesson you can**",
        "**Today**",
        says=r'shapes/lesson.py: no line such as "# \*\*After this lesson you can',
    ),
    case(
        "no minutes",
        LESSON,
        "**5 minutes",
        "**Short",
        says=r'lesson.py: no line such as "# \*\*45 min',
    ),
    case(
        "nothing to keep", LESSON, "## What to keep", "## End", says='"## What to keep" is missing'
    ),
    case("no heading", LESSON, "# # 00 · Shapes", "# Shapes", says="shapes/lesson.py: no heading"),
    case(
        "two predictions",
        LESSON,
        'predict("shapes.rows", None)',
        "",
        says="shapes/lesson.py: 2 predictions; a lesson has 3 to 6",
    ),
    case(
        "seven predictions",
        LESSON,
        'predict("shapes.rows", None)',
        'predict("shapes.rows", None)\n' * 5,
        says="shapes/lesson.py: 7 predictions; a lesson has 3 to 6",
    ),
    case(
        "prediction that is not measured",
        LESSON,
        'measured("shapes.size", x.size)',
        'measured("shapes.sizes", x.size)',
        says="shapes/lesson.py: shapes.size is predicted and never measured",
    ),
    case(
        "prediction of another lesson",
        LESSON,
        'predict("shapes.size", None)',
        'predict("layers.size", None)',
        'measured("shapes.size", x.size)',
        'measured("layers.size", x.size)',
        says=r"shapes/lesson.py: the prediction layers.size should be shapes\.…",
    ),
]


@pytest.mark.parametrize(
    ("file", "edits", "says"), RECORD + REACH + STUBS + ANSWERS + FILES + LESSONS
)
def test_each_line_of_the_contract_can_fail(tmp_path, quick, file, edits, says):
    agree(problems_after(edits, file, tmp_path / "toy"), says)


@pytest.mark.parametrize(("file", "edits", "says"), AGAIN)
def test_what_is_not_the_same_again_is_found(tmp_path, monkeypatch, file, edits, says):
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    agree(problems_after(edits, file, tmp_path / "toy"), says)


def problems_after(edits, file, home):
    toy = toy_course.copy(home, file.split("/")[1])
    for old, new in edits:
        toy.edit(file, old, new)
    return toy.problems()


def test_what_a_line_of_the_contract_stumbles_over_comes_after_what_it_found():
    def line(exercise):
        yield f"{exercise} is broken"
        raise KeyError("y")

    assert contract.broken(line, "toy") == ["toy is broken", "KeyError: 'y'"]


def test_waiting_is_no_cpu_time(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(trials, "SECONDS", 0.05)
    toy = toy_course.copy(tmp_path / "toy", "shapes")
    toy.edit(SHAPES, "    return 8\n", "    __import__('time').sleep(0.06)\n    return 8\n")
    assert toy.problems() == []


def test_an_answer_that_does_not_end(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(trials, "HANG", 0.5)
    edits = [("    return 8\n", "    while True:\n        pass\n")]
    problems = problems_after(edits, SHAPES, tmp_path / "toy")
    agree(problems, ["shapes.identity_bytes: diagonal_only did not end in 0.5 s on seed 0"])


def test_a_sentence_may_hold_literal_braces_doubled(tmp_path, quick):
    toy = toy_course.copy(tmp_path / "toy", "shapes")
    toy.edit(SHAPES, SENTENCE, "Not {{y}}, but {y:expected}.")
    assert toy.problems() == []


def test_one_name_in_two_lessons(toy, quick):
    file = toy.home / LAYERS / "doubled.py"
    file.with_stem("row_sums").write_text(file.read_text().replace("doubled", "row_sums"))
    file.unlink()
    toy.edit("lessons/order.txt", "    doubled", "    row_sums")
    agree(toy.problems(), ["row_sums is an exercise of shapes and of layers"])


# What is generated --------------------------------------------------------------------------------

AGAIN_SAYS = r"\. Run: python3 -m course build --execute\.$"


def test_a_generated_file_edited_by_hand(toy, quick):
    path = toy.home / "exercises" / "00_shapes.ipynb"
    path.write_text(path.read_text().replace("3 exercises", "4 exercises"))
    agree(toy.verify().problems, [f"^exercises/00_shapes.ipynb is not what its.*{AGAIN_SAYS}"])


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", b"\xff\xfe"])
def test_a_generated_file_that_is_damaged(toy, quick, text):
    path = toy.home / "solutions" / "00_shapes.ipynb"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    agree(toy.verify().problems, [f"^solutions/00_shapes.ipynb is not what its.*{AGAIN_SAYS}"])


def test_a_generated_file_that_is_missing(toy, quick):
    (toy.home / "solutions" / "01_layers.ipynb").unlink()
    agree(toy.verify().problems, [f"^solutions/01_layers.ipynb is not what its.*{AGAIN_SAYS}"])


def test_a_file_that_no_lesson_makes(toy, quick):
    (toy.home / "notebooks" / "notes.txt").touch()
    (toy.home / "solutions" / "02_old.ipynb").touch()
    says = ["^notebooks/notes.txt is stray", "^solutions/02_old.ipynb is stray"]
    agree(toy.verify().problems, says)


@pytest.mark.slow
def test_a_home_notebook_of_another_source_and_never_its_outputs(toy, quick):
    home = toy.home / "notebooks" / "index.ipynb"
    text = home.read_text()
    ran = text.replace(
        '"outputs": []', '"outputs": [{"name": "stdout", "output_type": "stream", "text": ["x"]}]'
    )
    home.write_text(ran)
    assert ran != text
    toy.build()
    assert toy.problems() == []
    home.write_text(text.replace("Run the next cell", "Look at the next cell"))
    agree(toy.verify().problems, [f"^notebooks/index.ipynb is not what its.*{AGAIN_SAYS}"])
    home.unlink()
    agree(toy.verify().problems, [f"^notebooks/index.ipynb is not what its.*{AGAIN_SAYS}"])


@pytest.mark.slow
def test_outputs_of_an_older_source(toy, quick):
    toy.edit(LESSON, "print(course.__name__)", "print(course.__doc__[:10])")
    agree(toy.verify().problems, [f"^notebooks/00_shapes.ipynb is not what.*{AGAIN_SAYS}"])
    toy.build()
    agree(toy.verify().problems, [f"^notebooks/00_shapes.ipynb shows outputs of.*{AGAIN_SAYS}"])
    toy.execute(toy.home / "notebooks" / "00_shapes.ipynb")
    assert toy.verify().problems == []


def test_outputs_that_were_dropped_on_the_way_there_and_back(toy, quick):
    toy.edit(LESSON, "print(course.__name__)", "print(course.__doc__[:10])")
    toy.build()
    toy.edit(LESSON, "print(course.__doc__[:10])", "print(course.__name__)")
    toy.build()
    agree(toy.verify().problems, [f"^notebooks/00_shapes.ipynb shows outputs of.*{AGAIN_SAYS}"])


def test_a_course_that_was_never_executed(tmp_path, quick):
    toy = toy_course.bare(tmp_path / "toy")
    toy.build()
    agree(toy.verify().problems, ["shows outputs of an older source"] * 6)


def test_prose_may_change_without_another_run(toy, quick):
    toy.edit(LESSON, "A shape is a tuple.", "A shape is a tuple of integers.")
    toy.build()
    assert toy.verify().problems == []


def test_too_many_cells_that_are_not_compared(toy, quick):
    for cell in ('predict("shapes.size"', 'predict("shapes.rows"'):
        toy.edit(LESSON, f"# %%\n{cell}", f'# %% tags=["{build.IGNORE}"]\n{cell}')
    toy.build()
    assert toy.verify().problems == []  # 3 of 9
    toy.edit(LESSON, "# %%\ncheck(", f'# %% tags=["{build.IGNORE}"]\ncheck(')
    toy.build()
    says = "^notebooks/00_shapes.ipynb: 4 of 9 code cells are not compared; at most 40% may be"
    agree(toy.verify().problems, [says])


# Claims -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        pytest.param(
            LESSON,
            ' tags=["claim:shapes.rows_first"]',
            "",
            "claims.toml: shapes.rows_first says it is tested, and no cell of shapes has the tag "
            "claim:shapes.rows_first",
            id="row without its cell",
        ),
        pytest.param(
            LESSON,
            '# %% tags=["claim:shapes.rows_first"]\n',
            '# %% [markdown] tags=["claim:shapes.rows_first"]\n# The cell "claim:shapes.rows_first"'
            "\n# %%\n",
            "claims.toml: shapes.rows_first says it is tested, and no cell",
            id="row with a tag on prose",
        ),
        pytest.param(
            LESSON,
            '# %% tags=["nbval-ignore-output"]',
            '# %% tags=["nbval-ignore-output", "claim:shapes.new"]',
            "shapes: the tag claim:shapes.new has no row in claims.toml",
            id="cell without its row",
        ),
        pytest.param(
            LESSON,
            ' tags=["claim:shapes.rows_first"]',
            ' tags=["nbval-ignore-output", "claim:shapes.rows_first"]',
            "claims.toml: shapes.rows_first says it is tested, and its cell's output is not "
            "compared: give the row a `holds`",
            id="cell that cannot fail",
        ),
        pytest.param(
            "claims.toml",
            'why = "A new array is; a transposed one need not be."\n',
            'why = "It is."\nuntested = "No."\n',
            "claims.toml: shapes.rows_first says it is untested, and has a cell",
            id="untested row with a cell",
        ),
        pytest.param(
            "claims.toml",
            'verdict = "true if"',
            'verdict = "maybe"',
            r"claims.toml: row 1 \(shapes.rows_first\): the verdict must be one of: true, ",
            id="unknown verdict",
        ),
        pytest.param(
            "claims.toml",
            'id = "layers.no_bias"',
            'id = "shapes.rows_first"',
            r"claims.toml: the id shapes.rows_first is there twice",
            id="one id twice",
        ),
        pytest.param(
            "claims.toml",
            'why = "A new array is; a transposed one need not be."\n',
            "",
            r"claims.toml: row 1 \(shapes.rows_first\): why is missing",
            id="field missing",
        ),
        pytest.param(
            "claims.toml",
            'verdict = "true if"',
            "verdict = true if",
            r"claims.toml: .*line 6",
            id="no TOML",
        ),
    ],
)
def test_the_ledger_and_the_lessons_agree(toy, quick, file, old, new, says):
    toy.edit(file, old, new)
    agree(toy.problems(), [says])


def test_a_row_of_a_lesson_that_is_written_is_no_longer_planned(tmp_path, quick):
    toy = toy_course.copy(tmp_path / "toy", "layers")
    counts = toy.verify().counts
    assert (counts["claims planned"], counts["claims by source alone"]) == (2, 1)
    assert counts["claims tested"] == 0


def test_the_courses_own_ledger_is_read():
    assert all(row.verdict in claims.VERDICTS for row in claims.load())


# The order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("01 layers", "1 layers", 'order.txt: "1 layers" should read like "02 lazy_graphs"'),
        ("01 layers", "01 Layers", 'order.txt: "01 Layers" should read like'),
        ("    gated\n", "", "order.txt: it has no line for layers/gated.py"),
        (
            "    gated\n",
            "    gated\n    gone\n",
            "order.txt: it names layers/gone.py, which is not",
        ),
        ("01 layers", "00 layers", 'order.txt: "00 layers" repeats a number or a name'),
        ("01 layers", "01 shapes", 'order.txt: "01 shapes" repeats a number or a name'),
    ],
)
def test_a_wrong_order(toy, quick, old, new, says):
    toy.edit("lessons/order.txt", old, new)
    agree(toy.problems(), [says])


def test_a_course_without_lessons_has_verified_nothing(tmp_path, quick):
    toy = toy_course.Toy(tmp_path)
    toy.lessons.mkdir()
    (toy.lessons / "order.txt").touch()
    toy.ledger.touch()
    agree(toy.problems(), ["No exercise was found: there is nothing that this could verify"])


# Skips --------------------------------------------------------------------------------------------


def test_what_is_skipped_names_its_need(tmp_path, quick, monkeypatch):
    monkeypatch.setitem(machine.NEEDS, "cuda", (lambda: False, "needs an NVIDIA GPU."))
    monkeypatch.setitem(machine.NEEDS, "metal", (lambda: False, "needs an Apple GPU."))
    toy = toy_course.copy(tmp_path / "toy", "layers")
    toy.edit(LAYERS, 'needs=("cuda",)', 'needs=("alarm", "cuda", "metal")')
    report = toy.verify()
    assert report.skipped == {
        "layers.doubled": "needs cuda, metal. It needs an NVIDIA GPU. It needs an Apple GPU."
    }
    assert "layers.doubled" not in report.seconds


def test_what_the_machine_has_is_not_skipped(tmp_path, quick, monkeypatch):
    monkeypatch.setitem(machine.NEEDS, "cuda", (lambda: True, ""))
    toy = toy_course.copy(tmp_path / "toy", "layers")
    report = toy.verify()
    assert (report.problems, report.skipped) == ([], {})
    assert "layers.doubled" in report.seconds
    assert report.counts["misconceptions"] == 4

    toy.edit(LAYERS, "return 2 * x", "return 3 * x")
    toy.edit(LAYERS, "return x / 2", "return x + x + x")
    agree(toy.problems(), ["layers.doubled: halved passes on every seed"])
