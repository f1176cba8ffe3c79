"""Explorers: controls where there are widgets, and words that say as much where there are none."""

import nbclient
import nbformat

from course import widgets


def area(width, height):
    return f"{width * height} pixels"


def test_without_widgets_the_first_setting_is_said_and_how_to_try_others(capsys):
    widgets.explorer(area, width=[3, 5], height=[4])
    said = capsys.readouterr().out
    assert said.startswith("12 pixels\n")
    assert "area(width=3, height=4)" in said


def test_a_setting_that_does_not_exist_is_something_to_read(capsys):
    def refuse(bits):
        raise ValueError(f"no {bits} bits")

    widgets.explorer(refuse, bits=[7])
    assert "no 7 bits" in capsys.readouterr().out


def run(*cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    return notebook.cells


def test_in_a_notebook_a_control_changes_the_words_and_a_mistake_leaves_the_controls():
    cells = run(
        "from course import widgets\n"
        "from ipywidgets.widgets.widget import _instances\n"
        "widgets.explorer(lambda bits: f'{8 // bits} <codes>', bits=[4, 2, 0])",
        "(box,) = [w for w in _instances.values() if type(w).__name__ == 'Dropdown']\n"
        "(text,) = [w for w in _instances.values() if type(w).__name__ == 'HTML']\n"
        "seen = [text.value]\n"
        "for value in (2, 0, 4):\n"
        "    box.value = value\n"
        "    seen.append(text.value)\n"
        "print(seen)",
    )
    (shown,) = cells[0].outputs
    assert "application/vnd.jupyter.widget-view+json" in shown.data
    first, second, third, again = eval(cells[1].outputs[0].text)
    assert "2 &lt;codes&gt;" in first and first == again
    assert "4 &lt;codes&gt;" in second
    assert "ZeroDivisionError" in third
