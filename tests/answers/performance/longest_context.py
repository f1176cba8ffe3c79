"""Others' answers to longest_context."""

import math

from course.author.answers import right, wrong


def _longest(memory, share, weights, token, batch, **w):
    gb = 1e9 if "decimal" in w else 2**30
    room = memory * gb * (1 if "whole" in w else share) - (0 if "no weights" in w else weights)
    if "weights share" in w:
        room = (memory * gb - weights) * share
    return room, token * (1 if "single" in w else batch)


@right("per stream, then per token")
def _(memory, share, weights, token, batch):
    left = share * memory * 1073741824 - weights
    return int(left / batch / token) if left > 0 else 0


wrong("negative", named="less_than_nothing")(
    lambda m, s, w, t, n: (lambda r, e: int(r // e))(*_longest(m, s, w, t, n))
)


wrong("rounded", named="rounded_to_the_nearest")(
    lambda m, s, w, t, n: (lambda r, e: max(0, round(r / e)))(*_longest(m, s, w, t, n))
)


wrong("rounded up", named="a_part_of_a_token")(
    lambda m, s, w, t, n: (lambda r, e: max(0, math.ceil(r / e)))(*_longest(m, s, w, t, n))
)


wrong("a power of two below")(
    lambda m, s, w, t, n: (lambda k: 0 if k < 1 else 2 ** int(math.log2(k)))(
        int((m * 2**30 * s - w) // (t * n))
    )
)


for _note, (_changed, _named) in {
    "10**9": ("decimal", "decimal_gigabytes"),
    "all of memory": ("whole", "all_of_memory"),
    "weights forgotten": ("no weights", "weights_forgotten"),
    "share of what is left": ("weights share", "share_of_what_is_left"),
    "one conversation": ("single", "one_conversation"),
}.items():

    @wrong(_note, named=_named)
    def _(memory, share, weights, token, batch, _changed=_changed):
        room, each = _longest(memory, share, weights, token, batch, **{_changed: 1})
        return max(0, int(room // each))
