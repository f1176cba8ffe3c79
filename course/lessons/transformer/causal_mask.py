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


def _kind(mask):
    if not isinstance(mask, mx.array):
        return type(mask).__name__
    return "bools" if mask.dtype == mx.bool_ else "numbers"


def _allowed(mask):
    """A mask as bools: 1 and 0 say the same, and which of the two it is, is another question."""
    return mask.astype(mx.bool_) if isinstance(mask, mx.array) else None


@causal_mask.use(offset="reading")
def _(answer, rng):
    offset, length = int(rng.integers(2, 6)), int(rng.integers(3, 6))
    first, later, newest = answer(length + 1), answer(length, offset), answer(1, offset)
    return {
        "kind": _kind(later),
        "mask": _allowed(first),
        "later": _allowed(later),
        "newest": _allowed(newest),
        "offset": offset,
    }


causal_mask.says(
    passed="With one new token the mask is all True: that is why decoding needs none.",
    kind="What the array holds",
    mask="For new tokens with nothing before them",
    later="For new tokens with others in a cache",
    newest="For 1 new token with others in a cache",
    offset="The offset",
)


@causal_mask.alternative
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset).astype(mx.bool_)


@causal_mask.alternative
def _(length, offset=0):
    return mx.array([[j <= offset + i for j in range(offset + length)] for i in range(length)])


@causal_mask.misconception(
    "offset_forgotten",
    "The mask has a row and a column for each new token and no column for the {offset} tokens in "
    "the cache. Without a cache that is all there is, so it is right for as long as nobody "
    "generates. How many tokens can the newest one look at?",
)
def _(length, offset=0):
    return mx.tri(length).astype(mx.bool_)


@causal_mask.misconception(
    "offset_in_columns_only",
    "The mask has a column for each token, and its rows count from 0: the first new token may look "
    "at one token, as if it were the first of the whole text, and {offset} came before it. Which "
    "place in the text does row 0 have?",
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
    "Each token sees itself and what comes after it, and nothing that came before, as it does if "
    "rows and columns are exchanged. A row is a query, a column is a key: which of the two looks "
    "at the other?",
)
def _(length, offset=0):
    rows = mx.arange(offset, offset + length)[:, None]
    return rows <= mx.arange(offset + length)


@causal_mask.misconception(
    "true_means_hidden",
    "True stands where a token must not look. PyTorch's `nn.MultiheadAttention` means it that way; "
    "MLX's attention keeps what is True. What does True mean in the statement?",
)
def _(length, offset=0):
    rows = mx.arange(offset, offset + length)[:, None]
    return rows < mx.arange(offset + length)


@causal_mask.misconception(
    "ones_and_zeros",
    "The right places are marked, and the array holds numbers, not bools. `mx.tri` makes ones and "
    "zeros. MLX's attention adds a mask of numbers to the scores, where a 1 hides nothing. What "
    "makes bools of it?",
)
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset)


@causal_mask.misconception(
    "added_mask",
    "The array holds numbers, and what is not 0 stands where a token must not look. That is the "
    "kind of mask that is added to scores, 0 and -inf. Which kind has True and False?",
)
def _(length, offset=0):
    allowed = mx.tri(length, offset + length, k=offset)
    return mx.where(allowed.astype(mx.bool_), 0.0, -mx.inf)


@causal_mask.misconception(
    "rows_of_old_tokens",
    "The mask has a row for the {offset} tokens in the cache too. They have looked already, and "
    "what they saw is in their keys and values. Who asks now?",
)
def _(length, offset=0):
    return mx.tri(offset + length).astype(mx.bool_)


@causal_mask.misconception(
    "one_too_far",
    "Each token may look at the one after it, and not further. In training it then sees the answer "
    "to the question that it is asked. Which is the last token that it may see?",
)
def _(length, offset=0):
    return mx.tri(length, offset + length, k=offset + 1).astype(mx.bool_)


causal_mask.hints(
    "Which place in the whole text does row i have?",
    "Place `offset + i`; column j has place j. Compare the two.",
    "A column of row places, `mx.arange(offset, offset + length)[:, None]`, and a row of column "
    "places: `>=` between them makes the matrix.",
)
