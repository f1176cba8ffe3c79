"""may_use, an exercise of lesson 10, serving."""

import re

import huggingface_hub
import yaml

from course.exercise import exercise

may_use = exercise(minutes=7, level=2)


@may_use.solution
def _(cards, name, allowed):
    """Whether a model may be used, by its licence and the licences of all that it was made from.

    `cards` has the text of README.md for each model's name, as on the Hugging Face hub. Such a
    text begins with a header in YAML between two lines `---`; in it stand `license` and, in a model
    made from others, `base_model`: a name or a list of names. Where `license` is "other",
    `license_name` says which. Return True if the licence of `name`, of its base models, of theirs
    and so on is in the set `allowed` each time; False if one is not, or is not stated, or if
    a card is missing. No model goes back to itself.

        ---
        license: apache-2.0
        base_model: meadow/oak-8b
        ---
        # Oak in 4 bits

    is a card, and whether this model may be used depends on meadow/oak-8b too.
    """
    left = [name]
    while left:
        text = cards.get(left.pop(), "")
        parts = text.split("---\n", 2)
        header = yaml.safe_load(parts[1]) if text.startswith("---\n") and len(parts) == 3 else {}
        licence = header.get("license")
        if licence == "other":
            licence = header.get("license_name")
        if licence not in allowed:
            return False
        bases = header.get("base_model") or []
        left += [bases] if isinstance(bases, str) else bases
    return True


def _card(header, text="A model.\n"):
    lines = "".join(f"{line}\n" for line in header)
    return f"---\n{lines}---\n# Model card\n\n{text}" if header else f"# Model card\n\n{text}"


@may_use.use
def _(answer, rng):
    free = ["apache-2.0", "mit", "bsd-3-clause"]
    good, also, name = str(rng.choice(free[:2])), free[2], f"grove-{int(rng.integers(2, 9))}"
    closed = str(rng.choice(["cc-by-nc-4.0", "llama3.1", "gemma"]))
    shown = f"To share your own, begin the file with\n\nlicense: {good}\n\nand push it.\n"
    cards = {
        "meadow/oak": _card([f"license: {good}", "pipeline_tag: text-generation"]),
        "meadow/oak-4bit": _card([f"license: {also}", "base_model: meadow/oak", "tags:", "- mlx"]),
        "rock/fir": _card([f"license: {closed}"]),
        "kind/fir-4bit": _card([f"license: {good}", "base_model: rock/fir"]),
        "kind/fir-4bit-notes": _card([f"license: {good}", "base_model: kind/fir-4bit"]),
        "kind/lost": _card([f"license: {good}", "base_model: gone/away"]),
        "quiet/elm": _card(["pipeline_tag: text-generation"]),
        "quiet/ash": _card([], "Have fun.\n"),
        "own/yew": _card(["license: other", f"license_name: {name}", "license_link: LICENSE"]),
        "own/box": _card(["license: other", "license_name: box-research", "license_link: LICENSE"]),
        "talks/ivy": _card(["tags:", "- mlx"], shown),
        "mix/both": _card([f"license: {good}", "base_model:", "- meadow/oak", "- rock/fir"]),
        "mix/good": _card([f"license: {also}", "base_model:", "- meadow/oak", "- own/yew"]),
    }
    allowed = {good, also, name}
    asked = {
        "plain": "meadow/oak",
        "quantized": "meadow/oak-4bit",
        "base": "kind/fir-4bit",
        "grandparent": "kind/fir-4bit-notes",
        "lost": "kind/lost",
        "unstated": "quiet/elm",
        "no_header": "quiet/ash",
        "own": "own/yew",
        "research": "own/box",
        "quoted": "talks/ivy",
        "merged": "mix/both",
        "merged_well": "mix/good",
        "absent": "no/where",
    }
    return {key: answer(dict(cards), repo, set(allowed)) for key, repo in asked.items()}


may_use.says(
    passed="What a licence allows you must still read yourself; no set of names does it for you.",
    plain="A model with an allowed licence",
    quantized="The same in 4 bits, under another allowed licence",
    base="A quantized model whose base may not be used",
    grandparent="A model trained from that",
    lost="A model whose base has no card",
    unstated="A header without a licence",
    no_header="A card without a header",
    own="An allowed licence of its own",
    research="A licence of its own that is not allowed",
    quoted="A card that mentions a licence in its text",
    merged="A model merged from two, one of them not to be used",
    merged_well="A model merged from two good ones",
    absent="A model without a card",
)


@may_use.alternative
def _(cards, name, allowed):
    def fine(name):
        found = re.match(r"---\n(.*?)\n---\n", cards.get(name, ""), re.DOTALL)
        header = yaml.safe_load(found[1]) if found else {}
        field = "license_name" if header.get("license") == "other" else "license"
        bases = header.get("base_model", [])
        bases = bases if isinstance(bases, list) else [bases]
        return header.get(field) in allowed and all(fine(base) for base in bases)

    return fine(name)


@may_use.alternative
def _(cards, name, allowed):
    def fine(name):
        if not cards.get(name, "").startswith("---"):
            return False
        about = huggingface_hub.ModelCard(cards[name], ignore_metadata_errors=True).data
        licence = about.license_name if about.license == "other" else about.license
        bases = about.base_model or []
        return licence in allowed and all(map(fine, [bases] if isinstance(bases, str) else bases))

    return fine(name)


def _judged(
    cards, name, allowed, depth=99, missing=False, other=True, anywhere=False, single=False
):
    """A judgement with one mistake or another."""
    text = cards.get(name)
    if text is None:
        return missing
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    header = (yaml.safe_load(found[1]) if found else None) or {}
    licence = header.get("license")
    if anywhere:
        line = re.search(r"^license: *(\S+)", text, re.MULTILINE)
        licence = line[1] if line else None
    if licence == "other" and other:
        licence = header.get("license_name")
    good = missing if licence is None else licence in allowed
    bases = header.get("base_model") or []
    if isinstance(bases, str):
        bases = [bases]
    elif single:
        bases = []
    again = dict(missing=missing, other=other, anywhere=anywhere, single=single)
    return good and (
        depth == 0 or all(_judged(cards, b, allowed, depth - 1, **again) for b in bases)
    )


@may_use.misconception(
    "own_card_only",
    "Only the model's own card was read. Whoever quantizes a model writes a new card, and may put "
    "any licence on it; what the first authors said holds all the same: you say {base} for a "
    "model whose base may not be used. Which field leads back?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, depth=0)


@may_use.misconception(
    "one_step_back",
    "You looked at the base model and not at what that was made from: {grandparent} for a model "
    "that goes back, in two steps, to one that may not be used. Where does it end?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, depth=1)


@may_use.misconception(
    "silence_is_consent",
    "Where a card states no licence you say {unstated}. Without a licence nobody has given you any "
    "right; on the hub that is a forgotten line more often than a gift. What is safe?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, missing=True)


@may_use.misconception(
    "other_is_a_licence",
    'For a licence of its own the card says "other", and that word was looked up: you say {own} '
    "for one that is allowed by its name. Where does its name stand?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, other=False)


@may_use.misconception(
    "any_line_that_says_license",
    "A line in the text that begins with license was taken for the model's own, and that text "
    "shows how to write a card: you say {quoted} for a model whose header states none. Between "
    "which lines does the header stand?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, anywhere=True)


@may_use.misconception(
    "one_base_model",
    "A model merged from two has a list of base models, and you read only a single name: {merged} "
    "for one of which half may not be used.",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, single=True)


may_use.hints(
    "Where does the header begin and end, and which three of its fields count here?",
    "`yaml.safe_load` reads the header. A licence that is None is in no set. For the base models "
    "the question is the same again.",
    "Keep a list of names still to look at, `left = [name]`; return False when one's licence is "
    "not in `allowed`; put its base models on the list, a single name as a list of one.",
)
