"""Everything to install the course with no network, in one folder or zip: wheels and install.py.

The versions are those of constraints.txt. uv resolves them, for another platform if need be, and
pip fetches them. Then uv resolves them once more from the folder alone: a bundle that lacks
something is never made.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import course
from course.errors import UserError

ROOT = Path(__file__).parents[2]
INSTALLER = Path(__file__).parents[1] / "data" / "install.py"
# Measured with the linux-x86_64 bundle for Python 3.11, and nothing compiled before.
EXPECTED = "took 43 s on two busy cores of an AMD EPYC, in November 2026"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True)
class Target:
    """A kind of machine, under the names that uv, pip's tags and Python's platform have for it."""

    uv: str
    tags: tuple[str, ...]
    system: str
    extra: str = "cpu"


def _linux(machine: str) -> tuple[str, ...]:
    """Tags of wheels that run with glibc 2.35, which is what MLX asks for."""
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(35, 4, -1)]
    return (*tags, f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}")


TARGETS = {
    "macos-arm64": Target("aarch64-apple-darwin", ("macosx_14_0_arm64",), "Darwin arm64"),
    "linux-x86_64": Target("x86_64-manylinux_2_35", _linux("x86_64"), "Linux x86_64"),
    "linux-aarch64": Target("aarch64-manylinux_2_35", _linux("aarch64"), "Linux aarch64"),
    "cuda13": Target("x86_64-manylinux_2_35", _linux("x86_64"), "Linux x86_64", "cuda13"),
}


def bundle(out: Path, wanted: str = "", python: str = "") -> Iterator[str]:
    """What is done, a sentence each, while a bundle is made; it has its name when it is complete.

    Args:
        out: a new or empty folder, or a new file whose name ends in .zip.
        wanted: one of TARGETS; this machine's without.
        python: versions with commas; without, all of PYTHONS.

    Raises:
        UserError: no such platform, no wheels for one of the Pythons, no network, no room, or
            something is there already.
    """
    target = TARGETS[name := _platform(wanted)]
    versions = _versions(python)
    if out.exists() and (out.is_file() or any(out.iterdir())):
        raise UserError(f"{out} is there already. Name a new folder, or a new .zip.")
    work = Path(tempfile.mkdtemp(prefix="bundle-", dir=_parent(out)))
    try:
        wheels = work / "mlx-course-bundle" / "wheels"
        wheels.mkdir(parents=True)
        yield f"Building the course's wheel, for {name} and Python {', '.join(versions)}."
        wheel = build_wheel(wheels)
        for version in versions:
            pins = resolve(target, version)
            yield f"Python {version}: fetching {len(pins)} wheels."
            _fetch(target, version, pins, wheels)
        for version in versions:
            count = complete(target, version, wheels, wheel)
            yield f"Python {version}: the folder alone resolves to {count} packages."
        facts = _describe(wheels.parent, name, versions, wheel)
        fingerprint = hashlib.sha256((wheels.parent / "bundle.json").read_bytes()).hexdigest()[:12]
        _place(wheels.parent, out)
    except OSError as error:
        raise UserError(f"{error.filename or out}: {error.strerror}. No bundle was made.") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    yield (
        f"{out}: {facts['megabytes']} MB in {len(facts['files'])} files, "
        f"{facts['installed bytes'] / 1e6:,.0f} MB when installed, fingerprint {fingerprint}."
    )
    yield f"On the other machine, in it: python3 install.py. It {facts['expected']}."


def _platform(wanted: str) -> str:
    here = f"{platform.system()} {platform.machine()}"
    own = next((name for name, target in TARGETS.items() if target.system == here), "")
    name = wanted or own
    if name not in TARGETS:
        said = f'There is no platform "{wanted}".' if wanted else f"There is no bundle for {here}."
        raise UserError(f"{said} --platform can be: {', '.join(TARGETS)}.")
    return name


def _versions(python: str) -> list[str]:
    versions = [part.strip() for part in python.split(",") if part.strip()] or list(PYTHONS)
    for version in versions:
        if not re.fullmatch(r"3\.\d+", version) or int(version[2:]) < 11:
            raise UserError(f'--python is "{version}"; the course needs 3.11 or newer, as in 3.12.')
    return sorted(set(versions), key=lambda version: int(version[2:]))


def _parent(out: Path) -> Path:
    """The folder that the bundle will lie in: what is made there can be moved in one step."""
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        return out.absolute().parent
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}.") from None


def build_wheel(folder: Path) -> Path:
    """The course's wheel, made in ``folder`` without caches and checkpoints.

    Raises:
        UserError: the build failed.
    """
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.part")
    with tempfile.TemporaryDirectory() as clean:
        tree = Path(clean)
        for name in ("course", "notebooks", "exercises"):
            shutil.copytree(ROOT / name, tree / name, ignore=ignore)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, tree)
        _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], tree)
    return next(folder.glob("mlx_course-*.whl"))


def resolve(target: Target, version: str) -> list[str]:
    """What the course needs there, each as name==version, as the index has it.

    Args:
        target: the kind of machine.
        version: of Python, such as "3.12".

    Raises:
        UserError: there are no wheels for it, or no network.
    """
    asked = ROOT / "pyproject.toml"
    command = _compile(target, version, "-c", str(ROOT / "constraints.txt"))
    pins = _run([*command, "--extra", target.extra, str(asked), "-"], ROOT, "pip\n")
    return [line for line in pins.splitlines() if "==" in line]


def complete(target: Target, version: str, wheels: Path, wheel: Path) -> int:
    """How many packages the course needs there, resolved from the folder alone.

    Args:
        target: the kind of machine.
        version: of Python, such as "3.12".
        wheels: the folder.
        wheel: the course's own, in it.

    Raises:
        UserError: a wheel is missing.
    """
    asked = f"mlx-course[{target.extra}] @ {wheel.as_uri()}\npip\n"
    command = _compile(target, version, "--no-index", "--find-links", str(wheels))
    return len(_run([*command, "-"], ROOT, asked).splitlines())


def _compile(target: Target, version: str, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"),
        *("--no-emit-index-url", "--no-emit-find-links", "--only-binary", ":all:"),
        *("--python-platform", target.uv, "--python-version", version, *more),
    ]


def _fetch(target: Target, version: str, pins: list[str], wheels: Path) -> None:
    asked = wheels.parent / "pins.txt"
    asked.write_text("\n".join(pins), encoding="utf-8")
    tags = [part for tag in target.tags for part in ("--platform", tag)]
    kind = ("--only-binary", ":all:", "--python-version", version, "--implementation", "cp")
    pip = (sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "-d", str(wheels))
    try:
        _run([*pip, *kind, *tags, "-r", str(asked)], ROOT)
    finally:
        asked.unlink()


def _run(command: list[str], where: Path, stdin: str = "") -> str:
    """What a tool prints; if it fails, a UserError with the tool's own words."""
    env = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}  # what uv takes macOS to be
    done = subprocess.run(command, cwd=where, env=env, input=stdin, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr + done.stdout).strip()
        if "No space left" in said:
            raise UserError(
                f"The disk is full: {shutil.disk_usage(where).free / 1e6:.0f} MB are free."
            )
        raise UserError(f"{said[-1500:]}\nNo bundle was made. Are you online?")
    return done.stdout


def _describe(folder: Path, name: str, versions: list[str], wheel: Path) -> dict:
    """The facts of a bundle, which are written as bundle.json beside install.py and a README."""
    shutil.copy(INSTALLER, folder / "install.py")
    wheels = sorted((folder / "wheels").glob("*.whl"))
    pip = next(path.name for path in wheels if path.name.startswith("pip-"))
    size = sum(path.stat().st_size for path in wheels)
    # An installation takes one wheel of each package: the largest, of the several Pythons'.
    largest: dict[str, int] = {}
    for path in wheels:
        package = path.name.split("-")[0]
        unpacked = sum(entry.file_size for entry in zipfile.ZipFile(path).infolist())
        largest[package] = max(largest.get(package, 0), unpacked)
    facts = {
        "bundle": 1,
        "course": course.__version__,
        "platform": name,
        "system": TARGETS[name].system,
        "python": versions,
        "requirement": f"mlx-course[{TARGETS[name].extra}]=={course.__version__}",
        "pip": pip,
        "megabytes": round(size / 1e6),
        # and half as much again for what Python compiles and for the notebooks
        "installed bytes": int(sum(largest.values()) * 1.5),
        "expected": EXPECTED,
    }
    (folder / "README.txt").write_text(
        f"mlx-course {course.__version__} for {name}, Python {' or '.join(versions)}.\n\n"
        f"In this folder: python3 install.py\n\n"
        f"It needs no network and {facts['installed bytes'] / 1e6:,.0f} MB of room; it "
        f"{facts['expected']}. It installs into mlx-course in your home folder, or where you say: "
        f"python3 install.py FOLDER\n",
        encoding="utf-8",
    )
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts["files"] = {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in files
    }
    (folder / "bundle.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return facts


def _place(folder: Path, out: Path) -> None:
    if out.suffix == ".zip":
        made = shutil.make_archive(str(folder), "zip", folder.parent, folder.name)
        os.replace(made, out)
        return
    if out.exists():
        out.rmdir()
    os.replace(folder, out)
    out.chmod(0o755)
