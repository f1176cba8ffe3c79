"""The run-sheet fits by its own data, says what it does not know, and expects real mistakes."""

import itertools
import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from course import cli
from course.content import catalog, syllabus
from course.errors import UserError
from course.workshop import markdown, plan, run_sheet, teacher_page

LESSONS = catalog.lessons()
WORKSHOP = "00,01,02,05"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["plan", *arguments])
    if isinstance(result.exception, UserError):
        return 1, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


# -- what a lesson says of itself ------------------------------------------------------------------
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lessons_statements_are_read(lesson: catalog.Lesson) -> None:
    facts, text = syllabus.read(lesson), lesson.text.read_text()
    assert f"**{facts.minutes} minutes · {facts.machine}" in text
    assert facts.goal in text
    assert all(f"# ## {section.title}" in text for section in facts.sections)
    assert facts.sections[-1].title == syllabus.KEEP
    assert sum(section.minutes for section in facts.sections) == pytest.approx(facts.minutes)
    assert facts.keep and all(point in text for point in facts.keep)
    assert set(facts.before) < {other.number for other in LESSONS}


def test_a_section_weighs_by_its_words(tmp_path: Path) -> None:
    text = """# %% [markdown]
# # 03 · Words
# **After this lesson you can** count.
#
# **20 minutes · on a CPU it needs `g++` · needs lessons 01 and 02**
# ## Long
# one two three four five six seven eight nine ten eleven
# %%
a = b
# %% [markdown]
# ## Short
# - one two
"""
    (tmp_path / "lesson.py").write_text(text)
    facts = syllabus.read(catalog.Lesson("03", "words", tmp_path))
    assert (facts.title, facts.before) == ("Words", ("01", "02"))
    assert facts.machine == "on a CPU it needs `g++`"
    long, short = facts.sections
    assert long.minutes + short.minutes == pytest.approx(20)
    assert long.minutes > 5 * short.minutes, "the head's words belong to the first"


@pytest.mark.parametrize(
    ("old", "says"), [("**After this", "no line such as"), ("minutes", "**45 minutes · runs on")]
)
def test_a_lesson_without_a_statement_is_a_sentence(tmp_path: Path, old: str, says: str) -> None:
    text = LESSONS[0].text.read_text().replace(old, "x")
    (tmp_path / "lesson.py").write_text(text)
    with pytest.raises(UserError, match=re.escape(says)):
        syllabus.read(catalog.Lesson("00", "start", tmp_path))


# -- the data files --------------------------------------------------------------------------------
def test_the_teaching_order_names_what_there_is() -> None:
    rows = syllabus.data("teaching")
    for lesson in LESSONS:
        there = {part.title for part in syllabus.read(lesson).sections}
        for row in rows.get(lesson.slug, []):
            assert row[0] in there
            assert set(row[1:]) <= set(lesson.names)
    numbers = {line.split()[0]: line.split()[1] for line in rows["coming"]}
    for lesson in LESSONS:
        assert numbers.get(lesson.number, lesson.slug) == lesson.slug


@pytest.mark.slow
def test_the_questions_belong_to_mistakes_that_there_are() -> None:
    for name, asked in syllabus.data("questions").items():
        known = {wrong.name for wrong in catalog.find(name).misconceptions}
        assert asked.keys() <= known
        assert all(question.endswith("?") for question in asked.values())


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_every_mistake_has_a_question_to_ask_before_it_is_made(lesson: catalog.Lesson) -> None:
    for exercise in catalog.exercises(lesson):
        for wrong in exercise.misconceptions:
            asked = syllabus.question(exercise, wrong)
            assert asked and "{" not in asked
            assert syllabus.first(wrong.sentence) in syllabus.shown(wrong.sentence)


# -- the plan --------------------------------------------------------------------------------------
@pytest.mark.parametrize("asked", ["", WORKSHOP, "start", "compile"])
@pytest.mark.parametrize("minutes", [30, 60, 90, 120, 180, 240, 480])
def test_a_plan_fits_by_its_own_data(minutes: int, asked: str) -> None:
    made = plan.plan(minutes, asked)
    rows = plan.timetable(made)
    assert rows[0][0] == 0
    for (at, length, *_), (following, *_) in itertools.pairwise(rows):
        assert following == at + length
    assert rows[-1][0] + rows[-1][1] == made.used <= minutes
    pauses = [at for at, _, _, what in rows if what == "Break"]
    assert len(pauses) == made.breaks
    for begun, ended in itertools.pairwise([0, *pauses, made.used]):
        assert ended - begun < 115, "nobody listens for two hours"
    for share in made.shares:
        for item in share.chosen:
            if item.exercise:
                assert item.minutes == item.exercise.minutes
        assert len({item.name for item in share.items}) == len(share.items)
        names = {part.title for part in share.facts.sections} | set(share.lesson.names)
        assert {item.name for item in share.items} == names


def test_every_lesson_of_three_hours_has_a_part_and_an_exercise() -> None:
    made = plan.plan(180, WORKSHOP)
    assert [share.lesson.number for share in made.shares] == ["00", "01", "02", "05"]
    for share in made.shares:
        assert any(item.exercise for item in share.chosen)
        assert any(not item.exercise for item in share.chosen)
    assert 180 - made.used < 20


def test_an_exercise_follows_its_section() -> None:
    (share,) = plan.plan(120, "lazy_graphs").shares
    names = [item.name for item in share.chosen]
    assert names.index("train_loop") == names.index("When to evaluate") + 1
    titles = [item.name for item in share.chosen if not item.exercise]
    order = [part.title for part in share.facts.sections]
    assert titles == sorted(titles, key=order.index)


def test_a_lesson_that_is_not_written_is_said_and_gets_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(syllabus, "coming", lambda: {"97": "not_yet"})
    code, said = run("--lessons", "00,97")
    assert code == 0
    assert "**Lesson 97 not_yet is not written yet.**" in said
    assert said.count("97") == 1
    assert run("--lessons", "0,not_yet")[1] == said, "a name does as well"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--lessons", "lazy_grafs"), 'no lesson "lazy_grafs". Did you mean lazy_graphs? There'),
        (("--lessons", "96"), "96 decide is not written yet. There are: 00 start"),
        (("--lessons", "77"), 'There is no lesson "77". There are: 00 start'),
        (("--minutes", "5"), "--minutes is 5; a run-sheet has 30 to 480"),
        (("--minutes", "-90"), "--minutes is -90"),
        (("--bench", "gone.json"), "gone.json: No such file"),
    ],
)
def test_what_cannot_be_planned_is_a_sentence(
    arguments: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syllabus, "coming", lambda: {"96": "decide"})
    code, said = run(*arguments)
    assert code == 1
    assert says in said


@pytest.mark.parametrize("text", ["", "[]", '{"lessons": {}}', '{"lessons": {"00_start": {}}}'])
def test_a_file_that_is_not_benchs_is_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bench.json"
    path.write_text(text)
    code, said = run("--bench", str(path))
    assert code == 1
    assert said.startswith(f"{path} is no file of `mlx-course bench`")


def test_compute_and_memory_are_benchs_with_machine_and_date(tmp_path: Path) -> None:
    found = syllabus.measured()
    found = found | {"machine": "A loom, 3 cores", "date": "1804-03-02"}
    found["lessons"] = {"00_start": {"seconds": 7.4, "peak bytes": 123e6}}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(found))
    said = run("--lessons", "00,02", "--bench", str(path))[1]
    assert "| 7 s | 123 MB |" in said
    assert "| not measured yet | not measured yet |" in said
    assert "A loom, 3 cores" in said and "1804-03-02" in said


def test_what_needs_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No exercise of this plan needs a GPU." in run("--lessons", "00")[1]
    monkeypatch.setattr(catalog.find("row_means"), "needs", ("gpu",))
    said = run("--lessons", "00")[1]
    assert "These need a GPU: `row_means` (gpu)." in said
    assert "gpu: 1 of 5 exercises" in said


def test_what_is_left_out_when_late_is_the_least_needed() -> None:
    (share,) = plan.plan(90, "lazy_graphs").shares
    taken = [item for item in share.items[: share.taken] if item.name != syllabus.KEEP]
    assert plan.late(share).startswith(
        f"`{taken[-1].name}`" if taken[-1].exercise else f"“{taken[-1].name}”"
    )
    made = plan.plan(30, "00,01,02,03,04,05")
    said = run_sheet.text(made)
    for share in made.shares:
        if not share.taken:
            assert f"{share.lesson.number} · {share.facts.title}" in said.split("Planned:")[0]


# -- the papers ------------------------------------------------------------------------------------
def test_the_run_sheet_asks_about_each_mistake_of_its_exercises() -> None:
    made = plan.plan(180, WORKSHOP)
    said = run_sheet.text(made)
    for share in made.shares:
        for item in share.chosen:
            for wrong in item.exercise.misconceptions if item.exercise else ():
                asked = syllabus.question(item.exercise, wrong)
                assert asked.replace("|", "\\|").replace("**", "\\*\\*") in said


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_teachers_page_has_goals_mistakes_and_ideas(lesson: catalog.Lesson) -> None:
    said = teacher_page.text(lesson, syllabus.measured())
    facts = syllabus.read(lesson)
    assert facts.goal in said and all(point in said for point in facts.keep)
    for exercise in catalog.exercises(lesson):
        assert exercise.praise.replace("|", "\\|") in said
        for wrong in exercise.misconceptions:
            assert syllabus.shown(wrong.sentence).replace("**", "\\*\\*") in said


def test_papers_are_written_as_markdown_and_as_whole_pages(tmp_path: Path) -> None:
    code, said = run("--lessons", WORKSHOP, "--out", str(tmp_path / "papers"))
    assert code == 0
    names = ["run-sheet", *(f"teacher_{x.stem}" for x in LESSONS if x.number in WORKSHOP)]
    files = sorted(path.name for path in (tmp_path / "papers").iterdir())
    assert files == sorted(f"{name}.{kind}" for name in names for kind in ("md", "html"))
    assert said.count("wrote ") == len(files)
    for name in names:
        page = (tmp_path / "papers" / f"{name}.html").read_text()
        text = (tmp_path / "papers" / f"{name}.md").read_text()
        assert page.startswith('<!doctype html>\n<html lang="en">') and page.count("<h1>") == 1
        assert page.count('<th scope="col">') > 3 and "<th>" not in page
        assert "<script" not in page and "http" not in re.sub(r"<p>.*?</p>", "", page)
        assert "|---" not in page and "| ---" not in page, "every table is one"
        heads = [t.content for t in MarkdownIt().parse(text) if t.level == 1 and t.tag == ""]
        assert all(head.count("<") == 0 for head in heads[:1])


def test_papers_that_cannot_be_written_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "papers").write_text("a letter")
    code, said = run("--out", str(tmp_path / "papers"))
    assert code == 1
    assert said.endswith("File exists.")
    assert (tmp_path / "papers").read_text() == "a letter"


def test_angle_brackets_in_a_lesson_stay_words() -> None:
    assert "&lt;script&gt;" in markdown.page("# One\n\n<script>x</script>\n")


def test_in_half_an_hour_a_lesson_has_an_exercise_or_no_place() -> None:
    made = plan.plan(30, "")
    assert any(share.taken for share in made.shares)
    for share in made.shares:
        assert not share.taken or any(item.exercise for item in share.chosen)
    assert "**No room for** " in run_sheet.text(made)
    assert run("--lessons", " , ") == run()


def test_a_lesson_that_builds_on_one_outside_the_plan_says_so() -> None:
    assert "**05 · Models with mlx.nn builds on 03**, which" in run("--lessons", "00,05")[1]
    assert "builds on 03**" not in run("--lessons", "00,02,03,05", "--minutes", "480")[1]


def test_a_power_is_not_bold() -> None:
    said = markdown.page(teacher_page.text(LESSONS[0], syllabus.measured()))
    assert "in GiB/s, of 2**30 bytes" in said
