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
    said = answers(model, tokenizer, [example.prompt for example in asked], batch)
    right = [text.strip() == example.answer for text, example in zip(said, asked, strict=True)]
    shares = {"all": sum(right) / len(right)}
    for kind in dict.fromkeys(example.kind for example in asked):
        mine = [ok for ok, example in zip(right, asked, strict=True) if example.kind == kind]
        shares[kind] = sum(mine) / len(mine)
    return shares


def main() -> None:
    """Print a table: exact match by kind, on known and on held-out notes."""
    parser = argparse.ArgumentParser(prog="python -m course.model.score", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--count", type=int, default=30, help="questions of each kind")
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument("--adapter", help="a folder with a LoRA adapter")
    parser.add_argument("--misses", type=int, default=0, help="show so many wrong answers")
    chosen = parser.parse_args()
    import mlx.core as mx
    import mlx_lm

    model, tokenizer = mlx_lm.load(str(chosen.directory), adapter_path=chosen.adapter)[:2]
    if mx.default_device() == mx.cpu:
        model.set_dtype(mx.float32)
    asked = {
        held_out: examples(chosen.count * len(KINDS), chosen.seed, held_out)
        + examples(chosen.count * 4, chosen.seed + 1, held_out, ["lap"])
        for held_out in (False, True)
    }
    known, kept = (score(model, tokenizer, asked[held_out]) for held_out in (False, True))
    print("| kind | known words | held out |\n|---|---|---|")
    for kind in (*KINDS, "lap"):
        print(f"| {kind} | {known[kind]:.2f} | {kept[kind]:.2f} |")
    for label, shares in (("known", known), ("held out", kept)):
        print(f"{label}: {sum(shares[kind] for kind in KINDS) / len(KINDS):.3f} over all kinds")
    if chosen.misses:
        said = answers(model, tokenizer, [example.prompt for example in asked[True]])
        wrong = [(e, s) for e, s in zip(asked[True], said, strict=True) if s.strip() != e.answer]
        for example, text in [w for w in wrong if w[0].kind != "lap"][: chosen.misses]:
            print(
                f"\n[{example.kind}] {example.prompt}\n  is:   {example.answer!r}\n  said: {text!r}"
            )


if __name__ == "__main__":
    main()
