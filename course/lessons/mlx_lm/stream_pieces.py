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
    For the two tokens that make up an "é" the pieces are "", "é" and "".
    """
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        yield detokenizer.last_segment
    detokenizer.finalize()
    yield detokenizer.last_segment


# Nothing but a space is held back differently by different tokenizers, so there is none.
_TEXTS = ("Zoë:東京,naïve", "tschüß—Łódź,京", "30€,Ångström:東", "naïveté:🚀,ß")


@stream_pieces.use
def _(answer, rng):
    tokenizer = _tokenizer()
    text = str(rng.choice(_TEXTS))
    ids = tokenizer.encode(text, add_special_tokens=False)
    cut = tokenizer.encode("ab" + text[0] + "京", add_special_tokens=False)[:-1]
    asked = []

    def stream(ids):
        for token in ids:
            asked.append(token)
            yield token

    pieces = iter(answer(tokenizer, stream(ids)))
    first = next(pieces)
    pulled = len(asked)
    every = [first, *pieces]
    return {
        "text": "".join(every),
        "pieces": " | ".join(every),
        "cut": "".join(answer(tokenizer, stream(cut))),
        "pulled": pulled,
    }


stream_pieces.says(
    passed="Nobody will ever see half a character of yours.",
    text="All pieces together",
    pieces="The pieces",
    cut="All pieces together, where the last character was cut",
    pulled="Tokens asked for when the first piece came",
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
    "Each token was decoded by itself: {text}. In a byte-level vocabulary a character such as ë or "
    "東 can be two or three tokens, none of them a character. In English one never sees it. What "
    "has to be remembered from one token to the next?",
)
def _(tokenizer, tokens):
    for token in tokens:
        yield tokenizer.decode([token])
    yield ""


@stream_pieces.misconception(
    "rest_forgotten",
    "When the tokens end within a character, as they do where max_tokens cuts, something is still "
    "held back, and you never ask for it: the pieces make {cut}. What tells a detokenizer that "
    "nothing more will come?",
)
def _(tokenizer, tokens):
    detokenizer = tokenizer.detokenizer
    for token in tokens:
        detokenizer.add_token(token)
        yield detokenizer.last_segment
    yield ""


@stream_pieces.misconception(
    "all_then_pieces",
    "The pieces are right and come too late: when the first one was given out, {pulled} tokens had "
    "been asked for. A reader would have looked at an empty screen until the end. Where does a "
    "piece leave your function?",
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
    "half_characters_out",
    "You decode all tokens so far and give out what is new, which is nearly it. While a character "
    "is incomplete the text ends in \N{REPLACEMENT CHARACTER}, and that went out and was counted "
    "as said: {text}. What should happen to a text that ends so?",
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
