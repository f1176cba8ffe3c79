"""keep_adapter, an exercise of lesson 09, lora_lap."""

import tempfile
from pathlib import Path

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

keep_adapter = exercise(minutes=8, level=3)


@keep_adapter.solution
def _(save, path, arrays):
    """Save an adapter so that the last good one survives whatever happens.

    `path` is a `Path` that ends in .safetensors; there may be an adapter already. `save(file,
    arrays)` is `mx.save_safetensors`: it takes a text and writes a file of that name, which must
    end in .safetensors too. It may fail half-way, as on a full disk: part of a file is there
    then, and it raises. While `save` writes, `path` goes on holding what it held: the power may go.
    Afterwards it holds the new arrays, if it worked; if not, what it held before, and the error
    goes on to the caller. No other file is left in the folder either way.
    """
    part = path.with_name("part." + path.name)
    try:
        save(str(part), arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _equal(arrays, found):
    return bool(mx.array_equal(arrays["lora_a"], found))


@keep_adapter.use
def _(answer, rng):
    size = int(rng.integers(3, 9))
    old, new = ({"lora_a": mx.array(rng.normal(size=size).astype(np.float32))} for _ in range(2))
    name = str(rng.choice(["adapters", "0000100_adapters", "notes.good"])) + ".safetensors"
    meanwhile, places = [], []

    def full(file, arrays):
        if not str(file).endswith(".safetensors"):
            raise ValueError("[save_safetensors] The file's name must end in .safetensors.")
        Path(file).write_bytes(b"\x20\x00\x00")
        meanwhile.append(state(path))
        others = [state(file) for file in path.parent.glob("*.safetensors") if file != path]
        there, elsewhere = meanwhile[-1] == "as it was", "as it was" in others
        places.append("in its place" if there else "under another name" if elsewhere else "nowhere")
        raise RuntimeError("[write] Unable to write 16 bytes to file.")

    def denied(file, arrays):
        Path(file).write_bytes(b"")
        raise OSError("No space left on device")

    def saved(file, arrays):
        mx.save_safetensors(file, arrays)
        meanwhile.append(state(path))

    def state(path):
        if not path.exists():
            return "gone"
        try:
            found = mx.load(str(path))["lora_a"]
        except Exception:  # the reason differs between versions of MLX
            return "broken"
        return next(
            (word for word, a in (("as it was", old), ("new", new)) if _equal(a, found)), "other"
        )

    def names(path):
        others = sum(file != path for file in path.parent.iterdir())
        more = f"{others} more file{'s' * (others != 1)}" if others else ""
        return " and ".join(filter(None, [path.name * path.exists(), more])) or "nothing"

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        mx.save_safetensors(str(path), old)
        answer(saved, path, new)
        found = {"new": state(path), "after": names(path)}
        mx.save_safetensors(str(path), old)
        end = outcome(answer, full, path, new)
        found |= {
            "meanwhile": meanwhile[-1] if places else "not seen",
            "place": places[-1] if places else "not seen",
            "old": state(path),
            "raised": end,
            "files": names(path),
        }
        for other in path.parent.iterdir():
            other.unlink()
        found["error"] = outcome(answer, denied, path, new)
        found["never"] = names(path)
        for other in path.parent.iterdir():
            other.unlink()
        answer(mx.save_safetensors, path, new)
        found["first"] = state(path)
    return found


keep_adapter.says(
    passed="Write beside it, then rename: a rename within a folder is all or nothing.",
    new="What is there when it worked",
    after="Files when it worked",
    meanwhile="What is there while the disk fills up",
    place="Where the old adapter is meanwhile",
    old="What is there when the disk was full",
    raised="How your function ended then",
    files="Files then",
    error="How it ended when the first save of all failed",
    never="Files then, where there was none before",
    first="What is there after the first save of all",
)


@keep_adapter.alternative
def _(save, path, arrays):
    with tempfile.TemporaryDirectory(None, None, path.parent) as folder:
        file = Path(folder) / "adapter.safetensors"
        save(str(file), arrays)
        file.replace(path)


@keep_adapter.misconception(
    "in_place",
    "The disk was full, and the old adapter is {old}: it should be {old:expected}. It is "
    "{meanwhile} while the new one is written: a file of that name is emptied first. mlx_lm's "
    "trainer writes adapters.safetensors in this way. Where could the new one be written first?",
)
def _(save, path, arrays):
    save(str(path), arrays)


@keep_adapter.misconception(
    "deleted_first",
    "The disk was full, and the old adapter is {old}: it should be {old:expected}. While the new "
    "one is written it is {meanwhile} already, which makes room on the disk. When do you know that "
    "the new one is whole?",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    path.unlink(missing_ok=True)
    try:
        save(str(part), arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@keep_adapter.misconception(
    "part_left",
    "The old adapter is safe, and after the failure the folder has {files}; it should have "
    "{files:expected}. On a full disk a broken part takes the room that the next try would need. "
    "Who cleans up if `save` raises?",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    save(str(part), arrays)
    part.replace(path)


@keep_adapter.misconception(
    "error_swallowed",
    "The disk was full, the old adapter is safe, and your function {raised} as if all were well: "
    "nobody knows that it is the old one. The score that is measured next belongs to another "
    "training. Where does the error go?",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    try:
        save(str(part), arrays)
        part.replace(path)
    except (OSError, RuntimeError):
        part.unlink(missing_ok=True)


@keep_adapter.misconception(
    "moved_whatever_happens",
    "While the new adapter is written the old one is {meanwhile}, and after the failure it is "
    "{old}: a broken part lies in its place. What runs in a `finally` runs after an error too. "
    "When may the new file be moved?",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    try:
        save(str(part), arrays)
    finally:
        part.replace(path)


@keep_adapter.misconception(
    "backup_left",
    "While the new adapter is written the old one is {meanwhile}, and "
    "when all went well the folder has {after}; it should have {after:expected}. If the power goes "
    "in between, somebody has to know where the good one is. Which of the two files should bear "
    "another name for a while?",
)
def _(save, path, arrays):
    spare = path.with_name("old." + path.name)
    if path.exists():
        path.replace(spare)
    try:
        save(str(path), arrays)
    except BaseException:
        path.unlink(missing_ok=True)
        if spare.exists():
            spare.replace(path)
        raise


@keep_adapter.misconception(
    "renamed_and_back",
    "All is right in the end, and while the new adapter is written the old one is {place}; it "
    "should be {place:expected}. It is put back after an error, and after a power cut nobody puts "
    "it back. Which of the two files should bear another name for a while?",
)
def _(save, path, arrays):
    spare = path.with_name("spare." + path.name)
    if path.exists():
        path.replace(spare)
    try:
        save(str(path), arrays)
    except BaseException:
        path.unlink(missing_ok=True)
        if spare.exists():
            spare.replace(path)
        raise
    spare.unlink(missing_ok=True)


@keep_adapter.misconception(
    "kept_in_memory",
    "All is right in the end, and while the new adapter is written the old one is {place} in the "
    "folder; it should be {place:expected}. It comes back after an error. On a full disk that may "
    "fail too, and after a power cut nobody does it. Where could the new one be written?",
)
def _(save, path, arrays):
    before = path.read_bytes() if path.exists() else None
    try:
        save(str(path), arrays)
    except BaseException:
        path.unlink()
        if before is not None:
            path.write_bytes(before)
        raise


@keep_adapter.misconception(
    "copied_not_moved",
    "The old adapter is safe, and when all went well the folder has {after}; it should have "
    "{after:expected}. The new one is there twice. What moves a file, in one step?",
)
def _(save, path, arrays):
    part = path.with_name("part." + path.name)
    try:
        save(str(part), arrays)
        path.write_bytes(part.read_bytes())
    except BaseException:
        part.unlink(missing_ok=True)
        raise


keep_adapter.hints(
    "At which moment may the old file go?",
    "When the new one is whole, under another name in the same folder. `Path.replace` renames.",
    'try: save to `path.with_name("part." + path.name)`, replace; finally: unlink with '
    "`missing_ok=True`.",
)
keep_adapter.same_as("solution", "text", "'part.' + path.name", "any other name will do")
