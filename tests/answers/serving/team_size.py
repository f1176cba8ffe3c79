"""Others' answers to team_size."""

from course.author.answers import right, wrong


@right("closed form")
def _(memory, bandwidth, weights, kv, least):
    users = int(min((memory - weights) // kv, (bandwidth / least - weights) // kv))
    if users < 1:
        return 0, 0.0
    return users, bandwidth / (weights + users * kv)


@right("one limit on bytes, a list")
def _(memory: float, bandwidth: float, weights: float, kv: float, least: float):
    most = min(memory, bandwidth / least)
    users = max(0, int((most - weights) // kv))
    rate = bandwidth / (weights + users * kv) if users > 0 else 0.0
    return [users, float(rate)]


@wrong("speed alone")
def _(memory, bandwidth, weights, kv, least):
    users = int((bandwidth / least - weights) // kv)
    return (users, bandwidth / (weights + users * kv)) if users > 0 else (0, 0.0)


@wrong("rate of all together")
def _(memory, bandwidth, weights, kv, least):
    n = max(0, int((min(memory, bandwidth / least) - weights) // kv))
    return (n, n * bandwidth / (weights + n * kv)) if n else (0, 0.0)


@wrong("least given to each", named="least_given_to_each")
def _(memory, bandwidth, weights, kv, least):
    n = max(0, int((min(memory, bandwidth / least) - weights) // kv))
    return (n, float(least)) if n else (0, 0.0)


@wrong("negative users", named="fewer_than_none")
def _(memory, bandwidth, weights, kv, least):
    n = int((min(memory, bandwidth / least) - weights) // kv)
    return n, bandwidth / (weights + n * kv)


@wrong("bandwidth shared by users", named="step_shared_out")
def _(memory, bandwidth, weights, kv, least):
    n = 0
    while (
        weights + (n + 1) * kv <= memory and bandwidth / (weights + (n + 1) * kv) / (n + 1) >= least
    ):
        n += 1
    return (n, bandwidth / (weights + n * kv) / n) if n else (0, 0.0)


@wrong("weights' speed alone for nobody", named="rate_for_nobody")
def _(memory, bandwidth, weights, kv, least):
    n = max(0, int((min(memory, bandwidth / least) - weights) // kv))
    return n, bandwidth / (weights + n * kv)
