"""The home notebook: what comes next and why, a map that is read aloud as it is seen, no widget."""

import json
import re
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from course.content import catalog, syllabus
from course.learner import copies, home, journal, orders

LESSONS = catalog.lessons()


def passed(*ids: str) -> None:
    for id in ids:
        journal.record_check(id, "passed", ())


def all_of(lesson: catalog.Lesson) -> list[str]:
    return [f"{lesson.slug}.{name}" for name in lesson.names]


def following() -> tuple[str, str, str]:
    return home.following(journal.read()[0], LESSONS)


# -- what comes next, and why ----------------------------------------------------------------------
def test_at_first_it_is_the_first_lesson() -> None:
    address, name, why = following()
    assert (address, name) == ("00_start.ipynb", "Lesson 00, Start (25 minutes)")
    assert why == "it needs nothing before it."


def test_a_lesson_that_was_begun_leads_to_its_exercises() -> None:
    journal.record("predictions", "start.matmul_gflops", guess=3)
    address, name, why = following()
    assert address == "../exercises/00_start.ipynb"
    assert name == "Exercises of lesson 00, Start"
    assert "begun" in why


def test_after_some_it_is_the_next_one() -> None:
    passed("start.row_means")
    address, name, why = following()
    assert address == "../exercises/00_start.ipynb"
    assert name.startswith("as_column, in the exercises of lesson 00")
    assert "1 of 5 are done" in why


def test_one_that_failed_comes_first_with_a_hint() -> None:
    passed("start.row_means")
    journal.record_check("start.copy_bandwidth", "wrong", ("read_only",))
    _, name, why = following()
    assert name.startswith("copy_bandwidth,")
    assert 'hint("copy_bandwidth")' in why


def test_after_a_lesson_comes_the_next_with_what_it_builds_on() -> None:
    passed(*all_of(LESSONS[0]))
    address, _, why = following()
    assert address == "01_unified_memory.ipynb"
    assert why == "it builds on lesson 00, and comes next in order."


def test_what_this_machine_cannot_run_is_not_waited_for() -> None:
    for lesson in LESSONS:
        passed(*all_of(lesson)[1:])
        journal.record_check(all_of(lesson)[0], "unavailable", ())
    address, name, _ = following()
    assert (address, name) == ("", "Everything that runs here is passed")


# -- the map ---------------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_map_has_header_cells_links_and_words() -> None:
    passed("start.row_means", "start.as_column")
    made = home.pictures()
    html, text = made["text/html"], made["text/plain"]
    assert html.count('<th scope="col"') == 5
    assert html.count('<th scope="row"') == len(LESSONS)
    assert re.findall(r"<h2>(.*?)</h2>", html) == ["What next", "The lessons"]
    assert '<td style="text-align:left">lessons 02 and 03; on a CPU it needs a C++' in html
    assert "2 of 5 passed" in html and "2 of 5 passed" in text
    assert f"not begun, {len(all_of(LESSONS[1]))} exercises" in html
    assert not re.search(r"<(script|style|svg)|color", html)
    shipped = copies.shipped() / "notebooks"
    links = re.findall(r'href="([^"]+)"', html)
    assert len(links) == 1 + len(LESSONS)
    for link in links:
        assert (shipped / link).resolve().is_file()
    for word in re.sub(r"<[^>]+>", " ", html).split():
        assert word.strip(".,:") in text.replace("`", ""), "the same words both ways"


def test_what_does_not_run_here_is_said_in_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    from course import machine

    monkeypatch.setitem(machine.NEEDS, "compile", (lambda: False, "needs a compiler."))
    html = home.pictures()["text/html"]
    assert re.search(r"\d+ of \d+ exercises do not run", html)
    assert "An exercise that needs a compiler." in html


def test_without_mlx_there_is_still_a_map(monkeypatch: pytest.MonkeyPatch) -> None:
    import course

    monkeypatch.delattr(course, "machine", raising=False)
    monkeypatch.setitem(sys.modules, "course.machine", None)
    made = home.pictures()["text/html"]
    assert made.count("MLX is missing") == len(LESSONS)
    assert "<code>mlx-course doctor</code> says why" in made


def test_progress_from_a_newer_course_is_said_and_left() -> None:
    file = journal.path()
    file.parent.mkdir()
    file.write_text('{"version": 99}')
    made = home.pictures()["text/plain"]
    assert "newer version of the course" in made
    assert file.read_text() == '{"version": 99}'


# -- the file --------------------------------------------------------------------------------------
def test_lab_brings_the_saved_map_up_to_date(tmp_path: Path) -> None:
    copies.start(tmp_path / "mine")
    path = tmp_path / "mine/notebooks/index.ipynb"
    passed("start.row_means")
    home.refresh(path)
    cells = json.loads(path.read_text())["cells"]
    (output,) = next(cell for cell in cells if cell["cell_type"] == "code")["outputs"]
    assert "1 of 5 passed" in output["data"]["text/html"]
    assert copies.start(tmp_path / "mine") == [], "a map is no change of the learner's"


@pytest.mark.parametrize("text", ["", "[]", '{"cells": 3}', '{"cells": [{}]}'])
def test_an_odd_home_notebook_stays_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "index.ipynb"
    path.write_text(text)
    home.refresh(path)
    home.refresh(tmp_path / "gone.ipynb")
    assert path.read_text() == text
    assert [x.name for x in tmp_path.glob("index*")] == ["index.ipynb"]


def test_a_home_cell_that_the_learner_changed_gets_no_output(tmp_path: Path) -> None:
    copies.start(tmp_path / "mine")
    path = tmp_path / "mine/notebooks/index.ipynb"
    path.write_text(path.read_text().replace("course.home.show()", "print(1)"))
    home.refresh(path)
    assert all(not cell.get("outputs") for cell in json.loads(path.read_text())["cells"])


# -- reading orders --------------------------------------------------------------------------------
def test_reading_orders_name_lessons_that_are_there_or_planned() -> None:
    known = {lesson.slug: lesson for lesson in LESSONS}
    planned = {line.split()[1] for line in syllabus.data("teaching")["coming"]}
    orders = syllabus.data("orders")["order"]
    assert {"PyTorch", "JAX", "NumPy", "one hour"} <= {
        word for order in orders for word in ("PyTorch", "JAX", "NumPy", "one hour")
        if word in order["who"]
    }  # fmt: skip
    for step in (step for order in orders for step in order["steps"]):
        assert step["lesson"] in known.keys() | planned
        if until := step.get("until"):
            titles = [part.title for part in syllabus.read(known[step["lesson"]]).sections]
            assert until in titles


def test_the_one_hour_fits_into_an_hour() -> None:
    (hour,) = (x for x in syllabus.data("orders")["order"] if "one hour" in x["who"])
    known = {lesson.slug: lesson for lesson in LESSONS}
    minutes = sum(
        orders.minutes_until(syllabus.read(known[step["lesson"]]), step["until"])
        for step in hour["steps"]
    )
    named = re.findall(r"`(\w+)`", hour["says"])
    assert len(named) == 2
    assert minutes + sum(catalog.find(name).minutes for name in named) <= 60


def test_the_static_part_has_headings_and_links_that_lead_somewhere() -> None:
    text = "\n\n".join(text for kind, text in home.texts() if kind == "markdown")
    tokens = MarkdownIt().parse(text)
    levels = [token.tag for token in tokens if token.type == "heading_open"]
    assert levels[0] == "h1" and levels.count("h1") == 1 and "h3" in levels
    links = [
        child.attrs["href"]
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open"
    ]
    assert links
    for link in links:
        assert (copies.shipped() / "notebooks" / str(link)).is_file()


def test_a_lesson_of_an_order_that_is_not_written_is_named() -> None:
    said = "\n".join(orders.orders(LESSONS[:1]))
    assert "Then, once they are written: lazy_graphs, transforms" in said
    assert "01_unified_memory" not in said
