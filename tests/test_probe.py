"""What authors look with: it sees through any style of answer, and lets a stub's error by."""

import queue
import threading
from concurrent.futures import Future

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten

from course.probe import Recorder, fill_parameters, mask_numbers, outcome, sleeps


def pending_after(evaluate, steps=3):
    step = Recorder(mx.exp)
    x = mx.array([1.0])
    for _ in range(steps):
        x = step(x)
        evaluate(x)
    return step.pending


def test_a_recorder_sees_a_graph_grow():
    assert pending_after(lambda x: None) == [0, 1, 2]


@pytest.mark.parametrize(
    "evaluate", [mx.eval, mx.async_eval, lambda x: x.item(), np.array, lambda x: x.tolist()]
)
def test_a_recorder_sees_every_way_to_evaluate(evaluate):
    assert pending_after(evaluate) == [0, 0, 0]


def test_a_recorder_is_not_fooled_by_a_replaced_eval(monkeypatch):
    monkeypatch.setattr(mx, "eval", lambda *_: None)
    assert pending_after(mx.eval) == [0, 1, 2]


def test_a_recorder_passes_everything_on():
    assert Recorder(lambda a, b: (b, a))(1, 2) == (2, 1)


def test_how_a_call_ends_is_told_with_numbers_masked():
    def fails(size):
        raise ValueError(f"shape ({size},) at 0x7f00aa, 1.5e-3 off")

    assert outcome(fails, 3) == outcome(fails, 44) == "ValueError: shape (#,) at #, # off"
    assert outcome(len, []) == "returned"


def test_a_stub_passes_through_outcome():
    def stub():
        raise NotImplementedError("About 3 lines are missing.")

    with pytest.raises(NotImplementedError, match="3 lines"):
        outcome(stub)


def test_masking_leaves_words_alone():
    assert mask_numbers("[matmul] (3,5) and 2.5") == "[matmul] (#,#) and #"


class Mlp(nn.Module):
    def __init__(self, order=("up", "down")):
        super().__init__()
        sizes = {"up": (4, 7), "down": (7, 3)}
        for name in order:
            setattr(self, name, nn.Linear(*sizes[name]))

    def __call__(self, x):
        return self.down(nn.relu(self.up(x)))


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(7, 3), nn.Linear(4, 7)]

    def __call__(self, x):
        return self.layers[0](nn.relu(self.layers[1](x)))


def test_models_that_name_and_order_their_layers_otherwise_become_equal():
    x = mx.ones((2, 4))
    outputs = [fill_parameters(model)(x) for model in (Mlp(), Mlp(("down", "up")), Listed())]
    assert all(mx.array_equal(outputs[0], output) for output in outputs[1:])


def test_by_name_the_names_decide():
    one, other = (fill_parameters(model, by_name=True) for model in (Mlp(), Mlp(("down", "up"))))
    assert mx.array_equal(one.up.weight, other.up.weight)
    listed = fill_parameters(Listed(), by_name=True)
    assert not mx.array_equal(one.up.weight, listed.layers[1].weight)


def test_parameters_of_one_shape_get_different_values():
    class Twins(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

    for by_name in (False, True):
        twins = fill_parameters(Twins(), by_name=by_name)
        assert not mx.array_equal(twins.a.weight, twins.b.weight)


def test_filling_repeats_and_another_seed_fills_otherwise():
    first, again, other = (fill_parameters(Mlp(), seed=seed) for seed in (0, 0, 1))
    assert mx.array_equal(first.up.weight, again.up.weight)
    assert not mx.array_equal(first.up.weight, other.up.weight)


def test_dtypes_are_kept():
    model = Mlp()
    model.set_dtype(mx.bfloat16)
    assert {p.dtype for _, p in tree_flatten(fill_parameters(model).parameters())} == {mx.bfloat16}


def test_a_model_without_parameters_and_a_scalar_parameter_are_filled():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = mx.array(1.0)

    assert fill_parameters(nn.ReLU()) is not None
    scaled = fill_parameters(Scaled())
    assert scaled.scale.shape == ()
    assert scaled.scale.item() != 1.0


def seen(looks, what):
    """Whether something becomes true in so many looks, a millisecond or more from each other."""
    until = threading.Event()
    return any(what() or until.wait(0.001) for _ in range(looks))


def test_a_thread_that_waits_for_another_sleeps():
    lock, event, items, future = threading.Semaphore(0), threading.Event(), queue.Queue(), Future()
    first = threading.Thread(target=event.wait)
    rest = [
        threading.Thread(target=wait)
        for wait in (lock.acquire, items.get, future.result, first.join)
    ]
    for thread in (first, *rest):
        thread.start()
    try:
        assert seen(10_000, lambda: all(map(sleeps, (first, *rest))))
    finally:
        lock.release()
        event.set()
        items.put(1)
        future.set_result(1)
    for thread in (first, *rest):
        thread.join()
    assert not sleeps(first), "it has ended"


def test_a_thread_that_works_or_starts_another_does_not_sleep(monkeypatch):
    go_on, starting = threading.Event(), threading.Event()

    def work():
        while not go_on.is_set():
            pass

    def start():
        other = threading.Thread(target=work)
        wait = other._started.wait  # which `start` calls until the other has begun

        def held():
            starting.set()
            go_on.wait()
            wait()

        other._started.wait = held
        other.start()

    threads = [threading.Thread(target=work), threading.Thread(target=start)]
    for thread in threads:
        thread.start()
    try:
        starting.wait(10)
        assert not seen(20, lambda: any(map(sleeps, threads)))
    finally:
        go_on.set()
