"""Notes on paper: as prose, lines, a chat, minutes with headings, bullets, or a mail.

Takes the parts of a note, says in which order they came to stand. Knows nothing of what they say.
"""

from course.model import english, phrasings
from course.model.draw import Pen

FORMS = {"prose": 38, "lines": 12, "chatty": 10, "minutes": 18, "bullets": 11, "mail": 9, "line": 2}
LISTS = ("minutes", "bullets", "line")  # where one writes in few words
HEADED = ("minutes", "bullets")  # a bare fact stands under its heading there
TITLED = ("minutes", "bullets", "line", "lines")
_HEAD = ("title", "first", "topic", "date", "present", "absent")
_MARKS = ["- ", "- ", "- ", "* ", "• ", "– ", "{i}. ", "{i}) ", "+ ", ""]

Parts = list[tuple[str, str]]


def lay(pen: Pen, form: str, parts: Parts, author: str) -> tuple[str, list[str]]:
    """The text of a note, and its parts' texts in the order in which they stand.

    Args:
        pen: whose chance.
        form: of ``FORMS``.
        parts: (kind, text) of each; a text has no capital and no full stop yet.
        author: whose name stands under a mail.
    """
    head = sorted((p for p in parts if p[0] in _HEAD), key=lambda p: _HEAD.index(p[0]))
    body = [p for p in parts if p[0] not in _HEAD]
    if pen.maybe(0.25):
        pen.rng.shuffle(head)
        head.sort(key=lambda p: p[0] not in ("title", "first"))
    pen.rng.shuffle(body)
    if pen.maybe(0.12) and form not in LISTS:  # who was there is said last
        body += [p for p in head if p[0] not in ("title", "first")]
        head = [p for p in head if p[0] in ("title", "first")]
    if form == "minutes":
        return _minutes(pen, head, body)
    if form == "bullets":
        return _bullets(pen, head, body)
    order = [text for _, text in head + body]
    if form == "line":
        joint = pen.rng.choice([" - ", "; ", " / ", " | ", ", ", " – "])
        return english.sentence(joint.join(order), ""), order
    full = [english.sentence(text, _end(kind, text)) for kind, text in head + body]
    if form == "chatty":
        full = [_chatted(pen, text) for text in full]
    if form == "mail":
        return _mail(pen, full, author), order
    joint = "\n" if form == "lines" or pen.maybe(0.08) else " "
    if head and head[0][0] == "title":
        return f"{full[0]}\n{joint.join(full[1:])}", order
    if pen.maybe(0.15) and len(full) > 3:  # two paragraphs
        half = pen.rng.randint(1, len(full) - 1)
        return f"{joint.join(full[:half])}\n{joint.join(full[half:])}", order
    return joint.join(full), order


def _end(kind: str, text: str) -> str:
    return "" if kind == "title" else "." if text[-1] not in ".?!" else ""


def _chatted(pen: Pen, text: str) -> str:
    if not pen.maybe(0.35):
        return text
    start = pen.one(phrasings.START)
    first = text.split(" ", 1)[0]
    small = first.lower() in _SMALL
    return english.sentence(start + (text[0].lower() + text[1:] if small else text), "")


_SMALL = frozenset(
    ["the", "we", "it", "our", "by", "before", "on", "in", "a", "an", "there", "this", "what", "nobody", "all", "from", "today", "next"]
)


def _mail(pen: Pen, full: list[str], author: str) -> str:
    lines = [pen.one(phrasings.HELLO)]
    if pen.maybe(0.3):  # to somebody who was not there
        lines = [
            f"{pen.rng.choice(['Dear', 'Hi', 'Hello', 'Hey'])} {pen.name()}{pen.rng.choice([',', ',', '!', ' and all,'])}"
        ]
    if pen.maybe(0.3):
        lines[0] = f"From: {author}\n{lines[0]}"
    aside = pen.one(phrasings.ASIDE)
    text = " ".join(full) if pen.maybe(0.7) else "\n".join(full)
    lines.append(f"{english.sentence(aside, '')} {text}" if aside else text)
    return "\n".join(
        [
            *lines,
            f"{pen.one(phrasings.BYE)} {author}"
            if pen.maybe(0.3)
            else f"{pen.one(phrasings.BYE)}\n{author}",
        ]
    )


def _marked(mark: str, text: str, i: int, stop: bool) -> str:
    return mark.format(i=i) + english.sentence(text, "." if stop and text[-1] not in ".?!" else "")


def _bullets(pen: Pen, head: Parts, body: Parts) -> tuple[str, list[str]]:
    mark, stop, lines = pen.rng.choice(_MARKS), pen.maybe(0.25), []
    rows = head + body
    for i, (kind, text) in enumerate(rows, 1):
        if kind in ("title", "first"):
            lines.append((pen.rng.choice(["", "", "# ", "## "]) if kind == "title" else "") + text)
            continue
        plain = kind in phrasings.HEADINGS and kind not in ("other", "actions") and ":" not in text
        if plain:
            text = f"{pen.one(phrasings.HEADINGS[kind]).lower()}{pen.rng.choice([': ', ': ', ' - ', ' '])}{text}"
        lines.append(_marked(mark, text, i, stop))
    return "\n".join(lines), [text for _, text in rows]


def _minutes(pen: Pen, head: Parts, body: Parts) -> tuple[str, list[str]]:
    """Under headings; what is first of a kind brings the others of it along."""
    style = pen.rng.choice(
        ["# {}", "## {}", "{}:", "{}", "**{}**", "{}:", "### {}", "*{}*", "- {}:", "{i}. {}"]
    )
    mark, stop = pen.rng.choice(_MARKS), pen.maybe(0.4)
    if pen.maybe(0.15):
        style = style.replace("{}", "{u}")
    lines, order, section = [], [], 0
    for kind, text in head:
        order.append(text)
        if kind == "first":
            lines.append(text)
            continue
        if kind == "title":
            lines.append(
                pen.rng.choice(
                    ["", "", "# ", "Minutes: ", "Notes: ", "Subject: ", "MINUTES - ", "Meeting: "]
                )
                + text
            )
            continue
        label = pen.one(phrasings.HEADINGS[kind])
        lines.append(
            english.sentence(text, "")
            if ":" in text or len(text.split()) > 9
            else f"{label}: {text}"
        )
    groups: dict[str, list[str]] = {}
    for kind, text in body:
        groups.setdefault(kind, []).append(text)
    for kind, texts in groups.items():
        section += 1
        title = pen.one(phrasings.HEADINGS[kind])
        order += texts
        heading = (
            style.replace("{i}", str(section)).replace("{u}", title.upper()).replace("{}", title)
        )
        if len(texts) == 1 and pen.maybe(0.45):
            lines.append(
                f"{heading.rstrip(':')}: {_marked('', texts[0], 1, stop)}".replace("**:", ":**")
            )
            continue
        joint = "\n\n" if pen.maybe(0.15) and lines else ""
        lines.append(joint.replace("\n", "", 1) + heading)
        lines += [_marked(mark, text, i, stop) for i, text in enumerate(texts, 1)]
    return "\n".join(lines), order
