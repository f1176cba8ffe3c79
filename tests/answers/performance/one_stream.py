"""Others' answers to one_stream."""

from course.author.answers import right, wrong

wrong("strict", named="ends_refused")(lambda r, f, s: (1000 / s, 1000 / f, 1000 / s < r < 1000 / f))


wrong("upper end only", named="anything_below_the_highest")(
    lambda r, f, s: (1000 / s, 1000 / f, r <= 1000 / f)
)


wrong("lower end only", named="faster_is_fine")(lambda r, f, s: (1000 / s, 1000 / f, r >= 1000 / s))


wrong("the mean latency alone", named="the_mean_alone")(
    lambda r, f, s: (1000 / s, 1000 / f, abs(r - 2000 / (f + s)) < 1)
)


@right("times compared, a list")
def _(rate, fastest, slowest):
    return [1e3 / slowest, 1e3 / fastest, rate * fastest <= 1000 and rate * slowest >= 1000]


@right("seconds first")
def _(rate, fastest, slowest):
    short, long = fastest / 1000, slowest / 1000
    return 1 / long, 1 / short, 1 / long <= rate <= 1 / short


wrong("ends swapped", named="nothing_agrees")(
    lambda r, f, s: (1000 / f, 1000 / s, 1000 / f <= r <= 1000 / s)
)


wrong("seconds", named="seconds_for_milliseconds")(
    lambda r, f, s: (1 / s, 1 / f, 1 / s <= r <= 1 / f)
)


wrong("always agrees", named="streams_may_share")(lambda r, f, s: (1000 / s, 1000 / f, True))
