"""warmup_cosine, an exercise of lesson 05, nn_models."""

import mlx.core as mx
import mlx.optimizers as optim
import numpy as np

from course.exercise import exercise

warmup_cosine = exercise(minutes=7, level=2)


@warmup_cosine.solution
def _(peak, warmup, total, floor):
    """A learning rate that rises, then falls along a cosine.

    Return a function of `step`, a 0-d MLX array, as an optimizer calls it, that gives the rate. It
    rises in a straight line from 0 at step 0 to `peak` at step `warmup`; from there it falls as
    half a cosine wave to `floor` at step `total`; after that it stays at `floor`.
    With peak 1, warmup 10, total 30 and floor 0 the rates at the steps 5, 10, 20, 30 and 40 are
    0.5, 1, 0.5, 0 and 0.
    """
    rise = optim.linear_schedule(0.0, peak, warmup)
    fall = optim.cosine_decay(peak, total - warmup, floor)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.use(
    start="reduction",
    top="reduction",
    end="reduction",
    after="reduction",
    rising="reduction",
    falling="reduction",
)
def _(answer, rng):
    peak, floor = round(float(rng.uniform(0.5, 2)), 2), round(float(rng.uniform(0.05, 0.2)), 2)
    warmup, total = int(rng.integers(5, 9)), int(rng.integers(30, 40))
    rate = answer(peak, warmup, total, floor)

    def at(*steps):
        return mx.array([float(np.array(rate(mx.array(step)))) for step in steps])

    start, top, end, after = at(0, warmup, total, total + 9)
    return {
        "start": start,
        "top": top,
        "end": end,
        "after": after,
        "rising": at(*range(1, warmup)),
        "falling": at(*range(warmup + 1, total, 4)),
    }


warmup_cosine.says(
    passed="The whole plan of a run, in three lines that you can plot before you start it.",
    start="The rate at step 0",
    top="The rate when the warm-up ends",
    end="The rate at step `total`",
    after="The rate nine steps later",
    rising="The rates within the warm-up",
    falling="The rates after it",
)


@warmup_cosine.alternative
def _(peak, warmup, total, floor):
    def rate(step):
        part = mx.clip((step - warmup) / (total - warmup), 0, 1)
        wave = floor + (peak - floor) * (1 + mx.cos(part * np.pi)) / 2
        return mx.where(step < warmup, peak * step / warmup, wave)

    return rate


@warmup_cosine.alternative
def _(peak, warmup, total, floor):
    import math

    def rate(step):
        step = min(int(step), total)
        if step < warmup:
            return peak * step / warmup
        part = (step - warmup) / (total - warmup)
        return floor + (peak - floor) * 0.5 * (1.0 + math.cos(math.pi * part))

    return rate


@warmup_cosine.misconception(
    "fall_takes_total",
    "At step `total` the rate is {end}, and it should be {end:expected}. Your rates are those of a "
    "fall that is as long as the whole training and begins after the warm-up. The last steps, "
    "which should be the smallest, are not taken. How many steps are left after the warm-up?",
)
def _(peak, warmup, total, floor):
    rise = optim.linear_schedule(0.0, peak, warmup)
    fall = optim.cosine_decay(peak, total, floor)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.misconception(
    "wave_counts_from_step_0",
    "When the warm-up ends, the rate is {top} instead of {top:expected}, as if the wave had "
    "already been falling while the line was rising. From which step does it count?",
)
def _(peak, warmup, total, floor):
    def rate(step):
        wave = floor + (peak - floor) * (1 + mx.cos(mx.minimum(step / total, 1) * np.pi)) / 2
        return mx.where(step < warmup, peak * step / warmup, wave)

    return rate


@warmup_cosine.misconception(
    "comes_back_up",
    "After `total` the rate is {after}, and it should stay at {after:expected}. A cosine does not "
    "stop: after half a wave it comes back, and a run that goes on for longer ends on a high rate. "
    "What holds it?",
)
def _(peak, warmup, total, floor):
    def rate(step):
        part = (step - warmup) / (total - warmup)
        wave = floor + (peak - floor) * (1 + mx.cos(part * np.pi)) / 2
        return mx.where(step < warmup, peak * step / warmup, wave)

    return rate


@warmup_cosine.misconception(
    "floor_forgotten",
    "At the end the rate is {end}, and `floor` is {end:expected}. A cosine that falls to 0 is what "
    "`cosine_decay` makes unless it is told more; but with a rate of 0 the last part of a run "
    "changes nothing. Where does the floor come in?",
)
def _(peak, warmup, total, floor):
    rise = optim.linear_schedule(0.0, peak, warmup)
    fall = optim.cosine_decay(peak, total - warmup)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.misconception(
    "no_warmup",
    "The rate at step 0 is {start}: it begins at its highest. An optimizer such as Adam knows "
    "nothing about the gradients yet when its first and largest steps are taken. What should come "
    "before the fall?",
)
def _(peak, warmup, total, floor):
    return optim.cosine_decay(peak, total, floor)


@warmup_cosine.misconception(
    "warmup_one_short",
    "Within the warm-up the rate is {rising}, and it should be {rising:expected}: the line gets to "
    "the top one step early. From 0 to `warmup` there is one number more than there are steps. "
    "How many steps does the line take?",
)
def _(peak, warmup, total, floor):
    rise = optim.linear_schedule(0.0, peak, warmup - 1)
    fall = optim.cosine_decay(peak, total - warmup, floor)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.misconception(
    "linear_fall",
    "The warm-up is right, and from there the rate falls along a straight line. Many runs do that; "
    "half a cosine wave stays high for longer at first and low for longer at the end. Which of the "
    "two was asked for?",
)
def _(peak, warmup, total, floor):
    rise = optim.linear_schedule(0.0, peak, warmup)
    fall = optim.linear_schedule(peak, floor, total - warmup)
    return optim.join_schedules([rise, fall], [warmup])


@warmup_cosine.misconception(
    "floor_on_top",
    "When the warm-up ends, the rate is {top}, and `peak` is {top:expected}: the floor was added "
    "to the whole wave. How high is a wave that goes from `peak` to `floor`?",
)
def _(peak, warmup, total, floor):
    def rate(step):
        part = mx.clip((step - warmup) / (total - warmup), 0, 1)
        wave = floor + peak * (1 + mx.cos(part * np.pi)) / 2
        return mx.where(step < warmup, peak * step / warmup, wave)

    return rate


@warmup_cosine.misconception(
    "whole_wave",
    "At step `total` the rate is {end}, and it should be {end:expected}: the wave has come up "
    "again by then. It was a whole one. Which part of a cosine only falls?",
)
def _(peak, warmup, total, floor):
    def rate(step):
        part = mx.clip((step - warmup) / (total - warmup), 0, 1)
        wave = floor + (peak - floor) * (1 + mx.cos(part * 2 * np.pi)) / 2
        return mx.where(step < warmup, peak * step / warmup, wave)

    return rate


warmup_cosine.same_as(
    "alternative 1",
    "constant",
    "mx.clip((step - warmup) / (total - warmup), 0, 1)",
    "below 0 is the warm-up, where the line counts and not the wave",
)
for _label in ("alternative 1", "alternative 2"):
    warmup_cosine.same_as(
        _label, "boundary", "step < warmup", "at step `warmup` line and wave are both at the peak"
    )


warmup_cosine.hints(
    "How many steps does the fall take, from its first to its last?",
    "`mlx.optimizers` has a straight line, a cosine, and something that puts schedules one after "
    "the other. The second counts its own steps from 0.",
    "`optim.linear_schedule(0.0, peak, warmup)`, `optim.cosine_decay(peak, total - warmup, floor)` "
    "and `optim.join_schedules([...], [warmup])`.",
)
