"""attainable, an exercise of lesson 12, performance."""

from course.exercise import exercise

from .common import _plain

attainable = exercise(minutes=5, level=1)


@attainable.solution
def _(intensity, flops, bandwidth):
    """Where the roof is.

    A piece of work does `intensity` floating-point operations for each byte that it moves. The
    machine can do `flops` operations a second and move `bandwidth` bytes a second, both at the
    same time. Return the most operations a second that the work can reach, and what bounds it:
    "memory" or "arithmetic" (where both would take equally long, "memory").
    With an intensity of 2, 1e12 operations and 1e11 bytes a second: 2e11 and "memory".
    """
    rate = intensity * bandwidth
    return (rate, "memory") if rate <= flops else (flops, "arithmetic")


@attainable.use
def _(answer, rng):
    flops, bandwidth = rng.uniform(1e12, 9e12), rng.uniform(1e11, 9e11)
    ridge, seen = flops / bandwidth, {}
    for name, place in {"low": 0.1, "middle": 0.8, "high": 20.0}.items():
        rate, seen[f"{name}_by"] = answer(place * ridge, flops, bandwidth)
        seen[name] = _plain(rate) / 1e9
    return seen


attainable.says(
    passed="Two lines, one corner: that is the whole roofline.",
    low="GFLOP/s at a low intensity",
    middle="GFLOP/s a little below the corner",
    high="GFLOP/s at a high intensity",
    low_by="What bounds a low intensity",
    middle_by="What bounds it a little below the corner",
    high_by="What bounds a high intensity",
)


@attainable.alternative
def _(intensity, flops, bandwidth):
    moving, computing = 1 / bandwidth, intensity / flops
    slower = max(moving, computing)
    return intensity / slower, "memory" if slower == moving else "arithmetic"


@attainable.misconception(
    "the_higher_roof",
    "At a low intensity you allow {low} GFLOP/s, and the machine {low:expected}: of the two roofs "
    "the higher was taken. Work has to fit under both.",
)
def _(intensity, flops, bandwidth):
    rate = intensity * bandwidth
    return max(rate, flops), "memory" if rate <= flops else "arithmetic"


@attainable.misconception(
    "always_the_peak",
    "At a low intensity you allow {low} GFLOP/s, the number in the brochure; {low:expected} is "
    "what memory can feed. How fast do bytes arrive, and how much is done with each?",
)
def _(intensity, flops, bandwidth):
    return flops, "memory" if intensity * bandwidth <= flops else "arithmetic"


@attainable.misconception(
    "one_after_the_other",
    "Between the two roofs you have {middle} GFLOP/s, and it is {middle:expected}. Your times for "
    "moving and computing were added. Both go on at once, so the longer one counts.",
)
def _(intensity, flops, bandwidth):
    seconds = 1 / bandwidth + intensity / flops
    return intensity / seconds, "memory" if 1 / bandwidth >= intensity / flops else "arithmetic"


@attainable.misconception(
    "bound_the_other_way",
    "The rates are right. At a low intensity you say {low_by}. Few operations for each byte: who "
    "is waiting for whom?",
)
def _(intensity, flops, bandwidth):
    rate = intensity * bandwidth
    return min(rate, flops), "arithmetic" if rate <= flops else "memory"


@attainable.misconception(
    "divided_by_intensity",
    "At a low intensity you allow {low} GFLOP/s, and it is {low:expected}. Bandwidth was divided "
    "by intensity. If twice as much is done with each byte, do more operations come out, or "
    "fewer?",
)
def _(intensity, flops, bandwidth):
    rate = bandwidth / intensity
    return min(rate, flops), "memory" if rate <= flops else "arithmetic"


attainable.hints(
    "How many operations can be done with the bytes that arrive in a second?",
    "There is a rate that memory allows and one that arithmetic allows. Both hold.",
    "`min(intensity * bandwidth, flops)`, and the name of the smaller.",
)
