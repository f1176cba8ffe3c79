"""The learner's verbs on the toy course: what they say, what they record, and that none raises."""

import html
import json
import re
import subprocess
import sys
import types
from pathlib import Path

import mlx.core as mx
import nbclient
import nbformat
import pytest
import toy_course

from course import output
from course.checking import runner
from course.checking.verdict import Status, Verdict
from course.content import catalog
from course.learner import cells, display, journal
from course.learner.notebook import check, hint, measured, predict, progress, reveal

LESSONS = Path(__file__).parent / "toy" / "lessons"


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    monkeypatch.setattr(catalog, "LESSONS", LESSONS)


@pytest.fixture
def says(capsys):
    """A function that calls a verb and returns what it printed."""

    def call(verb, *args, **named):
        capsys.readouterr()
        assert verb(*args, **named) is None
        out, err = capsys.readouterr()
        assert err == ""
        return out.strip()

    return call


def entry(id="shapes.row_sums"):
    return journal.read()[0]["exercises"].get(id, {})


def row_sums(x):
    return x.sum(axis=1)


def columns(x):
    return x.sum(axis=0)


# -- check


def test_a_right_answer(says):
    assert says(check, "row_sums", row_sums) == ("Passed · row_sums · 2 cases. One number a row.")
    assert entry()["checks"] == 1
    assert "passed" in entry()


@pytest.mark.parametrize("name", ["row_sums", "shapes.row_sums"])
def test_a_known_mistake_is_explained_recorded_and_a_hint_offered(says, name):
    text = says(check, name, columns).splitlines()
    assert text[0].startswith("Not yet · row_sums. You have ")
    assert text[1].startswith("For a 2 × 3 input: yours has shape (3,), expected (2,).")
    assert text[-1] == 'Stuck? `hint("row_sums")`'
    assert entry() == {"checks": 1, "last": "wrong", "misconceptions": {"columns": 1}}


def test_an_answer_with_the_exercises_name_is_enough(says):
    assert says(check, row_sums).startswith("Passed · row_sums")
    assert says(check, mx.compile(row_sums)).startswith("Passed · row_sums")


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("row_sum", columns), 'There is no exercise called "row_sum". Did you mean row_sums'),
        (("nothing_like_it", columns), 'There is no exercise called "nothing_like_it".'),
        ((columns,), 'There is no exercise called "columns".'),
        ((lambda x: x,), "A lambda has no name, so say which exercise it is for: check("),
        ((3,), "This answer has no name of its own, so say which exercise it is for: check("),
        ((None,), "This answer has no name of its own"),
        ((row_sums, "row_sums"), 'The name comes first, in quotes: check("name", your_answer).'),
        ((), "`check` cannot be called like this: missing a required argument: 'name'."),
        (("row_sums", row_sums, 3), "`check` cannot be called like this: too many positional"),
    ],
)
def test_a_check_of_the_wrong_thing_is_a_sentence(says, args, text):
    assert says(check, *args).startswith(text)
    assert journal.read()[0]["exercises"] == {}


def test_a_value_needs_no_function(says):
    assert says(check, "identity_bytes", 32).startswith("Passed")
    assert says(check, "identity_bytes", 64).splitlines()[0] == (
        "Not yet · identity_bytes. These are the bytes of float32: 64."
    )
    assert says(check, "identity_bytes", ...).startswith("Not started · identity_bytes. Put your")


def test_a_stub_and_a_pass_are_offered_no_hint(says):
    def stub(x):
        raise NotImplementedError("About 1 line is missing.")

    assert says(check, "row_sums", stub) == "Not started · row_sums. About 1 line is missing."
    assert "hint" not in says(check, "row_sums", row_sums)


def test_a_verdict_is_shown_although_progress_cannot_be_saved(says, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MLX_COURSE_HOME", str(tmp_path / "file" / "home"))
    text = says(check, "row_sums", row_sums)
    assert text.startswith("Passed · row_sums")
    assert "The verdict itself is valid." in text


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        (check, ("row_sums", row_sums)),
        (hint, ("row_sums",)),
        (reveal, ("row_sums",)),
        (predict, ("shapes.guess", 3)),
        (measured, ("shapes.guess", 3)),
        (progress, ()),
    ],
)
def test_a_mistake_of_ours_is_called_ours(says, monkeypatch, verb, args):
    def broken(*_, **__):
        raise ZeroDivisionError("in the engine")

    for place, name in ((journal, "record"), (journal, "read"), (runner, "check")):
        monkeypatch.setattr(place, name, broken)
    text = says(verb, *args)
    assert text.startswith(f"{verb.__name__} itself failed, which is our mistake:")
    assert "`ZeroDivisionError: in the engine`" in text
    assert "Your work is not affected." in text


def test_an_interrupt_is_a_sentence(says, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "check", interrupted)
    assert says(check, "row_sums", row_sums).startswith("Interrupted. Nothing is lost")


def test_an_answer_that_was_never_run_is_not_started(says):
    text = "Not started · row_sums. This notebook does not know that name yet"
    assert says(check, "row_sums").startswith(text)
    assert entry() == {"checks": 1, "last": "not attempted"}


# -- hint


def test_hints_come_one_by_one_and_the_last_again(says):
    for step, text in [(1, "How many numbers"), (2, "Look at `axis`"), (3, "`x.sum("), (3, "`x.s")]:
        shown = says(hint, "row_sums")
        assert shown.startswith(f"Hint {step} of 3 · row_sums. {text}")
        assert ("That was the last one" in shown) == (step == 3)
        assert entry()["hints"] == step


def test_a_hint_can_be_asked_for_by_number_and_by_function(says):
    assert says(hint, row_sums, 2).startswith("Hint 2 of 3")
    assert says(hint, "shapes.row_sums", 1).startswith("Hint 1 of 3")
    assert entry()["hints"] == 2
    assert says(hint, "row_sums").startswith("Hint 3 of 3")


@pytest.mark.parametrize("step", [0, 4, -1, "two", 1.5])
def test_a_hint_that_does_not_exist(says, step):
    assert says(hint, "row_sums", step) == "row_sums has hints 1 to 3."
    assert entry() == {}


def test_a_hint_for_an_unknown_name(says):
    assert says(hint, "row_sum").startswith('There is no exercise called "row_sum". Did you mean')
    assert says(hint, 3).startswith('There is no exercise called "3".')


# -- reveal


def test_reveal_asks_first_then_shows_and_records(says):
    assert says(reveal, "row_sums").startswith("Really? 3 hints are left.")
    says(hint, "row_sums", 2)
    assert says(reveal, "row_sums").startswith("Really? 1 hint is left.")
    says(hint, "row_sums", 3)
    assert says(reveal, "row_sums").startswith("Really? Showing the answer is recorded")
    assert "revealed" not in entry()
    assert says(reveal, "row_sums", sure=True).splitlines() == [
        "One right answer · row_sums",
        "    def row_sums(x):",
        '        """Return the sum of each row of `x`, one number a row."""',
        "        # Say which axis disappears.",
        "        return x.sum(axis=1)",
        "Also right · row_sums",
        "    def row_sums(x):",
        "        return mx.stack([row.sum() for row in x])",
    ]
    assert "revealed" in entry()
    assert says(reveal, "row_sums").startswith("One right answer")


def test_after_a_pass_reveal_neither_asks_nor_records(says):
    says(check, "row_sums", row_sums)
    assert says(reveal, "row_sums").startswith("One right answer")
    assert "revealed" not in entry()


def test_a_value_is_revealed_as_it_would_be_written(says):
    assert "    identity_bytes = (" in says(reveal, "identity_bytes", sure=True)


# -- predict and measured


@pytest.mark.parametrize("guess", [None, ...])
def test_no_guess_stops_nobody(says, guess):
    assert says(predict, "shapes.ms", guess).startswith("No guess yet.")
    assert journal.read()[0]["predictions"] == {}
    assert says(measured, "shapes.ms", 5.0, "ms") == "Measured: 5 ms."


@pytest.mark.parametrize(
    ("guess", "value", "text"),
    [
        (4, 5.0, "Measured: 5 ms. You guessed 4 ms: close."),
        (5, 5, "Measured: 5 ms. You guessed 5 ms: close."),
        (1, 50.0, "Measured: 50 ms. You guessed 1 ms: 50 times too little."),
        (1e6, 2.0, "Measured: 2 ms. You guessed 1,000,000 ms: 500,000 times too much."),
        (0, 2.0, "Measured: 2 ms. You guessed 0 ms."),
        (0, 0, "Measured: 0 ms. You guessed 0 ms, and so it is."),
    ],
)
def test_a_number_is_set_beside_the_guess(says, guess, value, text):
    says(predict, "shapes.ms", guess, "ms")
    assert says(measured, "shapes.ms", value, "ms") == text
    known = journal.read()[0]["predictions"]["shapes.ms"]
    assert known == {"guess": guess, "measured": value}


@pytest.mark.parametrize(
    ("guess", "unit", "text"),
    [(4, "ms", "4 ms"), (0.25, "", "0.25"), (12345.6, "GB", "12,346 GB"), ("both", "", "both")],
)
def test_a_guess_is_repeated_before_the_measurement(says, guess, unit, text):
    assert says(predict, "shapes.ms", guess, unit) == f"Your guess: {text}. Now measure."


def test_words_and_truth_can_be_guessed(says):
    says(predict, "shapes.who", "the gpu")
    assert says(measured, "shapes.who", "the cpu") == "Measured: the cpu. You guessed the gpu."
    assert says(measured, "shapes.who", "the gpu").endswith("You guessed the gpu, and so it is.")
    says(predict, "shapes.lazy", True)
    assert says(measured, "shapes.lazy", True).endswith("You guessed True, and so it is.")
    assert says(measured, "shapes.lazy", False).endswith("You guessed True.")


def test_a_measured_array_of_one_number_is_that_number(says):
    assert says(measured, "shapes.ms", mx.array(2.5), "ms") == "Measured: 2.5 ms."


def test_a_measured_array_of_many_numbers_is_a_sentence(says):
    text = "One number is measured at a time, and this array has 3."
    assert says(measured, "shapes.ms", mx.zeros(3)) == text


def test_a_second_reveal_keeps_the_first_date(says):
    journal.record("exercises", "shapes.row_sums", revealed="2026-01-01")
    says(reveal, "row_sums", sure=True)
    assert entry()["revealed"] == "2026-01-01"


def test_a_guess_that_is_no_number_and_no_word(says):
    assert (
        says(predict, "shapes.ms", [1, 2]) == "A guess is a number or a word, and yours is a list."
    )
    assert says(predict, "shapes.ms").startswith("`predict` cannot be called like this")


# -- progress


def test_progress_counts_passes_and_names_what_comes_next(says):
    one, other = (lesson.names for lesson in catalog.lessons())

    def shows():
        title, _, *rows, following, place = says(progress).splitlines()
        assert title == "Your progress"
        assert place == f"Kept in `{journal.path()}`"
        return [row.split() for row in rows], following

    rows, following = shows()
    nothing = ["01_layers", "0", "of", str(len(other))]
    assert rows == [["00_shapes", "0", "of", str(len(one))], nothing]
    assert following == "Next: row_sums in exercises/00_shapes.ipynb."
    says(check, "row_sums", row_sums)
    says(reveal, "scaled_rows", sure=True)
    rows, following = shows()
    assert rows == [["00_shapes", "1", "of", str(len(one)), "1"], nothing]
    assert following == "Next: scaled_rows in exercises/00_shapes.ipynb."
    for id in [f"shapes.{name}" for name in one] + [f"layers.{name}" for name in other]:
        journal.record_check(id, "passed", ())
    assert shows()[1] == "Everything here is passed."


def test_a_damaged_progress_file_is_said_by_every_verb(says):
    for verb, args in (
        (check, ("row_sums", row_sums)),
        (hint, ("row_sums",)),
        (reveal, ("row_sums", True)),
        (predict, ("shapes.ms", 3)),
        (measured, ("shapes.ms", 3)),
        (progress, ()),
    ):
        journal.path().parent.mkdir(exist_ok=True)
        journal.path().write_text("damaged")
        assert "Your progress file was damaged." in says(verb, *args), verb.__name__


# -- the same words as text and as HTML


def plain(text):
    return re.sub(r"[`\s]", "", text)


def words_of(card):
    """What a card's HTML says, and that it says it in a way that JupyterLab keeps."""
    assert not re.search(r"<(style|script|svg|img)|var\(--|class=|\bid=", card)
    for style in re.findall(r'style="([^"]*)"', card):
        names = {part.split(":")[0].strip() for part in style.split(";")}
        assert names <= {"border-left", "background-color", "padding", "margin"}
    assert set(re.findall(r"</?(\w+)", card)) <= {"div", "p", "pre", "b", "code"}
    return plain(html.unescape(re.sub(r"</?(div|p|pre|b|code)[^>]*>", "", card)))


def text_of(lines, capsys):
    capsys.readouterr()
    display.show(lines)
    return capsys.readouterr().out.rstrip("\n")


@pytest.mark.parametrize("status", list(Status))
def test_a_verdict_has_the_same_words_as_text_and_as_html(capsys, status):
    verdict = Verdict(
        "row_sums",
        status,
        "Your line 3: `return x ** 2 + y ** 2 if a < b & c else x**2 * y**2`\nand a second line",
        ("Python says: TypeError: unsupported operand type(s) for ** or pow(): 'list' and 'int'",
         "y: yours 'a**b, c**d', expected '<b>&amp;</b>'."),
        "What is special about *row 1*?",
        cases=2,
        printed="    indented **twice**\n<script>alert(1)</script>\n\n`end`",
        notes=("mx.eval had been replaced.",),
    )  # fmt: skip
    lines = display.verdict_lines(verdict)
    text, card = text_of(lines, capsys), display.card(lines, display.COLOURS[status])
    assert words_of(card) == plain(text)
    assert text.startswith(f"{status.heading} · row_sums")
    for kept in (
        "`return x ** 2 + y ** 2 if a < b & c else x**2 * y**2`",
        "for ** or pow()",
        "'a**b, c**d'",
        "'<b>&amp;</b>'",
        "    indented **twice**\n",
        "<script>alert(1)</script>",
    ):
        assert kept in text
    assert ("It is not counted." in text) == (status is Status.UNAVAILABLE)
    assert ("2 cases" in text) == (status is Status.PASSED)


def test_every_status_has_words_of_its_own():
    titles = [status.heading for status in Status]
    assert len(set(titles)) == len(titles) == len(Status)


def test_bold_words_are_bold_and_code_is_code():
    card = display.card(["**Measured: 5 ms**. See `x**2` and **more**: 2**3**4"])
    assert re.findall("<b>(.*?)</b>", card) == ["Measured: 5 ms", "more"]
    assert re.findall("<code>(.*?)</code>", card) == ["x**2"]
    assert card.count("2**3**4") == 1


def test_long_output_ends_with_how_much_is_left():
    verdict = Verdict("row_sums", Status.PASSED, printed="\n".join(map(str, range(100))))
    lines = display.verdict_lines(verdict)
    assert lines[-2:] == ["    19", "    … and 80 more lines"]


# -- in a kernel


CELLS = """
from course import check, hint, progress
---
# the first try
check("row_sums", row_sums)  # of mine
---
print("row_sums" in globals())
---
def row_sums(x):
    return x.sum(axis=0) ** 1
check("row_sums", row_sums)
---
def check(*args):
    return "mine"
---
check("row_sums", row_sums)
---
check("shapes.row_sums")
---
def row_sums(x):
    y = x * 2

    return x @ y
---
check(row_sums)
---
import mlx.core as mx
own, mx.eval = mx.eval, print
check("identity_bytes", 64)
print(mx.eval is print)
mx.eval = own
---
def row_sums(x):
    return 1 /
---
check("scaled_rows", scaled_rows)
---
hint("row_sums"); progress()
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The cells above, run in one kernel: for each its outputs, a list of {type: text}."""
    cells = [cell.strip() for cell in CELLS.split("---")]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with toy_course.kernels(LESSONS), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLX_COURSE_HOME", str(tmp_path_factory.mktemp("home")))
        nbclient.NotebookClient(made, kernel_name="python3", allow_errors=True).execute()
    return [[dict(out.get("data") or {"text/plain": out.get("text") or out.get("evalue")})
             for out in cell.outputs] for cell in made.cells]  # fmt: skip


def shown(outputs):
    return [output["text/plain"] for output in outputs]


def test_a_check_before_its_answer_is_a_sentence_and_leaves_no_name(ran):
    (text,) = shown(ran[1])
    assert text.startswith("Not started · row_sums. This notebook does not know that name yet: run")
    assert shown(ran[2]) == ["False\n"]


def test_a_check_in_a_kernel_is_a_card(ran):
    (output,) = ran[3]
    assert output["text/plain"].startswith("Not yet · row_sums. You have ")
    assert words_of(output["text/html"]) == plain(output["text/plain"])


def test_a_redefined_check_is_put_back_and_said(ran):
    said, verdict = shown(ran[5])
    assert said == "`check` had been redefined in this notebook; it is the course's again."
    assert verdict.startswith("Not yet · row_sums.")


def test_the_name_alone_finds_the_answer_with_or_without_its_lesson(ran):
    assert shown(ran[6])[0].startswith("Not yet · row_sums.")


def test_a_crash_shows_the_line_of_the_cell(ran):
    (text,) = shown(ran[8])
    assert text.startswith("It stopped · row_sums. Your line 4: `return x @ y`\nMLX says: [matmul]")


def test_a_patched_function_is_noted_and_stays_the_notebooks(ran):
    verdict, stays = shown(ran[9])
    assert "mx.eval had been replaced in this notebook; the check used MLX's own." in verdict
    assert stays == "True\n"


def test_a_cell_that_did_not_run_is_spoken_of(ran):
    assert shown(ran[10]) == ["invalid syntax (" + shown(ran[10])[0].partition("(")[2]]
    assert "If it ended in an error, that error comes first." in shown(ran[11])[0]


def test_every_card_in_the_kernel_says_the_same_as_its_text(ran):
    cards = [data for outputs in ran for data in outputs if "text/html" in data]
    assert len(cards) > 5
    for data in cards:
        assert words_of(data["text/html"]) == plain(data["text/plain"])


def test_a_terminal_gets_text():
    code = (
        "from course import check\nrow_sums = lambda x: x.sum(axis=1)\n"
        "check('row_sums')\ncheck('row_sums', row_sums)"
    )
    with toy_course.kernels(LESSONS):  # IPython in a terminal starts as it does in a kernel
        command = [sys.executable, "-m", "IPython", "--no-banner", "-c", code]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.count("Passed · row_sums · 2 cases.") == 2, done.stdout + done.stderr
    assert "<div" not in done.stdout


def test_a_cell_that_does_more_than_check_is_left_alone(monkeypatch):
    shell = types.SimpleNamespace(user_ns={"check": "mine"})
    monkeypatch.setattr(output, "shell", lambda: shell)
    for cell in ('check("row_sums", row_sums)\nx = 1', "check(row_sums)", "", "check (1)"):
        cells.before(cell, check)
        assert shell.user_ns == {"check": "mine"}


def test_progress_is_plain_json(says):
    says(check, "row_sums", row_sums)
    assert json.loads(journal.path().read_text())["version"] == journal.VERSION
