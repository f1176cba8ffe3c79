"""Pictures with alt text: graphs, bars, lines. Knows how to draw; not what is right.

A figure is shown as an `<img>` whose alt text gives the answer too: JupyterLab drops the alt text
of a plain PNG output. White background, so that it reads in light and in dark.
"""

import base64
import html
import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from course import output
from course.measure import graph_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#1565c0", "#e65100", "#607d8b"
_STYLES = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (GREY, "^", ":"), ("#2e7d32", "D", "-."))


def graph(*arrays, alt: str, title: str = "") -> None:
    """Show the operations that are written down and not yet computed. Evaluates nothing.

    Args:
        arrays: those whose graph is drawn, with its inputs on the left.
        alt: what the picture shows, in a sentence.
        title: printed above it.

    Raises:
        ValueError: no alt text.
    """
    import networkx as nx

    ops, edges = _read_dot(graph_text(*arrays))
    drawn = nx.DiGraph()
    drawn.add_nodes_from(ops)
    drawn.add_edges_from(edges)
    if not drawn:
        drawn.add_node("nothing left to do")
    columns = list(nx.topological_generations(drawn))
    for column, nodes in enumerate(columns):
        for node in nodes:
            drawn.nodes[node]["column"] = column
    rows = max(map(len, columns))
    figure, axes = _figure(max(3.0, 1.7 * len(columns)), max(1.2, 0.8 * rows + 0.5))
    place = nx.multipartite_layout(drawn, subset_key="column")
    nx.draw_networkx_edges(drawn, place, ax=axes, edge_color=GREY, node_size=1800, arrowsize=12)
    for node, (x, y) in place.items():
        is_op = node in ops
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white"}
        box["edgecolor"] = BLUE if is_op else GREY
        text = ops.get(node, "array" if edges else node)
        axes.text(x, y, text, ha="center", va="center", bbox=box, fontsize=9)
    axes.margins(0.15)
    axes.set_axis_off()
    axes.set_title(title)
    show(figure, alt)


def bars(
    labels: Sequence[str], values: Sequence[float], alt: str, ylabel: str, title: str = ""
) -> None:
    """Show one bar for each label, with its number on it.

    Args:
        labels: below the bars.
        values: as long as ``labels``.
        alt: what the picture shows, in a sentence.
        ylabel: what the values are, and their unit.
        title: printed above it.

    Raises:
        ValueError: no alt text.
    """
    figure, axes = _figure(1.2 + 1.1 * len(labels), 2.8)
    drawn = axes.bar(labels, values, color=BLUE, width=0.6)
    axes.bar_label(drawn, fmt=_number, padding=2)
    axes.set_ylabel(ylabel)
    axes.set_title(title)
    axes.margins(y=0.15)
    show(figure, alt)


def grouped_bars(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    ylabel: str,
    logarithmic: bool = False,
) -> "Figure":
    """A figure with bars side by side at each label, one of each series.

    The second series differs from the first by its hatching as well as by its colour.

    Args:
        labels: below the bars.
        series: name -> one value for each label; two series at most.
        ylabel: what the values are, and their unit.
        logarithmic: the scale of the values.
    """
    figure, axes = _figure(1.5 + 1.5 * len(labels), 3.0)
    width = 0.8 / len(series)
    for i, (name, values) in enumerate(series.items()):
        places = [x + (i - (len(series) - 1) / 2) * width for x in range(len(labels))]
        colour, hatch = (BLUE, "") if i == 0 else (ORANGE, "//")
        drawn = axes.bar(places, values, width, label=name, color=colour, hatch=hatch)
        axes.bar_label(drawn, fmt=_number, padding=2, fontsize=8)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_ylabel(ylabel)
    if logarithmic:
        axes.set_yscale("log")
    axes.margins(y=0.15)
    if len(series) > 1:
        axes.legend(frameon=False)
    return figure


def lines(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    alt: str,
    xlabel: str,
    ylabel: str,
    title: str = "",
) -> None:
    """Show named curves, which differ by marker and dash as well as by colour.

    Args:
        series: name -> (xs, ys), of the same length.
        alt: what the picture shows, in a sentence.
        xlabel: what is to the right, and its unit.
        ylabel: what is upwards, and its unit.
        title: printed above it.

    Raises:
        ValueError: no alt text.
    """
    figure, axes = _figure(5.5, 3.0)
    for i, (name, (xs, ys)) in enumerate(series.items()):
        colour, marker, dash = _STYLES[i % len(_STYLES)]
        axes.plot(xs, ys, dash, color=colour, marker=marker, markersize=4, label=name)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_title(title)
    if len(series) > 1:
        axes.legend(frameon=False)
    show(figure, alt)


def roofline(
    flops: float, bandwidth: float, points: Mapping[str, tuple[float, float]], alt: str
) -> None:
    """Show a machine's two roofs and what was measured under them.

    Args:
        flops: operations a second that the machine can do.
        bandwidth: bytes a second that it can move.
        points: name -> (operations for each byte, operations a second).
        alt: what the picture shows, in a sentence.

    Raises:
        ValueError: no alt text.
    """
    show(roofline_figure(flops, bandwidth, points), alt)


def roofline_figure(
    flops: float, bandwidth: float, points: Mapping[str, tuple[float, float]]
) -> "Figure":
    """A figure of operations a second against operations for each byte, on logarithmic scales.

    Args:
        flops: operations a second that the machine can do.
        bandwidth: bytes a second that it can move.
        points: name -> (operations for each byte, operations a second).
    """
    figure, axes = _figure(6.5, 4.0)
    ridge = flops / bandwidth
    xs = [x for x, _ in points.values()]
    left, right = min([0.1 * ridge, *xs]) / 3, max([10 * ridge, *xs]) * 3
    axes.plot([left, ridge, right], [left * bandwidth / 1e9, flops / 1e9, flops / 1e9], color=GREY)
    for i, (name, (x, y)) in enumerate(points.items()):
        colour, marker, _ = _STYLES[i % len(_STYLES)]
        axes.plot([x], [y / 1e9], marker, color=colour, linestyle="none")
        text = f"{i + 1}  {name}".replace("$", r"\$")
        axes.annotate(str(i + 1), (x, y / 1e9), (5, -3), textcoords="offset points", fontsize=9)
        axes.plot([], [], marker, color=colour, linestyle="none", label=text)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("operations for each byte")
    axes.set_ylabel("GFLOP/s")
    if points:
        axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def show(figure: "Figure", alt: str) -> None:
    """Display a figure with its alt text; outside a notebook, print the alt text.

    Args:
        figure: made without pyplot, so that the learner's own figures stay as they are.
        alt: what it shows, in a sentence.

    Raises:
        ValueError: no alt text.
    """
    if not alt.strip():
        raise ValueError("[figures.show] 'alt' must say what the figure shows, and is empty.")
    file = io.BytesIO()
    figure.savefig(
        file,
        format="png",
        dpi=100,
        facecolor="white",
        bbox_inches="tight",
        metadata={"Software": None},
    )
    data = base64.b64encode(file.getvalue()).decode()
    image = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'
    output.show(alt, image)


def _figure(width: float, height: float) -> "tuple[Figure, Axes]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=100)
    FigureCanvasAgg(figure)  # pyplot's global state stays the learner's
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _read_dot(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """MLX's dot text as ({operation id: name}, edges); arrays between operations are left out."""
    ops = dict(re.findall(r'(\d+) \[label ="(.*?)", shape=rectangle\]', text))
    arrows = re.findall(r'^"?(\w+)"? -> "?(\w+)"?$', text, re.MULTILINE)
    maker = {array: op for op, array in arrows if op in ops}
    edges = [(maker.get(array, array), op) for array, op in arrows if op in ops]
    return ops, edges
