"""Others' answers to may_use."""

import functools
import re

import yaml

from course.author.answers import right, wrong


def _head(text):
    parts = text.split("---\n")
    return yaml.safe_load(parts[1]) if len(parts) > 2 else {}


def _may(cards, name, allowed):
    if name not in cards:
        return False
    head = yaml.safe_load(cards[name].split("---")[1]) or {}
    licence = head.get("license_name") if head.get("license") == "other" else head.get("license")
    bases = head.get("base_model") or []
    bases = [bases] if isinstance(bases, str) else bases
    return licence in allowed and all(_may(cards, base, allowed) for base in bases)


def _licence(cards, name, allowed, **w):
    if name not in cards:
        return "missing" in w
    text = cards[name]
    if "regex" in w:
        found = re.search(r"^license: *(\S+)", text, re.MULTILINE)
        head = {"license": found and found[1]}
        base = re.search(r"^base_model: *(\S+)", text, re.MULTILINE)
        head["base_model"] = base[1] if base else []
    else:
        head = _head(text) or {}
    licence = head.get("license")
    if licence is None and "unstated" in w:
        licence = next(iter(allowed))
    if licence == "other" and "other" not in w:
        licence = head.get("license_name")
    if "fold" in w and licence:
        licence = licence.lower()
    bases = head.get("base_model") or []
    bases = [bases] if isinstance(bases, str) else list(bases)
    if "first" in w:
        bases = bases[:1]
    if "list" in w and isinstance(head.get("base_model"), list):
        bases = []
    if "own" in w:
        bases = []
    if "depth" in w:
        if w["depth"] == 0:
            bases = []
        w = w | {"depth": w["depth"] - 1}
    fine = licence in allowed
    if "root" in w:
        return _licence(cards, bases[0], allowed, **w) if bases else fine
    combine = any if "any" in w and bases else all
    return fine and combine(_licence(cards, b, allowed, **w) for b in bases)


@right("recursion; every card begins with a header, as the statement says")
def _(cards, name, allowed):
    if name not in cards:
        return False
    head = yaml.safe_load(cards[name].split("---")[1]) or {}
    licence = head.get("license")
    if licence == "other":
        licence = head.get("license_name")
    bases = head.get("base_model") or []
    bases = [bases] if isinstance(bases, str) else bases
    return licence in allowed and all(_may(cards, base, allowed) for base in bases)


wrong("parents only")(functools.partial(_licence, depth=1))


wrong("the first base only", named="first_base_only")(functools.partial(_licence, first=1))


wrong("lists not followed", named="lists_not_followed")(functools.partial(_licence, list=1))


wrong("any base is enough", named="one_good_base_is_enough")(functools.partial(_licence, any=1))


wrong("a missing card is fine", named="no_card_no_objection")(
    functools.partial(_licence, missing=1)
)


wrong("no statement is fine")(functools.partial(_licence, unstated=1))


wrong("license_name not read")(functools.partial(_licence, other=1))


wrong("the root alone counts", named="root_alone")(functools.partial(_licence, root=1))


wrong("patterns over the whole text")(functools.partial(_licence, regex=1))


@wrong("license_name in place of license, always", named="name_before_licence")
def _(cards, name, allowed):
    if name not in cards:
        return False
    head = _head(cards[name])
    licence = head.get("license_name", head.get("license"))
    bases = head.get("base_model", [])
    bases = [bases] if isinstance(bases, str) else bases
    return licence in allowed and all(_licence(cards, b, allowed) for b in bases)


@wrong("substring of the card")
def _(cards, name, allowed):
    return name in cards and any(a in cards[name] for a in allowed)


@wrong("base_model is always a text", named="list_as_a_name")
def _(cards, name, allowed):
    while name:
        if name not in cards:
            return False
        head = _head(cards[name])
        licence = (
            head.get("license_name") if head.get("license") == "other" else head.get("license")
        )
        if licence not in allowed:
            return False
        name = head.get("base_model")
    return True
