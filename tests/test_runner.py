"""Any answer ends in a verdict with a true sentence: right, wrong and known, or wrong and new."""

import random
import sys

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten

from course import machine
from course.checking import observe, runner
from course.checking.runner import check
from course.checking.verdict import Status
from course.measure import count_runs
from course.probe import Recorder, fill_parameters

PASSED, WRONG, CRASHED = Status.PASSED, Status.WRONG, Status.CRASHED
NOT_ATTEMPTED, TIMED_OUT = Status.NOT_ATTEMPTED, Status.TIMED_OUT


def said(verdict):
    """Everything that the learner reads, but for what their own code printed."""
    return "\n".join([verdict.message, *verdict.evidence, verdict.look, *verdict.notes])


# -- toy exercises, one of each sort


def softmax(x, axis=-1):
    e = mx.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@pytest.fixture
def softmax_rows(toy):
    def use(answer, rng):
        x = mx.array(rng.normal(size=(3, 5)).astype(np.float32))
        x[1, 2] = 200.0
        y = answer(x)
        return {"y": y, "x after the call": x}

    def unshifted(x):
        return mx.exp(x) / mx.exp(x).sum(axis=-1, keepdims=True)

    return toy(
        lambda x: softmax(x),
        use,
        wrong={
            "over_columns": ("Columns, not rows: {y}.", lambda x: softmax(x, 0)),
            "over_all": ("Over everything.", lambda x: softmax(x, None)),
            "unshifted": ("exp overflows.", unshifted),
            "in_place": ("You changed x.", changes_its_input),
        },
        alternatives=[lambda x: mx.softmax(x, axis=-1)],
        kinds={"y": "reduction"},
        name="softmax_rows",
    )  # fmt: skip


def changes_its_input(x):
    y = softmax(x)
    x[0] = 0.0
    return y


@pytest.fixture
def accumulate(toy):
    def use(answer, rng):
        step = Recorder(mx.abs)
        y = answer(step, mx.array(rng.normal(size=4).astype(np.float32)), 3)
        return {"y": y, "pending": str(step.pending)}

    def right(step, x, n):
        for _ in range(n):
            x = step(x)
            mx.eval(x)
        return x

    def never(step, x, n):
        for _ in range(n):
            x = step(x)
        return x

    def each_step_through_numpy(step, x, n):
        for _ in range(n):
            x = mx.array(np.array(step(x)))
        return x

    sentence = "Pending at your steps: {pending}; it should be {pending:expected}."
    return toy(
        right, use, wrong={"never": (sentence, never)}, alternatives=[each_step_through_numpy]
    )


class Mlp(nn.Module):
    def __init__(self, i, h, o):
        super().__init__()
        self.up, self.down = nn.Linear(i, h), nn.Linear(h, o)

    def __call__(self, x):
        return self.down(nn.relu(self.up(x)))


class Straight(Mlp):
    def __call__(self, x):
        return self.down(self.up(x))


class Hidden(nn.Module):
    """Its layers are where `parameters` does not look."""

    def __init__(self, i, h, o):
        super().__init__()
        up, down = nn.Linear(i, h), nn.Linear(h, o)
        self.run = lambda x: down(nn.relu(up(x)))

    def __call__(self, x):
        return self.run(x)


@pytest.fixture
def mlp(toy):
    def use(answer, rng):
        model = answer(4, 7, 3)
        size = sum(value.size for _, value in tree_flatten(model.parameters()))
        fill_parameters(model)
        x = mx.array(rng.normal(size=(2, 4)).astype(np.float32))
        return {"parameters": size, "y": model(x) if size else None}

    return toy(
        Mlp,
        use,
        wrong={"straight": ("Nothing between the layers.", Straight), "hidden": ("{parameters} of "
               "{parameters:expected} are seen.", Hidden)},
        kinds={"y": "matmul"},
    )  # fmt: skip


@pytest.fixture
def bits(toy):
    return toy(
        lambda: 4.5,
        lambda answer, rng: {"bits": answer},
        wrong={"no_scales": ("You forgot the scales.", lambda: 4)},
        value=True,
    )


# -- right and wrong


def test_right_answers_and_alternatives_pass(softmax_rows, accumulate, mlp, bits):
    for exercise in (softmax_rows, accumulate, mlp, bits):
        for label in exercise.labels_of_own()[: 1 + len(exercise.alternatives)]:
            verdict = check(exercise, exercise.own(label))
            assert (verdict.status, verdict.cases) == (PASSED, 2), said(verdict)
            assert verdict.misconceptions == ()


def test_every_misconception_is_named_and_its_sentence_said(softmax_rows, accumulate, mlp, bits):
    for exercise in (softmax_rows, accumulate, mlp, bits):
        for known in exercise.misconceptions:
            verdict = check(exercise, exercise.own(known.name))
            assert not verdict.passed
            assert verdict.misconceptions == (known.name,), said(verdict)
            assert verdict.message.split("{")[0].startswith(known.sentence.split("{")[0])


def test_a_sentence_can_show_both_observations(accumulate):
    def never(step, x, n):
        return step(step(step(x)))

    assert check(accumulate, never).message == (
        "Pending at your steps: [0, 1, 2]; it should be [0, 0, 0]."
    )


def test_the_sentence_stands_before_the_plain_difference(softmax_rows):
    verdict = check(softmax_rows, changes_its_input)
    assert verdict.message == "You changed x."
    assert verdict.evidence[0].startswith("x after the call: 5 of 15 entries differ.")


def test_a_wrong_answer_that_nobody_foresaw_gets_no_invented_cause(softmax_rows):
    verdict = check(softmax_rows, lambda x: softmax(x) + mx.eye(3, 5))
    assert verdict.status is WRONG
    assert verdict.misconceptions == ()
    assert verdict.message.startswith("y: 3 of 15 entries differ. First at row 0, column 0: yours ")
    for known in softmax_rows.misconceptions:
        assert known.sentence.split("{")[0] not in said(verdict)


def test_a_label_stands_in_for_the_observations_name(softmax_rows):
    softmax_rows.says(passed="Rows, and no overflow.", y="For a 3 × 5 input")
    assert check(softmax_rows, mx.abs).message.startswith("For a 3 × 5 input: ")
    assert check(softmax_rows, mx.softmax).message != "Rows, and no overflow."
    assert check(softmax_rows, softmax).message == "Rows, and no overflow."


def test_misconceptions_that_these_inputs_cannot_tell_apart_are_all_named(toy):
    exercise = toy(
        lambda a, b: a - b,
        lambda answer, rng: {"y": answer(4, 2)},
        wrong={
            "sum": ("You added.", lambda a, b: a + b),
            "lots": ("You multiplied.", lambda a, b: a * b * 0.75),
            "other": ("You divided.", lambda a, b: a / b),
        },
    )
    verdict = check(exercise, lambda a, b: 6)
    assert verdict.misconceptions == ("sum", "lots")
    assert verdict.message.splitlines() == [
        "Your answer behaves like one of these:",
        "1. You added.",
        "2. You multiplied.",
    ]


def test_a_misconception_must_match_on_every_seed(toy):
    exercise = toy(
        lambda x: x + 1,
        lambda answer, rng: {"y": answer(float(rng.integers(1, 1000)))},
        wrong={"zero": ("You return zero.", lambda x: 0.0)},
    )
    values = iter([0.0, 5.0])
    assert check(exercise, lambda x: next(values)).misconceptions == ()
    assert check(exercise, lambda x: 0.0).misconceptions == ("zero",)


def test_nan_alone_is_no_evidence_of_its_cause(toy):
    exercise = toy(
        lambda x: x,
        lambda answer, rng: {"y": answer(mx.array([1.0, 2.0]))},
        wrong={"overflow": ("It overflows.", lambda x: x * mx.array(float("nan")))},
    )
    verdict = check(exercise, lambda x: mx.sqrt(-x))
    assert verdict.misconceptions == ()
    assert verdict.message.startswith("y: 2 of 2 entries are nan")


def test_nan_where_the_misconception_has_it_beside_finite_entries_is_evidence(softmax_rows):
    def mine(x):
        return mx.exp(x) / mx.sum(mx.exp(x), axis=1, keepdims=True)

    assert check(softmax_rows, mine).misconceptions == ("unshifted",)


def test_right_on_some_inputs_is_said(softmax_rows):
    calls = []

    def once(x):
        calls.append(x)
        return softmax(x) if len(calls) == 1 else mx.zeros((3, 5))

    verdict = check(softmax_rows, once)
    assert verdict.status is WRONG
    assert verdict.look.startswith("On 1 of 2 random inputs it is right")


def test_an_observation_that_is_missing_or_new_is_named(toy):
    exercise = toy(
        lambda: {"a": 1, "b": 2}, lambda answer, rng: answer(), wrong={}, name="observations"
    )
    verdict = check(exercise, lambda: {"b": 2, "c": 3})
    assert verdict.message == "a: is missing."
    assert verdict.evidence == ("c: should not be there.",)


# -- what is no answer at all


class Callable:
    def __call__(self, x):
        return softmax(x)


def a_generator(x):
    yield x


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (lambda x: softmax(x), PASSED, ""),
        (lambda x, more=1: softmax(x), PASSED, ""),
        (lambda *everything: softmax(*everything), PASSED, ""),
        (lambda x, **options: softmax(x), PASSED, ""),
        (Callable(), PASSED, ""),
        (mx.compile(lambda x: x), WRONG, "y: "),
        (mx.exp, WRONG, "y: "),
        (abs, WRONG, "y: "),
        (print, WRONG, "yours is None, expected an mx.array of shape (3, 5)"),
        (lambda: 1, WRONG, "Yours takes (); the exercise calls it with (x)."),
        (lambda x, y: 1, WRONG, "Yours takes (x, y); the exercise calls it with (x)."),
        (lambda x, *, y: 1, WRONG, "Yours takes (x, *, y); the exercise calls it with (x)."),
        (Mlp, WRONG, "asks for a function, and Mlp is a class."),
        (mx.array(1), WRONG, "asks for a function, and yours is an array."),
        (None, WRONG, "asks for a function, and yours is None."),
        ("softmax_rows", WRONG, "asks for a function, and yours is a str."),
        (a_generator, WRONG, "yours is a generator, expected an mx.array"),
        (lambda x: [x, x], WRONG, "yours is a list of 2 arrays, expected an mx.array"),
        (lambda x: (x, 1), WRONG, "yours is a tuple of 2 items, expected an mx.array"),
        (lambda x: {"y": x}, WRONG, "yours is a dict of 1 array, expected an mx.array"),
        (lambda x: np.array(softmax(x)), WRONG, "yours is a numpy.ndarray of shape (3, 5)"),
        (lambda x: softmax(x).astype(mx.float16), WRONG, "yours is float16, expected float32."),
        (lambda x: softmax(x)[0], WRONG, "yours has shape (5,), expected (3, 5)."),
        (lambda x: softmax(x).sum(), WRONG, "yours has shape (), expected (3, 5)."),
        (lambda x: float("nan"), WRONG, "yours is a number, expected an mx.array"),
        (lambda x: 10**5000, WRONG, "yours is an integer of 16610 bits, expected an mx.array"),
        (lambda x: mx.zeros(10**9), WRONG, "yours has shape (1000000000,), expected (3, 5)."),
        (lambda x: mx.exp, WRONG, "yours is the function exp, not what it returns, expected"),
        (lambda x: nn.Linear(2, 2), WRONG, "yours is a Linear, expected an mx.array"),
        (..., NOT_ATTEMPTED, "Put your answer in place of `...`."),
    ],
)  # fmt: skip
def test_any_object_ends_in_a_verdict(softmax_rows, answer, status, words):
    verdict = check(softmax_rows, answer)
    assert verdict.status is status, said(verdict)
    assert words in said(verdict)


def test_the_huge_answer_was_never_made(softmax_rows):
    mx.reset_peak_memory()
    before = mx.get_active_memory()
    assert not check(softmax_rows, lambda x: mx.zeros(10**9)).passed
    assert mx.get_peak_memory() - before < 10**7


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Mlp(4, 7, 3), "asks for a class, and yours is a Mlp. Hand in the class, uncalled."),
        (softmax, "asks for a class, and yours is the function softmax."),
        (3, "asks for a class, and yours is an int."),
        (nn.ReLU, "Yours takes (); the exercise calls it with (i, h, o)."),
    ],
    ids=["object", "function", "number", "other parameters"],
)
def test_an_exercise_for_a_class_wants_a_class(mlp, answer, words):
    verdict = check(mlp, answer)
    assert verdict.status is WRONG
    assert words in verdict.message


def test_an_exercise_for_a_value_wants_a_value(bits):
    assert check(bits, ...).status is NOT_ATTEMPTED
    assert "asks for a value, and yours is a function" in check(bits, lambda: 4.5).message
    assert check(bits, mx.array(4.5)).passed
    assert check(bits, 9 / 2).passed
    assert check(bits, "4.5").message == "bits: yours is a string, expected a number."
    assert check(bits, None).message == "bits: yours is None, expected a number."


def test_keyword_only_parameters_are_part_of_the_call(toy):
    exercise = toy(lambda x, *, axis: x + axis, lambda answer, rng: {"y": answer(1, axis=0)})
    assert check(exercise, lambda x, axis: x + axis).passed
    assert check(exercise, lambda x, *, axis, more=0: x + axis).passed
    assert check(exercise, lambda x: x).message.startswith("Yours takes (x); the exercise calls")


class Secretive:
    """Raises at every question, and is a right answer all the same."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __call__(self, x):
        return softmax(x)


def test_an_object_that_cannot_be_inspected_is_run(softmax_rows):
    assert check(softmax_rows, Secretive()).passed
    assert "yours is a Secretive" in check(softmax_rows, lambda x: Secretive()).message


@pytest.mark.needs("compile")
def test_a_need_is_looked_for_with_mlxs_own_functions(toy, monkeypatch):
    monkeypatch.setattr(mx, "compile", lambda function: function)
    sums = toy(lambda x: x.sum(), lambda f, rng: {"y": f(mx.ones(3))}, needs=("compile",))
    assert check(sums, lambda x: x.sum()).passed


def test_a_missing_need_is_unavailable_and_nothing_runs(softmax_rows, monkeypatch):
    monkeypatch.setitem(machine.NEEDS, "gpu", (lambda: False, "needs a GPU."))
    softmax_rows.needs = ("gpu",)
    verdict = check(softmax_rows, lambda x: 1 / 0)
    assert verdict.status is Status.UNAVAILABLE
    assert verdict.message == "It needs a GPU."


# -- what stops


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return x @ x", "MLX says: [matmul] Last dimension of first input with shape (3,5)"),
        ("return [1] ** 2", "Python says: TypeError: unsupported operand type(s) for ** or pow()"),
        ("assert x is None", "Python says: AssertionError"),
        ("raise KeyError('w')", "Python says: KeyError: 'w'"),
        ("return answer(x)", "It calls itself without end (RecursionError)."),
        ("raise SystemExit(1)", "It called sys.exit(), which would end your kernel."),
        ("import sys; sys.exit()", "It called sys.exit(), which would end your kernel."),
        ("raise type('Quit', (SystemExit,), {})()", "It called sys.exit()"),
        ("raise KeyboardInterrupt", "It was interrupted: by you, or by a KeyboardInterrupt"),
        ("raise GeneratorExit('end')", "Python says: GeneratorExit: end"),
        ("raise ExceptionGroup('two', [ValueError(), TypeError()])", "ExceptionGroup: two"),
        ("raise type('Odd', (Exception,), {'__str__': lambda e: 1 / 0})()", "(its message cannot"),
    ],
)
def test_a_crash_shows_the_learners_line_and_the_message(softmax_rows, typed, body, words):
    verdict = check(softmax_rows, typed(f"def answer(x):\n    {body}\n"))
    assert verdict.status is CRASHED
    assert verdict.message == f"Your line 2: `{body}`"
    assert words in verdict.evidence[0]
    assert not verdict.evidence[0].endswith((":", " "))
    assert verdict.misconceptions == ()


def test_the_line_is_the_learners_even_when_a_library_failed(softmax_rows, typed):
    verdict = check(softmax_rows, typed("def answer(x):\n\n    return np.stack([x, x[0]])"))
    assert verdict.message == "Your line 3: `return np.stack([x, x[0]])`"


def test_a_line_without_its_text_is_still_a_place(softmax_rows):
    names = {}
    exec("def answer(x):\n    return 1 / 0", names)
    assert check(softmax_rows, names["answer"]).message == "Your line 2"


def test_a_result_that_fails_only_when_it_is_evaluated(softmax_rows):
    def late(x):
        escaped = []  # a stand-in that vmap made, which nobody can compute
        mx.vmap(lambda row: escaped.append(row) or row)(x)
        return escaped[0] + x

    verdict = check(softmax_rows, late)
    assert verdict.status is CRASHED
    assert verdict.message == "It returned, and then failed when the result was evaluated."
    assert verdict.evidence[0].startswith("MLX says: [eval] Attempting to eval")


def test_where_the_check_cannot_go_on_it_does_not_blame_a_line(toy):
    exercise = toy(lambda x: [x, x], lambda answer, rng: {"y": answer(1)[1]})
    verdict = check(exercise, lambda x: 5)
    assert verdict.message == "It returned an int, and a list of 2 ints was expected."
    assert verdict.evidence == ()


def test_a_forgotten_return_is_said(toy):
    exercise = toy(lambda x: [x, x], lambda answer, rng: {"y": answer(1)[1]})
    verdict = check(exercise, lambda x: None)
    assert verdict.status is CRASHED
    assert verdict.message.endswith("Does every way through your answer `return` a value?")


def test_it_counts_the_inputs_that_are_left(toy):
    exercise = toy(lambda x: x, lambda answer, rng: {"y": answer(int(rng.integers(100)))})
    inputs = [int(np.random.default_rng(seed).integers(100)) for seed in (1, 2, 3)]
    assert len(set(inputs)) == 3
    one = check(exercise, lambda x: x + (x == inputs[0]), seeds=(1, 2, 3))
    assert one.look == "On 2 of 3 random inputs it is right: what is special about the other?"
    two = check(exercise, lambda x: x + (x != inputs[0]), seeds=(1, 2, 3))
    assert two.look == "On 1 of 3 random inputs it is right: what is special about the others?"


def test_an_interrupt_stops_the_other_seeds_too(softmax_rows):
    calls = []

    def interrupted(x):
        calls.append(x)
        raise KeyboardInterrupt

    assert check(softmax_rows, interrupted).status is CRASHED
    assert len(calls) == 1


@pytest.fixture
def fragile(toy):
    """The second call is another step of its use."""

    def use(answer, rng):
        first = answer(mx.ones((3, 5)))
        second = answer(mx.ones((1, 5)))
        return {"first": first, "second": second}

    def refuses(x):
        raise ValueError(f"{len(x)} rows, and I want 7")

    return toy(lambda x: x, use, wrong={"refuses": ("You refuse it.", refuses)})


@pytest.mark.parametrize(
    ("body", "same"),
    [
        ("raise ValueError('3 rows, and I want 7')", True),
        ("raise ValueError('12 rows, and I want 8.5')", False),
        ("raise ValueError('3 columns, and I want 7')", False),
        ("raise TypeError('3 rows, and I want 7')", False),
        ("if len(x) == 1: raise ValueError('1 rows, and I want 7')\n    return x", False),
    ],
    ids=["same", "other numbers", "other words", "other type", "other step"],
)
def test_a_crash_is_known_by_type_whole_message_and_step(fragile, typed, body, same):
    verdict = check(fragile, typed(f"def answer(x):\n    {body}"))
    assert verdict.status is CRASHED
    assert verdict.misconceptions == (("refuses",) if same else ())
    if same:
        assert verdict.message == "You refuse it."
        assert verdict.evidence[0].startswith("Your line 2: `raise ValueError(")


# -- not attempted


STUB = "def answer(x):\n    raise NotImplementedError('About 3 lines are missing.')\n"
HALF_WAY = STUB.replace("raise", "y = x + 1\n    raise")
IN_A_METHOD = """
class Rows:
    def __call__(self, x):
        raise NotImplementedError("About 3 lines are missing.")
answer = Rows()
"""
INSIDE = STUB + "stub = answer\ndef answer(x):\n    return mx.{}(stub)(x)\n"


@pytest.mark.parametrize(
    "cell",
    [STUB, HALF_WAY, IN_A_METHOD, *(INSIDE.format(f) for f in ("compile", "grad", "vmap"))],
    ids=["at once", "half-way", "in a method", "compile", "grad", "vmap"],
)
def test_a_stub_is_not_attempted_wherever_it_is_reached(softmax_rows, typed, cell):
    verdict = check(softmax_rows, typed(cell))
    assert verdict.status is NOT_ATTEMPTED
    assert verdict.message == "About 3 lines are missing."


def test_a_class_with_an_unwritten_method_is_not_attempted(mlp):
    class Unwritten(Mlp):
        def __call__(self, x):
            raise NotImplementedError("About 1 line is missing.")

    assert check(mlp, Unwritten).message == "About 1 line is missing."


@pytest.mark.parametrize("caught", [Exception, BaseException])
def test_a_use_that_catches_everything_still_meets_the_stub(toy, typed, caught):
    def use(answer, rng):
        try:
            return {"ended": answer(1)}
        except caught as error:
            return {"ended": type(error).__name__}

    exercise = toy(lambda x: 1 / 0, use)
    assert check(exercise, lambda x: 1 / 0).passed
    assert check(exercise, typed(STUB)).status is NOT_ATTEMPTED


def test_a_stub_in_a_thread_of_the_learners_is_heard(softmax_rows, typed):
    cell = (
        STUB + "stub = answer\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "def answer(x):\n"
        "    with ThreadPoolExecutor(1) as pool: pool.submit(stub, x).exception()\n"
        "    return x\n"
    )
    assert check(softmax_rows, typed(cell)).status is NOT_ATTEMPTED


def test_a_library_that_has_not_implemented_something_is_a_crash(softmax_rows, typed):
    cell = "from logging import Handler\ndef answer(x):\n    Handler().emit(x)"
    verdict = check(softmax_rows, typed(cell))
    assert verdict.status is CRASHED
    assert verdict.message == "Your line 3: `Handler().emit(x)`"


# -- too long


@pytest.mark.needs("alarm")
@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True: mx.eval(x + 1)",
        "while True:\n        try: [sum([1]) for _ in x]\n        except BaseException: pass",
        "import time\n    while True: time.sleep(100)",
    ],
    ids=["loop", "evaluations", "swallows everything", "sleeps"],
)
def test_a_loop_for_ever_is_stopped(softmax_rows, typed, body, monkeypatch):
    strays = []
    monkeypatch.setattr(sys, "unraisablehook", strays.append)
    verdict = check(softmax_rows, typed(f"def answer(x):\n    {body}"), seconds=0.3)
    assert verdict.status is TIMED_OUT
    assert verdict.message.startswith("It ran for 0.3 s and was stopped; your kernel is fine.")
    assert verdict.printed == ""
    assert strays == []


@pytest.mark.needs("alarm")
def test_an_error_whose_message_never_ends_is_stopped(toy, typed):
    exercise = toy(lambda: "done", lambda answer, rng: {"word": answer()})
    cell = """
class Endless(Exception):
    def __str__(self):
        while True: pass
def answer():
    raise Endless
"""
    assert check(exercise, typed(cell), seconds=0.3).status is TIMED_OUT


# -- side effects


def test_what_is_printed_is_kept_within_bounds(softmax_rows, typed):
    cell = "def answer(x):\n    for _ in range(100): print('a' * 10**6)\n    return x"
    verdict = check(softmax_rows, typed(cell))
    assert verdict.status is WRONG
    assert verdict.printed.startswith("aaaa")
    assert verdict.printed.endswith("… and 199,999,200 more characters")
    assert len(verdict.printed) < 1100


def test_nothing_is_printed_outside(softmax_rows, typed, capfd):
    cell = (
        "import sys\ndef answer(x):\n    print('out'); print('err', file=sys.stderr)\n    return x"
    )
    assert check(softmax_rows, typed(cell)).printed == "out\nerr\nout\nerr"
    assert capfd.readouterr() == ("", "")


LOWEST = """
import sys
def answer(x):
    for limit in range(1, 1000):
        try:
            sys.setrecursionlimit(limit)  # the lowest that Python takes here: calls in C may count
            break
        except RecursionError:
            pass
    sys.setrecursionlimit(limit + 9)"""


@pytest.mark.parametrize(
    "cell",
    [
        "import io, sys\ndef answer(x):\n    sys.stdout = sys.stderr = io.StringIO()",
        "import sys\ndef answer(x):\n    sys.stdout.close()",
        "def answer(x):\n    mx.set_default_device(mx.cpu)",
        "def answer(x):\n    mx.set_default_stream(mx.new_stream(mx.cpu))",
        "def answer(x):\n    mx.random.seed(3); mx.random.normal((3,))",
        "import random\ndef answer(x):\n    random.seed(3); np.random.seed(3)",
        "import sys\ndef answer(x):\n    sys.setrecursionlimit(4321)",
        LOWEST,
        "import sys\ndef answer(x):\n    sys.setprofile(print); sys.settrace(print)",
        "def answer(x):\n    np.seterr(all='raise')",
        "def answer(x):\n    mx.eval = mx.softmax = mx.set_default_device = None",
        "def answer(x):\n    mx.random.seed = print",
    ],
)  # fmt: skip
def test_a_right_answer_passes_whatever_else_it_does_and_all_is_as_before(
    softmax_rows, typed, cell, monkeypatch
):
    monkeypatch.setattr(mx.random, "seed", mx.random.seed)  # the last case is put back by us
    before = state()
    right = "\n    shifted = x - mx.logsumexp(x, -1, keepdims=True)\n    return mx.exp(shifted)"
    verdict = check(softmax_rows, typed(cell + right))
    assert verdict.passed, said(verdict)
    assert {name for name, value in state().items() if value != before[name]} == set()


def state():
    return {
        "output": (sys.stdout, sys.stderr),
        "device": mx.default_device(),
        "stream": mx.default_stream(mx.cpu),
        "mlx random": mx.random.state[0].tolist(),
        "random": random.getstate(),
        "numpy random": str(np.random.get_state()),
        "recursion": sys.getrecursionlimit(),
        "watchers": (sys.getprofile(), sys.gettrace()),
        "numpy errors": np.geterr(),
        "mlx": (mx.eval, mx.softmax, mx.set_default_device),
    }


def test_a_patched_mlx_function_is_noted_used_by_nobody_and_left_as_it_was(
    softmax_rows, monkeypatch
):
    def mine(*_):
        raise AssertionError("used")

    monkeypatch.setattr(mx, "eval", mine)
    monkeypatch.setattr(mx, "exp", mine)
    verdict = check(softmax_rows, softmax)
    assert verdict.passed
    assert sorted(verdict.notes) == [
        f"mx.{name} had been replaced in this notebook; the check used MLX's own."
        for name in ("eval", "exp")
    ]
    assert mx.eval is mine and mx.exp is mine


def test_a_patch_made_inside_is_undone_and_the_next_answer_unharmed(softmax_rows, typed):
    own = mx.exp
    cell = "def answer(x):\n    mx.exp = mx.softmax = lambda *_, **__: 7\n    return x"
    assert check(softmax_rows, typed(cell)).status is WRONG
    assert mx.exp is own
    assert check(softmax_rows, softmax).passed


def test_nothing_that_one_run_changed_reaches_the_next(softmax_rows):
    own, seen = mx.exp, []

    def spoils(x):
        seen.append((mx.exp is own, mx.default_device(), np.random.get_state()[2]))
        y = softmax(x)
        np.random.random(3)
        mx.exp = None
        return y

    assert check(softmax_rows, spoils).passed
    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_an_answer_of_ours_that_changes_something_harms_no_other(toy):
    def spoils(x):
        mx.abs = mx.exp
        return x

    exercise = toy(
        lambda x: mx.abs(x),
        lambda answer, rng: {"y": answer(mx.array([-1.0, 2.0]))},
        wrong={
            "spoils": ("Nothing happens.", spoils),
            "negates": ("Turned.", lambda x: -mx.abs(x)),
        },
    )
    assert check(exercise, lambda x: -mx.abs(x)).misconceptions == ("negates",)
    assert check(exercise, lambda x: mx.abs(x)).passed


# -- how often what is run


def counted(function):
    calls = []

    def counting(*args):
        calls.append(args)
        return function(*args)

    return counting, calls


@pytest.mark.parametrize("answer", [softmax, mx.abs, changes_its_input])
def test_the_learners_code_runs_once_for_each_seed(toy, answer):
    exercise = toy(
        lambda x: softmax(x),
        lambda answer, rng: {"y": answer(mx.ones((2, 2)) * rng.normal())},
        wrong={"abs": ("No softmax at all.", mx.abs)},
    )
    mine, calls = counted(answer)
    check(exercise, mine)
    assert len(calls) == 2
    check(exercise, mine, seeds=(5, 6, 7))
    assert len(calls) == 5


def test_our_answers_run_once_for_each_seed_and_device(toy, monkeypatch):
    ours, calls = counted(lambda x: x + 1)
    theirs, wrong_calls = counted(lambda x: x + 2)
    wrong = {"two": ("Two.", theirs)}
    exercise = toy(ours, lambda answer, rng: {"y": answer(1)}, wrong=wrong)
    assert check(exercise, lambda x: x + 1).passed
    assert (len(calls), len(wrong_calls)) == (2, 0)
    for _ in range(3):
        assert check(exercise, lambda x: x + 2).misconceptions == ("two",)
    assert (len(calls), len(wrong_calls)) == (2, 2)
    observe.run_ours(exercise, "solution", 0)
    assert len(calls) == 2
    monkeypatch.setattr(mx, "default_device", lambda: "another")
    observe.run_ours(exercise, "solution", 0)
    assert len(calls) == 3


def test_what_we_remember_cannot_be_changed_by_a_learner(toy):
    shared = mx.ones((3,))

    def use(answer, rng):
        y = answer(shared)
        return {"y": y, "x": shared}

    exercise = toy(lambda x: x, use)
    assert check(exercise, lambda x: x).passed

    def spoil(x):
        x[:] = 9.0
        return x

    assert not check(exercise, spoil).passed
    assert observe.run_ours(exercise, "solution", 0).seen["x"].value.tolist() == [1, 1, 1]


def test_two_exercises_never_share_what_is_remembered(toy):
    for i in range(50):  # as many records may get the same address
        exercise = toy(lambda i=i: i, lambda answer, rng: {"i": answer()})
        assert check(exercise, lambda i=i: i).passed
        del exercise


def test_inputs_are_the_same_for_everyone_and_differ_by_seed(toy):
    inputs = []

    def use(answer, rng):
        inputs.append((rng.normal(), mx.random.normal().item()))
        return {"y": answer()}

    exercise = toy(lambda: 1, use)
    check(exercise, lambda: 1)
    learner, ours = inputs[:2], inputs[2:]
    assert learner == ours
    assert all(one != other for one, other in zip(*learner, strict=True))
    mx.random.seed(99)  # the notebook's own draws change nothing
    check(exercise, lambda: 1, seeds=(1,))
    assert inputs[4] == learner[1]


# -- modules and compiled functions


def test_layers_in_another_order_and_under_other_names_pass(mlp):
    class Listed(nn.Module):
        def __init__(self, i, h, o):
            super().__init__()
            self.layers = [nn.Linear(h, o), nn.Linear(i, h)]

        def __call__(self, x):
            return self.layers[0](mx.maximum(self.layers[1](x), 0))

    verdict = check(mlp, Listed)
    assert verdict.passed, said(verdict)


def test_a_layer_too_many_is_counted(mlp):
    class More(Mlp):
        def __init__(self, i, h, o):
            super().__init__(i, h, o)
            self.extra = nn.Linear(o, o)

    assert check(mlp, More).message == "parameters: yours 71, expected 59."


def test_names_that_the_statement_fixes_are_compared_by_name(toy):
    def use(answer, rng):
        model = fill_parameters(answer(4, 4, 4), by_name=True)
        names = ", ".join(sorted(name for name, _ in tree_flatten(model.parameters())))
        return {"names": names, "y": model(mx.array(rng.normal(size=(2, 4)).astype(np.float32)))}

    class Swapped(Mlp):
        def __call__(self, x):
            return self.up(nn.relu(self.down(x)))

    class Renamed(nn.Module):
        def __init__(self, i, h, o):
            super().__init__()
            self.first, self.last = nn.Linear(i, h), nn.Linear(h, o)

        def __call__(self, x):
            return self.last(nn.relu(self.first(x)))

    exercise = toy(Mlp, use, kinds={"y": "matmul"})
    assert check(exercise, Mlp).passed
    assert check(exercise, Swapped).message.startswith("y: ")
    assert check(exercise, Renamed).message.startswith("names: yours 'first.bias, first.weight")


@pytest.mark.needs("compile")
def test_a_compiled_answer_starts_cold_on_every_seed(toy):
    def use(answer, rng):
        def body(x):
            return mx.exp(x) * x

        fast = answer(body)
        small, large = mx.ones((2,)), mx.ones((3,))
        traces = count_runs(body, lambda: [fast(x) for x in (small, small, large)])
        return {"traces": traces}

    exercise = toy(
        lambda f: mx.compile(f),
        use,
        wrong={
            "every_call": ("You compile at every call.", lambda f: lambda x: mx.compile(f)(x)),
            "shapeless": ("Shapeless.", lambda f: mx.compile(f, shapeless=True)),
        },
        name="compiled",
    )
    assert check(exercise, mx.compile).passed
    traces = [observe.run_ours(exercise, "solution", seed).seen["traces"].value for seed in (0, 1)]
    assert traces == [2, 2]
    for known in exercise.misconceptions:
        assert check(exercise, known.answer).misconceptions == (known.name,)


# -- words


@pytest.mark.parametrize("status", list(Status))
def test_only_passed_counts(status):
    assert runner.Verdict("toy", status).passed == (status is PASSED)


def test_no_more_than_a_few_lines_of_evidence(toy):
    exercise = toy(lambda: 0, lambda answer, rng: {f"o{i}": answer() for i in range(20)})
    verdict = check(exercise, lambda: 1)
    assert len([verdict.message, *verdict.evidence]) == runner.SHOWN


def test_the_evidence_does_not_give_a_value_away(toy):
    exercise = toy(lambda: 42, lambda answer, rng: {"n": answer}, value=True)
    verdict = check(exercise, 41)
    assert verdict.status is WRONG
    assert "41" in verdict.message and "42" not in verdict.message
