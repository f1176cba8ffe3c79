"""Others' answers to answer_loss."""

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from course.author.answers import right, wrong


def _masked(model, rows, low, high, shift=1, mean="tokens"):
    logits = model(rows)[:, :-1].astype(mx.float32)
    losses = nn.losses.cross_entropy(logits, rows[:, 1:], reduction="none")
    where = mx.arange(shift, rows.shape[1] - 1 + shift)[None]
    mask = (where >= low) & (where < high)
    if mean == "all":
        return (losses * mask).mean()
    if mean == "rows":
        return ((losses * mask).sum(1) / mask.sum(1)).mean()
    if mean == "sum":
        return (losses * mask).sum()
    return (losses * mask).sum() / mask.sum()


def _col(x):
    return mx.array(x)[:, None]


@right("mask")
def _(model, rows, asked, ends):
    logits = model(rows[:, :-1]).astype(mx.float32)
    losses = nn.losses.cross_entropy(logits, rows[:, 1:], reduction="none")
    where = mx.arange(1, rows.shape[1])[None]
    mask = (where >= mx.array(asked)[:, None]) & (where < mx.array(ends)[:, None])
    return (losses * mask).sum() / mask.sum()


@right("loop over rows")
def _(model, rows, asked, ends):
    logits = model(rows)
    parts = []
    for i in range(rows.shape[0]):
        first, last = int(asked[i]), int(ends[i])
        parts.append(
            nn.losses.cross_entropy(
                logits[i, first - 1 : last - 1].astype(mx.float32),
                rows[i, first:last],
                reduction="none",
            )
        )
    return mx.mean(mx.concatenate(parts))


@right("log softmax by hand, where")
def _(model, rows, asked, ends):
    logits = model(rows)[:, :-1].astype(mx.float32)
    logp = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
    taken = mx.take_along_axis(logp, rows[:, 1:, None], axis=-1)[..., 0]
    asked, ends = mx.array(asked), mx.array(ends)
    steps = mx.arange(rows.shape[1] - 1)
    inside = mx.logical_and(steps + 1 >= asked.reshape(-1, 1), steps + 1 < ends.reshape(-1, 1))
    return -mx.where(inside, taken, 0.0).sum() / mx.sum(inside)


@right("mask made in NumPy, whole rows in")
def _(model, rows, asked, ends):
    keep = np.zeros(rows.shape, np.float32)
    for i, (a, e) in enumerate(zip(asked, ends)):
        keep[i, int(a) : int(e)] = 1
    keep = mx.array(keep[:, 1:])
    losses = nn.losses.cross_entropy(model(rows)[:, :-1].astype(mx.float32), rows[:, 1:])
    return (losses * keep).sum() / keep.sum()


@wrong("mask counted over inputs: one too far", named="mask_over_inputs")
def _(model, rows, asked, ends):
    return _masked(model, rows, _col(asked), _col(ends), shift=0)


@wrong("as mlx_lm 0.32.2: end included", named="one_past_the_end")
def _(model, rows, asked, ends):
    return _masked(model, rows, _col(asked), _col(ends) + 1)


@wrong("the first token of the answer left out", named="first_token_missed")
def _(model, rows, asked, ends):
    return _masked(model, rows, _col(asked) + 1, _col(ends))


@wrong("the end mark left out", named="last_token_missed")
def _(model, rows, asked, ends):
    return _masked(model, rows, _col(asked), _col(ends) - 1)


@wrong("question counted too", named="prompt_counted")
def _(model, rows, asked, ends):
    return _masked(model, rows, 0, _col(ends))


@wrong("padding counted too", named="padding_counted")
def _(model, rows, asked, ends):
    return _masked(model, rows, _col(asked), rows.shape[1])


@wrong("mean over all places", named="divided_by_all_places")
def _(model, rows, asked, ends):
    return _masked(model, rows, _col(asked), _col(ends), mean="all")


@wrong("not shifted", named="not_shifted")
def _(model, rows, asked, ends):
    losses = nn.losses.cross_entropy(model(rows).astype(mx.float32), rows)
    where = mx.arange(rows.shape[1])[None]
    mask = (where >= _col(asked)) & (where < _col(ends))
    return (losses * mask).sum() / mask.sum()


@wrong("plain mean cross-entropy", named="everything_counted")
def _(model, rows, asked, ends):
    return nn.losses.cross_entropy(
        model(rows[:, :-1]).astype(mx.float32), rows[:, 1:], reduction="mean"
    )


@wrong("a Python float: no gradient", named="a_number_of_python")
def _(model, rows, asked, ends):
    return _masked(model, rows, _col(asked), _col(ends)).item()


@wrong("ends as a length of the answer", named="ends_as_a_length")
def _(model, rows, asked, ends):
    return _masked(model, rows, _col(asked), _col(asked) + _col(ends))


@wrong("token id 0 taken for padding")
def _(model, rows, asked, ends):
    losses = nn.losses.cross_entropy(model(rows)[:, :-1].astype(mx.float32), rows[:, 1:])
    where = mx.arange(1, rows.shape[1])[None]
    mask = (where >= _col(asked)) & (rows[:, 1:] != 0)
    return (losses * mask).sum() / mask.sum()
