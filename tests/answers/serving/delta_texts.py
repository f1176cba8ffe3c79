"""Others' answers to delta_texts."""

from course.author.answers import right, wrong


@right("generator expression, walrus")
def _(chunks):
    return (text for chunk in chunks for choice in chunk.choices if (text := choice.delta.content))


@right("filter and map")
def _(chunks):
    return filter(
        None, map(lambda c: c.choices[0].delta.content if len(c.choices) > 0 else None, chunks)
    )


@right("early continue")
def _(chunks):
    for chunk in iter(chunks):
        if not chunk.choices:
            continue
        delta = chunk.choices[0].delta
        if delta.content is None or delta.content == "":
            continue
        yield delta.content


@wrong("None yielded")
def _(chunks):
    for chunk in chunks:
        if chunk.choices:
            yield chunk.choices[0].delta.content


@wrong("empty texts yielded")
def _(chunks):
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content is not None:
            yield chunk.choices[0].delta.content


@wrong("blanks cut off")
def _(chunks):
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content.strip()


@wrong("message for delta")
def _(chunks):
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].message.content:
            yield chunk.choices[0].message.content
