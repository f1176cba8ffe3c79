"""on_another_chip, an exercise of lesson 12, performance."""

from course.exercise import exercise

from .common import _plain

on_another_chip = exercise(minutes=7, level=2)


@on_another_chip.solution
def _(rate, read, old, new):
    """What a measured speed becomes on another chip.

    One stream of a model wrote `rate` tokens a second on the chip `old`; each token reads `read`
    bytes. How many would it write on `new`? Both chips are dicts with `bandwidth`, in GB/s of
    10**9 bytes, and `cores`, those of the GPU. Assume that reading goes at the full bandwidth, that
    nothing else goes on while bytes are read, and that whatever else a token takes lasts as long on
    the new chip as on the old one.
    With 50 tokens a second, 4e9, {"bandwidth": 400, "cores": 40} and {"bandwidth": 800, "cores":
    60}: 66.7. Of 20 ms 10 are reading, and they become 5.
    """
    reading = [read / (1e9 * chip["bandwidth"]) for chip in (old, new)]
    return 1 / (1 / rate - reading[0] + reading[1])


@on_another_chip.use
def _(answer, rng):
    read = float(rng.uniform(2e9, 5e9))
    old = {"bandwidth": int(rng.choice([200, 273, 300])), "cores": int(rng.choice([16, 19, 20]))}
    rate = 1 / (read / (1e9 * old["bandwidth"]) + rng.uniform(3e-3, 5e-3))
    more, less = rng.uniform(2, 3), rng.uniform(0.6, 0.9)
    seen = {}
    for name, bandwidth, cores in (("faster", more, 1.5), ("slower", less, 1.3), ("same", 1, 2)):
        new = {name_: old[name_] * x for name_, x in (("bandwidth", bandwidth), ("cores", cores))}
        seen[name] = _plain(answer(rate, read, dict(old), new))
    return seen


on_another_chip.says(
    passed="A model that reads little gains little from faster memory, a large one nearly all.",
    faster="Tokens a second with more of both",
    slower="Tokens a second with more cores and less bandwidth",
    same="Tokens a second with more cores and the same bandwidth",
)


@on_another_chip.alternative
def _(rate, read, old, new):
    saved = read / 1e9 * (1 / old["bandwidth"] - 1 / new["bandwidth"])
    return rate / (1 - rate * saved)


@on_another_chip.misconception(
    "by_cores",
    "With fewer bytes a second and more cores you predict {slower} tokens/s, and it is "
    "{slower:expected}: yours grows as the cores do. Cores compute, and decoding waits for bytes: "
    "an M3 Pro's GPU has nearly as many cores as an M2 Pro's, and its memory is a quarter slower. "
    "Which of a chip's numbers does reading depend on?",
)
def _(rate, read, old, new):
    return rate * new["cores"] / old["cores"]


@on_another_chip.misconception(
    "by_bandwidth_alone",
    "You predict {faster} tokens/s for the faster memory, and it is {faster:expected}: yours grows "
    "as the bandwidth does. That is right for a token that only reads. How long does reading take "
    "at the old bandwidth, and what is the rest of a token's time?",
)
def _(rate, read, old, new):
    return rate * new["bandwidth"] / old["bandwidth"]


@on_another_chip.misconception(
    "the_new_ceiling",
    "You predict {faster} tokens/s, and it is {faster:expected}. Yours is the new chip's ceiling, "
    "bandwidth by bytes, whatever was measured. What does the measurement say about a token's time "
    "beyond its bytes?",
)
def _(rate, read, old, new):
    return 1e9 * new["bandwidth"] / read


@on_another_chip.misconception(
    "cores_speed_up_the_rest",
    "You predict {faster} tokens/s, and it is {faster:expected}. Yours is right for a rest that is "
    "shorter the more cores there are, and starting a kernel is not. How long is the rest said to "
    "last?",
)
def _(rate, read, old, new):
    reading = [read / (1e9 * chip["bandwidth"]) for chip in (old, new)]
    return 1 / ((1 / rate - reading[0]) * old["cores"] / new["cores"] + reading[1])


@on_another_chip.misconception(
    "binary_gigabytes",
    "You predict {faster} tokens/s, and it is {faster:expected}. Yours is right for GB of 2**30 "
    "bytes, in which memory is sold. In which are bandwidths stated?",
)
def _(rate, read, old, new):
    reading = [read / (2**30 * chip["bandwidth"]) for chip in (old, new)]
    return 1 / (1 / rate - reading[0] + reading[1])


@on_another_chip.misconception(
    "rates_added",
    "You predict {faster} tokens/s, and it is {faster:expected}. Yours is the old rate and the "
    "difference of the two ceilings. Times add up; rates do not. How long is a token's time?",
)
def _(rate, read, old, new):
    return rate + 1e9 * (new["bandwidth"] - old["bandwidth"]) / read


@on_another_chip.misconception(
    "never_slower",
    "With less bandwidth you predict {slower} tokens/s, and it is {slower:expected}; the other "
    "chips are right. Yours is never below the old rate. A newer chip can have slower memory: what "
    "becomes of a token's time then?",
)
def _(rate, read, old, new):
    reading = [read / (1e9 * chip["bandwidth"]) for chip in (old, new)]
    return max(rate, 1 / (1 / rate - reading[0] + reading[1]))


@on_another_chip.misconception(
    "seconds_for_a_rate",
    "You have {faster} where it is {faster:expected} tokens a second: yours is the time of a "
    "token. How many of them come in a second?",
)
def _(rate, read, old, new):
    reading = [read / (1e9 * chip["bandwidth"]) for chip in (old, new)]
    return 1 / rate - reading[0] + reading[1]


on_another_chip.hints(
    "How much of a token's time on the old chip was reading?",
    "A token's time is reading plus the rest. Take the old reading out and put the new one in.",
    "`1 / rate - read / old + read / new` seconds, with both bandwidths in bytes a second.",
)
