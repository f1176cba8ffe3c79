"""what_evaluates, an exercise of lesson 02, lazy_graphs."""

from course.exercise import exercise

what_evaluates = exercise(minutes=3, level=1, value=True)


@what_evaluates.solution
def _():
    """`y` is an array of shape (3, 4) with operations pending. Which of these lines make MLX
    compute them, each line tried alone? Write the letters in one string, in any order.

        A   y.shape[0] > 2
        B   if (y > 0).all(): y = -y
        C   y[0] = 0.0
        D   text = f"{y.sum():.2f}"
        E   rows = [row for row in y]
        F   z = y.astype(mx.float16)
        G   top = max(y.sum(), 1.0)
        H   z = mx.maximum(y, 1.0)
        I   table = np.array(y)
        J   print(y.dtype)

    For the lines `mx.eval(y)` (K) and `len(y)` (L) the answer would be "K".
    """
    return "BDGI"


@what_evaluates.use
def _(answer, rng):
    if not isinstance(answer, (str, list, tuple, set, frozenset)):
        return {"kind": type(answer).__name__}
    given = "".join(map(str, answer)).upper()
    stray = "".join(c for c in given if c not in "ABCDEFGHIJ ,;")
    return {"kind": "str", "stray": stray} | {letter: letter in given for letter in "ABCDEFGHIJ"}


what_evaluates.says(
    passed="You know where a lazy program stops to compute without being told to.",
    kind="What you gave",
    stray="What is no letter from A to J",
    **{letter: f"Line {letter} computes y" for letter in "ABCDEFGHIJ"},
)


@what_evaluates.alternative
def _():
    return ["b", "d", "g", "i"]


@what_evaluates.misconception(
    "python_never_asks",
    "You have the lines that turn an array into text or into NumPy, and not those in which Python "
    "itself has to decide something. Python cannot branch on a value that does not exist yet. "
    "Which lines need a yes or a no?",
)
def _():
    return "DI"


@what_evaluates.misconception(
    "max_stays_lazy",
    "One line is missing. `max` reads like an operation of MLX, and it is Python's: it compares "
    "two things and keeps one, so it needs to know which is larger. Compare lines G and H.",
)
def _():
    return "BDI"


@what_evaluates.misconception(
    "shape_needs_values",
    "You count shape and dtype among the things that have to be computed. They are known when the "
    "operation is written down, from the shapes and dtypes that go into it; no number is needed.",
)
def _():
    return "ABDGIJ"


@what_evaluates.misconception(
    "indexing_computes",
    "You count taking a part of `y`, or setting one, as something that needs its values. Both are "
    "operations like any other: they are written down, and the result is an array that is pending.",
)
def _():
    return "BCDEGI"


@what_evaluates.misconception(
    "numpy_is_lazy_too",
    "You left out NumPy. Its arrays are memory full of numbers, and it has no way to hold a number "
    "that will come later. What does MLX have to do before it can hand any over?",
)
def _():
    return "BDG"


@what_evaluates.misconception(
    "shape_computes",
    "Line A is one too many. A shape feels like something of the result; MLX knows it from the "
    "shapes of the inputs. What else does line J show without a single number?",
)
def _():
    return "ABDGI"


@what_evaluates.misconception(
    "cast_computes",
    "Line F is one too many. A cast touches every number, and so does a product; neither does it "
    "now. What does `z` hold after line F?",
)
def _():
    return "BDFGI"


@what_evaluates.misconception(
    "if_stays_lazy",
    "Line B is missing. Its condition is an array with operations pending. What does Python need "
    "to know before it can take one way or the other?",
)
def _():
    return "DGI"


what_evaluates.hints(
    "For each line: could Python go on if MLX answered 'later'?",
    "Text, Python numbers, NumPy and yes-or-no decisions need values. New arrays do not.",
    "B decides, D makes text, I fills NumPy's memory; and look twice at who provides `max` in G.",
)
