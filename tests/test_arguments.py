"""What an answer is given and what it does to it, seen from outside."""

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
import pytest

from course.checking import isolate, observe, runner
from course.checking.verdict import Status


def calls_of(exercise, answer, seed=0):
    calls = []
    with isolate.sealed(isolate.Printed()):
        run = observe.run(exercise, answer, seed, calls)
    return run, calls


@pytest.fixture
def sums(toy):
    """Asks for sums of rows; `use` looks at the result alone."""

    def use(answer, rng):
        x = mx.array(rng.normal(size=(2, 3)).astype(np.float32))
        mx.eval(x)
        return {"y": answer(x, 2)}

    return toy(lambda x, k: k * x.sum(axis=1), use)


@pytest.mark.parametrize(
    "line", ["x[0] = 0", "x += 1; x -= 1.5", "x[...] = x[::-1]"], ids=["write", "add", "reverse"]
)
def test_an_answer_that_writes_to_its_argument_is_refused(sums, typed, line):
    answer = typed(f"def answer(x, k):\n    y = k * x.sum(axis=1)\n    {line}\n    return y")
    verdict = runner.check(sums, answer)
    assert verdict.status is Status.WRONG
    assert verdict.message == "Your answer: it changed its argument `x`, which it was only lent."


def test_a_new_name_for_it_is_no_change(sums, typed):
    cell = "def answer(x, k):\n    x = x + 0\n    x[0] = x[0] * 1\n    return k * x.sum(axis=1)"
    assert runner.check(sums, typed(cell)).passed


@pytest.mark.parametrize("allowed", [True, False])
def test_a_model_may_be_changed_where_the_exercise_says_so(toy, allowed):
    def use(answer, rng):
        mx.random.seed(3)
        model = nn.Linear(2, 1)
        mx.eval(model.parameters())
        answer(model, optim.SGD(0.1))
        return {"weight": model.weight}

    def step(model, optimizer):
        grads = nn.value_and_grad(model, lambda m: m(mx.ones((1, 2))).sum())(model)[1]
        optimizer.update(model, grads)

    exercise = toy(step, use, mutates=("model",) if allowed else ())
    run, calls = calls_of(exercise, step)
    assert run.changed == (() if allowed else ("model",))
    assert calls[0].changed == ["model"]


def test_arguments_are_noted_with_values_shapes_and_result(sums, typed):
    answer = typed("def answer(x, k):\n    return k * x.sum(axis=1)")
    one, other = calls_of(sums, answer, 0)[1], calls_of(sums, answer, 1)[1]
    assert [call.function for call in one] == ["answer"]
    assert one[0].values["k"] == "2"
    assert one[0].values["x"] != other[0].values["x"]
    assert one[0].shapes == {"x": "[(2, 3)]"}
    assert one[0].shown[1] == "k = 2"
    assert one[0].returned == "an mx.array of shape (2,) and dtype float32"


def test_only_the_outermost_call_is_noted(sums, typed):
    answer = typed(
        "def inner(x, k):\n    return k * x.sum(axis=1)\ndef answer(x, k):\n    return inner(x, k)"
    )
    assert [call.function for call in calls_of(sums, answer)[1]] == ["answer"]


def test_our_own_answers_are_noted_and_their_use_is_not(sums):
    assert len(calls_of(sums, sums.answer)[1]) == 1


def test_what_is_pending_stays_pending(toy, typed):
    def use(answer, rng):
        x = mx.ones((3,)) + 1
        answer(x)
        return {"pending": x.shape[0] if not np.isnan(0.0) else 0, "nodes": _nodes(x)}

    exercise = toy(lambda x: x * 2, use)
    run, calls = calls_of(exercise, typed("def answer(x):\n    return x * 2"))
    assert run.seen["nodes"].value > 0
    assert calls[0].values["x"] == ""


def _nodes(x):
    from course import measure

    return measure.graph_nodes(x)


def test_placeholders_of_compile_are_left_alone(toy, typed):
    def use(answer, rng):
        return {"y": mx.vmap(answer)(mx.array(rng.normal(size=(4, 2)).astype(np.float32)))}

    exercise = toy(lambda row: row * 2, use)
    assert runner.check(exercise, typed("def answer(row):\n    return row + row")).passed


def test_a_crash_with_the_learners_own_name_in_it_is_recognised(toy, typed):
    exercise = toy(
        lambda x, k: x,
        lambda answer, rng: {"y": answer(rng.normal(), k=2)},
        wrong={"needs_more": ("It wants a third argument.", lambda x, k, *, axis: x)},
    )
    verdict = runner.check(exercise, lambda x, k=1, **more: x)
    assert verdict.passed
    run, _ = calls_of(exercise, typed("def answer(x, k, *, axis):\n    return x"))
    known, _ = calls_of(exercise, exercise.own("needs_more"))
    assert run.crash[:2] == known.crash[:2]


def test_where_our_own_answer_crashes_nobody_passes(toy):
    def broken(x):
        raise RuntimeError("no kernel can be made here")

    exercise = toy(broken, lambda answer, rng: {"y": answer(1)})
    verdict = runner.check(exercise, broken)
    assert verdict.status is Status.UNAVAILABLE
    assert "no kernel can be made here" in verdict.message


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("BDGI", ""),
        ("BDG", "yours 'BDG': 1 is missing."),
        ("BDGIJ", "yours 'BDGIJ': 1 of its letters is too many."),
        ("ADG", "yours 'ADG': 1 of its letters is too many, 2 are missing."),
    ],
)
def test_letters_say_how_many_are_wrong_and_not_which(toy, given, said):
    exercise = toy(lambda: "BDGI", lambda answer, rng: {"letters": answer}, value=True)
    verdict = runner.check(exercise, given)
    assert verdict.message == (f"letters: {said}" if said else "")


def test_another_shape_is_said_before_another_number(toy):
    def use(answer, rng):
        y = answer(mx.ones((2, 3)))
        return {"count": int(y.size), "y": y}

    exercise = toy(lambda x: x.sum(axis=1), use)
    verdict = runner.check(exercise, lambda x: x.sum(axis=0))
    assert verdict.message == "y: yours has shape (3,), expected (2,)."
    assert verdict.evidence[0] == "count: yours 3, expected 2."


def test_a_learners_own_brackets_are_not_put_into_mlxs_mouth(toy, typed):
    exercise = toy(lambda x: x, lambda answer, rng: {"y": answer(mx.ones((2, 3)))})
    verdict = runner.check(exercise, typed("def answer(x):\n    assert x is None, [1]\n"))
    assert verdict.evidence[0] == "Python says: AssertionError: [1]"
    verdict = runner.check(exercise, typed("def answer(x):\n    return x @ x\n"))
    assert verdict.evidence[0].startswith("MLX says: [matmul]")
