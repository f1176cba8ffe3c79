"""The measurements as a person reads them in a terminal. Knows words and columns, measures nothing.

``rows`` is what the page shows too, so both say the same.
"""

from collections.abc import Iterator
from typing import Any

from course.bench import others
from course.learner import tables

Rows = list[tuple[str, str]]


def lines(saved: dict[str, Any], beside: list[dict[str, Any]]) -> list[str]:
    """The table: this machine, then a few figures beside the machines that ship.

    Args:
        saved: what ``gather.bench`` returned.
        beside: what was saved on other machines.
    """
    return [*tables.table(rows(saved)), "", *_beside([saved, *beside])]


def rows(saved: dict[str, Any]) -> Rows:
    """Name and text of every figure that ``gather.bench`` returned."""
    pairs: Rows = [
        ("machine", f"{saved['machine']}, {saved['date']}, MLX {saved['versions']['mlx']}"),
        ("BLAS", saved["blas"]),
        ("copy", f"{saved['copy GB/s']:,.1f} GB/s"),
    ]
    rates = saved["matmul GFLOP/s"]
    for n, here in rates["here"].items():
        text = f"{here:,.0f} GFLOP/s"
        if stock := rates.get("stock", {}).get(n):
            text += f"; stock {stock:,.1f}: {here / stock:.1f} times as fast"
        pairs.append((f"matmul {n}", text))
    pairs += _elementwise(saved["elementwise"]["seconds"])
    pairs += _of_the_model(saved["model"])
    pairs += _of_the_course(saved)
    for stem, lesson in saved.get("lessons", {}).items():
        text = lesson.get("stopped") or (
            f"{lesson['seconds']:.0f} s, {lesson['peak bytes'] / 1e6:,.0f} MB, cold"
        )
        pairs.append((stem, text))
    return pairs


def _elementwise(seconds: dict[str, float]) -> Iterator[tuple[str, str]]:
    text = f"{1e3 * seconds['eager']:.1f} ms one by one"
    if fused := seconds.get("compiled"):
        text += f", {1e3 * fused:.1f} fused: {seconds['eager'] / fused:.1f} times as fast"
    yield "chain of 20", text + ("" if fused else "; mx.compile does nothing here")


def _of_the_model(model: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "model: load", f"{model['load seconds']:.2f} s"
    for bits, rate in model["decode tokens/s"].items():
        share = rate["measured"] / rate["bandwidth allows"]
        text = f"{rate['measured']:,.0f} tokens/s; bandwidth allows "
        text += f"{rate['bandwidth allows']:,.0f}: {share:.0%} of it"
        yield f"model: decode, {bits}{' bits' if bits.isdigit() else ''}", text
    prefill = model["prefill tokens/s"]
    share = prefill["measured"] / prefill["arithmetic allows"]
    text = f"{prefill['measured']:,.0f} tokens/s; arithmetic allows "
    yield "model: prompt", text + f"{prefill['arithmetic allows']:,.0f}: {share:.0%} of it"
    batches = model["batch tokens/s"].items()
    text = ", ".join(f"{n}: {rate:,.0f}" for n, rate in batches) + " tokens/s"
    yield "model: batches", text
    steps = {how: run["seconds"] for how, run in model["training step"].items()}
    text = f"{1e3 * steps['mlx']:,.0f} ms compiled, {1e3 * steps['eager']:,.0f} eager"
    if torch := steps.get("torch"):
        text += f"; PyTorch {1e3 * torch:,.0f}: {steps['mlx'] / torch:.2f} of its time"
    yield "model: training step", text


def _of_the_course(saved: dict[str, Any]) -> Iterator[tuple[str, str]]:
    check = saved["check seconds"]
    text = f"median {check['median'] * 1e3:.1f} ms, slowest {check['slowest']:.2f} s"
    yield "one check", text + f", of {check['of']} exercises"
    for name in ("build", "verify"):
        if f"{name} seconds" in saved:
            yield name, f"{saved[f'{name} seconds']:.1f} s"
    graded = saved.get("grading", {})
    for name, some in graded.items():
        if name == "room":
            text = f"{some['median'] * 1e3:.1f} ms for a submission; {some['first']:.2f} s to start"
            yield "sandbox", text
            continue
        each = some["CPU seconds"] / some["count"]
        text = f"{some['seconds']:.1f} s, {each:.3f} CPU-s each, {some['jobs']} processes; "
        yield f"grade {some['count']}", text + f"the grader {some['MB, grader']:.0f} MB"


def _beside(machines: list[dict[str, Any]]) -> list[str]:
    """A line for each figure, a column for each machine, and who they are."""
    columns = [others.compared(saved) for saved in machines]
    names = ["here", *(f"[{i}]" for i in range(1, len(columns)))]
    cells = [(name, *(number(column[name]) for column in columns)) for name in others.COMPARED]
    said = tables.table(cells, ("", *names), right=range(1, 1 + len(names)))
    labels = [others.label(saved) for saved in machines[1:]]
    return said + [f"{name} {label}" for name, label in zip(names[1:], labels, strict=True)]


def number(value: float | None) -> str:
    """A figure in a column; a dash for what was not measured."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
