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
    "Your rate is {rate} tokens a second, and {rate:expected} is right: yours is all tokens by "
    "all seconds, the wait for the first included. The wait is the prompt being read. With a long "
    "prompt and a short answer, what does such a figure tell of the model?",
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
    "Your rate is {rate} instead of {rate:expected}: yours is n tokens by the time between the "
    "first and the last. How many of them were made in that time?",
)
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return times[0] - start, len(times) / (times[-1] - times[0])


@throughput.misconception(
    "mean_of_rates",
    "Your rate is {rate} instead of {rate:expected}: yours is the mean of a rate for each token. "
    "Fast tokens then count as much as slow ones, although less time was spent on them. What is a "
    "speed, over a whole way?",
)
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    rates = [1 / (b - a) for a, b in itertools.pairwise(times)]
    return times[0] - start, sum(rates) / len(rates)


@throughput.misconception(
    "collected_first",
    "The wait you return is {wait} s, and the first token was there after {wait:expected} s: "
    "yours lasts until the stream has ended. A list of a stream is there when its last token is. "
    "When do you have to look at the clock?",
)
def _(stream, clock):
    start = clock()
    tokens = list(stream)
    end = clock()
    return end - start, len(tokens) / (end - start)


@throughput.misconception(
    "until_the_stream_closes",
    "The rate is {rate} instead of {rate:expected}: yours ends when the stream has, which is "
    "later than its last token. A stream may still tidy up. When do you have to look at the clock?",
)
def _(stream, clock):
    start, first, count = clock(), None, 0
    for _ in stream:
        count += 1
        first = first or clock()
    return first - start, (count - 1) / (clock() - first)


@throughput.misconception(
    "clock_after_the_first",
    "The wait you return is {wait} s, and the first token was there after {wait:expected} s; the "
    "rate is right. The stream works only while it is asked, and asking for the first token makes "
    "it. From when does somebody wait?",
)
def _(stream, clock):
    tokens = iter(stream)
    next(tokens)
    start = first = clock()
    count = 0
    for _ in tokens:
        count, last = count + 1, clock()
    return first - start, count / (last - first)


@throughput.misconception(
    "rate_before_wait",
    "You return {wait} and {rate}: they are right, in the other order. Which of the two comes "
    "first?",
)
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return (len(times) - 1) / (times[-1] - times[0]), times[0] - start


@throughput.misconception(
    "two_tokens_alone",
    "The wait is right. Your rate is {rate} instead of {rate:expected}: that of the second token. "
    "One token may be quick or slow. How long is the way that is asked about?",
)
def _(stream, clock):
    tokens = iter(stream)
    start = clock()
    next(tokens)
    first = clock()
    next(tokens)
    return first - start, 1 / (clock() - first)


@throughput.misconception(
    "seconds_for_each",
    "The wait is right. You have {rate} where it is {rate:expected} tokens a second: yours is the "
    "seconds that a token takes. How many of them come in a second?",
)
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return times[0] - start, (times[-1] - times[0]) / (len(times) - 1)


throughput.hints(
    "At which moments do you have to look at the clock?",
    "Before the first token is asked for, when it is there, and when the last one is there. "
    "Between the last two, how many tokens were made?",
    "Keep `clock()` for every token in a list `times`: the rate is `(len(times) - 1)` by "
    "`times[-1] - times[0]`.",
)
