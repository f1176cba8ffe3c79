"""when_it_fails, an exercise of lesson 02, lazy_graphs."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

when_it_fails = exercise(minutes=5, level=2)


@when_it_fails.solution
def _(build):
    """Say when something goes wrong with the array that `build()` returns.

        build:  a function without arguments that returns an array, or raises
        result: "building"   if the call itself raises,
                "evaluating" if it returns, and the array raises when it is evaluated,
                "never"      if neither raises

    Only exceptions count; a nan is a value. For `lambda: mx.ones((2, 3)) @ mx.ones((2, 3))` the
    result is "building". Which exception it is differs from case to case.
    """
    try:
        y = build()
    except Exception:
        return "building"
    try:
        mx.eval(y)
    except Exception:
        return "evaluating"
    return "never"


@when_it_fails.use
def _(answer, rng):
    n = int(rng.integers(2, 6))
    x = mx.array(rng.normal(size=(n, n + 1)).astype(np.float32))

    def escaped():
        kept = []
        mx.vmap(lambda row: kept.append(2 * row) or row)(x)
        return kept[0] + 1  # of a row that never had numbers

    def evaluated_too_early():
        y = escaped()
        mx.eval(y)
        return y

    builds = {
        "shapes": lambda: x @ x,
        "reshaped": lambda: x.reshape(-1, n * (n + 1) + 1),
        "axis": lambda: x.sum(axis=2),
        "branch": lambda: mx.vmap(lambda row: row if row.sum() > 0 else -row)(x),
        "escaped": escaped,
        "early": evaluated_too_early,
        "missing": lambda: {"w": x}["weight"],
        "logarithm": lambda: mx.log(-mx.abs(x)),
        "fine": lambda: x + 1,
    }
    return {name: answer(build) for name, build in builds.items()}


when_it_fails.says(
    passed="Shapes are checked when you write an operation down; the rest comes when it is done.",
    shapes="For a product of shapes that do not fit",
    reshaped="For a reshape to another number of entries",
    axis="For a sum over an axis that is not there",
    branch="For an `if` on a value inside mx.vmap",
    escaped="For an array that was carried out of mx.vmap",
    early="For such an array, evaluated in build itself",
    missing="For a key that a dict does not have",
    logarithm="For the logarithm of negative numbers",
    fine="For x + 1",
)


@when_it_fails.alternative
def _(build):
    step = "building"
    try:
        y = build()
        step = "evaluating"
        np.array(y)
    except (ValueError, LookupError, RuntimeError):
        return step
    return "never"


@when_it_fails.misconception(
    "never_evaluates",
    "An array that cannot be computed went through as {escaped}. A call that only writes "
    "operations down raises for shapes and dtypes alone; the rest comes when MLX computes. What "
    "makes MLX compute it, and what does your answer say then?",
)
def _(build):
    try:
        build()
    except Exception:
        return "building"
    return "never"


@when_it_fails.misconception(
    "one_place_for_both",
    "Shapes that do not fit came out as {shapes}. Building and evaluating stand in the same "
    "`try`, so an exception does not tell which of the two it came from. How could your code know "
    "how far it got?",
)
def _(build):
    try:
        mx.eval(build())
    except Exception:
        return "evaluating"
    return "never"


@when_it_fails.misconception(
    "nan_is_a_failure",
    "The logarithm of a negative number came out as {logarithm}. It is nan, and for MLX, as for "
    "NumPy, nan is a value like others: nothing is raised. The statement counts exceptions.",
)
def _(build):
    try:
        y = build()
    except Exception:
        return "building"
    try:
        bad = mx.isnan(y).any().item()
    except Exception:
        return "evaluating"
    return "evaluating" if bad else "never"


@when_it_fails.misconception(
    "one_kind_of_error",
    "An exception got through your `except`. Shapes that do not fit raise ValueError, an axis that "
    "is not there raises IndexError, and what goes wrong in an evaluation RuntimeError: `except "
    "ValueError` waits for one of three. What do they have in common?",
)
def _(build):
    try:
        y = build()
    except ValueError:
        return "building"
    try:
        mx.eval(y)
    except ValueError:
        return "evaluating"
    return "never"


@when_it_fails.misconception(
    "by_the_kind",
    "An array that was evaluated in `build` itself came out as {early}. MLX raises a RuntimeError "
    "for most of what goes wrong in an evaluation, but a kind of exception is no moment. How could"
    " your code know whether `build` had returned?",
)
def _(build):
    try:
        mx.eval(build())
    except RuntimeError:
        return "evaluating"
    except Exception:
        return "building"
    return "never"


@when_it_fails.misconception(
    "nothing_for_never",
    "Your failures are right, and for x + 1 there is no answer: {fine}. A function that comes to "
    "its end returns None. What should it say where all went well?",
)
def _(build):
    try:
        y = build()
    except Exception:
        return "building"
    try:
        mx.eval(y)
    except Exception:
        return "evaluating"
    return None


when_it_fails.hints(
    "Which errors can be seen from shapes alone, and which need numbers?",
    "Two moments, so two places at which an exception can be caught.",
    "`y = build()` in one `try`, `mx.eval(y)` in another.",
)
