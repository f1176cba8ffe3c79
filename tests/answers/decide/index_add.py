"""Others' answers to index_add."""

import mlx.core as mx
import numpy as np

from course.author.answers import right, wrong

right("at add")(lambda x, index, rows: x.at[index].add(rows))


@right("NumPy's add.at")
def _(x, index, rows):
    out = np.array(x)
    np.add.at(out, np.array(index), np.array(rows))
    return mx.array(out)


@right("a copy, one row after the other")
def _(x, index, rows):
    out = mx.array(x)
    for k in range(index.size):
        out[index[k]] += rows[k]
    return out


wrong("the sums alone")(lambda x, index, rows: mx.zeros_like(x).at[index].add(rows))


wrong("x as it was", named="x_came_back")(lambda x, index, rows: (x.at[index].add(rows), x)[1])


wrong("rows added to the rows picked", named="picked_rows_alone")(
    lambda x, index, rows: x[index] + rows
)


wrong("columns")(
    lambda x, index, rows: x.at[:, index].add(rows.T) if max(index.tolist()) < x.shape[1] else x
)


wrong("largest row wins")(lambda x, index, rows: x.at[index].maximum(x[index] + rows))


wrong("each index once: dict of the last")(
    lambda x, index, rows: x.at[mx.array(list({i: k for k, i in enumerate(index.tolist())}))].add(
        rows[mx.array(list({i: k for k, i in enumerate(index.tolist())}.values()))]
    )
)


@wrong("x[index] += rows; return x", named="last_one_wins_in_x")
def _(x, index, rows):
    x[index] += rows
    return x
