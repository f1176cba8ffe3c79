"""What this machine is, what it can do for the course, and the sentence that closes each gap.

Works where MLX is broken or missing: that is when it is needed most.
"""

import importlib.metadata
import os
import platform
import shutil
import sys
from typing import Any

from course import bootstrap
from course.content import catalog
from course.learner import tables

WHEELS = ("mlx-cpu", "mlx-cuda-12", "mlx-cuda-13", "mlx-metal")


def facts(quick: bool = False) -> dict[str, Any]:
    """Everything that doctor knows, as plain data. Takes under 3 s where MLX works.

    Args:
        quick: leave out what is measured: bandwidth and matrix products.
    """
    known: dict[str, Any] = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "mlx wheels": [name for name in WHEELS if version(name)],
        "g++": shutil.which("g++") or "",
        "fits": bootstrap.found_backend(),  # by the driver that nvidia-smi finds
    }
    try:
        from course import machine, measure
    except Exception as error:  # a broken MLX raises what it likes
        return known | {"mlx": "", "error": f"{type(error).__name__}: {error}"}
    return known | {
        "versions": machine.versions(),
        "mlx": version("mlx"),
        "backends": machine.backends(),
        "device": machine.chip(),
        "cores": machine.cores(),
        "memory": machine.memory_bytes(),
        "gpu memory": machine.gpu_memory_bytes(),
        "blas": machine.blas(),
        "compiles": machine.compiles(),
        "bandwidth": 0.0 if quick else measure.copy_bandwidth(),
        "matmul": 0.0 if quick else measure.matmul_rate(512),
        "lessons": [_lesson(lesson) for lesson in catalog.lessons()],
    }


def gaps(known: dict[str, Any]) -> list[str]:
    """What is missing, each with what to do; [] when nothing is.

    Args:
        known: what ``facts`` returned.
    """
    wheels, linux = known["mlx wheels"], known["system"].startswith("Linux")
    said = []
    if linux and not wheels:
        said.append(
            "MLX has no backend installed. Choose one: pip install 'mlx-course[cpu]', or [cuda12] "
            "or [cuda13] for an NVIDIA GPU."
        )
    if len(wheels) > 1:
        said.append(
            f"{' and '.join(wheels)} are both installed, and they share files. Make a new "
            "environment with exactly one extra."
        )
    cuda = [name for name in wheels if "cuda" in name]
    if not known["mlx"]:
        extra = known["fits"] if linux else "cpu"
        return said or [
            f"MLX cannot be loaded ({known['error']}). Make a new environment, and in it: "
            f"pip install 'mlx-course[{extra}]'."
        ]
    if cuda and len(wheels) == 1 and "cuda" not in known["backends"]:
        said.append(
            f"{cuda[0]} is installed, and MLX finds no NVIDIA GPU. If there is one, `nvidia-smi` "
            "should show it; if not, make a new environment: pip install 'mlx-course[cpu]'."
        )
    if wheels == ["mlx-cpu"] and known["fits"] != "cpu":
        said.append(
            "This machine has an NVIDIA GPU, and MLX is installed for the CPU. To use it make a "
            f"new environment: pip install 'mlx-course[{known['fits']}]'."
        )
    if "reference BLAS" in known["blas"]:
        said.append(f"Matrix products are slow here: {known['blas']}. {_faster(known['blas'])}")
    missing: dict[str, list[str]] = {}  # each sentence is said once, with the lessons it is for
    if not known["compiles"]:
        from course.machine import NEEDS

        missing[NEEDS["compile"][1]] = []
    for lesson in known["lessons"]:
        for gap in lesson["gaps"]:
            missing.setdefault(gap, []).append(lesson["lesson"])
    for gap, lessons in missing.items():
        what = f"Lesson{'s' * (len(lessons) > 1)} {', '.join(lessons)}" if lessons else "mx.compile"
        said.append(f"{what}: {gap}")
    return said


def _faster(blas: str) -> str:
    if os.environ.get("MLX_COURSE_BLAS"):
        return "Unset MLX_COURSE_BLAS, or name an OpenBLAS that can be loaded."
    if "could not be copied" in blas:
        return "Name a folder that can be written in MLX_COURSE_HOME."
    return "In a new environment, pip install 'mlx-course[cpu]' brings what is missing."


def lines(known: dict[str, Any]) -> list[str]:
    """The facts as a person reads them, a line each.

    Args:
        known: what ``facts`` returned.
    """
    rows = [
        ("Python", f"{known['python']} ({sys.executable})"),
        ("system", known["system"]),
        ("MLX wheels", ", ".join(known["mlx wheels"]) or "none"),
        ("g++", known["g++"] or "none"),
    ]
    if known["mlx"]:
        gpu = known["gpu memory"]
        rows += [
            *((name, text) for name, text in known["versions"].items() if name != "python"),
            ("backends", ", ".join(known["backends"])),
            ("device", f"{known['device']}, {known['cores']} CPU cores"),
            (
                "memory",
                (f"{known['memory'] / 1e9:.1f} GB" if known["memory"] else "unknown")
                + (f", a GPU may use {gpu / 1e9:.1f} GB" if gpu else ""),
            ),
            ("bandwidth", f"{known['bandwidth'] / 1e9:.1f} GB/s (x + 1, read and written)"),
            ("matmul", f"{known['matmul'] / 1e9:,.1f} GFLOP/s (512 × 512, float32)"),
            ("BLAS", known["blas"]),
            ("mx.compile", "works" if known["compiles"] else "does nothing here"),
        ]
        for lesson in known["lessons"]:
            needs = ", ".join(lesson["needs"]) or "nothing special"
            runs = "does not run here in full" if lesson["gaps"] else "runs here"
            rows.append((f"lesson {lesson['lesson']}", f"needs {needs}; {runs}"))
    return tables.table(rows)


def _lesson(lesson: catalog.Lesson) -> dict[str, Any]:
    from course import machine

    needs = sorted({need for made in catalog.exercises(lesson) for need in made.needs})
    return {"lesson": lesson.stem, "needs": needs, "gaps": machine.lacks(tuple(needs))}


def version(name: str) -> str:
    """The installed version of a package, "" if there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
