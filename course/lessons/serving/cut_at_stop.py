"""cut_at_stop, an exercise of lesson 10, serving."""

from course.exercise import exercise

cut_at_stop = exercise(minutes=10, level=3)


@cut_at_stop.solution
def _(pieces, stop):
    """A streamed text up to a stop word, which may lie across the pieces.

    `pieces` gives the texts of a stream one after the other, and `stop` is a text that is not
    empty. Yield texts that together are all that comes before the first `stop`, or everything if
    there is none. Give out each character as soon as it is certain that no `stop` begins with it,
    before the next piece is asked for; yield no empty texts. Ask for no more pieces once `stop`
    is complete: the server stops working when you stop listening.
    For the pieces "On", "e E", "ND two" and the stop word "END" it may be "On", "e ".
    """
    held = ""
    for piece in pieces:
        held += piece
        before, found, _ = held.partition(stop)
        if found:
            if before:
                yield before
            return
        keep = next(n for n in range(len(stop) - 1, -1, -1) if held.endswith(stop[:n]))
        certain, held = held[: len(held) - keep], held[len(held) - keep :]
        if certain:
            yield certain
    if held:
        yield held


_RUNS = {
    "across": "a stop word across two pieces",
    "inside": "a stop word inside of a piece, twice",
    "slowly": "a stop word in pieces of one character",
    "double": "its first character once more before it",
    "again": "the stop word abab after abaab",
    "short": "a stop word of one character",
    "open_end": "an end that is the beginning of a stop word",
    "false": "what only looks like a stop word",
    "none": "the stop word at once",
}


@cut_at_stop.use(taken="reading", first="reading")
def _(answer, rng):
    a, b, c, d = (str(name) for name in rng.permutation(["Ana", "Ben", "Cleo", "Dora"]))
    stop = str(rng.choice(["##END", "@@STOP", "--CUT", "//s>"]))
    seen, empty = {}, 0

    def run(name, texts, stop=stop):
        """How many pieces were taken, and how many when the first part came out."""
        nonlocal empty
        taken, first, steps = 0, 0, [""]

        def stream():
            nonlocal taken
            for text in texts:
                taken += 1
                steps.append("")
                yield text

        for part in answer(stream(), stop):
            first = first or taken
            steps[taken] += part
            empty += not part
        seen[name] = "".join(steps)
        seen[f"{name}_steps"] = " | ".join(step or "nothing" for step in steps[1:]) or "nothing"
        return taken, first

    taken, first = run("across", [a, " and", "", f" {b}{stop[:2]}", stop[2:] + c, f" {d}", "."])
    run("inside", [f"{a} and {b}", f", {c} {stop} {d} {stop}", a])
    run("slowly", [f"{a} ", *stop, b])
    run("double", [f"{a}{stop[:1]}", f"{stop[0]}{stop[1:4]}", f"{stop[4:]} {b}"])
    run("again", [f"{a} ab", "aab", f"ab {b}", c], "abab")
    run("short", [f"{a} ", f"and {b}. {c}", d], ".")
    run("open_end", [f"{a}, ", f"{b} {stop[:3]}"])
    run("false", [f"{a} {stop[:3]}", f"{c}", f" {d}{stop[:1]}", stop[:3], "."])
    run("none", [f"{stop}{a}", b])
    return seen | {"taken": taken, "first": first, "empty": empty}


cut_at_stop.says(
    passed="The three difficult moments of every stream: a border, an end, and a false alarm.",
    taken="Pieces taken where the stop word lies across two of them",
    first="Pieces taken there when the first part came out",
    empty="Empty texts given out",
    **{name: f"The text with {what}" for name, what in _RUNS.items()},
    **{f"{name}_steps": f"Given out after each piece, with {what}" for name, what in _RUNS.items()},
)
cut_at_stop.same_as(
    "solution", "operator", "len(stop) - 1", "`held` does not end with a whole `stop`"
)
cut_at_stop.same_as(
    "solution", "constant", "len(stop) - 1", "`held` does not end with a whole `stop`"
)
cut_at_stop.same_as(
    "solution", "constant", "-1", "every text ends with the empty text, so the search ends at 0"
)


@cut_at_stop.alternative
def _(pieces, stop):
    text, given = "", 0
    for piece in pieces:
        text += piece
        end = text.find(stop, given)
        over = end >= 0
        if not over:
            open_ends = (i for i in range(given, len(text)) if stop.startswith(text[i:]))
            end = next(open_ends, len(text))
        if end > given:
            yield text[given:end]
        given = end
        if over:
            return
    if given < len(text):
        yield text[given:]


@cut_at_stop.alternative
def _(pieces, stop):
    held = ""
    for character in (c for piece in pieces for c in piece):
        held += character
        if held == stop:
            return
        start = 0
        while not stop.startswith(held[start:]):
            start += 1
        if start:
            yield held[:start]
        held = held[start:]
    if held:
        yield held


def _cut(pieces, stop, hold=True, rest=True, keep_stop=False, listen=False, whole=None):
    """Cutting with one mistake or another."""
    held, over = "", False
    for piece in pieces:
        if over:
            continue
        held += piece
        place = held.find(stop)
        if place >= 0:
            said = held[: place + len(stop) * keep_stop]
            if said:
                yield said
            held, over = "", True
            if not listen:
                return
            continue
        most = min(len(held), len(stop) - 1)
        begun = next(n for n in range(most, -1, -1) if held.endswith(stop[:n]))
        keep = (most if whole else begun) if hold else 0
        if held[: len(held) - keep]:
            yield held[: len(held) - keep]
        held = held[len(held) - keep :]
    if held and rest:
        yield held


@cut_at_stop.misconception(
    "piece_by_piece",
    "A stop word that came in two pieces went unnoticed, and inside of a piece it was found: you "
    "gave out {across}, where it should be {across:expected}. A piece ends where tokens do, and "
    "they know nothing of your stop word. What must be remembered from one piece to the next?",
)
def _(pieces, stop):
    return _cut(pieces, stop, hold=False)


@cut_at_stop.misconception(
    "held_back_and_lost",
    "Where no stop word came the end is missing: {open_end} instead of {open_end:expected}. It "
    "might have become one and was held back; then the stream ended, and nobody gave it out. "
    "mlx_lm 0.32's own server makes this mistake. What is to be done after the last piece?",
)
def _(pieces, stop):
    return _cut(pieces, stop, rest=False)


@cut_at_stop.misconception(
    "stop_word_given_out",
    "The stop word itself is in your text: {across}. It marks the end and is no part of the "
    "answer. Up to where does the answer go?",
)
def _(pieces, stop):
    return _cut(pieces, stop, keep_stop=True)


@cut_at_stop.misconception(
    "listens_on",
    "The text is right, and you took {taken} pieces where {taken:expected} were enough: you gave "
    "nothing out any more, but went on listening. As long as somebody listens the server writes. "
    "How does a generator end early?",
)
def _(pieces, stop):
    return _cut(pieces, stop, listen=True)


@cut_at_stop.misconception(
    "all_at_the_end",
    "The text is right and comes too late: the first part was given out after {first} pieces, "
    "instead of {first:expected}. Nobody sees the answer grow. Which characters are certain before "
    "the end?",
)
def _(pieces, stop):
    text = ""
    for piece in pieces:
        text += piece
        if stop in text:
            break
    text = text.partition(stop)[0]
    if text:
        yield text


@cut_at_stop.misconception(
    "always_holds_back",
    "The text is right, and after each piece as many characters are held back as the stop word "
    "has, less one, whatever they are: “{across_steps}” where “{across_steps:expected}” was "
    "certain. Which characters can become a stop word?",
)
def _(pieces, stop):
    return _cut(pieces, stop, whole=True)


@cut_at_stop.misconception(
    "one_piece_late",
    "The text is right, and each part comes out a piece later than it could: “{across_steps}” "
    "where “{across_steps:expected}” was certain. One then sees whether another piece comes; but a "
    "slow model is then read a piece behind. When is a character certain?",
)
def _(pieces, stop):
    ready, held = "", ""
    for piece in pieces:
        if ready:
            yield ready
        held += piece
        before, found, _ = held.partition(stop)
        if found:
            if before:
                yield before
            return
        keep = next(n for n in range(len(stop) - 1, -1, -1) if held.endswith(stop[:n]))
        ready, held = held[: len(held) - keep], held[len(held) - keep :]
    if ready + held:
        yield ready + held


@cut_at_stop.misconception(
    "whole_pieces",
    "A stop word that began in the middle of one piece and ended in the next went unnoticed: you "
    "gave out {across}. What was held back was all or nothing, as if a stop word began where a "
    "piece does. Which end of what you have could be its beginning?",
)
def _(pieces, stop):
    held = ""
    for piece in pieces:
        held += piece
        before, found, _ = held.partition(stop)
        if found:
            if before:
                yield before
            return
        if not stop.startswith(held):
            yield held
            held = ""
    if held:
        yield held


@cut_at_stop.misconception(
    "false_alarm_lets_all_go",
    "Where its first character came once more before it, the stop word went unnoticed: {double}, "
    "where it should be {double:expected}. At a false alarm all that was held back went out, and "
    "its end was already the beginning of the right one. How much is certain then?",
)
def _(pieces, stop):
    held = ""
    for character in (c for piece in pieces for c in piece):
        held += character
        if held == stop:
            return
        if not stop.startswith(held):
            yield held
            held = ""
    if held:
        yield held


@cut_at_stop.misconception(
    "shortest_end",
    "The stop word begins with two equal characters, and where a piece ended with both the first "
    "was given out: {across}, where it should be {across:expected}. Both could be its beginning, "
    "and so could the second alone. Which of them must wait?",
)
def _(pieces, stop):
    held = ""
    for piece in pieces:
        held += piece
        before, found, _ = held.partition(stop)
        if found:
            if before:
                yield before
            return
        most = min(len(held), len(stop) - 1)
        keep = next((n for n in range(1, most + 1) if held.endswith(stop[:n])), 0)
        if held[: len(held) - keep]:
            yield held[: len(held) - keep]
        held = held[len(held) - keep :]
    if held:
        yield held


cut_at_stop.hints(
    "After a piece: which of the last characters could be the beginning of the stop word?",
    "Keep a text `held`. Look for `stop` in it; if it is not there, hold back the longest end of "
    "`held` with which `stop` begins, and give out the rest.",
    "`keep = next(n for n in range(len(stop) - 1, -1, -1) if held.endswith(stop[:n]))`; after the "
    "loop give out `held`.",
)
