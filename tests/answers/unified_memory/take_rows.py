"""Others' answers to take_rows."""

import mlx.core as mx

from course.author.answers import wrong


@wrong("all instead of any", never=("oob_silent",))
def _(table, ids):
    if ((ids < 0) | (ids >= table.shape[0])).all().item():
        raise IndexError
    return table[ids]


@wrong("clips")
def _(table, ids):
    return table[mx.clip(ids, 0, table.shape[0] - 1)]


@wrong("columns counted")
def _(table, ids):
    if ((ids < 0) | (ids >= table.shape[1])).any().item():
        raise IndexError
    return table[ids]


@wrong("returns None for bad ids")
def _(table, ids):
    if ((ids < 0) | (ids >= table.shape[0])).any().item():
        return None
    return table[ids]


@wrong("only the first id", never=("oob_silent",))
def _(table, ids):
    if not 0 <= ids[0].item() < len(table):
        raise IndexError
    return table[ids]
