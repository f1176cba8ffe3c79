"""Others' answers to check_grad."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


def _check(f, grad, x, dtype=mx.float64, h=1e-5, central=True, agg=max, per=True):
    with mx.stream(mx.cpu):
        at = np.array(x, dtype=np.float64)
        mk = lambda a: mx.array(a, dtype=dtype)
        claimed = np.array(grad(mk(at)), dtype=np.float64)
        out = []
        for i in np.ndindex(*at.shape):
            up, down = at.copy(), at.copy()
            up[i] += h
            if central:
                down[i] -= h
            out.append(
                abs(
                    (f(mk(up)).item() - f(mk(down)).item()) / (2 * h if central else h) - claimed[i]
                )
            )
        return float(agg(out))


@right("loop over a flat NumPy copy")
def _(f, grad, x):
    with mx.stream(mx.cpu):
        base = np.array(x).astype(np.float64)
        claimed = np.array(grad(mx.array(base, dtype=mx.float64)))
        h, worst = 1e-5, 0.0
        for i in np.ndindex(*base.shape):
            up, down = base.copy(), base.copy()
            up[i] += h
            down[i] -= h
            slope = (
                f(mx.array(up, dtype=mx.float64)).item()
                - f(mx.array(down, dtype=mx.float64)).item()
            ) / (2 * h)
            worst = max(worst, abs(slope - claimed[i]))
        return float(worst)


@right("eye shifts in mlx")
def _(f, grad, x):
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        eye = mx.eye(x.size, dtype=mx.float64) * mx.array(1e-5, dtype=mx.float64)
        g = grad(x).reshape(-1)
        slopes = mx.stack([(f(x + e.reshape(x.shape)) - f(x - e.reshape(x.shape))) for e in eye])
        slopes = slopes / mx.array(2e-5, dtype=mx.float64)
        return mx.abs(slopes - g).max().item()


wrong("float32 throughout", named="float32_differences")(
    lambda f, grad, x: _check(f, grad, x, dtype=mx.float32)
)


wrong("one-sided difference", named="one_sided")(
    lambda f, grad, x: _check(f, grad, x, central=False)
)


wrong("h = 1e-8", named="step_too_small")(lambda f, grad, x: _check(f, grad, x, h=1e-8))


@wrong("shifts every entry at once", named="all_entries_at_once")
def _(f, grad, x):
    with mx.stream(mx.cpu):
        x = x.astype(mx.float64)
        h = mx.array(1e-5, dtype=mx.float64)
        d = (f(x + h) - f(x - h)) / (2 * h)
        return mx.abs(d - grad(x)).max().item()


@wrong("mx.array(numpy float64) becomes float32 silently", named="float32_differences")
def _(f, grad, x):
    at = np.array(x).astype(np.float64)
    g = np.array(grad(mx.array(at)))
    worst = 0.0
    for i in np.ndindex(*at.shape):
        e = np.zeros_like(at)
        e[i] = 1e-5
        worst = max(
            worst, abs((f(mx.array(at + e)).item() - f(mx.array(at - e)).item()) / 2e-5 - g[i])
        )
    return float(worst)


@wrong("only one-dimensional x")
def _(f, grad, x):
    with mx.stream(mx.cpu):
        at = np.array(x, dtype=np.float64)
        g = np.array(grad(mx.array(at, dtype=mx.float64)))
        worst = 0.0
        for i in range(len(at)):
            e = np.zeros_like(at)
            e[i] = 1e-5
            d = (
                f(mx.array(at + e, dtype=mx.float64)) - f(mx.array(at - e, dtype=mx.float64))
            ).item() / 2e-5
            worst = max(worst, np.abs(d - g[i]).max())
        return float(worst)
