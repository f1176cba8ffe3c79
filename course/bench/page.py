"""One HTML page that needs no file beside it: the roofline, bars, and the table.

Knows the figures; page.html says how they lie, and escapes all text. Measures nothing.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from course import figures
from course.bench import others, table
from course.learner import pages

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Picture(NamedTuple):
    """A figure for the page.

    Args:
        svg: the drawing, from behind its first "<svg".
        caption: what it shows, in words.
    """

    svg: str
    caption: str


def page(saved: dict[str, Any], beside: Sequence[dict[str, Any]]) -> str:
    """The page.

    Args:
        saved: what ``gather.bench`` returned.
        beside: what was saved on other machines.
    """
    machines = [("here", saved), *((others.label(other), other) for other in beside)]
    return pages.page(
        Path(__file__).with_name("page.html"),
        machine=others.label(saved),
        blas=saved["blas"],
        roofline=_roofline(saved),
        decode=_decode(saved["model"]["decode tokens/s"]),
        pairs=_pairs(saved),
        compared=list(others.COMPARED),
        machines=[
            (name, [table.number(value) for value in others.compared(other).values()])
            for name, other in machines
        ],
        rows=table.rows(saved),
    )


def _roofline(saved: dict[str, Any]) -> Picture:
    flops = max(saved["matmul GFLOP/s"]["here"].values()) * 1e9
    points = {"x + 1": (1 / 8, 1e9 * saved["copy GB/s"] / 8)}
    for n, rate in saved["matmul GFLOP/s"]["here"].items():
        points[f"matmul {n}"] = int(n) / 6, 1e9 * rate
    for name, (x, y) in {**saved["elementwise"]["points"], **saved["model"]["points"]}.items():
        points[name] = x, y
    said = [
        f"{name} {table.number(y / 1e9)} GFLOP/s at {table.number(x)}"
        for name, (x, y) in points.items()
    ]
    caption = "Operations a second against operations for each byte: " + "; ".join(said) + "."
    return _picture(figures.roofline_figure(flops, 1e9 * saved["copy GB/s"], points), caption)


def _decode(rates: dict[str, dict[str, float]]) -> Picture:
    names = [f"{bits} bits" if bits.isdigit() else bits for bits in rates]
    series = {
        "measured": [rate["measured"] for rate in rates.values()],
        "bandwidth allows": [rate["bandwidth allows"] for rate in rates.values()],
    }
    caption = "Decoding one stream with the built-in model, tokens a second, logarithmic."
    return _bars(names, series, "tokens/s", caption)


def _pairs(saved: dict[str, Any]) -> Picture:
    chain, steps = saved["elementwise"]["seconds"], saved["model"]["training step"]
    bars = {f"chain, {how}": 1e3 * s for how, s in chain.items()}
    names = {"mlx": "training step, compiled", "eager": "training step, eager"}
    names["torch"] = "training step, PyTorch"
    bars |= {names[how]: 1e3 * run["seconds"] for how, run in steps.items()}
    caption = "Milliseconds, logarithmic; lower is faster."
    return _bars(list(bars), {"ms": list(bars.values())}, "ms", caption)


def _bars(
    names: Sequence[str], series: dict[str, list[float]], ylabel: str, caption: str
) -> Picture:
    """Bars on a logarithmic scale; the caption goes on with every number."""
    labels = [name.replace(", ", ",\n").replace("$", r"\$") for name in names]  # $ begins a formula
    figure = figures.grouped_bars(labels, series, ylabel, logarithmic=True)
    said = [
        f"{name}, {kind}: {table.number(values[i])}"
        for i, name in enumerate(names)
        for kind, values in series.items()
    ]
    return _picture(figure, f"{caption} {'; '.join(said)}.")


def _picture(figure: "Figure", caption: str) -> Picture:
    import matplotlib

    file = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "mlx-course"}):  # the same page from the same file
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    return Picture(file.getvalue().partition("<svg")[2], caption)
