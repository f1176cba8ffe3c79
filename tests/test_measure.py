"""Measurements are fair, evaluate nothing that was only asked about, and leave no trace."""

import doctest
import os
import subprocess
import sys
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import pytest

import course
from course import measure
from course.measure import (
    Timing,
    count_runs,
    fused_kernels,
    graph_nodes,
    graph_ops,
    graph_text,
    is_evaluated,
    peak_memory,
    stopwatch,
    time_call,
)


def evaluated(*values):
    arrays = [mx.array(value) for value in values]
    mx.eval(arrays)
    return arrays if len(arrays) > 1 else arrays[0]


# -- graphs


def test_nodes_are_the_operations_not_yet_done():
    x = evaluated([1.0, 2.0])
    y = mx.exp(x) * x
    assert graph_nodes(x) == 0
    assert graph_nodes(y) == 2
    mx.eval(y)
    assert graph_nodes(y) == 0


def test_counting_evaluates_nothing():
    y = mx.exp(evaluated([1.0]))
    for _ in range(3):
        assert graph_nodes(y) == 1
    assert graph_ops(y) == ["Exp"]
    assert "Exp" in graph_text(y)
    assert not is_evaluated(y)


def test_a_shared_operation_counts_once():
    x = evaluated([1.0])
    shared = mx.exp(x)
    assert graph_nodes(mx.sin(shared), shared * x) == 3


def test_arrays_are_found_in_lists_dicts_and_modules():
    x = evaluated([1.0])
    assert graph_nodes({"a": [mx.exp(x)], "b": (mx.sin(x), 3, None)}) == 2
    layer = nn.Linear(2, 2)
    mx.eval(layer.parameters())
    assert graph_nodes(layer) == 0
    layer.weight = mx.abs(layer.weight)
    assert graph_nodes(layer) == 1


def test_no_arrays_are_no_nodes():
    assert graph_nodes() == graph_nodes([], None, 3) == 0


def test_an_array_on_its_way_has_nothing_left_to_write_down():
    y = mx.exp(evaluated([1.0]))
    mx.async_eval(y)
    assert is_evaluated(y)


def test_true_readings_although_eval_was_replaced(monkeypatch):
    monkeypatch.setattr(mx, "eval", lambda *_: None)
    monkeypatch.setattr(mx, "export_to_dot", lambda *_: None)
    x = mx.array([1.0])
    assert graph_nodes(mx.exp(x)) == 1
    assert peak_memory(lambda: mx.exp(mx.zeros((1000,)))) >= 4000


def test_a_deep_graph_is_counted_and_does_not_end_the_process():
    script = (
        "import mlx.core as mx\nfrom course.measure import graph_nodes\n"
        "x = mx.array(1.0)\nfor _ in range(100_000): x = mx.abs(x)\nprint(graph_nodes(x))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(course.__file__).parent.parent)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout == "100000\n", done.stderr


@pytest.mark.needs("compile")
def test_fused_kernels_are_counted_before_they_run():
    x = evaluated([1.0])

    def f(x):
        return mx.exp(x) * x + x

    assert fused_kernels(f(x)) == 0
    assert graph_nodes(f(x)) == 3
    y = mx.compile(f)(x)
    assert fused_kernels(y) == 1
    assert graph_nodes(y) == 1


# -- runs


def test_runs_of_a_body_are_counted():
    def f(x):
        return x

    assert count_runs(f, lambda: [f(1), f(2)]) == 2
    assert count_runs(f, lambda: None) == 0


@pytest.mark.needs("compile")
def test_a_compiled_body_runs_once_for_each_trace():
    def f(x):
        return mx.exp(x) * x

    fast = mx.compile(f)
    small, large = evaluated([1.0], [1.0, 2.0])
    assert count_runs(f, lambda: [fast(small), fast(small), fast(large)]) == 2
    assert count_runs(f, lambda: fast(small)) == 0


def test_the_profiler_is_put_back_even_after_an_error():
    def mine(*_):
        pass

    before = sys.getprofile()
    sys.setprofile(mine)
    try:
        assert count_runs(evaluated, lambda: evaluated(1.0)) == 1
        assert sys.getprofile() is mine
        with pytest.raises(ZeroDivisionError):
            count_runs(evaluated, lambda: 1 / 0)
        assert sys.getprofile() is mine
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("what", [len, mx.exp, 3])
def test_only_a_python_function_has_a_body_to_count(what):
    with pytest.raises(TypeError, match="needs a Python function"):
        count_runs(what, lambda: None)


# -- time and memory


def test_a_call_is_warmed_up_and_repeated():
    calls = []
    timing = time_call(calls.append, "x", repeat=3, warmup=2)
    assert len(calls) == 5
    assert len(timing.seconds) == 3
    assert timing.best <= timing.median


def test_a_timed_result_is_evaluated():
    made = []

    def f(x):
        made.append({"y": [mx.exp(x)]})
        return made[-1]

    time_call(f, mx.array([1.0]), repeat=2, warmup=0)
    assert len(made) == 2
    assert all(is_evaluated(result["y"][0]) for result in made)


def test_arguments_are_ready_before_the_clock_starts():
    pending = []
    time_call(lambda x: pending.append(graph_nodes(x)), mx.exp(mx.array([1.0])), repeat=1)
    assert pending == [0, 0]


@pytest.mark.parametrize("repeat", [0, -1])
def test_timing_nothing_is_refused(repeat):
    with pytest.raises(ValueError, match="'repeat' must be at least 1"):
        time_call(lambda: None, repeat=repeat)


def test_a_timing_tells_median_best_and_spread():
    timing = Timing((0.002, 0.001, 0.004))
    assert (timing.median, timing.best, timing.spread) == (0.002, 0.001, 1.5)
    assert str(timing) == "2 ms (median of 3, 1 ms to 4 ms)"
    assert str(Timing((2.5e-7,))).startswith("250 ns")


def test_a_stopwatch_stops_at_the_end_of_its_block_and_on_an_error():
    with pytest.raises(ZeroDivisionError), stopwatch() as watch:
        1 / 0  # noqa: B018
    assert watch.s > 0
    assert watch.us == pytest.approx(1e3 * watch.ms) == pytest.approx(1e6 * watch.s)


def test_peak_memory_is_what_the_call_added():
    million = 4 * 10**6
    kept = evaluated([0.0] * 10)
    assert peak_memory(lambda x: x, kept) < million
    assert peak_memory(lambda: mx.zeros((8 * 10**6,)) + 1) >= 8 * million
    assert million <= peak_memory(lambda: mx.zeros((10**6,)) + 1) < 3 * million


def test_the_examples_in_the_text_are_true():
    assert doctest.testmod(measure).attempted > 0
    assert doctest.testmod(measure).failed == 0


def test_a_graph_that_cannot_be_read_is_not_an_evaluated_one(monkeypatch):
    def fail(*_):
        raise RuntimeError("unreadable")

    monkeypatch.setattr(measure, "_export_to_dot", fail)
    with pytest.raises(RuntimeError, match="unreadable"):
        measure.graph_nodes(mx.array([1.0]) + 1)
