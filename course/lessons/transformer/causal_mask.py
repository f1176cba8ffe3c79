"""causal_mask, an exercise of lesson 06, transformer."""

import mlx.core as mx

from course.exercise import exercise

causal_mask = exercise(minutes=3, level=1)


@causal_mask.solution
def _(length, offset=0):
    """Say which tokens each of the newest tokens may look at.

    `length` tokens are new, and `offset` came before them, in a cache. Return an array of bools of
    shape (length, offset + length): True where the new token of that row may look at the token of
    that column. A token sees itself and all that came before it, and nothing after.
    causal_mask(2, 1) is [[True, True, False], [True, True, True]].
    """
    rows = mx.arange(offset, offset + length)[:, None]
    return rows >= mx.arange(offset + length)


@causal_mask.use(offset="reading")
def _(answer, rng):
    offset = int(rng.integers(2, 6))
    return {
        "mask": answer(4),
        "later": answer(3, offset),
        "newest": answer(1, offset),
        "offset": offset,
    }


causal_mask.says(
    passed="With one new token the mask is all True: that is why decoding needs none.",
    mask="For 4 tokens and nothing before them",
    later="For 3 new tokens with others in a cache",
    newest="For 1 new token with others in a cache",
)


@causal_mask.alternative
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset).astype(mx.bool_)


@causal_mask.alternative
def _(length, offset=0):
    return mx.array([[j <= offset + i for j in range(offset + length)] for i in range(length)])


@causal_mask.misconception(
    "offset_forgotten",
    "The mask is square, as if nothing had come before: there is no column for the {offset} tokens "
    "in the cache. Without a cache that is all there is, so it is right for as long as nobody "
    "generates. How many tokens can the newest one look at?",
)
def _(length, offset=0):
    return mx.tri(length).astype(mx.bool_)


@causal_mask.misconception(
    "offset_in_columns_only",
    "The mask has a column for each token, and its rows count from 0: the first new token is "
    "treated as the first of the whole text, and may not look at the {offset} that came before it. "
    "Which place in the text does row 0 have?",
)
def _(length, offset=0):
    return mx.tri(length, offset + length).astype(mx.bool_)


@causal_mask.misconception(
    "not_itself",
    "A token may look at what came before it, and not at itself. The first one then sees nothing "
    "at all, and a softmax over nothing is nan. Who else knows what the token itself is?",
)
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset - 1).astype(mx.bool_)


@causal_mask.misconception(
    "into_the_future",
    "Each token sees what comes after it, and nothing that came before: rows and columns are "
    "exchanged. A row is a query, a column is a key: which of the two looks at the other?",
)
def _(length, offset=0):
    rows = mx.arange(offset, offset + length)[:, None]
    return rows <= mx.arange(offset + length)


@causal_mask.misconception(
    "true_means_hidden",
    "True stands where a token must not look. Some libraries mean it that way; MLX's attention "
    "keeps what is True, and so does the statement.",
)
def _(length, offset=0):
    rows = mx.arange(offset, offset + length)[:, None]
    return rows < mx.arange(offset + length)


causal_mask.hints(
    "Which place in the whole text does row i have?",
    "Place `offset + i`; column j has place j. Compare the two.",
    "A column of row places, `mx.arange(offset, offset + length)[:, None]`, and a row of column "
    "places: `>=` between them makes the matrix.",
)
