"""doctor: the facts of this machine, and a sentence for each gap."""

import json
import re
import subprocess
import sys

import pytest

import course
from course import machine
from course.learner import doctor

SOUND = {
    "system": "Linux 6 x86_64",
    "mlx wheels": ["mlx-cpu"],
    "mlx": "0.32.4",
    "fits": "cpu",
    "backends": ["cpu"],
    "compiles": True,
    "blas": "OpenBLAS 0.3.34",
    "lessons": [],
}


@pytest.fixture(scope="module")
def found():
    return doctor.facts()


def test_a_sound_machine_has_no_gap():
    assert doctor.gaps(SOUND) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mlx wheels": []}, "pip install 'mlx-course[cpu]'"),
        ({"mlx wheels": ["mlx-cpu", "mlx-cuda-13"]}, "mlx-cpu and mlx-cuda-13 are both installed"),
        ({"mlx": "", "error": "ImportError: libmlx.so"}, "MLX cannot be loaded (ImportError"),
        ({"mlx": "", "error": "OSError: x", "fits": "cuda13"}, "'mlx-course[cuda13]'"),
        ({"mlx wheels": ["mlx-cuda-13"]}, "mlx-cuda-13 is installed, and MLX finds no NVIDIA GPU"),
        ({"fits": "cuda12"}, "has an NVIDIA GPU, and MLX is installed for the CPU"),
        ({"compiles": False}, "apt-get install g++"),
        ({"blas": "MLX's own reference BLAS (slow): off"}, "Matrix products are slow"),
        ({"lessons": [{"lesson": "04_x", "gaps": ["needs a GPU"]}]}, "Lesson 04_x: needs a GPU"),
    ],
    ids=[
        "no backend",
        "two backends",
        "broken",
        "broken with a GPU",
        "no GPU",
        "unused GPU",
        "no g++",
        "slow BLAS",
        "a lesson",
    ],
)
def test_each_gap_has_its_sentence(change, words):
    (said,) = doctor.gaps(SOUND | change)
    assert words in said


def test_two_backends_are_no_reason_for_the_rest_to_be_silent():
    broken = {"mlx wheels": ["mlx-cpu", "mlx-cuda-12"], "mlx": "", "error": "OSError: x"}
    assert "new environment" in doctor.gaps(SOUND | broken)[0]


@pytest.mark.parametrize(
    ("blas", "setting", "words"),
    [
        ("the scipy-openblas32 wheel is not installed", "", "pip install 'mlx-course[cpu]'"),
        ("the wheel's library could not be copied (read-only)", "", "MLX_COURSE_HOME"),
        ("/none.so: cannot open shared object file", "/none.so", "Unset MLX_COURSE_BLAS"),
    ],
)
def test_a_slow_blas_is_told_how_it_gets_fast(monkeypatch, blas, setting, words):
    monkeypatch.setenv("MLX_COURSE_BLAS", setting)
    (said,) = doctor.gaps(SOUND | {"blas": f"MLX's own reference BLAS (slow): {blas}"})
    assert words in said


def test_one_gap_of_two_lessons_is_said_once():
    lessons = [{"lesson": name, "gaps": ["needs a GPU."]} for name in ("04_x", "12_y")]
    assert doctor.gaps(SOUND | {"lessons": lessons}) == ["Lessons 04_x, 12_y: needs a GPU."]


def test_the_facts_of_this_machine(found):
    assert found["backends"][-1] == "cpu"
    assert found["bandwidth"] > 0 and found["matmul"] > 0 and found["memory"] > 0
    assert [lesson["lesson"][:2] for lesson in found["lessons"]][:2] == ["00", "01"]
    text = "\n".join(doctor.lines(found))
    assert found["mlx"] in text and found["blas"] in text
    assert ", ".join(found["mlx wheels"]) in text and (found["g++"] or "none") in text


def test_a_containers_limit_is_the_memory_that_is_reported(monkeypatch):
    monkeypatch.setattr(machine, "_read", lambda path: str(2 * 10**9))
    text = "\n".join(doctor.lines(doctor.facts()))
    assert re.search(r"^memory +2\.0 GB", text, re.M)


def test_without_mlx_it_still_says_what_it_knows(monkeypatch):
    monkeypatch.delattr(course, "machine")
    monkeypatch.setitem(sys.modules, "course.machine", None)
    found = doctor.facts()
    assert found["mlx"] == "" and "course.machine" in found["error"]
    assert doctor.lines(found)


@pytest.mark.slow
def test_json_is_for_programs(tmp_path):
    command = [sys.executable, "-m", "course.cli", "doctor", "--json"]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert isinstance(said["gaps"], list) and said["versions"]["mlx"]
