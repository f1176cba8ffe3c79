"""The learner's own copy of the notebooks and exercises, outputs cleared.

Learners never work in generated files. A copy is completed when there are new notebooks; what the
learner changed is never overwritten.
"""

import hashlib
import itertools
import json
from pathlib import Path

from course import files
from course.errors import UserError

MANIFEST = ".mlx-course.json"
FOLDERS = ("notebooks", "exercises")
PACKAGE = Path(__file__).parents[1]


def shipped() -> Path:
    """The folder that holds notebooks/ and exercises/: inside the wheel, or the checkout."""
    inside = PACKAGE / "_data"
    return inside if inside.is_dir() else PACKAGE.parent


def start(folder: Path) -> list[str]:
    """Make the learner's copy, or add to it what is new.

    Args:
        folder: made if it is not there.

    Returns:
        What was done, a sentence each; empty when everything was there.

    Raises:
        UserError: the folder is a file, or somebody else's; the disk refused.
    """
    manifest = folder / MANIFEST
    try:
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder} is a file. Name a folder, or one that does not exist yet.")
        if folder.is_dir() and any(folder.iterdir()) and not manifest.exists():
            raise UserError(f"{folder} holds other things. Name an empty folder or a new one.")
        return _copy(folder, manifest)
    except OSError as error:
        raise UserError(
            f"{error.filename or folder}: {error.strerror}. Nothing was lost."
        ) from None


def _copy(folder: Path, manifest: Path) -> list[str]:
    sources = sorted(path for name in FOLDERS for path in (shipped() / name).glob("*.ipynb"))
    if not sources:
        raise UserError(f"{shipped()} has no notebooks. In a clone: python3 -m course build.")
    copied = _read_manifest(manifest)
    _write_manifest(manifest, copied)  # first: a copy that is interrupted is known as ours
    said, new = [], 0
    for source in sources:
        name = f"{source.parent.name}/{source.name}"
        text = _cleared(source)
        target, before, now = folder / name, copied.get(name), _fingerprint(text)
        copied[name] = now
        if not target.exists():
            new += 1
        elif now in (before, _fingerprint_of(target)):
            continue
        elif _fingerprint_of(target) != before:
            target = _beside(target, (before, now))
            said.append(f"You changed {name}, so its new version is {target.name} beside it.")
        files.write(target, text)
    _write_manifest(manifest, copied)
    if new:
        plural = "they are" if new > 1 else "it is"
        said.insert(
            0, f"Copied {new} notebook{'s' * (new > 1)} to {folder}: {plural} yours to change."
        )
    return said


def _beside(changed: Path, ours: tuple[str | None, ...]) -> Path:
    """A name next to a file that the learner changed: a free one, or one they left as it was."""
    names = (f"{changed.stem}.new{n if n > 1 else ''}.ipynb" for n in itertools.count(1))
    paths = (changed.with_name(name) for name in names)
    return next(path for path in paths if not path.exists() or _fingerprint_of(path) in ours)


def _write_manifest(manifest: Path, copied: dict[str, str]) -> None:
    files.write(manifest, json.dumps({"version": 1, "files": copied}, indent=1))


def _read_manifest(manifest: Path) -> dict[str, str]:
    """Each copied file -> its fingerprint. Without a manifest, every other file counts as changed.

    A changed file is kept, so a lost manifest costs no one's work.
    """
    try:
        return dict(json.loads(manifest.read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _cleared(path: Path) -> str:
    """A notebook's text without outputs and without the marks of our own runs."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"].pop("mlx_course", None)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _fingerprint(text: str) -> str:
    """A hash of what a person wrote: cell sources, whatever the outputs."""
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError):
        sources = [text]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:16]


def _fingerprint_of(path: Path) -> str:
    return _fingerprint(path.read_text(encoding="utf-8", errors="replace"))
