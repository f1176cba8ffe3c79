"""Others' answers to stream_pieces."""

from course.author.answers import right, wrong


@right("decode of all so far, replacement held back")
def _(tokenizer, tokens):
    seen, done = [], ""
    for t in tokens:
        seen.append(t)
        text = tokenizer.decode(seen)
        if text.endswith("\ufffd"):
            text = text[: len(text.rstrip("\ufffd"))]
        piece = text[len(done) :] if len(text) > len(done) else ""
        done += piece
        yield piece
    yield tokenizer.decode(seen)[len(done) :] if seen else ""


@wrong("all tokens read first", named="all_then_pieces")
def _(tokenizer, tokens):
    d, out = tokenizer.detokenizer, []
    for t in tokens:
        d.add_token(t)
        out.append(d.last_segment)
    d.finalize()
    out.append(d.last_segment)
    return iter(out)


@wrong("one token late", named="one_token_late")
def _(tokenizer, tokens):
    d, last = tokenizer.detokenizer, ""
    for t in tokens:
        yield last
        d.add_token(t)
        last = d.last_segment
    d.finalize()
    yield last + d.last_segment


@wrong("finalize not called, segment yielded again", named="rest_forgotten")
def _(tokenizer, tokens):
    d = tokenizer.detokenizer
    for t in tokens:
        d.add_token(t)
        yield d.last_segment
    yield d.last_segment


@wrong("empty pieces left out", named="segment_read_twice")
def _(tokenizer, tokens):
    d = tokenizer.detokenizer
    for t in tokens:
        d.add_token(t)
        if d.last_segment:
            yield d.last_segment
    d.finalize()
    yield d.last_segment


@wrong("replacement characters deleted", named="parts_thrown_away")
def _(tokenizer, tokens):
    for t in tokens:
        yield tokenizer.decode([t]).replace("\ufffd", "")
    yield ""


@wrong("difference of decodes without holding back", named="half_characters_out")
def _(tokenizer, tokens):
    seen, n = [], 0
    for t in tokens:
        seen.append(t)
        text = tokenizer.decode(seen)
        yield text[n:]
        n = len(text)
    yield ""
