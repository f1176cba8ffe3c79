"""Figures: alt text that arrives, nothing evaluated, nobody's pyplot touched, the same bytes."""

import base64
import html.parser
import subprocess
import sys
from pathlib import Path

import IPython.display
import matplotlib
import mlx.core as mx
import pytest
from matplotlib import pyplot

from course import figures, measure, output


class Images(html.parser.HTMLParser):
    """The attributes of each <img>, as a browser reads them."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.other = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        (self.found if tag == "img" else self.other).append(dict(attrs))


@pytest.fixture
def shown(monkeypatch):
    """What a notebook would be sent."""
    sent = []
    monkeypatch.setattr(output, "in_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: sent.append(data))
    return sent


@pytest.fixture
def words(monkeypatch):
    """What is written in the figures that are drawn."""
    found = []

    def read(figure, alt):
        [axes] = figure.axes
        found.append([text.get_text() for text in axes.texts])

    monkeypatch.setattr(figures, "show", read)
    return found


def draw_bars(alt="A is 1 and B is 2."):
    figures.bars(["A", "B"], [1, 2], alt=alt, ylabel="n")


def draw_lines(alt="It rises."):
    figures.lines({"a": ([0, 1], [0, 1]), "b": ([0, 1], [1, 2])}, alt=alt, xlabel="x", ylabel="y")


def draw_graph(alt="Exp, then a product."):
    x = mx.array([1.0, 2.0])
    figures.graph(mx.exp(x) * x, alt=alt, title="two operations")


DRAWN = pytest.mark.parametrize("draw", [draw_bars, draw_lines, draw_graph])


def png(data):
    [image] = Images(data["text/html"]).found
    head, _, body = image["src"].partition(",")
    assert head == "data:image/png;base64"
    return base64.b64decode(body)


@DRAWN
def test_a_figure_is_an_image_with_its_alt_text(shown, draw):
    draw("What the picture says.")
    [data] = shown
    parsed = Images(data["text/html"])
    assert [image["alt"] for image in parsed.found] == ["What the picture says."]
    assert parsed.other == []
    assert data["text/plain"] == "What the picture says."
    assert data.keys() == {"text/plain", "text/html"}
    assert png(data).startswith(b"\x89PNG")


@DRAWN
def test_alt_text_is_escaped_and_read_back_whole(shown, draw):
    alt = "a < b & \"c\" > 'd': <b>bold</b> -->"
    draw(alt)
    parsed = Images(shown[0]["text/html"])
    assert [image["alt"] for image in parsed.found] == [alt]
    assert parsed.other == []


@DRAWN
@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_figure_without_alt_text_is_refused(shown, draw, alt):
    with pytest.raises(ValueError, match="'alt' must say what the figure shows"):
        draw(alt)
    assert shown == []


@DRAWN
def test_outside_a_notebook_the_alt_text_is_printed(draw, capsys):
    draw("What the picture says.")
    assert capsys.readouterr().out == "What the picture says.\n"


@DRAWN
def test_the_same_figure_is_the_same_bytes(shown, draw):
    draw()
    draw()
    first, second = map(png, shown)
    assert first == second
    assert b"matplotlib" not in first.lower()


@pytest.fixture
def mine():
    """A figure of the learner's, open in pyplot."""
    matplotlib.use("agg")
    figure = pyplot.figure()
    yield figure
    pyplot.close(figure)


@DRAWN
def test_pyplots_state_stays_the_learners(mine, shown, draw):
    settings = dict(matplotlib.rcParams)
    draw()
    assert pyplot.get_fignums() == [mine.number]
    assert (pyplot.gcf(), mine.axes) == (mine, [])
    assert dict(matplotlib.rcParams) == settings


def test_pyplot_is_not_even_imported():
    code = (
        "import sys; from course import figures\n"
        "figures.bars(['A'], [1], alt='A is 1.', ylabel='n')\n"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    home = Path(figures.__file__).parent.parent
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "A is 1.\n"), done.stderr


def test_drawing_a_graph_evaluates_nothing(shown):
    x = mx.array([1.0, 2.0])
    y = mx.exp(x) * x
    before = measure.graph_ops(y)
    figures.graph(y, alt="Exp, then a product.")
    assert measure.graph_ops(y) == before == ["Exp", "Multiply"]


def test_a_graph_shows_its_operations_and_inputs(words):
    x = mx.array([1.0, 2.0])
    figures.graph(mx.exp(x) * x, alt="Exp, then a product.")
    assert sorted(words[0]) == ["Exp", "Multiply", "array"]


def test_a_graph_of_several_arrays_shows_what_they_share_once(words):
    x = mx.array([1.0, 2.0])
    shared = mx.exp(x)
    figures.graph(mx.sin(shared), mx.cos(shared), alt="Exp, then a sine and a cosine.")
    assert sorted(words[0]) == ["Cos", "Exp", "Sin", "array"]


def test_an_operation_without_inputs_has_its_name(words):
    figures.graph(mx.arange(5), alt="One operation.")
    assert words == [["Arange"]]


@pytest.mark.parametrize("constant", [True, False])
def test_of_an_evaluated_array_nothing_is_left(words, constant):
    x = mx.array([1.0]) if constant else mx.exp(mx.array([1.0]))
    mx.eval(x)
    figures.graph(x, alt="Nothing is left.")
    assert words == [["nothing left to do"]]


def test_no_array_is_nothing_to_do(words):
    figures.graph(alt="Nothing is left.")
    assert words == [["nothing left to do"]]


def test_a_bar_has_its_number_on_it(words):
    figures.bars(["A", "B"], [12345.4, 2 / 3], alt="A is 12,345 and B is 0.667.", ylabel="n")
    assert words == [["12,345", "0.667"]]


def test_lines_are_told_apart_without_colour(monkeypatch):
    drawn = []
    monkeypatch.setattr(figures, "show", lambda figure, alt: drawn.append(figure))
    names = "abcd"
    series = {name: ([0, 1], [i, i]) for i, name in enumerate(names)}
    figures.lines(series, alt="Four levels.", xlabel="x", ylabel="y")
    [axes] = drawn[0].axes
    looks = {(line.get_marker(), line.get_linestyle()) for line in axes.lines}
    assert len(looks) == len(names)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(names)


def test_a_roofline_has_a_corner_and_a_number_for_each_point(words):
    points = {"copy": (0.125, 5e9), "product for $2": (100.0, 9e10)}
    figures.roofline(1e11, 4e10, points, alt="Two points under two roofs.")
    assert words == [["1", "2"]]
    [axes] = figures.roofline_figure(1e11, 4e10, points).axes
    roof = axes.lines[0]
    assert roof.get_xdata()[1] == pytest.approx(2.5)
    assert list(roof.get_ydata()[1:]) == [100, 100]
    assert roof.get_ydata()[0] == pytest.approx(40 * roof.get_xdata()[0])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "1  copy",
        r"2  product for \$2",
    ]


def test_bars_side_by_side_are_told_apart_by_more_than_colour():
    series = {"measured": [1.0, 2.0], "allowed": [10.0, 20.0]}
    [axes] = figures.grouped_bars(["a", "b"], series, "n", logarithmic=True).axes
    assert [bars.patches[0].get_hatch() for bars in axes.containers] == ["", "//"]
    assert axes.get_yscale() == "log"
    lefts = [[bar.get_x() for bar in bars.patches] for bars in axes.containers]
    assert lefts[0][0] < lefts[1][0] < lefts[0][1]
