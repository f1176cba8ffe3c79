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
    "D is among your lines. It runs, and that is what makes it dear: PyTorch cuts pieces of two, "
    "MLX cuts two pieces, as NumPy does. A port that raises is mended in a minute. How many pieces "
    "does each make of six numbers?",
)
def _():
    return "ADEGHJ"


@same_call.misconception(
    "transpose_swaps",
    "I is among your lines. In PyTorch `transpose` swaps the two axes that it gets. MLX's takes "
    "the new order of all axes, as NumPy's does. What is then the order 0, 1?",
)
def _():
    return "AEGHIJ"


@same_call.misconception(
    "dim_is_axis",
    "C is among your lines. MLX has the function and not the word `dim`, which is PyTorch's; it "
    "raises a TypeError, so at least it is found at once. What is the word in NumPy?",
)
def _():
    return "ACEGHJ"


@same_call.misconception(
    "mask_reads",
    "F is among your lines. The number of elements that it picks depends on the values, and MLX "
    "wants shapes while it writes the graph down: reading by a mask raises. Assigning by one "
    "works. Have you tried it in a cell?",
)
def _():
    return "AEFGHJ"


@same_call.misconception(
    "cat_is_there",
    "B is among your lines. MLX takes NumPy's name for it. What does `hasattr(mx, name)` say of "
    "each name?",
)
def _():
    return "ABEGHJ"


@same_call.misconception(
    "positions_differ",
    "A and J are missing: the calls that name an axis by its place. As a keyword it has another "
    "name in MLX. Which place has it in `mx.stack` and `mx.argmax`?",
)
def _():
    return "EGH"


@same_call.misconception(
    "all_that_run",
    "D and I are among your lines. They run, as the others of yours do, and give other numbers "
    "than in PyTorch. That a line raises nothing says nothing. Which library does MLX follow where "
    "NumPy and PyTorch differ?",
)
def _():
    return "ADEGHIJ"


@same_call.misconception(
    "argmax_left_out",
    "J is missing. Only as a keyword the axis has another name in MLX. How do you give it in "
    "`torch.argmax(m, 1)`?",
)
def _():
    return "AEGH"


@same_call.misconception(
    "stack_left_out",
    "A is missing. Only as a keyword the axis has another name in MLX. How do you give it in "
    "`torch.stack([v, w], 1)`?",
)
def _():
    return "EGHJ"


@same_call.misconception(
    "example_copied",
    "These are the example's letters, which show how to write an answer. Does `mx.cat` exist?",
)
def _():
    return "AB"


same_call.hints(
    "Which library does MLX follow where NumPy and PyTorch differ?",
    "Two of the lines run and mean something else; three raise. You can try each in a cell.",
    "`cat`, `dim=` and reading by a mask raise; `split` and `transpose` mean what NumPy means.",
)
