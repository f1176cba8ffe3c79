"""one_stream, an exercise of lesson 12, performance."""

from course.exercise import exercise

from .common import _plain

one_stream = exercise(minutes=6, level=2)


@one_stream.solution
def _(rate, fastest, slowest):
    """Does a source agree with itself?

    Somebody states `rate` tokens a second, and in the same place that the time between two tokens
    is `fastest` to `slowest` milliseconds. Return three things: the lowest and the highest number
    of tokens a second that one stream has with such times, and whether `rate` can be the rate of
    one stream then (True or False; the ends of the range count as possible).
    With 230, 5 and 7: 142.9, 200.0 and False.
    """
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, low <= rate <= high


@one_stream.use
def _(answer, rng):
    fastest = float(rng.integers(4, 9))
    slowest = fastest + float(rng.integers(2, 5))
    over, under = round(1150 / fastest), round(500 / slowest)
    low, high, too_fast = answer(over, fastest, slowest)
    far = answer(2 * over, fastest, slowest)[2]
    inside = answer(round(1000 / (fastest + 1)), fastest, slowest)[2]
    too_slow = answer(under, fastest, slowest)[2]
    return {
        "low": _plain(low),
        "high": _plain(high),
        "over": bool(too_fast),
        "far": bool(far),
        "inside": bool(inside),
        "under": bool(too_slow),
        "asked": over,
        "less": under,
        "fastest": fastest,
    }


one_stream.says(
    passed="No machine, no model, no benchmark: two numbers of one source and a division.",
    low="The lowest rate",
    high="The highest rate",
    over="Whether a rate a little above all of them agrees",
    far="Whether a rate far above all of them agrees",
    inside="Whether a rate between them agrees",
    under="Whether a rate below all of them agrees",
)


@one_stream.alternative
def _(rate, fastest, slowest):
    between = 1000 / rate
    return (slowest / 1000) ** -1, (fastest / 1000) ** -1, fastest <= between <= slowest


@one_stream.misconception(
    "seconds_for_milliseconds",
    "Your highest rate is {high}, and it is {high:expected}. With {fastest} seconds between two "
    "tokens you would be right; how many milliseconds has a second?",
)
def _(rate, fastest, slowest):
    low, high = 1 / slowest, 1 / fastest
    return low, high, low <= rate <= high


@one_stream.misconception(
    "ends_swapped",
    "Your lowest rate is {low} and your highest {high}. Which of the two times gives the most "
    "tokens?",
)
def _(rate, fastest, slowest):
    low, high = 1000 / fastest, 1000 / slowest
    return low, high, high <= rate <= low


@one_stream.misconception(
    "faster_is_fine",
    "For {asked} tokens a second you say {over}, though one stream with these times has at most "
    "{high}. Averages hide slow steps, and cannot hide that all steps are too slow.",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, rate >= low


@one_stream.misconception(
    "anything_below_the_highest",
    "For {less} tokens a second you say {under}, though one stream with these times has at least "
    "{low}. A rate below the slowest step disagrees as well.",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, rate <= high


@one_stream.misconception(
    "streams_may_share",
    "For {asked} tokens a second you say {over}. Two streams could reach it together, that is "
    "true; asked was whether it can be the rate of one.",
)
def _(rate, fastest, slowest):
    return 1000 / slowest, 1000 / fastest, True


@one_stream.misconception(
    "within_a_fifth",
    "For {asked} tokens a second you say {over}, with {high} as the most: near enough. Nothing was "
    "measured here that could be off by chance; both numbers are the source's own.",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, 0.8 * low <= rate <= 1.25 * high


one_stream.hints(
    "How many tokens come in a second if one comes every 5 ms?",
    "Turn both times into rates; the slowest time is the lowest rate. The stated rate has to lie "
    "between them.",
    "`1000 / slowest <= rate <= 1000 / fastest`",
)
