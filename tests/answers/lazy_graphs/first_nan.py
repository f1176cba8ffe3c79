"""Others' answers to first_nan."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong


@right("isnan any item")
def _(stages, x):
    for name, f in stages:
        x = f(x)
        if mx.isnan(x).any().item():
            return name
    return None


@right("x != x, NumPy")
def _(stages, x):
    for name, f in stages:
        x = f(x)
        a = np.array(x)
        if (a != a).any():
            return name


@wrong("== nan")
def _(stages, x):
    for name, f in stages:
        x = f(x)
        if (x == float("nan")).any().item():
            return name


@wrong("sum is nan (inf - inf)")
def _(stages, x):
    for name, f in stages:
        x = f(x)
        if mx.isnan(x.sum()).item():
            return name


@wrong("calls all stages first")
def _(stages, x):
    outs = []
    for name, f in stages:
        x = f(x)
        outs.append((name, x))
    for name, h in outs:
        if mx.isnan(h).any().item():
            return name


@wrong("looks at the input")
def _(stages, x):
    for name, f in stages:
        if mx.isnan(x).any().item():
            return name
        x = f(x)


@wrong("index")
def _(stages, x):
    for i, (name, f) in enumerate(stages):
        x = f(x)
        if mx.isnan(x).any().item():
            return i


@wrong("mean is nan")
def _(stages, x):
    for name, f in stages:
        x = f(x)
        if np.isnan(float(x.mean())):
            return name
