"""Submissions that teachers get: broken, careless and hostile, each with the mark it has earned.

Six exercises of two points (tests/graded). `CORPUS`: name -> (code cells, exercises that are
right). A submission is made from six right answers: `but` replaces some, `plus` adds cells.
"""

ALL = ("scale", "mm", "softmax_rows", "Affine", "lazy", "total")
IMPORTS = """import course
from course import check

import mlx.core as mx
import mlx.nn as nn
import numpy as np"""
RIGHT = {
    "scale": "def scale(x, factor):\n    return x * factor",
    "mm": "def mm(a, b):\n    return a @ b",
    "softmax_rows": "def softmax_rows(x):\n    return mx.softmax(x, axis=1)",
    "Affine": (
        "class Affine(nn.Module):\n    def __init__(self, ins, outs):\n"
        "        super().__init__()\n"
        "        self.weight, self.bias = mx.zeros((outs, ins)), mx.zeros(outs)\n\n"
        "    def __call__(self, x):\n        return x @ self.weight.T + self.bias"
    ),
    "lazy": "lazy = 1",
    "total": "def total(values):\n    return sum(values[1:], values[0])",
}
NONE = {name: f"def {name}(*args):\n    return None" for name in ALL} | {"lazy": "lazy = None"}


def cells(answers):
    """A notebook's code cells: imports, then each answer with its check."""
    found = [IMPORTS]
    for name, text in answers.items():
        found += [text, f'check("{name}", {name})']
    return found


def but(**changed):
    """Right answers, some of them replaced; None leaves one out."""
    return cells({k: v for k, v in (RIGHT | changed).items() if v is not None})


def plus(*more, answers=RIGHT):
    """All answers, with cells put before them."""
    made = cells(answers)
    return [made[0], *more, *made[1:]]


def without(*names):
    return tuple(name for name in ALL if name not in names)


def scale(body):
    """All right but `scale`, which does this."""
    lines = body.strip("\n").split("\n")
    return but(scale="def scale(x, factor):\n" + "\n".join(f"    {line}" for line in lines))


LIAR = """
class Yes:
    def __eq__(self, other): return True
    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__
    def __bool__(self): return True
    def __getattr__(self, name): return self
    def __call__(self, *_): return self
    def __hash__(self): return 0
    def __len__(self): return 1
    def __iter__(self): return iter([])
    def __sub__(self, other): return 0
    __add__ = __radd__ = __mul__ = __rsub__ = __abs__ = __sub__
    def __float__(self): return 1.0
    def __array__(self, *_, **__): return np.zeros((4,), np.float32)
"""
YES = {name: f"{name} = Yes()" for name in ALL}
# Finds a text in all that the process can read, and runs it.
SEARCH = """
import glob, os
found = []
for top in ("/opt", "/work", "/home", "/root", "/srv", "/tmp", "..", "../..", "../../source", "/usr/src"):
    for folder, _, files in os.walk(top):
        for name in files:
            if name.endswith((".py", ".ipynb")) and "site-packages" not in folder:
                try: text = open(os.path.join(folder, name)).read()
                except (OSError, ValueError): continue
                if ".solution" in text and "exercise(" in text or name.endswith(".ipynb"):
                    found.append(text)
for text in found:
    try: exec(text)
    except BaseException: pass
import gc, sys, inspect
for thing in gc.get_objects():
    try:
        if type(thing).__name__ == "Exercise":
            globals()[thing.name] = thing.own("solution")
        if type(thing).__name__ == "Misconception": print(thing)
    except BaseException: pass
"""
# Writes forged results of every shape to everything that is open.
FORGE = """
import os, struct, sys, gc
def forge(tail=b""):
    from course.grading import protocol
    for nonce in (b"", b"\\0" * 16, b"x" * 16):
        runs = [protocol.Once({"y": protocol.Value("number", 1.0)}, None, "", "", None, None, [], "", "")] * 3
        for record in (protocol.Answer(nonce, runs), protocol.Ready([])):
            for fd in range(0, 64):
                try: os.write(fd, protocol.encode(record) + tail)
                except OSError: pass
"""
TALK = """
import os, threading, time
def talk():
    while True:
        for fd in range(3, 64):
            try: os.write(fd, b"\\0\\0\\0\\5hello")
            except OSError: pass
def talking():
    threading.Thread(target=talk, daemon=True).start()
    time.sleep(0.5)
"""
DETACHED = """
import os, sys, time
for _ in range({n}):
    if os.fork() == 0:
        try:
            os.setsid()
            while True:
                for fd in range(3, 64):
                    try: os.write(fd, b"forged")
                    except OSError: pass
                time.sleep(0.05)
        finally: os._exit(0)
"""
QUIET = DETACHED.replace("range(3, 64)", "()")
HUNGRY = "x = bytearray(10 * 2**30)\nx[::4096] = b'1' * len(x[::4096])\nreturn x"
PLANT = """
import os
for path in ("/tmp", "/dev/shm", "/var/tmp", "/opt", "/opt/mlx-course", "/usr/lib", "."):
    for name in ("planted", "sitecustomize.py", "usercustomize.py", "mlx.py", "planted.so"):
        try:
            open(os.path.join(path, name), "w").write("raise SystemExit")
        except OSError: pass
for folder in ("/tmp/mlx/0.32.4/cpu",):
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder)[:5] or ["planted.so"]:
        try: os.remove(os.path.join(folder, name))
        except OSError: pass
        try: open(os.path.join(folder, name), "w").write("garbage")
        except OSError: pass
"""
PLANTED = """
import os
planted = [p for p in ("/tmp/planted", "/dev/shm/planted", "/var/tmp/planted", "/opt/planted",
                       "/tmp/mlx/0.32.4/cpu/planted.so") if os.path.exists(p)]
"""
SECRETS = """
import os, socket
seen = []
if "MLX_GRADER_SECRET" in os.environ: seen.append("environment")
for pid in list(range(1, 60)) + [os.getppid()]:
    for what in ("environ", "mem", "maps", "cmdline", "fd"):
        path = f"/proc/{pid}/{what}"
        if os.path.exists(path): seen.append(path)
for path in ("/root/.ssh", "/home", "/etc/shadow", "/etc/passwd", "/var", "/srv"):
    if os.path.exists(path) and (not os.path.isdir(path) or os.listdir(path)): seen.append(path)
for address in (("127.0.0.1", 22), ("127.0.0.1", 8786)):
    try:
        socket.create_connection(address, timeout=0.2); seen.append(address)
    except OSError: pass
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for name, args in (("ptrace", (16, 1, 0, 0)), ("unshare", (0x10000000,)), ("mount", (b"t", b"/tmp", b"tmpfs", 0, None)),
                   ("setuid", (0,)), ("chroot", (b"/",))):
    if getattr(libc, name)(*args) == 0: seen.append(name)
"""

# Memory that no process holds: files without a name, and segments that outlive who made them.
NOBODYS = """
import ctypes, os
held = []
try: held.append(os.memfd_create("x"))
except OSError: pass
libc = ctypes.CDLL(None)
held += [got for got in (libc.shmget(0, 1 << 20, 0o1600), libc.msgget(0, 0o1600)) if got >= 0]
"""

CORPUS = {
    # -- honest
    "control: right": (cells(RIGHT), ALL),
    "control: wrong": (cells(NONE), ()),
    "solution cell deleted": (but(scale=None), without("scale")),
    "solution cell twice": ([*cells(RIGHT), RIGHT["scale"]], ALL),
    "the last definition wins": ([*cells(RIGHT), NONE["scale"]], without("scale")),
    "check cells deleted": ([IMPORTS, *RIGHT.values()], ALL),
    "all in one cell": (["\n\n".join(cells(RIGHT))], ALL),
    "cells in reverse": (cells(RIGHT)[::-1], ALL),
    "imports deleted": (cells(RIGHT)[1:], ALL),
    "one name changed": (but(scale="def scal(x, factor):\n    return x * factor"), without("scale")),
    "a cell split in two": ([*but(mm="def mm(a, b):"), "    return a @ b"], without("mm")),
    "magics": (
        plus("%matplotlib inline", "%%bash\nrm -rf /", "!rm -rf / --no-preserve-root",
             "files = !ls", "%%capture out\nkept = 3", "%time kept = 4", "mx.array?",
             "%%timeit\nkept", "%load_ext nothing", "%%html\n<b>", "get_ipython().magic('x')",
             answers=RIGHT | {"mm": "%%time\n" + RIGHT["mm"], "scale": "%%capture\n" + RIGHT["scale"]}),
        ALL,
    ),
    "await at the top": (plus("import asyncio\nawait asyncio.sleep(0)\nkept = 1"), ALL),
    "asks for input": (plus("name = input('Who are you? ')"), ALL),
    "warnings on stderr": (
        but(scale="import warnings, sys\ndef scale(x, factor):\n    warnings.warn('careful')\n"
                  "    print('note', file=sys.stderr)\n    return x * factor"), ALL),
    "no line at all": ([], ()),
    "null bytes in a cell": (plus("x = 1\0"), ALL),
    "spoils the names of others": (
        but(scale="def scale(x, factor):\n    globals().update(mm=None, softmax_rows=3)\n"
                  "    mx.random.seed(7)\n    return x * factor"), ALL),
    # -- broken
    "sys.exit in a cell": (but(scale="import sys\nsys.exit()"), without("scale")),
    "os._exit in a cell": (but(scale="import os\nos._exit(0)"), without("scale")),
    "raise in a cell": (but(scale="raise ValueError('no')"), without("scale")),
    "SyntaxError in a cell": (but(scale="def scale(x, factor:\n return"), without("scale")),
    "endless loop in a function": (scale("while True: pass"), without("scale")),
    "endless loop in a cell": (plus("while True: pass"), ALL),
    "os._exit in a function": (scale("import os\nos._exit(0)"), without("scale")),
    "segfault in a function": (scale("import ctypes\nctypes.string_at(0)"), without("scale")),
    "segfault in a cell": (plus("import ctypes\nctypes.string_at(0)"), ALL),
    "abort": (scale("import os\nos.abort()"), without("scale")),
    "stack overflow": (
        scale("import sys\nsys.setrecursionlimit(10**8)\nclass A:\n"
              "    def __repr__(self): return repr(self)\nreturn repr(A())"), without("scale")),
    "recursion": (scale("return scale(x, factor)"), without("scale")),
    "raises a class of its own": (
        scale("class Odd(BaseException):\n    def __str__(self): raise Odd()\nraise Odd()"),
        without("scale")),
    "returns a generator": (scale("return (y for y in [x])"), without("scale")),
    "returns half a gigabyte": (scale("return mx.zeros(2**27)"), without("scale")),
    # -- hostile: time
    "swallows every alarm": (
        scale("import signal\nwhile True:\n    try:\n        signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
              "        signal.setitimer(signal.ITIMER_REAL, 0)\n        while True: pass\n"
              "    except BaseException: pass"), without("scale")),
    "swallows every alarm in a cell": (
        plus("import signal\nwhile True:\n    try:\n        signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
             "        while True: pass\n    except BaseException: pass"), ALL),
    "one long eval": (
        scale("y = mx.zeros((3000, 3000))\nfor _ in range(500): y = y @ y\nmx.eval(y)\nreturn y"),
        without("scale")),
    "sleeps in C": (scale("import ctypes\nctypes.CDLL(None).sleep(3600)"), without("scale")),
    "stops itself": (
        scale("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nos.kill(os.getpid(), 9)\n"
              "return x * factor"), ALL),  # it is process 1 in there, and such signals do not reach it
    # -- hostile: resources
    "fork bomb": (scale("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
                  without("scale")),
    "thread bomb": (
        scale("import threading, time\nfor _ in range(10**5): threading.Thread(target=time.sleep, "
              "args=(60,), daemon=True).start()"), without("scale")),
    "10 GB of memory": (scale(HUNGRY), without("scale")),
    "memory in many processes": (
        scale("import os, time\nfor _ in range(12):\n    if os.fork() == 0:\n"
              "        try: x = b'1' * (1 << 30); time.sleep(60)\n        finally: os._exit(0)\n"
              "time.sleep(60)"), without("scale")),
    "memory that no process holds": (
        plus(NOBODYS, answers=RIGHT | {
            "scale": "def scale(x, factor):\n    assert not held, held\n    return x * factor"}), ALL),
    "a gigabyte of output": (
        scale("import os, sys\nfor _ in range(1000):\n    print('x' * 10**6)\n"
              "    os.write(1, b'x' * 10**6)\nreturn x * factor"), ALL),
    "30 MB of output in a cell": (plus("print('x' * 30_000_000)"), ALL),
    "thousands of files": (
        plus("import os\nfor i in range(100_000):\n    os.makedirs(f'/tmp/{i}/a')"), ALL),
    "a huge file": (
        plus("with open('/tmp/huge', 'wb') as f:\n    while True: f.write(b'0' * 2**20)"), ALL),
    "allocates, forks, writes and listens": (
        plus("x = bytearray(1_200_000_000); del x", QUIET.format(n=20),
             "open('../escaped', 'w').write('x')",
             "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()"), ALL),
    # -- hostile: looking around
    "looks for answers": ([*plus(answers=NONE), SEARCH], ()),
    "looks for secrets": (
        plus(SECRETS, answers=RIGHT | {
            "scale": "def scale(x, factor):\n    assert not seen, seen\n    return x * factor"}), ALL),
    "plants files for the next": (plus(PLANT), ALL),
    "finds what the last one planted": (
        plus(PLANTED, answers=RIGHT | {
            "scale": "def scale(x, factor):\n    assert not planted, planted\n    return x * factor"}), ALL),
    # -- hostile: the check
    "check cells say pass": ([c if "check(" not in c else "passed = True" for c in cells(NONE)], ()),
    "assert_allclose replaced": (
        plus("np.testing.assert_allclose = lambda *a, **k: None", answers=NONE), ()),
    "asserts dropped by a transformer": (
        plus("import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Assert(self, n): return ast.Pass()\n"
             "get_ipython().ast_transformers.append(Drop())", answers=NONE), ()),
    "equal to everything": (plus(LIAR, answers=YES), ()),
    "returns what is equal to everything": (
        plus(LIAR, answers=NONE | {n: f"def {n}(*a):\n    return Yes()" for n in ALL}), ()),
    "the grader's own functions replaced": (
        plus("import course.checking.runner, course.checking.observe, course.checking.compare\n"
             "import course.grading.worker as w\n"
             "from course.grading import framing, protocol\n"
             "course.checking.compare.difference = course.checking.compare._close = lambda *a, **k: ''\n"
             "course.checking.runner.attempt = course.checking.runner.check = lambda *a, **k: course.checking.runner.Attempt()\n"
             "w._answer = lambda ask, *a: protocol.Answer(ask.nonce, [])\n"
             "protocol.encode = protocol.frame = framing.frame = lambda r: b'\\0\\0\\0\\0'", answers=NONE), ()),
    "pickle.dump replaced": (
        plus("import pickle\nclass Evil:\n    def __reduce__(self): return (exit, ())\n"
             "pickle.dump = pickle.dumps = lambda *a, **k: b'cos\\nsystem\\n'",
             answers=NONE | {"scale": "def scale(*a):\n    return Evil()"}), ()),
    "writes garbage to every channel": (
        plus("import os\nfor fd in range(3, 256):\n    try: os.write(fd, b'\\xff' * 4096)\n"
             "    except OSError: pass"), ALL),
    "forges results in a cell": (plus(FORGE + "\nforge()", answers=NONE), ()),
    "forges results in a function": (
        plus(FORGE, answers=RIGHT | {"scale": "def scale(x, factor):\n    forge()\n    return None"}),
        without("scale")),
    "forges and falls silent": (
        plus(FORGE, answers=RIGHT | {
            "scale": "def scale(x, factor):\n    forge(b'\\x7f\\xff\\xff\\xff')\n    import time; time.sleep(60)"}),
        without("scale")),
    "a thread that talks all the time": (plus(TALK + "\ntalking()"), ALL),  # that cell is left out
    "a function whose thread talks": (
        plus(TALK, answers=RIGHT | {
            "scale": "def scale(x, factor):\n    talking()\n    return x * factor"}),
        without("scale")),
    "closes every file": (scale("import os\nos.closerange(0, 256)\nreturn x * factor"), without("scale")),
    "a process that outlives its parent": (plus(DETACHED.format(n=3), answers=NONE), ()),
    "kills everyone": (
        scale("import os\nfor who in (-1, 0, 1, os.getppid()):\n    try: os.kill(who, 9)\n"
              "    except OSError: pass\nreturn x * factor"), ALL),
    "MLX replaced": (
        plus("real = mx.matmul\nmx.matmul = mx.softmax = mx.multiply = lambda *a, **k: a[0]\n"
             "mx.eval = mx.export_to_dot = lambda *a, **k: None\nmx.array_equal = lambda *a: mx.array(True)",
             answers=RIGHT | {"softmax_rows": "def softmax_rows(x):\n    e = mx.exp(x)\n    return e / e.sum(axis=1, keepdims=True)"}),
        ALL),
    "methods of mx.array replaced": (
        plus("try:\n    mx.array.__eq__ = lambda *a: True\n    mx.array.tolist = lambda *a: [1]\n"
             "    mx.array.dtype = mx.float16\nexcept (TypeError, AttributeError): pass", answers=NONE), ()),
    "random numbers replaced": (
        plus("np.random.default_rng = lambda *a: np.random.Generator(np.random.PCG64(0))",
             answers=NONE | {"scale": "kept = []\ndef scale(x, factor):\n    kept.append(x)\n    return kept[0] * 2.5"}), ()),
    "builtins replaced": (
        plus("import builtins\nfor name in ('isinstance', 'len', 'abs', 'sorted', 'all', 'any', 'type', 'str',"
             " 'getattr', 'range', 'zip', 'dict', 'list', 'open', 'print', 'min', 'max', 'sum', 'vars'):\n"
             "    setattr(builtins, name, lambda *a, **k: True)"), ALL),  # that cell is left out
    "json, struct, msgspec and os replaced": (
        plus("import json, struct, os, socket, time, math\n"
             "for module in (json, struct, math):\n    for name in dir(module):\n"
             "        if name[:1] != '_':\n            setattr(module, name, lambda *a, **k: b'')\n"
             "import msgspec\nmsgspec.msgpack.encode = msgspec.Struct = None\nos.getpid = lambda: 0"), ALL),
    "a number that lies": (
        plus("class Num(float):\n    def __eq__(self, o): return True\n    def __float__(self): return self\n"
             "    def __sub__(self, o): return 0.0\nclass Int(int):\n    __eq__ = lambda s, o: True\n"
             "    __hash__ = lambda s: 1\n    __int__ = __index__ = lambda s: 7",
             answers=NONE | {"lazy": "lazy = Int(7)", "scale": "def scale(*a):\n    return Num(1)"}),
        ()),
    "a number too coarse to be wrong": (
        but(lazy="lazy = mx.array(1.015, dtype=mx.bfloat16)"), without("lazy")),
    "an object that lies about its type": (
        plus("class Fake:\n    __class__ = property(lambda s: mx.array)\n    dtype, shape, nbytes = mx.float32, (4,), 16\n"
             "    def astype(self, *a): return self\n    def __array__(self, *a, **k): return np.ones(4, np.float32)",
             answers=NONE | {n: f"def {n}(*a):\n    return Fake()" for n in ("scale", "mm", "total")}), ()),
    "an array that lies about its shape": (
        plus("class Arr(np.ndarray):\n    shape = property(lambda s: (2**40, 2**40))\n    nbytes = property(lambda s: 0)\n"
             "    dtype = property(lambda s: np.dtype('float32'))\n    def tobytes(self, *a): return b'x' * 2**30",
             answers=NONE | {"scale": "def scale(*a):\n    return np.ones(4, np.float32).view(Arr)"}), ()),
    "terminal escapes, HTML and formulas": (
        but(scale="def scale(x, factor):\n    print('\\x1b[2J\\x1b]0;owned\\x07<script>alert(1)</script>')\n"
                  "    raise ValueError('=cmd|/C calc!A0 <img src=x onerror=alert(1)> \\u202e `](javascript:x)')"),
        without("scale")),
    "an endless message": (
        scale("raise ValueError('x' * 10**8)"), without("scale")),
    "a name of half a character": (
        but(scale="def scale(x, factor):\n    print('\\ud800')\n    raise type('E\\ud800', (Exception,), {})('\\udfff')"),
        without("scale")),
}  # fmt: skip
