"""Write the built-in models' cards: `python -m course.model.card`.

Judges the models anew, and sets the figures beside how they were made (training.json): README.md
from card.md, and loss.svg, in each model's folder. Does not know how a model is trained.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from course import machine
from course.model import score
from course.model.loading import BUILTIN

WHAT = {
    "notes": "A Llama of {millions:.1f} million parameters that reads the notes of one meeting and "
    "answers questions about them. It is the model that the lessons of mlx-course take apart, "
    "quantize, adapt and serve.",
    "draft": "A Llama of {millions:.2f} million parameters with the tokenizer of `notes`, trained "
    "on the same documents. It guesses ahead for it in speculative decoding, and is no use alone.",
}


def card(name: str, count: int) -> str:
    """The text of a model's README.md, with scores measured now.

    Args:
        name: "notes" or "draft".
        count: questions of each kind.
    """
    from course.model.unfamiliar import DOCUMENTS

    folder = BUILTIN / name
    about = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    chosen, curve = about["settings"], about["curve"]
    rows = [*curve[:: max(1, len(curve) // 8)], curve[-1]]
    watts = about.get("watts", 0)
    earlier = about.get("before")
    seconds = about["seconds"] + (earlier["seconds"] if earlier else 0)
    steps = chosen["steps"] + (earlier["settings"]["steps"] if earlier else 0)
    energy = (
        f" The GPU drew {watts:.0f} W on average{about.get('watts from', '')}: "
        f"{watts * seconds / 3600:.0f} Wh."
    )
    weights = (folder / "model.safetensors").stat().st_size / 2e6
    template = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
    return template.format(
        name=name,
        what=WHAT[name].format(millions=weights),
        kinds=len(score.KINDS),
        context=config["max_position_embeddings"],
        count=count,
        machine=f"{machine.chip()}, {machine.cores()} cores, MLX {machine.versions()['mlx']},",
        table="\n".join(score.table(folder, count)),
        documents=chosen["documents"],
        unfamiliar=DOCUMENTS,
        vocabulary=config["vocab_size"],
        layers=config["num_hidden_layers"],
        width=config["hidden_size"],
        heads=config["num_attention_heads"],
        kv=config["num_key_value_heads"],
        mlp=config["intermediate_size"],
        steps=steps,
        batch=chosen["batch"],
        rate=chosen["rate"],
        first=chosen["prompt_weight"][0],
        last=chosen["prompt_weight"][1],
        seconds=seconds,
        device=about["device"],
        mlx=about["versions"]["mlx"],
        date=about["date"],
        energy=energy if watts else "",
        command=_command(name, earlier["settings"], "FIRST") + "`, then `"
        f"python -m course.model.train OUT --start-from FIRST --steps {chosen['steps']} "
        f"--batch {chosen['batch']} --documents {chosen['documents']} --rate {chosen['rate']} "
        f"--seed {chosen['seed']} --prompt-weight {chosen['prompt_weight'][0]} {chosen['prompt_weight'][1]}"
        if earlier
        else _command(name, chosen, "OUT"),
        figure="loss.svg",
        curve="\n".join(f"| {row['step']:,} | {row['answers']:.4f} |" for row in rows),
    )


def _command(name: str, chosen: dict[str, Any], out: str) -> str:
    return (
        f"python -m course.model.train {out} --model {name} --steps {chosen['steps']} --batch "
        f"{chosen['batch']} --documents {chosen['documents']} --rate {chosen['rate']} --seed {chosen['seed']}"
    )


def figure(name: str) -> None:
    """Draw loss.svg: the loss on held-back answers over the steps, both logarithmic."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    about: dict[str, Any] = json.loads((BUILTIN / name / "training.json").read_text("utf-8"))
    drawn = Figure(figsize=(5.5, 3.0))
    axes = drawn.add_subplot()
    axes.loglog([r["step"] for r in about["curve"]], [r["answers"] for r in about["curve"]])
    axes.set_xlabel("step")
    axes.set_ylabel("loss on answers held back")
    axes.spines[["top", "right"]].set_visible(False)
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        drawn.savefig(BUILTIN / name / "loss.svg", facecolor="white", metadata={"Date": None})


def main() -> None:
    """Write both cards."""
    parser = argparse.ArgumentParser(prog="python -m course.model.card", description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="questions of each kind")
    chosen = parser.parse_args()
    for name in WHAT:
        figure(name)
        path: Path = BUILTIN / name / "README.md"
        path.write_text(card(name, chosen.count), encoding="utf-8", newline="\n")
        print(f"Written: {path}", flush=True)


if __name__ == "__main__":
    main()
