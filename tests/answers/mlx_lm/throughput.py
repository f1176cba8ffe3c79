"""Others' answers to throughput."""

from course.author.answers import right, wrong


@right("iter, next, count")
def _(stream, clock):
    it = iter(stream)
    t0 = clock()
    next(it)
    t1 = clock()
    n, t = 0, t1
    for _ in it:
        n += 1
        t = clock()
    return (t1 - t0, n / (t - t1))


@right("enumerate, list returned")
def _(stream, clock):
    begin = clock()
    for n, _ in enumerate(stream):
        now = clock()
        if n == 0:
            first = now
    return [first - begin, n / (now - first)]


@wrong("rate over the whole time", named="prefill_in_the_rate")
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return times[0] - start, len(times) / (times[-1] - start)


@wrong("stream listed first", named="collected_first")
def _(stream, clock):
    start = clock()
    tokens = list(stream)
    end = clock()
    return end - start, len(tokens) / (end - start)


@wrong("clock started after the first token", named="clock_after_the_first")
def _(stream, clock):
    it = iter(stream)
    next(it)
    start = clock()
    first = clock()
    n = 0
    for _ in it:
        n += 1
        t = clock()
    return first - start, n / (t - first)


@wrong("end measured after the stream has closed", named="until_the_stream_closes")
def _(stream, clock):
    start, first, n = clock(), None, 0
    for _ in stream:
        if first is None:
            first = clock()
        n += 1
    return first - start, (n - 1) / (clock() - first)


@wrong("order exchanged", named="rate_before_wait")
def _(stream, clock):
    start, times = clock(), []
    for _ in stream:
        times.append(clock())
    return (len(times) - 1) / (times[-1] - times[0]), times[0] - start


@wrong("only two tokens looked at", named="two_tokens_alone")
def _(stream, clock):
    it = iter(stream)
    s = clock()
    next(it)
    a = clock()
    next(it)
    b = clock()
    return a - s, 1 / (b - a)
