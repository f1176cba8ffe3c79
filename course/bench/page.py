"""One HTML page that needs nothing beside it: the roofline, bars, and the table. All text escaped.

Knows how it looks; measures nothing.
"""

import html
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from course import figures
from course.bench import others, table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .25rem .75rem; border-bottom: 1px solid #ccc; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
figcaption { color: #555; }
"""


def page(found: dict[str, Any], beside: Sequence[dict[str, Any]]) -> str:
    """The page.

    Args:
        found: what ``gather.bench`` returned.
        beside: what was saved on other machines.
    """
    parts = [
        f"<h1>{_text('mlx-course bench')}</h1>",
        f"<p>{_text(others.label(found))}. {_text(found['blas'])}.</p>",
        "<h2>Two roofs</h2>",
        _roofline(found),
        "<h2>Tokens a second, and what bandwidth allows</h2>",
        _decode(found["model"]["decode tokens/s"]),
        "<h2>Eager and compiled</h2>",
        _pairs(found),
        "<h2>Beside the machines that the course was measured on</h2>",
        _beside([found, *beside]),
        "<h2>Everything</h2>",
        _table(["what", "measured"], [list(row) for row in table.rows(found)]),
    ]
    head = f'<meta charset="utf-8"><title>mlx-course bench</title><style>{STYLE}</style>'
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _roofline(found: dict[str, Any]) -> str:
    flops = max(found["matmul GFLOP/s"]["here"].values()) * 1e9
    points = {"x + 1": (1 / 8, 1e9 * found["copy GB/s"] / 8)}
    for n, rate in found["matmul GFLOP/s"]["here"].items():
        points[f"matmul {n}"] = int(n) / 6, 1e9 * rate
    for name, (x, y) in {**found["elementwise"]["points"], **found["model"]["points"]}.items():
        points[name] = x, y
    said = [
        f"{name} {table.number(y / 1e9)} GFLOP/s at {table.number(x)}"
        for name, (x, y) in points.items()
    ]
    caption = "Operations a second against operations for each byte: " + "; ".join(said) + "."
    return _svg(figures.roofline_figure(flops, 1e9 * found["copy GB/s"], points), caption)


def _decode(rates: dict[str, dict[str, float]]) -> str:
    names = [f"{bits} bits" if bits.isdigit() else bits for bits in rates]
    series = {
        "measured": [rate["measured"] for rate in rates.values()],
        "bandwidth allows": [rate["bandwidth allows"] for rate in rates.values()],
    }
    caption = "Decoding one stream with the built-in model, tokens a second, logarithmic."
    return _bars(names, series, "tokens/s", caption, logarithmic=True)


def _pairs(found: dict[str, Any]) -> str:
    chain, steps = found["elementwise"]["seconds"], found["model"]["training step"]
    bars = {f"chain, {how}": 1e3 * s for how, s in chain.items()}
    names = {"mlx": "training step, compiled", "eager": "training step, eager"}
    names["torch"] = "training step, PyTorch"
    bars |= {names[how]: 1e3 * run["seconds"] for how, run in steps.items()}
    caption = "Milliseconds, logarithmic; lower is faster."
    return _bars(list(bars), {"ms": list(bars.values())}, "ms", caption, logarithmic=True)


def _bars(
    names: Sequence[str],
    series: dict[str, list[float]],
    ylabel: str,
    caption: str,
    logarithmic: bool = False,
) -> str:
    labels = [name.replace(", ", ",\n").replace("$", r"\$") for name in names]  # $ begins a formula
    figure = figures.grouped_bars(labels, series, ylabel, logarithmic)
    said = [
        f"{name}, {kind}: {table.number(values[i])}"
        for i, name in enumerate(names)
        for kind, values in series.items()
    ]
    return _svg(figure, f"{caption} {'; '.join(said)}.")


def _beside(all_of_them: Sequence[dict[str, Any]]) -> str:
    head = ["", *others.COMPARED]
    rows = [
        [others.label(found) if i else "here", *map(table.number, others.compared(found).values())]
        for i, found in enumerate(all_of_them)
    ]
    return _table(head, rows, numbers=True)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: bool = False) -> str:
    kind = ' class="number"' if numbers else ""
    first, *others_ = head
    top = f"<th>{_text(first)}</th>" + "".join(f"<th{kind}>{_text(x)}</th>" for x in others_)
    body = "".join(
        f'<tr><th scope="row">{_text(row[0])}</th>'
        + "".join(f"<td{kind}>{_text(x)}</td>" for x in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _svg(figure: "Figure", caption: str) -> str:
    """The figure inside the page; its words for those who do not see it are its caption too."""
    import matplotlib

    file = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "mlx-course"}):  # the same page from the same file
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :].replace(
        "<svg", f'<svg role="img" aria-label="{html.escape(caption, quote=True)}"', 1
    )
    return f"<figure>{svg}<figcaption>{_text(caption)}</figcaption></figure>"


def _text(text: str) -> str:
    return html.escape(str(text))
