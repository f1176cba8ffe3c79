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
    places = {"low": 0.1, "middle": rng.uniform(0.7, 0.9), "above": 1.25, "high": 20.0}
    for name, place in places.items():
        rate, seen[f"{name}_by"] = answer(place * ridge, flops, bandwidth)
        seen[name] = _plain(rate) / 1e9
    intensity = 2.0 ** int(rng.integers(1, 6))  # a power of two: the corner is met to the last bit
    rate, seen["corner_by"] = answer(intensity, intensity * bandwidth, bandwidth)
    return seen | {"corner": _plain(rate) / 1e9}


attainable.says(
    passed="Two lines, one corner: that is the whole roofline.",
    low="GFLOP/s at a low intensity",
    middle="GFLOP/s a little below the corner",
    above="GFLOP/s a little above the corner",
    high="GFLOP/s at a high intensity",
    corner="GFLOP/s in the corner itself",
    low_by="What bounds a low intensity",
    middle_by="What bounds it a little below the corner",
    above_by="What bounds it a little above the corner",
    high_by="What bounds a high intensity",
    corner_by="What bounds the corner itself",
)


@attainable.alternative
def _(intensity, flops, bandwidth):
    moving, computing = 1 / bandwidth, intensity / flops
    slower = max(moving, computing)
    return intensity / slower, "memory" if slower == moving else "arithmetic"


@attainable.misconception(
    "the_higher_roof",
    "At a low intensity you allow {low} GFLOP/s, and the machine {low:expected}: of the two roofs "
    "yours is the higher. Each of them is a rate that the machine can reach. Which of them can the "
    "work reach that needs both?",
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
    "always_the_bandwidth",
    "At a high intensity you allow {high} GFLOP/s, and the machine does {high:expected} at most. "
    "Yours is what arrives from memory, times what is done with it. Can all of that be computed?",
)
def _(intensity, flops, bandwidth):
    rate = intensity * bandwidth
    return rate, "memory" if rate <= flops else "arithmetic"


@attainable.misconception(
    "one_after_the_other",
    "A little below the corner you have {middle} GFLOP/s, and it is {middle:expected}. Your rates "
    "are those of moving first and computing afterwards, the two times added. Here both go on at "
    "once. Which of the two times is then the time of the work?",
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
    "corner_given_to_arithmetic",
    "All is right but the corner itself, where both take equally long: you say {corner_by}. Either "
    "would do, so the statement settles it. Which of the two does it name?",
)
def _(intensity, flops, bandwidth):
    rate = intensity * bandwidth
    return min(rate, flops), "memory" if rate < flops else "arithmetic"


@attainable.misconception(
    "compute_for_arithmetic",
    "The rates are right. At a high intensity you say “{high_by}”, and “compute bound” is a common "
    "name for it. Which two words does the statement use?",
)
def _(intensity, flops, bandwidth):
    rate = intensity * bandwidth
    return min(rate, flops), "memory" if rate <= flops else "compute"


@attainable.misconception(
    "divided_by_intensity",
    "At a low intensity you allow {low} GFLOP/s, and it is {low:expected}. Yours fall where the "
    "intensity rises, as bandwidth divided by intensity does. If twice as much is done with each "
    "byte, do more operations come out, or fewer?",
)
def _(intensity, flops, bandwidth):
    rate = bandwidth / intensity
    return min(rate, flops), "memory" if rate <= flops else "arithmetic"


attainable.hints(
    "How many operations can be done with the bytes that arrive in a second?",
    "There is a rate that memory allows and one that arithmetic allows. Both hold.",
    "`min(intensity * bandwidth, flops)`, and the name of the smaller.",
)
