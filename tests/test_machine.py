"""Facts about this machine are true here, and a missing need has its sentence."""

import os
import platform
from pathlib import Path

import mlx.core as mx
import pytest

from course import machine


def test_the_cpu_is_always_there_and_comes_last():
    assert machine.backends()[-1] == "cpu"
    assert len(set(machine.backends())) == len(machine.backends())


def test_the_chip_has_a_name():
    assert machine.chip().strip()


def test_memory_is_what_this_process_may_use(monkeypatch):
    physical = machine.memory_bytes()
    assert physical > 2**28
    limit = str(2**27)
    monkeypatch.setattr(machine, "_read", lambda path: limit)
    assert machine.memory_bytes() == 2**27
    monkeypatch.setattr(machine, "_read", lambda path: "max")
    assert machine.memory_bytes() == machine._physical_bytes()


def test_unknown_memory_is_zero_and_no_error(monkeypatch):
    monkeypatch.setattr(machine, "_read", lambda path: "")
    monkeypatch.setattr(machine, "_physical_bytes", lambda: 0)
    assert machine.memory_bytes() == 0


def test_cores_are_those_of_this_process():
    assert 1 <= machine.cores() <= (os.cpu_count() or 1)


def test_versions_name_what_decides_a_result():
    found = machine.versions()
    assert found["python"] == platform.python_version()
    assert found["mlx"] == mx.__version__
    assert all(found.values())


def test_the_blas_has_a_name():
    assert machine.blas()


@pytest.mark.parametrize(
    ("backends", "variable", "expected"),
    [
        (["cpu"], None, False),
        (["cpu"], "1", False),
        (["cuda", "cpu"], None, True),
        (["metal", "cpu"], "1", True),
        (["cuda", "cpu"], "0", False),
    ],
)
def test_tf32_follows_the_backend_and_its_switch(monkeypatch, backends, variable, expected):
    monkeypatch.setattr(machine, "backends", lambda: backends)
    monkeypatch.delenv("MLX_ENABLE_TF32", raising=False)
    if variable is not None:
        monkeypatch.setenv("MLX_ENABLE_TF32", variable)
    assert machine.tf32() is expected


@pytest.mark.needs("compile")
def test_whether_compile_takes_effect_is_seen_now():
    mx.disable_compile()
    try:
        assert not machine.compiles()
        assert machine.lacks(("compile",))
    finally:
        mx.enable_compile()
    assert machine.compiles()


# -- needs


def test_every_missing_need_has_a_sentence(monkeypatch):
    for need, (_, sentence) in list(machine.NEEDS.items()):
        assert sentence.startswith("needs ") and sentence.endswith(".")
        monkeypatch.setitem(machine.NEEDS, need, (lambda: False, sentence))
        assert machine.lacks((need,)) == [sentence]
        monkeypatch.setitem(machine.NEEDS, need, (lambda: True, sentence))
        assert machine.lacks((need,)) == []


def test_only_the_missing_ones_are_named(monkeypatch):
    monkeypatch.setitem(machine.NEEDS, "gpu", (lambda: False, "needs a GPU."))
    monkeypatch.setitem(machine.NEEDS, "alarm", (lambda: True, "needs an alarm."))
    assert machine.lacks(("alarm", "gpu")) == ["needs a GPU."]
    assert machine.lacks(()) == []


def test_an_unknown_need_is_an_error():
    with pytest.raises(KeyError, match="gpus"):
        machine.lacks(("gpus",))


@pytest.mark.needs("gpu")
def test_a_test_that_needs_a_gpu_runs_on_one_only():
    assert machine.backends()[0] in ("metal", "cuda")


def test_a_test_is_skipped_with_the_needs_own_sentence(request, monkeypatch):
    monkeypatch.setitem(machine.NEEDS, "gpu", (lambda: False, "needs a GPU."))
    request.node.add_marker(pytest.mark.needs("gpu"))
    conftest = request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    with pytest.raises(pytest.skip.Exception, match=r"^needs gpu: needs a GPU\.$"):
        conftest.pytest_runtest_setup(request.node)
