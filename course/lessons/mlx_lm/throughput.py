"""throughput, an exercise of lesson 08, mlx_lm."""

import itertools

from course.exercise import exercise

throughput = exercise(minutes=5, level=1)


@throughput.solution
def _(stream, clock):
    """How long until something comes, and how fast it comes then.

    `stream` gives tokens as a model makes them, at least two; it works only while it is asked.
    `clock()` gives a time in seconds. Return the pair (wait, rate). `wait` is the number of seconds
    from before the first token is asked for until it is there; `rate` is tokens a second from the
    first token to the last, the first one not counted.
    If the first token comes after 2 s and then one at 2.5 s and one at 3 s, the answer is (2, 2).
    """
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return times[0] - start, (len(times) - 1) / (times[-1] - times[0])


@throughput.use(wait="reduction", rate="reduction")
def _(answer, rng):
    now = float(rng.uniform(10, 20))
    waits = [float(rng.uniform(2, 4)), *rng.uniform(0.02, 0.2, size=int(rng.integers(6, 12)))]

    def stream():
        nonlocal now
        for i, seconds in enumerate(waits):
            now += float(seconds)
            yield 100 + i
        now += 0.5

    wait, rate = answer(stream(), lambda: now)
    return {"wait": float(wait), "rate": float(rate)}


throughput.says(
    passed="Two numbers: one is the prompt's, the other is the model's.",
    wait="Seconds until the first token",
    rate="Tokens a second after it",
)


@throughput.alternative
def _(stream, clock):
    begin = clock()
    tokens = iter(stream)
    next(tokens)
    first = last = clock()
    count = 0
    for _ in tokens:
        count, last = count + 1, clock()
    return [first - begin, count / (last - first)]


@throughput.misconception(
    "prefill_in_the_rate",
    "Your rate is {rate} tokens a second, and {rate:expected} is right: all tokens were divided by "
    "all seconds, the wait for the first included. The wait is the prompt being read. With a long "
    "prompt and a short answer such a figure says more about the prompt than about the model.",
)
def _(stream, clock):
    start, first, count = clock(), None, 0
    for _ in stream:
        count += 1
        first = first or clock()
        last = clock()
    return first - start, count / (last - start)


@throughput.misconception(
    "first_token_counted",
    "Your rate is {rate} instead of {rate:expected}: n tokens were divided by the time between the "
    "first and the last, in which n - 1 were made. Fence posts and fence.",
)
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return times[0] - start, len(times) / (times[-1] - times[0])


@throughput.misconception(
    "mean_of_rates",
    "You took a rate for each token and the mean of them: {rate} instead of {rate:expected}. Fast "
    "tokens then count as much as slow ones, although less time was spent on them. Distance by "
    "time is what a speed is.",
)
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    rates = [1 / (b - a) for a, b in itertools.pairwise(times)]
    return times[0] - start, sum(rates) / len(rates)


@throughput.misconception(
    "collected_first",
    "The wait you return is {wait} s, and the first token was there after {wait:expected} s. The "
    "stream was collected into a list before anything was timed, and a list is there when its last "
    "token is.",
)
def _(stream, clock):
    start = clock()
    tokens = list(stream)
    end = clock()
    return end - start, len(tokens) / (end - start)


@throughput.misconception(
    "until_the_stream_closes",
    "The rate is {rate} instead of {rate:expected}: you looked at the clock when the stream had "
    "ended. It may do something after its last token; look when each token comes.",
)
def _(stream, clock):
    start, first, count = clock(), None, 0
    for _ in stream:
        count += 1
        first = first or clock()
    return first - start, (count - 1) / (clock() - first)


throughput.hints(
    "At which moments do you have to look at the clock?",
    "Before the first token is asked for, when it is there, and when the last one is there. "
    "Between the last two, how many tokens were made?",
    "Keep `clock()` for every token in a list `times`: the rate is `(len(times) - 1)` by "
    "`times[-1] - times[0]`.",
)
