"""Load the built-in model, or the one that MLX_COURSE_MODEL names, and generate with it.

Everything that reads weights is mlx_lm's. Knows what can be wrong with a model directory.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx_lm
from mlx.utils import tree_flatten

from course import machine
from course.errors import UserError

BUILTIN = Path(__file__).parent
SWAP = "MLX_COURSE_MODEL"
LARGE = 2e9  # bytes; above it, weights are not searched for NaN


def directory(name: str | None = None) -> Path:
    """Where a model lies, in the layout that every mlx_lm command takes.

    Args:
        name: "notes" or "draft", the built-in ones. Without a name: what MLX_COURSE_MODEL says (a
            folder, or an id of the Hugging Face hub, which is downloaded once), else "notes".

    Raises:
        UserError: there is no such model, it cannot be downloaded, or memory is too small for it.
    """
    wanted = os.environ.get(SWAP, "") if name is None else ""
    if not wanted:
        name = name or "notes"
        if not (BUILTIN / name / "config.json").is_file():
            raise UserError(f'There is no built-in model "{name}". There are: "notes", "draft".')
        return BUILTIN / name
    folder = Path(wanted).expanduser()
    if folder.exists():
        return folder
    if wanted.count("/") != 1 or wanted.startswith((".", "/", "~")):
        raise UserError(f"{SWAP} names {wanted}, and there is no such folder.")
    return _from_hub(wanted)


def load(name: str | None = None) -> tuple[Any, Any]:
    """A model and its tokenizer, as ``mlx_lm.load`` gives them; loaded once a process.

    On a CPU the weights become float32, which is about 12 times as fast there as bfloat16; on a
    GPU they stay as they are.

    Args:
        name: as for ``directory``.

    Raises:
        UserError: the directory is incomplete or damaged, or too big for this machine's memory.
    """
    return _load(directory(name))


@cache
def _load(folder: Path) -> tuple[Any, Any]:
    config = _config(folder)
    _fits(sum(path.stat().st_size for path in folder.glob("model*.safetensors")), folder)
    try:
        model, _ = mlx_lm.utils.load_model(folder, lazy=True)
    except FileNotFoundError:
        raise UserError(f"{folder} has no weights: a model*.safetensors is missing.") from None
    except Exception as error:  # MLX and mlx_lm raise several kinds
        raise UserError(f"The weights in {folder} cannot be used: {_first_line(error)}") from None
    _evaluate(fast_here(model), folder)
    try:
        tokenizer = mlx_lm.utils.load_tokenizer(folder, eos_token_ids=config.get("eos_token_id"))
    except Exception as error:
        raise UserError(
            f"{folder} has no tokenizer that can be used: {_first_line(error)}"
        ) from None
    return model, tokenizer


def fast_here(model: nn.Module) -> nn.Module:
    """The same model, in float32 where there is only a CPU, which is slow in 16 bits."""
    if machine.backends() == ["cpu"]:
        model.set_dtype(mx.float32)
    return model


def generate(prompt: str, max_tokens: int = 128, name: str | None = None) -> str:
    """What the model answers to one message of a user, greedily, through its chat template.

    Args:
        prompt: any text.
        max_tokens: the answer is cut there.
        name: as for ``directory``.

    Raises:
        UserError: the prompt is no text, or longer than the model's context.
    """
    if not isinstance(prompt, str):
        raise UserError(f"A prompt is a text, and this is a {type(prompt).__name__}.")
    model, tokenizer = load(name)
    messages = [{"role": "user", "content": prompt}]
    tokens = (
        tokenizer.apply_chat_template(messages, add_generation_prompt=True)
        if tokenizer.chat_template
        else tokenizer.encode(prompt)
    )
    room = context(name) - len(tokens)
    if room < 1:
        raise UserError(
            f"The prompt has {len(tokens):,} tokens, and this model reads {context(name):,} at "
            "most. Shorten it."
        )
    return mlx_lm.generate(model, tokenizer, tokens, max_tokens=min(max_tokens, room))


def context(name: str | None = None) -> int:
    """How many tokens the model can read and write in all, as its config.json says."""
    return int(_config(directory(name)).get("max_position_embeddings", 1 << 30))


def _config(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except OSError:
        raise UserError(f"{folder} is no model directory: it has no config.json.") from None
    except (ValueError, TypeError):
        raise UserError(f"{folder / 'config.json'} is damaged: it is no JSON object.") from None


def _evaluate(model: nn.Module, folder: Path) -> None:
    """Bring the weights into memory, and refuse those that are no numbers."""
    try:
        mx.eval(model.parameters())
    except Exception as error:  # a file that was cut short is noticed here
        raise UserError(f"The weights in {folder} cannot be read: {_first_line(error)}") from None
    weights: Any = tree_flatten(model.parameters())
    floats = [(key, w) for key, w in weights if mx.issubdtype(w.dtype, mx.floating)]
    if sum(w.nbytes for _, w in floats) > LARGE:
        return
    broken = [key for key, w in floats if not mx.isfinite(w).all()]
    if broken:
        raise UserError(
            f"{folder} has NaN or infinity in {broken[0]}"
            + (f" and {len(broken) - 1} more" if broken[1:] else "")
            + ": the file is damaged, or its training diverged."
        )


def _fits(size: int, what: object) -> None:
    """Refuse a model that memory cannot hold, before anything is read."""
    if machine.backends() == ["cpu"]:
        size *= 2  # float16 or bfloat16 in the file, float32 in memory
    memory = machine.gpu_memory_bytes() or machine.memory_bytes()
    if memory and size > 0.9 * memory:
        raise UserError(
            f"{what} needs about {size / 1e9:.1f} GB for its weights, and this machine lets MLX "
            f"use {memory / 1e9:.1f} GB. Choose a smaller or a quantized one."
        )


def _from_hub(repo: str) -> Path:
    """The folder of a model of the Hugging Face hub, from the cache or downloaded now."""
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(huggingface_hub.snapshot_download(repo, local_files_only=True))
    except HFValidationError:
        raise UserError(f"{SWAP} names {repo}, which is neither a folder nor a hub id.") from None
    except LocalEntryNotFoundError:
        pass
    try:
        files = huggingface_hub.HfApi().model_info(repo, files_metadata=True).siblings or []
        _fits(sum(f.size or 0 for f in files if f.rfilename.endswith(".safetensors")), repo)
        return mlx_lm.utils._download(repo)
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"{SWAP} names {repo}, which is not on this machine and could not be downloaded "
            f"({_first_line(error)}). Are you online, and is that its name? Without the variable "
            "the built-in model is used."
        ) from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
