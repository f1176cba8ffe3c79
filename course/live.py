"""A loss curve that grows while a model is trained: a picture in a notebook, lines elsewhere.

Knows how to draw and how often; nothing of models. The picture is a few hundred bytes of SVG,
drawn at most twice a second, so that watching a training costs next to nothing of it.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from course import output

EVERY = 0.5  # seconds between two pictures
LINES = 5  # how many lines are printed where there is no picture
WIDTH, HEIGHT = 480, 160  # pixels


@contextmanager
def loss_curve(total: int) -> Iterator[Callable[[float], None]]:
    """A function to call with the loss of each step; it shows the curve as the training goes on.

    An interrupted training keeps its curve up to the last step.

    Args:
        total: steps of the training.

    Example:
        >>> with loss_curve(3) as show:
        ...     for loss in (3.0, 2.0, 1.5):
        ...         show(loss)
        step 1 of 3, loss 3
        step 2 of 3, loss 2
        step 3 of 3, loss 1.5
    """
    losses: list[float] = []
    show = _picture if output.in_notebook() else _line
    handle, shown = None, 0.0

    def add(loss: float) -> None:
        nonlocal handle, shown
        losses.append(float(loss))
        if show is _line or time.monotonic() - shown > EVERY:
            handle, shown = show(losses, total, handle), time.monotonic()

    try:
        yield add
    finally:
        if losses and show is _picture:
            _picture(losses, total, handle)


def _words(losses: list[float], total: int) -> str:
    return f"step {len(losses)} of {total}, loss {losses[-1]:.3g}"


def _line(losses: list[float], total: int, _: object) -> None:
    if len(losses) % max(1, total // LINES) == 0 or len(losses) == total:
        print(_words(losses, total))


def _picture(losses: list[float], total: int, handle: object) -> object:
    from IPython.display import DisplayHandle, display

    data = {"text/plain": _words(losses, total), "image/svg+xml": svg(losses, total)}
    if isinstance(handle, DisplayHandle):
        handle.update(data, raw=True)
        return handle
    return display(data, raw=True, display_id=True)


def svg(losses: list[float], total: int) -> str:
    """The curve as SVG: steps to the right, the loss upwards; logarithmic if all are above 0.

    Args:
        losses: one for each step so far; nan and infinity leave a gap.
        total: steps of the whole training.
    """
    finite = [loss for loss in losses if math.isfinite(loss)]
    scale = math.log if finite and min(finite) > 0 else float
    low, high = (scale(f(finite)) for f in (min, max)) if finite else (0, 1)
    across, down = (WIDTH - 70) / max(1, total - 1), (HEIGHT - 40) / ((high - low) or 1)
    stride = max(1, len(losses) // 400)  # more points than pixels help nobody
    parts, command = [], "M"
    for step in range(0, len(losses), stride):
        if math.isfinite(losses[step]):
            y = 20 + (high - scale(losses[step])) * down
            parts.append(f"{command}{60 + step * across:.1f} {y:.1f}")
        command = "L" if math.isfinite(losses[step]) else "M"
    words = _words(losses, total) if losses else "no step yet"
    top, bottom = (f"{f(finite):.3g}" if finite else "" for f in (max, min))
    text = 'font-family="sans-serif" font-size="12" fill="#808080"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="Loss curve: {words}"><title>Loss curve: {words}</title>'
        f'<path d="M60 20V{HEIGHT - 20}H{WIDTH - 10}" fill="none" stroke="#808080"/>'
        f'<path d="{"".join(parts)}" fill="none" stroke="#2878b5" stroke-width="1.5"/>'
        f'<text x="55" y="24" text-anchor="end" {text}>{top}</text>'
        f'<text x="55" y="{HEIGHT - 18}" text-anchor="end" {text}>{bottom}</text>'
        f'<text x="60" y="{HEIGHT - 4}" {text}>{words}</text></svg>'
    )
