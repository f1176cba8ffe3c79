"""Others' answers to cut_at_stop."""

from course.author.answers import right, wrong


class _Cutter:
    def __init__(self, stop):
        self.stop, self.held, self.done = stop, "", False

    def feed(self, piece):
        self.held += piece
        before, found, _ = self.held.partition(self.stop)
        if found:
            self.done = True
            self.held = ""
            return before
        i = 0
        while i < len(self.held) and not self.stop.startswith(self.held[i:]):
            i += 1
        out, self.held = self.held[:i], self.held[i:]
        return out


@right("longest tail that begins stop")
def _(pieces, stop):
    held = ""
    for piece in pieces:
        held += piece
        at = held.find(stop)
        if at >= 0:
            if at:
                yield held[:at]
            return
        keep = next(
            (k for k in range(min(len(stop) - 1, len(held)), 0, -1) if stop.startswith(held[-k:])),
            0,
        )
        out, held = held[: len(held) - keep], held[len(held) - keep :]
        if out:
            yield out
    if held:
        yield held


@right("character by character, Knuth-Morris-Pratt")
def _(pieces, stop: str):
    fail = [0] * (len(stop) + 1)
    k = 0
    for i in range(1, len(stop)):
        while k and stop[i] != stop[k]:
            k = fail[k]
        k += stop[i] == stop[k]
        fail[i + 1] = k
    matched = 0
    for piece in pieces:
        for char in piece:
            while matched and char != stop[matched]:
                yield stop[: matched - fail[matched]]
                matched = fail[matched]
            if char == stop[matched]:
                matched += 1
                if matched == len(stop):
                    return
            else:
                yield char
    if matched:
        yield stop[:matched]


@right("single characters, naive")
def _(pieces, stop):
    buffer = ""
    for piece in pieces:
        for char in piece:
            buffer += char
            if buffer == stop:
                return
            while buffer and not stop.startswith(buffer):
                yield buffer[0]
                buffer = buffer[1:]
    yield from buffer


@right("helper class")
def _(pieces, stop):
    cutter = _Cutter(stop)
    for piece in pieces:
        out = cutter.feed(piece)
        if out:
            yield out
        if cutter.done:
            return
    if cutter.held:
        yield cutter.held


@wrong("each piece alone")
def _(pieces, stop):
    for piece in pieces:
        if stop in piece:
            if piece.split(stop)[0]:
                yield piece.split(stop)[0]
            return
        if piece:
            yield piece


@wrong("always holds len(stop) - 1 characters")
def _(pieces, stop):
    held = ""
    for piece in pieces:
        held += piece
        if stop in held:
            if held.split(stop)[0]:
                yield held.split(stop)[0]
            return
        cut = max(0, len(held) - len(stop) + 1)
        if cut:
            yield held[:cut]
        held = held[cut:]
    if held:
        yield held


@wrong("no flush at the end")
def _(pieces, stop):
    held = ""
    for piece in pieces:
        held += piece
        at = held.find(stop)
        if at >= 0:
            if at:
                yield held[:at]
            return
        keep = next(
            (k for k in range(min(len(stop) - 1, len(held)), 0, -1) if stop.startswith(held[-k:])),
            0,
        )
        out, held = held[: len(held) - keep], held[len(held) - keep :]
        if out:
            yield out


@wrong("shortest tail", named="shortest_end")
def _(pieces, stop):
    held = ""
    for piece in pieces:
        held += piece
        at = held.find(stop)
        if at >= 0:
            if at:
                yield held[:at]
            return
        keep = next(
            (k for k in range(1, min(len(stop) - 1, len(held)) + 1) if stop.startswith(held[-k:])),
            0,
        )
        out, held = held[: len(held) - keep], held[len(held) - keep :]
        if out:
            yield out
    if held:
        yield held


@wrong("a failed match is thrown out whole", named="false_alarm_lets_all_go")
def _(pieces, stop):
    held = ""
    for piece in pieces:
        for char in piece:
            held += char
            if held == stop:
                return
            if not stop.startswith(held):
                yield held
                held = ""
    if held:
        yield held


@wrong("the stop word comes too")
def _(pieces, stop):
    held = ""
    for piece in pieces:
        held += piece
        at = held.find(stop)
        if at >= 0:
            yield held[: at + len(stop)]
            return
        keep = next(
            (k for k in range(min(len(stop) - 1, len(held)), 0, -1) if stop.startswith(held[-k:])),
            0,
        )
        out, held = held[: len(held) - keep], held[len(held) - keep :]
        if out:
            yield out
    if held:
        yield held


@wrong("listens to the end")
def _(pieces, stop):
    held, done = "", False
    for piece in pieces:
        if done:
            continue
        held += piece
        at = held.find(stop)
        if at >= 0:
            done = True
            if at:
                yield held[:at]
            held = ""
            continue
        keep = next(
            (k for k in range(min(len(stop) - 1, len(held)), 0, -1) if stop.startswith(held[-k:])),
            0,
        )
        out, held = held[: len(held) - keep], held[len(held) - keep :]
        if out:
            yield out
    if held:
        yield held


@wrong(
    "one piece late: looks ahead before it gives out",
    named="one_piece_late",
    never=("always_holds_back",),
)
def _(pieces, stop):
    ready, held = "", ""
    for piece in pieces:
        if ready:
            yield ready
            ready = ""
        held += piece
        at = held.find(stop)
        if at >= 0:
            if at:
                yield held[:at]
            return
        keep = next(
            (k for k in range(min(len(stop) - 1, len(held)), 0, -1) if stop.startswith(held[-k:])),
            0,
        )
        ready, held = held[: len(held) - keep], held[len(held) - keep :]
    if ready + held:
        yield ready + held


@wrong("holds the last piece only while it is a beginning of stop as a whole")
def _(pieces, stop):
    held = ""
    for piece in pieces:
        held += piece
        if stop in held:
            if held.partition(stop)[0]:
                yield held.partition(stop)[0]
            return
        if not stop.startswith(held):
            yield held
            held = ""
    if held:
        yield held
