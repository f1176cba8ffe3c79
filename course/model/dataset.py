"""What is wrong with a folder of training data, line by line, before `mlx_lm.lora` reads it.

Knows the formats that mlx_lm takes, and what makes a line useless for training. Changes nothing,
and no bytes in a file make it raise.
"""

import json
from pathlib import Path
from typing import Any

ROLES = ("system", "user", "assistant")
FIELDS = {"messages": ("messages",), "completions": ("prompt", "completion"), "text": ("text",)}
NAMES = ("train", "valid", "test")
MOST = 20  # problems told of: where there are more, they have one cause


def problems(folder: Path, tokenizer: Any, limit: int = 2048) -> list[str]:
    """Sentences such as "train.jsonl, line 3: the answer is empty."; none for good data.

    Args:
        folder: with train.jsonl; valid.jsonl and test.jsonl may be there.
        tokenizer: as `mlx_lm.load` gives it.
        limit: `--max-seq-length`; a longer line loses its end.
    """
    found: list[str] = []
    seen: dict[str, str] = {}  # what a line asks -> where it stood first
    for name in NAMES:
        path = folder / f"{name}.jsonl"
        if path.is_file():
            found += _of_file(path, tokenizer, limit, seen)
        elif name == "train":
            found.append("train.jsonl is missing.")
    return found[:MOST] + [f"And {len(found) - MOST} more."] * (len(found) > MOST)


def _of_file(path: Path, tokenizer: Any, limit: int, seen: dict[str, str]) -> list[str]:
    lines = path.read_bytes().split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    found, first = [], ""
    for number, line in enumerate(lines, 1):
        where = f"{path.name}, line {number}"
        wrong, kind, texts = _of_line(line, tokenizer, limit)
        first = first or kind
        if not wrong and kind != first:
            wrong = f"it has {kind}, and the lines before it have {first}"
        key = " ".join(" ".join(texts[:-1] or texts).split())
        if not wrong and seen.setdefault(key, where) != where:
            wrong = f"{seen[key]}, asks the same"
        if wrong:
            found.append(f"{where}: {wrong}.")
    return found if lines else [f"{path.name} is empty."]


def _of_line(line: bytes, tokenizer: Any, limit: int) -> tuple[str, str, list[str]]:
    """(what is wrong or "", the line's format, its texts)."""
    if not line.strip():
        return "it is blank, and mlx_lm stops at it", "", []
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return "it is not UTF-8", "", []
    except (ValueError, RecursionError):
        return "it is no JSON", "", []
    if not isinstance(row, dict):
        return "it is JSON and no object", "", []
    kind = next((k for k, names in FIELDS.items() if set(names) <= row.keys()), "")
    if not kind:
        return "it has neither messages, nor prompt and completion, nor text", "", []
    if kind == "messages":
        wrong, turns = _of_messages(row["messages"])
    else:
        texts = [row[name] for name in FIELDS[kind]]
        wrong = "" if all(isinstance(text, str) for text in texts) else "a field is no text"
        roles = ("user", "assistant")[-len(texts) :]
        turns = [{"role": r, "content": t} for r, t in zip(roles, texts, strict=True)]
    if wrong:
        return wrong, kind, []
    texts = [turn["content"] for turn in turns]
    return _of_texts(kind, texts, turns, tokenizer, limit), kind, texts


def _of_messages(messages: Any) -> tuple[str, list[dict[str, str]]]:
    if not isinstance(messages, list) or not messages:
        return "messages is no list, or an empty one", []
    for number, message in enumerate(messages, 1):
        if not isinstance(message, dict):
            return f"message {number} is no object", []
        if "role" not in message:
            return f"message {number} has no role", []
        if message["role"] not in ROLES:
            return f"message {number} has the role {message['role']!r:.40}", []
        if not isinstance(message.get("content"), str):
            return f"message {number} has no text as content", []
    if messages[-1]["role"] != "assistant":
        return "its last message is not the assistant's", []
    return "", [{"role": m["role"], "content": m["content"]} for m in messages]


def _of_texts(
    kind: str, texts: list[str], turns: list[dict[str, str]], tokenizer: Any, limit: int
) -> str:
    if not texts[-1].strip():
        return "the answer is empty"
    if any("\ud800" <= letter <= "\udfff" for text in texts for letter in text):
        return "it has half a character (a lone surrogate)"
    if kind != "text":
        marks = [mark for mark in tokenizer.all_special_tokens for t in texts if mark in t]
        if marks:
            return f"{marks[0]} stands in its text, and becomes the special token"
    tokens = tokenizer.encode(texts[0]) if kind == "text" else tokenizer.apply_chat_template(turns)
    if len(tokens) > limit:
        return f"it has {len(tokens):,} tokens and is cut to {limit:,}: its end is lost"
    return ""
