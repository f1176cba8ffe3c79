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
        text = cards.get(left.pop())
        if text is None:
            return False
        header = yaml.safe_load(text.split("---\n")[1])
        licence = header.get("license")
        if licence == "other":
            licence = header.get("license_name")
        if licence not in allowed:
            return False
        bases = header.get("base_model") or []
        left += [bases] if isinstance(bases, str) else bases
    return True


def _card(*header, text="A model.\n"):
    lines = "".join(f"{line}\n" for line in header)
    return f"---\n{lines}---\n# Model card\n\n{text}"


_MODELS = {
    "plain": "A model with an allowed licence",
    "quantized": "The same in 4 bits, under another allowed licence",
    "base": "A quantized model whose base may not be used",
    "grandparent": "A model trained from that",
    "own_terms": "A model that may not be used, made from a good one",
    "lost": "A model whose base has no card",
    "unstated": "A header without a licence",
    "own": "A licence of its own whose name is allowed",
    "research": "A licence of its own whose name is not allowed",
    "renamed": "A licence that is not allowed, beside a name that is",
    "both_named": "An allowed licence, beside a name that is not",
    "quoted": "A card that mentions a licence in its text",
    "merged": "A model merged from two, the second not to be used",
    "merged_first": "A model merged from two, the first not to be used",
    "merged_deep": "A model merged from two, one of them made from one not to be used",
    "merged_well": "A model merged from two good ones",
    "one_in_list": "A list of one base model, which may not be used",
    "absent": "A model without a card",
}


@may_use.use
def _(answer, rng):
    free = [str(licence) for licence in rng.permutation(["apache-2.0", "mit", "bsd-3-clause"])]
    good, also, name = free[0], free[1], f"grove-{int(rng.integers(2, 9))}"
    closed = str(rng.choice(["cc-by-nc-4.0", "llama3.1", "gemma"]))
    shown = f"To share your own, begin the file with\n\nlicense: {good}\n\nand push it.\n"
    ruled = "A model.\n\n---\n\nHave fun.\n"
    cards = {
        "meadow/oak": _card(f"license: {good}", text=ruled),
        "meadow/oak-4bit": _card(f"license: {also}", "base_model: meadow/oak"),
        "rock/fir": _card(f"license: {closed}"),
        "rock/oak": _card(f"license: {closed}", "base_model: meadow/oak"),
        "kind/fir-4bit": _card(f"license: {good}", "base_model: rock/fir"),
        "kind/fir-4bit-notes": _card(f"license: {good}", "base_model: kind/fir-4bit"),
        "kind/lost": _card(f"license: {good}", "base_model: gone/away"),
        "quiet/elm": _card("pipeline_tag: text-generation"),
        "own/yew": _card("license: other", f"license_name: {name}"),
        "own/box": _card("license: other", "license_name: box-research"),
        "rock/yew": _card(f"license: {closed}", f"license_name: {name}"),
        "meadow/yew": _card(f"license: {good}", "license_name: box-research"),
        "talks/ivy": _card("tags:", "- mlx", text=shown),
        "mix/both": _card(f"license: {good}", "base_model:", "- meadow/oak", "- rock/fir"),
        "mix/turned": _card(f"license: {good}", "base_model:", "- rock/fir", "- meadow/oak"),
        "mix/deep": _card(f"license: {good}", "base_model:", "- meadow/oak", "- kind/fir-4bit"),
        "mix/good": _card(f"license: {also}", "base_model:", "- meadow/oak", "- own/yew"),
        "mix/one": _card(f"license: {good}", "base_model:", "- rock/fir"),
    }
    asked = {
        "plain": "meadow/oak",
        "quantized": "meadow/oak-4bit",
        "base": "kind/fir-4bit",
        "grandparent": "kind/fir-4bit-notes",
        "own_terms": "rock/oak",
        "lost": "kind/lost",
        "unstated": "quiet/elm",
        "own": "own/yew",
        "research": "own/box",
        "renamed": "rock/yew",
        "both_named": "meadow/yew",
        "quoted": "talks/ivy",
        "merged": "mix/both",
        "merged_first": "mix/turned",
        "merged_deep": "mix/deep",
        "merged_well": "mix/good",
        "one_in_list": "mix/one",
        "absent": "no/where",
    }
    return {key: answer(dict(cards), repo, {good, also, name}) for key, repo in asked.items()}


may_use.same_as("solution", "text", "text.split('---\\n')", "no header has --- within a line")
may_use.says(
    passed="What a licence allows you must still read yourself; no set of names does it for you.",
    **_MODELS,
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
        if name not in cards:
            return False
        about = huggingface_hub.ModelCard(cards[name]).data
        licence = about.license_name if about.license == "other" else about.license
        bases = about.base_model or []
        return licence in allowed and all(map(fine, [bases] if isinstance(bases, str) else bases))

    return fine(name)


def _header(text):
    return yaml.safe_load(text.split("---\n")[1])


def _lines(text):
    """What two patterns find anywhere in a text."""
    found = {
        field: re.search(rf"^{field}: *(\S+)", text, re.MULTILINE)
        for field in ("license", "base_model")
    }
    return {field: line[1] for field, line in found.items() if line}


def _named(header):
    return header.get("license_name") if header.get("license") == "other" else header.get("license")


def _judged(
    cards, name, allowed, depth=99, missing=False, unstated=False, read=_header, licence=_named,
    follow=lambda bases: [bases] if isinstance(bases, str) else bases, combine=all,
):  # fmt: skip
    """A judgement with one mistake or another."""
    if name not in cards:
        return missing
    header = read(cards[name])
    good = unstated if header.get("license") is None else licence(header) in allowed
    bases = follow(header.get("base_model") or []) if depth else []
    more = (depth - 1, missing, unstated, read, licence, follow, combine)
    said = [_judged(cards, base, allowed, *more) for base in bases]
    return good and (combine(said) or not said)


@may_use.misconception(
    "own_card_only",
    "You say {base} for a model whose own card allows it and whose base may not be used. People "
    "who quantize a model write a new card, and can put any licence on it; what the first authors "
    "said holds all the same. Which field leads back?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, depth=0)


@may_use.misconception(
    "one_step_back",
    "You say {base} where the base model may not be used, and {grandparent} where its base may "
    "not. Most models are one step away from their source; some are three. Where does it end?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, depth=1)


@may_use.misconception(
    "root_alone",
    "For a model that may not be used and was made from a good one you say {own_terms}. The first "
    "authors' licence is the one that people ask about; those who came after may have added terms. "
    "Whose licences count?",
)
def _(cards, name, allowed):
    while name in cards:
        header = _header(cards[name])
        bases = header.get("base_model")
        if not bases:
            return _named(header) in allowed
        name = bases if isinstance(bases, str) else bases[0]
    return False


@may_use.misconception(
    "silence_is_consent",
    "Where a card states no licence you say {unstated}. Without a licence nobody has given you any "
    "right; on the hub that is a forgotten line more often than a gift. What is safe?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, unstated=True)


@may_use.misconception(
    "no_card_no_objection",
    "For a model whose base has no card you say {lost}. Cards vanish with their repository, and "
    "the licence does not vanish with them. What do you know of it?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, missing=True)


@may_use.misconception(
    "other_is_a_licence",
    'For a licence of its own a card says "other", and you say {own} where the licence\'s name is '
    "allowed. Where does its name stand?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, licence=lambda header: header.get("license"))


@may_use.misconception(
    "name_before_licence",
    "A licence that is not allowed stands beside a name that is, and you say {renamed}. "
    "`license_name` is free text that anybody can fill in. When does it count?",
)
def _(cards, name, allowed):
    return _judged(
        cards, name, allowed,
        licence=lambda header: header.get("license_name", header.get("license")),
    )  # fmt: skip


@may_use.misconception(
    "any_line_that_says_license",
    "A line in the text begins with license and shows how to write a card, and you say {quoted} "
    "for a model whose header states none. A pattern finds such a line as well as the header's. "
    "Between which lines does the header stand?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, read=_lines)


@may_use.misconception(
    "lists_not_followed",
    "Where `base_model` is a list you say {merged}, {merged_first} and {one_in_list}, and each "
    "time one in it may not be used. Most cards name one model. What if they name more?",
)
def _(cards, name, allowed):
    return _judged(
        cards, name, allowed, follow=lambda bases: [bases] if isinstance(bases, str) else []
    )


@may_use.misconception(
    "first_base_only",
    "Of a model merged from two you say {merged_first} where the first may not be used, and "
    "{merged} where it is the second. How many base models does a merge have?",
)
def _(cards, name, allowed):
    return _judged(
        cards, name, allowed, follow=lambda bases: [bases] if isinstance(bases, str) else bases[:1]
    )


@may_use.misconception(
    "one_good_base_is_enough",
    "Of a model merged from two you say {merged} and {merged_first} where one of them may be used "
    "and the other may not. Each part brings its terms along. How many of them must be allowed?",
)
def _(cards, name, allowed):
    return _judged(cards, name, allowed, combine=any)


@may_use.misconception(
    "list_as_a_name",
    "A list was looked up as if it were a name. `base_model` is a name in most cards, and a list "
    "in that of a merged model. What is to be done with each of its names?",
)
def _(cards, name, allowed):
    while name:
        if name not in cards:
            return False
        header = _header(cards[name])
        if _named(header) not in allowed:
            return False
        name = header.get("base_model")
    return True


may_use.hints(
    "Where does the header begin and end, and which three of its fields count here?",
    "`yaml.safe_load` reads the header. A licence that is None is in no set. For the base models "
    "the question is the same again.",
    "Keep a list of names still to look at, `left = [name]`; return False when one's licence is "
    "not in `allowed`; put its base models on the list, a single name as a list of one.",
)
