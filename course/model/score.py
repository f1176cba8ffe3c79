"""Judge a model by exact match: `python -m course.model.score DIRECTORY`.

Knows batches of questions and what counts as right. Does not know how a model is loaded.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.model.corpus import KINDS, Example, examples

BATCH = 32
TOKENS = 128  # the longest answer in the corpus has fewer
SEED = 20_000  # of the questions; no training document has it


def answers(model: Any, tokenizer: Any, prompts: Sequence[str], batch: int = BATCH) -> list[str]:
    """What a model says to each prompt, greedily, through its chat template.

    Args:
        model: as ``course.model.load`` or ``mlx_lm.load`` gives it.
        tokenizer: likewise.
        prompts: what the user says.
        batch: how many are answered at once.
    """
    import mlx_lm

    said: list[str] = []
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))  # equal lengths together
    for start in range(0, len(order), batch):
        messages = [[{"role": "user", "content": prompts[i]}] for i in order[start : start + batch]]
        encoded = [tokenizer.apply_chat_template(m, add_generation_prompt=True) for m in messages]
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
    return _shares(asked, answers(model, tokenizer, [example.prompt for example in asked], batch))


def _right(example: Example, said: str) -> bool:
    return said.strip() == example.answer


def _shares(asked: Sequence[Example], said: Sequence[str]) -> dict[str, float]:
    right = [_right(example, text) for example, text in zip(asked, said, strict=True)]
    shares = {"all": sum(right) / len(right)}
    for kind in dict.fromkeys(example.kind for example in asked):
        mine = [ok for ok, example in zip(right, asked, strict=True) if example.kind == kind]
        shares[kind] = sum(mine) / len(mine)
    return shares


def table(folder: Path, count: int, adapter: str | None = None, misses: int = 0) -> list[str]:
    """Exact match by kind on known and on held-out words, as the lines of a Markdown table.

    Args:
        folder: a model's directory.
        count: questions of each kind.
        adapter: a folder with a LoRA adapter, or none.
        misses: how many wrong answers to show after it.
    """
    import mlx_lm

    from course.model.loading import fast_here

    model, tokenizer = mlx_lm.load(str(folder), adapter_path=adapter)[:2]
    fast_here(model)
    shares, wrong = [], []
    for held_out in (False, True):
        asked = examples(count * len(KINDS), SEED, held_out)
        asked += examples(2 * count, SEED + 1, held_out, ["lap"])
        said = answers(model, tokenizer, [example.prompt for example in asked])
        shares.append(_shares(asked, said))
        wrong += [pair for pair in zip(asked, said, strict=True) if not _right(*pair)]
    known, kept = shares
    lines = ["| kind | known words | held out |", "|---|---|---|"]
    lines += [f"| {kind} | {known[kind]:.2f} | {kept[kind]:.2f} |" for kind in (*KINDS, "lap")]
    overall = [sum(found[kind] for kind in KINDS) / len(KINDS) for found in shares]
    lines.append(f"| **all but lap** | **{overall[0]:.3f}** | **{overall[1]:.3f}** |")
    for example, text in [pair for pair in wrong if pair[0].kind != "lap"][:misses]:
        lines += ["", f"[{example.kind}] {example.prompt}"]
        lines += [f"  is:   {example.answer!r}", f"  said: {text!r}"]
    return lines


def main() -> None:
    """Print the table of a model."""
    parser = argparse.ArgumentParser(prog="python -m course.model.score", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--count", type=int, default=30, help="questions of each kind")
    parser.add_argument("--adapter", help="a folder with a LoRA adapter")
    parser.add_argument("--misses", type=int, default=0, help="show so many wrong answers")
    chosen = parser.parse_args()
    print(*table(chosen.directory, chosen.count, chosen.adapter, chosen.misses), sep="\n")


if __name__ == "__main__":
    main()
