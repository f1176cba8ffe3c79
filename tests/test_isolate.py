"""The sealed room: time limits nest and end cleanly, all state is put back, stubs are heard."""

import os
import random
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest

import course
from course import machine
from course.checking import isolate
from course.checking.isolate import Printed, TimeLimit, is_foreign, limited, sealed, watched

alarm = pytest.mark.needs("alarm")
HERE = Path(course.__file__).parent


def loop():
    while True:
        pass


def loop_that_swallows():
    x = 0
    while True:
        try:
            for _ in range(1000):
                x = sum([x, 1])
        except BaseException:
            continue


def loop_of_evaluations():
    x = mx.ones((8, 8))
    while True:
        mx.eval(x @ x)


def recursion_in_a_loop():
    def down(depth):
        return down(depth - 1) if depth else 0

    while True:
        down(100)


def busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
    return "done"


# -- the time limit


@alarm
@pytest.mark.parametrize(
    "endless", [loop, loop_that_swallows, loop_of_evaluations, recursion_in_a_loop]
)
def test_an_endless_loop_is_stopped(endless):
    with pytest.raises(TimeLimit):
        limited(0.1, endless)


@alarm
def test_an_exception_handler_does_not_stop_the_limit():
    def guarded():
        try:
            loop()
        except Exception:
            return "caught"

    with pytest.raises(TimeLimit):
        limited(0.05, guarded)


def test_what_ends_in_time_is_returned_and_its_errors_are_raised():
    assert limited(5, lambda: "done") == "done"
    with pytest.raises(ZeroDivisionError):
        limited(5, lambda: 1 / 0)


@alarm
def test_a_stopped_loop_leaves_no_alarm_behind(monkeypatch):
    """A ring on its way to a handler that is gone is an error that Python prints."""
    strays = []
    monkeypatch.setattr(sys, "unraisablehook", lambda stray: strays.append(str(stray.exc_value)))
    handler = signal.getsignal(signal.SIGALRM)
    for _ in range(40):
        with pytest.raises(TimeLimit):
            limited(0.005, loop)
    assert strays == []
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.fixture
def rings():
    """An alarm that was set before us."""
    heard = []

    def mine(*_):
        heard.append("ring")

    before = signal.signal(signal.SIGALRM, mine)
    yield heard, mine
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@alarm
@pytest.mark.parametrize("body", [lambda: None, loop], ids=["ends", "is stopped"])
def test_an_earlier_alarm_and_its_handler_go_on(rings, body):
    _, mine = rings
    signal.setitimer(signal.ITIMER_REAL, 1000, 500)
    if body is loop:
        with pytest.raises(TimeLimit):
            limited(0.05, body)
    else:
        limited(0.05, body)
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    assert 0 < left <= 1000
    assert interval == 500
    assert signal.getsignal(signal.SIGALRM) is mine


@alarm
def test_an_earlier_alarm_that_was_due_meanwhile_rings_afterwards(rings):
    heard, _ = rings
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    assert limited(100, lambda: busy(0.1)) == "done"
    for _ in range(10_000):
        if heard:
            break
        time.sleep(0.001)
    assert heard == ["ring"]


@alarm
def test_limits_nest():
    def inner_is_stopped():
        with pytest.raises(TimeLimit):
            limited(0.05, loop)
        return "outer goes on"

    assert limited(100, inner_is_stopped) == "outer goes on"

    def outer_rings():
        limited(100, lambda: None)
        loop()

    with pytest.raises(TimeLimit):
        limited(0.05, outer_rings)
    with pytest.raises(TimeLimit):
        limited(0.05, lambda: limited(0.1, loop))


@alarm
def test_seconds_of_compilers_do_not_count(monkeypatch):
    """As if every second so far had gone into a child process."""
    monkeypatch.setattr(isolate, "_children_seconds", time.perf_counter)
    assert limited(0.05, lambda: busy(0.3)) == "done"
    monkeypatch.setattr(isolate, "_children_seconds", lambda: 1000.0)  # all before the limit
    with pytest.raises(TimeLimit):
        limited(0.05, lambda: busy(30))


def test_outside_the_main_thread_code_runs_without_limit():
    before = signal.getsignal(signal.SIGALRM) if hasattr(signal, "SIGALRM") else None
    found = []
    thread = threading.Thread(target=lambda: found.append(limited(0.01, lambda: busy(0.05))))
    thread.start()
    thread.join()
    assert found == ["done"]
    if before is not None:
        assert signal.getsignal(signal.SIGALRM) is before


def test_without_posix_timers_code_runs_without_limit(monkeypatch):
    monkeypatch.delattr(signal, "setitimer", raising=False)
    assert limited(0.01, lambda: busy(0.05)) == "done"


# -- output


def test_output_is_bounded_and_the_rest_counted():
    printed = Printed()
    for _ in range(100):
        print("x" * 10**6, file=printed)
    assert len(printed.text) < 1100
    assert printed.text.endswith("\n… and 99,999,100 more characters")


def test_little_output_is_kept_whole():
    printed = Printed()
    print("one", "two", file=printed, flush=True)
    assert printed.text == "one two"
    assert not printed.isatty()


# -- state


def state():
    """All that a check must leave as it was."""
    kinds = [kind for kind in (mx.cpu, mx.gpu) if mx.is_available(mx.Device(kind))]
    return {
        "mlx random": mx.random.state[0].tolist(),
        "python random": random.getstate(),
        "numpy random": str(np.random.get_state()),
        "numpy errors": np.geterr(),
        "device": mx.default_device(),
        "streams": [mx.default_stream(kind) for kind in kinds],
        "output": (sys.stdout, sys.stderr),
        "recursion": sys.getrecursionlimit(),
        "profile and trace": (sys.getprofile(), sys.gettrace()),
        "mlx functions": (mx.eval, mx.compile, mx.set_default_device, mx.random.seed),
        "compiling": machine.compiles(),
        "folder": os.getcwd(),
    }


def seeds():
    mx.random.seed(9)
    mx.random.normal((3,))
    random.seed(9)
    np.random.seed(9)


def warns_otherwise():
    np.seterr(all="raise")


def moves():
    mx.set_default_device(mx.cpu)
    mx.set_default_stream(mx.new_stream(mx.cpu))


def redirects():
    sys.stdout = sys.stderr = None


def watches():
    sys.setprofile(lambda *_: None)
    sys.settrace(lambda *_: None)


def digs():
    sys.setrecursionlimit(12345)


def patches():
    mx.eval = mx.compile = mx.set_default_device = mx.set_default_stream = None


def switches_off():
    mx.disable_compile()


def goes_elsewhere():
    os.chdir("/")


def goes_nowhere():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)


DISTURBANCES = [
    *(seeds, warns_otherwise, moves, redirects, watches, digs, patches),
    *(switches_off, goes_elsewhere, goes_nowhere),
]


@pytest.mark.parametrize("disturb", DISTURBANCES)
@pytest.mark.parametrize("fails", [False, True], ids=["returns", "raises"])
def test_everything_is_put_back(disturb, fails):
    before = state()
    with suppress(KeyboardInterrupt), sealed(Printed()):
        disturb()
        if fails:
            raise KeyboardInterrupt
    after = state()
    assert {name for name in before if after[name] != before[name]} == set()


@pytest.mark.needs("compile")
def test_a_notebook_that_compiles_nothing_stays_so():
    mx.disable_compile()
    try:
        with sealed(Printed()):
            mx.enable_compile()
        assert not machine.compiles()
    finally:
        mx.enable_compile()


def test_random_numbers_go_on_as_if_nothing_had_been_drawn():
    mx.random.seed(123456789)
    mx.random.normal()
    expected = mx.random.normal((4,), key=mx.random.state[0]).tolist()
    kept = mx.random.state[0].tolist()
    with sealed(Printed()):
        mx.random.normal((100,))
    assert mx.random.state[0].tolist() == kept
    assert mx.random.normal((4,), key=mx.random.state[0]).tolist() == expected


def test_a_lost_random_state_is_replaced_and_said():
    @partial(mx.compile, inputs=mx.random.state, outputs=mx.random.state)
    def broken(x):
        mx.random.uniform()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken(mx.array(1.0))
    with sealed(Printed()) as notes:
        pass
    assert len(notes) == 1
    assert notes[0].startswith("MLX's random state had been lost")
    mx.eval(mx.random.state)
    with sealed(Printed()) as notes:
        pass
    assert notes == []


def test_a_function_that_the_notebook_replaced_is_mlx_own_inside_and_as_before_outside(monkeypatch):
    own = mx.eval

    def mine(*_):
        pass

    monkeypatch.setattr(mx, "eval", mine)
    with sealed(Printed()) as notes:
        assert mx.eval is own
        mx.eval = None
    assert notes == ["mx.eval had been replaced in this notebook; the check used MLX's own."]
    assert mx.eval is mine


def test_a_function_replaced_before_the_first_check_is_said():
    script = (
        "import mlx.core as mx\nmx.eval = lambda *_: None\nfrom course.checking import isolate\n"
        "with isolate.sealed(isolate.Printed()) as notes: pass\nprint(*notes)"
    )
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert done.stdout.startswith("mx.eval had been replaced before the first check"), done.stderr
    assert done.stdout.count("mx.") == 1


# -- stubs


def cell(text):
    names = {"mx": mx}
    exec(compile(text, "<cell>", "exec"), names)
    return names["answer"]


STUB = "def answer(x):\n    raise NotImplementedError('2 lines')\n"


def heard(function, *args):
    with watched() as messages, suppress(BaseException):
        function(*args)
    return messages


def test_a_stub_is_heard_once_however_far_its_error_goes():
    stub = cell(STUB)
    assert heard(stub, 1) == ["2 lines"]
    assert heard(lambda: [stub(1)]) == ["2 lines"]


@pytest.mark.parametrize("through", [mx.compile, mx.grad, mx.vmap, mx.checkpoint])
def test_a_stub_is_heard_through_mlx(through):
    assert heard(through(cell(STUB)), mx.array([1.0])) == ["2 lines"]


@pytest.mark.parametrize("caught", ["Exception", "BaseException", "NotImplementedError"])
def test_a_stub_is_heard_though_its_error_is_caught(caught):
    text = f"{STUB}stub = answer\ndef answer(x):\n    try: stub(x)\n    except {caught}: return 0"
    assert heard(cell(text), 1) == ["2 lines"]


def test_a_stub_without_a_message_and_one_whose_message_fails():
    assert heard(cell("def answer():\n    raise NotImplementedError")) == [""]
    text = (
        "class Odd(NotImplementedError):\n    def __str__(self): return 1 / 0\n"
        "def answer():\n    raise Odd"
    )
    assert heard(cell(text)) == ["(its message cannot be shown)"]


def test_a_library_that_has_not_implemented_something_is_no_stub():
    from logging import Handler

    assert heard(Handler().emit, None) == []
    assert heard(cell("def answer(emit):\n    emit(None)"), Handler().emit) == []


def test_other_errors_are_no_stub():
    assert heard(cell("def answer():\n    raise ValueError('2 lines')")) == []


def test_the_tracer_is_put_back():
    before = sys.gettrace()
    heard(cell(STUB), 1)
    assert sys.gettrace() is before


@pytest.mark.parametrize(
    ("file", "foreign"),
    [
        ("<cell 1>", True),
        ("<string>", True),
        (str(HERE.parent / "my-course" / "answers.py"), True),
        (f"{HERE}_of_mine/answers.py", True),
        (str(HERE / "lessons" / "start" / "row_means.py"), True),
        (str(HERE / "runner.py"), False),
        (str(HERE / "lessons.py"), False),
        (threading.__file__, False),
        (pytest.__file__, False),
        (f"{site.getusersitepackages()}/numpy/__init__.py", False),
        ("<frozen importlib._bootstrap>", False),
    ],
)
def test_whose_code_a_file_holds(file, foreign):
    assert is_foreign(file) is foreign
