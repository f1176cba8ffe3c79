"""`python -m course bench`: what is measured and never promised, as ratios within one run.

Prints a table and saves it as JSON with machine, versions and date. Knows how to measure in
processes of its own, so that one figure does not warm up another.
"""

import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from course import catalog, lab, machine, measure, rerun
from course.mistake import Mistake

SIZES = (1024, 2048)
RUN = ("-m", "course.bench")
MODEL = ("-m", "course.model.speed")
COPIES = {"few": 10, "class": 300, "many": 1000}  # of a notebook of six exercises


def bench(lessons: bool = True, grading: bool = True) -> dict[str, Any]:
    """Measure everything; minutes, mostly the lessons.

    Building and verifying is measured in a checkout only: the package has no solutions.

    Args:
        lessons: run every lesson's notebook, from a cold compile cache.
        grading: grade copies of a notebook, in a checkout and where there is a sandbox.
    """
    found: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{machine.chip()}, {machine.cores()} cores, {platform.system()}",
        "backends": machine.backends(),
        "versions": machine.versions(),
        "blas": machine.blas(),
        "copy GB/s": measure.copy_bandwidth() / 1e9,
        "matmul GFLOP/s": {
            which: {str(n): _child("rate", str(n), MLX_COURSE_BLAS=setting) for n in SIZES}
            for which, setting in (
                ("stock", "off"),
                ("here", os.environ.get("MLX_COURSE_BLAS", "")),
            )
        },
    }
    found["model"] = _child(run=MODEL)
    root = lab.shipped()
    if (root / "solutions").is_dir():
        found |= _contract(root)
    if grading and (root / "tests" / "graded").is_dir() and machine.sandboxed():
        found["grading"] = _grading(root / "tests" / "graded" / "lessons")
    if lessons:
        found["lessons"] = {
            lesson.stem: _cold(root / "notebooks" / f"{lesson.stem}.ipynb")
            for lesson in catalog.lessons()
        }
    return found


def _contract(root: Path) -> dict[str, Any]:
    """Seconds to build the notebooks' texts, to verify the contract, and of the checks in it."""
    from course import build, verify  # what they need, a learner's installation lacks

    start = time.perf_counter()
    build.texts(root)
    built = time.perf_counter()
    report = verify.verify(root)
    checks = sorted(report.seconds.values())
    return {
        "build seconds": built - start,
        "verify seconds": time.perf_counter() - built,
        "check seconds": {"median": checks[len(checks) // 2], "slowest": checks[-1]},
    }


def _grading(lessons: Path) -> dict[str, Any]:
    """What it takes to grade six exercises, for a few submissions and for many."""
    import nbformat

    from course import build
    from course.grading import rate

    notebook = build.exercise_notebook(catalog.lessons(lessons)[0], solved=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "six.ipynb")
        nbformat.write(notebook, path)
        return rate.measure(lessons, path, COPIES, min(2, machine.cores()))


def command(what: str, lessons: bool, grading: bool, out: Path | None) -> int:
    """Measure, print, save. Returns the exit code.

    Args:
        what: "" for all but the sweeps of lesson 09, "lap" for these.
        lessons: as for ``bench``.
        grading: likewise.
        out: where to save; by default bench.json or lap.json, here.

    Raises:
        Mistake: there is nothing of that name.
    """
    if what not in ("", "lap"):
        raise Mistake(f'bench measures everything, or "lap"; not "{what}".')
    out = out or Path(f"{what or 'bench'}.json")
    if what:
        from course.model import sweep

        found = sweep.sweep(lambda line: print(line, flush=True))
    else:
        found = bench(lessons, grading)
        print("\n".join(lines(found)))
    save(found, out)
    print(f"Saved as {out}.")
    return int(any("stopped" in lesson for lesson in found.get("lessons", {}).values()))


def save(found: dict[str, Any], path: Path) -> None:
    """Write what was measured, so that it can be cited."""
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def lines(found: dict[str, Any]) -> list[str]:
    """The measurements as a person reads them."""
    rows = [
        ("machine", f"{found['machine']}, {found['date']}, MLX {found['versions']['mlx']}"),
        ("BLAS", found["blas"]),
        ("copy", f"{found['copy GB/s']:.1f} GB/s"),
    ]
    rates = found["matmul GFLOP/s"]
    for n in map(str, SIZES):
        stock, here = rates["stock"][n], rates["here"][n]
        text = f"{here:,.0f} GFLOP/s; stock {stock:,.1f}: {here / stock:.1f} times as fast"
        rows.append((f"matmul {n}", text))
    if check := found.get("check seconds"):
        text = f"median {check['median'] * 1e3:.1f} ms, slowest {check['slowest']:.2f} s"
        rows += [
            ("one check", text),
            ("build", f"{found['build seconds']:.1f} s"),
            ("verify", f"{found['verify seconds']:.1f} s"),
        ]
    rows += _of_the_model(found["model"])
    if graded := found.get("grading"):
        rows.append(("sandbox", f"{graded['room']['median'] * 1e3:.1f} ms for a submission; "
                                f"{graded['room']['first']:.2f} s to start"))  # fmt: skip
        for some in (graded[name] for name in COPIES if name in graded):
            each = some["CPU seconds"] / some["count"]
            text = f"{some['seconds']:.1f} s, {each:.3f} CPU-s each, {some['jobs']} processes; "
            text += f"the grader {some['MB, grader']:.0f} MB"
            rows.append((f"grade {some['count']}", text))
    for stem, lesson in found.get("lessons", {}).items():
        if "stopped" in lesson:
            rows.append((stem, lesson["stopped"]))
        else:
            text = f"{lesson['seconds']:.0f} s, {lesson['peak bytes'] / 1e6:,.0f} MB, cold"
            rows.append((stem, text))
    width = max(len(name) for name, _ in rows)
    return [f"{name:{width}}  {text}" for name, text in rows]


def _of_the_model(found: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [("model: load", f"{found['load seconds']:.2f} s")]
    for bits, rate in found["decode tokens/s"].items():
        text = f"{rate['measured']:,.0f} tokens/s; bandwidth allows {rate['bandwidth allows']:,.0f}"
        rows.append((f"model: decode, {bits}{' bits' if bits.isdigit() else ''}", text))
    batches = found["batch tokens/s"].items()
    rows.append(
        ("model: batches", ", ".join(f"{n}: {rate:,.0f}" for n, rate in batches) + " tokens/s")
    )
    step = found["training step seconds"]
    text = f"{step['mlx'] * 1e3:,.0f} ms"
    if "torch" in step:
        text += (
            f"; PyTorch {step['torch'] * 1e3:,.0f}: {step['mlx'] / step['torch']:.2f} of its time"
        )
    rows.append(("model: training step", text))
    return rows


def _child(*arguments: str, run: tuple[str, ...] = (), **settings: str) -> Any:
    """What this module, or another, measures in a process of its own."""
    with tempfile.TemporaryDirectory() as cold:  # MLX keeps compiled kernels in TMPDIR
        env = {**os.environ, "TMPDIR": cold, "MLX_COURSE_HOME": cold, **settings}
        command = [sys.executable, *(run or RUN), *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise Mistake(last.removeprefix("course.mistake.Mistake: "))
    return json.loads(done.stdout.splitlines()[-1])


def _cold(path: Path) -> dict[str, Any]:
    """A lesson's figures, or why there are none: the others are not lost with it."""
    try:
        return _child("lesson", str(path))
    except Mistake as mistake:
        return {"stopped": str(mistake)}


def _lesson(path: Path) -> dict[str, float]:
    """Seconds and peak memory of one notebook's kernel. POSIX alone counts children's memory."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(path.read_bytes())
        start = time.perf_counter()
        stopped = rerun.rerun(copy).stopped
        seconds = time.perf_counter() - start
    if stopped:
        raise Mistake(f"{path.name}: {stopped[0]}")
    try:
        import resource

        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    except ImportError:
        peak = 0
    unit = 1 if platform.system() == "Darwin" else 1024
    return {"seconds": seconds, "peak bytes": peak * unit}


if __name__ == "__main__":
    what, argument = sys.argv[1:]
    result = measure.matmul_rate(int(argument)) / 1e9 if what == "rate" else _lesson(Path(argument))
    print(json.dumps(result))
