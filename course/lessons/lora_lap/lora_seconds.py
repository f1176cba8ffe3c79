"""lora_seconds, an exercise of lesson 09, lora_lap."""

from course.exercise import exercise

lora_seconds = exercise(minutes=5, level=2)


@lora_seconds.solution
def _(parameters, iters, batch, length, flops, share):
    """How long a LoRA training takes, by arithmetic alone.

    `parameters` is the base's size. A matrix product takes 2 operations for each weight and token.
    LoRA's forward pass does that once for every weight, and its backward pass once more, to bring
    the gradient down through the frozen weights, which get none themselves; the adapters' own part
    is left out. There are `iters` steps of `batch` rows with `length` tokens each, on a machine of
    `flops` operations a second, of which a training reaches the share `share`. Return seconds, a
    float.
    For 8e9 parameters, 1000 steps of 4 rows with 200 tokens, 2e13 and 0.4 that is 3200.0.
    """
    tokens = iters * batch * length
    return tokens * 4 * parameters / (flops * share)


@lora_seconds.use
def _(answer, rng):
    billions, tera = int(rng.integers(1, 14)), int(rng.integers(5, 60))
    share = float(rng.uniform(0.25, 0.45))
    iters, length = (int(n) for n in rng.integers([100, 50], [2000, 400]))
    batch = int(rng.choice([3, 5, 7]))  # no ratio of two mistakes
    seconds = answer(billions * 1e9, iters, batch, length, tera * 1e12, share)
    return {
        "seconds": seconds,
        "whole": answer(billions * 1e9, iters, batch, length, tera * 1e12, 1.0),
        "single": answer(billions * 1e8, iters, 1, length, tera * 1e11, 0.5),
    }


lora_seconds.says(
    passed="A claim about training speed is now a division.",
    seconds="Seconds",
    whole="Seconds at a share of 1",
    single="Seconds with one row in a step, a smaller model and machine",
)


@lora_seconds.alternative
def _(parameters, iters, batch, length, flops, share):
    rate = flops * share / (2 * 2 * parameters)
    return iters * (batch * length / rate)


@lora_seconds.misconception(
    "full_training",
    "{seconds} s where {seconds:expected} s are right, half as much again: that is 6 operations "
    "for each weight and token, the usual figure. Full training computes a gradient for every "
    "weight as well. Which of its three products does LoRA leave out?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 6 * parameters / (flops * share)


@lora_seconds.misconception(
    "forward_alone",
    "{seconds} s where {seconds:expected} s are right: half, which is 2 operations for each weight "
    "and token. There are two passes through all the weights, forward and back down to the "
    "adapters, and a multiplication and an addition in each. How many operations are that?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 2 * parameters / (flops * share)


@lora_seconds.misconception(
    "batch_forgotten",
    "{seconds} s where {seconds:expected} s are right; with one row in a step it is right. Yours "
    "is the time of one row for each step. How many rows are 1000 steps of 4?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * length * 4 * parameters / (flops * share)


@lora_seconds.misconception(
    "peak_taken",
    "{seconds} s where {seconds:expected} s are right. Yours is the time at the rate on the box. "
    "Nobody trains at it: attention, norms, short rows and memory take their part. What says how "
    "much is left?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 4 * parameters / flops


@lora_seconds.misconception(
    "rows_for_tokens",
    "{seconds} s where {seconds:expected} s are right. Yours is the time of one token for each "
    "row. A step is counted in rows; what goes through the weights one by one?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * 4 * parameters / (flops * share)


@lora_seconds.misconception(
    "share_multiplied",
    "{seconds} s where {seconds:expected} s are right; at a share of 1 it is right. A machine that "
    "reaches a smaller share of its rate takes longer, and in your numbers it takes less time. "
    "Does the share make the rate smaller, or the time?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 4 * parameters / flops * share


@lora_seconds.misconception(
    "hours",
    "{seconds} where {seconds:expected} s are right: your number is right in hours. In which unit "
    "is the rate of the machine?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 4 * parameters / (flops * share) / 3600


@lora_seconds.misconception(
    "backward_twice",
    "{seconds} s where {seconds:expected} s are right, twice as much: that is 8 operations for "
    "each weight and token. Where activations are computed anew, full training takes so many. How "
    "many passes are there here, and how many operations has each?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 8 * parameters / (flops * share)


lora_seconds.hints(
    "How many tokens go through the model, and how many operations does each cost?",
    "iters · batch · length tokens; 2 operations a weight forward and 2 backward; and not the rate "
    "on the box.",
    "`iters * batch * length * 4 * parameters / (flops * share)`.",
)
