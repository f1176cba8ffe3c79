"""The loss curve: a few lines of text outside a notebook, one picture that changes inside."""

import math
import xml.etree.ElementTree as ElementTree

import nbclient
import nbformat
import pytest

from course import live


def test_a_terminal_gets_a_few_lines(capsys):
    with live.loss_curve(100) as show:
        for i in range(100):
            show(1 / (i + 1))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "step 20 of 100, loss 0.05"
    assert said[-1] == "step 100 of 100, loss 0.01"
    assert len(said) == live.LINES


def test_an_interrupted_training_says_nothing_false(capsys):
    with pytest.raises(KeyboardInterrupt), live.loss_curve(10) as show:
        show(2.0)
        raise KeyboardInterrupt
    assert capsys.readouterr().out == ""


def points(losses, total):
    tree = ElementTree.fromstring(live.svg(losses, total))
    path = tree.findall("{http://www.w3.org/2000/svg}path")[1].get("d")
    return path.replace("M", " M").replace("L", " L").split()


def test_the_curve_falls_where_the_loss_falls():
    (_, first, _, second) = points([4.0, 1.0], 2)
    assert float(first) < float(second), "SVG counts from the top"
    assert "aria-label" in live.svg([4.0, 1.0], 2)


@pytest.mark.parametrize("losses", [[], [math.nan], [0.0, -1.0], [1.0] * 3, [1.0, math.inf, 2.0]])
def test_any_losses_can_be_drawn(losses):
    text = live.svg(losses, 5)
    ElementTree.fromstring(text)
    assert "nan" not in text.split("<path")[2].split("/>")[0]


def test_nan_leaves_a_gap():
    assert [p[0] for p in points([2.0, math.nan, 1.0, 1.0], 4) if p[0] in "ML"] == ["M", "M", "L"]


def test_many_steps_make_no_long_picture():
    assert len(live.svg([1.0 + i for i in range(100_000)], 100_000)) < 12_000


def test_in_a_notebook_there_is_one_picture_and_it_shows_the_last_step():
    cell = (
        "from course import live\nwith live.loss_curve(3) as show:\n    list(map(show, (3, 2, 1)))"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output["data"]["text/plain"] == "step 3 of 3, loss 1"
    assert output["data"]["image/svg+xml"].count("L") >= 2
