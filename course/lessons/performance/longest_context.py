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
    memory, share = int(rng.choice([24, 32, 48])), float(rng.choice([0.625, 0.75]))
    weights, token = float(rng.integers(4, 9)) * 1e9 + 1, int(rng.integers(2, 9)) * 28672
    return {
        "tokens": int(_plain(answer(memory, share, weights, token, 3))),
        "none": int(_plain(answer(8, share, 9e9, token, 3))),
    }


longest_context.says(
    passed="mlx_lm stops nobody at this number; the machine gets slow. Now you know it before.",
    tokens="Tokens for each conversation",
    none="Tokens where the weights alone are too much",
)


@longest_context.alternative
def _(memory, share, weights, token, batch):
    budget = share * memory * 1024**3
    return math.floor((budget - weights) / token / batch) if budget > weights else 0


@longest_context.misconception(
    "decimal_gigabytes",
    "You have {tokens} tokens, and it is {tokens:expected}. Your GB have a billion bytes. Disks "
    "and bandwidths are sold in those; memory is sold in units of 2**30, which are 7 % larger.",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 1e9 * share - weights) // (token * batch)))


@longest_context.misconception(
    "all_of_memory",
    "You have {tokens} tokens, and it is {tokens:expected}. All memory was given to the model. The "
    "operating system and whatever else is open live in the same memory, and the GPU gets a share.",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 2**30 - weights) // (token * batch)))


@longest_context.misconception(
    "share_of_what_is_left",
    "You have {tokens} tokens, and it is {tokens:expected}. The share was taken of what the "
    "weights leave over. The limit is for everything the GPU holds, weights included.",
)
def _(memory, share, weights, token, batch):
    return max(0, int((memory * 2**30 - weights) * share // (token * batch)))


@longest_context.misconception(
    "one_conversation",
    "You have {tokens} tokens, and it is {tokens:expected}: room for one conversation, and more "
    "than one is open. Each has a cache of its own.",
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
    "You have {tokens} tokens, and it is {tokens:expected}. Rounded up or to the nearest, the last "
    "token of a conversation may not fit any more.",
)
def _(memory, share, weights, token, batch):
    return max(0, math.ceil((memory * 2**30 * share - weights) / (token * batch)))


longest_context.hints(
    "How many bytes does the GPU have, and how many of them are left when the weights are in?",
    "The share is of the whole memory, in units of 2**30 bytes. What the weights leave is for all "
    "conversations.",
    "`max(0, int((memory * 2**30 * share - weights) // (token * batch)))`",
)
