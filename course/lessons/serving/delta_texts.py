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
    words = [str(word) for word in rng.permutation(["Ana", "Ben", "Cleo", "Dora"])[:3]]
    texts = [words[0], ",", f" {words[1]}", " and", f" {words[2]}", " "]
    wire = [_chunk({"role": "assistant"})]
    wire += [_chunk({"role": "assistant", "content": text}) for text in texts]
    wire += [_chunk({"role": "assistant"}, finish="stop"), _chunk(usage=_usage(20, 7))]
    taken = []

    def stream():
        for chunk in wire:
            taken.append(chunk)
            yield chunk

    pieces = iter(answer(stream()))
    first = next(pieces, None)
    pulled = len(taken)
    said = [first, *pieces]
    return {"pulled": pulled, "text": "".join(map(str, said)), "pieces": len(said)}


delta_texts.says(
    passed="A print with end='' and flush=True around it, and one can watch the model write.",
    pulled="Chunks taken when the first piece came out",
    text="All pieces together",
    pieces="Number of pieces",
)


@delta_texts.alternative
def _(chunks):
    deltas = (chunk.choices[0].delta for chunk in chunks if chunk.choices)
    return (delta.content for delta in deltas if delta.content)


@delta_texts.misconception(
    "none_as_text",
    "A chunk may have no text: the first can say only who speaks, and the last only why it ended. "
    "Then `content` is None, and you gave it out: {text}. What is to be done with such a chunk?",
)
def _(chunks):
    for chunk in chunks:
        if chunk.choices:
            yield chunk.choices[0].delta.content


@delta_texts.misconception(
    "every_chunk_has_a_choice",
    "With `include_usage` the last chunk counts the tokens, and its list of choices is empty. "
    "Nearly all chunks have one choice, so the index 0 works until then. What if there is none?",
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
    "given out. Whoever waits sees nothing until the end, and the stream was for nothing. Where "
    "does a piece leave your function?",
)
def _(chunks):
    pieces = []
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            pieces.append(chunk.choices[0].delta.content)
    return pieces


delta_texts.hints(
    "Print a few chunks: which of their fields can be None, and which list can be empty?",
    '`chunk.choices` may be empty, and `choice.delta.content` may be None or "".',
    "For each chunk, for each of its choices, if there is content: yield it.",
)
