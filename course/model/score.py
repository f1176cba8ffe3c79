"""Judge a model: `python -m course.model.score DIRECTORY`, on what people wrote first.

Knows batches of questions and what counts as right. Does not know how a model is loaded.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.model import handwritten
from course.model.corpus import KINDS, SILENT, Example, examples

BATCH = 32
TOKENS = 160  # the longest answer has fewer, nearly always
SEED = 20_000  # of the questions; no training document has it


def answers(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[str],
    batch: int = BATCH,
    tools: Sequence[Sequence[dict[str, Any]]] = (),
) -> list[str]:
    """What a model says to each prompt, greedily, through its chat template.

    Args:
        model: as ``course.model.load`` or ``mlx_lm.load`` gives it.
        tokenizer: likewise.
        prompts: what the user says.
        batch: how many are answered at once.
        tools: that the model may call, for each prompt; or nothing at all.
    """
    import mlx_lm

    said: list[str] = []
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))  # equal lengths together
    for start in range(0, len(order), batch):
        encoded = [
            tokenizer.apply_chat_template(
                [{"role": "user", "content": prompts[i]}],
                add_generation_prompt=True,
                **({"tools": list(tools[i])} if tools and tools[i] else {}),
            )
            for i in order[start : start + batch]
        ]
        said += mlx_lm.batch_generate(model, tokenizer, encoded, max_tokens=TOKENS).texts
    back = dict(zip(order, said, strict=True))
    return [back[i] for i in range(len(prompts))]


def score(
    model: Any, tokenizer: Any, asked: Sequence[Example], batch: int = BATCH
) -> dict[str, float]:
    """Share of exactly right answers, kind -> 0.0 to 1.0, and "all" for the whole.

    Args:
        model: as ``course.model.load`` gives it.
        tokenizer: likewise.
        asked: as ``corpus.examples`` gives them.
        batch: how many are answered at once.
    """
    return _shares(asked, _said(model, tokenizer, asked, batch))


def _said(model: Any, tokenizer: Any, asked: Sequence[Example], batch: int = BATCH) -> list[str]:
    tools = [e.tools for e in asked]
    return answers(model, tokenizer, [e.prompt for e in asked], batch, tools)


def _right(example: Example, said: str) -> bool:
    return said.strip() == example.answer


def _shares(asked: Sequence[Example], said: Sequence[str], right: Any = _right) -> dict[str, float]:
    good = [right(example, text) for example, text in zip(asked, said, strict=True)]
    shares = {"all": sum(good) / len(good)}
    for kind in dict.fromkeys(example.kind for example in asked):
        mine = [ok for ok, example in zip(good, asked, strict=True) if example.kind == kind]
        shares[kind] = sum(mine) / len(mine)
    return shares


def silence(asked: Sequence[Example], said: Sequence[str]) -> tuple[float, float]:
    """How often "The notes do not say." is said where it is right, and where it is wrong."""
    told = [text.strip() == SILENT for text in said]
    silent = [ok for ok, example in zip(told, asked, strict=True) if example.answer == SILENT]
    others = [ok for ok, example in zip(told, asked, strict=True) if example.answer != SILENT]
    return sum(silent) / max(1, len(silent)), sum(others) / max(1, len(others))


def table(folder: Path, count: int, adapter: str | None = None, misses: int = 0) -> list[str]:
    """Right answers by kind, as the lines of a Markdown table: written by people, then generated.

    Args:
        folder: a model's directory.
        count: generated questions of each kind; 0 for what people wrote alone.
        adapter: a folder with a LoRA adapter, or none.
        misses: how many wrong answers to what people wrote are shown after it.
    """
    import mlx_lm

    from course.model.loading import fast_here

    model, tokenizer = mlx_lm.load(str(folder), adapter_path=adapter)[:2]
    fast_here(model)
    columns: dict[str, dict[str, float]] = {}
    silences, wrong = [], []
    for name in handwritten.there():
        asked = handwritten.questions(name)
        said = _said(model, tokenizer, asked)
        title = f"people, {name}"
        columns[title] = _shares(asked, said, handwritten.right)
        silences.append((title, *silence(asked, said)))
        pairs = zip(asked, said, strict=True)
        wrong += [] if name == "confirm" else [p for p in pairs if not handwritten.right(*p)]
        if lap := handwritten.next_actions(name):
            columns[title] |= _shares(lap, _said(model, tokenizer, lap), handwritten.right) | {
                "all": columns[title]["all"]
            }
    for title, held_out in (("held out", True), ("known words", False)) if count else ():
        asked = examples(count * len(KINDS), SEED, held_out)
        lap = examples(2 * count, SEED + 1, held_out, ["lap"])
        said = _said(model, tokenizer, asked)
        columns[title] = _shares(asked, said)
        silences.append((title, *silence(asked, said)))
        columns[title]["lap"] = _shares(lap, _said(model, tokenizer, lap))["lap"]
    lines = ["| kind | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for kind in (*KINDS, "lap"):
        shares = [f"{c[kind]:.2f}" if kind in c else "" for c in columns.values()]
        lines.append(f"| {kind} | " + " | ".join(shares) + " |")
    overall = [f"**{c['all']:.3f}**" for c in columns.values()]
    lines += ["| **all but lap** | " + " | ".join(overall) + " |", ""]
    lines += [
        '| "The notes do not say." | said where it is right | said where it is wrong |',
        "|---|---|---|",
    ]
    lines += [f"| {title} | {yes:.2f} | {no:.3f} |" for title, yes, no in silences]
    for example, text in wrong[:misses]:
        lines += ["", f"[{example.kind}] {example.prompt}"]
        lines += [f"  is:   {example.answer!r}", f"  said: {text!r}"]
    return lines


def main() -> None:
    """Print the table of a model."""
    parser = argparse.ArgumentParser(prog="python -m course.model.score", description=__doc__)
    home = Path(__file__).parent / "notes"
    parser.add_argument("directory", type=Path, nargs="?", default=home)
    parser.add_argument("--count", type=int, default=30, help="generated questions of each kind")
    parser.add_argument("--adapter", help="a folder with a LoRA adapter")
    parser.add_argument("--misses", type=int, default=0, help="show so many wrong answers")
    chosen = parser.parse_args()
    print(*table(chosen.directory, chosen.count, chosen.adapter, chosen.misses), sep="\n")


if __name__ == "__main__":
    main()
