"""team_size, an exercise of lesson 10, serving."""

from course.exercise import exercise

team_size = exercise(minutes=8, level=2)


@team_size.solution
def _(memory, bandwidth, weights, kv, least):
    """How many conversations at a time a machine can serve with a model, on paper.

    All in bytes and bytes a second: `memory` that the GPU may use, memory `bandwidth`, the model's
    `weights`, and `kv`, the keys and values of one conversation at its full length. `least` is how
    many tokens a second each user must get. For a step, which gives each conversation one token,
    the weights are read once, and each conversation's keys and values once; count nothing else.
    Return (users, rate): the largest number of users for which all fits into memory and each gets
    at least `least`, and the tokens a second that each then gets. (0, 0.0) where not even one
    can be served.
    For memory 20e9, bandwidth 200e9, weights 10e9, kv 1e9 and least 12 it is (6, 12.5).
    """
    room = (memory - weights) // kv
    time = (bandwidth / least - weights) // kv
    users = int(max(0, min(room, time)))
    return (users, bandwidth / (weights + users * kv)) if users else (0, 0.0)


@team_size.use(least="reading")
def _(answer, rng):
    weights, least = 4e9 + 1e8 * int(rng.integers(0, 9)), int(rng.integers(10, 14))
    kv = 1.07e9
    sizes = int(rng.integers(5, 8))
    # Enough memory, and speed for `sizes` users and a half; then the other way round.
    bandwidth = least * (weights + (sizes + 0.5) * kv)
    slow = answer(weights + (2 * sizes + 0.4) * kv, bandwidth, weights, kv, least)
    full = answer(weights + (sizes - 2 + 0.6) * kv, bandwidth, weights, kv, least)
    none = answer(0.9 * weights, bandwidth, weights, kv, least)
    return {
        "slow": slow[0],
        "slow_rate": slow[1],
        "full": full[0],
        "full_rate": full[1],
        "none": none[0],
        "none_rate": float(none[1]),
        "least": least,
    }


team_size.says(
    passed="A ceiling, before any overhead: what is measured later should lie below it.",
    slow="Users where speed is the limit",
    slow_rate="Tokens a second for each of them",
    full="Users where memory is the limit",
    full_rate="Tokens a second for each of those",
    none="Users where the model does not fit",
    none_rate="Tokens a second for them",
    least="Tokens a second that were promised",
)


@team_size.alternative
def _(memory, bandwidth, weights, kv, least):
    users, rate = 0, 0.0
    while True:
        read = weights + (users + 1) * kv
        if read > memory or bandwidth / read < least:
            return users, rate
        users, rate = users + 1, bandwidth / read


def _sized(bandwidth, weights, kv, users, read=None):
    users = int(max(0, users))
    read = weights + users * kv if read is None else read
    return (users, bandwidth / read) if users else (0, 0.0)


@team_size.misconception(
    "memory_alone",
    "All that fits into memory was let in: {slow} users, each with {slow_rate} tokens a second, "
    "where {least} were promised. They fit, and they wait. Which number decides how long a step "
    "takes?",
)
def _(memory, bandwidth, weights, kv, least):
    return _sized(bandwidth, weights, kv, (memory - weights) // kv)


@team_size.misconception(
    "speed_alone",
    "The speed would do for {full} users, and their conversations do not fit: {full:expected} do. "
    "What happens to a server whose memory is full at the third long conversation?",
)
def _(memory, bandwidth, weights, kv, least):
    return _sized(bandwidth, weights, kv, (bandwidth / least - weights) // kv)


@team_size.misconception(
    "shared_out",
    "One user would get bandwidth / weights tokens a second, and you shared that out: {slow} "
    "users. But a step that reads the weights once gives a token to every conversation. That is "
    "what batching is.",
)
def _(memory, bandwidth, weights, kv, least):
    users = min((memory - weights) // kv, bandwidth / weights / least)
    return _sized(bandwidth, weights, kv, users, read=max(1, int(users)) * weights)


@team_size.misconception(
    "conversations_cost_nothing",
    "Each step was taken to read the weights and nothing else: {slow} users with {slow_rate} "
    "tokens a second. At this length the keys and values of a few conversations are as much as "
    "the model, and they are read for each token.",
)
def _(memory, bandwidth, weights, kv, least):
    users = (memory - weights) // kv if bandwidth / weights >= least else 0
    return _sized(bandwidth, weights, kv, users, read=weights)


@team_size.misconception(
    "a_model_each",
    "Memory was counted as if each user had a model of their own: {full} users. A server has the "
    "weights once; what is there for each is the conversation.",
)
def _(memory, bandwidth, weights, kv, least):
    users = min(memory // (weights + kv), (bandwidth / least - weights) // kv)
    return _sized(bandwidth, weights, kv, users)


@team_size.misconception(
    "rounded",
    "You have {slow} users, and each gets {slow_rate} tokens a second, a little less than was "
    "promised. A number that was not whole went up. Which way is safe?",
)
def _(memory, bandwidth, weights, kv, least):
    users = min((memory - weights) / kv, (bandwidth / least - weights) / kv)
    return _sized(bandwidth, weights, kv, -(-users // 1))


@team_size.misconception(
    "rate_of_all_together",
    "The users are right. The rate, {slow_rate} tokens a second, is that of all together, as it "
    "stands in advertisements; each gets {slow_rate:expected}.",
)
def _(memory, bandwidth, weights, kv, least):
    room = (memory - weights) // kv
    users, rate = _sized(bandwidth, weights, kv, min(room, (bandwidth / least - weights) // kv))
    return users, users * rate


team_size.hints(
    "What has to be in memory, and what has to be read for one step?",
    "Both are the same bytes: weights + users * kv. One is limited by memory, the other by "
    "bandwidth / least.",
    "`(memory - weights) // kv` and `(bandwidth / least - weights) // kv`: the smaller one, not "
    "below 0.",
)
