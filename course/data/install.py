# ruff: noqa: UP031, B904, RUF005 (any Python 3 must parse this, to say which one is needed)
"""Install the course from this folder, with no network: python3 install.py [FOLDER]

Standard library alone. Looks first whether the bundle is whole, fits this machine and has room;
then makes FOLDER/env, FOLDER/my-course and says how to go on. What is in my-course stays.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WINDOWS = os.name == "nt"
MARK = "mlx-course-env.json"  # in FOLDER: it is ours


class Stop(Exception):
    """A sentence: what is wrong, where, what to do."""


def manifest():
    path = os.path.join(HERE, "bundle.json")
    try:
        with open(path, "rb") as file:
            raw = file.read()
        found = json.loads(raw.decode("utf-8"))
        return found, hashlib.sha256(raw).hexdigest()[:12]
    except (OSError, ValueError):
        raise Stop(
            "%s is missing or damaged: the bundle was cut short. Copy the whole bundle again."
            % path
        )


def fitting_python(bundle):
    """This Python if the bundle is made for it, else one on PATH, else a sentence."""
    versions = bundle["python"]
    mine = "%d.%d" % sys.version_info[:2]
    if mine in versions:
        return sys.executable
    for version in reversed(versions):
        other = shutil.which("python" + version)
        if other:
            return other
    raise Stop(
        "This bundle is for Python %s; %s is %s. Install one of them (on a Mac: python.org or "
        "`brew install python@%s`; Debian, Ubuntu: apt-get install python%s), then run this again "
        "with it." % (", ".join(versions), sys.executable, mine, versions[-1], versions[-1])
    )


def right_platform(bundle):
    kind = "%s %s" % (platform.system(), platform.machine())
    if kind != bundle["system"]:
        raise Stop(
            "This bundle is for %s (%s), and this machine is %s. Ask for the bundle of that name."
            % (bundle["platform"], bundle["system"], kind)
        )
    if platform.system() == "Darwin" and int(platform.mac_ver()[0].split(".")[0]) < 14:
        raise Stop("This is macOS %s. MLX needs macOS 14 or newer." % platform.mac_ver()[0])
    if platform.system() == "Linux":
        libc = os.confstr("CS_GNU_LIBC_VERSION") if hasattr(os, "confstr") else ""
        parts = (libc or "").split()[-1:]
        if not parts or [int(n) for n in parts[0].split(".")[:2]] < [2, 35]:
            raise Stop(
                "This Linux has %s. MLX needs glibc 2.35 or newer: Ubuntu 22.04, Debian 12 or "
                "newer." % (libc or "no glibc")
            )


def whole(bundle):
    """Every file is there, as long as it was, with the same content."""
    for name, facts in sorted(bundle["files"].items()):
        path = os.path.join(HERE, *name.split("/"))
        if not os.path.isfile(path):
            raise Stop("%s is missing: the bundle was cut short. Copy it again." % name)
        size = os.path.getsize(path)
        if size != facts["bytes"]:
            raise Stop(
                "%s has %d bytes instead of %d: the bundle was cut short or altered. Copy it again."
                % (name, size, facts["bytes"])
            )
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                digest.update(part)
        if digest.hexdigest() != facts["sha256"]:
            raise Stop("%s was altered: its checksum is another. Copy the bundle again." % name)


def room(bundle, folder):
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    free, needed = shutil.disk_usage(folder).free, bundle["installed bytes"]
    if free < needed:
        raise Stop(
            "%d MB are free in %s, and %d MB are needed. Make room, or name another folder: "
            "python3 install.py FOLDER" % (free // 1000000, folder, needed // 1000000)
        )


def ours(folder):
    if os.path.isdir(folder) and os.listdir(folder):
        if not os.path.exists(os.path.join(folder, MARK)):
            raise Stop("%s holds other things. Name another: python3 install.py FOLDER" % folder)
    elif os.path.exists(folder) and not os.path.isdir(folder):
        raise Stop("%s is a file. Name a folder: python3 install.py FOLDER" % folder)


def run(*command):
    """Run a step with nobody's pip settings in the way; its words only if it fails."""
    drop = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    env = {k: v for k, v in os.environ.items() if k not in drop and not k.startswith("PIP_")}
    env.update(PIP_CONFIG_FILE=os.devnull, PIP_DISABLE_PIP_VERSION_CHECK="1")
    tool = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = tool.communicate()[0].decode("utf-8", "replace")
    if tool.returncode:
        if "No space left" in said or "Errno 28" in said:
            raise Stop("The disk is full. Make room, then run this again; nothing else is lost.")
        raise Stop("%s\nThis step failed: %s" % (said[-2000:], " ".join(command)))
    return said


def install(folder):
    begun = time.time()
    bundle, digest = manifest()
    print("mlx-course %(course)s for %(platform)s, %(megabytes)d MB" % bundle + ", print " + digest)
    right_platform(bundle)
    python = fitting_python(bundle)
    ours(folder)
    whole(bundle)
    room(bundle, folder)
    print("The bundle is whole. Installing into %s." % folder)
    print("That %s." % bundle["expected"], flush=True)
    env, wheels = os.path.join(folder, "env"), os.path.join(HERE, "wheels")
    inside = os.path.join(env, "Scripts" if WINDOWS else "bin", "python")
    if not os.path.isdir(folder):
        os.makedirs(folder)
    with open(os.path.join(folder, MARK), "w") as file:
        json.dump({"course": bundle["course"], "print": digest}, file)
    run(python, "-m", "venv", "--clear", "--without-pip", env)
    pip = os.path.join(wheels, bundle["pip"], "pip")  # pip runs from its own wheel
    quiet = ("--quiet", "--no-index", "--find-links", wheels)
    run(inside, pip, "install", *(quiet + ("pip", bundle["requirement"])))
    run(inside, "-m", "course.blas", "install")
    copy = os.path.join(folder, "my-course")
    run(inside, "-m", "course.cli", "start", copy)
    print("Installed after %d s. This machine:" % (time.time() - begun), flush=True)
    subprocess.call([inside, "-m", "course.cli", "preflight"], cwd=folder)
    verb = os.path.join(os.path.dirname(inside), "mlx-course")
    print("\nTo begin:\n    %s lab %s" % (verb, copy))


def main(arguments):
    folder = arguments[0] if arguments else os.path.join("~", "mlx-course")
    try:
        if len(arguments) > 1 or folder.startswith("-"):
            raise Stop(__doc__)
        install(os.path.abspath(os.path.expanduser(folder)))
    except Stop as stop:
        sys.stderr.write("%s\n" % stop)
        return 1
    except OSError as error:
        sys.stderr.write(
            "%s: %s. Nothing of yours was changed.\n" % (error.filename, error.strerror)
        )
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Run the same command again to go on.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
