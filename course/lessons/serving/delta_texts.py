"""delta_texts, an exercise of lesson 10, serving."""

from course.exercise import exercise

from .common import _chunk, _usage

delta_texts = exercise(minutes=4, level=1)


@delta_texts.solution
def _(chunks):
    """The text of a streamed answer, piece by piece.

    `chunks` gives what `client.chat.completions.create` gives with `stream=True` and
    `stream_options={"include_usage": True}`, one chunk after the other. Yield the text of each
    chunk, before the next is asked for; yield nothing for chunks that have none.
    For an answer "Ana, Ben" the pieces may be "Ana", "," and " Ben".
    """
    for chunk in chunks:
        for choice in chunk.choices:
            if choice.delta.content:
                yield choice.delta.content


@delta_texts.use(pulled="reading", pieces="reading")
def _(answer, rng):
    names = ["Ana", "Ben", "Cleo", "Dora", "Emil"]
    words = [str(word) for word in rng.permutation(names)[: int(rng.integers(3, 6))]]
    texts = [words[0], *(part for word in words[1:] for part in (",", f" {word}")), " "]
    wire = [_chunk({"role": "assistant"})]
    wire += [_chunk({"role": "assistant", "content": text}) for text in texts]
    wire.insert(3, _chunk({"role": "assistant", "content": ""}))  # half a character, kept back
    wire += [_chunk({"role": "assistant"}, finish="stop"), _chunk(usage=_usage(20, 7))]
    taken = []

    def stream():
        for chunk in wire:
            taken.append(chunk)
            yield chunk

    said, pulled = [], []
    for piece in answer(stream()):
        said.append(str(piece))
        pulled.append(len(taken))
    return {
        "pulled": pulled[0] if pulled else len(taken),
        "text": "".join(said),
        "pieces": len(said),
        "each": ", ".join(map(str, pulled)),
    }


delta_texts.says(
    passed="A print with end='' and flush=True around it, and one can watch the model write.",
    pulled="Chunks taken when the first piece came out",
    text="All pieces together",
    pieces="Number of pieces",
    each="Chunks taken when each piece came out",
)
delta_texts.same_as(
    "alternative 1",
    "constant",
    "chunk.choices[0]",
    "a chunk of one answer has one choice: the first is the last",
)


@delta_texts.alternative
def _(chunks):
    deltas = (chunk.choices[0].delta for chunk in chunks if chunk.choices)
    return (delta.content for delta in deltas if delta.content)


@delta_texts.misconception(
    "none_as_text",
    "A chunk may have no text: the first can say only who speaks, and the last only why it ended. "
    "Then `content` is None, and it came out as a piece: {text}. What is to be done with such a "
    "chunk?",
)
def _(chunks):
    for chunk in chunks:
        if chunk.choices:
            yield chunk.choices[0].delta.content


@delta_texts.misconception(
    "empty_texts",
    "You gave out {pieces} pieces where {pieces:expected} have text. A chunk's text can be empty, "
    "when the server keeps half a character back: it is not None then, and it is no text either. "
    "Which question tells both from a text?",
)
def _(chunks):
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content is not None:
            yield chunk.choices[0].delta.content


@delta_texts.misconception(
    "every_chunk_has_a_choice",
    "A list has nothing at the index that your answer asks for. Nearly all chunks have one choice; "
    "the last one, with `include_usage`, counts the tokens, and its list of choices is empty. What "
    "should happen there?",
)
def _(chunks):
    for chunk in chunks:
        content = chunk.choices[0].delta.content
        if content:
            yield content


@delta_texts.misconception(
    "message_of_a_chunk",
    "A chunk's choice has no `message`: that is in an answer that comes as a whole. A stream sends "
    "what is new. What is the name of that?",
)
def _(chunks):
    for chunk in chunks:
        yield chunk.choices[0].message.content


@delta_texts.misconception(
    "ends_at_the_first_empty_one",
    "An empty chunk was taken for the end, and some servers send one first, which says only that "
    "the assistant speaks: you gave out {text}. What tells the end of a stream?",
)
def _(chunks):
    for chunk in chunks:
        if not chunk.choices or not chunk.choices[0].delta.content:
            break
        yield chunk.choices[0].delta.content


@delta_texts.misconception(
    "stripped",
    "Each piece lost the blanks at its ends, and a word's blank is in the piece that it begins: "
    "{text}. What does a piece know of its neighbours?",
)
def _(chunks):
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content.strip()


@delta_texts.misconception(
    "all_then_text",
    "The text is right and comes too late: {pulled} chunks had been taken when the first piece was "
    "given out. People who wait see nothing until the end, and the stream was for nothing. Where "
    "does a piece leave your function?",
)
def _(chunks):
    pieces = []
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            pieces.append(chunk.choices[0].delta.content)
    return pieces


@delta_texts.misconception(
    "letter_by_letter",
    "{pieces} pieces came out, one for each letter, when all {pulled} chunks had been taken. So it "
    "goes with one text for the whole answer: a text is a sequence of letters. Where does a piece "
    "leave your function?",
)
def _(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


delta_texts.hints(
    "Print a few chunks: which of their fields can be None, and which list can be empty?",
    '`chunk.choices` may be empty, and `choice.delta.content` may be None or "".',
    "For each chunk, for each of its choices, if there is content: yield it.",
)
