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
    share = float(rng.uniform(0.25, 0.5))
    iters, batch, length = (int(n) for n in rng.integers([100, 2, 50], [2000, 9, 400]))
    return {"seconds": answer(billions * 1e9, iters, batch, length, tera * 1e12, share)}


lora_seconds.says(passed="A claim about training speed is now a division.", seconds="Seconds")


@lora_seconds.alternative
def _(parameters, iters, batch, length, flops, share):
    rate = flops * share / (2 * 2 * parameters)
    return iters * (batch * length / rate)


@lora_seconds.misconception(
    "full_training",
    "{seconds} s where {seconds:expected} s are right, half as much again: 6 operations for each "
    "weight and token are those of full training, which computes a gradient for every weight as "
    "well. Which of its three products does LoRA leave out?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 6 * parameters / (flops * share)


@lora_seconds.misconception(
    "forward_alone",
    "{seconds} s where {seconds:expected} s are right: half. Few parameters are trained, and the "
    "gradient still has to come down to them through all the others. What does the backward pass "
    "multiply by?",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 2 * parameters / (flops * share)


@lora_seconds.misconception(
    "batch_forgotten",
    "{seconds} s where {seconds:expected} s are right. A step has several rows: `iters` counts "
    "steps, and 1000 steps of 4 are 4000 rows.",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * length * 4 * parameters / (flops * share)


@lora_seconds.misconception(
    "peak_taken",
    "{seconds} s where {seconds:expected} s are right. That is at the rate on the box. Nobody "
    "trains at it: attention, norms, short rows and memory take their part.",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 4 * parameters / flops


@lora_seconds.misconception(
    "rows_for_tokens",
    "{seconds} s where {seconds:expected} s are right: you counted rows. A row has many tokens, "
    "and each goes through all weights.",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * 4 * parameters / (flops * share)


@lora_seconds.misconception(
    "share_multiplied",
    "{seconds} s where {seconds:expected} s are right. A machine that reaches a smaller share of "
    "its rate takes longer, and with you it takes less.",
)
def _(parameters, iters, batch, length, flops, share):
    return iters * batch * length * 4 * parameters / flops * share


lora_seconds.hints(
    "How many tokens go through the model, and how many operations does each cost?",
    "iters · batch · length tokens; 2 operations a weight forward and 2 backward; and not the rate "
    "on the box.",
    "`iters * batch * length * 4 * parameters / (flops * share)`.",
)
