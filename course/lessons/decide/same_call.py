"""same_call, an exercise of lesson 16, decide."""

from course.exercise import exercise

same_call = exercise(minutes=4, level=1, value=True)


@same_call.solution
def _():
    """Somebody ports PyTorch by writing `mx` where `torch` stood and changing nothing else. Which
    of these lines then run in MLX **and** give the same numbers? Write their letters in one
    string, in any order. `v` and `w` have shape (6,), `m` and `n` shape (3, 3).

        A   torch.stack([v, w], 1)
        B   torch.cat([v, w])
        C   torch.sum(m, dim=1)
        D   torch.split(v, 2)
        E   torch.where(v > 0, v, w)
        F   v[v > 0]
        G   torch.einsum("ij,jk->ik", m, n)
        H   v.reshape(2, 3)
        I   m.transpose(0, 1)
        J   torch.argmax(m, 1)

    If A and B alone did, the answer would be "AB".
    """
    return "AEGHJ"


@same_call.use
def _(answer, rng):
    if isinstance(answer, (list, tuple, set)):
        answer = "".join(str(letter) for letter in answer)
    if not isinstance(answer, str):
        return {"letters": type(answer).__name__}
    return {"letters": "".join(sorted({letter for letter in answer.upper() if letter.isalpha()}))}


same_call.says(
    passed="Of the five others three raise and two run with other results. Fear the two.",
    letters="The lines you named",
)


@same_call.alternative
def _():
    return ["a", "e", "g", "h", "j"]


@same_call.misconception(
    "split_in_sizes",
    "You count D. It runs, and that is what makes it dear: PyTorch cuts pieces of two, MLX cuts "
    "two pieces, as NumPy does. A port that raises is mended in a minute. How many pieces does "
    "each make of six numbers?",
)
def _():
    return "ADEGHJ"


@same_call.misconception(
    "transpose_swaps",
    "You count I. In PyTorch `transpose` swaps the two axes that it is given. MLX's takes the new "
    "order of all axes, as NumPy's does, and 0, 1 is the order that they have. Try it on a matrix "
    "that is not symmetric.",
)
def _():
    return "AEGHIJ"


@same_call.misconception(
    "dim_is_axis",
    "You count C. MLX has the function and not the word: what PyTorch calls dim is called axis "
    "in NumPy and here. It raises a TypeError, so at least it is found at once.",
)
def _():
    return "ACEGHJ"


@same_call.misconception(
    "mask_reads",
    "You count F. The number of elements that it picks depends on the values, and MLX wants shapes "
    "while it writes the graph down: reading by a mask raises. Assigning by one works.",
)
def _():
    return "AEFGHJ"


@same_call.misconception(
    "cat_is_there",
    "You count B. MLX takes NumPy's name for it. `hasattr(mx, name)` answers such a question.",
)
def _():
    return "ABEGHJ"


@same_call.misconception(
    "positions_differ",
    "You left out the calls that name an axis by its place. `stack` and `argmax` take it second, "
    "in MLX as in PyTorch; only as a keyword it has another name.",
)
def _():
    return "EGH"


same_call.hints(
    "Which library does MLX follow where NumPy and PyTorch differ?",
    "Two of the lines run and mean something else; three raise. You can try each in a cell.",
    "`cat`, `dim=` and reading by a mask raise; `split` and `transpose` mean what NumPy means.",
)
