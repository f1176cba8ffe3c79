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
    # 1000 by these is whole, so every way of writing it meets the ends to the last bit.
    fastest, slowest = float(rng.choice([4, 5])), float(rng.choice([8, 10]))
    over, under = round(1150 / fastest), round(500 / slowest)
    low, high, too_fast = answer(over, fastest, slowest)
    other_low, other_high, _ = answer(over, fastest + 2, slowest + 5)
    asked = {
        "far": 2 * over,
        "inside": round(1000 / (fastest + 1)),
        "mean": 2000 / (fastest + slowest),
        "under": under,
        "at_high": 1000 / fastest,
        "at_low": 1000 / slowest,
    }
    return {
        "low": _plain(low),
        "high": _plain(high),
        "other_low": _plain(other_low),
        "other_high": _plain(other_high),
        "over": bool(too_fast),
        **{name: bool(answer(rate, fastest, slowest)[2]) for name, rate in asked.items()},
        "asked": over,
        "less": under,
        "fastest": fastest,
        "slowest": slowest,
    }


one_stream.says(
    passed="No machine, no model, no benchmark: two numbers of one source and a division.",
    low="The lowest rate",
    high="The highest rate",
    other_low="The lowest rate, with other times",
    other_high="The highest rate, with other times",
    over="Whether a rate a little above all of them agrees",
    far="Whether a rate far above all of them agrees",
    inside="Whether a rate between them agrees",
    mean="Whether the rate of the mean time agrees",
    under="Whether a rate below all of them agrees",
    at_high="Whether the highest rate itself agrees",
    at_low="Whether the lowest rate itself agrees",
    asked="The rate above that was asked about",
    less="The rate below that was asked about",
    fastest="The shortest time in ms",
    slowest="The longest time in ms",
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
    "Your lowest rate is {low} and your highest {high}; whether a rate agrees is right. The lowest "
    "time stands first. Which of the two times gives the most tokens?",
)
def _(rate, fastest, slowest):
    low, high = 1000 / fastest, 1000 / slowest
    return low, high, high <= rate <= low


@one_stream.misconception(
    "nothing_agrees",
    "Your lowest rate is {low} and your highest {high}, and no rate lies between such ends. The "
    "lowest time stands first. Which of the two times gives the most tokens?",
)
def _(rate, fastest, slowest):
    low, high = 1000 / fastest, 1000 / slowest
    return low, high, low <= rate <= high


@one_stream.misconception(
    "faster_is_fine",
    "For {asked} tokens a second you say {over}, though one stream with these times has at most "
    "{high}; rates below all of them you refuse. Averages hide slow steps. Can they hide that "
    "every step is too slow?",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, rate >= low


@one_stream.misconception(
    "anything_below_the_highest",
    "For {less} tokens a second you say {under}, though one stream with these times has at least "
    "{low}; rates above all of them you refuse. Slower is easier to reach. But with {less} a "
    "second, how long are the times between two tokens?",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, rate <= high


@one_stream.misconception(
    "streams_may_share",
    "For {asked} tokens a second you say {over}, and for {less} too. Several streams could reach "
    "the one together, that is true. Which rates can one stream have?",
)
def _(rate, fastest, slowest):
    return 1000 / slowest, 1000 / fastest, True


@one_stream.misconception(
    "within_a_fifth",
    "For {asked} tokens a second you say {over}, with {high} as the most, and for rates far off "
    "the right thing. Near enough, if something had been measured. Whose numbers are both of "
    "these?",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, 0.8 * low <= rate <= 1.25 * high


@one_stream.misconception(
    "ends_refused",
    "All is right but the ends: for exactly {low} and {high} tokens a second you say {at_low} and "
    "{at_high}. A stream whose steps all take {fastest} ms has times in the range. What does the "
    "statement say of the ends?",
)
def _(rate, fastest, slowest):
    low, high = 1000 / slowest, 1000 / fastest
    return low, high, low < rate < high


@one_stream.misconception(
    "the_mean_alone",
    "For the rate of the mean time you say {mean}, and for another rate between the ends {inside}. "
    "Steps of {fastest} to {slowest} ms can have many means. Which rates are possible?",
)
def _(rate, fastest, slowest):
    return 1000 / slowest, 1000 / fastest, abs(rate - 2000 / (fastest + slowest)) < 1


one_stream.hints(
    "How many tokens come in a second if one comes every 5 ms?",
    "Turn both times into rates; the slowest time is the lowest rate. The stated rate has to lie "
    "between them.",
    "`1000 / slowest <= rate <= 1000 / fastest`",
)
