"""Others' answers to warmup_cosine."""

import math
from functools import partial

import mlx.core as mx
import mlx.optimizers as optim
import numpy as np

from course.author.answers import right, wrong


@right("mx.where")
def _(peak, warmup, total, floor):
    def rate(step):
        up = peak * step / warmup
        t = mx.clip((step - warmup) / (total - warmup), 0, 1)
        down = floor + (peak - floor) * 0.5 * (1 + mx.cos(math.pi * t))
        return mx.where(step < warmup, up, down)

    return rate


@right("join_schedules of MLX's own")
def _(peak, warmup, total, floor):
    return optim.join_schedules(
        [optim.linear_schedule(0.0, peak, warmup), optim.cosine_decay(peak, total - warmup, floor)],
        [warmup],
    )


@right("min of both, partial")
def _(peak, warmup, total, floor):
    def f(step, *, a, b):
        s = step.astype(mx.float32)
        part = mx.minimum(mx.maximum(s - a, 0.0), b - a) / (b - a)
        return mx.minimum(s / a, 1.0) * (floor + 0.5 * (peak - floor) * (1 + mx.cos(np.pi * part)))

    return partial(f, a=float(warmup), b=float(total))


@wrong("floor ignored", named="floor_forgotten")
def _(peak, warmup, total, floor):
    return optim.join_schedules(
        [optim.linear_schedule(0.0, peak, warmup), optim.cosine_decay(peak, total - warmup)],
        [warmup],
    )


@wrong("linear fall", named="linear_fall")
def _(peak, warmup, total, floor):
    def rate(step):
        t = mx.clip((step - warmup) / (total - warmup), 0, 1)
        return mx.where(step < warmup, peak * step / warmup, peak + (floor - peak) * t)

    return rate
