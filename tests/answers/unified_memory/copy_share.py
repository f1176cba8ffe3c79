"""Others' answers to copy_share."""

from functools import partial

import numpy as np

from course.author.answers import right, wrong


def _share(
    weights,
    room,
    memory,
    link,
    vocab,
    load=None,
    token=4,
    logit=4,
    missing=True,
    denom=True,
    read=None,
):
    fits = min(weights, room)
    over = (token + logit * vocab + (weights - fits if missing else 0)) / link
    reading = (weights if read is None else read(weights, room)) / memory
    return (fits if load is None else load(weights, room)) / link, over / (
        over + reading
    ) if denom else over / reading


@right("max, list")
def _(weights, room, memory, link, vocab):
    missing = max(0.0, weights - room)
    crossing = 4 * (vocab + 1) + missing
    return [(weights - missing) / link, 1 / (1 + (weights / memory) / (crossing / link))]


@right("named helper, NumPy floats")
def _(weights: float, room: float, memory: float, link: float, vocab: int):
    seconds = lambda size, speed: np.float64(size) / speed
    resident = weights if weights <= room else room
    over = seconds(4, link) + seconds(vocab * 4, link) + seconds(weights - resident, link)
    return seconds(resident, link), over / (over + seconds(weights, memory))


wrong("loads the room")(partial(_share, load=lambda w, r: r))


wrong("no missing weights")(partial(_share, missing=False))


wrong("ratio to reading")(partial(_share, denom=False))


wrong("float16 logits")(partial(_share, logit=2))


@wrong("percent")
def _(weights, room, memory, link, vocab):
    load, share = _share(weights, room, memory, link, vocab)
    return load, 100 * share


@wrong("swapped")
def _(weights, room, memory, link, vocab):
    return _share(weights, room, memory, link, vocab)[::-1]


@wrong("load counted for each token")
def _(weights, room, memory, link, vocab):
    load, _ = _share(weights, room, memory, link, vocab)
    over = (4 + 4 * vocab + max(0, weights - room)) / link + load
    return load, over / (over + weights / memory)


@wrong("times overlap: the larger counts")
def _(weights, room, memory, link, vocab):
    load, _ = _share(weights, room, memory, link, vocab)
    over = (4 + 4 * vocab + max(0, weights - room)) / link
    return load, over / max(over, weights / memory)


@wrong("link shared by both directions (twice the time)")
def _(weights, room, memory, link, vocab):
    return _share(weights, room, memory, link / 2, vocab)
