"""stream_pieces, an exercise of lesson 08, mlx_lm."""

from course.exercise import exercise

from .common import _tokenizer

stream_pieces = exercise(minutes=5, level=1)


@stream_pieces.solution
def _(tokenizer, tokens):
    """Text as it comes, one piece for each token.

    `tokens` gives token ids one after the other, each as soon as a model has made it. Yield for
    each of them, before the next is asked for, the text that is complete with it; that may be "".
    A piece never holds a part of a character. After the last token yield one piece more: what is
    left, as `tokenizer.decode` shows it. All pieces together are `tokenizer.decode` of all tokens.
    Where an "é" is two tokens, the pieces for it are "", "é" and "".
    """
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        yield detokenizer.last_segment
    detokenizer.finalize()
    yield detokenizer.last_segment


# Nothing but a space is held back differently by different tokenizers, so there is none.
_TEXTS = ("Zoë:東京,naïve", "tschüß—Łódź,京", "30€,Ångström:東", "naïveté:🚀,ß")


def _cut(tokenizer, text):
    """The tokens of a text without the last, where its last character takes more than one."""
    for character in "京🚀ß":
        ids = tokenizer.encode(text + character, add_special_tokens=False)
        if tokenizer.decode(ids[:-1]) != text:
            return ids[:-1]
    raise AssertionError("no character takes more than one token")


@stream_pieces.use
def _(answer, rng):
    tokenizer = _tokenizer()
    text, other = (str(text) for text in rng.choice(_TEXTS, 2, replace=False))
    ids = tokenizer.encode(text, add_special_tokens=False)
    asked = []

    def stream(ids):
        for token in ids:
            asked.append(token)
            yield token

    pieces = iter(answer(tokenizer, stream(ids)))
    every, pulled = [], []
    for piece in pieces:
        every.append(piece)
        pulled.append(len(asked))
    early = [i for i, number in enumerate(pulled[: len(ids)]) if number == i + 1]
    return {
        "text": "".join(every),
        "pieces": " | ".join(every),
        "number": len(every) - len(ids),
        "cut": "".join(answer(tokenizer, stream(_cut(tokenizer, "ab" + other)))),
        "pulled": pulled[0] if pulled else 0,
        "late": len(ids) - len(early),
    }


stream_pieces.says(
    passed="Nobody will ever see half a character of yours.",
    text="All pieces together",
    pieces="The pieces",
    number="Pieces beyond one for each token",
    cut="All pieces together, where the last character was cut",
    pulled="Tokens asked for when the first piece came",
    late="Pieces that came before or after their token was asked for",
)


@stream_pieces.alternative
def _(tokenizer, tokens):
    so_far, given = [], ""
    for token in tokens:
        so_far.append(token)
        text = tokenizer.decode(so_far)
        if text.endswith("\N{REPLACEMENT CHARACTER}"):
            yield ""
        else:
            yield text[len(given) :]
            given = text
    yield tokenizer.decode(so_far)[len(given) :]


@stream_pieces.misconception(
    "token_by_token",
    "Your pieces are those of tokens that are decoded one by one: {text}. In a byte-level "
    "vocabulary a character such as ë or 東 can be two or three tokens, none of them a character. "
    "In English one never sees it. What has to be remembered from one token to the next?",
)
def _(tokenizer, tokens):
    for token in tokens:
        yield tokenizer.decode([token])
    yield ""


@stream_pieces.misconception(
    "parts_thrown_away",
    "Characters of more than one token are missing: {text}. Half a character must not go out, and "
    "yours goes nowhere. What has to be remembered from one token to the next?",
)
def _(tokenizer, tokens):
    for token in tokens:
        yield tokenizer.decode([token]).replace("\N{REPLACEMENT CHARACTER}", "")
    yield ""


@stream_pieces.misconception(
    "rest_forgotten",
    "When the tokens end within a character, as they do where max_tokens cuts, something is still "
    "held back, and it never comes out of yours: the pieces make {cut}. What tells a detokenizer "
    "that nothing more will come?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        yield detokenizer.last_segment
    yield ""


@stream_pieces.misconception(
    "all_then_pieces",
    "The pieces are right and come too late: when the first one was given out, {pulled} tokens "
    "had been asked for. A reader would look at an empty screen until the end. Where does a piece "
    "leave your function?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    pieces = []
    for token in tokens:
        detokenizer.add_token(token)
        pieces.append(detokenizer.last_segment)
    detokenizer.finalize()
    return [*pieces, detokenizer.last_segment]


@stream_pieces.misconception(
    "one_token_late",
    "All pieces together are right, and each comes one token after its own: {pieces}. A reader "
    "sees a character when the one behind it is there. What is given out before the next token is "
    "asked for?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    last = ""
    for token in tokens:
        yield last
        detokenizer.add_token(token)
        last = detokenizer.last_segment
    detokenizer.finalize()
    yield last + detokenizer.last_segment


@stream_pieces.misconception(
    "empty_ones_left_out",
    "All pieces together are right. There should be one for each token and one more, and some are "
    "missing: {pieces}. With an empty piece there is nothing to print. What could somebody count "
    "by the pieces?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        piece = detokenizer.last_segment
        if piece:
            yield piece
    detokenizer.finalize()
    yield detokenizer.last_segment


@stream_pieces.misconception(
    "segment_read_twice",
    "All your pieces together are “{text}”. `last_segment` is what is new since it was last read. "
    "How often do you read it for each token, and which of the readings goes out?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        if detokenizer.last_segment:
            yield detokenizer.last_segment
    detokenizer.finalize()
    yield detokenizer.last_segment


@stream_pieces.misconception(
    "last_piece_missing",
    "All is right but the end: after the last token one piece more is asked for, with what is "
    "left. Yours gives none, and a text that ends within a character becomes {cut}. Where is the "
    "last `yield`?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        yield detokenizer.last_segment


@stream_pieces.misconception(
    "half_characters_out",
    "Your pieces have \N{REPLACEMENT CHARACTER} where a character was incomplete, and that was "
    "counted as said: {text}. A text that is decoded anew for each token ends so until the rest "
    "has come. What should happen to it then?",
)
def _(tokenizer, tokens):
    so_far, given = [], ""
    for token in tokens:
        so_far.append(token)
        text = tokenizer.decode(so_far)
        yield text[len(given) :]
        given = text
    yield ""


stream_pieces.hints(
    "How many tokens does an ë take, and what is the first of them alone?",
    "`tokenizer.detokenizer` gives an object that remembers unfinished bytes. It has `add_token`, "
    "`last_segment` and `finalize`.",
    "In the loop `add_token(token)` and `yield detokenizer.last_segment`; after it `finalize()` "
    "and one more `yield`.",
)
