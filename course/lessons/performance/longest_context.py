"""longest_context, an exercise of lesson 12, performance."""

import math

from course.exercise import exercise

from .common import _plain

longest_context = exercise(minutes=7, level=2)


@longest_context.solution
def _(memory, share, weights, token, batch):
    """How long conversations may get.

    A machine is sold with `memory` GB, which for memory are units of 2**30 bytes, and its GPU may
    use a `share` of it (0.75, say). The model takes `weights` bytes, and each token in the cache of
    a conversation `token` bytes; `batch` conversations are open and equally long. Return the most
    whole tokens that each may have, and 0 where there is room for none.
    With 16, 0.5, 6e9, 131072 and 1 it is 19759: 2589934592 bytes are left. With 7e9: 12130; with
    9e9: 0.
    """
    left = memory * 2**30 * share - weights
    return max(0, int(left // (token * batch)))


@longest_context.use
def _(answer, rng):
    memory, share = int(rng.choice([24, 32, 48])), float(rng.choice([0.5, 0.625, 0.75]))
    few, token = int(rng.integers(2, 6)), int(rng.integers(2, 9)) * 28672
    weights, room = float(rng.integers(4, 9)) * 1e9, memory * 2**30 * share

    def fits(tokens, batch):  # weights that leave room for so many
        return room - tokens * token * batch

    whole = int(rng.integers(2000, 9000))
    places = (0.3, 0.7) if rng.integers(2) else (0.7, 0.3)
    near = [answer(memory, share, fits(whole + part, few), token, few) for part in places]
    seen = {
        "tokens": answer(memory, share, weights, token, few),
        "one": answer(memory, share, weights, token, 1),
        "none": answer(8, share, 9e9, token, few),
        "exactly": answer(memory, share, float(fits(whole, few)), token, few),
        "near": near[0],
        "nearer": near[1],
    }
    return {name: int(_plain(tokens)) for name, tokens in seen.items()}


longest_context.says(
    passed="mlx_lm stops nobody at this number; the machine gets slow. Now you know it before.",
    tokens="Tokens for each conversation",
    one="Tokens where one conversation is open",
    none="Tokens where the weights alone are too much",
    exactly="Tokens where nothing is left over",
    near="Tokens where a part of a token is left over",
    nearer="Tokens where another part of a token is left over",
)


@longest_context.alternative
def _(memory, share, weights, token, batch):
    budget = share * memory * 1024**3
    return math.floor((budget - weights) / token / batch) if budget > weights else 0


longest_context.same_as(
    "solution",
    "operator",
    "left // (token * batch)",
    "`int` leaves the fraction out, and below zero the larger of it and 0 is 0 either way",
)
longest_context.same_as(
    "alternative 1", "boundary", "budget > weights", "no room at all is room for 0 tokens"
)


@longest_context.misconception(
    "decimal_gigabytes",
    "You have {tokens} tokens, and it is {tokens:expected}. Yours is the room in GB of a billion "
    "bytes. Disks and bandwidths are sold in those. In which units is memory sold?",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 1e9 * share - weights) // (token * batch)))


@longest_context.misconception(
    "all_of_memory",
    "You have {tokens} tokens, and it is {tokens:expected}. Yours is the room in all of the "
    "memory. The operating system and whatever else is open live there too. How much may the GPU "
    "use?",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 2**30 - weights) // (token * batch)))


@longest_context.misconception(
    "share_of_what_is_left",
    "You have {tokens} tokens, and it is {tokens:expected}. Yours is the share of what the "
    "weights leave over. The limit is for everything the GPU holds. Do the weights count?",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 2**30 - weights) * share // (token * batch)))


@longest_context.misconception(
    "weights_forgotten",
    "You have {tokens} tokens, and it is {tokens:expected}. Yours is the room without any model in "
    "it. What has to lie there before the first token does?",
)
def _(memory, share, weights, token, batch):
    return int(memory * 2**30 * share // (token * batch))


@longest_context.misconception(
    "one_conversation",
    "You have {tokens} tokens, and it is {tokens:expected}: yours is the room for one "
    "conversation, and more than one is open. How many caches are there?",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 2**30 * share - weights) // token))


@longest_context.misconception(
    "less_than_nothing",
    "Where the weights alone do not fit, you have {none} tokens. What is the fewest that a "
    "conversation can have?",
)
def _(memory, share, weights, token, batch):
    return int((memory * 2**30 * share - weights) // (token * batch))


@longest_context.misconception(
    "a_part_of_a_token",
    "You have {tokens} tokens, and it is {tokens:expected}; numbers that come out whole are right. "
    "Yours are rounded up. Does the last token of each conversation still fit?",
)
def _(memory, share, weights, token, batch):
    return max(0, math.ceil((memory * 2**30 * share - weights) / (token * batch)))


@longest_context.misconception(
    "rounded_to_the_nearest",
    "You have {near} and {nearer} tokens, and it is {near:expected} and {nearer:expected}: the "
    "nearest whole number each time. Where that is the next one up, does the last token of each "
    "conversation still fit?",
)
def _(memory, share, weights, token, batch):
    return max(0, round((memory * 2**30 * share - weights) / (token * batch)))


longest_context.hints(
    "How many bytes does the GPU have, and how many of them are left when the weights are in?",
    "The share is of the whole memory, in units of 2**30 bytes. What the weights leave is for all "
    "conversations.",
    "`max(0, int((memory * 2**30 * share - weights) // (token * batch)))`",
)
