"""Makes a process harmless before it runs a submission. Linux; each step is skipped elsewhere.

Knows namespaces, limits, capabilities and system calls. Knows nothing of the course. Runs inside
bubblewrap, in a process that was just forked and has one thread.
"""

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from pathlib import Path

LINUX = sys.platform == "linux"
_NEW = 0x10000000 | 0x20000000 | 0x00020000 | 0x40000000 | 0x08000000 | 0x04000000
_TMP = b"size=256m,nr_inodes=8192,mode=0700"
KERNELS = Path("/opt/kernels")  # what mx.compile made for our own answers, read-only
# (x86_64, aarch64) numbers of the calls that a submission is refused.
_REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "fsmount": (432, 432), "fsconfig": (431, 431),
    "fspick": (433, 433), "mount_setattr": (442, 442), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "kexec_load": (246, 104),
    "init_module": (175, 105), "finit_module": (313, 273), "open_by_handle_at": (304, 265),
    # Memory that belongs to no process, so that no limit and no watch sees it.
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190),
}  # fmt: skip
_CLONE, _CLONE3 = (56, 220), (435, 435)
_ARCH = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def limits(memory: int, processes: int, seconds: int) -> None:
    """Bounds that the kernel holds for this process and all that it starts."""
    bounds = {
        "CPU": seconds, "AS": memory, "NPROC": processes, "FSIZE": 256 << 20, "NOFILE": 256,
        "CORE": 0, "MEMLOCK": 0, "MSGQUEUE": 0, "SIGPENDING": 256,
    }  # fmt: skip
    for name, bound in bounds.items():
        which = getattr(resource, f"RLIMIT_{name}", None)
        if which is None or (not LINUX and name in ("AS", "NPROC")):  # macOS counts otherwise
            continue
        hard = resource.getrlimit(which)[1]
        most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (most, most))


def rooms() -> int:
    """Put the calling process's next child into namespaces of its own: users, processes, mounts,
    network. Returns in that child with 0, and in the caller with the child's process id.

    Raises:
        OSError: the kernel does not let us.
    """
    libc, user, group = _libc(), os.getuid(), os.getgid()
    _call(libc.unshare, _NEW)
    for file, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{file}", "w") as at:
            at.write(line)
    child = os.fork()
    if child == 0:
        os.setsid()  # kill(0) reaches the whole process group, through every namespace
        private = 1 << 18 | 16384  # MS_PRIVATE | MS_REC
        _call(libc.mount, None, b"/", None, private, None)
        _call(libc.mount, b"tmpfs", b"/tmp", b"tmpfs", 2 | 4, _TMP)  # nosuid, nodev
        _call(libc.mount, b"tmpfs", b"/dev/shm", b"tmpfs", 2 | 4, _TMP)
        # No /proc at all: whoever has it sees the fork server's memory.
        _call(libc.mount, b"tmpfs", b"/proc", b"tmpfs", 1 | 2 | 4, b"size=0,mode=0555")
    return child


def expendable() -> None:
    """If memory runs out, let the kernel take this process first."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def drop() -> None:
    """Give up every capability for good, and the system calls that no answer needs."""
    if not LINUX:
        return
    libc = _libc()
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    for capability in range(64):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; refused where there is none to drop
    libc.prctl(47, 4, 0, 0, 0)  # PR_CAP_AMBIENT, clear all
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    libc.capset(header, ctypes.create_string_buffer(24))
    _refuse(libc)


def close_all(keep: set[int]) -> None:
    """Close every file descriptor but these; 0, 1 and 2 lead nowhere afterwards."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        if fd not in keep:
            os.dup2(nowhere, fd)
    last = 2
    for fd in sorted(keep - {0, 1, 2}):
        os.closerange(last + 1, fd)
        last = fd
    os.closerange(last + 1, 4096)


def kernels() -> None:
    """Let MLX find the kernels that were compiled for our own answers, and compile its own."""
    if not KERNELS.is_dir():
        return
    for folder in KERNELS.glob("*/cpu"):
        here = Path("/tmp/mlx", *folder.parts[-2:])
        here.mkdir(parents=True, exist_ok=True)
        for file in os.listdir(folder):
            if file.endswith(".so"):
                with contextlib.suppress(OSError):
                    os.symlink(folder / file, here / file)


def _refuse(libc: ctypes.CDLL) -> None:
    """A seccomp filter: the calls of _REFUSED fail, and so do new namespaces."""
    if platform.machine() not in _ARCH:
        return
    which, arch = _ARCH[platform.machine()]
    load, equal, reaches, bits, end = 0x20, 0x15, 0x35, 0x45, 0x06
    refused, unknown, kill, allow = 0x00050001, 0x00050026, 0x80000000, 0x7FFF0000
    code = [(load, 0, 0, 4), (equal, 1, 0, arch), (end, 0, 0, kill), (load, 0, 0, 0)]
    code += [(reaches, 0, 1, 0x40000000), (end, 0, 0, refused)]  # x32's calls
    for numbers in _REFUSED.values():
        code += [(equal, 0, 1, numbers[which]), (end, 0, 0, refused)]
    code += [(equal, 0, 1, _CLONE3[which]), (end, 0, 0, unknown)]  # libc falls back to clone
    code += [(equal, 0, 3, _CLONE[which]), (load, 0, 0, 16), (bits, 0, 1, 0x7E020000)]
    code += [(end, 0, 0, refused), (end, 0, 0, allow)]
    program = b"".join(struct.pack("=HBBI", *line) for line in code)
    text = ctypes.create_string_buffer(program)
    filter_ = struct.pack("=HxxxxxxQ", len(code), ctypes.addressof(text))
    libc.prctl(22, 2, ctypes.create_string_buffer(filter_), 0, 0)  # PR_SET_SECCOMP, filter


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_void_p] * 4]
    return libc


def _call(function, *args) -> None:
    if function(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")
