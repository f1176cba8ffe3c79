"""A learner's first minutes in JupyterLab, in a real browser: a known mistake, then the answer.

The learner types, presses Shift-Enter and reads; nothing is done behind the page's back, except
that the notebook is once changed on disk to make its saved outputs untrusted.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright
from test_lab import Served, serving

from course import machine, published, roofline
from course.checking.verdict import Status
from course.content import catalog, source
from course.learner import display

pytestmark = pytest.mark.slow

LESSON, EXERCISE, MISCONCEPTION = "02_lazy_graphs", "train_loop", "never_eval_loop"
WRONG = """\
def train_loop(grad, update, w, batches):
    for x in batches:
        w = update(w, grad(w, x))
    return w"""
RIGHT = """\
def train_loop(grad, update, w, batches):
    for x in batches:
        w = update(w, grad(w, x))
        mx.eval(w)
    return w"""

MODELS, MACHINES = published.models(), published.machines()
SECONDS = 60  # until something that should appear is called missing; no test waits for it
# Whatever opens over a notebook, at any moment of a page's life, is told to the test.
WATCH = """
new MutationObserver(changes => {
  for (const {addedNodes} of changes)
    for (const node of addedNodes) {
      const found = node.closest?.('.jp-Dialog, .Toastify__toast')
        ?? node.querySelector?.('.jp-Dialog, .Toastify__toast');
      if (found) inTheWay(found.innerText);
    }
}).observe(document, {childList: true, subtree: true});
"""
LOOK = """card => {
  const {borderLeftWidth, borderLeftColor, backgroundColor, paddingLeft} = getComputedStyle(card);
  return [borderLeftWidth, borderLeftColor, backgroundColor, paddingLeft];
}"""


class Notebook:
    """A notebook in JupyterLab, as a person uses it: keys, clicks, reading."""

    def __init__(self, page: Page, path: str):
        self.page, self.path = page, path
        self.ran = 0

    def ready(self) -> None:
        """Wait for the kernel.

        JupyterLab calls a notebook idle before its kernel is connected, and asks for a kernel in
        a dialog if a cell is run then; the server knows better.
        """
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook").wait_for()
        self.page.wait_for_function(
            """async path => (await (await fetch('/api/sessions')).json()).some(
                 ({path: here, kernel}) => here === path
                   && kernel.execution_state === 'idle' && kernel.connections > 0)""",
            arg=self.path,
        )
        expect(self.page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()

    def cell(self, text: str) -> Locator:
        """The code cell in whose source this stands."""
        editor = self.page.locator(".jp-InputArea-editor", has_text=text)
        return self.page.locator(".jp-CodeCell", has=editor)

    def enter(self, cell: Locator) -> None:
        cell.locator(".cm-content").click()

    def write(self, text: str) -> None:
        """Replace what the cell with the cursor holds."""
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)  # typed letter by letter, the editor would indent

    def run(self, cell: Locator) -> None:
        """Shift-Enter, which goes on to the next cell; wait until this one is done."""
        self.page.keyboard.press("Shift+Enter")
        self.ran += 1
        expect(cell.locator(".jp-InputPrompt")).to_have_text(f"[{self.ran}]:")

    def run_new(self, text: str) -> Locator:
        """Make a cell below the one that is selected, and run it. Returns what it shows."""
        for key in ("Escape", "b", "Enter"):
            self.page.keyboard.press(key)
        self.write(text)
        made = self.cell(text)
        self.run(made)
        return self.card(made)

    def answer(self, text: str) -> Locator:
        """Write an answer to the exercise, run it and the check below it. Returns the verdict."""
        stub, check = self.cell(f"def {EXERCISE}("), self.cell(f'check("{EXERCISE}"')
        self.enter(stub)
        self.write(text)
        self.run(stub)
        self.run(check)
        return self.card(check)

    def card(self, cell: Locator) -> Locator:
        return cell.locator(".jp-OutputArea-output > div")

    def save(self) -> None:
        self.page.keyboard.press("ControlOrMeta+s")
        expect(self.page.locator(".jp-mod-dirty")).to_have_count(0)


@contextmanager
def browser_page(picture: Path, **options: object) -> Iterator[tuple[Page, list[str], list[str]]]:
    """A page of a headless Chromium, what opened over it, and what went wrong in its scripts.

    An error inside the block leaves a picture of the page and says where.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium has no sandbox for root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=machine.chromium(), args=["--no-sandbox"] if root else []
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900}, **options)
        page.set_default_timeout(SECONDS * 1000)
        expect.set_options(timeout=SECONDS * 1000)
        opened: list[str] = []
        errors: list[str] = []
        page.expose_function("inTheWay", lambda words: opened.append(words))
        page.add_init_script(WATCH)
        page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.accept()))
        page.on("pageerror", lambda error: errors.append(str(error)))
        try:
            yield page, opened, errors
        except Exception as error:
            page.screenshot(path=picture)
            error.add_note(f"What the browser showed: {picture}")
            raise
        finally:
            browser.close()


def open_exercises(page: Page, served: Served) -> Notebook:
    notebook = Notebook(page, f"exercises/{LESSON}.ipynb")
    page.goto(f"{served.base}/lab/tree/{notebook.path}?token={served.token}")
    notebook.ready()
    first = notebook.cell("import course")
    notebook.enter(first)
    notebook.run(first)
    return notebook


def words(text: str) -> str:
    return " ".join(text.split())


def written(sentence: str) -> re.Pattern[str]:
    """How a verdict with a misconception's sentence begins on a page: filled in, no backquotes."""
    text = f"Not yet · {EXERCISE}. {words(sentence)}".replace("`", "")
    return re.compile(".+?".join(map(re.escape, re.split(r"\{[^}]*\}", text))))


def colour(status: Status) -> str:
    """A status's colour as a browser gives it back."""
    code = display.COLOURS[status]
    return f"rgb({', '.join(str(int(code[i : i + 2], 16)) for i in (1, 3, 5))})"


@pytest.mark.needs("chromium")
def test_a_known_mistake_is_diagnosed_and_the_answer_passes(tmp_path: Path) -> None:
    home, mine = tmp_path / "home", tmp_path / "mine"
    lesson = next(lesson for lesson in catalog.lessons() if lesson.stem == LESSON)
    exercise = catalog.find(EXERCISE)
    known = {wrong.name: wrong.sentence for wrong in exercise.misconceptions}
    with (
        serving(mine, home) as served,
        browser_page(tmp_path / "failed.png") as (page, opened, errors),
    ):
        notebook = open_exercises(page, served)

        verdict = notebook.answer(WRONG)
        assert written(known[MISCONCEPTION]).match(words(verdict.inner_text()))
        width, border, *_ = verdict.evaluate(LOOK)
        assert (width, border) == ("4px", colour(Status.WRONG))

        verdict = notebook.answer(RIGHT)
        expect(verdict).to_contain_text("Passed")
        assert words(exercise.praise) in words(verdict.inner_text())
        fresh = verdict.evaluate(LOOK)
        assert fresh[:2] == ["4px", colour(Status.PASSED)]

        table = notebook.run_new("progress()").locator("pre")
        row = rf"^{LESSON} +1 of {len(lesson.names)}$"
        assert re.search(row, table.inner_text(), re.MULTILINE)
        shown = notebook.run_new(f'reveal("{EXERCISE}")').locator("pre").first
        assert shown.text_content() == source.read(lesson, EXERCISE).solution()

        # What was saved looks the same, trusted or not.
        notebook.save()
        page.reload()
        notebook.ready()
        assert verdict.evaluate(LOOK) == fresh
        file = mine / notebook.path
        saved = json.loads(file.read_text(encoding="utf-8"))
        saved["metadata"]["changed"] = "by another program: JupyterLab trusts it no more"
        file.write_text(json.dumps(saved), encoding="utf-8")
        page.reload()
        notebook.ready()
        expect(page.locator(".jp-StatusItem-trust")).to_have_attribute(
            "title", re.compile("not trusted")
        )
        expect(verdict).to_contain_text("Passed")
        assert verdict.evaluate(LOOK) == fresh

        assert (opened, errors) == ([], [])
    entry = json.loads((home / "progress.json").read_text())["exercises"][exercise.id]
    assert entry["passed"]
    assert (entry["checks"], entry["misconceptions"]) == (2, {MISCONCEPTION: 1})


def tab(page: Page, name: str) -> Locator:
    return page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel", has_text=name)


@pytest.mark.needs("chromium")
def test_the_home_notebook_leads_to_a_lesson_and_shows_what_was_passed(tmp_path: Path) -> None:
    home, mine = tmp_path / "home", tmp_path / "mine"
    with (
        serving(mine, home) as served,
        browser_page(tmp_path / "failed.png") as (page, opened, errors),
    ):
        # The map is there before anything is run, and by role: header cells, headings, links.
        page.goto(f"{served.base}{served.path}?token={served.token}")
        index = Notebook(page, "notebooks/index.ipynb")
        index.ready()
        shown = page.locator(".jp-OutputArea-output", has=page.locator("table"))
        expect(shown.get_by_role("columnheader", name="Your progress")).to_be_visible()
        row = shown.get_by_role("row", name=re.compile("^00 · Start"))
        expect(row.get_by_role("rowheader")).to_have_text("00 · Start")
        expect(row).to_contain_text("not begun, 5 exercises")
        expect(shown.get_by_role("heading", name="What next")).to_be_visible()
        expect(shown.get_by_role("paragraph").first).to_contain_text("Lesson 00, Start")

        # By keyboard to the lesson, and an exercise of it.
        row.get_by_role("link").focus()
        page.keyboard.press("Enter")
        expect(tab(page, "00_start.ipynb")).to_be_visible()
        lesson = Notebook(page, "notebooks/00_start.ipynb")
        lesson.ready()
        first = lesson.cell("import importlib.metadata")
        lesson.enter(first)
        lesson.run(first)
        answer = "check('row_means', lambda x: x.mean(axis=1))"
        expect(lesson.run_new(answer)).to_contain_text("Passed")

        # Home again: the progress has changed, and so has what comes next.
        tab(page, "index.ipynb").click()
        cell = index.cell("course.home.show()")
        index.enter(cell)
        index.run(cell)
        expect(row).to_contain_text("1 of 5 passed")
        following = shown.get_by_role("paragraph").first
        expect(following).to_contain_text("as_column, in the exercises of lesson 00")
        following.get_by_role("link").click()
        page.wait_for_url("**/exercises/00_start.ipynb*")

        assert (opened, errors) == ([], [])


@pytest.mark.needs("chromium")
def test_the_explorer_of_lesson_12_answers_to_its_controls(tmp_path: Path) -> None:
    home, mine = tmp_path / "home", tmp_path / "mine"
    with (
        serving(mine, home) as served,
        browser_page(tmp_path / "failed.png") as (page, opened, errors),
    ):
        notebook = Notebook(page, "notebooks/12_performance.ipynb")
        page.goto(f"{served.base}/lab/tree/{notebook.path}?token={served.token}")
        notebook.ready()
        for text in ("import course", "models, machines =", "here = roofline", "def explore("):
            cell = notebook.cell(text).first
            notebook.enter(cell)
            notebook.run(cell)
        cell = notebook.cell("widgets.explorer(")
        notebook.enter(cell)
        notebook.run(cell)

        said = cell.locator(".widget-html-content")
        expect(said).to_contain_text("fits: 4.52 GB of weights and 1.07 GB of cache")

        def choose(control: str, value: str) -> None:
            box = cell.locator(".widget-dropdown", has=page.get_by_text(control, exact=True))
            box.locator("select").select_option(label=value)

        choose("model", "Llama 3.1 70B")
        expect(said).to_contain_text("does NOT fit: 39.69 GB of weights")
        choose("machine", "M4 Max, 40-core GPU, 128 GB")
        expect(said).to_contain_text(re.compile(r"fits: 39\.69 GB.*at most 13\.07 tokens/s", re.S))
        large, chip = MODELS["Llama 3.1 70B"], MACHINES["M4 Max, 40-core GPU, 128 GB"]
        known = str(roofline.estimate(large, chip, 4, 8192, 1))
        assert words(said.inner_text()) == words(known)
        choose("bits", "16")
        expect(said).to_contain_text("does NOT fit: 141.11 GB of weights")
        choose("model", "Qwen3 4B")
        choose("batch", "16")
        expect(said).to_contain_text("for each of 16 streams")
        choose("machine", "this machine")
        expect(said).to_contain_text(re.compile(r"GB here\s+at most"))

        assert (opened, errors) == ([], [])
