"""fit_messages, an exercise of lesson 10, serving."""

import mlx_lm

import course.model
from course.exercise import exercise
from course.probe import outcome

fit_messages = exercise(minutes=8, level=2)


@fit_messages.solution
def _(tokenizer, messages, context, max_tokens):
    """A conversation, shortened until it and the answer fit into a model's context.

    `messages` is a list of dicts with "role" and "content": perhaps one of "system" first, then
    "user" and "assistant" in turns, "user" last. Return a list of the same dicts whose tokens, as
    `tokenizer.apply_chat_template` makes them with the mark for an answer
    (`add_generation_prompt=True`), are at most `context` less `max_tokens`, the room for the
    answer. Leave out as few as possible, the oldest first, but never the system message; a question
    goes together with its answer, so that the first that is left is a user's. If the last
    message alone, with the system message, is too long, raise a ValueError.
    """
    start = 1 if messages[0]["role"] == "system" else 0
    system, rest = messages[:start], messages[start:]
    while rest:
        tokens = tokenizer.apply_chat_template(system + rest, add_generation_prompt=True)
        if len(tokens) <= context - max_tokens:
            return system + rest
        rest = rest[2:]
    raise ValueError(f"the last message has more than {context - max_tokens} tokens")


@fit_messages.use(long="reading", tight="reading")
def _(answer, rng):
    tokenizer = mlx_lm.utils.load_tokenizer(course.model.directory("notes"))
    names = ["Ana", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo"]
    words = [str(word) for word in rng.permutation(names)]

    def turn(i):
        said = f"{words[i]} will reorganize the extraordinary {words[i + 1]} questionnaire."
        return {"role": "assistant" if i % 2 else "user", "content": said}

    system = {"role": "system", "content": "Answer in one word."}
    talk = [system, *map(turn, range(7))]

    def size(kept):
        return len(tokenizer.apply_chat_template(kept, add_generation_prompt=True))

    most = size(talk[3:]) - size(talk[5:]) + int(rng.integers(2, 6))
    context = size([system, *talk[5:]]) + most + 3
    kept = answer(tokenizer, [dict(m) for m in talk], context, most)
    # Just too small for two questions more: by the marks alone.
    narrow = size([system, *talk[3:]]) + most - 1
    tight = answer(tokenizer, [dict(m) for m in talk], narrow, most)
    plain = answer(tokenizer, [dict(m) for m in talk[1:]], size(talk[1:]) + most, most)
    huge = [system, {"role": "user", "content": turn(0)["content"] * 9}]
    ended = outcome(answer, tokenizer, huge, size(huge) + most - 1, most)
    return {
        "long": len(kept),
        "begins": str(kept[0]["role"]),
        "second": str(kept[1]["role"]) if len(kept) > 1 else "nobody",
        "newest": "the last question" if kept[-1] == talk[-1] else "an earlier question",
        "right": kept == [system, *talk[5:]],
        "tight": len(tight),
        "plain": len(plain),
        "too_long": ended.partition(":")[0],
    }


fit_messages.says(
    passed="Whoever sends counts; the server reads whatever it gets.",
    long="Messages left of a conversation that is too long",
    begins="The first of them is by",
    second="The second of them is by",
    newest="The last of them is",
    right="These are the right ones",
    tight="Messages left where one token is missing",
    plain="Messages left where all fit exactly",
    too_long="With a last message that is too long your function",
)


@fit_messages.alternative
def _(tokenizer, messages, context, max_tokens):
    kept = list(messages)
    place = int(kept[0]["role"] == "system")

    def size():
        text = tokenizer.apply_chat_template(kept, add_generation_prompt=True, tokenize=False)
        return len(tokenizer.encode(text, add_special_tokens=False))

    while size() + max_tokens > context:
        if len(kept) <= place + 1:
            raise ValueError("too long")
        del kept[place : place + 2]
    return kept


def _fitted(tokenizer, messages, room, size=None, start=None, step=2, tail=False, refuse=True):
    """A conversation shortened with one mistake or another."""
    if start is None:
        start = 1 if messages[0]["role"] == "system" else 0
    system, rest = messages[:start], messages[start:]
    size = size or (
        lambda kept: len(tokenizer.apply_chat_template(kept, add_generation_prompt=True))
    )
    while rest:
        if size(system + rest) <= room:
            return system + rest
        if len(rest) == 1 and not refuse:
            return system + rest
        rest = rest[:-step] if tail else rest[step:]
    raise ValueError("too long")


@fit_messages.misconception(
    "no_room_for_the_answer",
    "{long} of the messages are left, and with them the prompt fits; for the answer there is no "
    "room. The context holds both: what is read and what is written. What is `max_tokens` for?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context)


@fit_messages.misconception(
    "words_counted",
    "You kept {long} messages, where {long:expected} fit. Counted in words they do: but the model "
    "reads tokens, of which a rare word is several, and the marks between the messages. What "
    "counts tokens?",
)
def _(tokenizer, messages, context, max_tokens):
    def words(kept):
        return sum(len(message["content"].split()) for message in kept)

    return _fitted(tokenizer, messages, context - max_tokens, words)


@fit_messages.misconception(
    "marks_forgotten",
    "You kept {tight} messages, where {tight:expected} fit: the tokens of the texts were added up, "
    "and the template puts marks around each, and one for the answer. What makes exactly the "
    "tokens that the model will read?",
)
def _(tokenizer, messages, context, max_tokens):
    def contents(kept):
        return sum(
            len(tokenizer.encode(message["content"], add_special_tokens=False)) for message in kept
        )

    return _fitted(tokenizer, messages, context - max_tokens, contents)


@fit_messages.misconception(
    "system_left_out",
    "The oldest message went first, and that was the system's, which says how all the others are "
    "to be answered: what is left begins with {begins}. Which message is old and must stay?",
)
def _(tokenizer, messages, context, max_tokens):
    kept = list(messages)
    while kept:
        tokens = tokenizer.apply_chat_template(kept, add_generation_prompt=True)
        if len(tokens) <= context - max_tokens and kept[0]["role"] != "assistant":
            return kept
        kept = kept[1:]
    raise ValueError("too long")


@fit_messages.misconception(
    "newest_left_out",
    "What was said last went first: you keep {newest}. Of a conversation that is too long the "
    "model then answers a question from its beginning. Which end is old?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, tail=True)


@fit_messages.misconception(
    "answer_without_its_question",
    "One message at a time was left out, and after the system's there stands now one of the "
    "{second}: an answer whose question is gone. Templates and models know conversations in turns. "
    "What goes together?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, step=1)


@fit_messages.misconception(
    "sent_all_the_same",
    "The last message alone is too long, and your function {too_long}. The server will not refuse "
    "it: it reads past all that the model knows, and answers anything. Who else should say so?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, refuse=False)


fit_messages.hints(
    "What does the model read: words, texts, or what the template makes of all messages?",
    "Put the system message aside. Count the template's tokens of all that is left, and leave out "
    "two messages at a time while they are too many.",
    "`len(tokenizer.apply_chat_template(system + rest, add_generation_prompt=True))` against "
    "`context - max_tokens`; `rest = rest[2:]`; nothing left: raise ValueError.",
)
