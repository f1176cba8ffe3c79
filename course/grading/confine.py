"""Makes a process harmless before it runs a submission. Linux; each step is skipped elsewhere.

Knows namespaces, limits, capabilities and system calls. Knows nothing of the course. Runs inside
bubblewrap, in a process that was just forked and has one thread.
"""

import contextlib
import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from pathlib import Path

LINUX = sys.platform == "linux"
KERNELS = Path("/opt/kernels")  # what mx.compile made for our own answers, read-only
_TMPFS = b"size=256m,nr_inodes=8192,mode=0700"

# What follows has the kernel's own names. Namespaces: linux/sched.h.
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
_NAMESPACES = (
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
)
# Flags of mount: linux/mount.h.
MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_REC = 16384
MS_PRIVATE = 1 << 18
# prctl and capset: linux/prctl.h, linux/capability.h.
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
LINUX_CAPABILITY_VERSION_3 = 0x20080522
CAPABILITIES = 64  # numbers that a capability may have
# Instructions of a filter: linux/bpf_common.h.
BPF_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS: take the word at this offset
BPF_IF_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
BPF_IF_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
BPF_IF_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
BPF_RETURN = 0x06  # BPF_RET | BPF_K
# What a filter looks at (offsets in struct seccomp_data), and what it may decide: linux/seccomp.h.
SECCOMP_MODE_FILTER = 2
SECCOMP_DATA_NR = 0
SECCOMP_DATA_ARCH = 4
SECCOMP_DATA_ARG_0 = 16
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000
SECCOMP_RET_KILL_PROCESS = 0x80000000
AUDIT_ARCH_X86_64 = 0xC000003E
AUDIT_ARCH_AARCH64 = 0xC00000B7
X32_SYSCALL_BIT = 0x40000000

# Machine -> (its place in the pairs of numbers below, its name in a filter).
_ARCHITECTURES = {"x86_64": (0, AUDIT_ARCH_X86_64), "aarch64": (1, AUDIT_ARCH_AARCH64)}
# System call -> its numbers on x86_64 and on aarch64. A submission is refused these.
_REFUSED = {
    # Other processes.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    # Namespaces and mounts.
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "fsconfig": (431, 431),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    # The kernel itself, and the parts of it in which most holes were found.
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    # Memory that belongs to no process, so that no limit and no watch sees it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
}
_CLONE = (56, 220)
_CLONE3 = (435, 435)


def limits(memory: int, processes: int, seconds: int) -> None:
    """Set bounds that the kernel holds for this process and all that it starts.

    Args:
        memory: bytes of address space for each process.
        processes: how many the user may have at once.
        seconds: of CPU time, for each process.
    """
    bounds = {
        "CPU": seconds,
        "AS": memory,
        "NPROC": processes,
        "FSIZE": 256 << 20,
        "NOFILE": 256,
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "SIGPENDING": 256,
    }
    for name, bound in bounds.items():
        which = getattr(resource, f"RLIMIT_{name}", None)
        if which is None or (not LINUX and name in ("AS", "NPROC")):  # macOS counts otherwise
            continue
        hard = resource.getrlimit(which)[1]
        most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (most, most))


def fork_into_namespaces() -> int:
    """0 in a new child that has namespaces of its own (users, processes, mounts, network); in the
    caller, the child's process id.

    Raises:
        OSError: the kernel does not allow it.
    """
    libc, user, group = _libc(), os.getuid(), os.getgid()
    _call(libc.unshare, _NAMESPACES)
    for file, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path(f"/proc/self/{file}").write_text(line)
    child = os.fork()
    if child == 0:
        os.setsid()  # kill(0) reaches the whole process group, through every namespace
        _call(libc.mount, None, b"/", None, MS_PRIVATE | MS_REC, None)
        for folder in (b"/tmp", b"/dev/shm"):
            _call(libc.mount, b"tmpfs", folder, b"tmpfs", MS_NOSUID | MS_NODEV, _TMPFS)
        # An empty folder in place of /proc, which would show the fork server's memory.
        flags = MS_RDONLY | MS_NOSUID | MS_NODEV
        _call(libc.mount, b"tmpfs", b"/proc", b"tmpfs", flags, b"size=0,mode=0555")
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
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for capability in range(CAPABILITIES):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails where there is none to drop
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = ctypes.create_string_buffer(struct.pack("=Ii", LINUX_CAPABILITY_VERSION_3, 0))
    none = ctypes.create_string_buffer(24)  # effective, permitted and inheritable: all zero
    libc.capset(header, none)
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
    """Install a seccomp filter: the calls of _REFUSED fail, and so do new namespaces."""
    code = seccomp_filter(platform.machine())
    if not code:
        return
    instructions = ctypes.create_string_buffer(code)
    program = struct.pack("=HxxxxxxQ", len(code) // 8, ctypes.addressof(instructions))
    libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(program), 0, 0)


def seccomp_filter(machine: str) -> bytes:
    """The filter as the kernel takes it, eight bytes an instruction; empty for other machines.

    An instruction is (what to do, instructions to skip if it is so, if it is not, a number).
    """
    if machine not in _ARCHITECTURES:
        return b""
    which, architecture = _ARCHITECTURES[machine]
    no = (BPF_RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EPERM)
    unknown = (BPF_RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.ENOSYS)
    yes = (BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW)
    code = [
        (BPF_LOAD, 0, 0, SECCOMP_DATA_ARCH),
        (BPF_IF_EQUAL, 1, 0, architecture),
        (BPF_RETURN, 0, 0, SECCOMP_RET_KILL_PROCESS),
        (BPF_LOAD, 0, 0, SECCOMP_DATA_NR),
        (BPF_IF_AT_LEAST, 0, 1, X32_SYSCALL_BIT),
        no,
    ]
    for numbers in _REFUSED.values():
        code += [(BPF_IF_EQUAL, 0, 1, numbers[which]), no]
    # The flags of clone3 lie in memory, which a filter cannot read; libc falls back to clone.
    code += [(BPF_IF_EQUAL, 0, 1, _CLONE3[which]), unknown]
    code += [
        (BPF_IF_EQUAL, 0, 3, _CLONE[which]),
        (BPF_LOAD, 0, 0, SECCOMP_DATA_ARG_0),
        (BPF_IF_ANY_BIT, 0, 1, _NAMESPACES | CLONE_NEWCGROUP),
        no,
        yes,
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_void_p] * 4]
    return libc


def _call(function, *args) -> None:
    if function(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")
