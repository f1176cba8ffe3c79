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
    # Powers of 2: what fits exactly does so in floats, whatever is divided first.
    kv = 2 ** int(rng.integers(29, 32))
    weights, least = kv // 4 * int(rng.integers(15, 22)), int(rng.integers(10, 14))
    sizes = int(rng.integers(5, 8))
    small, little = weights // 32, kv // 64

    def sized(memory, speed, weights=weights, kv=kv, over=0):
        """For memory and speed that would do for so many users each; `over` bytes a second more."""
        bandwidth = least * int(weights + speed * kv) + over
        return answer(int(weights + memory * kv), bandwidth, weights, kv, least)

    seen = {
        "slow": sized(2 * sizes + 0.4, sizes + 0.5),
        "full": sized(sizes - 1.4, sizes + 0.5),
        "exactly_full": sized(sizes, 2 * sizes),
        "exactly_slow": sized(2 * sizes, sizes),
        "nearly_slow": sized(2 * sizes, sizes, over=-1),
        "many_full": sized(30.5, 99, small, little),
        "many_slow": sized(99, 30.5, small, little),
        "single": sized(1, 1),
        "none": answer(0.9 * weights, least * weights * 3, weights, kv, least),
        "late": sized(sizes, 0.5),
        "never": answer(3 * weights, least * 0.9 * weights, weights, kv, least),
    }
    users = {name: found[0] for name, found in seen.items()}
    rates = {f"{name}_rate": float(found[1]) for name, found in seen.items()}
    return users | rates | {"least": least}


_SIZES = {
    "slow": "where speed is the limit",
    "full": "where memory is the limit",
    "exactly_full": "where the last one fills memory exactly",
    "exactly_slow": "where the last one gets exactly the least rate",
    "nearly_slow": "where the last one would get hardly less than the least rate",
    "many_full": "where memory is the limit of a small model",
    "many_slow": "where speed is the limit of a small model",
    "single": "where one fits exactly",
    "none": "where the model does not fit",
    "late": "where one alone is too slow",
    "never": "where the weights alone are too slow",
}
team_size.says(
    passed="A ceiling, before any overhead: what is measured later should lie below it.",
    least="Tokens a second that were promised",
    **{name: f"Users {where}" for name, where in _SIZES.items()},
    **{f"{name}_rate": f"Tokens a second for each, {where}" for name, where in _SIZES.items()},
)
for _fragment in ("(memory - weights) // kv", "(bandwidth / least - weights) // kv"):
    team_size.same_as("solution", "operator", _fragment, "`int` cuts off what is not whole")


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


def _most(memory, bandwidth, weights, kv, least):
    return min((memory - weights) // kv, (bandwidth / least - weights) // kv)


@team_size.misconception(
    "memory_alone",
    "Your users are all that fit into memory: {slow}, each with {slow_rate} tokens a second, where "
    "{least} were promised. They fit, and they wait. Which number decides how long a step takes?",
)
def _(memory, bandwidth, weights, kv, least):
    return _sized(bandwidth, weights, kv, (memory - weights) // kv)


@team_size.misconception(
    "speed_alone",
    "The speed would do for {full} users, and their conversations do not fit: {full:expected} do. "
    "What happens on a server whose memory is full?",
)
def _(memory, bandwidth, weights, kv, least):
    return _sized(bandwidth, weights, kv, (bandwidth / least - weights) // kv)


@team_size.misconception(
    "shared_out",
    "Your {slow} users are the rate of one, bandwidth / weights, shared out. That would be so if "
    "each token read the weights by itself. But a step that reads them once gives a token to every "
    "conversation. How many tokens come out of a step?",
)
def _(memory, bandwidth, weights, kv, least):
    users = min((memory - weights) // kv, bandwidth / weights / least)
    return _sized(bandwidth, weights, kv, users, read=max(1, int(users)) * weights)


@team_size.misconception(
    "step_shared_out",
    "Your {slow} users with {slow_rate} tokens a second are those of one token a step, which all "
    "take in turns. A step with several conversations reads the same weights. How many tokens come "
    "out of it?",
)
def _(memory, bandwidth, weights, kv, least):
    users, rate = 0, 0.0
    while True:
        read = weights + (users + 1) * kv
        if read > memory or bandwidth / read / (users + 1) < least:
            return users, rate
        users, rate = users + 1, bandwidth / read / (users + 1)


@team_size.misconception(
    "conversations_cost_nothing",
    "Your numbers are those of steps that read the weights and nothing else: {slow} users with "
    "{slow_rate} tokens a second. At this length the keys and values of a few conversations are as "
    "much as the model. How often is each of them read?",
)
def _(memory, bandwidth, weights, kv, least):
    users = (memory - weights) // kv if bandwidth / weights >= least else 0
    return _sized(bandwidth, weights, kv, users, read=weights)


@team_size.misconception(
    "a_model_each",
    "Your {full} users are as many as fit if each has a model of their own. A server has the "
    "weights once. What is there once for each user?",
)
def _(memory, bandwidth, weights, kv, least):
    users = min(memory // (weights + kv), (bandwidth / least - weights) // kv)
    return _sized(bandwidth, weights, kv, users)


@team_size.misconception(
    "rounded",
    "You have {slow} users, and each gets {slow_rate} tokens a second, a little less than the "
    "{least} that were promised. A number that is not whole goes up or down. Which way is safe?",
)
def _(memory, bandwidth, weights, kv, least):
    users = min((memory - weights) / kv, (bandwidth / least - weights) / kv)
    return _sized(bandwidth, weights, kv, -(-users // 1))


@team_size.misconception(
    "rate_of_all_together",
    "The users are right. The rate, {slow_rate} tokens a second, is that of all together, as it "
    "stands in advertisements. What does each of them see?",
)
def _(memory, bandwidth, weights, kv, least):
    users, rate = _sized(bandwidth, weights, kv, _most(memory, bandwidth, weights, kv, least))
    return users, users * rate


@team_size.misconception(
    "least_given_to_each",
    "The users are right, and each gets {slow_rate} tokens a second, as was promised. That is what "
    "they must get at least; a step that reads less is quicker. How long does it take for so many?",
)
def _(memory, bandwidth, weights, kv, least):
    users, _ = _sized(bandwidth, weights, kv, _most(memory, bandwidth, weights, kv, least))
    return users, float(least) if users else 0.0


@team_size.misconception(
    "fewer_than_none",
    "Where the model does not fit you have {none} users. The formula goes on below 0, and people "
    "do not. What is the smallest number of users?",
)
def _(memory, bandwidth, weights, kv, least):
    users = int(_most(memory, bandwidth, weights, kv, least))
    return users, bandwidth / (weights + users * kv)


@team_size.misconception(
    "rate_for_nobody",
    "Where the model does not fit you have {none} users, and each gets {none_rate} tokens a "
    "second. A step that reads the weights for nobody has a rate, too. What should stand there?",
)
def _(memory, bandwidth, weights, kv, least):
    users = int(max(0, _most(memory, bandwidth, weights, kv, least)))
    return users, bandwidth / (weights + users * kv)


team_size.hints(
    "What has to be in memory, and what has to be read for one step?",
    "Both are the same bytes: weights + users * kv. One is limited by memory, the other by "
    "bandwidth / least.",
    "`(memory - weights) // kv` and `(bandwidth / least - weights) // kv`: the smaller one, not "
    "below 0.",
)
