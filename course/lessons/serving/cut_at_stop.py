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


@cut_at_stop.use(taken="reading", first="reading")
def _(answer, rng):
    names = [str(name) for name in rng.permutation(["Ana", "Ben", "Cleo", "Dora"])]
    stop = str(rng.choice(["##END", "@@STOP", "--CUT"]))

    early = []

    def run(texts):
        """(what is given out, pieces taken, pieces taken at the first); what came with the first
        piece is in `early`"""
        taken = 0
        early.clear()

        def stream():
            nonlocal taken
            for text in texts:
                taken += 1
                yield text

        said, first = [], None
        for part in answer(stream(), stop):
            first = taken if first is None else first
            said.append(part)
            if taken == 1:
                early.append(part)
        return said, taken, first or 0

    a, b, c, d = names
    across, taken, first = run([a, " and", f" {b}{stop[:2]}", stop[2:] + c, f" {d}", "."])
    at_once = "".join(early) or "nothing"
    double, _, _ = run([f"{a}{stop[:1]}", f"{stop[0]}{stop[1:4]}", f"{stop[4:]} {b}"])
    open_end, _, _ = run([f"{a}, ", f"{b} {stop[:3]}"])
    false, _, _ = run([f"{a} {stop[:3]}", f"{c}", f" {d}"])
    none, _, _ = run([f"{stop}{a}", b])
    return {
        "across": "".join(across),
        "early": at_once,
        "taken": taken,
        "first": first,
        "double": "".join(double),
        "open_end": "".join(open_end),
        "false": "".join(false),
        "none": "".join(none),
        "empty": sum(not part for part in [*across, *open_end, *false, *none]),
    }


cut_at_stop.says(
    passed="The three difficult moments of every stream: a border, an end, and a false alarm.",
    across="With a stop word across two pieces",
    early="Given out after the first piece",
    taken="Pieces taken",
    first="Pieces taken when the first part came out",
    double="Where its first character comes twice",
    open_end="Where the text ends with the beginning of a stop word",
    false="Where it only looks like one",
    none="Where it comes at once",
    empty="Empty texts given out",
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
    "Each piece was searched by itself, and the stop word came in two of them: you gave out "
    "{across}, where it should be {across:expected}. Where the pieces end is for the tokens to "
    "say, and they know nothing of your stop word. What must be remembered from one to the next?",
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
    "The text is right, and you always hold back as many characters as the stop word has, less "
    "one, whatever they are: after the first piece {early} had been given out, where "
    "{early:expected} was certain. Only the beginning of a stop word can become one.",
)
def _(pieces, stop):
    return _cut(pieces, stop, whole=True)


cut_at_stop.hints(
    "After a piece: which of the last characters could be the beginning of the stop word?",
    "Keep a text `held`. Look for `stop` in it; if it is not there, hold back the longest end of "
    "`held` with which `stop` begins, and give out the rest.",
    "`keep = next(n for n in range(len(stop) - 1, -1, -1) if held.endswith(stop[:n]))`; after the "
    "loop give out `held`.",
)
